"""What the shape of a scheme file cannot say: parties that exist, shares within one, rows that can be reached.

Each check takes the resolved document (plain values, as written) and yields Problems; it passes over whatever the shape
has already refused, so that a person sees all faults at once. Refused when a scheme is saved, never when a claim is
paid (loss-sharing model, 9.3).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from kernel.conditions import COMPARISONS
from kernel.errors import Level, Problem
from kernel.expressions import DEEPEST, MOST_LEAVES, exact_decimal, exact_text, is_metric, leaves_of, too_long
from riskpool.schemes.terms import PRINCIPALS

Document = Mapping[str, object]
Found = Iterator[Problem]
_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NOT_IN_A_YEAR = ("loan", "borrower")


def meaning_problems(document: Document) -> list[Problem]:
    """All faults of meaning of a resolved scheme, in the order of the file's keys."""
    checks = (
        _dates,
        _parties,
        _loss_base,
        _stop_loss,
        _steps,
        _reachable_steps,
        _conditions,
        _expressions,
        _bank_year,
        _recovery,
        _examples,
        _citations,
    )
    return [problem for check in checks for problem in check(document)]


def full_date(written: object) -> date | None:
    """The day, if the text is a full and real date.

    >>> full_date("2025-05-21"), full_date("2017-06"), full_date("2023-11-03 (Baiyin)"), full_date("2025-02-30")
    (datetime.date(2025, 5, 21), None, None, None)
    """
    if not isinstance(written, str) or not _FULL_DATE.fullmatch(written):
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    if isinstance(value, list):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, Mapping))


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _share(value: object) -> Fraction:
    exact = exact_decimal(value) if isinstance(value, str) else None
    return exact if exact is not None and exact > 0 else Fraction(0)


def _codes(document: Document) -> list[str]:
    return [str(party["code"]) for _, party in _maps(document.get("parties")) if "code" in party]


def _steps_of(document: Document, kind: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, step in _maps(document.get("steps")):
        if step.get("type") == kind:
            yield f"steps[{index}]", step


def _unknown(where: str, code: object, document: Document) -> Found:
    """Without any party (the list is spoiled, or its scheme was not found) that one fault is told, not a hundred."""
    codes = _codes(document)
    if codes and isinstance(code, str) and code not in codes:
        yield Problem(where, f"没有“{code}”这个参与方", f"只能是：{'、'.join(codes)}", "unknown_party")


def _repeated(where: str, key: str, entries: Iterable[tuple[int, Mapping[str, object]]]) -> Found:
    seen: set[str] = set()
    for index, entry in entries:
        value = entry.get(key)
        if isinstance(value, str) and value in seen:
            yield Problem(f"{where}[{index}].{key}", f"“{value}”重复", "每项用不同的编号", "duplicate")
        seen.add(str(value))


def _twice(where: str, names: list[str]) -> Found:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Problem(f"{where}[{index}]", f"“{name}”重复", "每项只写一次", "duplicate")
        seen.add(name)


def _dates(document: Document) -> Found:
    for key in ("valid_from", "valid_to", "doc_date"):
        written = document.get(key)
        if isinstance(written, str) and _FULL_DATE.fullmatch(written) and full_date(written) is None:
            yield Problem(key, f"“{written}”不是真实的日期", "请写成 'YYYY-MM-DD'", "date")
    start = full_date(document.get("valid_from")) or full_date(document.get("doc_date"))
    end = full_date(document.get("valid_to"))
    if start and end and end < start:
        yield Problem("valid_to", f"{end} 早于开始日 {start}", "最后一天不早于第一天", "date_order")
    if "supersedes" in document and document["supersedes"] in (document.get("id"), document.get("doc_no")):
        yield Problem("supersedes", "取代了自己", "写明被取代的方案编号或文号", "supersedes")


def _parties(document: Document) -> Found:
    yield from _repeated("parties", "code", _maps(document.get("parties")))
    yield from _unknown("lender", document.get("lender"), document)


def _loss_base(document: Document) -> Found:
    base = _map(document.get("loss_base"))
    include = _texts(base.get("include"))
    yield from _twice("loss_base.include", include)
    if all(name in include for name in PRINCIPALS):
        found = "同时计入 principal 和 principal_net"
        yield Problem("loss_base.include", found, "只计入其中一种本金", "two_principals")
    yield from _repeated("loss_base.eligible_caps", "id", _maps(base.get("eligible_caps")))


def _stop_loss(document: Document) -> Found:
    lines = list(_maps(document.get("stop_loss")))
    yield from _repeated("stop_loss", "id", lines)
    for index, line in lines:
        where = f"stop_loss[{index}].affects"
        affected = _texts(line.get("affects"))
        yield from _twice(where, affected)
        for place, code in enumerate(affected):
            yield from _unknown(f"{where}[{place}]", code, document)
        if line.get("action") == "suspend_claims" and not affected:
            found = "暂停赔付，但没有受影响的参与方"
            yield Problem(where, found, "写明暂停支付的参与方", "nobody_affected", "warning")


def _steps(document: Document) -> Found:
    yield from _repeated(
        "steps", "id", [(i, step) for i, step in _maps(document.get("steps")) if "id" in step]
    )
    for where, step in _steps_of(document, "transfer"):
        yield from _transfer(where, step, document)
    for where, step in _steps_of(document, "cap"):
        capped = _texts(step.get("parties"))
        yield from _twice(f"{where}.parties", capped)
        for place, code in enumerate(capped):
            yield from _unknown(f"{where}.parties[{place}]", code, document)
        yield from _unknown(f"{where}.overflow_to", step.get("overflow_to"), document)
        if step.get("overflow_to") in capped:
            found = f"“{step['overflow_to']}”本身受此上限限制"
            yield Problem(f"{where}.overflow_to", found, "超出部分须归未受限的参与方", "overflow")
    for where, step in _steps_of(document, "adjust"):
        yield from _unknown(f"{where}.party", step.get("party"), document)
        yield from _unknown(f"{where}.to", step.get("to"), document)
        if step.get("party") is not None and step.get("party") == step.get("to"):
            yield Problem(f"{where}.to", "与 party 相同", "写明另一个参与方", "same_party")
        amount = step.get("amount")
        if isinstance(amount, str) and (exact_decimal(amount) or 0) < 0:
            yield Problem(f"{where}.amount", f"“{amount}”小于零", "调整金额不能为负", "negative_adjustment")


def _transfer(where: str, step: Mapping[str, object], document: Document) -> Found:
    yield from _unknown(f"{where}.from", step.get("from"), document)
    basis = step.get("of")
    if isinstance(basis, str) and basis.startswith("borne:"):
        yield from _unknown(f"{where}.of", basis.removeprefix("borne:"), document)
    if ("shares" in step) == ("share_table" in step):
        found = "shares 和 share_table 都写了" if "shares" in step else "shares 和 share_table 都没有写"
        yield Problem(where, found, "写其中一个", "shares")
    points = Fraction(0)
    for index, uplift in _maps(step.get("uplifts")):
        points += _share(uplift.get("add"))
        yield from _payer(f"{where}.uplifts[{index}].party", uplift.get("party"), step, document)
    if "shares" in step:
        yield from _row(f"{where}.shares", step["shares"], points, step, document)
    table = _map(step.get("share_table"))
    closed = None
    for index, row in _maps(table.get("rows")):
        place = f"{where}.share_table.rows[{index}]"
        yield from _row(f"{place}.shares", row.get("shares"), points, step, document)
        if table.get("pick") == "first" and closed is not None:
            found = f"第{closed + 1}行没有条件，这一行永远不会用到"
            yield Problem(place, found, "把没有条件的行放在最后", "unreachable_row")
        elif not row.get("when"):
            closed = index


def _payer(where: str, code: object, step: Mapping[str, object], document: Document) -> Found:
    yield from _unknown(where, code, document)
    if code is not None and code == step.get("from"):
        found = f"“{code}”是转出的一方，留下的就是它的份额"
        yield Problem(where, found, "去掉这一项", "from_has_share")


def _row(
    where: str, shares: object, points: Fraction, step: Mapping[str, object], document: Document
) -> Found:
    for code in _map(shares):
        yield from _payer(f"{where}.{code}", code, step, document)
    total = sum((_share(share) for share in _map(shares).values()), Fraction(0)) + points
    if total > 1:
        added = "（含全部加点）" if points else ""
        wanted = "各份额与全部加点之和不超过1"
        yield Problem(where, f"份额合计{added}{percent_of(total)}，大于100%", wanted, "shares_over_one")


def percent_of(share: Fraction) -> str:
    """A share in percent, exact.

    >>> percent_of(Fraction(541, 1000)), percent_of(Fraction(1, 3)), percent_of(Fraction(1))
    ('54.1%', '100/3%', '100%')
    """
    return f"{exact_text(share * 100)}%"


def _reachable_steps(document: Document) -> Found:
    """Steps that can never move anything, because nobody has given that party a part of the loss before."""
    bearing = {str(document.get("lender"))}
    for index, step in _maps(document.get("steps")):
        where, needed = f"steps[{index}]", set[str]()
        kind = step.get("type")
        if kind == "transfer":
            needed = {str(step.get("from"))}
            rows = [step, *(row for _, row in _maps(_map(step.get("share_table")).get("rows")))]
            bearing |= {code for row in rows for code in _map(row.get("shares"))}
            bearing |= {str(uplift.get("party")) for _, uplift in _maps(step.get("uplifts"))}
        elif kind == "cap":
            needed = set(_texts(step.get("parties")))
        elif kind == "adjust":
            needed = {str(step.get("party"))}
        if kind in ("transfer", "cap", "adjust") and not needed & bearing:
            found = f"到这一步{'、'.join(sorted(needed))}还不承担任何损失"
            yield Problem(where, found, "请检查步骤的顺序", "step_order", "warning")
        bearing |= {str(step.get(key)) for key in ("overflow_to", "to") if key in step}


def _conditions(document: Document) -> Found:
    for where, condition in _every_condition(document):
        op, value = condition.get("op"), condition.get("value")
        ordered = isinstance(op, str) and op in COMPARISONS and op not in ("==", "!=")
        if ordered and isinstance(value, str) and exact_decimal(value) is None:
            found = f"“{value}”不是小数，不能用 {op} 比较大小"
            yield Problem(f"{where}.value", found, "写成小数，或改用 == 或 !=", "value")


def _every_condition(document: Document) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, line in _maps(document.get("stop_loss")):
        yield f"stop_loss[{index}]", line
    for index, step in _maps(document.get("steps")):
        where = f"steps[{index}]"
        holders = [(where, step)]
        rows = _map(step.get("share_table")).get("rows")
        holders += [(f"{where}.share_table.rows[{i}]", row) for i, row in _maps(rows)]
        holders += [(f"{where}.uplifts[{i}]", uplift) for i, uplift in _maps(step.get("uplifts"))]
        for place, holder in holders:
            for i, condition in _maps(holder.get("when")):
                yield f"{place}.when[{i}]", condition


def every_expression(document: Document) -> Iterator[tuple[str, object]]:
    """Each expression of a document with its place, as written."""
    for index, cap in _maps(_map(document.get("loss_base")).get("eligible_caps")):
        yield f"loss_base.eligible_caps[{index}].limit", cap.get("limit")
    for index, step in _maps(document.get("steps")):
        for key in ("limit", "amount"):
            if key in step:
                yield f"steps[{index}].{key}", step[key]
        for key, expression in _map(step.get("slice")).items():
            if key in ("attach", "detach"):
                yield f"steps[{index}].slice.{key}", expression


def _expressions(document: Document) -> Found:
    limits = 0
    for where, expression in every_expression(document):
        yield from _divided_by_zero(where, expression, 0)
        leaves = leaves_of(expression)
        if leaves > MOST_LEAVES:
            yield too_long(where, leaves)
        elif where.startswith("loss_base"):  # eligible limits multiply each other
            limits += leaves + 1
    if limits > MOST_LEAVES:
        yield too_long("loss_base.eligible_caps", limits)


def _divided_by_zero(where: str, expression: object, depth: int) -> Found:
    if depth == DEEPEST:
        yield Problem(where, f"嵌套超过{DEEPEST}层", "请拆开书写", "expression")
        return
    for name, parts in _map(expression).items():
        if not isinstance(parts, list):
            continue
        for index, part in enumerate(parts):
            if name == "div" and index and isinstance(part, str) and exact_decimal(part) == 0:
                yield Problem(f"{where}.div[{index}]", "除以零", "请写不为零的除数", "division_by_zero")
            yield from _divided_by_zero(f"{where}.{name}[{index}]", part, depth + 1)


def _bank_year(document: Document) -> Found:
    """A year has no single loan or borrower: their metrics may stand in the base only (5.7)."""
    if document.get("level") != "bank_year":
        return
    named = [(f"{where}.metric", condition.get("metric")) for where, condition in _every_condition(document)]
    for where, expression in every_expression(document):
        if not where.startswith("loss_base"):
            named += [(where, name) for name in _names(expression)]
    for where, name in named:
        if str(name).partition(".")[0] in _NOT_IN_A_YEAR:
            found = f"按银行和年度计算，却用到单笔的指标 {name}"
            yield Problem(where, found, "改用 bank、scheme 或 pool 的年末指标", "bank_year_metric")


def _names(expression: object) -> Iterator[str]:
    if isinstance(expression, str) and is_metric(expression):
        yield expression
    for parts in _map(expression).values():
        if isinstance(parts, list):
            for part in parts:
                yield from _names(part)


def _recovery(document: Document) -> Found:
    terms = _map(document.get("recovery"))
    order = terms.get("order")
    if terms.get("distribution") != "priority":
        if order is not None:
            found = "写了顺位，但分配方式不是 priority"
            yield Problem("recovery.order", found, "去掉顺位，或写 distribution: priority", "order_unused")
        return
    if not isinstance(order, list):
        yield Problem("recovery.order", "没有写", "按顺位分配时写明各顺位的参与方", "order_missing")
        return
    seen: list[str] = []
    for index, group in enumerate(order):
        for place, code in enumerate(_texts(group)):
            where = f"recovery.order[{index}][{place}]"
            yield from _unknown(where, code, document)
            if code in seen:
                yield Problem(where, f"“{code}”重复", "每个参与方只在一个顺位", "order_twice")
            seen.append(code)
    left = [code for code in _codes(document) if code not in seen]
    if left:
        yield Problem(
            "recovery.order", f"缺少{'、'.join(left)}", "每个参与方都在一个顺位", "order_incomplete"
        )


def _examples(document: Document) -> Found:
    yield from _repeated("examples", "id", _maps(document.get("examples")))
    include = _texts(_map(document.get("loss_base")).get("include"))
    for index, example in _maps(document.get("examples")):
        where = f"examples[{index}]"
        measures = [name for name in PRINCIPALS if name in _map(example.get("loss"))]
        if len(measures) == len(PRINCIPALS):
            yield Problem(
                f"{where}.loss", "同时有 principal 和 principal_net", "只写其中一种本金", "two_principals"
            )
        counted = [name for name in PRINCIPALS if name in include]
        if len(measures) == 1 and counted and measures != counted:
            found = f"写的是 {measures[0]}，方案计入的是 {counted[0]}"
            yield Problem(f"{where}.loss", found, f"改写 {counted[0]}", "other_principal")
        expect = _map(example.get("expect"))
        recovery = _map(expect.get("recovery"))
        for key, parties in (
            ("borne", expect.get("borne")),
            ("final_net", expect.get("final_net")),
            ("recovery.returned", recovery.get("returned")),
        ):
            for code in _map(parties):
                yield from _unknown(f"{where}.expect.{key}.{code}", code, document)


def _citations(document: Document) -> Found:
    level: Level = "warning"
    if not document.get("sources"):
        yield Problem("sources", "没有写明出处", "写明文件的出处和查证程度", "no_source", level)
    if not document.get("examples"):
        yield Problem("examples", "没有算例", "写明至少一个算例", "no_example", level)
