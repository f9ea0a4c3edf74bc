"""One feature cut into bins whose bad rate only rises or only falls; what is missing has a bin of its own.

Numbers: fine quantile cells, made monotone by pooling adjacent violators (Barlow et al. 1972), then neighbours are merged
while one is too small, has too few bads or goods, or the two differ no more than chance allows. Categories: levels in the
order of their bad rate, shrunk to the overall rate (a rare level knows little), merged in the same way.

WoE = ln(share of goods / share of bads): more is safer. IV = sum of (share of goods - share of bads) * WoE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit
from scipy.stats import chi2

from valuation.learning.arrays import Flags, Floats, Ints, Texts, levels_of
from valuation.learning.method import Method

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


@dataclass(frozen=True)
class Outcomes:
    """What became of each row, and the chance of a bad one that its vintage alone gives (the overall rate without vintages)."""

    bad: Flags
    expected: Floats

    @property
    def bads(self) -> int:
        return int(self.bad.sum())


def outcomes_of(bad: Flags, vintages: Ints | None = None, prior_rows: float = 0.0) -> Outcomes:
    """`vintages` numbers each row's vintage from 0; a vintage's rate is shrunk to the overall one by `prior_rows` rows."""
    rate = bad.mean()
    if vintages is None:
        return Outcomes(bad, np.full(len(bad), rate))
    rows, bads = np.bincount(vintages), np.bincount(vintages, weights=bad)
    return Outcomes(bad, ((bads + prior_rows * rate) / (rows + prior_rows))[vintages])


def bin_numbers(
    feature: str, values: Floats, outcomes: Outcomes, method: Method, direction: Direction | None = None
) -> Binning:
    """Monotone bins of a number; the direction is the one that explains the outcomes better, unless it is given."""
    known = ~np.isnan(values)
    edges = _quantile_edges(values[known], method.fine_bins)
    cell_of = np.where(known, np.searchsorted(edges, values, side="right") - 1, -1)
    cells = _cells(cell_of[known], len(edges), Outcomes(outcomes.bad[known], outcomes.expected[known]))
    wanted: tuple[Direction, ...] = (direction,) if direction else ("rising", "falling")
    fits = [_merged(_pooled(cells, each == "rising"), method, len(values)) for each in wanted]
    best = int(np.argmax([_explained(fit) for fit in fits]))
    cuts = [float(edges[group.first]) for group in fits[best][1:]]
    bins = []
    for group, (lower, upper) in zip(fits[best], pairwise([None, *cuts, None]), strict=True):
        inside = (cell_of >= group.first) & (cell_of <= group.last)
        bins.append(_bin(inside, outcomes, method, lower=lower, upper=upper))
    bins.append(_bin(~known, outcomes, method, missing=True))
    return Binning(feature, "number", tuple(bins), _iv(bins, outcomes), wanted[best])


def bin_categories(feature: str, values: Texts, outcomes: Outcomes, method: Method) -> Binning:
    """Groups of categories by shrunk bad rate; categories too rare to stand alone are pooled as 其他."""
    names, codes = levels_of(values)
    rare = np.bincount(codes) < method.least_level_rows
    rare &= np.array([name != "" for name in names])
    pooled = len(names)
    codes = np.where(rare[codes], pooled, codes)
    blank = names.index("") if "" in names else -1
    cells = [
        cell
        for cell in _cells(codes, pooled + 1, outcomes)
        if cell.first == pooled or (cell.rows and cell.first != blank)
    ]
    base = float(outcomes.expected.mean())
    prior = method.level_prior_rows * base * (1 - base)
    cells.sort(key=lambda cell: (-(cell.bads - cell.expected) / (cell.information + prior), cell.first))
    in_order = [replace(cell, first=place, last=place) for place, cell in enumerate(cells)]
    bins = []
    for group in _merged(_pooled(in_order, rising=False), method, len(values)):
        held = [cells[place].first for place in range(group.first, group.last + 1)]
        levels = tuple(sorted(names[i] for i in held if i != pooled))
        bins.append(_bin(np.isin(codes, held), outcomes, method, levels=levels, others=pooled in held))
    bins.append(_bin(values == "", outcomes, method, missing=True))
    return Binning(feature, "category", tuple(bins), _iv(bins, outcomes))


@dataclass(frozen=True)
class _Group:
    """Neighbouring fine cells `first..last` taken together, with what was to be expected of their rows."""

    first: int
    last: int
    rows: int
    bads: int
    expected: float
    """Bads, had the feature no meaning."""
    information: float
    """Sum of p * (1 - p) over the rows: how much they can tell."""

    @property
    def shift(self) -> float:
        """Of the ln odds against what was expected, to the first order: the score divided by its information."""
        return (self.bads - self.expected) / self.information if self.information else 0.0

    def joined(self, other: _Group) -> _Group:
        return _Group(
            self.first,
            other.last,
            self.rows + other.rows,
            self.bads + other.bads,
            self.expected + other.expected,
            self.information + other.information,
        )


def _cells(places: Ints, count: int, outcomes: Outcomes) -> list[_Group]:
    rows = np.bincount(places, minlength=count)
    bads = np.bincount(places, weights=outcomes.bad, minlength=count)
    expected = np.bincount(places, weights=outcomes.expected, minlength=count)
    information = np.bincount(places, weights=outcomes.expected * (1 - outcomes.expected), minlength=count)
    return [
        _Group(i, i, int(rows[i]), int(bads[i]), float(expected[i]), float(information[i]))
        for i in range(count)
    ]


def _quantile_edges(values: Floats, most: int) -> Floats:
    """The lower ends of at most `most` cells of about equal size, cut only between different values."""
    distinct = np.unique(values)
    if len(distinct) <= most:
        return distinct if len(distinct) else np.array([-np.inf])
    return np.unique(np.quantile(values, np.arange(most) / most, method="higher"))


def _pooled(cells: Sequence[_Group], rising: bool) -> list[_Group]:
    """Pool adjacent violators: the monotone shifts nearest to the seen ones (weighted least squares)."""
    groups: list[_Group] = []
    for cell in cells:
        groups.append(cell)
        while len(groups) > 1 and (groups[-2].shift >= groups[-1].shift) == rising:
            last = groups.pop()
            groups[-1] = groups[-1].joined(last)
    return groups


def _merged(groups: list[_Group], method: Method, all_rows: int) -> list[_Group]:
    """Merge the two neighbours that lose least, until each group is large enough and differs from its neighbours.

    Merging neighbours of a monotone row keeps it monotone.
    """
    least_rows = method.least_bin_share * all_rows
    chance = float(chi2.isf(method.merge_above_p, 1))
    groups = list(groups)
    while len(groups) > 1:
        losses = [_difference(left, right) for left, right in pairwise(groups)]
        small = [not _large_enough(group, least_rows, method) for group in groups]
        forced = [i for i in range(len(losses)) if small[i] or small[i + 1]]
        best = min(forced or range(len(losses)), key=lambda i: (losses[i], i))
        if not forced and losses[best] >= chance and len(groups) <= method.most_bins:
            break
        groups[best : best + 2] = [groups[best].joined(groups[best + 1])]
    return groups


def _large_enough(group: _Group, least_rows: float, method: Method) -> bool:
    return group.rows >= least_rows and min(group.bads, group.rows - group.bads) >= method.least_bin_events


def _difference(left: _Group, right: _Group) -> float:
    """How far two neighbours differ: chi-squared with one degree of freedom (score test)."""
    together = left.information + right.information
    return (
        left.information * right.information / together * (left.shift - right.shift) ** 2 if together else 0.0
    )


def _explained(groups: Sequence[_Group]) -> float:
    return sum(group.information * group.shift**2 for group in groups)


def _woe(inside: Flags, outcomes: Outcomes, prior_rows: float) -> float:
    """Minus the shift of ln odds under which the bin's expected bads are those seen, found by Newton's method.

    Without vintages this is ln(share of goods / share of bads). `prior_rows` at no shift keep a bin finite that is empty or
    one-sided.
    """
    expected, bads = outcomes.expected[inside], float(outcomes.bad[inside].sum())
    base, chances = float(logit(outcomes.expected.mean())), logit(expected)
    shift = 0.0
    for _ in range(50):
        p, q = expit(chances + shift), float(expit(base + shift))
        gap = bads + prior_rows * float(expit(base)) - p.sum() - prior_rows * q
        step = gap / (float((p * (1 - p)).sum()) + prior_rows * q * (1 - q))
        shift += float(np.clip(step, -1, 1))
        if abs(step) < 1e-12:
            break
    return -shift


def _bin(inside: Flags, outcomes: Outcomes, method: Method, **marks: Any) -> Bin:
    bads = int(outcomes.bad[inside].sum())
    return Bin(int(inside.sum()), bads, _woe(inside, outcomes, method.woe_prior_rows), **marks)


def _iv(bins: Sequence[Bin], outcomes: Outcomes) -> float:
    bads = outcomes.bads
    goods = len(outcomes.bad) - bads
    return sum(((each.rows - each.bads) / goods - each.bads / bads) * each.woe for each in bins)
