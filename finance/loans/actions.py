"""Entering what banks state: a loan's next terms, a month's next return; pointers moved under the loan's row lock.

The same content again adds nothing. Everything is done for many at once; the single actions are lists of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from finance.parties.enterprises import NamedEnterprise, known_enterprises
from finance.parties.models import Organisation
from finance.parties.seats import permit
from finance.pledges.actions import state_registrations
from finance.pledges.statements import StatedPledge, stated_right
from kernel.acts.actions import record
from kernel.errors import Problem, Refused
from kernel.identifiers import new_id
from kernel.money.fields import money_of

from .models import Loan, LoanReturn, LoanTerms

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership

    from .rules import StatedLoan, StatedReturn

_SEATS = ("bank.maker", "bank.checker")
_BATCH = 1000


@dataclass(frozen=True)
class Entered:
    """Which loans (or whose returns) were new, which changed, and how many statements were there already."""

    new: tuple[UUID, ...]
    changed: tuple[UUID, ...]
    same: int


@transaction.atomic
def enter_loan(
    *, by: Membership | None, bank: Organisation, stated: StatedLoan, on: dt.date, filing: UUID | None = None
) -> Loan:
    """Record a loan of `bank` as stated, or its next terms when the content differs from the last."""
    entered = enter_loans(by=by, bank=bank, stated=[stated], on=on, filing=filing)
    loan = Loan.objects.select_related("terms").get(bank=bank, bank_loan_no=stated.bank_loan_no)
    if not entered.same:
        verb, what = ("loan.enter", "备案") if entered.new else ("loan.change", "变更")
        facts = {"digest": stated.digest, "filing": str(filing) if filing else None}
        record(by=by, verb=verb, subject=loan, summary=f"{what}贷款 {loan.bank_loan_no}", facts=facts)
    return loan


@transaction.atomic
def enter_loans(
    *,
    by: Membership | None,
    bank: Organisation,
    stated: Sequence[StatedLoan],
    on: dt.date,
    filing: UUID | None = None,
) -> Entered:
    """Record many loans of a bank with few queries; the caller records the act.

    Refused: another bank's member, and a borrower's credit code that belongs to no enterprise. `on` is the day on which
    a new loan was filed, and about which another name of a borrower is kept.
    """
    _permit_own_bank(by, bank)
    numbers = [one.bank_loan_no for one in stated]
    assert len(set(numbers)) == len(numbers), "a loan is stated once in one entry"
    hold_book_of(bank)
    known = {loan.bank_loan_no: loan for loan in _locked_loans(bank, numbers).select_related("terms")}
    moved = [
        one for one in stated if one.bank_loan_no not in known or _terms_differ(known[one.bank_loan_no], one)
    ]
    source = f"{bank.short_name}备案"
    borrowers = known_enterprises(
        by=by,
        named=[NamedEnterprise(one.credit_code, one.borrower_name, one.district) for one in moved],
        about=on,
        source=source,
    )
    new = [
        Loan(
            id=new_id(),
            bank=bank,
            bank_loan_no=one.bank_loan_no,
            filed_on=on,
            borrower=borrowers[one.credit_code],
        )
        for one in moved
        if one.bank_loan_no not in known
    ]
    Loan.objects.bulk_create(new, batch_size=_BATCH)
    changed = [known[one.bank_loan_no] for one in moved if one.bank_loan_no in known]
    _append_terms(
        by, bank, {loan.bank_loan_no: loan for loan in (*new, *changed)}, moved, borrowers, source, filing
    )
    return Entered(
        tuple(loan.pk for loan in new), tuple(loan.pk for loan in changed), len(stated) - len(moved)
    )


def _append_terms(
    by: Membership | None,
    bank: Organisation,
    loans: dict[str, Loan],
    moved: Sequence[StatedLoan],
    borrowers: dict[str, Organisation],
    source: str,
    filing: UUID | None,
) -> None:
    """The next terms of these loans, their pledges, and the pointers; a corrected credit code moves the borrower."""
    pledges = state_registrations(
        by=by,
        pledgee=bank,
        stated=[_stated_pledge(one, borrowers[one.credit_code]) for one in moved],
        source=source,
    )
    guarantors = _guarantors({one.guarantor_name for one in moved} - {""})
    LoanTerms.objects.bulk_create(
        [
            LoanTerms(
                loan=(loan := loans[one.bank_loan_no]),
                seq=loan.terms.seq + 1 if loan.terms else 1,
                pledge=pledge,
                guarantor=guarantors.get(one.guarantor_name),
                filing=filing,
                recorded_by=by.account if by else None,
                **_terms_fields(one),
            )
            for one, pledge in zip(moved, pledges, strict=True)
        ],
        batch_size=_BATCH,
    )
    latest = LoanTerms.objects.filter(loan=OuterRef("pk")).order_by("-seq").values("pk")[:1]
    Loan.objects.filter(pk__in=[loan.pk for loan in loans.values()]).update(terms_id=Subquery(latest))
    for one in moved:
        loan, borrower = loans[one.bank_loan_no], borrowers[one.credit_code]
        if loan.borrower_id != borrower.pk:
            Loan.objects.filter(pk=loan.pk).update(borrower=borrower)


def _stated_pledge(one: StatedLoan, pledgor: Organisation) -> StatedPledge:
    kind = one.pledge_kind if one.pledge_kind != "mixed" else None
    rights = tuple(stated_right(number, kind) for number in one.right_numbers)  # type: ignore[arg-type]
    return StatedPledge(one.pledge_number, one.pledge_registered_on, pledgor.pk, rights, one.borrower_name)


def _terms_fields(one: StatedLoan) -> dict[str, object]:
    same = (
        "contract_no", "signed_on", "disbursed_on", "due_on", "annual_rate_percent", "repayment", "day_count_basis",
        "ip_share_percent", "evaluation_free", "security", "guarantor_name", "purpose", "first_loan", "district",
        "digest",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in same},
        "principal": money_of(one.principal_fen),
        "stated": one.plain(),
    }


def _guarantors(names: Iterable[str]) -> dict[str, Organisation]:
    """The guarantors of these full names; a name that nobody here has stays a name on the terms."""
    found = Organisation.objects.filter(kind=Organisation.Kind.GUARANTOR, name__in=set(names))
    return {organisation.name: organisation for organisation in found}


def _terms_differ(loan: Loan, one: StatedLoan) -> bool:
    return loan.terms is None or loan.terms.digest != one.digest


@transaction.atomic
def enter_return(
    *,
    by: Membership | None,
    bank: Organisation,
    stated: StatedReturn,
    on: dt.date,
    filing: UUID | None = None,
) -> LoanReturn:
    """Record the return of one loan for one month, or the next statement of it when the content differs."""
    entered = enter_returns(by=by, bank=bank, stated=[stated], on=on, filing=filing)
    found = LoanReturn.objects.filter(
        loan__bank=bank, loan__bank_loan_no=stated.bank_loan_no, period=stated.period
    )
    row = found.select_related("loan").order_by("-seq")[0]
    if not entered.same:
        facts = {"digest": stated.digest, "filing": str(filing) if filing else None}
        summary = f"报送 {stated.natural_key} 月报"
        record(by=by, verb="return.enter", subject=row.loan, summary=summary, facts=facts)
    return row


@transaction.atomic
def enter_returns(
    *,
    by: Membership | None,
    bank: Organisation,
    stated: Sequence[StatedReturn],
    on: dt.date,
    filing: UUID | None = None,
) -> Entered:
    """Record many returns of a bank, reported on the day `on`; the caller records the act.

    Refused, all together: a number that is not a filed loan of the bank. The loan's pointer names the latest month's
    last statement, also when an earlier month is corrected afterwards.
    """
    _permit_own_bank(by, bank)
    keys = [one.natural_key for one in stated]
    assert len(set(keys)) == len(keys), "a month of a loan is stated once in one entry"
    hold_book_of(bank)
    loans = {loan.bank_loan_no: loan for loan in _locked_loans(bank, {one.bank_loan_no for one in stated})}
    unknown = [one for one in stated if one.bank_loan_no not in loans]
    if unknown:
        raise Refused(
            Problem(
                "银行贷款编号",
                f"{one.bank_loan_no} 不在本行已备案的贷款里",
                "新贷款请先备案",
                code="loan_unknown",
            )
            for one in unknown
        )
    before = {
        (row.loan_id, row.period): row for row in last_returns(loans.values(), {one.period for one in stated})
    }
    moved = []
    for one in stated:
        last = before.get((loans[one.bank_loan_no].pk, one.period))
        if last is None or last.digest != one.digest:
            moved.append((one, loans[one.bank_loan_no], last))
    LoanReturn.objects.bulk_create(
        [
            LoanReturn(
                loan=loan,
                period=one.period,
                seq=last.seq + 1 if last else 1,
                balance=money_of(one.balance_fen),
                overdue_since=one.overdue_since,
                settled_on=one.settled_on,
                interest_paid=money_of(one.interest_paid_fen),
                grade=one.grade,
                note=one.note,
                reported_on=on,
                digest=one.digest,
                filing=filing,
                recorded_by=by.account if by else None,
            )
            for one, loan, last in moved
        ],
        batch_size=_BATCH,
    )
    latest = LoanReturn.objects.filter(loan=OuterRef("pk")).order_by("-period", "-seq").values("pk")[:1]
    Loan.objects.filter(pk__in={loan.pk for _, loan, _ in moved}).update(latest_return_id=Subquery(latest))
    new = tuple(loan.pk for _, loan, last in moved if last is None)
    changed = tuple(loan.pk for _, loan, last in moved if last is not None)
    return Entered(new, changed, len(stated) - len(moved))


def last_returns(loans: Iterable[Loan], periods: Iterable[dt.date]) -> list[LoanReturn]:
    """The last statement of each of these months of each of these loans."""
    found = LoanReturn.objects.filter(loan__in=[loan.pk for loan in loans], period__in=set(periods))
    return list(found.order_by("loan_id", "period", "-seq").distinct("loan_id", "period"))


def hold_book_of(bank: Organisation) -> None:
    """One entry at a time into a bank's book, until this transaction ends: what is new is decided here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"loans of {bank.pk}"])


def _locked_loans(bank: Organisation, numbers: Iterable[str]) -> QuerySet[Loan]:
    return (
        Loan.objects.select_for_update(no_key=True, of=("self",))
        .filter(bank=bank, bank_loan_no__in=set(numbers))
        .order_by("id")
    )


def _permit_own_bank(by: Membership | None, bank: Organisation) -> None:
    permit(by, *_SEATS)
    if by is not None and by.organisation_id != bank.pk:
        raise Refused(Problem("权限", "不是本行的贷款", "只能报送本行的贷款", code="not_permitted"))
