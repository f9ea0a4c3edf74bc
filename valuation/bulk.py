"""Many applicants at once: the same gates, points, score, PD and grade as `scoring`, row for row, by whole columns. Pure.

score_many(card, columns)        arrays of a book; what one row says is what `scoring.score` says of it (law)
columns_of(card, applications)   the columns of applications that were read one by one

A figure is a double of a decimal of at most six places; it is only compared with thresholds, so nothing is lost.
Everything counted is whole: hundredths of a point, millionths of a PD. Rows go through in blocks that stay in the cache.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.conditions import Condition
from kernel.errors import Problem, Refused
from kernel.expressions import exact_decimal
from valuation.calibration import MILLION, pd_millionths
from valuation.gates import any_of
from valuation.inputs import Application, Input, State, absences_of
from valuation.results import Status
from valuation.terms import (
    BLOCKS,
    FULL,
    HUNDREDTHS,
    Allowed,
    Effects,
    Gate,
    Group,
    Indicator,
    Scale,
    Scorecard,
    Stage,
)

BLOCK_ROWS = 65536
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
Rows = NDArray[np.intp]
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
    """A book. What has no column was not queried; `excluded` is taken off counts, `rights` is how many there are.

    On a row without rights no gate over rights is passed, whatever its `RightsHit` says.
    """

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
        self.points = np.array([*stated, scale.none.points, indicator.missing, 0], np.int16)
        least, most = scale.span
        self.below, self.above = least - indicator.missing, most - indicator.missing


class _Tables:
    """All that is the same for every block of a card."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.scales = {scale.id: _ScaleTable(one, scale) for one, scale in card.inputs.values()}
        scores = range(FULL + 1)
        self.pd = np.array([pd_millionths(card.calibration, one) for one in scores], np.int32)
        rising = [grade.score_from for grade in reversed(card.grades)]
        reached = np.searchsorted(rising, np.arange(FULL + 1), side="right")
        self.place = (len(rising) - reached).astype(np.int8)
        self.pd_mid = np.array([int(grade.pd_mid * MILLION) for grade in card.grades], np.int32)
        self.stage_from = [float(stage.band.low) for stage in card.stages if stage.band.low is not None]
        self.weights = {block: _by_stage(card.stages, block) for block in BLOCKS}


def _by_stage(stages: Sequence[Stage], block: str) -> Ints:
    return np.array([stage.weights[block] for stage in stages], np.int32)


# --- one block of rows ----------------------------------------------------------------------------------------------


class _Block:
    """Rows `at` of a book, on their way through the card. What is absent is rare: it is worked on where it stands."""

    def __init__(self, tables: _Tables, columns: Columns, at: slice) -> None:
        self.tables, self.columns, self.at = tables, columns, at
        self.card = tables.card
        self.rows = at.stop - at.start
        self.missing = {block: np.zeros(self.rows, np.int16) for block in BLOCKS}
        self.got, self.below, self.above, self.waived = (
            {group.id: np.zeros(self.rows, np.int16) for group in self.card.groups} for _ in range(4)
        )
        self.any_missing = False
        self.any_waived = dict.fromkeys(BLOCKS, False)

    def into(self, found: BulkScores) -> None:
        """Work the rows out and write them to their places."""
        for indicator in self.card.indicators.values():
            self.points(indicator)
        blocks = self.spread(self.got)
        stage, thin = self.stage_and_thin()
        weights = {block: self.tables.weights[block].take(stage) for block in BLOCKS}
        total = _total(blocks, weights)
        low = high = total
        if self.any_missing:
            low, high = (
                _total(self.spread({name: got + shift[name] for name, got in self.got.items()}), weights)
                for shift in (self.below, self.above)
            )
        rejected, provisional, cap = self.gates()
        place = self.tables.place.take(total)
        grade = np.maximum(place, cap)
        pd = self.tables.pd.take(total)
        if (held := np.flatnonzero(grade > place)).size:
            pd[held] = np.maximum(pd[held], self.tables.pd_mid[grade[held]])
        status = np.where(
            provisional, np.uint8(_STATUS[Status.PROVISIONAL]), np.uint8(_STATUS[Status.SCORED])
        )
        status[thin] = _STATUS[Status.THIN]
        status[rejected] = _STATUS[Status.STOPPED]
        found.status[self.at] = status
        for block in BLOCKS:
            found.missing[block][self.at] = self.missing[block]
        without = np.flatnonzero(thin)
        written: list[tuple[NDArray[Any], NDArray[Any]]] = [
            (found.score, total), (found.low, low), (found.high, high), (found.by_score, place),
            (found.grade, grade), (found.pd, pd), *((found.blocks[block], blocks[block]) for block in BLOCKS),
        ]  # fmt: skip
        for target, figures in written:
            target[self.at] = figures
            target[self.at][without] = -1

    # --- points

    def points(self, indicator: Indicator) -> None:
        """An indicator's points onto its group, and what its absence means for missing, band and what applies."""
        codes, states, absent = self.codes(indicator.scale, indicator.max_age_days)
        table = self.tables.scales[indicator.scale.id]
        points = table.points.take(codes, mode="clip")
        if indicator.alternative:
            condition, scale = indicator.alternative
            other = np.flatnonzero(self.holds(condition)[0])
            if other.size:
                codes_2, states_2, absent_2 = self.codes(scale, indicator.max_age_days)
                points[other] = self.tables.scales[scale.id].points[codes_2[other]]
                here = np.intersect1d(absent_2, other, assume_unique=True)
                self.absent(indicator, here, states_2, self.tables.scales[scale.id])
                absent = np.setdiff1d(absent, other, assume_unique=True)
        self.got[indicator.group] += points
        self.absent(indicator, absent, states, table)

    def absent(self, indicator: Indicator, rows: Rows, states: Bytes, table: _ScaleTable) -> None:
        """What the absences on these rows mean for missing, band and what applies."""
        unasked = rows[states[rows] == _UNASKED]
        if unasked.size:
            self.any_missing = True
            self.missing[indicator.block][unasked] += indicator.most
            self.below[indicator.group][unasked] += table.below
            self.above[indicator.group][unasked] += table.above
        if indicator.not_applicable and (waived := rows[states[rows] == _INAPPLICABLE]).size:
            self.any_waived[indicator.block] = True
            self.waived[indicator.group][waived] += indicator.most

    def codes(self, scale: Scale, max_age_days: int) -> tuple[Bytes, Bytes, Rows]:
        """For each row the place of its points in the scale's table and its state; and where nothing is stated."""
        table = self.tables.scales[scale.id]
        column = self.columns.inputs.get(scale.id)
        if column is None:
            states = np.full(self.rows, _UNASKED, np.uint8)
            return np.full(self.rows, table.codes - 1 + _UNASKED, np.uint8), states, np.arange(self.rows)
        values, states_or_none = self.stated(column, max_age_days)
        if (without := self.columns.excluded.get(scale.id)) is not None:
            values = np.maximum(values - without[self.at], 0)
        codes = np.zeros(self.rows, np.uint8) if scale.bins else values.astype(np.uint8)
        for threshold in table.thresholds:
            np.add(codes, (values >= threshold).view(np.uint8), out=codes)
        if states_or_none is None:
            return codes, np.zeros(0, np.uint8), np.zeros(0, np.intp)
        absent = np.flatnonzero(states_or_none != 0)
        codes[absent] = states_or_none[absent] + np.uint8(table.codes - 1)
        return codes, states_or_none, absent

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

    def spread(self, got: Mapping[str, Ints]) -> dict[str, Ints]:
        """Points of both blocks, what does not apply spread over the rest of its group, then over the rest of the block."""
        blocks: dict[str, Ints] = {}
        for block in BLOCKS:
            own = [group for group in self.card.groups if group.block == block]
            blocks[block] = _sum([got[group.id] for group in own])
            if self.any_waived[block]:
                rows = np.flatnonzero(_sum([self.waived[group.id] for group in own]) != 0)
                blocks[block][rows] = self.spread_over(own, got, rows)
        return blocks

    def spread_over(self, own: Sequence[Group], got: Mapping[str, Ints], rows: Rows) -> NDArray[Any]:
        points, most = np.zeros(rows.size, np.int64), np.zeros(rows.size, np.int64)
        for group in own:
            applies = group.most - self.waived[group.id][rows].astype(np.int64)
            some = applies > 0
            spread = half_up(got[group.id][rows] * np.int64(group.most), np.maximum(applies, 1))
            points += np.where(some, spread, 0)
            most += np.where(some, group.most, 0)
        whole: NDArray[Any] = np.where(most > 0, half_up(points * FULL, np.maximum(most, 1)), 0)
        return whole

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
            apply(self.card.unknown, unknown)
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
        if stated is None or self.columns.rights is None:  # nobody asked, so that no row passes
            return np.zeros(self.rows, np.bool_), np.ones(self.rows, np.bool_), None
        rights = self.columns.rights[self.at]
        count = stated.hit[self.at].astype(np.int64)
        over = gate.effects.cap_over
        capped = None
        if over is not None:
            capped = count * over.denominator > over.numerator * rights.astype(np.int64)
        return count > 0, stated.unknown[self.at] | (rights == 0), capped

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


def _total(blocks: Mapping[str, Ints], weights: Mapping[str, Ints]) -> Ints:
    return half_up(_sum([weights[block] * blocks[block] for block in BLOCKS]), np.int32(HUNDREDTHS))


def _sum(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    first, *rest = arrays
    total = first.copy()
    for one in rest:
        total += one
    return total


def half_up(numerator: NDArray[Any], denominator: NDArray[Any] | np.integer[Any]) -> NDArray[Any]:
    """As `scoring.half_up`, by columns."""
    rounded: NDArray[Any] = (2 * numerator + denominator) // (2 * denominator)
    return rounded


# --- columns --------------------------------------------------------------------------------------------------------


def _refuse_impossible(card: Scorecard, columns: Columns) -> None:
    """Every column with a figure that its scale does not allow, with the first rows."""
    asked = [
        (
            scale.id,
            scale.name,
            columns.inputs.get(scale.id),
            scale.allowed,
            len(scale.words),
            absences_of(one),
        )
        for one, scale in card.inputs.values()
    ]
    asked += [
        (fact.id, fact.name, columns.firm.get(fact.id), fact.allowed, len(fact.words), fact.absences)
        for fact in card.facts.values()
    ]
    problems = []
    for name, called, column, allowed, words, absences in asked:
        if column is None:
            continue
        where = f"{name}（{called}）"
        if column.age_days is not None and bool((column.age_days < 0).any()):
            problems.append(Problem(where, "有晚于评分日的数据", "只用评分日当日或以前已知的数据", "future"))
        for state in (State.QUERIED_NONE, State.NOT_APPLICABLE):
            if (
                column.states is not None
                and str(state) not in absences
                and (column.states == STATES[state]).any()
            ):
                problems.append(
                    Problem(where, f"有{state}的行", "此项没有这一种“没有”，未查写 not_queried", "absent")
                )
        bounds = allowed or Allowed(Decimal(0), Decimal(words - 1), whole=True)
        rows = _impossible(column, bounds)
        if rows:
            shown = "、".join(str(row + 1) for row in rows[:5])
            found = f"{len(rows)}行不是可能的数（第{shown}行{'等' if len(rows) > 5 else ''}）"
            whole = "的整数" if bounds.whole else ""
            problems.append(Problem(where, found, f"在 {bounds.low} 至 {bounds.high} 之间{whole}", "range"))
    if problems:
        raise Refused(problems)


def _impossible(column: Column, allowed: Allowed) -> list[int]:
    """Rows whose stated figure cannot be; NaN is none that can."""
    low, high = float(allowed.low), float(allowed.high)
    rows: list[int] = []
    for start in range(0, len(column.values), BLOCK_ROWS):
        at = slice(start, start + BLOCK_ROWS)
        values = column.values[at]
        fractions = allowed.whole and values.dtype.kind == "f"
        if (
            low <= values.min()
            and values.max() <= high
            and not (fractions and (values != np.rint(values)).any())
        ):
            continue
        sound = (values >= low) & (values <= high)
        if fractions:
            sound &= values == np.rint(values)
        if column.states is not None:
            sound |= column.states[at] != 0
        rows += (np.flatnonzero(~sound) + start).tolist()
    return rows


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
