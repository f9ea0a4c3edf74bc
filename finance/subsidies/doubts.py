"""What a sound file may yet mean otherwise than its author: a fact, a value or a kind of value close beside what the
platform knows. Pure but for the table of facts.

The set of facts is open, so none of this is a fault: a fact that nobody states keeps every application open, and a value
that no fact ever has keeps a condition from ever holding. Neither would be seen without a word about it.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from finance.subsidies.facts import day_of, number_of
from finance.subsidies.shape import WITH_FACT
from finance.subsidies.words import FactWords, facts_known
from kernel.errors import Problem
from kernel.money.percent import percent_text

Found = Iterator[Problem]
_NUMBERS = ("yuan", "rate", "share", "months", "days", "count", "year")
_COMPARING = ("eq", "lt", "lte", "gt", "gte", "between", "in", "subset")
_NAMING = ("fact", "count", "by")
_CLOSE = 0.8


def doubts(policy: Mapping[str, Any]) -> list[Problem]:
    """Every doubt of a policy's eligibility and lines, each once, with its place."""
    parts = [(f"policy.{key}", policy.get(key)) for key in ("eligibility", "benefits")]
    found = [problem for where, part in parts for problem in _within(where, part)]
    if policy.get("superseded_by") is not None and policy.get("superseded_by") == policy.get("id"):
        found.append(
            Problem(
                "policy.superseded_by", "是它自己", "写接替它的政策；没有的不写", "own_successor", "warning"
            )
        )
    return list(dict.fromkeys(found))


def _within(where: str, value: object) -> Found:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _within(f"{where}[{place}]", item)
    elif isinstance(value, Mapping):
        yield from _facts_of(where, value)
        yield from _more_than_whole(where, value)
        for key, item in value.items():
            yield from _within(f"{where}.{key}", item)


def _more_than_whole(where: str, item: Mapping[str, Any]) -> Found:
    """A factor of a line, or a rate, above one: allowed, and far more often percent written without its two places."""
    factor = item.get("factor")
    written: list[tuple[str, object]] = []
    if isinstance(factor, Mapping):
        written += [(f"factor.band[{place}]", one) for place, one in enumerate(factor.get("band") or ())]
        cases = enumerate(factor.get("case") or ())
        written += [(f"factor.case[{place}].value", one.get("value")) for place, one in cases]
    else:
        written.append(("factor", factor))
    written += [(key, item.get(key)) for key in ("rate", "rate_clamp", "const")]
    for key, value in written:
        number = (
            number_of(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
        )
        if number is not None and number > 1:
            yield Problem(
                f"{where}.{key}", f"{value} 大于1，即 {percent_text(number)}",
                "系数和利率以 1 为全部；若是百分数，50% 写成 '0.50'", "above_one", "warning",
            )  # fmt: skip


def _facts_of(where: str, item: Mapping[str, Any]) -> Found:
    for key in _NAMING:
        yield from _fact(f"{where}.{key}", item.get(key))
    op, fact = item.get("op"), item.get("fact")
    if op in WITH_FACT:
        yield from _fact(f"{where}.value", item.get("value"))
    elif op in _COMPARING and isinstance(fact, str) and fact in facts_known():
        written = item.get("value")
        for value in written if isinstance(written, list) else [written]:
            yield from _value(f"{where}.value", facts_known()[fact], value)


def _fact(where: str, path: object) -> Found:
    """A path that nobody knows and that is nearly one that everybody knows, of the same section."""
    known = facts_known()
    if not isinstance(path, str) or path in known:
        return
    section, _dot, name = path.rpartition(".")
    beside = [each.removeprefix(f"{section}.") for each in known if each.startswith(f"{section}.")]
    near = get_close_matches(name, beside, 1, _CLOSE)
    if near:
        meant = f"{section}.{near[0]}"
        wanted = f"是不是想写 {meant}（{known[meant].name}）？另起的名字也可以用，只是要由人逐笔填写"
        yield Problem(where, f"“{path}”不是平台认得的事实", wanted, "near_fact", "warning")


def _value(where: str, fact: FactWords, value: object) -> Found:
    """A value that the fact can never have, or that is nearly one of those it has."""
    if value is None:
        return
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    kind = _kind_missed(fact.unit, value)
    if kind:
        yield Problem(
            where, f"“{shown}”", f"{fact.name}是{kind}，这样写永远不会符合", "value_kind", "warning"
        )
    elif fact.values and shown not in fact.values and get_close_matches(shown, fact.values, 1, _CLOSE):
        listed = "、".join(f"{each}（{words}）" for each, words in fact.values.items())
        yield Problem(
            where, f"“{shown}”不是{fact.name}的取值", f"平台认得：{listed}", "near_value", "warning"
        )


def _kind_missed(unit: str, value: object) -> str:
    """What kind the fact's values are, if this is none of it; otherwise empty."""
    if unit in _NUMBERS:
        return "" if not isinstance(value, bool) and number_of(str(value)) is not None else "数字"
    if unit == "day":
        return "" if day_of(str(value)) is not None else "日期"
    if unit == "yes_no":
        return "" if isinstance(value, bool) else "是或否，写 true 或 false，不加引号"
    return ""
