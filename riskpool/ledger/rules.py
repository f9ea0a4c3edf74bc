"""What a journal says, before it is written: lines of debit, credit and fen, and their digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Line:
    """One transfer to be made: `debit` and `credit` are account ids, `fen` a positive amount."""

    debit: int
    credit: int
    fen: int

    def __post_init__(self) -> None:
        assert isinstance(self.fen, int), "a transfer moves whole fen"
        assert self.fen > 0, "a transfer moves a positive amount"
        assert self.debit != self.credit, "a transfer has two accounts"


def content_digest(kind: str, day: dt.date, lines: Sequence[Line]) -> str:
    """SHA-256 (hex) of what a journal says; the memo is not part of it.

    >>> import datetime
    >>> day = datetime.date(2026, 11, 20)
    >>> content_digest("interest", day, [Line(1, 2, 5)]) == content_digest("interest", day, [Line(1, 2, 6)])
    False
    """
    content = [kind, day.isoformat(), [[line.debit, line.credit, line.fen] for line in lines]]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def leaves(kind: str, parts: Iterable[tuple[str, int, int]]) -> dict[str, dict[str, dict[str, int]]]:
    """What a command would take from the pool, as the command says it under `leaves`: fen by kind of journal, part and
    account. The database holds every journal that takes something against it.

    `parts` are (part of the approval, account that is credited, fen); a part or account of nothing is left out.

    >>> leaves("claim_paid", [("", 7, 16), ("", 7, 4), ("", 8, 0)])
    {'claim_paid': {'': {'7': 20}}}
    >>> leaves("claim_paid", [])
    {}
    """
    taken: dict[str, dict[str, int]] = {}
    for part, account, fen in parts:
        if fen:
            of_part = taken.setdefault(part, {})
            of_part[str(account)] = of_part.get(str(account), 0) + fen
    return {kind: taken} if taken else {}


def accounts_of(lines: Sequence[Line]) -> list[int]:
    """The ids of all accounts that the lines touch, ascending: the order in which they are locked."""
    return sorted({account for line in lines for account in (line.debit, line.credit)})
