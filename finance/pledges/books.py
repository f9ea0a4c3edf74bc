"""The rule books of `policies/registration/` as the room asks them, with the grounds that officers have turned.

The files are read once by a process: they ship with the product and change only with it.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from finance.parties.regions import region_stem
from finance.pledges.models import GroundMode
from finance.pledges.rules.loading import Library, load_common, load_library
from finance.pledges.rules.realising import Guide, read_guide
from kernel.errors import Problem, Refused
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from finance.pledges.rules.book import Rule, RuleBook


@cache
def library() -> Library:
    return load_library(settings.POLICIES_DIR / "registration")


@cache
def interruption_kinds() -> dict[str, Rule]:
    """What interrupts the limitation of a claim, by the rule's id."""
    rules = load_common(settings.POLICIES_DIR / "registration")
    return {rule.id: rule for rule in rules if rule.id.startswith("LIM-")}


@cache
def realising_guide() -> Guide:
    """What is told when a pledge is realised; one text for all kinds and, so far, for all days."""
    directory = settings.POLICIES_DIR / "registration"
    rules = {rule.id: rule for rule in load_common(directory)}
    return read_guide(read_file(directory / "realising" / "realising@2021.yaml"), rules)


def book_on(kind: str, day: dt.date) -> RuleBook:
    """The rules of a kind of right in force on a day; Refused when there are none."""
    book = library().on(kind, day)
    if book is None:
        raise Refused(Problem("权利种类", f"{day} 没有这一类权利的登记规则", "请另选种类", "no_book"))
    return book


def modes_in_force(family: str, region: str, day: dt.date) -> dict[str, GroundMode]:
    """The last turn of each ground for a region by a day: of the nearest bureau, then the latest."""
    turned = GroundMode.objects.filter(family=family, first_day__lte=day).order_by("first_day", "recorded_at")
    fitting = [one for one in turned if region.startswith(region_stem(one.region))]
    fitting.sort(key=lambda one: len(region_stem(one.region)))
    return {one.ground: one for one in fitting}


def turned_book(book: RuleBook, region: str, day: dt.date) -> RuleBook:
    """The book as it runs in a region on a day. A turn of a ground that a later version no longer has is left out."""
    known = {rule.id for rule in book.turnable}
    modes = {
        name: one.mode for name, one in modes_in_force(book.family, region, day).items() if name in known
    }
    return book.with_modes(modes)  # type: ignore[arg-type]
