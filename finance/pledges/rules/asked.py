"""What a step asks of whoever takes it: the vocabulary of `asks` in the rule files, its faults, its words. Pure.

Answers are plain JSON values by name: days as ISO text, amounts as whole fen, rights as a list of numbers. An answer that
was not given has no entry. Which step asks what stands in the file; what an answer must be stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from finance.parties.rules import name_key
from kernel.errors import Problem
from kernel.money import capitals, yuan_text

from .book import RuleBook, Transition
from .bounds import beyond, day_beyond
from .settlement import CLAIM

Answers = Mapping[str, Any]
Contents = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One question of a step. `past`: the day may not lie after the step's; `zero`: the amount may be nought.

    `choices` are those of every book; `among` names the list of the book whose rules are the choices.
    """

    label: str
    kind: Literal["text", "day", "amount", "choice", "rights"] = "text"
    required: bool = False
    past: bool = False
    zero: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    among: Literal["", "grounds", "revocations", "endings"] = ""
    help: str = ""


_PAST_DAY: Any = {"kind": "day", "required": True, "past": True}
QUESTIONS: Mapping[str, Asked] = {
    "changed_on": Asked("变更发生日（变更协议签订日）", **_PAST_DAY),
    "new_pledgor_name": Asked("出质人新名称"),
    "new_pledgor_address": Asked("出质人新地址"),
    "new_pledgee_name": Asked("质权人新名称"),
    "new_pledgee_address": Asked("质权人新地址"),
    "new_debt_kind": Asked("被担保债权的新种类"),
    "new_amount": Asked("被担保债权的新数额（元）", "amount"),
    "new_ceiling": Asked("新的最高债权额（元）", "amount", help="只用于最高额质押"),
    "new_scope": Asked("新的担保范围"),
    "new_debt_ends_on": Asked("新的债务履行期限届满日", "day"),
    "guarantors_consent": Asked(
        "书面同意增加部分的其他担保人", help="没有书面同意的，对增加部分不承担责任（民法典第695条）"
    ),
    "new_until": Asked("延期后的登记期限末日", "day", required=True),
    "deal": Asked("事项", "choice", required=True, choices={"transfer": "转让", "licence": "许可他人使用"}),
    "counterparty": Asked("受让人或被许可人", required=True),
    "rights_concerned": Asked("所涉权利", "rights", required=True),
    "proceeds": Asked("所得价款（元）", "amount", required=True, zero=True, help="没有价款的填 0"),
    "proceeds_to": Asked(
        "价款去向", "choice", choices={"prepay": "提前清偿债务", "escrow": "提存"}, help="有价款的必填（民法典第444条第2款）"
    ),
    "escrowed_at": Asked("提存机构", help="价款提存的必填"),
    "proceeds_by": Asked("价款应到之日", "day", help="约定提前清偿或者提存的最迟日期，有价款的必填"),
    "default_event": Asked(
        "实现质权的原因", "choice", required=True,
        choices={"unpaid": "债务人到期不履行债务", "agreed": "发生约定的实现质权的情形"},
    ),
    "default_on": Asked("到期未履行或情形发生之日", **_PAST_DAY),
    "default_source": Asked(
        "依据（催收、违约通知或法院文书的编号）", required=True, help="材料可在案件页另附"
    ),
    "realised_by": Asked(
        "实现方式", "choice", required=True,
        choices={"value": "协议折价", "auction": "拍卖", "sale": "变卖"},
    ),
    "realised_on": Asked("实现之日", **_PAST_DAY),
    "realised": Asked(
        "实现所得（元）", "amount", required=True, help="超过债权的部分归出质人，不足的由债务人清偿（民法典第438条）"
    ),
    "claim_principal": Asked("实现时所担保的债权本金（元）", "amount", required=True, zero=True),
    "claim_interest": Asked(
        "所担保的利息、违约金和损害赔偿（元）", "amount", required=True, zero=True,
        help="没有的、合同约定不担保的填 0（民法典第389条）",
    ),
    "realisation_costs": Asked(
        "保管和实现质权的费用（元）", "amount", required=True, zero=True,
        help="没有的、合同约定不担保的填 0（民法典第389条）",
    ),
    "claim_source": Asked("债权数额和所得的依据（结清单、成交文件、裁定书等的编号）", required=True),
    "ended_because": Asked("注销事由", "choice", required=True, among="endings"),
    "revoked_because": Asked("撤销事由", "choice", required=True, among="revocations"),
    "refused_because": Asked("不予登记的事由", "choice", required=True, among="grounds"),
    "certified_on": Asked("登记证发出日", "day", help="登记后才发出登记证的，可先不填，发出后另记"),
    "registered_amount": Asked(
        "登记的担保数额（元）", "amount", help="登记证或通知书载明数额的填写；最高额质押填登记的最高债权额，必填"
    ),
}  # fmt: skip
"""Every question that a step of a rule file may ask."""

CHANGES = {
    "new_pledgor_name": ("parties", "pledgor", "name"), "new_pledgor_address": ("parties", "pledgor", "address"),
    "new_pledgee_name": ("parties", "pledgee", "name"), "new_pledgee_address": ("parties", "pledgee", "address"),
    "new_debt_kind": ("contract", "debt_kind"), "new_amount": ("contract", "amount_fen"),
    "new_ceiling": ("contract", "ceiling_fen"), "new_scope": ("contract", "scope"),
    "new_debt_ends_on": ("contract", "debt_ends_on"),
}  # fmt: skip
"""Where in the statement an answer takes effect once the registry has recorded the change or the extension."""


def choices_of(asked: Asked, book: RuleBook) -> dict[str, str]:
    """The choices of a question: its own, or the rules of the book's list; of grounds only those to refuse on."""
    if not asked.among:
        return dict(asked.choices)
    rules = getattr(book, asked.among)
    if asked.among == "grounds":
        rules = [one for one in rules if one.route != "warning"]
    return {one.id: f"{one.title}（{one.basis.article}）" for one in rules}


def faults_of(
    book: RuleBook,
    move: Transition,
    given: Answers,
    contents: Contents,
    *,
    on: dt.date,
    until: dt.date | None,
) -> Iterator[Problem]:
    """Everything wrong with the answers to a step taken on a day; `until` is the last day of the registered period."""
    for name in move.asks:
        yield from _fault(QUESTIONS[name], given.get(name), book, contents, on)
    asked = set(move.asks)
    if given.get("proceeds") and "proceeds_to" in asked:
        if not given.get("proceeds_to"):
            yield Problem("价款去向", "未选择", "有价款的，请选择提前清偿债务或者提存", "required")
        elif given["proceeds_to"] == "escrow" and not given.get("escrowed_at"):
            yield Problem("提存机构", "未填写", "价款提存的，请写明提存机构", "required")
        if "proceeds_by" in asked:
            yield from _by_when(given.get("proceeds_by"), on)
    if "claim_principal" in asked and all(given.get(name) == 0 for name in CLAIM):
        yield Problem(
            QUESTIONS["claim_principal"].label, "债权合计为零", "请填写实现时所担保的债权", "amount"
        )
    if "changed_on" in asked:
        yield from _nothing_new(move, given, contents)
    if "new_until" in asked and until and given.get("new_until", "9999") <= until.isoformat():
        found = f"{given['new_until']} 不晚于现期限末日 {until}"
        yield Problem(QUESTIONS["new_until"].label, found, "延期后的末日应晚于现期限", "day_order")
    begins, ends = contents["contract"].get("begins_on"), given.get("new_debt_ends_on")
    if begins and ends and ends < begins:
        yield Problem(
            QUESTIONS["new_debt_ends_on"].label, f"{ends} 早于起日 {begins}", "末日不早于起日", "day_order"
        )
    if "new_ceiling" in asked and given.get("new_ceiling") and not contents["contract"].get("ceiling_fen"):
        told = "现登记的不是最高额质押"
        yield Problem(
            QUESTIONS["new_ceiling"].label, told, "请改填债权数额；改设最高额质押须另行登记", "no_ceiling"
        )
    is_ceiling = move.effect == "creates" and bool(contents["contract"].get("ceiling_fen"))
    if is_ceiling and "registered_amount" in asked and not given.get("registered_amount"):
        told = "最高额质押以登记的最高债权额为准（担保解释第15条）"
        yield Problem(QUESTIONS["registered_amount"].label, "未填写", told, "required")


def _by_when(due: str | None, on: dt.date) -> Iterator[Problem]:
    label = QUESTIONS["proceeds_by"].label
    if not due:
        yield Problem(label, "未填写", "有价款的，请填写最迟何日提前清偿或者提存", "required")
    elif due < on.isoformat():
        yield Problem(label, f"{due} 早于办理日 {on}", "请填写办理日或以后的日期", "day_order")


def _fault(asked: Asked, answer: Any, book: RuleBook, contents: Contents, on: dt.date) -> Iterator[Problem]:
    if answer in (None, "", []):
        if asked.required:
            verb = "请选择" if asked.kind in ("choice", "rights") else "请填写"
            yield Problem(asked.label, "未选择" if verb == "请选择" else "未填写", verb, "required")
    elif asked.kind == "amount" and answer < (0 if asked.zero else 1):
        yield Problem(asked.label, yuan_text(answer, grouped=True), "应大于零", "amount")
    elif asked.kind == "day" and beyond(dt.date.fromisoformat(answer)):
        yield from day_beyond(asked.label, dt.date.fromisoformat(answer))
    elif asked.kind == "day" and asked.past and answer > on.isoformat():
        yield Problem(asked.label, f"{answer} 晚于办理日 {on}", "请填写已经发生的日期", "future")
    elif asked.kind == "choice" and answer not in choices_of(asked, book):
        yield Problem(asked.label, f"没有“{str(answer)[:40]}”", "请从列表中选择", "no_choice")
    elif asked.kind == "rights":
        known = {right["number"] for right in contents["rights"]}
        for number in answer:
            if number not in known:
                yield Problem(asked.label, f"案件中没有 {number[:40]}", "请从列表中选择", "no_right")


def _nothing_new(move: Transition, given: Answers, contents: Contents) -> Iterator[Problem]:
    """A change that changes nothing, as a whole or in one of its parts."""
    told = [name for name in CHANGES if name in move.asks and given.get(name)]
    if not told:
        wanted = "、".join(QUESTIONS[name].label for name in CHANGES if name in move.asks)
        yield Problem("变更内容", "一项也没有填写", f"请至少填写一项：{wanted}", "nothing_changed")
    for name in told:
        if _same(name, standing(contents, name), given[name]):
            yield Problem(QUESTIONS[name].label, "与现在的内容相同", "没有变更的不填", "same")


def _same(name: str, stands: Any, told: Any) -> bool:
    """Whether an answer says what stands; a name in other brackets is the same name."""
    if name.endswith("_name") and stands:
        return name_key(stands) == name_key(told)
    return bool(stands == told)


def standing(contents: Contents, name: str) -> Any:
    """What stands in a statement where an answer would take effect; None when it is not stated."""
    found: Any = contents
    for key in CHANGES[name]:
        found = found.get(key, {}) if isinstance(found, Mapping) else None
    return found or None


def changed(contents: Contents, given: Answers) -> Contents:
    """The statement once the answers have taken effect.

    >>> changed({"contract": {"amount_fen": 1}, "rights": []}, {"new_amount": 2, "changed_on": "2026-01-01"})
    {'contract': {'amount_fen': 2}, 'rights': []}
    """
    after = dict(contents)
    for name, path in CHANGES.items():
        if not given.get(name):
            continue
        *above, last = path
        inner = after
        for key in above:
            inner[key] = dict(inner.get(key, {}))
            inner = inner[key]
        inner[last] = given[name]
    return after


def secured_fen(contents: Contents) -> int | None:
    """The amount that a statement says is secured: the ceiling of a maximum-amount pledge, else what is registered of the
    claim, else the claim; None when none of them is stated.

    >>> secured_fen({"contract": {"amount_fen": 5, "ceiling_fen": 8}}), secured_fen({"contract": {}})
    (8, None)
    """
    contract = contents["contract"]
    amounts = (contract.get(name) for name in ("ceiling_fen", "secured_fen", "amount_fen"))
    return next((fen for fen in amounts if fen is not None), None)


def put(name: str, book: RuleBook, answer: Any) -> str:
    """One answer in words; "" where none was given."""
    return "" if answer in (None, "", []) else _shown(QUESTIONS[name], book, answer)


OF_THE_CLAIM = ("default_event", "default_on", "default_source", *CLAIM, "claim_source")
"""Answers that tell how the debt stands, which is the parties' own."""


def told_of(book: RuleBook, given: Answers, *, to_registry: bool = False) -> list[tuple[str, str]]:
    """Answers as a reader sees them: label and value, in the order of the questions. A registry is not told of the claim."""
    return [
        (one.label, _shown(one, book, given[name]))
        for name, one in QUESTIONS.items()
        if given.get(name) not in (None, "", []) and not (to_registry and name in OF_THE_CLAIM)
    ]


def _shown(asked: Asked, book: RuleBook, answer: Any) -> str:
    if asked.kind == "amount":
        return f"{yuan_text(answer, grouped=True)} 元（{capitals(answer)}）"
    if asked.kind == "rights":
        return "、".join(answer)
    if asked.kind == "choice":
        return choices_of(asked, book).get(answer, str(answer))
    return str(answer)
