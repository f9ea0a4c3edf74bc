"""The seam through which rooms above tell what a filing would do to their limits, before anybody submits it."""

from __future__ import annotations

from dataclasses import dataclass
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


_assessors: dict[str, Assessor] = {}


def register(name: str, function: Assessor) -> None:
    """Let `function(bank=, form=, on=, rows=)` answer {"lines": [{"label", "before", "after", "ceiling", "note"}]}.

    Amounts are texts in yuan; a line without figures has them empty. It may only read: a dry run writes nothing.
    """
    assert name not in _assessors or _assessors[name] is function, f"two assessors called {name}"
    _assessors[name] = function


def assess(*, bank: Organisation, form: str, on: dt.date, rows: Sequence[AtStake]) -> dict[str, Any]:
    """What every registered room says, in one answer; empty where no room has anything to say."""
    lines: list[Any] = []
    for function in _assessors.values():
        lines += function(bank=bank, form=form, on=on, rows=rows).get("lines", [])
    return {"lines": lines} if lines else {}
