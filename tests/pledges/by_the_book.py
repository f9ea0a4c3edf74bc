"""The shipped rule books and calendars, and values for them from plain YAML: what the cases and tests of rules stand on."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from finance.pledges.rules import right_key
from finance.pledges.rules.book import RuleBook
from finance.pledges.rules.facts import Contract, Filing, Mark, OtherPledge, Owner, Pledge, Right
from finance.pledges.rules.loading import Library, load_library
from finance.pledges.rules.procedure import Act, RightEvent
from kernel.calendars.rules import read_calendar
from kernel.days import WorkingCalendar

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(__file__).parent / "cases"
DAY = dt.date(2026, 11, 20)


@cache
def library() -> Library:
    return load_library(ROOT / "policies" / "registration")


def book(kind: str, on: dt.date = DAY) -> RuleBook:
    found = library().on(kind, on)
    assert found is not None
    return found


@cache
def calendar() -> WorkingCalendar:
    years = [
        read_calendar(path.read_text("utf-8")) for path in (ROOT / "policies/calendars").glob("cn-*.yaml")
    ]
    special = {one.day: one.is_working for year in years for one in year.specials}
    return WorkingCalendar(special, {year.year for year in years})


@cache
def _sound() -> Any:
    return yaml.safe_load((CASES / "_sound.yaml").read_text("utf-8"))


def case(name: str) -> Any:
    return yaml.safe_load((CASES / name).read_text("utf-8"))


def filing(kind: str, *changes: dict[str, Any]) -> Filing:
    """The sound filing of a kind with changes of `filing`, `right` (its first right) and `contract` laid over it."""
    whole = {**_sound()[kind], "kind": kind}
    contract, right = whole.pop("contract"), {**whole.pop("rights")[0], "kind": kind}
    for change in changes:
        whole |= change.get("filing", {})
        contract = contract | change.get("contract", {})
        right |= change.get("right", {})
    declared = {
        (name, key): frozenset(parties)
        for name, parties in whole.get("declarations", {}).items()
        for key in ("", right_key(right["number"]))
    }
    whole |= {
        "declarations": declared,
        "contract": Contract(**contract | {"terms": frozenset(contract["terms"])}),
        "rights": (right_of(right),),
        "materials": frozenset(whole["materials"]),
    }
    if "owner_marks" in whole:
        whole["owner_marks"] = tuple(mark_of(mark) for mark in whole["owner_marks"])
    return Filing(**whole)


def right_of(written: dict[str, Any]) -> Right:
    made = dict(written)
    made["owners"] = tuple(Owner(**owner) for owner in written["owners"])
    made["pledges"] = tuple(OtherPledge(**pledge) for pledge in written["pledges"])
    if "mark" in written:
        made["mark"] = mark_of(written["mark"])
    return Right(**made)


def mark_of(written: dict[str, Any]) -> Mark:
    return Mark(**written | {"classes": frozenset(written["classes"])})


def acts(written: list[list[Any]]) -> list[Act]:
    """[number, action, day, day it was known (else its own)] each."""
    return [Act(number, action, on, *(known or [on])) for number, action, on, *known in written]


def right_events(written: list[list[Any]]) -> list[RightEvent]:
    return [RightEvent(number, event, on, *(known or [on])) for number, event, on, *known in written]


def pledge(written: dict[str, Any]) -> Pledge:
    return Pledge(**written)
