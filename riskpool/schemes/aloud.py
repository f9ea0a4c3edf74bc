"""A scheme read aloud: what it covers, who bears what in which order, up to which limit, what comes back. In Chinese.

For people who decide without reading YAML; every line keeps its place in the file. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.conditions import Condition
from kernel.expressions import Expression, Number, Operation, describe, exact_decimal, exact_text, metrics_in
from riskpool.schemes.base import IN_CHINESE as COMPONENT_IN_CHINESE
from riskpool.schemes.meaning import percent_of
from riskpool.schemes.terms import (
    Adjust,
    Cap,
    EligibleCap,
    RecoveryTerms,
    Row,
    Scheme,
    Step,
    StopLoss,
    Transfer,
)
from riskpool.schemes.words import ACTION_IN_CHINESE, YES_NO, fact_in_chinese, in_chinese

ROUNDING = {
    "largest_remainder": "最大余数法：先舍到分，余下的分按余数从大到小补",
    "floor": "各方舍到分，余额归转出方",
}
LEVEL = {"claim": "逐笔计算", "bank_year": "按银行和年度合并计算"}
COSTS = {"first": "先扣除追偿费用", "none": "不扣除追偿费用"}
DISTRIBUTION = {"pro_rata_borne": "按各方实际承担的比例返还", "priority": "按次序逐组返还"}
MISSING = {"exclude": "缺少时不覆盖", "full": "缺少时全部覆盖"}
_RATES = ("_rate", "_rate_all", "_ratio", "_share", "_share_in_contract")


@dataclass(frozen=True)
class Line:
    """One sentence, its place in the file, and the clause that it rests on as the file words it."""

    text: str
    place: str
    basis: str = ""


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    title: str
    lines: tuple[Line, ...]


def read_aloud(scheme: Scheme) -> list[Section]:
    """The whole of a scheme in sentences, in the order in which it is calculated."""
    sections = (
        ("涵盖什么损失", _base(scheme)),
        ("止损线", [Line(stop_loss_words(line, scheme), f"stop_loss[{i}]") for i, line in enumerate(scheme.stop_loss)]),
        ("依次由谁承担", [*_begin(scheme), *_steps(scheme)]),
        ("支付与追偿", [*_payment(scheme), *_recovery(scheme)]),
    )  # fmt: skip
    return [Section(title, tuple(lines)) for title, lines in sections if lines]


def party_words(scheme: Scheme, code: str) -> str:
    """A party as people know it, with its code: 政府资金（fund）."""
    role = next((party.role for party in scheme.parties if party.code == code), "")
    name = in_chinese(role)
    return f"{name}（{code}）" if name and name != code else code


def parties_words(scheme: Scheme, codes: Iterable[str]) -> str:
    return "、".join(party_words(scheme, code) for code in codes)


def party_names(scheme: Scheme) -> dict[str, str]:
    """Every party's words by its code."""
    return {code: party_words(scheme, code) for code in scheme.codes}


def component_words(names: Iterable[str]) -> str:
    return "、".join(COMPONENT_IN_CHINESE[name] for name in names)


def expression_words(expression: Expression) -> str:
    """A calculation on paper, facts by their Chinese names; equal figures are written equally.

    >>> from kernel.expressions import parse_expression
    >>> expression_words(parse_expression({"min": [{"mul": ["0.020", "bank.prev_year_balance"]}, "10000000.00"]}, ""))
    '较小者（0.02 × 银行上年末在池贷款余额（元），10,000,000）'
    """
    return describe(_plain(expression), {name: fact_in_chinese(name) for name in metrics_in(expression)})


def amount_words(expression: Expression) -> str:
    """A calculation that comes to an amount."""
    words = expression_words(expression)
    return f"{words} 元" if isinstance(expression, Number) else words


def condition_words(condition: Condition) -> str:
    """A condition with the fact's Chinese name.

    >>> condition_words(Condition("scheme.npl_rate", ">=", "0.080"))
    '方案不良率达到 8%'
    >>> condition_words(Condition("loan.first_loan", "==", "true"))
    '是否首贷为“是”'
    """
    value, exact = condition.value, exact_decimal(condition.value)
    if exact is not None and condition.metric.endswith(_RATES):
        value = percent_of(exact)
    elif exact is not None:
        value = _grouped(exact)
    elif value in YES_NO:
        equal = "为" if condition.op == "==" else "不为"
        return f"{fact_in_chinese(condition.metric)}{equal}“{YES_NO[value]}”"
    else:
        value = f"“{value}”"
    shown = str(Condition(fact_in_chinese(condition.metric), condition.op, value))
    return shown.replace(" ", "", 1)


def when_words(when: Sequence[Condition]) -> str:
    """All conditions that must hold; none is 总是."""
    return "且".join(condition_words(condition) for condition in when) or "总是"


def share_words(share: Fraction) -> str:
    return percent_of(share)


def stop_loss_words(line: StopLoss, scheme: Scheme) -> str:
    affected = f"，{parties_words(scheme, line.affects)}的份额为零" if line.affects else ""
    return f"{condition_words(line.condition)}时{ACTION_IN_CHINESE[line.action]}{affected}"


def met_lines(scheme: Scheme, notes: Iterable[str]) -> list[StopLoss]:
    """The lines that suspend payment and are met, as the notes of a calculation tell."""
    met = set(notes)
    return [line for line in scheme.stop_loss if f"stop-loss {line.id}: suspend_claims" in met]


def row_words(row: Row, scheme: Scheme) -> str:
    parts = "、".join(
        f"{party_words(scheme, code)} {share_words(share)}" for code, share in row.shares.items()
    )
    return parts or "不转出"


def eligible_words(cap: EligibleCap) -> str:
    limit = amount_words(cap.limit)
    if cap.basis == "loss_amount":
        return f"列入分担的损失最多 {limit}（{cap.id}）"
    return f"{fact_in_chinese(cap.loan_metric)}超过 {limit} 的，按该限额占贷款金额的比例计入（{cap.id}）"


def _plain(expression: Expression) -> Expression:
    """The same calculation with its figures written in one way."""
    if isinstance(expression, Number):
        return Number(_grouped(expression.value), expression.value)
    if isinstance(expression, Operation):
        return Operation(expression.name, tuple(_plain(part) for part in expression.parts))
    return expression


def _grouped(value: Fraction) -> str:
    """A figure with its thousands apart, nothing lost.

    >>> _grouped(Fraction(100000005, 10)), _grouped(Fraction(1, 50)), _grouped(Fraction(-1200))
    ('10,000,000.5', '0.02', '-1,200')
    """
    whole, dot, rest = exact_text(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{rest}" if "/" not in whole else whole


def _base(scheme: Scheme) -> Iterator[Line]:
    base = scheme.loss_base
    outside = [
        name for name in COMPONENT_IN_CHINESE if name not in base.include and not name.startswith("principal")
    ]
    text = f"列入分担的损失：{component_words(base.include)}"
    yield Line(
        f"{text}；{component_words(outside)}不列入，由放贷方自担" if outside else text, "loss_base.include"
    )
    if base.coverage:
        metric = fact_in_chinese(base.coverage.metric)
        least = base.coverage.minimum
        floor = f"，低于 {percent_of(least)} 不覆盖，等于可以" if least is not None else ""
        yield Line(f"乘以{metric}{floor}；{MISSING[base.coverage.if_missing]}", "loss_base.coverage")
    for index, cap in enumerate(base.eligible_caps):
        yield Line(eligible_words(cap), f"loss_base.eligible_caps[{index}]")
    yield Line(f"{LEVEL[scheme.level]}，四舍五入到分，其余由放贷方自担", "level")


def _begin(scheme: Scheme) -> Iterator[Line]:
    yield Line(f"起初全部由{party_words(scheme, scheme.lender)}承担", "lender")


def _steps(scheme: Scheme) -> Iterator[Line]:
    for index, step in enumerate(scheme.steps):
        when = f"{when_words(step.when)}时，" if step.when else ""
        for number, text in enumerate(step_words(step, scheme)):
            head = f"第{index + 1}步：{when}" if number == 0 else ""
            yield Line(f"{head}{text}", f"steps[{index}]", step.basis_in_text if number == 0 else "")


def step_words(step: Step, scheme: Scheme) -> Iterator[str]:
    """A step in sentences: what moves from whom to whom, or where it is cut."""
    if isinstance(step, Cap):
        together = "合计" if len(step.parties) > 1 else ""
        yield (
            f"{parties_words(scheme, step.parties)}{together}最多承担 {amount_words(step.limit)}（{step.id}），"
            f"超出部分由{party_words(scheme, step.overflow_to)}承担"
        )
    elif isinstance(step, Adjust):
        giver, taker = party_words(scheme, step.party), party_words(scheme, step.to)
        yield f"把 {amount_words(step.amount)} 由{giver}移给{taker}（{step.id}）"
    else:
        yield from _transfer_words(step, scheme)


def basis_words(step: Transfer, scheme: Scheme) -> str:
    """What the shares of a transfer are shares of."""
    if step.basis_party is None:
        return "列入分担的损失"
    return f"{party_words(scheme, step.basis_party)}此时承担的金额"


def slice_words(end: Expression | None, absent: str) -> str:
    return amount_words(end) if end is not None else absent


def _transfer_words(step: Transfer, scheme: Scheme) -> Iterator[str]:
    giver, basis = party_words(scheme, step.payer_of_claim), basis_words(step, scheme)
    if step.slice:
        attach, detach = slice_words(step.slice.attach, "零"), slice_words(step.slice.detach, "无上限")
        basis += f"在 {attach} 以上、{detach} 以下的部分"
    if not step.tabled:
        yield f"由{giver}转出{basis}的：{row_words(step.rows[0], scheme)}；其余仍由{giver}承担"
    else:
        which = "第一个符合的行" if step.pick == "first" else "符合的行中份额合计最大的一行"
        yield f"由{giver}转出{basis}，份额取下表{which}；都不符合的不转出"
        for row in step.rows:
            yield f"　{when_words(row.when)}：{row_words(row, scheme)}"
    for uplift in step.uplifts:
        yield f"　{when_words(uplift.when)}：{party_words(scheme, uplift.party)}加 {percent_of(uplift.add)}"


def _payment(scheme: Scheme) -> Iterator[Line]:
    if scheme.escrow:
        yield Line("先按预计损失存入专户，终局损失确定后多退少补", "payment")
    else:
        yield Line("一次支付各方应承担的金额", "payment")
    if scheme.settle:
        yield Line(in_chinese(scheme.settle), "payment.settle")


def order_words(terms: RecoveryTerms, scheme: Scheme) -> str:
    return " → ".join(parties_words(scheme, group) for group in terms.order)


def _recovery(scheme: Scheme) -> Iterator[Line]:
    terms = scheme.recovery
    order = f"：{order_words(terms, scheme)}" if terms.order else ""
    text = f"追偿所得{COSTS[terms.deduct_costs]}，列入分担的部分{DISTRIBUTION[terms.distribution]}{order}"
    yield Line(text, "recovery", terms.basis_in_text)
    yield Line(ROUNDING[scheme.rounding], "rounding")
