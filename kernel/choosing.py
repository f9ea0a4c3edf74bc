"""What a field of a form offers to choose from, where that is known only when the form is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet


def offer(form: forms.BaseForm, name: str, offered: QuerySet[Any] | Iterable[tuple[Any, Any]]) -> None:
    """Offer the rows of a query, or pairs of (value, words), in a field that chooses."""
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        assert isinstance(offered, QuerySet), f"{name} is chosen among rows"
        field.queryset = offered
        return
    assert isinstance(field, forms.ChoiceField), f"{name} offers no choice"
    field.choices = list(offered)
