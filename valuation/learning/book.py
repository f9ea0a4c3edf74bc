"""From stored answers of the scoring, and what became of them, to the arrays a validation report is made from. Pure.

A case is one application: the answer as it was stored, what persons decided, what became of the loan. Which cases may be
taken (the institution's own, known by then) is the caller's question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from valuation.calibration import MILLION
from valuation.learning.arrays import Floats, Texts
from valuation.learning.discrimination import auc
from valuation.learning.method import Method
from valuation.learning.period import Column, Grade, Period, Scale, Use
from valuation.results import Status
from valuation.terms import BLOCKS, HUNDREDTHS, Indicator, Scorecard

Answer = Mapping[str, Any]
USABLE = (str(Status.SCORED), str(Status.PROVISIONAL))
NONE, UNASKED, INAPPLICABLE = "查无", "未查询", "不适用"
"""How an answer's line names the three absences."""
STATES = ("value", "queried_none", "not_queried", "not_applicable")
OF_STAGE, BY_AGE = "阶段", "成立年限"
OF_AGE = "firm_age"


@dataclass(frozen=True)
class Case:
    """One application of the institution. Amounts are whole fen; `bad` is None while the outcome is not known."""

    id: str
    answer: Answer
    approved: bool
    bad: bool | None = None
    segments: Mapping[str, str] = field(default_factory=dict)
    given_grade: str = ""
    earlier: Answer | None = None
    granted_fen: int = 0
    drawn_fen: int = 0
    exposure_fen: int = 0
    lost_fen: int = 0
    lgd: float = 0.0
    realised: tuple[tuple[str, float], ...] = ()
    """Kind of right and the share of the exposure that was lost."""
    disputes: tuple[tuple[str, bool], ...] = ()
    """Indicator disputed, and whether the objection was upheld."""
    challenger_risk: float | None = None

    @property
    def usable(self) -> bool:
        return self.answer["status"] in USABLE

    @property
    def booked(self) -> bool:
        return self.granted_fen > 0


def period_of(
    cases: Sequence[Case],
    card: Scorecard,
    method: Method,
    *,
    begins: date,
    ends: date,
    made_on: date | None = None,
    development: Sequence[Case] = (),
    head: Mapping[str, Any] | None = None,
    outages: Sequence[Mapping[str, Any]] = (),
    lgd_assumed: Mapping[str, float] | None = None,
) -> Period:
    """The rows are the cases with a score; all count in the flow. `development` are the cases the card was made on."""
    rows = [each for each in cases if each.usable]
    answers = [each.answer for each in rows]
    bad = np.array([bool(each.bad) for each in rows], dtype=bool)
    base = Period(
        version=card.id,
        begins=begins.isoformat(),
        ends=ends.isoformat(),
        grades=[Grade(each.id, float(each.pd_mid)) for each in card.grades],
        flow=_flow(cases),
        score=_numbers(answers, "score"),
        pd=np.array([each["pd_millionths"] / MILLION for each in answers], dtype=np.float64),
        grade=_texts(each["grade"] for each in answers),
        bad=bad,
        known=np.array([each.bad is not None for each in rows], dtype=bool),
        approved=np.array([each.approved for each in rows], dtype=bool),
        blocks={block: _numbers(answers, block) for block in BLOCKS},
        segments=_segments(rows, card),
        level_orders=_level_orders(card),
        head=head or {},
        definition=_definition(method),
        selection="只有获批并放款的企业才有结果；门槛拦下、资料太少、未获批的企业没有结果，不作推断。",
        outages=outages,
        days=_texts(each["on"] for each in answers),
        columns=columns_of(answers, card),
        weights=_weights(answers, card),
        scale=_scale(card),
        limits=method.limits,
        made_on=made_on,
    )
    earlier = [each.earlier if each.earlier and each.earlier["status"] in USABLE else None for each in rows]
    return replace(
        base,
        given_grade=_texts(each.given_grade or each.answer["grade"] for each in rows),
        earlier_grade=_texts(each["grade"] if each else "" for each in earlier),
        absences=_absences(answers, card),
        first_reasons=[_shown(each, card) for each in answers],
        earlier_reasons=[_shown(each, card) if each else None for each in earlier],
        reasons=_reasons(answers, card),
        disputes=_disputes(rows, card),
        losses=_losses(rows, lgd_assumed or {}),
        use=_use(rows),
        challenger_risk=_challenger(rows),
        **_developed(development, base, card),
    )


def columns_of(answers: Sequence[Answer], card: Scorecard) -> list[Column]:
    """Each indicator over the rows: its own bins, those of its alternative, then the three absences."""
    lines: dict[str, list[Mapping[str, Any]]] = {name: [] for name in card.indicators}
    for answer in answers:
        for line in answer["lines"]:
            lines[line["id"]].append(line)
    groups = {each.id: each.name for each in card.groups}
    return [
        _column(indicator, groups[indicator.group], lines[name])
        for name, indicator in card.indicators.items()
    ]


def _column(indicator: Indicator, group: str, lines: Sequence[Mapping[str, Any]]) -> Column:
    entries = [
        (scale.id, text, text if scale is indicator.scale else f"{scale.name} {text}", points / HUNDREDTHS)
        for scale in indicator.scales
        for text, points in scale.choices
    ]
    place = {(input_, hit): index for index, (input_, hit, _, _) in enumerate(entries)}
    values = len(entries)
    absent = {"queried_none": values, "not_queried": values + 1, "not_applicable": values + 2}
    return Column(
        indicator.id,
        indicator.name,
        group,
        indicator.block,
        (*(label for _, _, label, _ in entries), NONE, UNASKED, INAPPLICABLE),
        (True,) * values + (False,) * len(absent),
        (
            *(points for _, _, _, points in entries),
            indicator.scale.none.points / HUNDREDTHS,
            indicator.missing / HUNDREDTHS,
            0.0,
        ),
        np.array([_place(line, place, absent) for line in lines], dtype=np.int64),
        np.array([float(line["points"]) for line in lines], dtype=np.float64),
        indicator.most / HUNDREDTHS,
        np.array([line["state"] != "not_applicable" for line in lines], dtype=bool),
    )


def _place(line: Mapping[str, Any], place: Mapping[tuple[str, str], int], absent: Mapping[str, int]) -> int:
    """A value below its first bin is “nothing at all” and is scored as that: it counts there."""
    if line["state"] in absent:
        return absent[line["state"]]
    return place.get((line["input"], line["hit"]), absent["queried_none"])


def _flow(cases: Sequence[Case]) -> dict[str, int]:
    by = Counter(each.answer["status"] for each in cases)
    booked = [each for each in cases if each.booked]
    return {
        "申请": len(cases),
        "门槛拦下": by[str(Status.STOPPED)],
        "资料太少不评分": by[str(Status.THIN)],
        "评分": by[str(Status.SCORED)] + by[str(Status.PROVISIONAL)],
        "其中暂定": by[str(Status.PROVISIONAL)],
        "获批": sum(each.approved for each in cases),
        "放款": len(booked),
        "结果已知": sum(each.bad is not None for each in cases),
        "违约": sum(bool(each.bad) for each in cases),
    }


def _numbers(answers: Sequence[Answer], key: str) -> Floats:
    return np.array([float(each[key]) for each in answers], dtype=np.float64)


def _texts(cells: Any) -> Texts:
    return np.array(list(cells), dtype=object)


def _segments(rows: Sequence[Case], card: Scorecard) -> dict[str, Texts]:
    titles = {each.id: each.name for each in card.stages}
    names = dict.fromkeys(name for each in rows for name in each.segments)
    found = {OF_STAGE: _texts(titles[each.answer["stage"]] for each in rows)}
    return found | {name: _texts(each.segments.get(name, "未知") for each in rows) for name in names}


def _level_orders(card: Scorecard) -> dict[str, list[str]]:
    """Stages and ages run as the card has them: by letters a firm of ten years would stand before one of two."""
    ages = card.indicators[OF_AGE].scale.choices if OF_AGE in card.indicators else ()
    return {OF_STAGE: [each.name for each in card.stages], BY_AGE: [text for text, _ in ages]}


def _definition(method: Method) -> dict[str, Any]:
    stated = method.default
    return {
        "overdue_days": stated.overdue_days,
        "grades": list(stated.grades),
        "window_months": stated.window_months,
        "source": stated.source,
    }


def _weights(answers: Sequence[Answer], card: Scorecard) -> dict[str, Floats]:
    of_stage = {each.id: each.weights for each in card.stages}
    return {
        block: np.array([of_stage[each["stage"]][block] / HUNDREDTHS for each in answers], dtype=np.float64)
        for block in BLOCKS
    }


def _scale(card: Scorecard) -> Scale:
    stated = card.calibration
    return Scale(
        float(stated.anchor_score),
        float(stated.anchor_pd),
        float(stated.pdo),
        float(stated.floor),
        float(stated.cap),
    )


def _shown(answer: Answer, card: Scorecard) -> tuple[str, ...]:
    return tuple(each["id"] for each in answer["reasons"][: card.reasons_shown])


def _reasons(answers: Sequence[Answer], card: Scorecard) -> Counter[str]:
    return Counter(card.indicators[name].reason for each in answers for name in _shown(each, card))


def _absences(answers: Sequence[Answer], card: Scorecard) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in card.indicators}
    for answer in answers:
        for line in answer["lines"]:
            counts[line["id"]][line["state"]] += 1
            counts[line["id"]]["stale"] += bool(line["stale"])
    return {
        each.name: {state: counts[name][state] for state in (*STATES, "stale")}
        for name, each in card.indicators.items()
    }


def _disputes(rows: Sequence[Case], card: Scorecard) -> dict[str, tuple[int, int]]:
    said = [(card.indicators[name].name, right) for each in rows for name, right in each.disputes]
    answered = Counter(name for name, _ in said)
    upheld = Counter(name for name, right in said if right)
    return {name: (answered[name], upheld[name]) for name in answered}


def _losses(rows: Sequence[Case], assumed: Mapping[str, float]) -> dict[str, tuple[float, list[float]]]:
    seen: dict[str, list[float]] = {kind: [] for kind in assumed}
    for each in rows:
        for kind, lgd in each.realised:
            if kind in seen:
                seen[kind].append(lgd)
    return {kind: (assumed[kind], lgds) for kind, lgds in seen.items()}


def _use(rows: Sequence[Case]) -> Use:
    def whole(name: str) -> Any:
        return np.array([getattr(each, name) for each in rows], dtype=np.int64)

    return Use(
        whole("granted_fen"),
        whole("drawn_fen"),
        whole("exposure_fen"),
        np.array([each.lgd for each in rows], dtype=np.float64),
        whole("lost_fen"),
        np.array([each.booked for each in rows], dtype=bool),
    )


def _challenger(rows: Sequence[Case]) -> Floats | None:
    """Only where it spoke of every row: a test on different rows is no test."""
    risks = [each.challenger_risk for each in rows]
    return None if None in risks or not risks else np.array(risks, dtype=np.float64)


def _developed(cases: Sequence[Case], period: Period, card: Scorecard) -> dict[str, Any]:
    rows = [each for each in cases if each.usable]
    if not rows:
        return {}
    answers = [each.answer for each in rows]
    scores = _numbers(answers, "score")
    told: dict[str, Any] = {
        "development_scores": scores,
        "development_reasons": _reasons(answers, card),
        "indicator_bins": {
            now.title: tuple(np.bincount(each.places, minlength=len(now.labels)) for each in (then, now))
            for then, now in zip(columns_of(answers, card), period.columns, strict=True)
        },
    }
    known = np.array([each.bad is not None for each in rows])
    bad = np.array([bool(each.bad) for each in rows])[known]
    if 2 <= bad.sum() <= len(bad) - 2:
        found = auc(-scores[known], bad)
        told["development_auc"] = (found.value, found.error)
    return told
