"""Which part of a loss the scheme covers: included components, coverage ratio, eligible limits (5.3, Base).

Everything is exact until the covered loss is rounded half up, once. What is not covered is outside the scheme and stays
with the lender.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from kernel.errors import Problem, Refused
from kernel.expressions import Expression, Metric, describe, evaluate
from riskpool.schemes.terms import COMPONENTS, PRINCIPALS, Coverage, EligibleCap, Scheme
from riskpool.schemes.working import WorkingStep, yuan_of

IN_CHINESE = {
    "principal": "本金",
    "principal_net": "处置后的净本金",
    "interest": "利息",
    "penalty": "罚息",
    "costs": "费用",
}


@dataclass
class Course:
    """What is collected on the way: notes, working, absent facts. `blocking` absences forbid the calculation."""

    facts: Mapping[str, str]
    notes: list[str] = field(default_factory=list)
    working: list[WorkingStep] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    blocking: list[Problem] = field(default_factory=list)

    def add(self, kind: str, title: str, **details: object) -> None:
        """One more step of the working."""
        self.working.append(WorkingStep(len(self.working) + 1, kind, title, **details))  # type: ignore[arg-type]

    def lacks(self, *names: str) -> None:
        """Facts that are absent, though the calculation goes on."""
        self.missing.update(dict.fromkeys(names))

    def amount(self, expression: Expression, where: str) -> Fraction | None:
        """An expression in yuan as exact fen; None if facts are absent, which then block the calculation."""
        value = evaluate(expression, self.facts, where)
        self.lacks(*value.missing)
        self.blocking += [
            Problem(where, f"缺少指标 {name}", "请补上这个指标再计算", "missing_metric")
            for name in value.missing
        ]
        return None if value.exact is None else value.exact * 100

    def refuse_if_blocked(self) -> None:
        """All absent facts at once, before anything is paid."""
        if self.blocking:
            raise Refused(dict.fromkeys(self.blocking))

    def shown(self, expression: Expression) -> str:
        """The expression with its figures, and its names where they differ."""
        names, figures = describe(expression), describe(expression, self.facts)
        return names if names == figures else f"{names} = {figures}"


@dataclass(frozen=True)
class Base:
    """What the steps start from, in fen: the included sum, what is covered of it, and the whole loss less that."""

    included_fen: int
    covered_fen: int
    outside_fen: int
    holds_principal: bool


def checked_loss(scheme: Scheme, loss: Mapping[str, int]) -> None:
    """Refused: unknown components, both measures of principal, the other measure, amounts below zero."""
    problems = []
    for name, fen in loss.items():
        if isinstance(fen, bool) or not isinstance(fen, int):
            raise TypeError(f"{name} must be whole fen (int), not {type(fen).__name__}")
        if name not in COMPONENTS:
            problems.append(
                Problem(
                    f"loss.{name}",
                    "没有这个组成部分",
                    f"只能是：{'、'.join(COMPONENTS)}",
                    "unknown_component",
                )
            )
        if fen < 0:
            problems.append(
                Problem(f"loss.{name}", f"{yuan_of(fen)} 是负数", "损失金额不能为负", "negative_loss")
            )
    measures = [name for name in PRINCIPALS if name in loss]
    counted = [name for name in PRINCIPALS if name in scheme.loss_base.include]
    if len(measures) == len(PRINCIPALS):
        found = "同时有 principal 和 principal_net"
        problems.append(Problem("loss", found, "只写其中一种本金", "two_principals"))
    elif measures and counted and measures != counted:
        found = f"写的是 {measures[0]}，方案计入的是 {counted[0]}"
        problems.append(Problem("loss", found, f"改写 {counted[0]}", "other_principal"))
    if problems:
        raise Refused(problems)


def covered_base(scheme: Scheme, loss: Mapping[str, int], course: Course) -> Base:
    """The covered loss of one claim; absent facts that a limit needs are left in `course.blocking`."""
    checked_loss(scheme, loss)
    terms = scheme.loss_base
    included = sum(loss.get(name, 0) for name in terms.include)
    course.add(
        "base",
        "计入的损失",
        place="loss_base.include",
        figures=(
            *((IN_CHINESE[name], f"{yuan_of(loss.get(name, 0))} 元") for name in terms.include),
            ("计入合计", f"{yuan_of(included)} 元"),
        ),
    )
    amount = Fraction(included)
    if terms.coverage:
        amount *= _coverage_ratio(terms.coverage, course)
    for index, cap in enumerate(terms.eligible_caps):
        amount = _within(cap, amount, course, f"loss_base.eligible_caps[{index}]")
    covered = floor(amount + Fraction(1, 2))
    outside = sum(loss.values()) - covered
    course.add(
        "covered",
        "方案内损失，四舍五入到分",
        place="loss_base",
        figures=(
            ("精确值", f"{yuan_of(amount)} 元"),
            ("方案内损失", f"{yuan_of(covered)} 元"),
            ("方案外由放贷方承担", f"{yuan_of(outside)} 元"),
        ),
    )
    return Base(included, covered, outside, any(name in terms.include for name in PRINCIPALS))


def _coverage_ratio(coverage: Coverage, course: Course) -> Fraction:
    value = evaluate(Metric(coverage.metric), course.facts, "loss_base.coverage.metric")
    remark = ""
    if value.exact is None:
        course.lacks(*value.missing)
        ratio = Fraction(1 if coverage.if_missing == "full" else 0)
        course.notes.append(f"coverage ratio missing -> {coverage.if_missing}")
        remark = f"缺少 {coverage.metric}，按{'全部' if ratio else '不'}覆盖处理"
    else:
        ratio = value.exact
        if not 0 <= ratio <= 1:
            found = f"指标 {coverage.metric} 的值“{course.facts[coverage.metric]}”不在 0 到 1 之间"
            raise Refused(
                Problem("loss_base.coverage", found, "覆盖比例写成小数，例如 0.60", "coverage_range")
            )
        if coverage.minimum is not None and ratio < coverage.minimum:
            course.notes.append("below minimum coverage ratio -> not eligible")
            remark = f"比例 {ratio} 低于下限 {coverage.minimum}，不予覆盖"
            ratio = Fraction(0)
    course.add(
        "coverage",
        "乘以覆盖比例",
        place="loss_base.coverage",
        figures=((coverage.metric, str(ratio)),),
        remarks=(remark,) if remark else (),
    )
    return ratio


def _within(cap: EligibleCap, amount: Fraction, course: Course, where: str) -> Fraction:
    limit = course.amount(cap.limit, f"{where}.limit")
    if cap.basis == "loan_amount_prorata":
        loan = course.amount(Metric(cap.loan_metric), f"{where}.loan_metric")
        if limit is None or loan is None:
            return amount
        limit = max(limit, Fraction(0))
        reduced = amount * limit / loan if loan > limit else amount
        figures = [
            ("限额", f"{course.shown(cap.limit)} = {yuan_of(limit)} 元"),
            (cap.loan_metric, f"{yuan_of(loan)} 元"),
        ]
        if loan > limit:
            figures.append(("折算比例", str(limit / loan)))
    else:
        if limit is None:
            return amount
        whole = max(floor(limit), 0)
        reduced = min(amount, Fraction(whole))
        figures = [("限额（舍去不足1分）", f"{course.shown(cap.limit)} = {yuan_of(whole)} 元")]
    if reduced < amount:
        course.notes.append(f"{cap.id} binds")
    course.add(
        "eligible_cap",
        f"合格金额上限 {cap.id}",
        place=where,
        figures=(
            *figures,
            ("限额前", f"{yuan_of(amount)} 元"),
            ("限额后", f"{yuan_of(reduced)} 元"),
        ),
    )
    return reduced
