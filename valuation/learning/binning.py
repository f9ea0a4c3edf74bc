"""One feature cut into bins whose bad rate only rises or only falls; what is missing has a bin of its own.

Numbers: fine quantile cells, made monotone by pooling adjacent violators (Barlow et al. 1972), then neighbours are merged
while one is too small or the two differ no more than chance allows. Categories: levels in the
order of their bad rate, shrunk to the overall rate (a rare level knows little), merged in the same way.

WoE = ln(share of goods / share of bads): more is safer. IV = sum of (share of goods - share of bads) * WoE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from math import log
from typing import Any, Literal

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats, Ints, Texts, levels_of
from valuation.learning.method import Method

stats = late("scipy.stats")

Direction = Literal["rising", "falling"]
"""Of the bad rate, as the value grows."""
Kind = Literal["number", "category"]


@dataclass(frozen=True)
class Bin:
    """Rows of one feature that are scored alike. A number's bin is `lower <= value < upper`; an end that is None is open."""

    rows: int
    bads: int
    woe: float
    lower: float | None = None
    upper: float | None = None
    levels: tuple[str, ...] = ()
    missing: bool = False
    others: bool = False
    """Takes the categories that the training rows did not hold, or held too rarely."""

    @property
    def bad_rate(self) -> float:
        return self.bads / self.rows if self.rows else float("nan")

    @property
    def label(self) -> str:
        if self.missing:
            return "缺失"
        if self.levels or self.others:
            return "、".join((*self.levels, *(["其他"] if self.others else [])))
        if self.lower is None:
            return "全部" if self.upper is None else f"< {self.upper:g}"
        return f"≥ {self.lower:g}" if self.upper is None else f"{self.lower:g} 至 {self.upper:g}（不含）"


@dataclass(frozen=True)
class Binning:
    """The bins of one feature in order: a number's by value, a category's by falling risk; the missing bin last."""

    feature: str
    kind: Kind
    bins: tuple[Bin, ...]
    iv: float
    direction: Direction | None = None

    @property
    def present(self) -> tuple[Bin, ...]:
        return tuple(each for each in self.bins if not each.missing)

    def with_neutral_missing(self) -> Binning:
        """The same, but that a value is missing says nothing: its bin takes the mean WoE of the others."""
        rows = sum(each.rows for each in self.present)
        mean = sum(each.rows * each.woe for each in self.present) / rows if rows else 0.0
        return replace(self, bins=(*self.present, replace(self.bins[-1], woe=mean)))

    def places(self, values: Floats | Texts) -> Ints:
        """The index of each value's bin; NaN (a number) and "" (a category) are missing."""
        last = len(self.bins) - 1
        if self.kind == "number":
            numbers = np.asarray(values, dtype=np.float64)
            edges = np.array([each.lower for each in self.present[1:]], dtype=np.float64)
            return np.where(np.isnan(numbers), last, np.searchsorted(edges, numbers, side="right"))
        home = {level: index for index, each in enumerate(self.bins) for level in each.levels}
        others = next(index for index, each in enumerate(self.bins) if each.others)
        levels, codes = levels_of(values)  # type: ignore[arg-type]
        found = np.array(
            [last if level == "" else home.get(level, others) for level in levels], dtype=np.int64
        )
        return found[codes]

    def woe_of(self, values: Floats | Texts) -> Floats:
        return np.array([each.woe for each in self.bins])[self.places(values)]


def bin_numbers(
    feature: str, values: Floats, bad: Flags, method: Method, direction: Direction | None = None
) -> Binning:
    """Monotone bins of a number; the direction is the one that explains the outcomes better, unless it is given."""
    known = ~np.isnan(values)
    edges = _quantile_edges(values[known], method.fine_bins)
    cells = _cells(np.searchsorted(edges, values[known], side="right") - 1, len(edges), bad[known])
    total = _Total(len(bad), int(bad.sum()))
    wanted: tuple[Direction, ...] = (direction,) if direction else ("rising", "falling")
    fits = [_merged(_pooled(cells, each == "rising"), method, total) for each in wanted]
    best = int(np.argmax([_explained(fit, total) for fit in fits]))
    cuts = [float(edges[group.first]) for group in fits[best][1:]]
    bins = [
        _bin(group, total, method, lower=lower, upper=upper)
        for group, (lower, upper) in zip(fits[best], pairwise([None, *cuts, None]), strict=True)
    ]
    bins.append(_bin(_group_of(~known, bad), total, method, missing=True))
    return Binning(feature, "number", tuple(bins), _iv(bins, total), wanted[best])


def bin_categories(feature: str, values: Texts, bad: Flags, method: Method) -> Binning:
    """Groups of categories by shrunk bad rate; categories too rare to stand alone are pooled as 其他."""
    names, codes = levels_of(values)
    pooled = len(names)
    rare = (np.bincount(codes) < method.least_level_rows) & np.array([name != "" for name in names])
    codes = np.where(rare[codes], pooled, codes)
    blank = names.index("") if "" in names else None
    cells = [
        cell
        for cell in _cells(codes, pooled + 1, bad)
        if cell.first == pooled or (cell.rows and cell.first != blank)
    ]
    total, weight = _Total(len(bad), int(bad.sum())), method.level_prior_rows
    cells.sort(key=lambda cell: (-(cell.bads + weight * total.rate) / (cell.rows + weight), cell.first))
    in_order = [replace(cell, first=place, last=place) for place, cell in enumerate(cells)]
    bins = []
    for group in _merged(_pooled(in_order, rising=False), method, total):
        held = [cells[place].first for place in range(group.first, group.last + 1)]
        levels = tuple(sorted(names[i] for i in held if i != pooled))
        bins.append(_bin(group, total, method, levels=levels, others=pooled in held))
    bins.append(_bin(_group_of(values == "", bad), total, method, missing=True))
    return Binning(feature, "category", tuple(bins), _iv(bins, total))


def stated_bins(feature: str, labels: Sequence[str], places: Ints, bad: Flags, method: Method) -> Binning:
    """Bins that somebody else drew (the card's own), in their order: counts, WoE and IV, nothing merged."""
    total = _Total(len(bad), int(bad.sum()))
    cells = _cells(places, len(labels), bad)
    bins = tuple(
        _bin(cell, total, method, levels=(label,)) for cell, label in zip(cells, labels, strict=True)
    )
    return Binning(feature, "category", bins, _iv(bins, total))


@dataclass(frozen=True)
class _Total:
    rows: int
    bads: int

    @property
    def rate(self) -> float:
        return self.bads / self.rows


@dataclass(frozen=True)
class _Group:
    """Neighbouring fine cells `first..last` taken together."""

    first: int
    last: int
    rows: int
    bads: int

    @property
    def rate(self) -> float:
        return self.bads / self.rows if self.rows else 0.0

    def joined(self, other: _Group) -> _Group:
        return _Group(self.first, other.last, self.rows + other.rows, self.bads + other.bads)


def _group_of(inside: Flags, bad: Flags) -> _Group:
    return _Group(0, 0, int(inside.sum()), int(bad[inside].sum()))


def _cells(places: Ints, count: int, bad: Flags) -> list[_Group]:
    rows = np.bincount(places, minlength=count)
    bads = np.bincount(places, weights=bad, minlength=count)
    return [_Group(i, i, int(rows[i]), int(bads[i])) for i in range(count)]


def _quantile_edges(values: Floats, most: int) -> Floats:
    """The lower ends of at most `most` cells of about equal size, cut only between different values."""
    distinct = np.unique(values)
    if len(distinct) <= most:
        return distinct if len(distinct) else np.array([-np.inf])
    return np.unique(np.quantile(values, np.arange(most) / most, method="higher"))


def _pooled(cells: Sequence[_Group], rising: bool) -> list[_Group]:
    """Pool adjacent violators: the monotone rates nearest to the seen ones (weighted least squares)."""
    groups: list[_Group] = []
    for cell in cells:
        groups.append(cell)
        while len(groups) > 1 and _violates(groups[-2], groups[-1], rising):
            last = groups.pop()
            groups[-1] = groups[-1].joined(last)
    return groups


def _violates(left: _Group, right: _Group, rising: bool) -> bool:
    difference = left.bads * right.rows - right.bads * left.rows  # whole numbers: equal rates are equal
    return difference >= 0 if rising else difference <= 0


def _merged(groups: list[_Group], method: Method, total: _Total) -> list[_Group]:
    """Merge the two neighbours that lose least, until each group is large enough and differs from its neighbours.

    Large enough: its share of the rows, and so many that the least number of bads (and of goods) was to be expected there;
    a group with none at all may stand, it tells most.

    Merging neighbours of a monotone row keeps it monotone.
    """
    rarer = min(total.rate, 1 - total.rate)
    least_rows = max(method.least_bin_share * total.rows, method.least_bin_events / rarer)
    chance = float(stats.chi2.isf(method.merge_above_p, 1))
    groups = list(groups)
    while len(groups) > 1:
        losses = [_difference(left, right, total) for left, right in pairwise(groups)]
        small = [group.rows < least_rows for group in groups]
        forced = [i for i in range(len(losses)) if small[i] or small[i + 1]]
        best = min(forced or range(len(losses)), key=lambda i: (losses[i], i))
        if not forced and losses[best] >= chance and len(groups) <= method.most_bins:
            break
        groups[best : best + 2] = [groups[best].joined(groups[best + 1])]
    return groups


def _difference(left: _Group, right: _Group, total: _Total) -> float:
    """How far two neighbours differ: chi-squared with one degree of freedom, variance of the overall rate."""
    rows = left.rows + right.rows
    variance = total.rate * (1 - total.rate)
    return left.rows * right.rows / rows * (left.rate - right.rate) ** 2 / variance if rows else 0.0


def _explained(groups: Sequence[_Group], total: _Total) -> float:
    """Variation of the rate between the groups."""
    known = reduce(_Group.joined, groups)
    return sum(group.rows * (group.rate - known.rate) ** 2 for group in groups)


def _bin(group: _Group, total: _Total, method: Method, **marks: Any) -> Bin:
    """`woe_prior_rows` at the overall rate keep a bin finite that is empty or one-sided; empty, it says nothing."""
    prior = method.woe_prior_rows
    bads = group.bads + prior * total.rate
    goods = group.rows - group.bads + prior * (1 - total.rate)
    woe = log(goods / bads * total.rate / (1 - total.rate))
    return Bin(group.rows, group.bads, woe, **marks)


def _iv(bins: Sequence[Bin], total: _Total) -> float:
    goods = total.rows - total.bads
    return sum(((each.rows - each.bads) / goods - each.bads / total.bads) * each.woe for each in bins)
