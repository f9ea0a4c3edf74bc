"""Stop-loss lines and the three kinds of step: transfer, cap, adjust (5.3).

Each step moves fen from party to party on the ledger left by the one before; none creates or loses a fen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from kernel.conditions import Condition, judge, judge_all
from kernel.errors import Problem, Refused
from kernel.expressions import Expression, Metric, Number, evaluate
from kernel.money import yuan_text
from riskpool.schemes.base import Course
from riskpool.schemes.meaning import percent_of
from riskpool.schemes.terms import Adjust, Cap, Row, Scheme, Transfer
from riskpool.schemes.words import ACTION_IN_CHINESE
from riskpool.schemes.working import explained_split, listed, yuan_of


@dataclass
class Run:
    """The state while the steps run: the ledger in listed order, in fen."""

    scheme: Scheme
    covered_fen: int
    ledger: dict[str, int]
    suspended: frozenset[str]
    course: Course

    def holds(self, conditions: Iterable[Condition]) -> tuple[bool, tuple[str, ...]]:
        """Whether all conditions hold, with the reasons; an absent fact means not met, and its name is kept."""
        judgement = judge_all(conditions, self.course.facts)
        self.course.lacks(*judgement.missing)
        return judgement.holds, judgement.reasons


def suspended_parties(scheme: Scheme, course: Course) -> frozenset[str]:
    """The parties whose shares are zero for now; each line that is met leaves its note."""
    suspended: set[str] = set()
    for index, line in enumerate(scheme.stop_loss):
        judgement = judge(line.condition, course.facts)
        course.lacks(*judgement.missing)
        if judgement.holds:
            course.notes.append(f"stop-loss {line.id}: {line.action}")
            if line.action == "suspend_claims":
                suspended.update(line.affects)
        course.add(
            "stop_loss",
            f"止损线 {line.id}（{ACTION_IN_CHINESE[line.action]}）：{'已触发' if judgement.holds else '未触发'}",
            place=f"stop_loss[{index}]",
            remarks=judgement.reasons,
        )
    return frozenset(suspended)


def run_steps(run: Run) -> None:
    """All steps in listed order; a step whose `when` is not met does not happen."""
    for index, step in enumerate(run.scheme.steps):
        where = f"steps[{index}]"
        holds, reasons = run.holds(step.when)
        if not holds:
            run.course.add(
                "skipped", "条件不符，此步不发生", place=where, basis=step.basis_in_text, remarks=reasons
            )
        elif isinstance(step, Transfer):
            _transfer(step, where, run)
        elif isinstance(step, Cap):
            _cap(step, where, run)
        else:
            _adjust(step, where, run)


def _transfer(step: Transfer, where: str, run: Run) -> None:
    giver = step.payer_of_claim
    chosen, reasons = chosen_row(step, run)
    shares, added = shares_of(step, chosen, where, run) if chosen else ({}, ())
    basis, figures = _basis(step, where, run)
    before, remarks = listed(run.ledger), (*reasons, *added)
    if chosen is None:
        remarks = (*remarks, f"没有符合条件的行，{giver}保留全部")
    bears = run.ledger[giver]
    exact = {code: basis * share for code, share in shares.items()}
    wanted = sum(exact.values(), Fraction(0))
    figures += [(f"份额 {code}", f"{share}（{percent_of(share)}）") for code, share in shares.items()]
    rounding = None
    if bears and wanted:
        if wanted > bears:
            exact = {code: amount * bears / wanted for code, amount in exact.items()}
            figures.append(("合计超过所承担的金额，按比例缩减", str(bears / wanted)))
        weights = {code: amount / bears for code, amount in exact.items()}
        parts, rounding = explained_split(bears, weights, giver, run.scheme.rounding)
        run.ledger[giver] = parts.pop(giver)
        for code, fen in parts.items():
            run.ledger[code] += fen
    run.course.add(
        "transfer",
        f"由 {giver} 转给 {'、'.join(shares) or '（无）'}",
        place=where,
        basis=step.basis_in_text,
        figures=tuple(figures),
        before=before,
        after=listed(run.ledger),
        rounding=rounding,
        remarks=remarks,
    )


def chosen_row(step: Transfer, run: Run) -> tuple[Row | None, tuple[str, ...]]:
    """The row that applies: the first that is met, or of all that are met the one with the largest sum of shares."""
    best: Row | None = None
    remarks: list[str] = []
    for number, row in enumerate(step.rows, start=1):
        holds, reasons = run.holds(row.when)
        if step.tabled:
            words = "；".join(reasons) or "无条件"
            remarks.append(f"份额表第{number}行{'符合' if holds else '不符合'}：{words}")
        if not holds:
            continue
        if step.pick == "first":
            return row, tuple(remarks)
        if best is None or sum(row.shares.values()) > sum(best.shares.values()):
            best = row
    return best, tuple(remarks)


def shares_of(step: Transfer, row: Row, where: str, run: Run) -> tuple[dict[str, Fraction], tuple[str, ...]]:
    """Shares in listed order with points added, suspended parties at zero and left out."""
    shares = dict(row.shares)
    remarks = []
    for uplift in step.uplifts:
        holds, reasons = run.holds(uplift.when)
        if holds:
            shares[uplift.party] = shares.get(uplift.party, Fraction(0)) + uplift.add
            remarks.append(f"{uplift.party} 加 {percent_of(uplift.add)}（{'；'.join(reasons) or '无条件'}）")
    for code in sorted(run.suspended & set(shares)):
        shares[code] = Fraction(0)
        remarks.append(f"{code} 暂停赔付，份额为0")
    if sum(shares.values()) > 1:
        found = f"份额合计 {sum(shares.values())}，大于1"
        raise Refused(Problem(where, found, "各份额与加点之和不超过1", "shares_over_one"))
    return {code: shares[code] for code in run.scheme.codes if shares.get(code)}, tuple(remarks)


def _basis(step: Transfer, where: str, run: Run) -> tuple[Fraction, list[tuple[str, str]]]:
    if step.basis_party is None:
        basis, label = Fraction(run.covered_fen), "计算基础：方案内损失"
    else:
        basis, label = (
            Fraction(run.ledger[step.basis_party]),
            f"计算基础：此时所承担的金额 {step.basis_party}",
        )
    figures = [(label, f"{yuan_of(basis)} 元")]
    if step.slice is None:
        return basis, figures
    attach = _end(step.slice.attach, f"{where}.slice.attach", "起点", run, figures)
    detach = _end(step.slice.detach, f"{where}.slice.detach", "终点", run, figures)
    layer = max(Fraction(0), (basis if detach is None else min(basis, detach)) - (attach or 0))
    figures.append(("区间内金额", f"{yuan_of(layer)} 元"))
    return layer, figures


def _end(
    expression: Expression | None, where: str, label: str, run: Run, figures: list[tuple[str, str]]
) -> Fraction | None:
    if expression is None:
        return None
    amount = run.course.amount(expression, where)
    if amount is not None:
        figures.append((f"区间{label}", f"{run.course.shown(expression)} = {yuan_of(amount)} 元"))
    return amount


def _cap(step: Cap, where: str, run: Run) -> None:
    exact = run.course.amount(step.limit, f"{where}.limit")
    if exact is None:
        return
    limit = max(floor(exact), 0)
    before = listed(run.ledger)
    capped = {code: run.ledger[code] for code in run.scheme.codes if code in step.parties}
    together = sum(capped.values())
    figures: tuple[tuple[str, str], ...] = (
        ("上限（舍去不足1分）", f"{run.course.shown(step.limit)} = {yuan_of(limit)} 元"),
        (f"{'、'.join(capped)} 合计承担", f"{yuan_of(together)} 元"),
    )
    rounding = None
    if together > limit:
        weights = {code: Fraction(fen, together) for code, fen in capped.items()}
        keeper = step.overflow_to if run.scheme.rounding == "floor" else None
        parts, rounding = explained_split(limit, weights, keeper, run.scheme.rounding)
        left_over = parts.pop(step.overflow_to, 0)
        run.ledger.update(parts)
        run.ledger[step.overflow_to] += together - limit + left_over
        run.course.notes.append(f"cap {step.id} binds at {yuan_text(limit)}")
        figures = (*figures, (f"超出部分归 {step.overflow_to}", f"{yuan_of(together - limit)} 元"))
    run.course.add(
        "cap",
        f"上限 {step.id}：{'超出' if together > limit else '未超出'}",
        place=where,
        basis=step.basis_in_text,
        figures=figures,
        before=before,
        after=listed(run.ledger),
        rounding=rounding,
    )


def _adjust(step: Adjust, where: str, run: Run) -> None:
    value = evaluate(step.amount, run.course.facts, f"{where}.amount")
    run.course.lacks(*value.missing)
    if value.missing:
        value = evaluate(step.amount, run.course.facts, f"{where}.amount", absent=Fraction(0))
    assert value.exact is not None
    if value.exact < 0:
        found = f"调整金额 {run.course.shown(step.amount)} 小于零"
        raise Refused(Problem(f"{where}.amount", found, "调整金额不能为负", "negative_adjustment"))
    exact = value.exact * 100
    before = listed(run.ledger)
    moved = min(floor(exact), run.ledger[step.party])
    run.ledger[step.party] -= moved
    run.ledger[step.to] += moved
    if moved:
        as_written = _as_written(step.amount, run) if moved == exact else None
        run.course.notes.append(f"adjust {step.id} {as_written or yuan_text(moved)}")
    run.course.add(
        "adjust",
        f"调整 {step.id}：由 {step.party} 移给 {step.to}",
        place=where,
        basis=step.basis_in_text,
        figures=(
            ("金额", f"{run.course.shown(step.amount)} = {yuan_of(exact)} 元"),
            ("实际移动", f"{yuan_of(moved)} 元"),
        ),
        before=before,
        after=listed(run.ledger),
    )


def _as_written(amount: Expression, run: Run) -> str | None:
    """The text of an amount that is a plain metric or number; None if it is calculated."""
    if isinstance(amount, Metric):
        return run.course.facts.get(amount.name)
    return amount.text if isinstance(amount, Number) else None
