"""What a loan would mean to a pool: schemes that ask for facts of a claim's time, bearers that cannot work."""

import datetime as dt

import pytest
from django.utils import timezone

from finance.intake.effects import AtStake
from finance.loans.models import LoanTerms
from kernel.errors import Refused
from kernel.money.fields import fen_of, money_of
from riskpool.pools import actions as pools
from riskpool.pools import enrolling, queries, weighing
from riskpool.pools.models import Enrolment, EnrolmentRefusal
from tests.books import LENT, TODAY, go_bad, open_books, scheme_version
from tests.loans.stated import stated_loan

pytestmark = pytest.mark.django_db
HENAN_STARTS = dt.date(2025, 6, 1)  # the version's first day; nobody signs for a version before it


def test_a_scheme_that_counts_what_was_paid_this_year_takes_a_loan_as_if_only_it_failed(cast):
    books = open_books(cast, "guangzhou-ip@2023", {"city": {"pool": True}})
    books.pay_in("city", 10_000_000_00)
    (enrolment,) = books.enrol(books.lend(1_000_000_00))
    assert (fen_of(enrolment.exposure), fen_of(enrolment.committed)) == (1_000_000_00, 500_000_00)
    (row,) = queries.exposed_on(books.pool, TODAY)
    assert (row.exposure, row.committed) == (1_000_000_00, 500_000_00)


def test_facts_that_nobody_has_set_are_a_reason_against_the_loan_and_stop_nothing(cast):
    books = open_books(cast, "henan-kejidai@2025", {"reserve": {"pool": True}}, starts=HENAN_STARTS)
    enrolled, (refusal,) = enrolling.enrol_loans(by=None, loans=[books.lend()], on=LENT)
    assert enrolled == []
    assert [reason["id"] for reason in refusal.reasons] == ["facts_absent"]
    assert refusal.reasons[0]["reason"] == (
        "方案所需事实尚未设定：银行上年末在池贷款余额（元）（bank.prev_year_balance）"
    )


def test_a_dry_run_tells_of_facts_that_nobody_has_set_in_a_line(cast):
    open_books(cast, "henan-kejidai@2025", {"reserve": {"pool": True}}, starts=HENAN_STARTS)
    rows = [AtStake("new", stated_loan(), None)]
    *_, last = weighing.assess(bank=cast.bank_a.organisation, form="loans", on=TODAY, rows=rows)["lines"]
    assert "方案所需事实尚未设定" in last["note"]


def test_a_loan_that_cannot_be_calculated_counts_in_full_while_it_is_in_the_pool(cast):
    books = open_books(cast, "henan-kejidai@2025", {"reserve": {"pool": True}}, starts=HENAN_STARTS)
    loan = books.lend(500_000_00)
    Enrolment.objects.create(
        loan=loan, agreement=books.agreement, scheme=scheme_version("henan-kejidai@2025"), enrolled_on=LENT,
        exposure=money_of(0), committed=money_of(0),
    )  # fmt: skip
    go_bad(loan, 400_000_00)
    assert enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY) == 1
    (row,) = queries.exposed_on(books.pool, TODAY)
    assert (row.exposure, row.committed) == (400_000_00, 400_000_00)


def change_terms(loan, **changed):
    terms = LoanTerms.objects.get(pk=loan.terms_id)
    terms.pk, terms.seq, terms.digest = None, terms.seq + 1, "8" * 64
    for name, value in changed.items():
        setattr(terms, name, value)
    terms.recorded_at = timezone.now()
    terms.save(force_insert=True)
    loan.terms = terms
    loan.save(update_fields=["terms"])


def test_terms_changed_after_enrolment_that_would_not_be_let_in_never_grow_the_exposure(cast):
    books = open_books(cast)
    loan = books.lend(500_000_00)
    books.enrol(loan)
    change_terms(loan, principal=money_of(90_000_000_00), district="外地")
    go_bad(loan, 90_000_000_00)
    for _ in range(2):
        enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, fen_of(enrolment.exposure), fen_of(enrolment.committed)) == (
        "live",
        500_000_00,
        400_000_00,
    )
    refusal = EnrolmentRefusal.objects.get()
    assert [reason["id"] for reason in refusal.reasons] == ["changed_terms", "in_region", "loan_ceiling"]
    for viewer in (cast.bank_a.maker, cast.district_bureau.officer):
        assert list(queries.refusals(viewer=viewer)) == [refusal]
    assert queries.faults() == []


def test_terms_changed_after_enrolment_within_the_conditions_move_the_exposure(cast):
    books = open_books(cast)
    loan = books.lend(500_000_00)
    books.enrol(loan)
    change_terms(loan, principal=money_of(600_000_00))
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    assert fen_of(Enrolment.objects.get().exposure) == 600_000_00
    assert not EnrolmentRefusal.objects.exists()


@pytest.mark.parametrize(
    ("city", "told"),
    [
        ({"organisation": None}, "organisation 没有写明代码"),
        ({"organisation": 5}, "organisation 没有写明代码"),
        ({"source": ["city"]}, "source 没有写明代码"),
        ({"source": {"a": 1}}, "source 没有写明代码"),
        ({"pool": "yes"}, "pool 只能写 true"),
        ({"passes": 1}, "passes 只能写 true"),
        ({"passes": True}, "还留有 320,000.00 元"),
    ],
)
def test_a_bearer_that_cannot_work_is_refused_when_the_agreement_is_proposed(cast, city, told):
    books = open_books(cast)
    bearers = {"fund": {"passes": True}, "fund_city": city, "fund_district": {"source": "district"}}
    terms = pools.AgreementTerms(
        number="另一号", bank=cast.bank_b.organisation, signed_on=LENT, valid_from=LENT, valid_to=None,
        scheme=scheme_version("chongqing-knowledge-value@2017"), bearers=bearers, exposure_limit_fen=100, basis="",
    )  # fmt: skip
    with pytest.raises(Refused, match=told):
        pools.propose_agreement(by=cast.district_bureau.officer, pool=books.pool, terms=terms)
