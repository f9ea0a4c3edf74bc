"""The owners of a right as stated: what they answered, since when, their shares. Pure.

One owner: {"name", "consents": bool, "consented_on": ISO day, "share"}; what is not known has no entry.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from finance.parties.rules import name_key
from kernel.expressions import exact_text
from kernel.money import yuan_text
from kernel.sheets.cells import folded

from .bounds import WANTED, beyond

StatedOwner = Mapping[str, Any]
_CONSENT = re.compile(r"(.*?)(?:\s+(\d{4}-\d{2}-\d{2}))?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%?", re.ASCII)
_PART = re.compile(r"(\d{1,6})/([1-9]\d{0,5})", re.ASCII)


def owner_flaws(owners: Sequence[StatedOwner], on: dt.date) -> Iterator[tuple[str, str, str, str]]:
    """(label, found, wanted, code) of what cannot be true of owners stated on a day."""
    if twice := named_twice([one["name"] for one in owners]):
        yield "登记簿上的权利人", f"{twice} 列了两次", "每人只列一次", "twice"
    for one in owners:
        if given := one.get("consented_on"):
            yield from _day_flaws(one["name"], dt.date.fromisoformat(given), on)
        if is_no_share(one.get("share", "")):
            found = f"{one['name']} 的份额“{one['share']}”"
            yield "权利人份额", found, "请写成 50% 或 1/2；共同共有的写文字", "share"
    if (total := shares_told(owners)) > 1:
        exact = exact_text(total * 100)
        told = f"{exact}%" if "/" not in exact else f"{total}（约 {yuan_text(int(total * 10_000))}%）"
        yield "权利人份额", f"合计 {told}", "各人份额合计不超过 100%", "shares"


def _day_flaws(name: str, day: dt.date, on: dt.date) -> Iterator[tuple[str, str, str, str]]:
    if beyond(day):
        yield "共有人同意日", f"{day} 不像实际日期", WANTED, "day_bounds"
    elif day > on:
        yield "共有人同意日", f"{name}：{day} 晚于今天（{on}）", "请填写已经发生的日期", "future"


def named_twice(names: Sequence[str]) -> str:
    """The first name that another writing of it has named already; "" where each stands once."""
    seen: set[str] = set()
    for name in names:
        if name_key(name) in seen:
            return name
        seen.add(name_key(name))
    return ""


def consent_written(said: str, answers: Mapping[str, bool]) -> dict[str, Any] | None:
    """A co-owner's answer as it is kept, the day of a consent behind it; empty where nothing is said, None for no answer.

    >>> answers = {"同意": True, "不同意": False}
    >>> consent_written("同意 2026-11-20", answers), consent_written("不同意", answers), consent_written("", answers)
    ({'consents': True, 'consented_on': '2026-11-20'}, {'consents': False}, {})
    >>> [consent_written(said, answers) for said in ("赞成", "同意 2026-02-30", "不同意 2026-11-20")]
    [None, None, None]
    """
    found = _CONSENT.fullmatch(said)
    word, day = found.groups() if found else (said, None)
    if not said or word not in answers:
        return None if said else {}
    if day is None:
        return {"consents": answers[word]}
    try:
        given = dt.date.fromisoformat(day)
    except ValueError:  # well written, but there is no such day
        return None
    return {"consents": True, "consented_on": given.isoformat()} if answers[word] else None


def consent_words(owner: Mapping[str, Any], words: Mapping[bool, str]) -> str:
    """The answer as it is written: the inverse of `consent_written`."""
    said = [words[owner["consents"]]] if "consents" in owner else []
    return " ".join([*said, *([owner["consented_on"]] if "consented_on" in owner else [])])


def share_of(written: str) -> Fraction | None:
    """A share told as a percentage (with or without the sign) or a fraction; None where it is told in words, or not.

    >>> share_of("1/2"), share_of("３３．３３％"), share_of("共同共有"), share_of("-5%")
    (Fraction(1, 2), Fraction(3333, 10000), None, None)
    """
    share = folded(written).replace(" ", "")
    if percent := _PERCENT.fullmatch(share):
        return Fraction(percent[1]) / 100
    part = _PART.fullmatch(share)
    return Fraction(int(part[1]), int(part[2])) if part else None


def is_no_share(written: str) -> bool:
    """Whether a share is written in figures and says none: below zero, by zero, with a stray sign.

    >>> [is_no_share(one) for one in ("-5%", "1/0", "1/2", "３３．３３％", "共同共有", "")]
    [True, True, False, False, False, False]
    """
    share = folded(written).replace(" ", "")
    return re.fullmatch(r"[-+\u2212]?[\d.,/%]+", share) is not None and share_of(written) is None


def shares_told(owners: Iterable[Mapping[str, Any]]) -> Fraction:
    """The sum of the owners' shares that are told in figures; what is told in words counts nothing.

    >>> shares_told([{"name": "甲", "share": "1/2"}, {"name": "乙", "share": "５０％"}, {"name": "丙", "share": "共同共有"}])
    Fraction(1, 1)
    """
    return sum((share_of(one.get("share", "")) or Fraction(0) for one in owners), Fraction(0))
