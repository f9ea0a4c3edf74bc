"""What the platform itself knows for an application: fact by fact, each with its source and the day it is about.

Nothing is guessed: what no row says is left out, and the owner or the bank states it. The caller was let in to the
enterprise and its loan.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, prefetch_related_objects

from finance.loans.models import LoanReturn, LoanTerms
from finance.loans.queries import returns_of_each
from finance.loans.rules import overdue_days
from finance.parties.models import EnterpriseFact, EnterpriseFigures, Membership
from finance.parties.queries import counting_against_each, figures_of_each, size_of
from finance.parties.sizes import UNKNOWN
from finance.subsidies.models import Award
from finance.subsidies.queries.of_applications import left_of
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from finance.loans.models import Loan
    from finance.parties.models import CreditFact, Organisation

Security = LoanTerms.Security
# what a bank's word for its security says of the insurance or guarantee behind the loan; a guarantee alone does not say
# whether it is a policy guarantee, so that nothing is taken from it
_SUPPORT = {
    Security.PLEDGE: "none",
    Security.PLEDGE_AND_MORTGAGE: "none",
    Security.PLEDGE_AND_INSURANCE: "insurance",
}
OTHER_SUBSIDY = "loan.other_fiscal_interest_subsidy"
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Known:
    """One fact that a row of the platform states: path, value as JSON holds it, from where, about which day; `unchecked`
    when the enterprise said it of itself and nobody has looked at the paper. `recorded_at`: since when it is known here."""

    path: str
    value: Any
    source: str
    about: dt.date | None
    unchecked: bool = False
    recorded_at: dt.datetime | None = None


def known_of(*, enterprise: Organisation, loan: Loan | None, on: dt.date, family: str = "") -> list[Known]:
    """Everything that is known now of an enterprise and one of its loans as of a business day, under the policy `family`."""
    return known_of_each([(enterprise, loan, family)], on=on)[0]


def known_of_each(
    subjects: Sequence[tuple[Organisation, Loan | None, str]], *, on: dt.date
) -> list[list[Known]]:
    """The same of many (enterprise, loan, family) at once, in their order, by a number of questions that does not grow with
    them."""
    rows = _Rows.of(subjects, on)
    found = []
    for enterprise, loan, family in subjects:
        known = [*_of_enterprise(enterprise, rows)]
        if loan is not None and loan.terms is not None:
            awards = _of_awards(rows.awards.get(loan.pk, ()), family)
            known += [*_of_loan(loan, rows.returns[loan.pk], on), *_of_pledge(loan), *awards]
        found.append(list({one.path: one for one in known}.values()))
    return found


@dataclass(frozen=True)
class _Rows:
    """The rows that tell of some enterprises (by their ids) and some loans (by theirs)."""

    facts: Mapping[UUID, Sequence[Any]]
    figures: Mapping[UUID, EnterpriseFigures]
    marks: Mapping[UUID, Mapping[str, CreditFact]]
    returns: Mapping[UUID, Sequence[LoanReturn]]
    awards: Mapping[UUID, Sequence[Award]]

    @classmethod
    def of(cls, subjects: Sequence[tuple[Organisation, Loan | None, str]], on: dt.date) -> _Rows:
        firms = {enterprise.pk for enterprise, *_ in subjects}
        loans = [loan for _, loan, _ in subjects if loan is not None and loan.terms is not None]
        prefetch_related_objects(loans, "bank", "terms__pledge__rights", "terms__pledge__pledgee")
        return cls(
            _facts_of_each(firms, on),
            figures_of_each(firms, on),
            counting_against_each(firms, on),
            returns_of_each(loan.pk for loan in loans),
            _awards_of_each(loans),
        )


def _facts_of_each(enterprises: Iterable[UUID], on: dt.date) -> dict[UUID, list[Any]]:
    own = Membership.objects.filter(organisation=OuterRef("enterprise"), account=OuterRef("recorded_by"))
    facts = EnterpriseFact.objects.filter(enterprise__in=list(enterprises), about__lte=on)
    # what a bureau or a platform recorded goes before what the enterprise says of itself, however late it says so
    ordered = facts.annotate(own=Exists(own)).order_by("enterprise", "name", "own", "-about", "-id")
    found: dict[UUID, list[Any]] = {}
    for fact in ordered.distinct("enterprise", "name"):
        found.setdefault(fact.enterprise_id, []).append(fact)
    return found


def _awards_of_each(loans: Sequence[Loan]) -> dict[UUID, list[Award]]:
    """What the borrowers of these loans were awarded for them, the first granted first."""
    rows = (
        Award.objects.filter(application__loan__in=[loan.pk for loan in loans], payee=F("application__loan__borrower"))
        .annotate(family=F("application__call__policy__family"))
        .select_related("application__call")
        .prefetch_related("claw_backs")
        .order_by("awarded_on", "id")
    )  # fmt: skip
    found: dict[UUID, list[Award]] = {}
    for award in rows:
        assert award.application.loan_id is not None, "asked by loans"
        found.setdefault(award.application.loan_id, []).append(award)
    return found


def _of_enterprise(enterprise: Organisation, rows: _Rows) -> Iterator[Known]:
    if enterprise.region:
        yield Known("applicant.region", enterprise.region, "平台机构登记：登记机关行政区划", None)
    for fact in rows.facts.get(enterprise.pk, ()):
        if fact.name.startswith(("applicant.", "pledge.", "bank.", "event.")):
            value = _TRUTH.get(fact.value, fact.value)
            yield Known(fact.name, value, fact.source, fact.about, fact.own, fact.recorded_at)
    if enterprise.pk in rows.figures:
        yield from _of_figures(rows.figures[enterprise.pk])
    for path, mark in rows.marks.get(enterprise.pk, {}).items():
        source = f"{mark.source} {mark.document_no}".strip()
        yield Known(path, True, source, mark.decided_on, recorded_at=mark.recorded_at)


def _of_figures(row: EnterpriseFigures) -> Iterator[Known]:
    """Size class and revenue by a year's figures; nothing where the class cannot be told."""
    source = f"{row.year}年规模数据（{row.get_evidence_display()}）：{row.source}"
    unchecked = row.evidence == EnterpriseFigures.Evidence.STATED
    size = size_of(row)
    if size.size != UNKNOWN:
        yield Known("applicant.size", size.size, source, row.known_on, unchecked, row.recorded_at)
    if row.revenue is not None:
        revenue = yuan_text(fen_of(row.revenue))
        yield Known("applicant.revenue", revenue, source, row.known_on, unchecked, row.recorded_at)


def _of_awards(awards: Iterable[Any], family: str) -> Iterator[Known]:
    """That a measure of another family has paid for this loan here; that none has elsewhere, nobody here can know."""
    other = next((one for one in awards if one.family != family and left_of(one)), None)
    if other is not None:
        source = f"本平台 {other.awarded_on} 核定：{other.application.call.title} {other.application.number}"
        yield Known(OTHER_SUBSIDY, True, source, other.awarded_on, recorded_at=other.recorded_at)


def _of_loan(loan: Loan, returns: Sequence[LoanReturn], on: dt.date) -> Iterator[Known]:
    terms = loan.terms
    assert terms is not None, "asked only of a loan with terms"
    source = f"{loan.bank.short_name}报送：借款合同 {terms.contract_no}"
    principal = yuan_text(fen_of(terms.principal))
    since = terms.recorded_at
    yield Known(
        "loan.draws", [[terms.disbursed_on.isoformat(), principal]], source, terms.disbursed_on, False, since
    )
    yield Known("loan.amount", principal, source, terms.disbursed_on, False, since)
    yield Known("loan.contract_date", terms.signed_on.isoformat(), source, terms.signed_on, False, since)
    yield Known("loan.rate", _plain(terms.annual_rate_percent / 100), source, terms.signed_on, False, since)
    yield Known("loan.lender_type", "bank", f"{loan.bank.name}为银行业机构", None)
    if terms.security in _SUPPORT:
        yield Known(
            "loan.credit_support", _SUPPORT[Security(terms.security)], source, terms.signed_on, False, since
        )
    yield from _of_returns(loan, [one for one in returns if one.reported_on <= on], on)


def _of_returns(loan: Loan, returns: list[LoanReturn], on: dt.date) -> Iterator[Known]:
    """What the monthly returns say: the longest delay, the day of settlement, and what interest was paid in all if the
    returns are complete from the draw to the settlement."""
    if not returns:
        return
    last = returns[0]
    source = f"{loan.bank.short_name}月报（至 {last.period:%Y-%m}）"
    since = max(one.recorded_at for one in returns)
    late = max(overdue_days(one.overdue_since, min(one.reported_on, on)) for one in returns)
    yield Known("loan.overdue_days", late, source, last.reported_on, False, since)
    settled = next((one for one in reversed(returns) if fen_of(one.balance) == 0), None)
    if settled is None or settled.settled_on is None:
        return
    yield Known("loan.settled_on", settled.settled_on.isoformat(), source, settled.reported_on, False, since)
    if _complete(loan, returns, settled):
        paid = sum(fen_of(one.interest_paid) for one in returns if one.period <= settled.period)
        yield Known("interest_paid", yuan_text(paid), source, settled.reported_on, False, since)


def _complete(loan: Loan, returns: list[LoanReturn], settled: LoanReturn) -> bool:
    assert loan.terms is not None
    first = loan.terms.disbursed_on
    months = (settled.period.year - first.year) * 12 + settled.period.month - first.month + 1
    return sum(first.replace(day=1) <= one.period <= settled.period for one in returns) == months


def _of_pledge(loan: Loan) -> Iterator[Known]:
    terms = loan.terms
    assert terms is not None
    stated, since = f"{loan.bank.short_name}报送：借款合同 {terms.contract_no}", terms.recorded_at
    mode = "ip_only" if terms.security == Security.PLEDGE else "mixed"
    yield Known(
        "pledge.ip_share", _plain(terms.ip_share_percent / 100), stated, terms.signed_on, False, since
    )
    yield Known("pledge.mode", mode, stated, terms.signed_on, False, since)
    registration = terms.pledge
    if registration is None:
        return
    rights = list(registration.rights.all())
    found: dict[str, Any] = {
        "pledge.registered_on": registration.registered_on.isoformat(),
        "pledge.pledgee_type": registration.pledgee.kind,
        "pledge.owner_is_borrower": registration.pledgor_id == loan.borrower_id,
    }
    if rights:
        found |= {"pledge.kinds": sorted({right.kind for right in rights}), "pledge.items": len(rights)}
    source, since = f"质押登记 {registration.number}", max(since, registration.recorded_at)
    for path, value in found.items():
        yield Known(path, value, source, registration.registered_on, False, since)


def _plain(value: Decimal) -> str:
    """A decimal as the policies write it: no exponent, no trailing zeros."""
    return format(value.normalize(), "f")
