"""Forms of the portal's own pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.pages import no_larger_than

LARGEST_TO_VERIFY = 20 * 2**20  # bytes; anybody may send one, and what is issued here is far smaller


class DeclineForm(forms.Form):
    """Why an approval is declined."""

    reason = forms.CharField(label=_("退回原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class VerifyForm(forms.Form):
    """A document's code, as printed or as scanned."""

    code = forms.CharField(
        label=_("核验码"),
        max_length=40,
        help_text=_("印在文书二维码旁的 16 位字母和数字，短横线可省略"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class VerifyFileForm(forms.Form):
    """A document itself, to be compared byte for byte."""

    pdf = forms.FileField(label=_("PDF 文件"), max_length=200, validators=[no_larger_than(LARGEST_TO_VERIFY)])


class PayeeForm(forms.Form):
    """The account on which an organisation wants to be paid."""

    holder = forms.CharField(label=_("户名"), max_length=120)
    bank_name = forms.CharField(label=_("开户银行"), max_length=120)
    number = forms.CharField(
        label=_("账号"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
