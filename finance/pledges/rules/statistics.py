"""Pledge financing in the counts of the two authorities, side by side and never mixed. Pure: amounts in fen.

The IP office counts what was *registered*: projects, amount, firms, rights. The financial regulator counts what was *lent*:
disbursed, borrowers, balance. The registered amount is not the loan amount: where no registration file says it, the
principal under the loan's contract stands in, and how much of the sum that is is told. A count of firms is of different
firms, so the months of a year may sum to more than its total.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kernel.errors import Problem, Refused
from kernel.money import fen_from_wan
from kernel.reading import Reading
from kernel.strict_yaml import Written

from .book import CONFIDENCE

AUTHORITIES = ("cnipa", "regulator")
RIGHT_KINDS = ("patent", "trademark", "copyright", "layout", "data")


@dataclass(frozen=True)
class Line:
    """Up to which amount one authority calls a pledge or a borrower inclusive (普惠), from a day on."""

    counts: str
    valid_from: dt.date
    most_fen: int
    article: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Registered:
    """One registration that stands: its rights by kind, and its amount, from the registry's paper or by the contract.

    `amount_fen` None: neither is known.
    """

    on: dt.date
    region: str
    pledgor: str
    rights: Mapping[str, int]
    amount_fen: int | None
    by_contract: bool = False

    @property
    def kind(self) -> str:
        """patent, trademark, ...; mixed when its rights are of several kinds."""
        kinds = [kind for kind, number in self.rights.items() if number]
        return kinds[0] if len(kinds) == 1 else "mixed"


@dataclass(frozen=True)
class Lent:
    """One loan secured by a pledge: lent on a day, with its principal, and its balance on the day of the report."""

    on: dt.date
    region: str
    bank: str
    borrower: str
    principal_fen: int
    balance_fen: int


@dataclass(frozen=True)
class Figures:
    """One line of the report. Of the regulator's, only the balance is of a day; everything else is of the period."""

    registrations: int = 0
    registered_fen: int = 0
    by_contract_fen: int = 0
    amounts_missing: int = 0
    firms: int = 0
    rights: Mapping[str, int] = field(default_factory=dict)
    inclusive: int = 0
    inclusive_fen: int = 0
    loans: int = 0
    disbursed_fen: int = 0
    borrowers: int = 0
    inclusive_borrowers: int = 0
    inclusive_disbursed_fen: int = 0
    balance_fen: int = 0


@dataclass(frozen=True)
class Report:
    """A period: everything together, then by month, by region code and by kind of right (registrations only)."""

    begin: dt.date
    on: dt.date
    total: Figures
    by_month: tuple[tuple[str, Figures], ...]
    by_region: tuple[tuple[str, Figures], ...]
    by_kind: tuple[tuple[str, Figures], ...]
    lines: tuple[Line, ...]


def report(
    registered: Sequence[Registered],
    lent: Sequence[Lent],
    *,
    lines: Sequence[Line],
    begin: dt.date,
    on: dt.date,
) -> Report:
    """What was registered and lent from `begin` to `on`, both in; loans lent before count for balance and credit."""
    count = _Counting(lent, lines, begin, on)
    inside = [one for one in registered if begin <= one.on <= on]
    loans = [one for one in lent if one.on <= on]

    def split(
        of_registered: Callable[[Registered], str], of_lent: Callable[[Lent], str] | None
    ) -> tuple[tuple[str, Figures], ...]:
        keys = {of_registered(one) for one in inside} | (
            {of_lent(one) for one in loans} if of_lent else set()
        )
        return tuple(
            (
                key,
                count(
                    [one for one in inside if of_registered(one) == key],
                    [one for one in loans if of_lent and of_lent(one) == key],
                ),
            )
            for key in sorted(keys)
        )

    months = split(lambda one: f"{one.on:%Y-%m}", lambda one: f"{one.on:%Y-%m}")
    return Report(
        begin=begin,
        on=on,
        total=count(inside, loans),
        by_month=tuple((month, figures) for month, figures in months if month >= f"{begin:%Y-%m}"),
        by_region=split(lambda one: one.region, lambda one: one.region),
        by_kind=split(lambda one: one.kind, None),
        lines=tuple(line for who in AUTHORITIES for line in _of(lines, who) if line.valid_from <= on),
    )


class _Counting:
    """Counts one line of the report; which borrowers are inclusive is found once over all loans of a bank to a borrower."""

    def __init__(self, lent: Sequence[Lent], lines: Sequence[Line], begin: dt.date, on: dt.date) -> None:
        self.lines, self.begin, self.on = lines, begin, on
        credit: Counter[tuple[str, str]] = Counter()
        for one in lent:
            if one.on <= on and (one.on >= begin or one.balance_fen):
                credit[one.bank, one.borrower] += one.principal_fen
        self.credit = credit

    def __call__(self, registered: Sequence[Registered], lent: Sequence[Lent]) -> Figures:
        new = [one for one in lent if one.on >= self.begin]
        inclusive = [one for one in registered if self._within("cnipa", one.on, one.amount_fen)]
        small = [one for one in new if self._within("regulator", one.on, self.credit[one.bank, one.borrower])]
        rights: Counter[str] = Counter()
        for one in registered:
            rights.update(one.rights)
        return Figures(
            registrations=len(registered),
            registered_fen=sum(one.amount_fen or 0 for one in registered),
            by_contract_fen=sum(one.amount_fen or 0 for one in registered if one.by_contract),
            amounts_missing=sum(one.amount_fen is None for one in registered),
            firms=len({one.pledgor for one in registered}),
            rights=rights,
            inclusive=len(inclusive),
            inclusive_fen=sum(one.amount_fen or 0 for one in inclusive),
            loans=len(new),
            disbursed_fen=sum(one.principal_fen for one in new),
            borrowers=len({one.borrower for one in new}),
            inclusive_borrowers=len({one.borrower for one in small}),
            inclusive_disbursed_fen=sum(one.principal_fen for one in small),
            balance_fen=sum(one.balance_fen for one in lent),
        )

    def _within(self, counts: str, on: dt.date, fen: int | None) -> bool:
        line = next((line for line in reversed(_of(self.lines, counts)) if line.valid_from <= on), None)
        return line is not None and fen is not None and fen <= line.most_fen


def _of(lines: Sequence[Line], counts: str) -> list[Line]:
    return sorted((line for line in lines if line.counts == counts), key=lambda line: line.valid_from)


def read_lines(written: Written) -> tuple[Line, ...]:
    """The lines of `inclusive.yaml`; refused with every fault at once."""
    reading = Reading(written)
    top = reading.top
    lines: list[Line] = []
    for entry in top.entries("lines", least=1):
        day, amount = entry.day("valid_from"), 0
        if day is None and "valid_from" not in entry:
            entry.fault("valid_from", "缺少", "请写这条线自哪天起用")
        try:
            amount = fen_from_wan(entry.text("most_wan"), "most_wan")
        except Refused as refused:
            entry.fault("most_wan", refused.problems[0].found, refused.problems[0].wanted)
        line = Line(
            counts=entry.text("counts", among=AUTHORITIES),
            valid_from=day or dt.date.min,
            most_fen=amount,
            article=entry.text("article"),
            source=entry.text("source"),
            confidence=entry.text("confidence", among=tuple(CONFIDENCE)),
        )
        entry.only()
        if any((one.counts, one.valid_from) == (line.counts, line.valid_from) for one in lines):
            entry.fault("valid_from", f"{line.counts} 在 {line.valid_from} 已有一条线", "同一天只写一条")
        lines.append(line)
    top.only()
    if reading.problems:
        raise Refused(
            Problem(f"inclusive.yaml {one.where}", one.found, one.wanted, one.code)
            for one in reading.problems
        )
    return tuple(lines)
