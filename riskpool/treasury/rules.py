"""The reconciliation of an account, and who owes what of a replenishment. Pure.

Amounts are fen, signed where both directions meet: above zero money came into the account, below zero it went out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kernel.money.split import split
from kernel.statements.matching import Line, Movement


@dataclass(frozen=True)
class Reconciliation:
    """余额调节表 of one account at the end of a day (fen). Both adjusted balances agree unless `opening_gap` is not zero.

    `book_not_bank`: movements of the book that no statement has yet (在途), `bank_not_book`: lines that the book has not
    (yet). `opening_gap`: what the first statement's opening balance differed from the book without anybody knowing why.
    """

    bank: int
    book: int
    book_not_bank: tuple[Movement, ...]
    bank_not_book: tuple[Line, ...]
    open_lines: tuple[Line, ...]
    opening_gap: int

    @property
    def bank_adjusted(self) -> int:
        return self.bank + sum(one.signed for one in self.book_not_bank)

    @property
    def book_adjusted(self) -> int:
        return self.book + sum(one.signed for one in self.bank_not_book)

    @property
    def received_by_book(self) -> int:
        return sum(one.signed for one in self.book_not_bank if one.signed > 0)

    @property
    def paid_by_book(self) -> int:
        return -sum(one.signed for one in self.book_not_bank if one.signed < 0)

    @property
    def received_by_bank(self) -> int:
        return sum(one.signed for one in self.bank_not_book if one.signed > 0)

    @property
    def paid_by_bank(self) -> int:
        return -sum(one.signed for one in self.bank_not_book if one.signed < 0)

    @property
    def unexplained(self) -> int:
        """What neither timing nor an explanation accounts for; the gap at the opening and the open lines."""
        return self.opening_gap + sum(line.signed for line in self.open_lines)

    @property
    def freezes(self) -> bool:
        """An unexplained line freezes payouts even where two of them happen to sum to zero."""
        return bool(self.opening_gap or self.open_lines)

    @property
    def adds_up(self) -> bool:
        return self.bank_adjusted - self.opening_gap == self.book_adjusted


def reconcile(
    *,
    on: dt.date,
    first_day: dt.date,
    opening: int,
    bank: int,
    lines: Sequence[Line],
    movements: Sequence[Movement],
    cleared: Mapping[int, str],
) -> Reconciliation:
    """The reconciliation at the end of `on`. `lines` are those of all standing statements, the first of which begins on
    `first_day` with `opening`; what the book moved before that day is taken as settled in it, unless a line says otherwise.

    `cleared` gives for each line that is accounted for the journal that it is, or "" where it was only explained. A
    payment and its taking back, neither of them ever on a statement, are no timing difference and are left out together.

    >>> day = dt.date(2026, 11, 20)
    >>> found = reconcile(on=day, first_day=day, opening=100, bank=100, lines=[], cleared={},
    ...     movements=[Movement("in", day - dt.timedelta(days=9), 100), Movement("out", day, -30)])
    >>> found.book, found.bank_adjusted, found.book_adjusted, found.freezes
    (70, 70, 70, False)
    """
    upto = [line for line in lines if line.day <= on]
    seen = {cleared[line.id] for line in upto if cleared.get(line.id)}
    later = {cleared[line.id] for line in lines if line.day > on and cleared.get(line.id)}
    known = [movement for movement in movements if movement.day <= on]
    booked = {movement.journal for movement in known}
    unseen = _without_pairs([movement for movement in known if movement.journal not in seen])
    settled = [m for m in unseen if m.day < first_day and m.journal not in later]
    return Reconciliation(
        bank=bank,
        book=sum(movement.signed for movement in known),
        book_not_bank=tuple(m for m in unseen if m.day >= first_day or m.journal in later),
        bank_not_book=tuple(line for line in upto if cleared.get(line.id, "") not in booked),
        open_lines=tuple(line for line in upto if line.id not in cleared),
        opening_gap=opening - sum(movement.signed for movement in settled),
    )


def _without_pairs(waiting: Sequence[Movement]) -> list[Movement]:
    names = {movement.journal for movement in waiting}
    undone = {movement.undoes for movement in waiting if movement.undoes in names}
    return [m for m in waiting if m.journal not in undone and m.undoes not in undone]


def overdue_transit(movements: Collection[Movement], on: dt.date, transit_days: int) -> list[Movement]:
    """Movements in transit for more than `transit_days` calendar days."""
    return [movement for movement in movements if (on - movement.day).days > transit_days]


def asked_of_sources(
    *, target: int, cash: int, contributed: Mapping[str, int], weights: Mapping[str, int]
) -> dict[str, int]:
    """Who brings how much of what a pool lacks to `target` (fen), so that contributions come to the agreed ratio.

    Each source owes what it is behind the agreed part of all contributions, the new money included; one that is ahead
    owes nothing and is not paid back. Where what all are behind is more than is asked (somebody is ahead), it is asked
    for in proportion to how far each is behind. Largest remainder, listed order.

    >>> asked_of_sources(target=100, cash=40, contributed={"city": 40, "district": 60}, weights={"city": 4, "district": 6})
    {'city': 24, 'district': 36}
    >>> asked_of_sources(target=100, cash=40, contributed={"city": 60, "district": 40}, weights={"city": 4, "district": 6})
    {'city': 4, 'district': 56}
    """
    needed = max(0, target - cash)
    if needed == 0:
        return dict.fromkeys(weights, 0)
    agreed = split(sum(contributed.values()) + needed, weights)
    behind = {name: max(0, agreed[name] - contributed.get(name, 0)) for name in weights}
    return split(needed, behind)
