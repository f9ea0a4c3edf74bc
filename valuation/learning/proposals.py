"""Features that the columns asked for suggest by their form alone; no outcome is looked at here.

Two columns that speak one vocabulary (two regions, two trades) ask whether they say the same: `state=bank_state`. What is
proposed has to prove itself in the training period like everything else, and the report names it as made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from valuation.learning.cells import kind_of
from valuation.learning.method import Method
from valuation.learning.sample import Table


def proposed(table: Table, asked: Sequence[str], method: Method) -> tuple[str, ...]:
    """`a=b` for every two category columns asked for that share most of their levels; never one that was asked for.

    Only columns of the table count: a made feature suggests none.
    """
    levels = {name: words for name in dict.fromkeys(asked) if (words := _words(table, name, method))}
    return tuple(
        f"{left}={right}"
        for left, right in combinations(levels, 2)
        if not {f"{left}={right}", f"{right}={left}"} & {*asked, *table}
        and _alike(levels[left], levels[right], method)
    )


def _words(table: Table, name: str, method: Method) -> frozenset[str]:
    """The levels of a category column with more of them than a scorecard has bins: yes and no are no vocabulary."""
    cells = table.get(name)
    if cells is None or "=" in name or kind_of(cells[cells != ""], method) != "category":
        return frozenset()
    words = frozenset(_spoken(cells))
    return words if len(words) > method.most_bins else frozenset()


def _spoken(cells: Iterable[object]) -> Iterator[str]:
    return (str(cell) for cell in cells if cell != "")


def _alike(left: frozenset[str], right: frozenset[str], method: Method) -> bool:
    return len(left & right) >= method.shared_levels * min(len(left), len(right))
