"""Which loans of a book are counted in a rate, and with what amount: by the settings of the metric's entry. Pure.

The one home of the NPL and the overdue rate: stop-loss lines, the pages of breakers and the indicators all count here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from finance.loans.rules import overdue_days

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping


class InBook(Protocol):
    """A loan as far as a rate asks: balance and its covered part (fen), grade, overdue since, whether the pool has paid."""

    @property
    def balance(self) -> int: ...
    @property
    def covered(self) -> int: ...
    @property
    def grade(self) -> str: ...
    @property
    def overdue_since(self) -> dt.date | None: ...
    @property
    def compensated(self) -> bool: ...


Line = TypeVar("Line", bound=InBook)


def counts(line: InBook, settings: Mapping[str, Any], on: dt.date) -> bool:
    """Whether a loan is bad in the sense of a rate's settings: by its grade, or by its days overdue."""
    if settings["counts"] == "npl":
        return line.grade in settings["grades"]
    return overdue_days(line.overdue_since, on) >= int(settings["overdue_days"])


def amount(line: InBook, settings: Mapping[str, Any]) -> int:
    """What a loan counts with (fen): its covered part, or its whole balance."""
    return line.covered if settings["amount"] == "covered" else line.balance


def sides(lines: Iterable[Line], settings: Mapping[str, Any], on: dt.date) -> tuple[list[Line], list[Line]]:
    """(numerator, denominator) of a rate: `compensated_in` says in which of both a compensated loan stays.

    The lines are those with a balance that are not written off.
    """
    kept, every = settings["compensated_in"], list(lines)
    bad = [
        line
        for line in every
        if counts(line, settings, on) and (not line.compensated or kept in ("both", "numerator"))
    ]
    return bad, [line for line in every if not line.compensated or kept in ("both", "denominator")]
