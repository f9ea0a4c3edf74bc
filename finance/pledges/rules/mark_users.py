"""The user register of a collective, certification or geographical mark, as stated with the mark. Pure.

One user: {"name", "credit_code", "from": ISO day, "to": ISO day}; "to" has no entry while the permission runs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finance.parties.rules import checked_credit_code, plain_credit_code, why_no_credit_code

from .bounds import WANTED, beyond
from .metrics import RESTRICTED_MARKS

User = Mapping[str, Any]


def users_on(users: Sequence[User], day: dt.date) -> list[User]:
    """Who may use the mark on a day, both days included.

    >>> users_on([{"name": "甲", "from": "2026-01-01", "to": "2026-06-30"}], dt.date(2026, 7, 1))
    []
    """
    on = day.isoformat()
    return [one for one in users if one["from"] <= on and on <= one.get("to", on)]


def user_flaws(users: Sequence[User], subtype: str, on: dt.date) -> Iterator[tuple[str, str, str]]:
    """(found, wanted, code) of what cannot be true of a register stated on a day."""
    if users and subtype not in RESTRICTED_MARKS:
        yield (
            "普通商标没有使用人名册",
            "只有集体商标、证明商标和地理标志填写；请核对类型",
            "not_restricted",
        )
    held: dict[str, list[User]] = {}
    for one in users:
        code = plain_credit_code(one["credit_code"])
        check = checked_credit_code(code)
        if check is None:
            yield f"{one['name']} 的 {why_no_credit_code(code)}", "请对照营业执照填写", "credit_code"
        elif not check.code_holds:
            told = f"{one['name']} 的 {code} 校验位不符，应为 {check.expected}"
            yield told, "请对照营业执照改正", "check_digit"
        for day in (one[name] for name in ("from", "to") if name in one):
            if beyond(dt.date.fromisoformat(day)):
                yield f"{one['name']} 的 {day} 不像实际日期", WANTED, "day_bounds"
        if one["from"] > on.isoformat():
            yield f"{one['name']} 的起日 {one['from']} 晚于今天（{on}）", "请填写已经准许的使用人", "future"
        if one.get("to", one["from"]) < one["from"]:
            yield f"{one['name']} 的止日 {one['to']} 早于起日 {one['from']}", "请核对这两个日期", "day_order"
        elif any(_overlap(one, other) for other in held.get(code, ())):
            yield f"{one['name']} 在同一时期列了两次", "每一时期只列一次", "twice"
        held.setdefault(code, []).append(one)


def _overlap(one: User, other: User) -> bool:
    return bool(one["from"] <= other.get("to", one["from"]) and other["from"] <= one.get("to", other["from"]))
