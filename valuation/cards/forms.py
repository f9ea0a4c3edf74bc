"""The form of an institution's own parameters: one field for each place of the card it may fill; empty is the card's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from valuation.cards.rules import Owned


class ParametersForm(forms.Form):
    """Figures as text, as they would stand in the file."""

    since = forms.DateField(
        label=_("起用日"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(
        self, *args: Any, owned: Sequence[Owned], standing: Mapping[str, str], day: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owned = owned
        self.fields["since"].initial = day
        for place, one in enumerate(owned):
            self.fields[f"own_{place}"] = forms.CharField(
                label=one.name, required=False, max_length=20, initial=standing.get(one.id, ""),
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 8}),
            )  # fmt: skip

    def rows(self) -> list[tuple[Owned, Any]]:
        """Each parameter with its bound field."""
        return [(one, self[f"own_{place}"]) for place, one in enumerate(self.owned)]

    @property
    def terms(self) -> dict[str, Any]:
        """As the action takes them."""
        typed = {one.id: self.cleaned_data[f"own_{place}"].strip() for place, one in enumerate(self.owned)}
        values = {name: value for name, value in typed.items() if value}
        return {"values": values, "since": self.cleaned_data["since"]}
