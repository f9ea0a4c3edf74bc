"""Conditions as data, judged in more than two values, each answer with its reason.

A condition is `metric`, `op`, `value`. A missing fact makes it *unknown*, a fact that is known to come but is not yet
published makes it *pending*; neither is a *no*. What an unknown answer means for the money is the caller's rule (in a
loss-sharing scheme: the condition is not met, and the missing name is shown before the decision).
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import exact_decimal, is_metric

COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_IN_WORDS = {"==": "等于", "!=": "不等于", "<": "小于", "<=": "不超过", ">": "超过", ">=": "达到"}


class Pending:
    """Stands for a fact that is not yet published; it has a day, but no value yet."""

    def __repr__(self) -> str:
        return "PENDING"


PENDING = Pending()
Facts = Mapping[str, "str | Pending"]


class Answer(Enum):
    """The four answers to a condition. Only `YES` means that it holds."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    PENDING = "pending"


@dataclass(frozen=True)
class Condition:
    """One comparison of a fact with a plain value, both as text as they were written."""

    metric: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{self.metric} {_IN_WORDS[self.op]} {self.value}"


@dataclass(frozen=True)
class Judgement:
    """An answer, why, and which facts are absent."""

    answer: Answer
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.answer is Answer.YES


def parse_conditions(written: object, where: str) -> tuple[Condition, ...]:
    """The list of conditions, all of which must hold; absent or empty always holds. All faults are refused together.

    >>> [str(c) for c in parse_conditions([{"metric": "loan.amount", "op": "<=", "value": "150000"}], "when")]
    ['loan.amount 不超过 150000']
    >>> parse_conditions([{"metric": "loan.amount", "op": "<", "value": "small"}], "when")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: when[0].value：“small”不是小数，不能用 < 比较大小。写成小数，或改用 == 或 !=
    """
    if written is None:
        return ()
    if not isinstance(written, list | tuple):
        raise Refused(Problem(where, "不是列表", "写成条件的列表，每项有 metric、op、value", "condition"))
    problems: list[Problem] = []
    for index, item in enumerate(written):
        problems.extend(_faults(item, f"{where}[{index}]"))
    refuse_if_any(problems)
    return tuple(Condition(item["metric"], item["op"], item["value"]) for item in written)


def _faults(item: object, where: str) -> Iterable[Problem]:
    if not isinstance(item, Mapping) or set(item) != {"metric", "op", "value"}:
        yield Problem(where, "不是完整的条件", "写明 metric、op、value 三项", "condition")
        return
    metric, op, value = item["metric"], item["op"], item["value"]
    if not isinstance(metric, str) or not is_metric(metric):
        wanted = "写成 scope.name：两个小写词以一个点相连，例如 loan.amount"
        yield Problem(f"{where}.metric", f"“{metric}”不是指标名", wanted, "metric_name")
    if op not in COMPARISONS:
        yield Problem(f"{where}.op", f"没有“{op}”这个比较", "可用的比较：" + "、".join(COMPARISONS), "op")
    if not isinstance(value, str):
        yield Problem(f"{where}.value", f"{value} 没有加引号", "数字和 true、false 都要加引号", "value")
    elif op not in ("==", "!=") and exact_decimal(value) is None:
        found = f"“{value}”不是小数，不能用 {op} 比较大小"
        yield Problem(f"{where}.value", found, "写成小数，或改用 == 或 !=", "value")


def judge(condition: Condition, facts: Facts) -> Judgement:
    """Compare as numbers where both sides read as decimals ('1' equals '1.00'), otherwise as text with == and != only.

    Refused: asking whether a text is larger or smaller.

    >>> judge(Condition("loan.class", "==", "1"), {"loan.class": "1.00"}).answer
    <Answer.YES: 'yes'>
    >>> judge(Condition("loan.class", "!=", "1"), {}).answer
    <Answer.UNKNOWN: 'unknown'>
    >>> judge(Condition("loan.rate", "<", "0.05"), {"loan.rate": "low"})
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: loan.rate：“low”不是小数，不能与 0.05 比较大小。请填写普通小数
    """
    found = facts.get(condition.metric)
    if found is None:
        return Judgement(Answer.UNKNOWN, (f"{condition}：缺少 {condition.metric}",), (condition.metric,))
    if isinstance(found, Pending):
        return Judgement(Answer.PENDING, (f"{condition}：{condition.metric} 尚未公布",), (condition.metric,))
    left, right = exact_decimal(found), exact_decimal(condition.value)
    if left is not None and right is not None:
        holds = COMPARISONS[condition.op](left, right)
    elif condition.op in ("==", "!="):
        holds = (found == condition.value) == (condition.op == "==")
    else:
        compared = f"“{found}”不是小数，不能与 {condition.value} 比较大小"
        raise Refused(Problem(condition.metric, compared, "请填写普通小数", "metric"))
    reason = f"{condition}：{condition.metric} 为 {found}，{'符合' if holds else '不符合'}"
    return Judgement(Answer.YES if holds else Answer.NO, (reason,))


def judge_all(conditions: Iterable[Condition], facts: Facts) -> Judgement:
    """All must hold. One *no* decides; without one, unknown before pending before yes. No conditions: yes.

    >>> adult, local = Condition("firm.age", ">=", "3"), Condition("firm.city", "==", "济宁")
    >>> judge_all([adult, local], {"firm.age": "2"}).answer, judge_all([adult, local], {"firm.age": "3"}).answer
    (<Answer.NO: 'no'>, <Answer.UNKNOWN: 'unknown'>)
    """
    judgements = [judge(condition, facts) for condition in conditions]
    answers = {judgement.answer for judgement in judgements}
    deciding = (Answer.NO, Answer.UNKNOWN, Answer.PENDING)
    answer = next((answer for answer in deciding if answer in answers), Answer.YES)
    return Judgement(
        answer,
        tuple(reason for judgement in judgements for reason in judgement.reasons),
        tuple(dict.fromkeys(name for judgement in judgements for name in judgement.missing)),
    )
