"""What applications share: exclusive choice, counts, limits by scope and window; for a whole book in order of application.

A limit cuts its group by running sums: what a group was paid after an application is the smaller of what is left and the
sum of what was asked so far. That is exact as long as nothing else cuts the same rows. Where two limits that bind share
lines and rows, one depends on the other application by application: only the rows of such groups are taken in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from finance.subsidies.bulk.amounts import COUNTED_OUT, LOST, PAID
from finance.subsidies.bulk.book import NOBODY, Book
from finance.subsidies.bulk.columns import Day64
from finance.subsidies.terms import (
    APPLICATION_YEAR,
    CALENDAR_YEAR,
    DATES,
    LIFETIME,
    Limit,
    Line,
    Policy,
    count_key,
)
from kernel.vectors import LARGEST, Mask, Whole, greater, minus, size

Groups = NDArray[np.intp]
"""The meter of each row by number: rows of one scope and window have one number."""
Amounts = dict[str, Any]
"""What is left of each line in every row, by line id."""


@dataclass(frozen=True)
class Meters:
    """The meter that each row moves, for one limit or count, and what was used of each meter before the book."""

    groups: Groups
    used: NDArray[np.int64]


def meters(
    policy: Policy, book: Book, used: Mapping[str, NDArray[np.int64]], settled: Mapping[str, Day64]
) -> dict[str, Meters]:
    """The meters of every limit and count: by the numbers of its parties and the year of its window.

    `used` gives by limit id (`<line>.count` for a count) what was used of each row's meter before. A row whose scope is
    nobody, or whose window has no date, has a meter of its own.
    """
    asked: list[tuple[str, Sequence[str], str]] = [
        (each.id, each.scope, each.window) for each in policy.limits
    ]
    asked += [(count_key(line), line.count.scope, line.count.window) for line in policy.lines if line.count]
    return {
        name: _meters(_groups(policy, book, scope, window, settled), used.get(name))
        for name, scope, window in asked
    }


def _groups(
    policy: Policy, book: Book, scope: Sequence[str], window: str, days: Mapping[str, Day64]
) -> Groups:
    count = len(book)
    parts = [book.parties.get(name, np.full(count, NOBODY)) for name in scope]
    alone = np.logical_or.reduce([part == NOBODY for part in parts]) if parts else np.zeros(count, dtype=bool)
    if window != LIFETIME:
        picked = policy.effective.picked_by
        by_application = window == APPLICATION_YEAR or picked == CALENDAR_YEAR
        day = days["application_date" if by_application else DATES[picked]]
        alone = alone | np.isnat(day)
        parts.append(np.where(np.isnat(day), 0, day.astype("M8[Y]").astype(np.int64)))
    groups, different = np.zeros(count, dtype=np.int64), 1
    for part in parts:
        least = int(part.min(initial=0))
        span = int(part.max(initial=0)) - least + 1
        if different * span > LARGEST:
            found, groups = np.unique(groups, return_inverse=True)
            different = len(found)
        groups, different = groups * span + (part - least), different * span
    groups[alone] = groups.max(initial=0) + 1 + np.arange(np.count_nonzero(alone))
    return groups


def _meters(groups: Groups, used: NDArray[np.int64] | None) -> Meters:
    _, firsts, groups = np.unique(groups, return_index=True, return_inverse=True)
    before = np.zeros(len(firsts), dtype=np.int64) if used is None else used[firsts]
    if used is not None and (used != before[groups]).any():
        raise ValueError("rows of one meter tell different figures of what was used")
    return Meters(groups.astype(np.intp), before)


# --- exclusive choice and counts -----------------------------------------------------------------------------------


def choose(
    policy: Policy, states: dict[str, NDArray[np.int8]], amounts: Amounts
) -> Iterator[tuple[str, Mask]]:
    """Of lines that exclude each other the highest stays, at a tie the first in `one_of`; which line lost in which rows,
    in the order of losing."""
    for exclusive in policy.exclusive:
        best: Any = np.zeros(len(next(iter(states.values()))), dtype=np.int64)
        winner = np.full(best.shape, -1)
        rivals = [np.asarray((states[name] == PAID) & (amounts[name] > 0)) for name in exclusive.one_of]
        for place, (name, rival) in enumerate(zip(exclusive.one_of, rivals, strict=True)):
            higher = rival & np.asarray(amounts[name] > best, dtype=bool)
            best, winner = np.where(higher, amounts[name], best), np.where(higher, place, winner)
        for place, (name, rival) in enumerate(zip(exclusive.one_of, rivals, strict=True)):
            lost = rival & (winner != place)
            states[name][lost] = LOST
            yield name, lost


def count_out(line: Line, state: NDArray[np.int8], amount: Whole, meter: Meters) -> None:
    """The line goes to the highest amounts above zero of each meter, at a tie to the earlier application."""
    assert line.count is not None
    rows = np.flatnonzero((state == PAID) & np.asarray(amount > 0, dtype=bool))
    if not len(rows):
        return
    group = meter.groups[rows]
    _, height = np.unique(_array(amount)[rows], return_inverse=True)
    order = np.lexsort((rows, -height, group))
    place = _places(group[order])
    most = np.maximum(line.count.most - meter.used, 0)
    state[rows[order][place >= most[group[order]]]] = COUNTED_OUT


def _places(sorted_groups: Groups) -> NDArray[np.int64]:
    """The place of each row within its group, from zero."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(sorted_groups)) + 1])
    lengths = np.diff([*starts, len(sorted_groups)])
    places: NDArray[np.int64] = np.arange(len(sorted_groups)) - np.repeat(starts, lengths)
    return places


# --- limits --------------------------------------------------------------------------------------------------------


def take_limits(policy: Policy, amounts: Amounts, meter: Mapping[str, Meters]) -> NDArray[np.intp]:
    """Cut the amounts (zero where a line is not paid) in place; returns the rows that had to be taken in turn."""
    in_turn = [
        _take_together(limits, amounts, meter)
        for limits in _sharing_lines(policy)
        if len(next(iter(amounts.values()), ()))
    ]
    return np.unique(np.concatenate([np.empty(0, dtype=np.intp), *in_turn]))


def _sharing_lines(policy: Policy) -> Iterator[list[Limit]]:
    """Limits with an amount, in sets that have lines in common; in file order."""
    left = [limit for limit in policy.limits if limit.most_fen is not None]
    while left:
        lines: set[str] = set(left[0].over)
        while more := {name for limit in left if lines & {*limit.over} for name in limit.over} - lines:
            lines |= more
        together = [limit for limit in left if lines & {*limit.over}]
        left = [limit for limit in left if limit not in together]
        yield together


def _take_together(
    limits: Sequence[Limit], amounts: Amounts, meter: Mapping[str, Meters]
) -> NDArray[np.intp]:
    """Limits that share lines. A meter that even all that was asked does not pass cuts nothing and is left out."""
    binding = [_binding(limit, amounts, meter[limit.id]) for limit in limits]
    entangled = _entangled(limits, binding, meter)
    for limit, binds in zip(limits, binding, strict=True):
        rows = np.flatnonzero(binds[meter[limit.id].groups] & ~entangled)
        if len(rows):
            _cut(limit, amounts, meter[limit.id], rows)
    rows = np.flatnonzero(entangled)
    if len(rows):
        _in_turn(limits, amounts, meter, rows)
    return rows


def _wanted(limit: Limit, amounts: Amounts, rows: Any = slice(None)) -> Any:
    """What the lines of a limit ask for together, as an array whose running sums are exact."""
    parts = [_array(amounts[name])[rows] for name in limit.over]
    largest = sum(size(part) for part in parts) * max(len(parts[0]), 1)
    if largest > LARGEST:
        parts = [part.astype(object) for part in parts]
    return sum(parts[1:], parts[0])


def _left(limit: Limit, meter: Meters) -> Any:
    assert limit.most_fen is not None
    return greater(minus(limit.most_fen, meter.used), 0)


def _binding(limit: Limit, amounts: Amounts, meter: Meters) -> Mask:
    """The meters that would be passed if everything asked for were paid."""
    wanted = _wanted(limit, amounts)
    together = np.zeros(len(meter.used), dtype=wanted.dtype)
    np.add.at(together, meter.groups, wanted)
    return np.asarray(together > _left(limit, meter), dtype=bool)


def _entangled(limits: Sequence[Limit], binding: Sequence[Mask], meter: Mapping[str, Meters]) -> Mask:
    """The rows of meters that bind and hang together, over rows, with another meter that binds."""
    count = len(meter[limits[0].id].groups)
    touched: list[Mask] = [
        binds[meter[limit.id].groups] for limit, binds in zip(limits, binding, strict=True)
    ]
    entangled = np.zeros(count, dtype=bool)
    if not (np.sum(touched, axis=0) > 1).any():
        return entangled
    starts = np.cumsum([count, *(len(binds) for binds in binding)])
    ends = [
        (np.flatnonzero(mask), meter[limit.id].groups[mask] + start)
        for limit, mask, start in zip(limits, touched, starts[:-1], strict=True)
    ]
    rows, groups = (np.concatenate(part) for part in zip(*ends, strict=True))
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, groups)), shape=(starts[-1], starts[-1]))
    _, component = connected_components(graph, directed=False)
    meters_of = np.bincount(component[np.unique(groups)], minlength=component.max() + 1)
    touched_any: Mask = np.logical_or.reduce(touched)
    found: Mask = touched_any & (meters_of[component[:count]] > 1)
    return found


def _cut(limit: Limit, amounts: Amounts, meter: Meters, rows: NDArray[np.intp]) -> None:
    """One limit over the rows of meters that nothing else cuts."""
    order = rows[np.argsort(meter.groups[rows], kind="stable")]
    group = meter.groups[order]
    wanted = _wanted(limit, amounts, order)
    running = np.cumsum(wanted)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1])
    before_group = (running - wanted)[starts]
    lengths = np.diff([*starts, len(group)])
    running = running - np.repeat(before_group, lengths)
    most = _left(limit, meter)[group]
    left = np.minimum(running, most) - np.minimum(running - wanted, most)
    for name in limit.over:
        whole = _array(amounts[name])
        part = np.minimum(whole[order], left)
        left = left - part
        whole[order] = part
        amounts[name] = whole


def _in_turn(
    limits: Sequence[Limit], amounts: Amounts, meter: Mapping[str, Meters], rows: NDArray[np.intp]
) -> None:
    """Limit after limit, one application after the other, as the single path does."""
    names = list(dict.fromkeys(name for limit in limits for name in limit.over))
    columns = {name: _array(amounts[name])[rows].tolist() for name in names}
    groups = [meter[limit.id].groups[rows].tolist() for limit in limits]
    left = [_left(limit, meter[limit.id]).tolist() for limit in limits]
    for place in range(len(rows)):
        for limit, group, rest in zip(limits, groups, left, strict=True):
            still = max(0, rest[group[place]])
            for name in limit.over:
                columns[name][place] = min(columns[name][place], still)
                still -= columns[name][place]
        for limit, group, rest in zip(limits, groups, left, strict=True):
            rest[group[place]] -= sum(columns[name][place] for name in limit.over)
    for name in names:
        whole = _array(amounts[name])
        whole[rows] = _array(columns[name])
        amounts[name] = whole


def _array(whole: Any) -> Any:
    """Whole numbers as int64, or as Python's integers where one does not fit."""
    if isinstance(whole, np.ndarray):
        return whole
    fits = max(map(abs, whole), default=0) <= LARGEST
    return np.array(whole, dtype=np.int64 if fits else object)
