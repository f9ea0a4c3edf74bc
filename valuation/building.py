"""From the plain values of a sound document to `Scorecard`. Refuses nothing: `loading` has looked before. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.conditions import Condition
from kernel.money import fen_from_wan
from valuation.calibration import least_scores
from valuation.shape import BY_USED_SCALE, DESCRIBING, LETTERS
from valuation.terms import (
    ABSENCES,
    BLOCKS,
    HUNDREDTHS,
    Allowed,
    Band,
    Bin,
    Calibration,
    Effects,
    Fact,
    Gate,
    Grade,
    Group,
    Indicator,
    Kind,
    LineTerms,
    Scale,
    Scorecard,
    Simulation,
    Stage,
    ValueTerms,
)

Plain = Mapping[str, Any]


def scorecard_of(document: Plain, digest: str) -> Scorecard:
    calibration = _calibration(document["calibration"])
    band = document.get("statistical_band")
    effective = document["effective"]
    return Scorecard(
        id=document["id"],
        title=document["title"],
        version=document["version"],
        first=date.fromisoformat(effective["from"]),
        last=date.fromisoformat(effective["to"]) if effective.get("to") else None,
        evidence=document["evidence"],
        digest=digest,
        references={tag: (one["title"], one["mark"]) for tag, one in document["references"].items()},
        stage_by=document["stages"]["by"],
        stages=tuple(_stage(one) for one in document["stages"]["weights"]),
        thin_missing={block: points_of(document["thin"]["most_missing"][block]) for block in BLOCKS},
        thin_needs=tuple(document["thin"]["needs"]),
        reasons_shown=int(document["reasons_shown"]),
        calibration=calibration,
        band=Band(int(band["prior_firm_years"]), Decimal(band["level"])) if band else None,
        groups=tuple(_group(one, document["indicators"]) for one in document["groups"]),
        facts={one["id"]: _fact(one) for one in document["facts"]},
        gates=tuple(_gate(one) for one in document["gates"]),
        unknown=effects_of(document["gates_unknown"]["effects"]),
        grades=_grades(calibration, document["master_scale"]),
        excluded={one["id"]: one["why"] for one in document["excluded_attributes"]},
        line=_line(document["credit_line"]),
        value=_value(document["indicative_value"]),
        document=document,
        reasons_by_scale=document.get("reasons_by") == BY_USED_SCALE,
    )


def points_of(text: str) -> int:
    """Hundredths of a point.

    >>> points_of("2.5"), points_of("12"), points_of("0.05")
    (250, 1200, 5)
    """
    return int(Decimal(text) * HUNDREDTHS)


def bin_of(written: Plain) -> Bin:
    low, high = (None if written[end] is None else Decimal(written[end]) for end in ("from", "to"))
    return Bin(low, high, points_of(written.get("points", "0")), written.get("reason", ""))


def effects_of(written: Iterable[str | Plain]) -> Effects:
    simple = {one for one in written if isinstance(one, str)}
    figures: dict[str, Any] = {}
    for one in written:
        figures |= {} if isinstance(one, str) else one
    value, over = figures.get("value"), figures.get("share_over")
    return Effects(
        reject="reject" in simple,
        value=None if value is None else Fraction(value),
        exclude="exclude" in simple,
        cap=figures.get("cap", ""),
        cap_over=None if over is None else Fraction(over),
        provisional="provisional" in simple,
    )


def _condition(written: Plain) -> Condition:
    return Condition(written["metric"], written["op"], written["value"])


def _allowed(written: Plain | None) -> Allowed | None:
    if written is None:
        return None
    return Allowed(Decimal(written["from"]), Decimal(written["to"]), written.get("whole", False))


def _stage(written: Plain) -> Stage:
    weights = {block: points_of(written[block]) for block in BLOCKS}
    return Stage(written["id"], written["name_zh"], bin_of(written), weights, written["mark"])


def _calibration(written: Plain) -> Calibration:
    anchor, pd, pdo, floor, cap = (
        Decimal(written[name]) for name in ("anchor_score", "anchor_pd", "pdo", "pd_floor", "pd_cap")
    )
    return Calibration(anchor, pd, pdo, floor, cap, written["mark"])


def _grades(calibration: Calibration, written: Iterable[Plain]) -> tuple[Grade, ...]:
    rows = [(one["grade"], one["letter"], Decimal(one["pd_mid"])) for one in written]
    least = least_scores(calibration, [middle for *_, middle in rows])
    return tuple(Grade(*row, score) for row, score in zip(rows, least, strict=True))


def _scale(written: Plain) -> Scale:
    bins = written.get("bins", ())
    none = next((one for one in bins if one.get("none")), written.get("none", {}))
    peak = written.get("peak")
    return Scale(
        id=written["id"],
        name=written["name_zh"],
        unit=written["unit"],
        allowed=_allowed(written.get("allowed")),
        bins=tuple(bin_of(one) for one in bins if not one.get("none")),
        words={word: points_of(points) for word, points in written.get("categories", {}).items()},
        none=bin_of({"from": None, "to": None, **none}),
        better=written["better"],
        peak=None if peak is None else Decimal(peak),
    )


def _group(written: Plain, indicators: Iterable[Plain]) -> Group:
    block = written["block"]
    own = tuple(_indicator(one, block) for one in indicators if one["group"] == written["id"])
    return Group(written["id"], block, written["name_zh"], points_of(written["max"]), own)


def _indicator(written: Plain, block: str) -> Indicator:
    other = written.get("alternative")
    return Indicator(
        scale=_scale(written),
        group=written["group"],
        block=block,
        source=written["source"],
        max_age_days=int(written["max_age_days"]),
        missing=points_of(written["missing"]["points"]),
        incomplete=written["missing"]["flag"] == "incomplete",
        not_applicable=written.get("not_applicable", ""),
        alternative=(_condition(other["when"]), _scale(other)) if other else None,
        reason=written["reason"],
        improve=written["improve"] or "",
        changeable=written["changeable"],
        ref=tuple(written["ref"]),
        bins_mark=written["marks"]["bins"],
        points_mark=written["marks"]["points"],
        note=written.get("note") or "",
        only_rises=written.get("only_rises", False),
    )


def _fact(written: Plain) -> Fact:
    return Fact(
        written["id"],
        written["name_zh"],
        written["source"],
        written["unit"],
        int(written["max_age_days"]),
        _allowed(written.get("allowed")),
        tuple(written.get("words", ())),
        tuple(written.get("absences", ABSENCES)),
    )


def _gate(written: Plain) -> Gate:
    return Gate(
        id=written["id"],
        rule=written["rule"],
        of=written["of"],
        conditions=tuple(_condition(one) for one in written["any"]),
        effects=effects_of(written["effects"]),
        reason=written["reason"],
        improve=written["improve"] or "",
        ref=written["ref"],
        mark=written["mark"],
    )


def _parts(written: Plain) -> dict[str, Fraction]:
    return {letter: Fraction(written[letter]) for letter in LETTERS}


def _by_technology(written: Plain) -> Iterable[tuple[str, str]]:
    return ((name, figure) for name, figure in written.items() if name not in DESCRIBING)


def _wan(written: Plain) -> dict[str, int]:
    return {letter: fen_from_wan(written[letter]) for letter in LETTERS}


def _line(written: Plain) -> LineTerms:
    tables = (
        "cap_with_compensation",
        "cap_without",
        "unsecured_share",
        "unsecured_share_when_full",
        "revenue_multiple",
    )
    marks = {name: written[name]["mark"] for name in (*tables, "lgd")}
    return LineTerms(
        full_share=Fraction(written["full_compensation_share"]),
        cap_with=_wan(written["cap_with_compensation"]),
        cap_without=_wan(written["cap_without"]),
        unsecured=_parts(written["unsecured_share"]),
        unsecured_full=_parts(written["unsecured_share_when_full"]),
        revenue_multiple=_parts(written["revenue_multiple"]),
        ceiling_fen=fen_from_wan(written["internal_valuation_ceiling"]),
        ceiling_ref=written["ceiling_ref"],
        loss_budget=Fraction(written["expected_loss_budget"]),
        lgd=Fraction(written["lgd"]["unsecured"]),
        lgd_least=Fraction(written["lgd"]["least"]),
        step_fen=fen_from_wan(written["round_to"]),
        marks=marks | {"ceiling": written["ceiling_mark"], "expected_loss": written["expected_loss_mark"]},
    )


def _value(written: Plain) -> ValueTerms:
    drawn, quality = written["simulation"], written["quality"]
    tables = ("royalty_rate", "tech_life_years", "discount_rate", "quality", "simulation")
    return ValueTerms(
        label=written["label"],
        royalty={name: Fraction(rate) for name, rate in _by_technology(written["royalty_rate"])},
        royalty_step=Fraction(written["royalty_step"]),
        discount_step=Fraction(written["discount_step"]),
        tax=Fraction(written["tax_rate"]),
        most_years=int(written["most_years"]),
        most_growth=Fraction(written["most_growth_percent"]) / 100,
        tech_life={name: int(years) for name, years in _by_technology(written["tech_life_years"])},
        discount=_parts(written["discount_rate"]),
        obsolescence=Fraction(written["obsolescence"]),
        quality_group=quality["group"],
        quality_base=Fraction(quality["base"]),
        quality_slope=Fraction(quality["slope"]),
        weights=tuple(Fraction(one) for one in written["same_product_weights"]),
        most_royalty_years=int(written["most_royalty_years"]),
        renewable=frozenset(written["renewable"]),
        kinds={one["id"]: _kind(one) for one in written["kinds"]},
        simulation=Simulation(
            int(drawn["draws"]), int(drawn["seed"]), Decimal(drawn["low"]), Decimal(drawn["high"])
        ),
        marks={name: written[name]["mark"] for name in tables},
    )


def _kind(written: Plain) -> Kind:
    return Kind(
        written["id"],
        written["name_zh"],
        Fraction(written["pledge_rate"]),
        Fraction(written["pledge_rate_ceiling"]),
        Fraction(written["disposal_recovery"]),
        written["mark"],
    )
