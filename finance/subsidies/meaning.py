"""What the shape of a subsidy file cannot say: lines that exist, cases that are reached, values that suit their op.

Each check takes the document as plain values and yields Problems; it passes over what the shape has already refused, so
that a person sees all faults at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from finance.subsidies.conditions import comparable
from finance.subsidies.facts import SECTIONS, Case, day_of, number_of
from finance.subsidies.shape import FACT, ORDERED, ROUNDINGS
from finance.subsidies.terms import BAND, COUNT_ENDING
from kernel.errors import Problem, Refused
from kernel.expressions import exact_text

Document = Mapping[str, Any]
Found = Iterator[Problem]
_FORMS = ("fact", "expr", "all", "any", "not")
_OPERATIONS = ("min", "max", "add", "mul", "sub")
_RATE_FORMS = ("const", "contract", "ref", *_OPERATIONS)
_CODE = re.compile(r"[0-9]{2,12}", re.ASCII)
_FACT = re.compile(FACT, re.ASCII)
_A_LEAP_YEAR = "2000-"


def meaning_problems(document: Document) -> list[Problem]:
    """All faults and warnings of meaning, in the order of the file's keys."""
    policy = _map(document.get("policy"))
    checks = (_dates, _eligibility, _lines, _exclusive, _limits, _budget, _funding, _citations)
    found = [problem for check in checks for problem in check(policy)]
    return [*found, *_examples(document, policy)]


# --- helpers -------------------------------------------------------------------------------------------------------


def _map(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> Iterator[tuple[int, Document]]:
    if isinstance(value, list):
        yield from ((place, item) for place, item in enumerate(value) if isinstance(item, Mapping))


def _number(value: object) -> Fraction | None:
    return number_of(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _repeated(where: str, key: str, entries: Iterable[tuple[int, Document]]) -> Found:
    seen: set[str] = set()
    for place, entry in entries:
        value = entry.get(key)
        if isinstance(value, str):
            if value in seen:
                yield Problem(f"{where}[{place}].{key}", f"“{value}”重复", "每项用不同的编号", "duplicate")
            seen.add(value)


def _real_day(where: str, value: object) -> Found:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and not day_of(value):
        yield Problem(where, f"{value} 不是真实的日期", "写成 YYYY-MM-DD", "date")


def _line_ids(policy: Document) -> list[str]:
    return [line["id"] for _, line in _maps(policy.get("benefits")) if isinstance(line.get("id"), str)]


def _known_lines(where: str, ids: object, policy: Document) -> Found:
    known, seen = _line_ids(policy), set[str]()
    for place, line_id in enumerate(ids if isinstance(ids, list) else ()):
        if not isinstance(line_id, str):
            continue
        if line_id not in known:
            found = f"没有“{line_id}”这个项目"
            yield Problem(f"{where}[{place}]", found, f"只能是：{'、'.join(known)}", "unknown_line")
        if line_id in seen:
            yield Problem(f"{where}[{place}]", f"“{line_id}”重复", "每项只写一次", "duplicate")
        seen.add(line_id)


# --- dates ---------------------------------------------------------------------------------------------------------


def _dates(policy: Document) -> Found:
    effective = _map(policy.get("effective"))
    for key in ("from", "to"):
        yield from _real_day(f"policy.effective.{key}", effective.get(key))
    first, last = (
        day_of(each) if isinstance(each, str) else None
        for each in (effective.get("from"), effective.get("to"))
    )
    if first and last and last < first:
        yield Problem("policy.effective.to", f"{last} 早于起始日 {first}", "末日不早于起始日", "date_order")
    yield from _repeated("policy.windows", "id", _maps(policy.get("windows")))
    for place, window in _maps(policy.get("windows")):
        where = f"policy.windows[{place}]"
        settled = window.get("settled")
        ends = settled if isinstance(settled, list) else []
        for end, day in enumerate(ends):
            yield from _real_day(f"{where}.settled[{end}]", day)
        if len(ends) == 2 and all(isinstance(day, str) for day in ends) and ends[1] < ends[0]:
            yield Problem(f"{where}.settled", f"{ends[1]} 早于 {ends[0]}", "先写首日，再写末日", "date_order")
        for key in ("apply_by", "paper_by"):
            day = window.get(key)
            if isinstance(day, str):
                yield from _real_day(f"{where}.{key}", day if len(day) > 5 else _A_LEAP_YEAR + day)


# --- conditions and rates ------------------------------------------------------------------------------------------


def _eligibility(policy: Document) -> Found:
    yield from _conditions("policy.eligibility", policy.get("eligibility"))


def _conditions(where: str, conditions: object) -> Found:
    """A list in which each condition needs an id of its own and a reason."""
    yield from _repeated(where, "id", _maps(conditions))
    for place, condition in _maps(conditions):
        for key, wanted in (("id", "写明编号"), ("reason", "写明理由，给被拒绝的人看")):
            if not condition.get(key):
                yield Problem(f"{where}[{place}].{key}", "没有写", wanted, "required")
        yield from _condition(f"{where}[{place}]", condition)


def _condition(where: str, condition: Document) -> Found:
    forms = [form for form in _FORMS if form in condition]
    if len(forms) != 1:
        found = f"同时写了{'、'.join(forms)}" if forms else "没有写比较什么"
        yield Problem(where, found, "写 fact、expr、all、any、not 之一", "condition_form")
    if "fact" not in condition:
        for key in ("op", "value", "except"):
            if key in condition:
                yield Problem(
                    f"{where}.{key}", "没有 fact", "op、value、except 与 fact 同写", "condition_form"
                )
    else:
        yield from _fact_test(where, condition)
    expr = _map(condition.get("expr"))
    for side in ("left", "right"):
        if side in expr:
            yield from _rate(f"{where}.expr.{side}", expr[side])
    for form in ("all", "any"):
        for place, part in _maps(condition.get(form)):
            yield from _condition(f"{where}.{form}[{place}]", part)
    if isinstance(condition.get("not"), Mapping):
        yield from _condition(f"{where}.not", condition["not"])


def _fact_test(where: str, condition: Document) -> Found:
    op, value = condition.get("op"), condition.get("value")
    if not isinstance(op, str):
        yield Problem(f"{where}.op", "没有写", "写明比较的方式", "required")
        return
    if "except" in condition and op != "within":
        yield Problem(f"{where}.except", f"不能与 {op} 同写", "只与 within 同写", "except")
    wrong = _unsuited(op, value, "value" in condition, condition.get("fact"))
    if wrong:
        yield Problem(f"{where}.value", _shown(value, "value" in condition), f"{op} {wrong}", "value")
    items = value if isinstance(value, list) else [value]
    for place, item in enumerate(items):
        yield from _real_day(f"{where}.value[{place}]" if isinstance(value, list) else f"{where}.value", item)


def _shown(value: object, written: bool) -> str:
    if not written:
        return "没有写"
    if isinstance(value, bool):
        return f"是 {str(value).lower()}"
    return (
        "是空的"
        if value is None
        else f"是{len(value)}项的列表"
        if isinstance(value, list)
        else f"是“{str(value)[:80]}”"
    )


def _unsuited(op: str, value: object, written: bool, fact: object) -> str:
    """What the value of this op must be, if it is not that; otherwise empty."""
    scalar = isinstance(value, str | int) and value != ""
    match op:
        case "exists":
            return "不写 value" if written else ""
        case "within":
            good = isinstance(value, str) and bool(_CODE.fullmatch(value))
            return "" if good else "后面写加引号的地区代码，例如 '370800'"
        case "in" | "subset":
            good = (
                isinstance(value, list) and bool(value) and all(isinstance(each, str | int) for each in value)
            )
            return "" if good else "后面写值的列表，至少一项"
        case "between":
            return "" if _is_range(value) else "后面写 [从, 到]，含两端，先小后大；一端可为 null"
        case "eq":
            return "" if scalar else "后面写一个值"
    if op in ORDERED:
        return "" if scalar and not isinstance(value, bool) else "后面写一个数字、日期或文字"
    good = isinstance(value, str) and bool(_FACT.fullmatch(value)) and value != fact
    return "" if good else "后面写另一个事实名，例如 loan.settled_on"


def _is_range(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2 or all(end is None for end in value):
        return False
    if any(end is not None and (isinstance(end, bool) or not isinstance(end, str | int)) for end in value):
        return False
    low, high = (None if end is None else comparable(end) for end in value)
    if low is None or high is None:
        return True
    return type(low) is type(high) and not high < low  # type: ignore[operator]


def _rate(where: str, rate: object) -> Found:
    if not isinstance(rate, Mapping):
        return
    forms = [form for form in _RATE_FORMS if form in rate]
    if len(forms) != 1:
        found = f"同时写了{'、'.join(forms)}" if forms else "没有写利率"
        wanted = "写 const、contract、ref 和 at，或 min、max、add、mul、sub 之一"
        yield Problem(where, found, wanted, "rate_form")
    for name in _OPERATIONS:
        parts = rate.get(name)
        for place, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from _rate(f"{where}.{name}[{place}]", part)


# --- lines ---------------------------------------------------------------------------------------------------------


def _lines(policy: Document) -> Found:
    yield from _repeated("policy.benefits", "id", _maps(policy.get("benefits")))
    for place, line in _maps(policy.get("benefits")):
        where = f"policy.benefits[{place}]"
        yield from _conditions(f"{where}.requires", line.get("requires"))
        base = _map(line.get("base"))
        for key in ("rate", "rate_clamp"):
            if key in base:
                yield from _rate(f"{where}.base.{key}", base[key])
        if isinstance(base.get("max_principal_when"), Mapping):
            yield from _condition(f"{where}.base.max_principal_when", base["max_principal_when"])
        yield from _factor(f"{where}.factor", line)
        for number, bound in _maps(line.get("bounds")):
            if "rate" in bound:
                yield from _rate(f"{where}.bounds[{number}].rate", bound["rate"])
        for day in _map(_map(line.get("cap")).get("values")):
            yield from _real_day(f"{where}.cap.values.{day}", day)


def _factor(where: str, line: Document) -> Found:
    written = line.get("factor")
    factor = _map(written)
    value = _number(written)
    if value is not None and value < 0:
        yield Problem(where, f"{written} 小于零", "系数不能为负", "negative")
    if isinstance(written, Mapping) and ("case" in factor) == ("band" in factor):
        yield Problem(
            where, "case 和 band 须写其中一个", "写 {case: [..]} 或 {band: [低, 高]}", "factor_form"
        )
    if line.get("discretion") == BAND and "band" not in factor:
        found = "discretion 是 band，但没有写幅度"
        yield Problem(where, found, "discretion: band 与 factor: {band: [低, 高]} 同写", "band")
    band = factor.get("band")
    ends = [_number(end) for end in band] if isinstance(band, list) else []
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None and not 0 <= ends[0] <= ends[1]:
        yield Problem(
            f"{where}.band",
            f"低 {band[0]}、高 {band[1]}" if isinstance(band, list) else "",
            "先写低的，再写高的，都不为负",
            "band_order",
        )
    yield from _case(f"{where}.case", factor.get("case"))


def _case(where: str, written: object) -> Found:
    if not isinstance(written, list):
        return
    entries = list(_maps(written))
    seen: list[Any] = []
    for place, entry in entries:
        if ("when" in entry) == ("otherwise" in entry):
            yield Problem(
                f"{where}[{place}]",
                "when 和 otherwise 须写其中一个",
                "最后一项写 otherwise: true，其余写 when",
                "case_form",
            )
        if isinstance(entry.get("when"), Mapping):
            yield from _condition(f"{where}[{place}].when", entry["when"])
            if entry["when"] in seen:
                yield Problem(
                    f"{where}[{place}].when", "与前面一项相同，永远不会用到", "去掉重复的一项", "unreachable"
                )
            seen.append(entry["when"])
        value = _number(entry.get("value"))
        if value is not None and value < 0:
            yield Problem(f"{where}[{place}].value", f"{entry['value']} 小于零", "系数不能为负", "negative")
        if "otherwise" in entry and place != len(written) - 1:
            yield Problem(
                f"{where}[{place}]",
                "otherwise 不在最后，后面的项永远不会用到",
                "把 otherwise 放在最后",
                "unreachable",
            )
    if entries and "otherwise" not in entries[-1][1]:
        yield Problem(
            where, "没有 otherwise", "最后一项写 {otherwise: true, value: '0'} 之类", "no_otherwise"
        )


# --- what stands over the lines ------------------------------------------------------------------------------------


def _exclusive(policy: Document) -> Found:
    for place, each in _maps(policy.get("exclusive")):
        yield from _known_lines(f"policy.exclusive[{place}].one_of", each.get("one_of"), policy)


def _limits(policy: Document) -> Found:
    yield from _repeated("policy.limits", "id", _maps(policy.get("limits")))
    for place, limit in _maps(policy.get("limits")):
        where = f"policy.limits[{place}]"
        yield from _known_lines(f"{where}.over", limit.get("over"), policy)
        if str(limit.get("id")).endswith(COUNT_ENDING):
            found = f"“{limit['id']}”是笔数限制用的名称"
            yield Problem(f"{where}.id", found, "换一个编号", "count_name")
        if "max" in limit and limit["max"] is None:
            yield Problem(f"{where}.max", "不知道限额，不起作用", "查明后填写", "no_maximum", "warning")


def _budget(policy: Document) -> Found:
    budget = _map(policy.get("budget"))
    if budget.get("pool") is not None and "over" not in budget:
        yield Problem("policy.budget.over", "没有写", "写明不足时怎么分", "required")


def _funding(policy: Document) -> Found:
    parts = list(_maps(policy.get("funding")))
    yield from _repeated("policy.funding", "from", parts)
    shares = [_number(part.get("share")) for _, part in parts]
    for (place, part), share in zip(parts, shares, strict=True):
        if share is not None and not 0 <= share <= 1:
            yield Problem(
                f"policy.funding[{place}].share", f"{part['share']} 不在0到1之间", "写0到1的小数", "share"
            )
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares) and sum(known) != 1:
        found = f"各层级合计 {exact_text(sum(known, Fraction(0)))}"
        yield Problem("policy.funding", found, "各层级的份额合计为1", "funding_sum")


def _citations(policy: Document) -> Found:
    if policy and not policy.get("sources"):
        yield Problem("policy.sources", "没有写明出处", "写明文件的出处和查证程度", "no_source", "warning")


# --- the examples --------------------------------------------------------------------------------------------------


def _examples(document: Document, policy: Document) -> Found:
    if policy and not document.get("tests"):
        yield Problem("tests", "没有算例", "写明至少一个算例", "no_example", "warning")
    lines = _line_ids(policy)
    sections = {*SECTIONS, *(path.partition(".")[0] for path in _paths(policy))}
    keys = {
        *(limit["id"] for _, limit in _maps(policy.get("limits")) if isinstance(limit.get("id"), str)),
        *(
            f"{line['id']}{COUNT_ENDING}"
            for _, line in _maps(policy.get("benefits"))
            if "count" in line and "id" in line
        ),
    }
    for kind in ("tests", "batch_tests", "budget_tests"):
        for place, example in _maps(document.get(kind)):
            where = f"{kind}[{place}]"
            named = example.get("policy")
            if isinstance(named, str) and isinstance(policy.get("id"), str) and named != policy["id"]:
                yield Problem(
                    f"{where}.policy", f"“{named}”不是本文件的政策", f"写 {policy['id']}", "other_policy"
                )
            for key in ("used", "used_after"):
                for name, used in _map(example.get(key)).items():
                    if name.endswith(COUNT_ENDING) and not re.fullmatch("[0-9]+", str(used), re.ASCII):
                        wanted = "笔数写成整数，例如 '1'"
                        yield Problem(f"{where}.{key}.{name}", f"“{used}”", wanted, "count_whole")
                    if name not in keys:
                        wanted = f"只能是：{'、'.join(sorted(keys))}" if keys else "本政策没有限额"
                        yield Problem(
                            f"{where}.{key}.{name}", f"没有“{name}”这个限额", wanted, "unknown_limit"
                        )
            yield from _inputs(where, example, sections)
            yield from _expected(where, example, lines)
    for place, example in _maps(document.get("budget_tests")):
        yield from _budget_test(f"budget_tests[{place}]", example)


def _inputs(where: str, example: Document, sections: set[str]) -> Found:
    inputs = example.get("inputs")
    given = [(f"{where}.input", example.get("input"))]
    given += [(f"{where}.inputs[{place}]", each) for place, each in _maps(inputs)]
    for path, each in given:
        if not isinstance(each, Mapping):
            continue
        for name, section in each.items():
            if (section is None or isinstance(section, Mapping)) and name not in sections and name != "fees":
                if section is None and name in ("interest_paid", "approved_amount", "band_choice", "evaluated_on",
                                                "application_date", "day_count_override"):  # fmt: skip
                    continue
                wanted = f"各节事实：{'、'.join(sorted(sections))}"
                yield Problem(f"{path}.{name}", "不认识的键", wanted, "unknown_key")
        try:
            Case.from_plain(each, believe=True)
        except Refused as refusal:
            for problem in refusal.problems:
                yield Problem(f"{path}.{problem.where}", problem.found, problem.wanted, problem.code)


def _expected(where: str, example: Document, lines: list[str]) -> Found:
    expected = example.get("expect")
    several = expected if isinstance(expected, list) else [expected]
    inputs = example.get("inputs")
    if isinstance(inputs, list) and isinstance(expected, list) and len(inputs) != len(expected):
        found = f"{len(inputs)}笔输入，{len(expected)}笔结果"
        yield Problem(f"{where}.expect", found, "每笔输入写一个结果", "lengths")
    for place, each in enumerate(several):
        path = f"{where}.expect[{place}]" if isinstance(expected, list) else f"{where}.expect"
        for line_id in _map(_map(each).get("benefits")):
            if line_id not in lines:
                found = f"没有“{line_id}”这个项目"
                yield Problem(
                    f"{path}.benefits.{line_id}", found, f"只能是：{'、'.join(lines)}", "unknown_line"
                )


def _budget_test(where: str, example: Document) -> Found:
    approved = example.get("approved")
    if not any(rounding in example for rounding in ROUNDINGS):
        yield Problem(where, "没有结果", f"写明{'、'.join(ROUNDINGS)}", "required")
    for rounding in ROUNDINGS:
        paid = _map(example.get(rounding)).get("paid")
        if isinstance(paid, list) and isinstance(approved, list) and len(paid) != len(approved):
            found = f"{len(approved)}笔核定，{len(paid)}笔实付"
            yield Problem(f"{where}.{rounding}.paid", found, "每笔核定写一笔实付", "lengths")


def _paths(value: object) -> Iterator[str]:
    """Every text of the policy that has the form of a fact's path."""
    if isinstance(value, str) and _FACT.fullmatch(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _paths(item)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item)
