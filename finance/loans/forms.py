"""Forms of the loans' pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

STATES = [("", _("全部")), ("open", _("未结清")), ("overdue", _("逾期")), ("settled", _("已结清"))]


class LoanFilter(forms.Form):
    """What part of one's loans to look at."""

    q = forms.CharField(max_length=60, required=False, strip=True)
    state = forms.ChoiceField(choices=STATES, required=False)
