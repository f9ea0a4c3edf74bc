"""Which accounts a claim moves. Pure: account ids and fen in, ledger lines out; parts of zero move nothing."""

from __future__ import annotations

from collections.abc import Iterable

from riskpool.ledger.rules import Line


def source_lines(moves: Iterable[tuple[int, int, int]]) -> list[Line]:
    """Lines for moves of (debit account, credit account, fen).

    Reserving moves free to reserved, paying reserved to cash, refusing reserved to free, a recovery cash to free.

    >>> source_lines([(2, 3, 500), (5, 6, 0)])
    [Line(debit=2, credit=3, fen=500)]
    """
    return [Line(debit, credit, fen) for debit, credit, fen in moves if fen]


def burden_lines(parts: Iterable[tuple[int, int]], losses: int, *, back: bool = False) -> list[Line]:
    """Lines of the burden book for parts of (burden account, fen): who bears it against the losses, or back again.

    >>> burden_lines([(7, 20), (8, 80)], losses=9)
    [Line(debit=7, credit=9, fen=20), Line(debit=8, credit=9, fen=80)]
    """
    return [
        Line(losses, account, fen) if back else Line(account, losses, fen) for account, fen in parts if fen
    ]
