"""The seam through which rooms above tell what a filing would do to their limits, and, once entered, what it did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from finance.intake.rows import Statement
    from finance.parties.models import Organisation

    Assessor = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class AtStake:
    """One new or changed row: what it states, and the loan it is about when that is known already."""

    outcome: str
    stated: Statement
    loan_id: UUID | None
    file_row: int = 0


@dataclass(frozen=True)
class Reason:
    """Why a row enters no pool: where (a pool; empty: in all), what does not hold, its article, how well it is evidenced."""

    where: str
    reason: str
    article: str
    status: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Followed:
    """What became of one row: `what` is in (entered a pool), out (did not, why), moved (its exposure there) or same.

    `before` and `after` are the loan's exposure in the pool in yuan, as text.
    """

    what: str
    where: str = ""
    rule: str = ""
    before: str = ""
    after: str = ""
    reasons: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reasons": [reason.as_json() for reason in self.reasons]}


_assessors: dict[str, Assessor] = {}


def register(name: str, function: Assessor) -> None:
    """Let `function(bank=, form=, on=, rows=)` answer {"lines": [...], "outside": {file row: [Reason, ...]}}.

    A line is {"label", "before", "after", "ceiling", "note"}, amounts as texts in yuan; a line without figures has them
    empty. It may only read: a dry run writes nothing.
    """
    assert name not in _assessors or _assessors[name] is function, f"two assessors called {name}"
    _assessors[name] = function


def assess(
    *, bank: Organisation, form: str, on: dt.date, rows: Sequence[AtStake]
) -> tuple[dict[str, Any], dict[int, list[Reason]]]:
    """What every registered room says: the lines in one answer, empty where no room has anything to say; and why which
    rows would enter no pool."""
    lines: list[Any] = []
    outside: dict[int, list[Reason]] = {}
    for function in _assessors.values():
        answer = function(bank=bank, form=form, on=on, rows=rows)
        lines += answer.get("lines", [])
        for row, reasons in answer.get("outside", {}).items():
            outside.setdefault(row, []).extend(reasons)
    return ({"lines": lines} if lines else {}), outside
