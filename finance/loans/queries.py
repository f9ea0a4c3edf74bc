"""Reading loans and returns. Every question takes the viewer; what one may not see does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, Sum

from finance.parties.models import Organisation
from kernel.money.fields import fen_of

from . import rules
from .models import Loan, LoanReturn, LoanTerms

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from kernel.days import WorkingCalendar

    Widening = Callable[[Membership], Q]

NOBODY = Q(pk__in=())
_OWN_ROWS_ONLY = (Organisation.Kind.BANK, Organisation.Kind.ENTERPRISE)
_widenings: list[Widening] = []


def widen(function: Widening) -> Widening:
    """Register a room above that lets more viewers see loans (by a seat at a pool); banks and enterprises never."""
    if function not in _widenings:
        _widenings.append(function)
    return function


def seen_by(viewer: Membership) -> Q:
    """Which loans a viewer may see: the bank its own, the borrower its own, the guarantor on the terms, and widenings."""
    organisation = viewer.organisation
    if organisation.kind == Organisation.Kind.BANK:
        return Q(bank=organisation.pk)
    if organisation.kind == Organisation.Kind.ENTERPRISE:
        return Q(borrower=organisation.pk)
    seen = NOBODY
    if organisation.kind == Organisation.Kind.GUARANTOR:
        seen |= Q(terms__guarantor=organisation.pk)
    for function in _widenings:
        seen |= function(viewer)
    return seen


def loans(*, viewer: Membership, on: dt.date | None = None) -> QuerySet[Loan]:
    """The loans a viewer may see, lent by the day `on` if it is given; the latest lent first."""
    seen = Loan.objects.filter(seen_by(viewer))
    if viewer.organisation.kind not in _OWN_ROWS_ONLY:  # a widening may join many rows to one loan
        seen = Loan.objects.filter(pk__in=seen.order_by().values("pk"))
    if on is not None:
        seen = seen.filter(terms__disbursed_on__lte=on)
    return seen.select_related(
        "bank", "borrower", "terms__guarantor", "terms__pledge", "latest_return"
    ).order_by("-terms__disbursed_on", "-id")


def found(seen: QuerySet[Loan], *, q: str = "", state: str = "") -> QuerySet[Loan]:
    """Those of them whose number or borrower has the text in it, and that are open, overdue or settled."""
    if q:
        seen = seen.filter(Q(bank_loan_no__icontains=q) | named(q))
    if state == "open":
        return seen.exclude(latest_return__balance=0)
    if state == "overdue":
        return seen.filter(latest_return__overdue_since__isnull=False).exclude(latest_return__balance=0)
    return seen.filter(latest_return__balance=0) if state == "settled" else seen


def named(q: str) -> Q:
    """Loans whose borrower has the text in its name, as the loan's own bank filed it (`Loan.borrower_name`)."""
    return Q(terms__stated__borrower_name__icontains=q) | Q(
        terms__stated__borrower_name__isnull=True, borrower__name__icontains=q
    )


def loan(*, viewer: Membership, loan_id: UUID) -> Loan:
    """One of them; Loan.DoesNotExist for everybody else."""
    return loans(viewer=viewer).get(pk=loan_id)


def returns_of(loan: Loan, *, known_at: dt.datetime | None = None) -> list[LoanReturn]:
    """The last statement of every month of a loan, the latest month first; the caller was let in to the loan."""
    found = loan.returns.all() if known_at is None else loan.returns.filter(recorded_at__lte=known_at)
    return list(found.order_by("-period", "-seq").distinct("period"))


def returns_of_each(loans: Iterable[UUID]) -> dict[UUID, list[LoanReturn]]:
    """The same of many loans at once, each there; the caller was let in to all of them."""
    found: dict[UUID, list[LoanReturn]] = {pk: [] for pk in loans}
    rows = LoanReturn.objects.filter(loan__in=list(found)).order_by("loan", "-period", "-seq")
    for row in rows.distinct("loan", "period"):
        found[row.loan_id].append(row)
    return found


def terms_of(loan: Loan, *, known_at: dt.datetime | None = None) -> QuerySet[LoanTerms]:
    """Every version of a loan's terms, the last one first; the caller was let in to the loan."""
    found = loan.terms_history.select_related("guarantor", "pledge", "recorded_by__person").order_by("-seq")
    return found if known_at is None else found.filter(recorded_at__lte=known_at)


@dataclass(frozen=True)
class LoanState:
    """A loan on a day, as it was known at a moment: terms, last report, balance (fen), delay (days)."""

    terms: LoanTerms
    last_return: LoanReturn | None
    balance_fen: int
    overdue_since: dt.date | None
    overdue_days: int
    grade: str
    settled: bool


def state_of(loan: Loan, *, on: dt.date, known_at: dt.datetime | None = None) -> LoanState | None:
    """The state from the appended rows alone; None when the loan was not yet lent on the day or not yet known.

    A month's return speaks on a day if the month is over by then or was reported by then. Without any, the whole
    principal is outstanding.
    """
    terms, returns = loan.terms_history.all(), _speaking(loan, on, known_at)
    if known_at is not None:
        terms = terms.filter(recorded_at__lte=known_at)
    standing = terms.select_related("guarantor", "pledge").order_by("-seq").first()
    if standing is None or standing.disbursed_on > on:
        return None
    last = returns.order_by("-period", "-seq").first()
    balance = fen_of(last.balance) if last else fen_of(standing.principal)
    since = last.overdue_since if last else None
    return LoanState(
        terms=standing,
        last_return=last,
        balance_fen=balance,
        overdue_since=since,
        overdue_days=rules.overdue_days(since, on),
        grade=last.grade if last else "",
        settled=last is not None and balance == 0,
    )


def _speaking(loan: Loan, on: dt.date, known_at: dt.datetime | None) -> QuerySet[LoanReturn]:
    returns = loan.returns.filter(
        Q(period__lt=rules.first_of_month(on)) | Q(reported_on__lte=on), period__lte=on
    )
    return returns if known_at is None else returns.filter(recorded_at__lte=known_at)


def returns_known(loan: Loan, *, on: dt.date, known_at: dt.datetime | None = None) -> list[LoanReturn]:
    """The returns that speak on a day, month by month, of each month the last statement."""
    return list(_speaking(loan, on, known_at).order_by("period", "-seq").distinct("period"))


def accrued_on(loan: Loan, *, on: dt.date) -> int:
    """Interest in fen on the balance as it stands, for the days of the month that `on` lies in; for display only."""
    state = state_of(loan, on=on)
    if state is None:
        return 0
    begin = max(rules.first_of_month(on), state.terms.disbursed_on)
    rate, basis = state.terms.annual_rate_percent, state.terms.day_count_basis
    return rules.accrued_interest_fen(state.balance_fen, rate, begin, on, basis)


def open_loans(bank: Organisation, by: dt.date) -> QuerySet[Loan]:
    """Loans of a bank lent by a day and not reported as paid off."""
    lent = Loan.objects.filter(bank=bank, terms__disbursed_on__lte=by)
    return lent.exclude(latest_return__balance=0).select_related("borrower", "terms", "latest_return")


@dataclass(frozen=True)
class ReturnsDue:
    """What a bank owes for the last ended month: how many open loans, which lack their return, and until when.

    `working_days_left` is below zero when it is late; `provisional` when the calendar of that year is not announced.
    """

    period: dt.date
    due_on: dt.date
    working_days_left: int
    provisional: bool
    open: int
    missing: QuerySet[Loan]

    @property
    def missing_count(self) -> int:
        return self.missing.count()


def returns_due(
    *, viewer: Membership, on: dt.date, due_working_day: int, calendar: WorkingCalendar
) -> ReturnsDue:
    """The viewer bank's duty on a day; `due_working_day` is the n-th working day of the following month (procedure)."""
    assert viewer.organisation.kind == Organisation.Kind.BANK, viewer.organisation.kind
    return returns_due_of(viewer.organisation, on=on, due_working_day=due_working_day, calendar=calendar)


def returns_due_of(
    bank: Organisation, *, on: dt.date, due_working_day: int, calendar: WorkingCalendar
) -> ReturnsDue:
    """The same for a caller who was let in to the bank's returns otherwise (a pool's page, a reminder).

    Owed is the return of a loan that had been lent and filed by the month's last day. One that was filed only afterwards
    owes nothing for a month in which nobody here knew of it (decision 0013); a return filed for it all the same is taken.
    """
    period = rules.last_ended_month(on)
    last = rules.last_of_month(period)
    owed = open_loans(bank, last).filter(filed_on__lte=last)
    reported = LoanReturn.objects.filter(loan=OuterRef("pk"), period=period)
    due_on = calendar.add(rules.last_of_month(period), due_working_day)
    return ReturnsDue(
        period=period,
        due_on=due_on,
        working_days_left=calendar.between(on, due_on),
        provisional=calendar.provisional(due_on, since=period),
        open=owed.count(),
        missing=owed.filter(~Exists(reported)).order_by("bank_loan_no"),
    )


def sums(seen: QuerySet[Loan]) -> dict[str, object]:
    """How many loans, and their principal; the caller asked for the loans by viewer."""
    return seen.order_by().aggregate(count=Count("pk"), principal=Sum("terms__principal"))


# What the intake asks about a bank's own book; the bank stands in the place of the viewer.


def stated_loans(bank: Organisation, numbers: Iterable[str]) -> dict[str, tuple[UUID, rules.StatedLoan, str]]:
    """The last statement of each of these loans of a bank: number -> (loan id, statement, digest)."""
    found = Loan.objects.filter(bank=bank, bank_loan_no__in=set(numbers), terms__isnull=False)
    rows = found.values_list("bank_loan_no", "pk", "terms__stated", "terms__digest")
    return {number: (pk, rules.StatedLoan.from_plain(stated), digest) for number, pk, stated, digest in rows}


def book_of(bank: Organisation, numbers: Iterable[str]) -> dict[str, Loan]:
    """These loans of a bank with borrower and terms, by number."""
    found = Loan.objects.filter(bank=bank, bank_loan_no__in=set(numbers), terms__isnull=False)
    return {loan.bank_loan_no: loan for loan in found.select_related("borrower", "terms")}


def stated_returns(
    bank: Organisation, keys: Iterable[tuple[str, dt.date]]
) -> dict[tuple[str, dt.date], tuple[UUID, rules.StatedReturn, str]]:
    """The last statement of each of these (loan number, month) of a bank: key -> (loan id, statement, digest)."""
    wanted = set(keys)
    rows = (
        LoanReturn.objects.filter(
            loan__bank=bank,
            loan__bank_loan_no__in={number for number, _ in wanted},
            period__in={period for _, period in wanted},
        )
        .select_related("loan")
        .order_by("loan_id", "period", "-seq")
        .distinct("loan_id", "period")
    )
    found = {
        (row.loan.bank_loan_no, row.period): (row.loan_id, stated_return(row), row.digest) for row in rows
    }
    return {key: value for key, value in found.items() if key in wanted}


def stated_return(row: LoanReturn) -> rules.StatedReturn:
    """What a row of a month states."""
    return rules.StatedReturn(
        bank_loan_no=row.loan.bank_loan_no,
        period=row.period,
        balance_fen=fen_of(row.balance),
        overdue_since=row.overdue_since,
        interest_paid_fen=fen_of(row.interest_paid),
        grade=row.grade,
        note=row.note,
    )


def balances_before(bank: Organisation, numbers: Iterable[str], period: dt.date) -> dict[str, int]:
    """Fen that the last return before a month reported, by loan number."""
    rows = (
        LoanReturn.objects.filter(loan__bank=bank, loan__bank_loan_no__in=set(numbers), period__lt=period)
        .select_related("loan")
        .order_by("loan_id", "-period", "-seq")
        .distinct("loan_id")
    )
    return {row.loan.bank_loan_no: fen_of(row.balance) for row in rows}


def loans_on_rights(bank: Organisation, numbers: Iterable[str]) -> dict[str, set[str]]:
    """Which open loans of this bank, by their numbers, stand on each of these rights (normal form of the number).

    Only the bank's own rows: that a right is pledged to another bank is not told here.
    """
    rows = (
        Loan.objects.filter(bank=bank, terms__pledge__rights__number__in=set(numbers))
        .exclude(latest_return__balance=0)
        .values_list("terms__pledge__rights__number", "bank_loan_no")
    )
    wanted = set(numbers)
    found: dict[str, set[str]] = {}
    for number, loan_number in rows:
        if number in wanted:
            found.setdefault(number, set()).add(loan_number)
    return found
