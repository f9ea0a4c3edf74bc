"""How many firms came to what at a bank, for those who may know the numbers and not the firms. Pure.

A small number beside a known list tells of a firm. What is fewer than the filter's `fewest_counted` is not told; where only
one number would be hidden, the total would give it away, and the next smallest is hidden with it. A bank that said the same
of every firm has thereby said it of each, and its numbers are not told apart either.
"""

from __future__ import annotations

from collections.abc import Mapping

HIDDEN = None
Counts = dict[str, int | None]


def told(counts: Mapping[str, int], fewest: int, *, unanswered: str) -> Counts:
    """The counts that may be told; None for what is not told apart. `unanswered` names those of whom nothing was said.

    >>> told({"open": 10, "contacted": 5, "declined": 2, "granted": 1}, 3, unanswered="open")
    {'open': 10, 'contacted': 5, 'declined': None, 'granted': None}
    >>> told({"open": 10, "contacted": 5, "declined": 4, "granted": 1}, 3, unanswered="open")
    {'open': 10, 'contacted': 5, 'declined': None, 'granted': None}
    >>> told({"open": 0, "contacted": 0, "declined": 9, "granted": 0}, 3, unanswered="open")
    {'open': None, 'contacted': None, 'declined': None, 'granted': None}
    >>> told({"open": 9, "contacted": 0, "declined": 0, "granted": 0}, 3, unanswered="open")
    {'open': 9, 'contacted': 0, 'declined': 0, 'granted': 0}
    """
    total = sum(counts.values())
    same_of_all = any(number == total for name, number in counts.items() if name != unanswered)
    if total and (same_of_all or total < fewest):
        return dict.fromkeys(counts, HIDDEN)
    hidden = {name for name, number in counts.items() if 0 < number < fewest}
    if len(hidden) == 1:
        others = [name for name, number in counts.items() if number and name not in hidden]
        hidden |= {min(others, key=lambda name: counts[name])} if others else set()
    return {name: HIDDEN if name in hidden else number for name, number in counts.items()}


def column_total(column: list[int | None]) -> int | None:
    """The sum of a column; not told where a part of it is not, for it would give that part away.

    >>> column_total([4, 0, 7]), column_total([4, None])
    (11, None)
    """
    return None if None in column else sum(number for number in column if number is not None)
