"""The windows of a district with the days they have: the law's limit and the local promise, both from the rule books."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from finance.parties.published import region_name
from finance.parties.regions import region_stem
from finance.pledges.models import IPRight
from finance.pledges.papers import rule_books
from finance.pledges.rules.book import Clock
from finance.pledges.rules.clocks import clocks_for
from finance.pledges.rules.directory import NATIONAL, Directory, Window, read_directory
from finance.pledges.words import worded
from kernel.strict_yaml import read_file

CHANNEL_WORDS = {"online": _("电子"), "paper": _("纸件或现场")}
UNIT_WORDS = {"working_days": _("个工作日"), "days": _("日"), "months": _("个月"), "years": _("年")}


@cache
def directory() -> Directory:
    """The windows of this installation and what is not known of them, read once."""
    return read_directory(read_file(settings.POLICIES_DIR / "directory" / "windows.yaml"))


def windows_by_region(region: str, on: dt.date) -> dict[str, Any]:
    """All windows by region, or those that a place may go to: its own, those above and inside it, the national ones."""
    windows, gaps = directory().windows, directory().gaps
    regions = sorted({one.region for one in windows} | {one.region for one in gaps})
    chosen = region if region in regions else ""
    shown = [code for code in regions if not chosen or _serves(code, chosen)]
    return {
        "chosen": chosen,
        "unknown": region if region and not chosen else "",
        "choices": [(code, _name(code)) for code in regions if code != NATIONAL],
        "groups": [
            (
                _name(code),
                [_shown(one, on) for one in windows if one.region == code],
                [one for one in gaps if one.region == code],
            )
            for code in shown
        ],
    }


def _serves(code: str, chosen: str) -> bool:
    if code == NATIONAL:
        return True
    return chosen.startswith(region_stem(code)) or code.startswith(region_stem(chosen))


def _name(code: str) -> Any:
    return _("全国") if code == NATIONAL else region_name(code)


def _shown(window: Window, on: dt.date) -> dict[str, Any]:
    return {
        "window": window,
        "kinds": [IPRight.Kind(kind).label for kind in window.kinds],
        "channels": [CHANNEL_WORDS[channel] for channel in window.channels],
        "limits": [limit for kind in window.kinds for limit in _limits(window, kind, on)],
    }


def _limits(window: Window, kind: str, on: dt.date) -> list[dict[str, Any]]:
    """Statutory limit and promise of registering one kind, once each, with the mark of its evidence."""
    book = rule_books().on(kind, on)
    clocks: dict[str, Clock] = {}
    for channel in window.channels if book else ():
        assert book is not None
        law, promises = clocks_for(book, "register", channel=channel, region=window.region, on=on)
        clocks |= {clock.id: clock for clock in (law, *promises) if clock is not None}
    return [
        {
            "kind": IPRight.Kind(kind).label,
            "title": worded(clock.title),
            "length": clock.length,
            "unit": UNIT_WORDS[clock.unit],
            "promise": clock.kind == "promise",
            "mark": clock.basis.status,
        }
        for clock in clocks.values()
    ]
