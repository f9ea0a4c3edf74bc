"""The short form of a scorecard, as the reference writes it: gates and stages as sentences, much left unsaid. Pure.

`completed` makes the full document of it: what the short form writes holds, what it leaves out is taken from the card that
`_short_form.yaml` names, indicator by indicator and gate by gate. A place of the full document is told as the place of the
short one that it came from. Nothing is refused here: faults are collected, and what cannot be read is passed over.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from kernel.errors import Problem
from valuation.short_sentences import (
    EFFECT_WORDS,
    QUALITY_WORDS,
    STAGE_WORDS,
    Conditions,
    effects,
    quality,
    stage_ends,
)
from valuation.short_shape import NUMBER

Plain = Mapping[str, Any]
SIGNS = ("stage_weights", "score_range", "effective_from")
CAPS = {
    "letter_cap_with_compensation": "cap_with_compensation",
    "letter_cap_without": "cap_without",
    "revenue_multiple": "revenue_multiple",
}
RATES = {
    "pledge_rate": "pledge_rate",
    "pledge_rate_ceiling": "pledge_rate_ceiling",
    "disposal_recovery": "disposal_recovery",
}


def is_short(document: object) -> bool:
    """Whether a document is written in the short form.

    >>> is_short({"stage_weights": {}}), is_short({"stages": {}, "stage_weights": {}}), is_short([])
    (True, False, False)
    """
    return (
        isinstance(document, Mapping) and "stages" not in document and any(one in document for one in SIGNS)
    )


@dataclass
class Completed:
    """The full document, the faults of the short one, and from which place each renamed place came."""

    document: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def placed(self, problem: Problem) -> Problem:
        """A fault of the full document at the place of the short one."""
        fitting = [place for place in self.places if re.match(rf"{re.escape(place)}($|[.\[])", problem.where)]
        if not fitting:
            return problem
        place = max(fitting, key=len)
        return replace(
            problem, where=self.places[place] + _rest(problem.where[len(place) :], self.places[place])
        )


def _rest(rest: str, place: str) -> str:
    """Inside a sentence of the short form there are no places."""
    return "" if place.endswith((".rule", ".effect", ".when", ".quality_multiplier")) else rest


def completed(short: Plain, base: Plain, words: Plain) -> Completed:
    """The full document of a short one; `base` is the card it takes the rest from, `words` is `_short_form.yaml`."""
    made = Completed({key: copy.deepcopy(value) for key, value in base.items() if key != "cases"})
    completing = _Completing(short, base, words, made)
    completing.head()
    completing.stages()
    completing.gates()
    completing.indicators()
    completing.line()
    completing.value()
    return made


def _map(value: object) -> Plain:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[tuple[int, Plain]]:
    return (
        [(place, one) for place, one in enumerate(value) if isinstance(one, Mapping)]
        if isinstance(value, list)
        else []
    )


def _by_id(rows: object) -> dict[str, Plain]:
    return {str(one.get("id")): one for _, one in _maps(rows)}


class _Completing:
    def __init__(self, short: Plain, base: Plain, words: Plain, made: Completed) -> None:
        self.short, self.base, self.words, self.made = short, base, words, made
        self.full, self.mark = made.document, words["mark"]
        self.sentences = Conditions(words)

    def fault(self, where: str, found: str, wanted: str, code: str) -> None:
        self.made.problems.append(Problem(where, found, wanted, code))

    def head(self) -> None:
        base, short = self.base, self.short
        family, _, year = base["id"].partition("@")
        self.full |= {
            "id": short.get("id") or f"{family}-proposal@{year}",
            "title": short.get("title") or f"{base['title']}（提案）",
            "version": short.get("version"),
            "effective": {"from": short.get("effective_from") or base["effective"]["from"], "to": None},
            "calibration": {**_map(short.get("calibration")), "mark": self.mark},
            "groups": short.get("groups"),
            "master_scale": short.get("master_scale"),
            "master_scale_mark": self.mark,
            "excluded_attributes": [_excluded(one) for _, one in _maps(short.get("excluded_attributes"))],
        }
        self.made.places |= {"effective.from": "effective_from"}

    # --- stages and gates ---

    def stages(self) -> None:
        names = _by_id(self.base["stages"]["weights"])
        rows = []
        for place, (stage, written) in enumerate(_map(self.short.get("stage_weights")).items()):
            where, said = f"stage_weights.{stage}", _map(written)
            ends = self.stage_ends(f"{where}.rule", said.get("rule"))
            rows.append({"id": stage, "name_zh": names.get(stage, {}).get("name_zh", stage), **ends,
                         "K": said.get("K"), "B": said.get("B"), "mark": self.mark})  # fmt: skip
            self.made.places |= {
                f"stages.weights[{place}]": where,
                f"stages.weights[{place}].from": f"{where}.rule",
                f"stages.weights[{place}].to": f"{where}.rule",
            }
        self.full["stages"] = {**self.base["stages"], "weights": rows}
        self.made.places |= {"stages.weights": "stage_weights", "stages": "stage_weights"}

    def stage_ends(self, where: str, rule: object) -> dict[str, str | None]:
        ends = stage_ends(rule, self.base["stages"]["by"]) if isinstance(rule, str) else None
        if ends is None and isinstance(rule, str):
            self.fault(where, f"“{rule[:80]}”读不出年限", STAGE_WORDS, "rule")
        return ends or {"from": None, "to": None}

    def gates(self) -> None:
        known = _by_id(self.base["gates"])
        rows = []
        for place, gate in _maps(self.short.get("gates")):
            where, like = f"gates[{place}]", known.get(str(gate.get("id")), {})
            of, conditions = self.conditions(f"{where}.rule", gate.get("rule"))
            rows.append({
                "id": gate.get("id"), "rule": gate.get("rule"), "of": of, "any": conditions,
                "effects": self.effects(f"{where}.effect", gate.get("effect")), "reason": gate.get("reason"),
                "improve": gate.get("improve", like.get("improve")), "ref": gate.get("ref", like.get("ref", "简写")),
                "mark": like.get("mark", self.mark),
            })  # fmt: skip
            self.made.places |= {
                f"{where}.any": f"{where}.rule", f"{where}.of": f"{where}.rule", f"{where}.effects": f"{where}.effect",
            }  # fmt: skip
        self.full["gates"] = rows

    def conditions(self, where: str, rule: object) -> tuple[str, list[Any]]:
        """What a sentence asks, of whom; every part of it that nobody can read is a fault."""
        if not isinstance(rule, str):
            return "firm", []
        of, conditions, unread = self.sentences.read(rule)
        for part in unread:
            self.fault(where, f"“{part[:80]}”读不出条件", self.sentences.wanted, "rule")
        if len(of) > 1:
            self.fault(where, "一道门槛既看企业又看标的", "分成两道门槛", "rule")
        return min(of, default="firm"), conditions

    def effects(self, where: str, written: object) -> list[Any]:
        read, unread = effects(written) if isinstance(written, str) else ([], [])
        for part in unread:
            self.fault(where, f"“{part[:80]}”读不出后果", EFFECT_WORDS, "effect")
        return read

    # --- indicators ---

    def indicators(self) -> None:
        known = _by_id(self.base["indicators"])
        rows = []
        for place, one in _maps(self.short.get("indicators")):
            where, like = f"indicators[{place}]", known.get(str(one.get("id")))
            if like is None:
                for key in ("group", "better", *(("allowed",) if "bins" in one else ())):
                    if key not in one:
                        found = f"没有写，而 {self.base['id']} 没有“{str(one.get('id'))[:60]}”这个指标"
                        self.fault(
                            f"{where}.{key}",
                            found,
                            "新的指标须写 group、better，数字的另写 allowed",
                            "required",
                        )
            self.unit(f"{where}.unit", one.get("unit"))
            rows.append(self.indicator(where, one, like or {}))
        self.full["indicators"] = rows

    def indicator(self, where: str, one: Plain, like: Plain) -> dict[str, Any]:
        taken = {
            key: like[key]
            for key in ("group", "better", "changeable", "improve", "only_rises")
            if key in like
        }
        row = {"changeable": False, "improve": None, "better": "higher", **taken, **one}
        row["marks"] = {"bins": self.mark, "points": self.mark}
        self.scale(row, like)
        if isinstance(one.get("alternative"), Mapping):
            row["alternative"] = self.alternative(
                f"{where}.alternative", one["alternative"], _map(like.get("alternative"))
            )
        return row

    def scale(self, row: dict[str, Any], like: Plain) -> None:
        """The bin for nothing there, the range and the peak, as the known card has them."""
        if "categories" in row:
            row.setdefault("none", like.get("none") or {"points": _least(_map(row["categories"]).values())})
            return
        for key in ("allowed", "peak"):
            if key in like:
                row.setdefault(key, like[key])
        if not isinstance(row.get("bins"), list):
            return
        known = [one for _, one in _maps(like.get("bins"))]
        bins = [dict(one) if isinstance(one, Mapping) else one for one in row["bins"]]
        for one in (one for one in bins if isinstance(one, dict)):
            twin = next((each for each in known if _begins(each) == _begins(one)), {})
            if twin.get("reason"):
                one.setdefault("reason", twin["reason"])
        if not any(one.get("none") for _, one in _maps(bins)):
            nothing = next((one for one in known if one.get("none")), None)
            least = _least(one.get("points") for _, one in _maps(bins))
            bins.append(dict(nothing) if nothing else {"none": True, "points": least})
        row["bins"] = bins

    def alternative(self, where: str, written: Plain, like: Plain) -> dict[str, Any]:
        _, conditions = self.conditions(f"{where}.when", written.get("when"))
        if len(conditions) > 1:
            self.fault(f"{where}.when", "写了几个条件", "只写一个条件", "rule")
        row = {key: like[key] for key in ("id", "name_zh", "better") if key in like} | dict(written)
        row["when"] = conditions[0] if conditions else like.get("when")
        self.unit(f"{where}.unit", written.get("unit"))
        self.scale(row, like)
        self.made.places[f"{where}.when"] = f"{where}.when"
        return row

    def unit(self, where: str, unit: object) -> None:
        if (
            isinstance(unit, str)
            and re.split(r"[\s(（]", unit.strip(), maxsplit=1)[0] not in self.words["units"]
        ):
            wanted = f"以这些词之一开头，其后可以空一格加说明：{'、'.join(self.words['units'])}"
            self.fault(where, f"没有“{unit[:40]}”这个单位", wanted, "unit")

    # --- after the points ---

    def line(self) -> None:
        written, line = _map(self.short.get("credit_line")), self.full["credit_line"]
        for name, full in CAPS.items():
            line[full] = {**_map(written.get(name)), "mark": self.mark}
            self.made.places[f"credit_line.{full}"] = f"credit_line.{name}"
        line["internal_valuation_ceiling"] = written.get("internal_valuation_ceiling")
        line["expected_loss_budget"] = written.get("el_rate_budget")
        line["round_to"] = written.get("round_to")
        self.made.places["credit_line.expected_loss_budget"] = "credit_line.el_rate_budget"

    def value(self) -> None:
        written, value = _map(self.short.get("indicative_value")), self.full["indicative_value"]
        royalty = _map(written.get("royalty_rate"))
        value["royalty_rate"] = {name: rate for name, rate in royalty.items() if name != "table"} | {
            "mark": self.mark, "note": royalty.get("table"),
        }  # fmt: skip
        for name in ("tech_life_years", "discount_rate"):
            value[name] = {**_map(written.get(name)), "mark": self.mark}
        value["obsolescence"] = written.get("obsolescence")
        value["same_product_weights"] = written.get("same_product_weights")
        self.quality(written.get("quality_multiplier"), value)
        self.kinds(written, value)
        self.made.places["indicative_value.quality"] = "indicative_value.quality_multiplier"

    def quality(self, written: object, value: dict[str, Any]) -> None:
        where = "indicative_value.quality_multiplier"
        read = quality(written) if isinstance(written, str) else None
        if read is None:
            if isinstance(written, str):
                self.fault(where, f"“{written[:80]}”读不出", QUALITY_WORDS, "rule")
            return
        base, slope, group, most = read
        value["quality"] = {"base": base, "slope": slope, "group": group, "mark": self.mark}
        size = _map(_by_id(self.short.get("groups")).get(group)).get("max")
        if size is not None and size != most:
            self.fault(where, f"除以 {most}，而 {group} 组的满分是 {size}", QUALITY_WORDS, "rule")

    def kinds(self, written: Plain, value: dict[str, Any]) -> None:
        known = _by_id(self.base["indicative_value"]["kinds"])
        rows = []
        for place, kind in enumerate(_kinds(written)):
            row = {"id": kind, "name_zh": known.get(kind, {}).get("name_zh", kind), "mark": self.mark}
            for name, full in RATES.items():
                row[full] = _map(written.get(name)).get(kind)
                if row[full] is None:
                    self.fault(
                        f"indicative_value.{name}.{kind}",
                        "没有写",
                        "每个种类在三张表里各写一个数",
                        "required",
                    )
                self.made.places[f"indicative_value.kinds[{place}].{full}"] = (
                    f"indicative_value.{name}.{kind}"
                )
            rows.append(row)
        value["kinds"] = rows
        value["renewable"] = [one for one in value["renewable"] if one in {row["id"] for row in rows}]


def _kinds(written: Plain) -> list[str]:
    return list(dict.fromkeys(str(kind) for name in RATES for kind in _map(written.get(name))))


def _excluded(written: Plain) -> dict[str, Any]:
    """A comma inside braces parts a text in two: what came to stand as a key without a value belongs to `why`."""
    more = [str(key) for key, value in written.items() if value is None and key not in ("id", "why")]
    kept = {key: value for key, value in written.items() if str(key) not in more}
    return kept | ({"why": "，".join([str(kept.get("why", "")), *more])} if more else {})


def _begins(one: Plain) -> str:
    return "none" if one.get("none") else str(one.get("from"))


def _least(points: Iterable[object]) -> str | None:
    figures = [Decimal(one) for one in points if isinstance(one, str) and re.fullmatch(NUMBER, one)]
    return format(min(figures), "f") if figures else None
