"""A whole book of loans in columns, in order of application; and one row of it as the single path takes it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finance.subsidies.bulk.columns import Column, Days, Fen, Numbers, Payments, Rows, Words, column_of
from finance.subsidies.facts import SECTIONS, Case
from finance.subsidies.terms import DAY_COUNTS
from kernel.money import yuan_text
from kernel.vectors import Mask

NOBODY = -1
_EVENTS = ("loan.draws", "loan.repaid")
_LARGEST_FEN = 2**53 - 1


@dataclass(frozen=True)
class Book:
    """n applications. `facts` by path; `sections` says in which rows a section was stated (all rows without an entry).

    `parties` names enterprise, bank, guarantor, loan, project by numbers (int64[n]; -1 is nobody): whose limits they are.
    `apart` holds, by row, applications that do not fit into columns; they go through the single path.
    """

    facts: Mapping[str, Column]
    draws: Payments
    repaid: Payments
    fees: Mapping[str, Fen] = field(default_factory=dict)
    interest_paid: Fen | None = None
    approved_amount: Fen | None = None
    band_choice: Numbers | Words | None = None
    evaluated_on: Days | None = None
    application_date: Days | None = None
    day_count: Words | None = None
    sections: Mapping[str, Mask] = field(default_factory=dict)
    parties: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    apart: Mapping[int, Case] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        facts: Mapping[str, Any],
        *,
        draws: Payments,
        repaid: Payments | None = None,
        fees: Mapping[str, Any] | None = None,
        interest_paid: Any = None,
        approved_amount: Any = None,
        **other: Any,
    ) -> Book:
        """A book from columns, arrays and series (see `column_of`, `Fen.of`); without `repaid` nothing was repaid."""
        return cls(
            {path: column_of(values) for path, values in facts.items()},
            draws,
            Payments.none(len(draws)) if repaid is None else repaid,
            {name: Fen.of(amounts) for name, amounts in (fees or {}).items()},
            None if interest_paid is None else Fen.of(interest_paid),
            None if approved_amount is None else Fen.of(approved_amount),
            **other,
        )

    @classmethod
    def of_cases(cls, cases: Sequence[Case], parties: Sequence[Mapping[str, Hashable]] = ()) -> Book:
        """A book of applications; what columns cannot hold (an officer's figure, an amount beyond 2^53) stands apart."""
        apart = {row: case for row, case in enumerate(cases) if not _fits(case)}
        plain = [Case() if row in apart else case for row, case in enumerate(cases)]
        facts = [{**case.assumed, **case.facts} for case in plain]
        paths = dict.fromkeys(path for each in facts for path in each if path not in _EVENTS)
        sections = dict.fromkeys(section for case in plain for section in (*case.sections, *SECTIONS))
        return cls(
            {path: Words.of(each.get(path) for each in facts) for path in paths},
            Payments.listed([case.draws for case in plain]),
            Payments.listed([case.repaid for case in plain]),
            {
                name: _fen([case.fees.get(name) for case in plain])
                for name in dict.fromkeys(name for case in plain for name in case.fees)
            },
            _fen([case.interest_paid_fen for case in plain]),
            _fen([case.approved_fen for case in plain]),
            Words.of(None if case.band_choice is None else case.stated["band_choice"] for case in plain),
            _days([case.evaluated_on for case in plain]),
            _days([case.application_date for case in plain]),
            Words.of(case.day_count for case in plain),
            {section: np.array([section in case.sections for case in plain]) for section in sections},
            _numbered(parties, len(plain)),
            apart,
        )

    def __post_init__(self) -> None:
        count = len(self)
        parts: list[Any] = [*self.facts.values(), *self.fees.values(), self.repaid, *self.sections.values()]
        parts += [self.interest_paid, self.approved_amount, self.band_choice, self.evaluated_on]
        parts += [self.application_date, self.day_count, *self.parties.values()]
        if any(part is not None and len(part) != count for part in parts):
            raise ValueError(f"every column has {count} rows, as the draws have")
        for path in _EVENTS:
            if path in self.facts:
                raise ValueError(f"{path} are payments, not a fact")
        if self.day_count is not None and not set(self.day_count.facts) <= set(DAY_COUNTS):
            raise ValueError("a day count is one of " + "、".join(DAY_COUNTS))

    def __len__(self) -> int:
        return len(self.draws)

    def rows(self, rows: slice) -> Book:
        """A part of the book; the rows that stand apart are left to the whole."""
        return Book(
            facts={path: column.rows(rows) for path, column in self.facts.items()},
            draws=self.draws.rows(rows),
            repaid=self.repaid.rows(rows),
            fees={name: fen.rows(rows) for name, fen in self.fees.items()},
            interest_paid=self.interest_paid and self.interest_paid.rows(rows),
            approved_amount=self.approved_amount and self.approved_amount.rows(rows),
            band_choice=self.band_choice and self.band_choice.rows(rows),
            evaluated_on=self.evaluated_on and self.evaluated_on.rows(rows),
            application_date=self.application_date and self.application_date.rows(rows),
            day_count=self.day_count and self.day_count.rows(rows),
            sections={section: stated[rows] for section, stated in self.sections.items()},
        )

    def has_section(self, section: str) -> Mask:
        stated = self.sections.get(section)
        return np.ones(len(self), dtype=bool) if stated is None else stated

    @cached_property
    def first_draws(self) -> Any:
        return self.draws.firsts()

    @cached_property
    def drawn(self) -> Any:
        return self.draws.sums(self.draws.fen)

    @cached_property
    def cleared_on(self) -> Any:
        """The last repayment where the repayments clear the loan; otherwise NaT."""
        back = self.repaid.sums(self.repaid.fen)
        return np.where(
            self.repaid.present & (back >= self.drawn), self.repaid.lasts(), np.datetime64("NaT", "D")
        )

    def case(self, row: int) -> Case:
        """One row as the single path takes it."""
        if row in self.apart:
            return self.apart[row]
        plain: dict[str, Any] = {section: {} for section in SECTIONS if self.has_section(section)[row]}
        for path, column in self.facts.items():
            section, _, name = path.partition(".")
            fact = column.fact(row)
            if fact is not None and self.has_section(section)[row]:
                plain.setdefault(section, {})[name] = list(fact) if isinstance(fact, tuple) else fact
        for path, payments in (("draws", self.draws), ("repaid", self.repaid)):
            listed = [[day, yuan_text(fen)] for day, fen in payments.of(row)]
            if listed:
                plain.setdefault("loan", {})[path] = listed
        plain["fees"] = {
            name: yuan_text(amount) for name, fen in self.fees.items() if (amount := fen.amount(row)) is not None
        }  # fmt: skip
        for key, fen in (("interest_paid", self.interest_paid), ("approved_amount", self.approved_amount)):
            amount = None if fen is None else fen.amount(row)
            plain[key] = None if amount is None else yuan_text(amount)
        for key in ("band_choice", "evaluated_on", "application_date"):
            column = getattr(self, key)
            plain[key] = None if column is None else column.fact(row)
        plain["day_count_override"] = None if self.day_count is None else self.day_count.fact(row)
        return Case.from_plain(plain, believe=True)


def _fits(case: Case) -> bool:
    amounts = [fen for _, fen in (*case.draws, *case.repaid)]
    amounts += [*case.fees.values(), case.interest_paid_fen or 0, case.approved_fen or 0]
    return not case.granted and max(amounts, default=0) <= _LARGEST_FEN


def _fen(amounts: Sequence[int | None]) -> Fen:
    stated = np.array([fen is not None for fen in amounts], dtype=bool)
    return Fen(np.array([fen or 0 for fen in amounts], dtype=np.int64), stated)


def _days(days: Sequence[Any]) -> Days:
    return Days(np.array([np.datetime64("NaT") if day is None else day for day in days], dtype="M8[D]"))


def _numbered(parties: Sequence[Mapping[str, Hashable]], count: int) -> dict[str, NDArray[np.int64]]:
    """The parties of each row by number, in order of appearance."""
    if not parties:
        return {}
    assert len(parties) == count, "parties for each application"
    found = {}
    for scope in dict.fromkeys(scope for each in parties for scope in each):
        seen: dict[Hashable, int] = {}
        found[scope] = np.array(
            [seen.setdefault(each[scope], len(seen)) if scope in each else NOBODY for each in parties],
            dtype=np.int64,
        )
    return found


__all__ = ["NOBODY", "Book", "Rows"]
