"""One applicant: gates, points, blocks, score, band, PD, grade, reasons (7.1 to 7.3). Pure.

score(card, application)      the whole answer; whole hundredths of a point throughout
replay(card, stored)          the same answer from what was stored, for ever

Three roundings, each half up to the hundredth: a group whose indicators do not all apply, a block whose groups do not all
apply, and the weighted sum. Nothing else is rounded before the PD (`calibration`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from valuation.calibration import MILLION, pd_millionths, pd_range
from valuation.gates import Finding, answer, caps, excluded_counts, findings_of, result_findings
from valuation.inputs import NOT_QUERIED, Application, State
from valuation.results import GroupPoints, Line, Reason, Score, Status
from valuation.terms import BLOCKS, FULL, HUNDREDTHS, NOTHING, Grade, Indicator, Scale, Scorecard, Stage

Pick = Callable[[Line], int]


def score(card: Scorecard, application: Application) -> Score:
    """What the card says of this application on its day."""
    findings = findings_of(card, application)
    excluded = excluded_counts(findings, application)
    lines = tuple(_line(one, application, excluded) for one in card.indicators.values())
    missing = missing_points(lines)
    findings += result_findings(card, missing)
    thin = _too_thin(card, application, missing)
    blank = Score(card.id, card.digest, application.on, _status(findings, thin), lines, findings, missing, thin,
                  given=application.given)  # fmt: skip
    return blank if thin else _graded(card, application, blank)


def replay(card: Scorecard, stored: Mapping[str, Any]) -> Score:
    """The score again from what was stored; it must be under the same card."""
    assert stored["digest"] == card.digest, "a score is replayed under the card that made it"
    return score(card, Application.from_plain(stored["given"], card))


def _graded(card: Scorecard, application: Application, blank: Score) -> Score:
    stage_figure = application.of(card.stage_by).value
    stage = card.stage_of(stage_figure)  # type: ignore[arg-type]  # `thin.needs` holds it, and it is a number
    blocks, groups = _blocks(card, blank.lines, _got)
    total = weighted(stage, blocks)
    letters = [letter for letter, _ in caps(blank.findings)]
    grade = capped(card, card.grade_of(total), letters)
    pd = _pd(card, total, grade)
    ends = [total, total]
    if any(blank.missing.values()):
        ends = [weighted(stage, _blocks(card, blank.lines, pick)[0]) for pick in (_least, _most)]
    return replace(
        blank,
        stage=stage.id,
        weights=stage.weights,
        groups=groups,
        blocks=blocks,
        score=total,
        grade_by_score=card.grade_of(total).id,
        grade=grade.id,
        letter=grade.letter,
        capped_by=tuple(found.id for letter, found in caps(blank.findings) if letter == grade.letter)
        if grade.id != card.grade_of(total).id
        else (),
        pd=pd,
        pd_band=pd_range(card.band, pd) if card.band else None,
        band=(ends[0], ends[1]),
        band_grades=(
            capped(card, card.grade_of(ends[0]), letters).id,
            capped(card, card.grade_of(ends[1]), letters).id,
        ),
        reasons=_reasons(card, blank.lines, groups, stage),
    )


# --- points --------------------------------------------------------------------------------------------------------


def _line(indicator: Indicator, application: Application, excluded: Mapping[str, int]) -> Line:
    """An indicator's points and, where they are not known, what they could have been."""
    scale = scale_for(indicator, application)
    stated = application.of(scale.id)
    match stated.state:
        case State.NOT_QUERIED:
            return Line(indicator, scale, stated, "未查询", indicator.missing, *scale.span)
        case State.NOT_APPLICABLE:
            return Line(indicator, scale, stated, "不适用", 0, 0, 0)
        case State.QUERIED_NONE:
            none = scale.none
            return Line(
                indicator, scale, stated, NOTHING, none.points, none.points, none.points, 0, none.reason
            )
    if isinstance(stated.value, str):
        points = scale.words[stated.value]
        return Line(indicator, scale, stated, stated.value, points, points, points)
    assert stated.value is not None
    without = excluded.get(scale.id, 0)
    hit = scale.bin_of(max(stated.value - without, Decimal(0)) if without else stated.value)
    return Line(
        indicator, scale, stated, scale.labels[hit], hit.points, hit.points, hit.points, without, hit.reason
    )


def scale_for(indicator: Indicator, application: Application) -> Scale:
    """The indicator's own scale, or its alternative when the condition of that is known to hold."""
    if indicator.alternative:
        condition, other = indicator.alternative
        if answer(condition, application.firm.get(condition.metric, NOT_QUERIED)):
            return other
    return indicator.scale


def _got(line: Line) -> int:
    return line.points


def _least(line: Line) -> int:
    return line.least


def _most(line: Line) -> int:
    return line.most


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers, not negative, to the nearest whole one, a half upwards.

    >>> half_up(5, 2), half_up(4, 3), half_up(5, 3)
    (3, 1, 2)
    """
    return (2 * numerator + denominator) // (2 * denominator)


def _blocks(
    card: Scorecard, lines: Iterable[Line], pick: Pick
) -> tuple[dict[str, int], tuple[GroupPoints, ...]]:
    """Points of both blocks and of every group; what does not apply is spread over the rest of its group, then block."""
    got: dict[str, int] = {}
    applies: dict[str, int] = {}
    for line in lines:
        if line.state is not State.NOT_APPLICABLE:
            group = line.indicator.group
            got[group] = got.get(group, 0) + pick(line)
            applies[group] = applies.get(group, 0) + line.indicator.most
    groups = tuple(
        GroupPoints(
            group.id,
            group.block,
            group.name,
            half_up(got[group.id] * group.most, applies[group.id]),
            group.most,
            applies[group.id],
        )
        for group in card.groups
        if applies.get(group.id)
    )
    blocks = {}
    for block in BLOCKS:
        own = [group for group in groups if group.block == block]
        most = sum(group.most for group in own)
        blocks[block] = half_up(sum(group.points for group in own) * FULL, most) if most else 0
    return blocks, groups


def total_with(card: Scorecard, score: Score, changed: Mapping[str, int]) -> int:
    """The score if these indicators brought other points."""
    stage = next(stage for stage in card.stages if stage.id == score.stage)
    return weighted(
        stage, _blocks(card, score.lines, lambda line: changed.get(line.indicator.id, line.points))[0]
    )


def weighted(stage: Stage, blocks: Mapping[str, int]) -> int:
    return half_up(sum(stage.weights[block] * blocks[block] for block in BLOCKS), HUNDREDTHS)


# --- what is missing ----------------------------------------------------------------------------------------------


def missing_points(lines: Iterable[Line]) -> dict[str, int]:
    """By block the full points of what was not queried."""
    missing = dict.fromkeys(BLOCKS, 0)
    for line in lines:
        if line.state is State.NOT_QUERIED:
            missing[line.indicator.block] += line.indicator.most
    return missing


def _too_thin(card: Scorecard, application: Application, missing: Mapping[str, int]) -> tuple[str, ...]:
    """Why there is no score at all, in words; empty if there is enough."""
    needed = [
        f"缺少{card.indicators[name].name}，无法评分"
        for name in card.thin_needs
        if application.of(name).state is not State.VALUE
    ]
    blocks = [
        f"{block} 块未查询的指标合计 {missing[block] / HUNDREDTHS:g} 分，超过 {card.thin_missing[block] / HUNDREDTHS:g} 分"
        for block in BLOCKS
        if missing[block] > card.thin_missing[block]
    ]
    return (*needed, *blocks)


def _status(findings: Iterable[Finding], thin: tuple[str, ...]) -> Status:
    effects = [found.effects for found in findings]
    if any(one.reject for one in effects):
        return Status.STOPPED
    if thin:
        return Status.THIN
    return Status.PROVISIONAL if any(one.provisional for one in effects) else Status.SCORED


# --- grade --------------------------------------------------------------------------------------------------------


def capped(card: Scorecard, grade: Grade, letters: Iterable[str]) -> Grade:
    """The grade, or the best one that every cap allows, whichever is worse."""
    places = [card.grades.index(grade), *(card.best_of(letter) for letter in letters)]
    return card.grades[max(places)]


def _pd(card: Scorecard, total: int, grade: Grade) -> int:
    """By the score; under a cap no better than the middle of the grade that is left."""
    pd = pd_millionths(card.calibration, total)
    if grade is card.grade_of(total):
        return pd
    return max(pd, int(grade.pd_mid * MILLION))


# --- reasons ------------------------------------------------------------------------------------------------------


def _reasons(
    card: Scorecard, lines: Iterable[Line], groups: Iterable[GroupPoints], stage: Stage
) -> tuple[Reason, ...]:
    """Every indicator that lost something, by what it cost the score, heaviest first; ties in the order of the card."""
    of_group = {group.id: group for group in groups}
    spread = {
        block: sum(group.most for group in of_group.values() if group.block == block) for block in BLOCKS
    }
    found = []
    for line in lines:
        best = line.scale.span[1] if card.reasons_by_scale else line.indicator.most
        short = best - line.points
        if line.state is State.NOT_APPLICABLE or short <= 0:
            continue
        group = of_group[line.indicator.group]
        weight = stage.weights[line.indicator.block] * group.most * FULL
        cost = half_up(short * weight, HUNDREDTHS * group.applies * spread[line.indicator.block])
        found.append(Reason(line.indicator.id, cost, _reason_text(line), line.indicator.improve))
    return tuple(sorted(found, key=lambda reason: -reason.cost))


def _reason_text(line: Line) -> str:
    if line.state is State.NOT_QUERIED:
        age = line.indicator.max_age_days
        return (
            f"{line.scale.name}：数据已超过{age}天，需重新查询"
            if line.stated.stale
            else f"{line.scale.name}：尚未查询"
        )
    return line.reason or line.indicator.reason
