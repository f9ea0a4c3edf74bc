"""Reading volumes and awards. Every question takes the viewer: a bank sees its own awards, a payer those it owes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.loans.queries import loans
from finance.parties.models import Organisation
from kernel.errors import Problem, Refused
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.schemes.volume import VolumeScheme, VolumeSubsidy, volume_scheme_of, volume_subsidy
from riskpool.schemes.working import working_to_json
from riskpool.volumes import rules
from riskpool.volumes.measures import fingerprint, measures
from riskpool.volumes.models import CountedLoan, VolumeAward

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership


@dataclass(frozen=True)
class Weighed:
    """A bank's period under a measure: what counts, and what it comes to."""

    bank: Organisation
    measure: VolumeScheme
    first: dt.date
    last: dt.date
    loans: tuple[rules.LentLoan, ...]
    subsidy: VolumeSubsidy

    @property
    def lent_fen(self) -> int:
        """The volume, in fen."""
        return sum(loan.fen for loan in self.loans)


def awards(*, viewer: Membership) -> QuerySet[VolumeAward]:
    """The awards a viewer may see, the latest period first; nobody but the bank and the payer sees any."""
    organisation = viewer.organisation
    whose = {
        Organisation.Kind.BANK: {"bank": organisation},
        Organisation.Kind.FINANCE_BUREAU: {"payer": organisation},
    }.get(organisation.kind)  # type: ignore[call-overload]
    seen = VolumeAward.objects.filter(**whose) if whose else VolumeAward.objects.none()
    return seen.select_related("payer", "bank", "taken_back").order_by("-last_day", "-recorded_at")


def award(*, viewer: Membership, award_id: UUID) -> VolumeAward:
    """One of them; VolumeAward.DoesNotExist for everybody else."""
    return awards(viewer=viewer).get(pk=award_id)


def owed(viewer: Membership, award_id: UUID) -> VolumeAward:
    """An award that the viewer's own organisation owes."""
    return awards(viewer=viewer).filter(payer=viewer.organisation).get(pk=award_id)


def beside(award: VolumeAward) -> QuerySet[VolumeAward]:
    """Other awards of the same payer to the same bank under the measure, for days of the same period: what was taken back
    before this one, and what took its place."""
    others = VolumeAward.objects.filter(
        payer=award.payer_id, bank=award.bank_id, family=award.family,
        first_day__lte=award.last_day, last_day__gte=award.first_day,
    )  # fmt: skip
    return others.exclude(pk=award.pk).order_by("recorded_at")


def lent_by(*, viewer: Membership, bank: Organisation, first: dt.date, last: dt.date) -> list[rules.LentLoan]:
    """The loans of a bank that the viewer may see, lent within the period (both days included), as filed."""
    seen = loans(viewer=viewer).filter(bank=bank, terms__disbursed_on__range=(first, last))
    return [
        rules.LentLoan(
            loan=str(loan.pk),
            terms=loan.terms.pk,
            number=loan.bank_loan_no,
            lent_on=loan.terms.disbursed_on,
            fen=fen_of(loan.terms.principal),
        )
        for loan in seen.order_by("terms__disbursed_on", "bank_loan_no")
        if loan.terms is not None
    ]


def weigh(
    *, viewer: Any, bank: Organisation, measure_id: str, first: dt.date, last: dt.date, on: dt.date
) -> Weighed:
    """What the viewer's organisation would owe a bank; Refused with everything that stands against it."""
    measure = measures().get(measure_id)
    if measure is None:
        raise Refused(Problem("办法", f"没有 {measure_id}", "请从列表中选择", "no_such_measure"))
    if viewer.organisation.region not in measure.regions:
        found = f"{measure.name}不适用于{viewer.organisation.short_name}所在地区"
        raise Refused(Problem("办法", found, "请选用本地区的办法", "other_region"))
    problems = rules.faults_of_period(measure, first, last, on)
    lent = lent_by(viewer=viewer, bank=bank, first=first, last=last)
    problems += rules.faults_of_loans(lent, _counted_before(measure, lent))
    problems += [
        Problem("期间", f"{span} 已有核定", "同一银行同一办法的期间不得重叠", "awarded_before")
        for span in _awarded(measure, bank, first, last)
    ]
    if problems:
        raise Refused(problems)
    return Weighed(bank, measure, first, last, tuple(lent), volume_subsidy(measure, rules.facts_of(lent)))


def family_of(measure_id: str) -> str:
    """The part of the id that all versions of a measure share."""
    return measure_id.partition("@")[0]


def _counted_before(measure: VolumeScheme, lent: list[rules.LentLoan]) -> dict[str, str]:
    rows = CountedLoan.objects.filter(
        live=True, family=family_of(measure.id), loan__in=[loan.loan for loan in lent]
    ).select_related("award", "loan")
    return {row.loan.bank_loan_no: f"{row.award.first_day} 至 {row.award.last_day}" for row in rows[:20]}


def _awarded(measure: VolumeScheme, bank: Organisation, first: dt.date, last: dt.date) -> list[str]:
    rows = VolumeAward.objects.filter(
        live=True, family=family_of(measure.id), bank=bank, first_day__lte=last, last_day__gte=first
    )
    return [f"{row.first_day} 至 {row.last_day}" for row in rows]


def faults() -> list[str]:
    """For `manage.py verify`: every award calculated again from the text and the loans it keeps, and whether one that was
    taken back counts no more."""
    found = []
    for kept in VolumeAward.objects.select_related("taken_back").prefetch_related("loans").order_by("pk"):
        stands = not hasattr(kept, "taken_back")
        if {kept.live, *(row.live for row in kept.loans.all())} != {stands}:
            found.append(f"放款量补贴 {kept}：是否收回与其状态不符")
        measure = volume_scheme_of(kept.measure_text)
        lent = [
            rules.LentLoan(str(row.loan_id), row.terms_id, "", row.lent_on, fen_of(row.principal))
            for row in kept.loans.all()
        ]
        again = volume_subsidy(measure, rules.facts_of(lent))
        compared = (
            ("办法文本摘要", fingerprint(measure), kept.measure_sha256),
            ("放款量", sum(loan.fen for loan in lent), fen_of(kept.lent)),
            ("计入贷款的摘要", rules.ground_of(lent), kept.ground_sha256),
            ("金额", again.paid_fen, fen_of(kept.amount)),
            ("计算过程", _plain(working_to_json(again.working)), _plain(kept.working)),
        )
        found += [f"放款量补贴 {kept}：{name}重算不符" for name, now, was in compared if now != was]
    return found


def _plain(working: Any) -> list[tuple[str, str]]:
    """The figures of a stored working; JSON keeps pairs as lists."""
    return [(label, figure) for step in working for label, figure in step["figures"]]


def totals(seen: QuerySet[VolumeAward]) -> dict[str, str]:
    """Volume and amount of the awards shown that stand, in yuan."""
    rows = [row for row in seen if row.live]
    return {
        "lent": yuan_text(sum(fen_of(row.lent) for row in rows), grouped=True),
        "amount": yuan_text(sum(fen_of(row.amount) for row in rows), grouped=True),
    }
