"""The filters as they ship, one file each in `policies/whitelists`, and the cards whose facts they speak of; read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from finance.parties.regions import region_stem
from kernel.shapes import yaml_files
from valuation.loading import load_scorecard
from valuation.terms import Scorecard
from valuation.whitelists.loading import load_filter
from valuation.whitelists.terms import Filter

if TYPE_CHECKING:
    import datetime as dt


@cache
def card_named(name: str) -> Scorecard | None:
    """The card of an id as it ships; None when there is no such file."""
    path = settings.POLICIES_DIR / "scorecards" / f"{name}.yaml"
    return load_scorecard(path) if path.is_file() else None


@cache
def filters() -> Mapping[str, Filter]:
    """Every filter by its id. Refused with every fault of a file that is not valid."""
    found = [load_filter(path, card_named) for path in yaml_files(settings.POLICIES_DIR / "whitelists")]
    return {one.id: one for one in found}


def filters_of(region: str) -> list[Filter]:
    """Those under which a bureau of a region may make a list: written for it or for what lies around it."""
    return [
        one
        for one in filters().values()
        if region and any(region.startswith(region_stem(code)) for code in one.regions)
    ]


def filters_for(region: str, on: dt.date) -> list[Filter]:
    """Those of them that are in force on a day."""
    return [one for one in filters_of(region) if one.in_force(on)]
