"""What is due: loans on which a bank may claim, what forbids a filing, claims that wait and whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finance.loans.rules import accrued_interest_fen, overdue_days
from kernel.errors import Problem
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from riskpool.claims import rules
from riskpool.claims.clocks import clocks_of
from riskpool.claims.models import Claim, ClockEvent
from riskpool.claims.queries import ENDED, OPEN, claims, guarantor_problems
from riskpool.pools import queries as pools
from riskpool.pools.models import Enrolment, Pool
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from kernel.days import WorkingCalendar
    from riskpool.claims.rules import Clock


def filing_problems(
    enrolment: Enrolment, loss: Mapping[str, int], evidence: Collection[str], on: dt.date
) -> list[Problem]:
    """Everything that keeps a claim of this loss (fen by component) with these kinds of evidence from being filed."""
    problems = rules.filing_problems(
        loss, default_of(enrolment), evidence, procedure_of(enrolment.agreement.pool.procedure_id), on
    )
    problems += _interest_problems(enrolment, loss.get("interest", 0), on)
    problems += _penalty_problems(enrolment, loss.get("penalty", 0), default_of(enrolment), on)
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


def loss_problems(
    enrolment: Enrolment, overdue_since: dt.date, loss: Mapping[str, int], on: dt.date
) -> list[Problem]:
    """What is wrong with a loss (fen by component) by the loan itself: its balance, its rate, its days of delay."""
    default = rules.Default(default_of(enrolment).balance_fen, overdue_since)
    if enrolment.state != Enrolment.State.LIVE:  # written off: the balance is no longer reported
        assert enrolment.loan.terms is not None, "an enrolled loan has terms"
        default = rules.Default(fen_of(enrolment.loan.terms.principal), overdue_since)
    problems = rules.loss_problems(loss, default)
    problems += _interest_problems(enrolment, loss.get("interest", 0), on)
    problems += _penalty_problems(enrolment, loss.get("penalty", 0), default, on)
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


def _penalty_problems(
    enrolment: Enrolment, penalty_fen: int, default: rules.Default, on: dt.date
) -> list[Problem]:
    """Penalty interest claimed is at most what the procedure's multiple of the contract rate brings since the delay."""
    times = procedure_of(enrolment.agreement.pool.procedure_id).penalty_times
    terms = enrolment.loan.terms
    assert terms is not None, "an enrolled loan has terms"
    if not penalty_fen or times is None or default.overdue_since is None:
        return []
    most = rules.most_penalty_fen(
        default.balance_fen, terms.annual_rate_percent, default.overdue_since, on, terms.day_count_basis,
        times.value,
    )  # fmt: skip
    return rules.penalty_problems(penalty_fen, most, times)


def flags_of(claim: Claim) -> list[Problem]:
    """What the deciding officer should look at, as warnings: nothing here keeps a claim from being decided."""
    flags = contradictions_of(claim.enrolment, claim.overdue_since, claim.filed_on)
    flags += [replace(problem, level="warning") for problem in guarantor_problems(claim)]
    if fen_of(claim.penalty):
        found = f"申请 {yuan_text(fen_of(claim.penalty), grouped=True)} 元；合同罚息利率没有登记"
        flags.append(
            Problem("罚息", found, "请按借款合同核对罚息利率和起止日", "penalty_rate_unknown", "warning")
        )
    if fen_of(claim.costs):
        found = f"申请 {yuan_text(fen_of(claim.costs), grouped=True)} 元"
        wanted = "请逐笔核对第三方票据；银行自身费用不计"
        flags.append(Problem("费用", found, wanted, "costs_to_check", "warning"))
    return flags


def contradictions_of(enrolment: Enrolment, since: dt.date, on: dt.date) -> list[Problem]:
    """What earlier monthly returns say against the day since when a loan is overdue, as warnings."""
    latest: dict[dt.date, dt.date | None] = {}
    for row in enrolment.loan.returns.filter(period__lte=on).order_by("period", "seq"):
        latest[row.period] = row.overdue_since
    return rules.overdue_contradictions(since, list(latest.items()))


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
    """A claim that is not finished: the clocks that have started on it, and whose turn it is."""

    claim: Claim
    clocks: tuple[Clock, ...]
    payment_asked: bool

    @property
    def clock(self) -> Clock | None:
        """The clock that counts now: the one that runs, else the one that stands still."""
        open_ones = [clock for clock in self.clocks if clock.ended_on is None]
        return next((clock for clock in open_ones if clock.running), open_ones[-1] if open_ones else None)

    @property
    def age(self) -> int:
        return self.clock.used if self.clock else 0

    @property
    def allowed(self) -> int | None:
        return self.clock.allowed if self.clock else None

    @property
    def late(self) -> bool:
        return any(clock.late and clock.ended_on is None for clock in self.clocks)


def waiting(
    *, viewer: Any, on: dt.date, calendar: WorkingCalendar, pool: Pool | None = None
) -> list[Waiting]:
    """Claims that were filed and are neither paid nor ended, the oldest first."""
    open_states = [*OPEN, Claim.State.ACCEPTED]
    rows = claims(viewer=viewer).filter(state__in=open_states, filed_on__lte=on)
    if pool is not None:
        rows = rows.filter(enrolment__agreement__pool=pool)
    rows = rows.prefetch_related("clock_events__recorded_by__person")
    found = list(rows.order_by("filed_on", "number"))
    asked = set(
        Approval.objects.filter(
            kind="claims.pay", state=Approval.State.ASKED, subject_id__in=[str(row.pk) for row in found]
        ).values_list("subject_id", flat=True)
    )
    return [Waiting(row, tuple(clocks_of(row, calendar, on)), str(row.pk) in asked) for row in found]


@dataclass(frozen=True)
class Lateness:
    """How one desk keeps its time: clocks that run, stand still, ended; how many of them used more than allowed."""

    desk: str
    house: str
    running: int
    standing: int
    ended: int
    late: int


def lateness(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> list[Lateness]:
    """Clocks by desk, the bank's desk by bank, over the claims that the viewer may know of; the latest desks first."""
    rows = (
        claims(viewer=viewer).filter(filed_on__lte=on).prefetch_related("clock_events__recorded_by__person")
    )
    kept: dict[tuple[str, str], list[Clock]] = {}
    for claim in rows:
        for clock in clocks_of(claim, calendar, on):
            of_bank = clock.desk == ClockEvent.Desk.ANSWER
            house = claim.enrolment.loan.bank.short_name if of_bank else claim.enrolment.agreement.pool.name
            kept.setdefault((clock.desk, house), []).append(clock)
    found = [
        Lateness(
            str(ClockEvent.Desk(desk).label), house,
            running=sum(clock.running for clock in clocks),
            standing=sum(clock.stopped is not None for clock in clocks),
            ended=sum(clock.ended_on is not None for clock in clocks),
            late=sum(clock.late for clock in clocks),
        )
        for (desk, house), clocks in kept.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.late, one.desk, one.house))


def asked_of(claim: Claim, kind: str) -> Approval | None:
    """The open approval of a kind about a claim, to show who has asked; the caller was let in to the claim."""
    rows = Approval.objects.filter(kind=kind, subject_id=str(claim.pk), state=Approval.State.ASKED)
    return rows.select_related("maker__person").first()


def not_paid_problems(claim: Claim) -> list[Problem]:
    """Why nothing can be recovered on a claim yet."""
    found = f"{claim.number} {claim.get_state_display()}"
    return [Problem("补偿申请", found, f"只有{Claim.State.PAID.label}时可办", "state")]
