"""A monotone WoE scorecard fitted on a sample, with what was left out and why.

In this order: leaks, constants, no information, the vintage in disguise, twins; then, where rows have days, a feature must
prove itself in time (bins of an earlier part of the training set, tried on the later part); last, no weight may be
negative: a sign against its own bins is an artefact of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import mean

import numpy as np

from kernel.errors import Problem, Refused
from kernel.late import late
from valuation.learning.arrays import Flags, Floats
from valuation.learning.binning import Bin, Binning, Direction, bin_categories, bin_numbers
from valuation.learning.cells import NUMBER, shown
from valuation.learning.discrimination import auc_value
from valuation.learning.leaks import Decision, leaks_of
from valuation.learning.logistic import fit_logistic
from valuation.learning.method import Method
from valuation.learning.sample import Feature, Sample, Table
from valuation.learning.stability import psi

special = late("scipy.special")


@dataclass(frozen=True)
class Dropped:
    feature: str
    code: str
    why: str
    iv: float | None = None


@dataclass(frozen=True)
class Remark:
    """What a person should know of a feature that was kept: signs of a leak where no day of decision was told, ..."""

    feature: str
    code: str
    why: str


@dataclass(frozen=True)
class Weighted:
    """A feature of the scorecard: ln odds of bad falls by `weight` * WoE."""

    feature: Feature
    binning: Binning
    weight: float
    error: float


@dataclass(frozen=True)
class Fit:
    features: tuple[Weighted, ...]
    intercept: float
    dropped: tuple[Dropped, ...]
    remarks: tuple[Remark, ...]
    method: Method

    def log_odds(self, features: Mapping[str, Feature]) -> Floats:
        """Of bad, for the rows of these features."""
        size = len(next(iter(features.values())).values)
        found = np.full(size, self.intercept)
        for each in self.features:
            found -= each.weight * each.binning.woe_of(features[each.feature.name].values)
        return found

    def chance(self, features: Mapping[str, Feature]) -> Floats:
        chances: Floats = special.expit(self.log_odds(features))
        return chances

    @property
    def factor(self) -> float:
        """Points for one unit of ln odds."""
        return self.method.points_double / log(2)

    def points_of(self, weighted: Weighted, each: Bin) -> int:
        """Above the feature's worst bin."""
        worst = min(other.woe for other in weighted.binning.bins)
        return round(self.factor * weighted.weight * (each.woe - worst))

    @property
    def base_points(self) -> int:
        """Of an applicant in the worst bin of everything."""
        worst = sum(each.weight * min(other.woe for other in each.binning.bins) for each in self.features)
        odds = -self.intercept + worst - log(self.method.points_odds)
        return round(self.method.points_base + self.factor * odds)

    def points(self, features: Mapping[str, Feature]) -> Floats:
        size = len(next(iter(features.values())).values)
        total = np.full(size, float(self.base_points))
        for each in self.features:
            table = np.array([self.points_of(each, one) for one in each.binning.bins], dtype=np.float64)
            total += table[each.binning.places(features[each.feature.name].values)]
        return total


def fit_scorecard(
    sample: Sample,
    method: Method,
    table: Table,
    decision: Decision | None = None,
    directions: Mapping[str, Direction] | None = None,
) -> Fit:
    """Fit on the training rows of `sample`; `table` and `decision` hold the same rows. Refused if nothing is left."""
    training = sample.taken(sample.train)
    table = {name: cells[sample.train] for name, cells in table.items()}
    if decision is not None:
        decision = Decision(decision.column, decision.days[sample.train], decision.known_at)
    choice = _Choice(training, method, directions or {})
    choice.leave_out_leaks(table, decision)
    choice.point_out_mixed()
    choice.leave_out_weak()
    choice.leave_out_vintages()
    choice.leave_out_twins()
    choice.keep_what_holds_in_time()
    return choice.fitted()


def found_leaks(sample: Sample, method: Method, table: Table, decision: Decision) -> dict[str, str]:
    """Of each feature that was written after the decision, why one thinks so; looked at on the training rows."""
    training = sample.taken(sample.train)
    choice = _Choice(training, method, {})
    choice.leave_out_leaks(
        {name: cells[sample.train] for name, cells in table.items()},
        Decision(decision.column, decision.days[sample.train], decision.known_at),
    )
    return {each.feature: each.why for each in choice.dropped if each.code == "leak"}


class _Choice:
    """The features still in, in the order of their information; each step leaves some out and says why."""

    def __init__(self, training: Sample, method: Method, directions: Mapping[str, Direction]) -> None:
        self.training, self.method, self.directions = training, method, directions
        self.features = {each.name: each for each in training.features}
        self.every_row = np.ones(len(training.bad), dtype=bool)
        self.binnings = {
            name: self._binned(each, self.every_row)
            for name, each in self.features.items()
            if each.kind != "date"
        }
        self.dropped: list[Dropped] = []
        self.remarks: list[Remark] = []
        self.neutral: set[str] = set()
        """Features whose missing bin says nothing."""
        self.laters = self._parts_in_time()
        self.names = sorted(self.features, key=lambda name: (-self._iv(name), name))

    def _iv(self, name: str) -> float:
        return self.binnings[name].iv if name in self.binnings else 0.0

    def _binned(self, feature: Feature, rows: Flags) -> Binning:
        bad = self.training.bad[rows]
        values = feature.values[rows]
        if feature.kind == "category":
            return bin_categories(feature.name, values, bad, self.method)  # type: ignore[arg-type]
        given = self.directions.get(feature.name)
        return bin_numbers(feature.name, values, bad, self.method, given)  # type: ignore[arg-type]

    def _drop(self, name: str, code: str, why: str) -> None:
        self.names.remove(name)
        iv = self.binnings[name].iv if name in self.binnings else None
        self.dropped.append(Dropped(name, code, why, iv))

    def leave_out_leaks(self, table: Table, decision: Decision | None) -> None:
        for name in list(self.names):
            feature = self.features[name]
            found = list(
                leaks_of(feature, self.binnings.get(name), self.training.bad, table, decision, self.method)
            )
            if found and decision is not None:
                self._drop(name, "leak", "；".join(each.why for each in found))
            elif feature.kind == "date":
                signs = "".join(f"；{each.why}" for each in found)
                self._drop(name, "date", f"日期本身不能作指标：它说的是年份{signs}")
            else:
                self.remarks.extend(
                    Remark(name, each.code, f"{each.why}；请用 --decision-date 核对") for each in found
                )

    def point_out_mixed(self) -> None:
        """A column of mostly numbers read as categories: what a person meant as numbers would be lost in silence."""
        for name in self.names:
            feature = self.features[name]
            if feature.kind != "category" or feature.leading:
                continue
            said = [str(cell) for cell in feature.values if cell != ""]
            numbers = sum(bool(NUMBER.fullmatch(cell)) for cell in said)
            if 2 * numbers >= len(said) > 0 and numbers < len(said):
                other = next(cell for cell in said if not NUMBER.fullmatch(cell))
                why = f"{numbers}/{len(said)} 个单元格是数字，其余（如“{shown(other)}”）不是，故按类别读；应为数值的请更正"
                self.remarks.append(Remark(name, "mixed", why))

    def leave_out_weak(self) -> None:
        least = self.method.least_iv
        for name in list(self.names):
            filled = [each for each in self.binnings[name].bins if each.rows]
            if len(filled) == 1:
                self._drop(name, *self._why_one_bin(name))
            elif self._iv(name) < least:
                self._drop(name, "iv_low", f"IV {self._iv(name):.4f}，低于 {least:g}")

    def _why_one_bin(self, name: str) -> tuple[str, str]:
        [only] = [each for each in self.binnings[name].bins if each.rows]
        if only.missing:
            return "all_missing", "训练集中全部缺失"
        values = self.features[name].values
        if all(value == values[0] for value in values):
            return "constant", f"训练集中只有一种取值（{shown(str(values[0]))}）"
        return "one_bin", "训练集中各取值的坏账率没有足够的差别，分不出两箱"

    def leave_out_vintages(self) -> None:
        """What moves with the years rather than with the risk: a feature, or only whether it was recorded at all."""
        limit = self.method.vintage_csi
        for name in list(self.names) if self.laters else []:
            binning = self.binnings[name]
            places = binning.places(self.features[name].values)
            counts = [
                [np.bincount(places[part], minlength=len(binning.bins)) for part in (~later, later)]
                for later in self.laters
            ]
            moved = mean(psi(before, after) for before, after in counts)
            if moved <= limit:
                continue
            told = f"训练期前后两段 CSI 平均 {moved:.2f}，超过 {limit:g}"
            if mean(psi(before[:-1], after[:-1]) for before, after in counts) > limit:
                self._drop(name, "vintage", f"{told}：它主要在说年份")
            else:
                self.binnings[name] = binning.with_neutral_missing()
                self.neutral.add(name)
                why = f"{told}，只因缺失的多少随年份变：缺失箱按平均计"
                self.remarks.append(Remark(name, "missing_is_vintage", why))

    def _parts_in_time(self) -> list[Flags]:
        """Later parts of the training rows by day, one for each cut; a cut that leaves one outcome only is passed over."""
        days, bad = self.training.days, self.training.bad
        if days is None:
            return []
        cuts = {int(np.quantile(days, 1 - share, method="higher")) for share in self.method.later_shares}
        laters = [days >= cut for cut in sorted(cuts)]
        return [
            later
            for later in laters
            if all(2 <= bad[part].sum() <= part.sum() - 2 for part in (later, ~later))
        ]

    def leave_out_twins(self) -> None:
        woes: dict[str, Floats] = {}
        for name in list(self.names):
            woe = self.binnings[name].woe_of(self.features[name].values)
            twin = next(
                (other for other in woes if _alike(woe, woes[other]) > self.method.most_correlation), None
            )
            if twin is None:
                woes[name] = woe
            else:
                told = f"与 {twin} 的相关系数 {_alike(woe, woes[twin]):.2f}，超过 {self.method.most_correlation:g}"
                self._drop(name, "correlated", told)

    def keep_what_holds_in_time(self) -> None:
        """Forward selection: bins and weights from the earlier part, gain in AUC on the later, mean over the cuts."""
        if not self.laters or not self.names:
            return
        bad = self.training.bad
        risks = [{name: self._early_risk(name, ~later) for name in self.names} for later in self.laters]

        def reached(names: Sequence[str]) -> float:
            found = []
            for later, risk in zip(self.laters, risks, strict=True):
                columns = np.column_stack([risk[name] for name in names])
                fit = fit_logistic(columns[~later], bad[~later], self.method.ridge)
                if fit.weights.min() < 0:
                    return 0.0
                found.append(auc_value(columns[later] @ fit.weights, bad[later]))
            return mean(found)

        chosen: list[str] = []
        best = 0.5
        gains: dict[str, float] = {}
        while rest := [name for name in self.names if name not in chosen]:
            gains = {name: reached([*chosen, name]) - best for name in rest}
            winner = max(rest, key=lambda name: gains[name])
            if gains[winner] < self.method.least_gain:
                break
            chosen.append(winner)
            best += gains[winner]
        for name in [name for name in self.names if name not in chosen] if chosen else []:
            told = f"用训练期前段拟合，加入它后段 AUC 平均变化 {gains[name]:+.4f}，不到 {self.method.least_gain:g}"
            if gains[name] <= -0.5:
                told = "用训练期前段拟合，加入它会使某项权重变负"
            self._drop(name, "not_in_time", told)

    def _early_risk(self, name: str, early: Flags) -> Floats:
        binning = self._binned(self.features[name], early)
        if name in self.neutral:
            binning = binning.with_neutral_missing()
        return -binning.woe_of(self.features[name].values)

    def fitted(self) -> Fit:
        woes = {name: self.binnings[name].woe_of(self.features[name].values) for name in self.names}
        while self.names:
            columns = -np.column_stack([woes[name] for name in self.names])
            fit = fit_logistic(columns, self.training.bad, self.method.ridge)
            worst = int(np.argmin(fit.weights))
            if fit.weights[worst] > 0:
                break
            self._drop(self.names[worst], "sign", f"权重 {fit.weights[worst]:.3f}，方向与其分箱相反")
        if not self.names:
            left = [(each.feature, each.why) for each in self.dropped[:20]]
            left += [(each.feature, each.why) for each in self.remarks if each.code == "mixed"]
            told = "；".join(f"{shown(name)}：{why}" for name, why in left)
            raise Refused(
                Problem(
                    "指标", f"没有一项可用（{told}）", "请给出在决策日已知、与结果有关的指标", "none_left"
                )
            )
        weighted = tuple(
            Weighted(self.features[name], self.binnings[name], float(weight), float(error))
            for name, weight, error in zip(self.names, fit.weights, fit.errors[1:], strict=True)
        )
        return Fit(weighted, fit.intercept, tuple(self.dropped), tuple(self.remarks), self.method)


def _alike(left: Floats, right: Floats) -> float:
    return abs(float(np.corrcoef(left, right)[0, 1]))
