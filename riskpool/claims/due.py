"""What is due: loans on which a bank may claim, what forbids a filing, claims that wait and whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.loans.rules import accrued_interest_fen, overdue_days
from kernel.errors import Problem
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from riskpool.claims import rules
from riskpool.claims.models import Claim
from riskpool.claims.queries import ENDED, claims, procedure_for
from riskpool.pools import queries as pools
from riskpool.pools.models import Enrolment, Pool
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from kernel.days import WorkingCalendar


def filing_problems(
    enrolment: Enrolment, loss: Mapping[str, int], evidence: Collection[str], on: dt.date
) -> list[Problem]:
    """Everything that keeps a claim of this loss (fen by component) with these kinds of evidence from being filed."""
    problems = rules.filing_problems(
        loss, default_of(enrolment), evidence, procedure_of(enrolment.agreement.pool.procedure_id), on
    )
    problems += _interest_problems(enrolment, loss.get("interest", 0), on)
    if enrolment.state != Enrolment.State.LIVE:
        problems.append(
            Problem("贷款", f"{enrolment.get_state_display()}", "只有在池贷款可以申请补偿", "not_live")
        )
    live = enrolment.claims.exclude(state__in=ENDED).first()
    if live is not None:
        problems.append(
            Problem("贷款", f"已有补偿申请 {live.number}", "同一次违约只能申请一次", "already_claimed")
        )
    return problems


def _interest_problems(enrolment: Enrolment, interest_fen: int, on: dt.date) -> list[Problem]:
    """Interest claimed is at most what the contract rate brings on the whole principal since the loan was lent."""
    terms = enrolment.loan.terms
    assert terms is not None, "an enrolled loan has terms"
    most = accrued_interest_fen(
        fen_of(terms.principal), terms.annual_rate_percent, terms.disbursed_on, on, terms.day_count_basis
    )
    if interest_fen <= most:
        return []
    claimed, bound = yuan_text(interest_fen, grouped=True), yuan_text(most, grouped=True)
    found = f"申请 {claimed} 元，高于按合同利率自放款日起可计的 {bound} 元"
    return [Problem("利息", found, "请核对利息；罚息另填", "interest_too_high")]


def moved_problems(claim: Claim) -> list[Problem]:
    """What a later return says against a claim that was filed on an earlier one; asked again before money is promised
    and before it is paid. The claim's enrolment is locked."""
    now = default_of(claim.enrolment)
    problems = []
    if fen_of(claim.principal) > now.balance_fen:
        left, asked = (
            yuan_text(now.balance_fen, grouped=True),
            yuan_text(fen_of(claim.principal), grouped=True),
        )
        found = f"最近月报余额 {left} 元，低于申请的本金 {asked} 元"
        wanted = "请作不予补偿处理或由银行撤回，按余额重新申请"
        problems.append(Problem("未还本金", found, wanted, "balance_moved"))
    if now.overdue_since is None:
        problems.append(Problem("逾期", "最近月报已不逾期", "请核实后由银行撤回", "not_overdue"))
    if claim.enrolment.state != Enrolment.State.LIVE:
        problems.append(
            Problem("贷款", f"{claim.enrolment.get_state_display()}", "只有在池贷款可以补偿", "not_live")
        )
    return problems


def default_of(enrolment: Enrolment) -> rules.Default:
    """What the latest return says of an enrolled loan: balance, and since when it is overdue."""
    latest = enrolment.loan.latest_return
    if latest is None:
        assert enrolment.loan.terms is not None, "an enrolled loan has terms"
        return rules.Default(fen_of(enrolment.loan.terms.principal), None)
    return rules.Default(fen_of(latest.balance), latest.overdue_since)


@dataclass(frozen=True)
class Claimable:
    """An overdue loan of a bank without a claim: days of delay, days that must pass, and the first day to file."""

    enrolment: Enrolment
    overdue_since: dt.date
    overdue_days: int
    needed_days: int
    ready_on: dt.date

    @property
    def ready(self) -> bool:
        return self.overdue_days >= self.needed_days


def claimable(*, viewer: Any, on: dt.date) -> list[Claimable]:
    """The viewer bank's overdue loans in pools on which no claim stands, those that may be claimed first."""
    rows = (
        pools.enrolments(viewer=viewer)
        .filter(loan__bank=viewer.organisation_id, state=Enrolment.State.LIVE)
        .filter(loan__latest_return__overdue_since__isnull=False)
        .exclude(pk__in=Claim.objects.exclude(state__in=ENDED).values("enrolment"))
    )
    found = []
    for row in rows:
        since = default_of(row).overdue_since
        assert since is not None, "only overdue loans were asked for"
        needed = procedure_of(row.agreement.pool.procedure_id).waiting_days.whole
        found.append(
            Claimable(row, since, overdue_days(since, on), needed, since + dt.timedelta(days=needed))
        )
    return sorted(found, key=lambda one: (one.ready_on, one.enrolment.loan.bank_loan_no))


@dataclass(frozen=True)
class Waiting:
    """A claim that is not finished: its age in working days, the days its procedure gives, and whose turn it is."""

    claim: Claim
    age: int
    allowed: int
    payment_asked: bool

    @property
    def late(self) -> bool:
        return self.claim.state == Claim.State.FILED and self.age > self.allowed


def waiting(
    *, viewer: Any, on: dt.date, calendar: WorkingCalendar, pool: Pool | None = None
) -> list[Waiting]:
    """Claims filed or accepted and not yet paid, the oldest first."""
    rows = claims(viewer=viewer).filter(state__in=[Claim.State.FILED, Claim.State.ACCEPTED], filed_on__lte=on)
    if pool is not None:
        rows = rows.filter(enrolment__agreement__pool=pool)
    found = list(rows.order_by("filed_on", "number"))
    asked = set(
        Approval.objects.filter(
            kind="claims.pay", state=Approval.State.ASKED, subject_id__in=[str(row.pk) for row in found]
        ).values_list("subject_id", flat=True)
    )
    return [
        Waiting(
            row,
            calendar.between(row.filed_on, on),
            procedure_for(row).decision_working_days.whole,
            str(row.pk) in asked,
        )
        for row in found
    ]


def asked_of(claim: Claim, kind: str) -> Approval | None:
    """The open approval of a kind about a claim, to show who has asked; the caller was let in to the claim."""
    rows = Approval.objects.filter(kind=kind, subject_id=str(claim.pk), state=Approval.State.ASKED)
    return rows.select_related("maker__person").first()


def not_paid_problems(claim: Claim) -> list[Problem]:
    """Why nothing can be recovered on a claim yet."""
    found = f"{claim.number} {claim.get_state_display()}"
    return [Problem("补偿申请", found, f"只有{Claim.State.PAID.label}时可办", "state")]
