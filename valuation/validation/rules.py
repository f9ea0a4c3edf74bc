"""Months between two days, a period that can be, and the digest of what a report or a fit was made of. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kernel.days import add_months
from kernel.errors import Problem

if TYPE_CHECKING:
    from valuation.learning.method import Method


def whole_months(first: dt.date, last: dt.date) -> int:
    """How many whole months lie between two days.

    >>> whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 14)), whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 15))
    (5, 6)
    """
    found = (last.year - first.year) * 12 + last.month - first.month
    return max(0, found if add_months(first, found) <= last else found - 1)


def turned(begins: dt.date, ends: dt.date, today: dt.date) -> list[Problem]:
    """What is wrong with a period, if its days are turned round or to come."""
    problems = []
    if begins > ends:
        problems.append(Problem("期间", f"{begins} 晚于 {ends}", "起日不晚于止日", "turned"))
    if ends > today:
        problems.append(Problem("期间止日", f"{ends} 还没有到", f"不晚于 {today}", "future"))
    return problems


def no_scores(begins: dt.date, ends: dt.date) -> Problem:
    """Why neither a fit nor a report is made of a period: the institution scored nobody in it."""
    found = f"{begins} 至 {ends} 没有本机构的评分"
    return Problem("期间", found, "请换一个期间，或先对企业评分", "no_scores")


def sha256_of(values: Any) -> str:
    """Of canonical JSON."""
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()


def digest_of_method(method: Method) -> str:
    """Of everything that the method file says."""
    return sha256_of(repr(method))


def digest_of_fit(
    figures: Mapping[str, Any], values: Mapping[str, str], card: str, sample: str, method: str
) -> str:
    """Of what a fit found, and of the card, the sample and the method that it was found with."""
    return sha256_of(
        {"figures": figures, "values": dict(values), "card": card, "sample": sample, "method": method}
    )
