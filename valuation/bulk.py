"""Many applicants at once: the same gates, points, score, PD and grade as `scoring`, row for row, by whole columns. Pure.

score_many(card, columns)        arrays of a book; what one row says is what `scoring.score` says of it (law)
columns_of(card, applications)   the columns of applications that were read one by one

A figure is a double of a decimal of at most six places; it is only compared with thresholds, so nothing is lost.
Everything counted is whole: hundredths of a point, millionths of a PD. Rows go through in blocks that stay in the cache.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.conditions import Condition
from kernel.errors import Problem, Refused
from kernel.expressions import exact_decimal
from valuation.calibration import MILLION, pd_millionths
from valuation.gates import any_of
from valuation.inputs import Application, Input, State
from valuation.results import Status
from valuation.terms import BLOCKS, FULL, HUNDREDTHS, Effects, Gate, Indicator, Scale, Scorecard, Stage

BLOCK_ROWS = 8192
STATES = {state: code for code, state in enumerate(State)}
STATUSES = tuple(Status)
_NONE, _UNASKED, _INAPPLICABLE = (
    STATES[state] for state in (State.QUERIED_NONE, State.NOT_QUERIED, State.NOT_APPLICABLE)
)
_STATUS = {status: code for code, status in enumerate(STATUSES)}
_COMPARE: dict[str, Callable[..., Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One input over all rows: figures, or places of words in the card's order; states as in `STATES` (None: all stated).

    `age_days` is how long before the row's day it was known; what is too old counts as not queried.
    """

    values: NDArray[Any]
    states: Bytes | None = None
    age_days: NDArray[Any] | None = None


@dataclass(frozen=True)
class RightsHit:
    """One gate over the rights of every row: how many it hits, and whether one of them is not known."""

    hit: NDArray[Any]
    unknown: Flags


@dataclass(frozen=True)
class Columns:
    """A book. What has no column was not queried; `excluded` is taken off counts, `rights` is how many there are."""

    rows: int
    inputs: Mapping[str, Column] = field(default_factory=dict)
    firm: Mapping[str, Column] = field(default_factory=dict)
    rights: NDArray[Any] | None = None
    gates: Mapping[str, RightsHit] = field(default_factory=dict)
    excluded: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkScores:
    """A row's figures at its place: `status` as in `STATUSES`, grades as places in the card, -1 without a score."""

    status: Bytes
    blocks: Mapping[str, Ints]
    score: Ints
    low: Ints
    high: Ints
    by_score: NDArray[np.int8]
    grade: NDArray[np.int8]
    pd: Ints
    missing: Mapping[str, Ints]

    @classmethod
    def empty(cls, rows: int) -> "BulkScores":
        def ints() -> Ints:
            return np.full(rows, -1, np.int32)

        def places() -> NDArray[np.int8]:
            return np.full(rows, -1, np.int8)

        blocks, missing = ({block: ints() for block in BLOCKS} for _ in range(2))
        status = np.zeros(rows, np.uint8)
        return cls(status, blocks, ints(), ints(), ints(), places(), places(), ints(), missing)


def score_many(card: Scorecard, columns: Columns) -> BulkScores:
    """Every row scored. Refused, with the first rows, where a figure is none that its scale allows."""
    _refuse_impossible(card, columns)
    tables = _Tables(card)
    found = BulkScores.empty(columns.rows)
    for start in range(0, columns.rows, BLOCK_ROWS):
        _Block(tables, columns, slice(start, min(start + BLOCK_ROWS, columns.rows))).into(found)
    return found


# --- what is looked up ----------------------------------------------------------------------------------------------


class _ScaleTable:
    """Thresholds of a scale and the points of each code: bins or words first, then the absences.

    With bins the codes count the thresholds a figure has reached; below the first of them lies `none` if the scale has a
    lower end.
    """

    def __init__(self, indicator: Indicator, scale: Scale) -> None:
        bins = [one.points for one in scale.bins]
        lows = [float(one.low) for one in scale.bins if one.low is not None]
        if scale.bins and len(lows) == len(bins):
            bins.insert(0, scale.none.points)
        self.thresholds = lows
        stated = bins or list(scale.words.values())
        self.codes = len(stated)
        self.points = np.array([*stated, scale.none.points, indicator.missing, 0], np.int32)
        least, most = scale.span
        self.below, self.above = least - indicator.missing, most - indicator.missing


class _Tables:
    """All that is the same for every block of a card."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.scales = {scale.id: _ScaleTable(one, scale) for one, scale in card.inputs.values()}
        scores = range(FULL + 1)
        self.pd = np.array([pd_millionths(card.calibration, one) for one in scores], np.int32)
        self.place = np.array([card.grades.index(card.grade_of(one)) for one in scores], np.int8)
        self.pd_mid = np.array([int(grade.pd_mid * MILLION) for grade in card.grades], np.int32)
        self.stage_from = [float(stage.band.low) for stage in card.stages if stage.band.low is not None]
        self.weights = {block: _by_stage(card.stages, block) for block in BLOCKS}


def _by_stage(stages: Sequence[Stage], block: str) -> Ints:
    return np.array([stage.weights[block] for stage in stages], np.int32)


# --- one block of rows ----------------------------------------------------------------------------------------------


class _Block:
    """Rows `at` of a book, on their way through the card."""

    def __init__(self, tables: _Tables, columns: Columns, at: slice) -> None:
        self.tables, self.columns, self.at = tables, columns, at
        self.card = tables.card
        self.rows = at.stop - at.start
        self.missing = {block: np.zeros(self.rows, np.int32) for block in BLOCKS}
        self.got = {group.id: np.zeros(self.rows, np.int32) for group in self.card.groups}
        self.below: dict[str, Ints] = {}
        self.above: dict[str, Ints] = {}
        self.waived: dict[str, Ints] = {}

    def into(self, found: BulkScores) -> None:
        """Work the rows out and write them to their places."""
        for indicator in self.card.indicators.values():
            self.points(indicator)
        blocks = self.spread(self.got)
        stage, thin = self.stage_and_thin()
        total = self.total(blocks, stage)
        low = self.total(self.spread(self.shifted(self.below)), stage) if self.below else total
        high = self.total(self.spread(self.shifted(self.above)), stage) if self.above else total
        rejected, provisional, cap = self.gates()
        place = self.tables.place[total]
        grade = np.maximum(place, cap)
        pd = self.tables.pd[total]
        pd = np.where(grade > place, np.maximum(pd, self.tables.pd_mid[grade]), pd)
        status = np.where(provisional, _STATUS[Status.PROVISIONAL], _STATUS[Status.SCORED])
        status = np.where(thin, _STATUS[Status.THIN], status)
        found.status[self.at] = np.where(rejected, _STATUS[Status.STOPPED], status)
        for block in BLOCKS:
            found.blocks[block][self.at] = np.where(thin, -1, blocks[block])
            found.missing[block][self.at] = self.missing[block]
        for target, figures in (
            (found.score, total), (found.low, low), (found.high, high), (found.by_score, place),
            (found.grade, grade), (found.pd, pd),
        ):  # fmt: skip
            target[self.at] = np.where(thin, -1, figures)

    # --- points

    def points(self, indicator: Indicator) -> None:
        """An indicator's points onto its group, and what its absence means for missing, band and what applies."""
        codes, states = self.codes(indicator.scale, indicator.max_age_days)
        table = self.tables.scales[indicator.scale.id]
        points = table.points[codes]
        if indicator.alternative:
            condition, scale = indicator.alternative
            other = self.holds(condition)[0]
            if other.any():
                codes_2, states_2 = self.codes(scale, indicator.max_age_days)
                points = np.where(other, self.tables.scales[scale.id].points[codes_2], points)
                if states_2 is not None:
                    self.absent(indicator, np.where(other, states_2, 0), self.tables.scales[scale.id])
                states = np.where(other, 0, states) if states is not None else None
        self.got[indicator.group] += points
        self.absent(indicator, states, table)

    def absent(self, indicator: Indicator, states: Bytes | None, table: _ScaleTable) -> None:
        if states is None:
            return
        unasked = states == _UNASKED
        if unasked.any():
            self.missing[indicator.block] += unasked * np.int32(indicator.most)
            for kept, shift in ((self.below, table.below), (self.above, table.above)):
                kept.setdefault(indicator.group, np.zeros(self.rows, np.int32))
                kept[indicator.group] += unasked * np.int32(shift)
        if indicator.not_applicable and (waived := states == _INAPPLICABLE).any():
            self.waived.setdefault(indicator.group, np.zeros(self.rows, np.int32))
            self.waived[indicator.group] += waived * np.int32(indicator.most)

    def codes(self, scale: Scale, max_age_days: int) -> tuple[Bytes, Bytes | None]:
        """For each row the place of its points in the scale's table, and its state if not all are stated."""
        table = self.tables.scales[scale.id]
        column = self.columns.inputs.get(scale.id)
        if column is None:
            states = np.full(self.rows, _UNASKED, np.uint8)
            return np.full(self.rows, table.codes - 1 + _UNASKED, np.uint8), states
        values, states_or_none = self.stated(column, max_age_days)
        if (without := self.columns.excluded.get(scale.id)) is not None:
            values = np.maximum(values - without[self.at], 0)
        if scale.bins:
            codes = np.zeros(self.rows, np.uint8)
            for threshold in table.thresholds:
                codes += values >= threshold
        else:
            codes = values.astype(np.uint8)
        if states_or_none is None:
            return codes, None
        absent = states_or_none != 0
        if not absent.any():
            return codes, None
        return np.where(absent, np.uint8(table.codes - 1) + states_or_none, codes), states_or_none

    def stated(self, column: Column, max_age_days: int) -> tuple[NDArray[Any], Bytes | None]:
        """Figures and states of these rows, what is too old counted as not queried."""
        states = None if column.states is None else column.states[self.at]
        if column.age_days is not None:
            old = column.age_days[self.at] > max_age_days
            if old.any():
                now = np.zeros(self.rows, np.uint8) if states is None else states
                states = np.where(old & (now <= _NONE), np.uint8(_UNASKED), now)
        return column.values[self.at], states

    # --- groups, blocks, score

    def shifted(self, shifts: Mapping[str, Ints]) -> dict[str, Ints]:
        return {group: got + shifts[group] if group in shifts else got for group, got in self.got.items()}

    def spread(self, got: Mapping[str, Ints]) -> dict[str, Ints]:
        """Points of both blocks, what does not apply spread over the rest of its group, then over the rest of the block."""
        blocks: dict[str, Ints] = {}
        for block in BLOCKS:
            own = [group for group in self.card.groups if group.block == block]
            if not any(group.id in self.waived for group in own):
                blocks[block] = sum((got[group.id] for group in own), np.zeros(self.rows, np.int32))
                continue
            points, most = np.zeros(self.rows, np.int64), np.zeros(self.rows, np.int64)
            for group in own:
                applies = group.most - self.waived.get(group.id, np.zeros(self.rows, np.int32)).astype(
                    np.int64
                )
                points += np.where(
                    applies > 0, half_up(got[group.id] * np.int64(group.most), np.maximum(applies, 1)), 0
                )
                most += np.where(applies > 0, group.most, 0)
            blocks[block] = np.where(most > 0, half_up(points * FULL, np.maximum(most, 1)), 0).astype(
                np.int32
            )
        return blocks

    def total(self, blocks: Mapping[str, Ints], stage: NDArray[Any]) -> Ints:
        weighted = sum(
            (self.tables.weights[block][stage] * blocks[block] for block in BLOCKS),
            np.zeros(self.rows, np.int32),
        )
        return half_up(weighted, np.int32(HUNDREDTHS)).astype(np.int32)

    def stage_and_thin(self) -> tuple[NDArray[Any], Flags]:
        thin = np.zeros(self.rows, np.bool_)
        for block in BLOCKS:
            thin |= self.missing[block] > self.card.thin_missing[block]
        stage = np.zeros(self.rows, np.intp)
        for name in self.card.thin_needs:
            column = self.columns.inputs.get(name)
            if column is None:
                thin[:] = True
                continue
            values, states = self.stated(column, self.card.indicators[name].max_age_days)
            if states is not None:
                thin |= states != 0
            if name == self.card.stage_by:
                for threshold in self.tables.stage_from:
                    stage += values >= threshold
        return stage, thin

    # --- gates

    def gates(self) -> tuple[Flags, Flags, NDArray[np.int8]]:
        """Rows that are stopped, rows whose result is provisional, and the best place each row may reach."""
        rejected, provisional = np.zeros(self.rows, np.bool_), np.zeros(self.rows, np.bool_)
        cap = np.zeros(self.rows, np.int8)

        def apply(effects: Effects, rows: Flags, capped: Flags | None = None) -> None:
            if not rows.any():
                return
            nonlocal rejected, provisional, cap
            rejected |= rows & effects.reject
            provisional |= rows & effects.provisional
            if effects.cap:
                where = rows if capped is None else capped
                cap = np.where(where, np.maximum(cap, np.int8(self.card.best_of(effects.cap))), cap)

        for gate in self.card.gates:
            hit, unknown, capped = self.looked_at(gate)
            apply(gate.effects, hit, capped)
            apply(self.card.unknown if gate.of == "firm" else _unsure(self.card.unknown), unknown)
        return rejected, provisional, cap

    def looked_at(self, gate: Gate) -> tuple[Flags, Flags, Flags | None]:
        """Rows that a gate hits, rows where it is not known, and the hit ones that reach its share."""
        if gate.of == "right":
            return self.over_rights(gate)
        hit, unknown = np.zeros(self.rows, np.bool_), np.zeros(self.rows, np.bool_)
        for condition in gate.conditions:
            yes, unsure = self.of_result(condition) if gate.of == "result" else self.holds(condition)
            hit |= yes
            unknown |= unsure
        return hit, unknown & ~hit, None

    def over_rights(self, gate: Gate) -> tuple[Flags, Flags, Flags | None]:
        stated = self.columns.gates.get(gate.id)
        if stated is None or self.columns.rights is None:
            nothing = np.zeros(self.rows, np.bool_)
            return nothing, nothing, None
        count = stated.hit[self.at].astype(np.int64)
        over = gate.effects.cap_over
        capped = None
        if over is not None:
            capped = count * over.denominator > over.numerator * self.columns.rights[self.at].astype(np.int64)
        return count > 0, stated.unknown[self.at], capped

    def of_result(self, condition: Condition) -> tuple[Flags, Flags]:
        block = next(block for block in BLOCKS if condition.metric.endswith(block.lower()))
        bound = exact_decimal(condition.value)
        assert bound is not None
        # both sides whole: hundredths times the denominator
        held = _COMPARE[condition.op](
            self.missing[block].astype(np.int64) * bound.denominator, bound.numerator * HUNDREDTHS
        )
        return held, np.zeros(self.rows, np.bool_)

    def holds(self, condition: Condition) -> tuple[Flags, Flags]:
        """Rows where a condition on the firm holds, and rows where nobody asked."""
        fact = self.card.facts[condition.metric]
        column = self.columns.firm.get(condition.metric)
        if column is None:
            return np.zeros(self.rows, np.bool_), np.ones(self.rows, np.bool_)
        values, states = self.stated(column, fact.max_age_days)
        against = fact.words.index(condition.value) if fact.words else float(condition.value)
        held = _COMPARE[condition.op](values, against)
        if states is None:
            return held, np.zeros(self.rows, np.bool_)
        return held & (states == 0), states == _UNASKED


def half_up(numerator: NDArray[Any], denominator: NDArray[Any] | np.integer[Any]) -> NDArray[Any]:
    """As `scoring.half_up`, by columns."""
    rounded: NDArray[Any] = (2 * numerator + denominator) // (2 * denominator)
    return rounded


def _unsure(unknown: Effects) -> Effects:
    """What a right whose gate is not known does: a cap and a provisional result, whatever else the card says."""
    return Effects(cap=unknown.cap, provisional=True)


# --- columns --------------------------------------------------------------------------------------------------------


def _refuse_impossible(card: Scorecard, columns: Columns) -> None:
    """Every column with a figure that its scale does not allow, with the first rows."""
    problems = []
    named = [(name, columns.inputs.get(name), scale.allowed, len(scale.words), scale.name)
             for name, (_, scale) in card.inputs.items()]  # fmt: skip
    named += [(name, columns.firm.get(name), fact.allowed, len(fact.words), fact.name)
              for name, fact in card.facts.items()]  # fmt: skip
    for name, column, allowed, words, called in named:
        if column is None:
            continue
        low, high = (float(allowed.low), float(allowed.high)) if allowed else (0.0, words - 1.0)
        sound = (column.values >= low) & (column.values <= high)
        if (allowed is None or allowed.whole) and column.values.dtype.kind == "f":
            sound &= column.values == np.floor(column.values)
        if column.states is not None:
            sound |= column.states != 0
        if column.age_days is not None and bool((column.age_days < 0).any()):
            problems.append(
                Problem(
                    f"{name}（{called}）", "有晚于评分日的数据", "只用评分日当日或以前已知的数据", "future"
                )
            )
        if not sound.all():
            rows = np.flatnonzero(~sound)
            shown = "、".join(str(row + 1) for row in rows[:5])
            found = f"{len(rows)}行不是可能的数（第{shown}行{'等' if len(rows) > 5 else ''}）"
            problems.append(Problem(f"{name}（{called}）", found, f"在 {low:g} 至 {high:g} 之间", "range"))
    if problems:
        raise Refused(problems)


def columns_of(card: Scorecard, applications: Sequence[Application]) -> Columns:
    """The columns of applications that were read one by one, each on its own day."""
    rights = np.array([len(one.rights) for one in applications], np.int32)
    inputs = {
        name: _column([one.of(name) for one in applications], tuple(scale.words))
        for name, (_, scale) in card.inputs.items()
    }
    firm = {
        name: _column([one.firm_fact(name) for one in applications], fact.words)
        for name, fact in card.facts.items()
        if name.startswith("firm.")
    }
    gates: dict[str, RightsHit] = {}
    out = [set[str]() for _ in applications]
    for gate in card.gates:
        if gate.of == "right":
            answers = [
                {right.id: any_of(gate.conditions, right.facts) for right in one.rights}
                for one in applications
            ]
            hit = np.array([sum(answer is True for answer in one.values()) for one in answers], np.int32)
            gates[gate.id] = RightsHit(hit, np.array([None in one.values() for one in answers], np.bool_))
            if gate.effects.exclude:
                for excluded, one in zip(out, answers, strict=True):
                    excluded |= {name for name, answer in one.items() if answer}
    counted: dict[str, NDArray[Any]] = {}
    for row, application in enumerate(applications):
        for right in application.rights:
            if right.id in out[row]:
                for name in right.counted_in:
                    counted.setdefault(name, np.zeros(len(applications), np.int32))[row] += 1
    return Columns(len(applications), inputs, firm, rights, gates, counted)


def _column(stated: Sequence[Input], words: tuple[str, ...]) -> Column:
    """Stale inputs are already not queried when they come here."""
    states = np.array([STATES[one.state] for one in stated], np.uint8)
    if words:
        return Column(
            np.array(
                [words.index(str(one.value)) if one.state is State.VALUE else 0 for one in stated], np.int8
            ),
            states,
        )
    figures = [
        float(one.value) if one.state is State.VALUE and one.value is not None else 0.0 for one in stated
    ]
    return Column(np.array(figures, np.float64), states)
