"""Forms of the filings' pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.intake.models import Filing
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS


class UploadForm(forms.Form):
    """Which form it is, and the bank's file."""

    form = forms.ChoiceField(label=_("报送什么"), choices=Filing.Form.choices)
    file = forms.FileField(
        label=_("文件"), allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)]
    )  # an empty file is told by the reader's own sentence
