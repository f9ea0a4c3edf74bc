"""What keeps a facility from being opened or raised, a member from being granted a limit, a draw or a release from being
recorded: values in, every reason out. Pure; amounts are whole fen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import Problem
from kernel.money.yuan import yuan_text
from kernel.typed import unseen_in, words_problems

LONGEST_REASON = 300
LONGEST_LOAN_NO = 60


@dataclass(frozen=True)
class Room:
    """A facility as it stands: its total, what is drawn of it, its days, whether it is closed."""

    total_fen: int
    drawn_fen: int
    first_day: dt.date
    last_day: dt.date
    closed: bool = False

    @property
    def free_fen(self) -> int:
        return max(self.total_fen - self.drawn_fen, 0)


@dataclass(frozen=True)
class Seat:
    """A member as it stands: its name, its limit, what is drawn of it, whether it may draw at all."""

    name: str
    limit_fen: int
    drawn_fen: int
    active: bool

    @property
    def free_fen(self) -> int:
        return max(self.limit_fen - self.drawn_fen, 0)


def opening_problems(
    *, total_fen: int, first: dt.date, last: dt.date, purpose: str, on: dt.date
) -> Iterator[Problem]:
    """Of the facility itself; whether its mark has users is asked elsewhere."""
    if total_fen <= 0:
        yield Problem("授信总额", f"{yuan_text(total_fen)} 元", "写正数，以万元填写", "amount")
    if first < on:
        yield Problem("起日", f"{first} 早于今天 {on}", "不早于今天", "past")
    if last <= first:
        yield Problem("止日", f"{last} 不晚于起日 {first}", "晚于起日", "day_order")
    yield from text_problems("用途", purpose)


def raising_problems(room: Room, total_fen: int, reason: str) -> Iterator[Problem]:
    """A raised total is higher than it was; a closed facility is not raised."""
    yield from _closed(room)
    if total_fen <= room.total_fen:
        found = f"{yuan_text(total_fen)} 元，现为 {yuan_text(room.total_fen)} 元"
        yield Problem("授信总额", found, "高于现在的总额；要减少，请关闭后另开", "not_higher")
    yield from text_problems("理由", reason)


def grant_problems(
    room: Room, seat: Seat, *, limit_fen: int, line_fen: int | None, reason: str
) -> Iterator[Problem]:
    """A limit is within the facility, not below what is drawn, and within the card's line, or the bank says why not."""
    yield from _closed(room)
    if limit_fen <= 0:
        yield Problem("成员限额", f"{yuan_text(limit_fen)} 元", "写正数；不再给额度的，请暂停", "amount")
    if limit_fen > room.total_fen:
        found = f"{yuan_text(limit_fen)} 元，高于授信总额 {yuan_text(room.total_fen)} 元"
        yield Problem("成员限额", found, "不高于授信总额", "above_total")
    if limit_fen < seat.drawn_fen:
        found = f"{yuan_text(limit_fen)} 元，低于已用 {yuan_text(seat.drawn_fen)} 元"
        yield Problem("成员限额", found, "不低于已用金额；先记录归还", "below_drawn")
    if line_fen is None and not reason.strip():
        found = f"{seat.name} 没有本行可用的评分额度"
        yield Problem("理由", found, "先测算额度，或写明不按评分额度的理由", "no_line")
    elif line_fen is not None and limit_fen > line_fen and not reason.strip():
        found = f"限额 {yuan_text(limit_fen)} 元，高于评分额度 {yuan_text(line_fen)} 元"
        yield Problem("理由", found, "不高于评分额度，或写明理由", "above_line")
    yield from words_problems("理由", reason, LONGEST_REASON, required=False)


def draw_problems(
    room: Room, seat: Seat, *, amount_fen: int, day: dt.date, loan_no: str, in_register: bool, on: dt.date
) -> Iterator[Problem]:
    """A draw is within its member's limit and the facility, on a day of it, by one who may use the mark on that day."""
    yield from _closed(room)
    if day > on:
        yield Problem("放款日", f"{day} 晚于今天 {on}", "请在放款之后记录", "future")
    if not room.first_day <= day <= room.last_day:
        found = f"{day} 不在授信期 {room.first_day} 至 {room.last_day} 内"
        yield Problem("放款日", found, "授信期内方可用款", "outside_days")
    if not seat.active:
        yield Problem(
            "成员", f"{seat.name} 的额度未启用或已暂停", "由两人授予或恢复额度后再用款", "suspended"
        )
    if not in_register:
        yield Problem(
            "成员", f"{seat.name} 在 {day} 不在使用人名册内", "只有名册内的使用人可以用款", "not_a_user"
        )
    if not loan_no.strip() or len(loan_no) > LONGEST_LOAN_NO or unseen_in(loan_no):
        found = loan_no[:LONGEST_LOAN_NO] or "没有填写"
        yield Problem("借据号", found, f"写本行的借据号，不超过 {LONGEST_LOAN_NO} 个字", "loan_no")
    if amount_fen <= 0:
        yield Problem("金额", f"{yuan_text(amount_fen)} 元", "写正数", "amount")
    if amount_fen > seat.free_fen:
        found = f"{yuan_text(amount_fen)} 元，成员可用 {yuan_text(seat.free_fen)} 元"
        yield Problem("金额", found, "不超过成员可用额度", "above_member")
    if amount_fen > room.free_fen:
        found = f"{yuan_text(amount_fen)} 元，授信总额可用 {yuan_text(room.free_fen)} 元"
        yield Problem("金额", found, "不超过授信总额可用部分", "above_facility")


def release_problems(
    *, amount_fen: int, drawn_fen: int, released_fen: int, day: dt.date, drawn_on: dt.date, on: dt.date
) -> Iterator[Problem]:
    """What is given back is at most what is still out, on a day after the draw and not to come."""
    left = drawn_fen - released_fen
    if amount_fen <= 0:
        yield Problem("金额", f"{yuan_text(amount_fen)} 元", "写正数", "amount")
    if amount_fen > left:
        found = f"{yuan_text(amount_fen)} 元，这笔还有 {yuan_text(left)} 元未还"
        yield Problem("金额", found, "不超过未还金额", "above_draw")
    if not drawn_on <= day <= on:
        yield Problem("归还日", f"{day}", f"在放款日 {drawn_on} 与今天 {on} 之间", "day_order")


def text_problems(where: str, text: str) -> Iterator[Problem]:
    """A reason is written, and fits its column."""
    yield from words_problems(where, text, LONGEST_REASON)


def _closed(room: Room) -> Iterator[Problem]:
    if room.closed:
        yield Problem("集体授信", "已关闭", "请另开授信", "closed")


def user_of(users: Sequence[Mapping[str, Any]], credit_code: str) -> Mapping[str, Any] | None:
    """The entry of a user register under a credit code; None where there is none, or no code to look for.

    >>> user_of([{"name": "甲茶厂", "credit_code": "91X"}], "91X")["name"], user_of([], "91X"), user_of([], "")
    ('甲茶厂', None, None)
    """
    return next((one for one in users if credit_code and one["credit_code"] == credit_code), None)
