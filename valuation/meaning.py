"""What the shape of a scorecard cannot say: bins that meet, points that add up, facts that exist, directions that hold.

Each check takes the document as plain values and yields Problems. A document the shape refuses is looked at as far as it
goes: a check passes over what it cannot read, so that a person sees all faults at once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from kernel.errors import Problem
from valuation.shape import DESCRIBING, FIGURE, POINTS
from valuation.terms import BLOCKS, HIGHER

Document = Mapping[str, Any]
Found = Iterator[Problem]
RESULTS = ("result.missing_k", "result.missing_b")
_FIGURE, _POINTS = re.compile(FIGURE, re.ASCII), re.compile(POINTS, re.ASCII)
_ORDERED = ("<", "<=", ">", ">=")


def meaning_problems(document: Document) -> list[Problem]:
    """All faults of meaning, in the order of the checks."""
    checks = (_effective, _stages, _groups, _indicators, _facts, _gates, _calibration, _grades, _line, _value)
    return [problem for check in checks for problem in check(document)]


# --- helpers -------------------------------------------------------------------------------------------------------


def _map(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[tuple[int, Document]]:
    return [(place, item) for place, item in enumerate(_list(value)) if isinstance(item, Mapping)]


def _figure(value: object, pattern: re.Pattern[str] = _FIGURE) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) and pattern.fullmatch(value) else None


def _points(value: object) -> Decimal | None:
    return _figure(value, _POINTS)


def _ids(value: object) -> list[str]:
    return [one["id"] for _, one in _maps(value) if isinstance(one.get("id"), str)]


def _repeated(where: str, ids: Iterable[str]) -> Found:
    for name, times in Counter(ids).items():
        if times > 1:
            yield Problem(where, f"“{name}”写了{times}次", "每项用不同的编号", "duplicate")


def _known(where: str, name: object, known: Iterable[str], kind: str) -> Found:
    names = list(known)
    if isinstance(name, str) and name not in names:
        yield Problem(where, f"没有“{name[:60]}”这个{kind}", f"只能是：{'、'.join(names)}", "unknown")


def _contiguous(where: str, bins: list[tuple[int, Document]]) -> Found:
    """Bins in rising order, each beginning where the one before ends."""
    for place, one in bins:
        low, high = _figure(one.get("from")), _figure(one.get("to"))
        if low is not None and high is not None and high <= low:
            yield Problem(f"{where}[{place}]", f"{low} 至 {high} 是空的", "to 大于 from", "empty_bin")
    for (_, before), (place, after) in pairwise(bins):
        end, start = before.get("to"), after.get("from")
        if end is None or start is None or _figure(end) != _figure(start):
            found = f"上一档到 {end or '不限'}，本档从 {start or '不限'}"
            yield Problem(f"{where}[{place}].from", found, "各档首尾相接，不留空也不重叠", "gap")


# --- head ----------------------------------------------------------------------------------------------------------


def _effective(document: Document) -> Found:
    days: dict[str, date] = {}
    for key, written in _map(document.get("effective")).items():
        if isinstance(written, str):
            try:
                days[key] = date.fromisoformat(written)
            except ValueError:
                yield Problem(f"effective.{key}", f"{written[:20]} 不是真实的日期", "写成 YYYY-MM-DD", "date")
    if "from" in days and "to" in days and days["to"] < days["from"]:
        yield Problem("effective.to", f"{days['to']} 早于起始日", "末日不早于起始日", "date_order")


def _stages(document: Document) -> Found:
    stages = _map(document.get("stages"))
    rows = _maps(stages.get("weights"))
    yield from _repeated("stages.weights", _ids(stages.get("weights")))
    yield from _known("stages.by", stages.get("by"), _ids(document.get("indicators")), "指标")
    yield from _contiguous("stages.weights", rows)
    if rows and (rows[0][1].get("from"), rows[-1][1].get("to")) != (None, None):
        yield Problem("stages.weights", "首末两阶段没有覆盖全部年限", "首阶段 from、末阶段 to 写 null", "gap")
    for place, row in rows:
        weights = [_points(row.get(block)) for block in BLOCKS]
        if None not in weights and sum(one for one in weights if one is not None) != 1:
            found = f"K 与 B 相加为 {sum(one for one in weights if one is not None)}"
            yield Problem(f"stages.weights[{place}]", found, "两块权重相加为 1，至多两位小数", "sum")
    needs = _list(_map(document.get("thin")).get("needs"))
    for place, name in enumerate(needs):
        yield from _known(f"thin.needs[{place}]", name, _ids(document.get("indicators")), "指标")
    if stages.get("by") not in needs:
        yield Problem(
            "thin.needs", f"没有列入 {stages.get('by')}", "确定阶段的指标缺了就不能出分，须列入", "stage"
        )


# --- indicators ----------------------------------------------------------------------------------------------------


def _groups(document: Document) -> Found:
    groups = _maps(document.get("groups"))
    yield from _repeated("groups", _ids(document.get("groups")))
    for block in BLOCKS:
        sizes = [_points(group.get("max")) for _, group in groups if group.get("block") == block]
        total = sum(size for size in sizes if size is not None)
        if None not in sizes and total != 100:
            yield Problem("groups", f"{block} 块各组相加为 {total}", "每块合计 100 分", "sum")
    for place, group in groups:
        own = [one for _, one in _maps(document.get("indicators")) if one.get("group") == group.get("id")]
        most = [_most(one) for one in own]
        size = _points(group.get("max"))
        total = sum(one for one in most if one is not None)
        if size is not None and None not in most and total != size:
            found = f"组内各指标满分相加为 {total}，组写的是 {size}"
            yield Problem(f"groups[{place}].max", found, "两者相等", "sum")


def _most(indicator: Document) -> Decimal | None:
    nones = [one.get("points") for _, one in _maps(indicator.get("bins")) if one.get("none")]
    nothing = _points(next(iter(nones), _map(indicator.get("none")).get("points")))
    points = [one for _, one in _answers(indicator)]
    return max(points if nothing is None else [*points, nothing], default=None)


def _answers(scale: Document) -> list[tuple[object, Decimal]]:
    """Every readable bin and word with its points, but not `none`."""
    bins = [(one, _points(one.get("points"))) for _, one in _maps(scale.get("bins")) if not one.get("none")]
    words = [(word, _points(points)) for word, points in _map(scale.get("categories")).items()]
    return [(answer, points) for answer, points in [*bins, *words] if points is not None]


def _indicators(document: Document) -> Found:
    rows = _maps(document.get("indicators"))
    others = [_map(one.get("alternative")) for _, one in rows if one.get("alternative")]
    yield from _repeated("indicators", [*_ids(document.get("indicators")), *_ids(others)])
    for place, one in rows:
        where = f"indicators[{place}]"
        yield from _known(f"{where}.group", one.get("group"), _ids(document.get("groups")), "组")
        for number, tag in enumerate(_list(one.get("ref"))):
            yield from _known(f"{where}.ref[{number}]", tag, _map(document.get("references")), "依据")
        yield from _scale(where, one)
        missing, most = _points(_map(one.get("missing")).get("points")), _most(one)
        if missing is not None and most is not None and missing >= most > 0:
            found = f"未查询可得 {missing} 分，不低于满分 {most}"
            yield Problem(f"{where}.missing.points", found, "未查询的分值低于满分", "missing")
        if one.get("changeable") is True and not one.get("improve"):
            yield Problem(f"{where}.improve", "没有写", "企业能改变的指标须写明怎么做", "required")
        other = _map(one.get("alternative"))
        if other:
            yield from _scale(f"{where}.alternative", other)
            yield from _condition(f"{where}.alternative.when", _map(other.get("when")), "firm", document)
            for answer, points in _answers(other):
                if most is not None and points > most:
                    found = f"{_shown(answer)} 得 {points} 分，超过满分 {most}"
                    yield Problem(
                        f"{where}.alternative.bins", found, "替代口径的分值不超过本指标的满分", "sum"
                    )
    excluded = set(_ids(document.get("excluded_attributes")))
    for name in excluded & set(_ids(document.get("indicators"))):
        yield Problem("excluded_attributes", f"“{name}”又是指标", "不计分的属性不能作指标", "excluded")


def _scale(where: str, scale: Document) -> Found:
    forms = [form for form in ("bins", "categories") if form in scale]
    if len(forms) != 1:
        yield Problem(where, "bins 与 categories 须写其一", "数字写 bins，类别写 categories", "form")
        return
    if "bins" in scale:
        yield from _bins(where, scale)
    elif "none" not in scale:
        yield Problem(f"{where}.none", "没有写", "写明查无时的分值", "required")


def _bins(where: str, scale: Document) -> Found:
    rows = [(place, one) for place, one in _maps(scale.get("bins")) if not one.get("none")]
    nones = [one for _, one in _maps(scale.get("bins")) if one.get("none")]
    if len(nones) != 1:
        yield Problem(f"{where}.bins", f"none 一档写了{len(nones)}次", "写一次，说明查无时的分值", "none")
    for place, one in rows:
        for end in ("from", "to"):
            if end not in one:
                yield Problem(f"{where}.bins[{place}].{end}", "没有写", "写数字，或不限则写 null", "required")
    yield from _contiguous(f"{where}.bins", rows)
    allowed = _map(scale.get("allowed"))
    low, high = _figure(allowed.get("from")), _figure(allowed.get("to"))
    if low is None or high is None or high <= low:
        yield Problem(f"{where}.allowed", "没有写可填的范围", "写 {from, to}，to 大于 from", "required")
    elif rows:
        first, last = rows[0][1].get("from"), rows[-1][1].get("to")
        begins = _figure(first)
        # a count may leave out its zero: nothing there is what `none` is for
        if begins is not None and begins > low and not (allowed.get("whole") and low == 0 and begins == 1):
            yield Problem(
                f"{where}.bins", f"{low} 至 {begins} 之间没有一档", "首档从可填范围的起点开始", "gap"
            )
        if last is not None:
            yield Problem(f"{where}.bins", f"{last} 以上没有一档", "末档 to 写 null", "gap")
    yield from _direction(where, scale, rows)
    yield from _past_the_peak(where, scale, rows)


def _direction(where: str, scale: Document, rows: list[tuple[int, Document]]) -> Found:
    """Points rise (or fall) all the way; past a stated peak they may turn once."""
    rising, peak = scale.get("better") == HIGHER, _figure(scale.get("peak"))
    for (_, before), (place, after) in pairwise(rows):
        one, other = _points(before.get("points")), _points(after.get("points"))
        start = _figure(after.get("from"))
        if one is None or other is None or start is None:
            continue
        up = rising if peak is None or start < peak else not rising
        if other < one if up else other > one:
            found = f"从 {one} 变为 {other}，与 better、peak 所写的方向相反"
            yield Problem(f"{where}.bins[{place}].points", found, "按方向递增或递减", "direction")


def _past_the_peak(where: str, scale: Document, rows: list[tuple[int, Document]]) -> Found:
    """Where more brings less again the indicator's own reason would say the opposite: such a bin has a reason of its own."""
    peak = _figure(scale.get("peak"))
    for place, one in rows:
        start = _figure(one.get("from"))
        if peak is not None and start is not None and start >= peak and not one.get("reason"):
            found = f"峰值 {peak} 之后的一档没有写"
            yield Problem(f"{where}.bins[{place}].reason", found, "写这一档自己的失分理由", "required")


def _shown(answer: object) -> str:
    return str(answer) if isinstance(answer, str) else f"{_map(answer).get('from')} 起的一档"


# --- facts and gates -----------------------------------------------------------------------------------------------


def _facts(document: Document) -> Found:
    yield from _repeated("facts", _ids(document.get("facts")))
    for place, fact in _maps(document.get("facts")):
        if ("allowed" in fact) == ("words" in fact):
            yield Problem(
                f"facts[{place}]", "allowed 与 words 须写其一", "数字写 allowed，词写 words", "form"
            )


def _gates(document: Document) -> Found:
    yield from _repeated("gates", _ids(document.get("gates")))
    letters = {grade.get("letter") for _, grade in _maps(document.get("master_scale"))}
    for place, gate in _maps(document.get("gates")):
        where = f"gates[{place}]"
        for number, condition in _maps(gate.get("any")):
            yield from _condition(f"{where}.any[{number}]", condition, str(gate.get("of")), document)
        yield from _effects(where, gate, letters)
    yield from _effects("gates_unknown", _map(document.get("gates_unknown")), letters)


def _condition(where: str, condition: Document, of: str, document: Document) -> Found:
    facts = {
        str(one.get("id")): one
        for _, one in _maps(document.get("facts"))
        if str(one.get("id")).startswith(f"{of}.")
    }
    metric, op, value = (condition.get(key) for key in ("metric", "op", "value"))
    yield from _known(f"{where}.metric", metric, RESULTS if of == "result" else facts, "事实")
    words = _map(facts.get(str(metric))).get("words")
    if words is not None and (op in _ORDERED or value not in words):
        yield Problem(
            f"{where}.value", f"{op} {value}", f"用 == 或 != 与其一比较：{'、'.join(words)}", "value"
        )
    elif words is None and isinstance(value, str) and _figure(value) is None:
        yield Problem(f"{where}.value", f"“{value[:40]}”不是数字", "写数字", "value")


def _effects(where: str, gate: Document, letters: set[Any]) -> Found:
    for number, effect in _maps(gate.get("effects")):
        place = f"{where}.effects[{number}]"
        if effect.get("cap") is not None:
            yield from _known(f"{place}.cap", effect["cap"], sorted(map(str, letters)), "等级字母")
        if "share_over" in effect and ("cap" not in effect or gate.get("of") != "right"):
            yield Problem(f"{place}.share_over", "只与标的门槛的 cap 同写", "写 {cap, share_over}", "effect")
        if "value" in effect and gate.get("of") != "right":
            yield Problem(f"{place}.value", "只用于标的门槛", "企业门槛不写 value", "effect")


# --- after the points ----------------------------------------------------------------------------------------------


def _calibration(document: Document) -> Found:
    written = _map(document.get("calibration"))
    anchor, floor, cap = (_figure(written.get(key)) for key in ("anchor_pd", "pd_floor", "pd_cap"))
    if anchor is not None and floor is not None and cap is not None and not 0 < floor <= anchor <= cap < 1:
        found = f"下限 {floor}、中心 {anchor}、上限 {cap}"
        yield Problem("calibration", found, "0 < 下限 ≤ 中心 ≤ 上限 < 1", "order")
    pdo = _figure(written.get("pdo"))
    if pdo is not None and pdo <= 0:
        yield Problem("calibration.pdo", f"{pdo} 不是正数", "写每翻一番所需的分数", "pdo")


def _grades(document: Document) -> Found:
    rows = _maps(document.get("master_scale"))
    names = [str(row.get("grade")) for _, row in rows]
    yield from _repeated("master_scale", names)
    letters = [str(row.get("letter")) for _, row in rows]
    if letters != sorted(letters):
        yield Problem("master_scale", "字母不是从好到差", "从 A 到 E 排列", "order")
    for (_, before), (place, after) in pairwise(rows):
        one, other = _figure(before.get("pd_mid")), _figure(after.get("pd_mid"))
        if one is not None and other is not None and other <= one:
            yield Problem(f"master_scale[{place}].pd_mid", f"{other} 不高于上一等 {one}", "逐等升高", "order")


def _line(document: Document) -> Found:
    line = _map(document.get("credit_line"))
    for name in ("full_compensation_share", "round_to"):
        if _figure(line.get(name)) == 0:
            yield Problem(f"credit_line.{name}", "是 0", "写正数", "zero")
    for name in ("cap_with_compensation", "cap_without", "revenue_multiple"):
        table = _map(line.get(name))
        for better, worse in pairwise(("A", "B", "C", "D", "E")):
            one, other = _figure(table.get(better)), _figure(table.get(worse))
            if one is not None and other is not None and other > one:
                yield Problem(
                    f"credit_line.{name}.{worse}",
                    f"{other} 高于 {better} 的 {one}",
                    "等级越低不越高",
                    "order",
                )
    lgd = _map(line.get("lgd"))
    unsecured, least = _figure(lgd.get("unsecured")), _figure(lgd.get("least"))
    if unsecured is not None and least is not None and least > unsecured:
        yield Problem(
            "credit_line.lgd.least", f"{least} 高于 unsecured {unsecured}", "下限不高于无担保", "order"
        )


def _value(document: Document) -> Found:
    value = _map(document.get("indicative_value"))
    yield from _repeated("indicative_value.kinds", _ids(value.get("kinds")))
    for place, kind in _maps(value.get("kinds")):
        rate, ceiling = _figure(kind.get("pledge_rate")), _figure(kind.get("pledge_rate_ceiling"))
        if rate is not None and ceiling is not None and rate > ceiling:
            found = f"{rate} 高于上限 {ceiling}"
            yield Problem(
                f"indicative_value.kinds[{place}].pledge_rate", found, "不高于 pledge_rate_ceiling", "order"
            )
    for place, kind in enumerate(_list(value.get("renewable"))):
        yield from _known(f"indicative_value.renewable[{place}]", kind, _ids(value.get("kinds")), "种类")
    lives = [name for name in _map(value.get("tech_life_years")) if name not in DESCRIBING]
    for name in _map(value.get("royalty_rate")):
        if name not in DESCRIBING:
            yield from _known(f"indicative_value.royalty_rate.{name}", name, lives, "技术领域")
    group = _map(value.get("quality")).get("group")
    yield from _known("indicative_value.quality.group", group, _ids(document.get("groups")), "组")
    drawn = _map(value.get("simulation"))
    low, high = _figure(drawn.get("low")), _figure(drawn.get("high"))
    if low is not None and high is not None and low >= high:
        yield Problem(
            "indicative_value.simulation", f"low {low} 不低于 high {high}", "low 小于 high", "order"
        )
