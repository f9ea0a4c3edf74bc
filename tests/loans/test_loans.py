"""Loans and their months: who sees them, how they stand on a day, and what a bank still owes."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.loans import actions, queries, rules
from finance.loans.models import Loan, LoanTerms
from finance.loans.planned import planned
from kernel.days import WorkingCalendar
from kernel.errors import Refused
from tests.cast import freshly_signed_in
from tests.loans.stated import stated_loan, stated_return

ON = dt.date(2026, 11, 20)
JUNE = dt.date(2026, 6, 12)
CALENDAR = WorkingCalendar({}, {2026})


@pytest.fixture
def lent(cast):
    def enter(bank=None, on=ON, **other) -> Loan:
        bank = bank or cast.bank_a
        return actions.enter_loan(by=bank.checker, bank=bank.organisation, stated=stated_loan(**other), on=on)

    return enter


@pytest.fixture
def reported(cast):
    def enter(*arguments, on=ON, **other):
        stated = stated_return(*arguments, **other)
        return actions.enter_return(
            by=cast.bank_a.checker, bank=cast.bank_a.organisation, stated=stated, on=on
        )

    return enter


def who_sees(cast, loan):
    return {
        name
        for name, member in cast.everybody.items()
        if queries.loans(viewer=member).filter(pk=loan.pk).exists()
    }


@pytest.mark.django_db
def test_a_loan_is_seen_by_its_bank_its_borrower_and_its_guarantor_only(cast, lent):
    loan = lent(
        credit_code=cast.enterprise_a.organisation.credit_code,
        security="pledge_guarantee",
        guarantor_name=cast.guarantor.organisation.name,
    )
    assert who_sees(cast, loan) == {
        "bank_a.maker",
        "bank_a.checker",
        "enterprise_a.member",
        "guarantor.member",
    }
    with pytest.raises(Loan.DoesNotExist):
        queries.loan(viewer=cast.bank_b.maker, loan_id=loan.pk)


@pytest.mark.django_db
def test_a_room_above_widens_for_seats_but_never_for_another_bank_or_enterprise(cast, lent, monkeypatch):
    loan = lent()
    monkeypatch.setattr(queries, "_widenings", [lambda viewer: Q(bank__isnull=False)])
    seers = who_sees(cast, loan)
    assert "auditor.member" in seers
    assert not {"bank_b.maker", "bank_b.checker", "enterprise_b.member"} & seers


@pytest.mark.django_db
def test_the_same_statement_again_adds_nothing_however_its_decimals_are_written(cast, lent):
    loan = lent()
    lent(annual_rate_percent=Decimal("3.850000"))
    assert loan.terms_history.count() == 1


@pytest.mark.django_db
def test_a_corrected_credit_code_moves_the_borrower_and_keeps_what_was_stated(cast, lent):
    lent()
    loan = lent(credit_code=cast.enterprise_b.organisation.credit_code)
    assert loan.borrower == cast.enterprise_b.organisation
    assert [terms.stated["credit_code"] for terms in queries.terms_of(loan)] == [
        cast.enterprise_b.organisation.credit_code,
        "91500103MA5U1Y0R6P",
    ]


@pytest.mark.django_db
def test_terms_are_never_edited_not_even_by_raw_sql(cast, lent):
    loan = lent()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        LoanTerms.objects.filter(loan=loan).update(purpose="别的")


@pytest.mark.django_db
def test_a_bank_enters_nothing_into_another_banks_book(cast):
    with pytest.raises(Refused, match="不是本行的贷款"):
        actions.enter_loan(by=cast.bank_b.checker, bank=cast.bank_a.organisation, stated=stated_loan(), on=ON)


@pytest.mark.django_db
def test_the_state_of_a_day_is_what_was_reported_for_it(lent, reported):
    loan = lent()
    assert queries.state_of(loan, on=dt.date(2026, 6, 9)) is None
    assert queries.state_of(loan, on=dt.date(2026, 6, 10)).balance_fen == 500_000_000
    reported("YC1", "2026-08", 400_000_000, on=dt.date(2026, 9, 3))
    reported("YC1", "2026-09", 400_000_000, overdue_since=dt.date(2026, 9, 21), grade="special_mention")
    september = queries.state_of(loan, on=dt.date(2026, 9, 15))
    assert (september.balance_fen, september.overdue_days) == (400_000_000, 0)
    november = queries.state_of(loan, on=ON)
    assert (november.overdue_days, november.grade) == (60, "special_mention")  # 21 September to 20 November


@pytest.mark.django_db
def test_what_was_known_earlier_can_still_be_asked(lent, reported):
    loan = lent()
    first = reported("YC1", "2026-10", 400_000_000)
    first.refresh_from_db()
    reported("YC1", "2026-10", 300_000_000)
    assert queries.state_of(loan, on=ON).balance_fen == 300_000_000
    assert queries.state_of(loan, on=ON, known_at=first.recorded_at).balance_fen == 400_000_000
    before_anything = loan.terms_history.get().recorded_at - dt.timedelta(seconds=1)
    assert queries.state_of(loan, on=ON, known_at=before_anything) is None


@pytest.mark.django_db
def test_correcting_an_earlier_month_leaves_the_pointer_on_the_latest(lent, reported):
    loan = lent()
    reported("YC1", "2026-10", 300_000_000)
    reported("YC1", "2026-09", 450_000_000)
    loan.refresh_from_db()
    assert loan.latest_return.period == dt.date(2026, 10, 1)
    assert [row.period.month for row in queries.returns_of(loan)] == [10, 9]


@pytest.mark.django_db
def test_a_return_says_on_which_day_a_loan_was_paid_off(lent, reported):
    loan = lent()
    reported("YC1", "2026-10", 0, settled_on=dt.date(2026, 10, 9))

    loan.refresh_from_db()
    assert loan.latest_return.settled_on == dt.date(2026, 10, 9)
    with pytest.raises(DatabaseError, match="only_a_loan_without_balance_is_settled"), transaction.atomic():
        type(loan.latest_return).objects.create(
            loan=loan, period=dt.date(2026, 11, 1), seq=1, balance="5.00", interest_paid="0.00", grade="normal",
            reported_on=ON, digest="0" * 64, settled_on=ON,
        )  # fmt: skip


def test_a_return_without_a_day_of_settlement_keeps_the_digest_it_had_before_there_was_one():
    stated = stated_return("YC1", "2026-10", 0)

    assert "settled_on" not in stated.plain()
    assert replace(stated, settled_on=dt.date(2026, 10, 9)).digest != stated.digest


@pytest.mark.django_db
def test_a_bank_owes_the_last_ended_month_of_every_open_loan(cast, lent, reported):
    lent(on=JUNE)
    lent(on=JUNE, bank_loan_no="YC2", pledge_number="Y2")
    lent(on=JUNE, bank_loan_no="YC3", pledge_number="Y3")
    lent(
        on=JUNE, bank_loan_no="YC4", pledge_number="Y4", disbursed_on=dt.date(2026, 11, 2)
    )  # not lent in October
    reported("YC1", "2026-10")
    reported("YC3", "2026-09", 0)
    due = queries.returns_due(viewer=cast.bank_a.maker, on=ON, due_working_day=5, calendar=CALENDAR)
    assert [loan.bank_loan_no for loan in due.missing] == ["YC2"]
    assert (due.period, due.open) == (dt.date(2026, 10, 1), 2)
    assert due.due_on == dt.date(2026, 11, 6)  # Monday 2 to Friday 6 November
    assert due.working_days_left == -10  # 9 to 13 and 16 to 20 November
    assert (
        queries.returns_due(viewer=cast.bank_b.maker, on=ON, due_working_day=5, calendar=CALENDAR).open == 0
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filed_on", "owed"),
    [
        (dt.date(2026, 10, 1), True),
        (dt.date(2026, 10, 31), True),  # known for one day of the month: known at its end, so reported
        (dt.date(2026, 11, 1), False),
        (dt.date(2026, 11, 20), False),
    ],
)
def test_a_loan_owes_the_months_from_the_one_in_which_its_bank_filed_it(cast, lent, filed_on, owed):
    lent(on=filed_on)  # lent in June
    due = queries.returns_due(viewer=cast.bank_a.maker, on=ON, due_working_day=5, calendar=CALENDAR)
    assert (due.open, due.missing_count) == ((1, 1) if owed else (0, 0))


@pytest.mark.django_db
def test_changed_terms_leave_the_day_on_which_a_loan_was_filed(cast, lent):
    first = lent(on=JUNE)
    again = lent(on=ON, purpose="研发")
    assert (again.pk, again.filed_on, again.terms.seq) == (first.pk, JUNE, 2)


days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


@given(since=days, on=days, needed=st.integers(1, 400))
@settings(max_examples=100, deadline=None)
def test_once_claimable_a_loan_stays_claimable_while_it_is_overdue(since, on, needed):
    if rules.is_claimable(since, on, needed):
        assert rules.is_claimable(since, on + dt.timedelta(days=1), needed)
    assert not rules.is_claimable(None, on, needed)


@given(balance=st.integers(0, 10**12), start=days, middle=days, end=days)
@settings(max_examples=100, deadline=None)
def test_interest_over_two_spans_is_that_over_the_whole_within_a_fen(balance, start, middle, end):
    start, middle, end = sorted((start, middle, end))
    rate = Decimal("4.35")
    parts = [
        rules.accrued_interest_fen(balance, rate, *span, 365) for span in ((start, middle), (middle, end))
    ]
    assert abs(sum(parts) - rules.accrued_interest_fen(balance, rate, start, end, 365)) <= 1


def test_a_statement_survives_json_and_keeps_its_digest():
    stated = stated_loan(annual_rate_percent=Decimal("3.8500"))
    again = rules.StatedLoan.from_plain(stated.plain())
    assert again.digest == stated.digest == stated_loan().digest


@pytest.mark.django_db
def test_a_loans_page_shows_its_plan_and_what_the_bank_reported_beside_it(cast, lent, reported):
    """500 万元, 3.85 %, settled by months: 11 days to 20 June, then 30; the bank reports less."""
    loan = lent(credit_code=cast.enterprise_a.organisation.credit_code)
    reported(period="2026-06", interest_paid_fen=0, on=dt.date(2026, 7, 3))
    reported(period="2026-07", interest_paid_fen=16_000_00, on=dt.date(2026, 8, 3))
    shown = {}
    for seat in (cast.bank_a.maker, cast.enterprise_a.owner):
        page = freshly_signed_in(seat).get(reverse("loans:loan", args=[loan.pk]), {"on": "2026-08-20"})
        shown[seat.seat] = page.context["planned"]
        for figure in ("按合同条件测算，实际以银行为准", "5,881.94", "16,041.67", "-5,923.61", "2026-06-22"):
            assert figure in page.content.decode(), (seat.seat, figure)
    planned = shown["bank.maker"]
    assert [(month.first_day.month, month.due_fen, month.reported_fen) for month in planned.months] == [
        *((6, 5_881_94, 0), (7, 16_041_67, 16_000_00)),
    ]
    assert (planned.due_interest_fen, planned.difference_fen) == (21_923_61, -5_923_61)
    assert planned == shown["enterprise.owner"]


@pytest.mark.django_db
def test_a_plan_says_where_the_banks_balance_is_not_its_own_and_which_months_are_missing(
    cast, lent, reported
):
    loan = lent()
    reported(period="2026-08", balance_fen=400_000_000, on=dt.date(2026, 9, 3))
    state = queries.state_of(loan, on=ON)
    made = planned(state.terms, queries.returns_of(loan), on=ON, calendar=CALENDAR)
    assert made.balance_gap == (dt.date(2026, 8, 1), 400_000_000, 500_000_000)
    assert made.unreported == 4  # June, July, September, October
    assert made.compared_due_fen == 16_576_39  # the 31 days to 20 August alone: 5,000,000 × 3.85 % × 31 ÷ 360


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("repayment", "told", "english"),
    [
        ("bullet", ["RECALLED"], "A day's rate is the yearly rate"),
        ("quarterly_interest", ["RECALLED", "SEEN"], "the 20th of the month"),
        ("equal_instalment", ["RECALLED", "assumed"], "the term stays"),
    ],
)
def test_a_plan_names_the_conventions_it_rests_on_and_how_well_they_are_known(lent, repayment, told, english):
    loan = lent(repayment=repayment)
    made = planned(queries.state_of(loan, on=ON).terms, (), on=ON, calendar=CALENDAR)
    assert [mark for _, _, mark in made.sources] == told
    with translation.override("en"):
        assert english in " ".join(about for about, _, _ in made.sources)
