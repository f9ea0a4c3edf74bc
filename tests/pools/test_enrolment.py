"""Loans enter pools under a frozen version, within limits, or every reason is told."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from riskpool.pools import actions as pools
from riskpool.pools import enrolling, queries
from riskpool.pools.models import Enrolment, EnrolmentRefusal, Limit, Pool
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.ground import laid

pytestmark = pytest.mark.django_db


@laid
def books(cast) -> Books:
    return open_books(cast)


def test_an_enrolled_loan_counts_its_principal_and_the_pools_part(books):
    (enrolment,) = books.enrol(books.lend(1_000_000_00))
    assert (fen_of(enrolment.exposure), fen_of(enrolment.committed)) == (1_000_000_00, 800_000_00)
    assert fen_of(Limit.objects.get(scope="bank_exposure").used) == 1_000_000_00


def test_the_scheme_version_is_the_one_in_force_on_the_day_the_loan_was_lent(books):
    (enrolment,) = books.enrol(books.lend())
    assert enrolment.scheme.version == "chongqing-knowledge-value@2017"


def test_every_reason_for_a_refusal_is_told_with_its_article(books):
    late = books.lend(12_000_000_00, district="任城区", pledge=None)
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[late], on=LENT + dt.timedelta(days=91))
    assert [reason["id"] for reason in refusal.reasons] == [
        "in_region",
        "loan_ceiling",
        "pledge_registered",
        "filed_in_time",
    ]
    assert "《民法典》第四百四十四条" in [reason["article"] for reason in refusal.reasons]


def test_a_loan_filed_on_the_last_day_enters_and_one_day_later_does_not(books):
    enrolled, _ = enrolling.enrol_loans(by=None, loans=[books.lend()], on=LENT + dt.timedelta(days=90))
    _, refused = enrolling.enrol_loans(by=None, loans=[books.lend()], on=LENT + dt.timedelta(days=91))
    assert (len(enrolled), refused[0].reasons[0]["id"]) == (1, "filed_in_time")


def test_a_loan_lent_before_the_agreement_is_refused(books):
    loan = books.lend(disbursed_on=dt.date(2024, 12, 31))
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[loan], on=dt.date(2025, 1, 2))
    assert refusal.reasons[0]["id"] == "no_agreement"


def test_the_last_loan_that_fits_a_limit_enters_and_the_next_is_told_what_is_left(cast):
    books = open_books(cast, exposure_limit=1_000_000_00)
    books.enrol(books.lend(600_000_00), books.lend(400_000_00))
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[books.lend(1_00)], on=LENT)
    assert refusal.reasons[0]["id"] == "no_room"
    assert "余 0.00 元" in refusal.reasons[0]["reason"]


def test_a_loan_that_passes_the_whole_pools_limit_is_not_told_what_other_banks_have_left_of_it(cast):
    books = open_books(cast)
    books.set_limit("pool_exposure", 1_000_000_00)
    books.enrol(books.lend(600_000_00))
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[books.lend(900_000_00)], on=LENT)
    assert [reason["reason"] for reason in refusal.reasons] == ["资金池余量不足"]
    page = cast.signed_in(cast.bank_a.maker).get(reverse("pools:refusals")).content.decode()
    assert "资金池余量不足" in page
    assert "400,000.00" not in page


def test_a_repaid_loan_leaves_the_pool_and_gives_its_room_back(books):
    loan = books.lend(600_000_00)
    (enrolment,) = books.enrol(loan)
    go_bad(loan, 0, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    enrolment.refresh_from_db()
    assert (enrolment.state, fen_of(enrolment.exposure)) == ("closed", 0)
    assert fen_of(Limit.objects.get(scope="bank_exposure").used) == 0
    assert queries.faults() == []


def test_a_partly_repaid_loan_moves_exposure_by_the_difference(books):
    loan = books.lend(600_000_00)
    books.enrol(loan)
    go_bad(loan, 450_000_00, overdue_since=None)
    assert enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY) == 1
    assert enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY) == 0
    assert fen_of(Limit.objects.get(scope="bank_exposure").used) == 450_000_00


def test_a_balance_corrected_upwards_takes_only_the_room_that_is_left(cast):
    books = open_books(cast, exposure_limit=1_000_000_00)
    loan = books.lend(600_000_00)
    books.enrol(loan)
    go_bad(loan, 500_000_00, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    books.enrol(books.lend(500_000_00))
    go_bad(loan, 600_000_00, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    assert fen_of(Limit.objects.get(scope="bank_exposure").used) == 1_000_000_00
    assert queries.faults() == []


def test_the_database_itself_refuses_to_pass_a_limit(books):
    with pytest.raises(IntegrityError, match="a_limit_is_never_passed"), transaction.atomic():
        Limit.objects.update(used=10**13)


def test_two_agreements_of_one_bank_do_not_overlap(books, cast):
    bureau = cast.district_bureau
    terms = pools.AgreementTerms(
        number="另一号", bank=cast.bank_a.organisation, signed_on=LENT, valid_from=LENT, valid_to=None,
        scheme=books.agreement.adopted_schemes.get().version, bearers=books.agreement.bearers,
        exposure_limit_fen=1, basis="",
    )  # fmt: skip
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    with pytest.raises(Refused, match="重叠"):
        approve(by=bureau.approver, approval_id=asked.pk)


def test_an_agreement_that_leaves_a_party_without_a_bearer_is_refused_with_every_fault(books, cast):
    terms = pools.AgreementTerms(
        number="另一号", bank=cast.bank_b.organisation, signed_on=LENT, valid_from=LENT, valid_to=LENT - dt.timedelta(1),
        scheme=books.agreement.adopted_schemes.get().version, bearers={"fund": {"source": "province"}, "x": {"pool": True}},
        exposure_limit_fen=0, basis="",
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        pools.propose_agreement(by=cast.district_bureau.officer, pool=books.pool, terms=terms)
    assert len(refused.value.problems) == 6


def test_money_comes_in_by_two_persons_and_is_free(books):
    books.pay_in("city", 4_000_000_00)
    position = queries.position(viewer=books.cast.city_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    assert (position.cash, position.reserved, position.free) == (4_000_000_00, 0, 4_000_000_00)


def test_the_same_bank_receipt_is_not_taken_in_twice(books, cast):
    bureau = cast.district_bureau

    def ask(fen):
        return pools.propose_contribution(
            by=bureau.officer, source=books.source("city"), fen=fen, day=LENT, reference="回单7", on=TODAY
        )

    approve(by=bureau.approver, approval_id=ask(100).pk)
    with pytest.raises(Refused, match="已登记过"):
        approve(by=bureau.approver, approval_id=ask(100).pk)


def test_a_custodians_statement_shows_the_difference(books, cast):
    books.pay_in("city", 100_00)
    pools.state_balance(
        by=cast.district_bureau.officer,
        source=books.source("city"),
        day=TODAY,
        fen=99_99,
        reference="对账单11",
        on=TODAY,
    )
    position = queries.position(viewer=cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    assert [source.difference for source in position.sources] == [-1, None]


def test_a_past_day_is_answered_from_the_facts_of_that_day(books):
    books.pay_in("city", 100_00, day=dt.date(2026, 5, 1))
    loan = books.lend(600_000_00)
    books.enrol(loan)
    go_bad(loan, 450_000_00)

    def on(day):
        return queries.position(viewer=books.cast.auditor.member, pool_id=books.pool.pk, on=day)

    pools.give_seat(
        by=books.cast.district_bureau.officer,
        pool=books.pool,
        organisation=books.cast.auditor.organisation,
        seat="auditor",
    )
    assert (on(dt.date(2026, 4, 30)).cash, on(dt.date(2026, 5, 1)).cash) == (0, 100_00)
    assert (on(dt.date(2026, 11, 2)).exposure, on(dt.date(2026, 11, 3)).exposure) == (600_000_00, 450_000_00)


def test_a_pool_without_a_seat_does_not_exist_for_the_asker(books, cast):
    for outsider in (
        cast.bank_b.maker,
        cast.ip_bureau.member,
        cast.fund_manager.officer,
        cast.enterprise_b.member,
    ):
        with pytest.raises(Pool.DoesNotExist):
            queries.pool(viewer=outsider, pool_id=books.pool.pk)


def test_a_bank_sees_only_its_own_enrolments_and_refusals(books, cast):
    books.enrol(books.lend())
    enrolling.enrol_loans(by=None, loans=[books.lend(pledge=None)], on=LENT)
    assert queries.enrolments(viewer=cast.bank_a.maker).count() == 1
    assert queries.enrolments(viewer=cast.bank_b.maker).count() == 0
    assert queries.refusals(viewer=cast.bank_a.maker).count() == 1
    assert queries.refusals(viewer=cast.bank_b.maker).count() == 0
    assert queries.enrolments(viewer=cast.enterprise_a.owner).count() == 1
    assert queries.enrolments(viewer=cast.enterprise_b.owner).count() == 0


def test_raw_sql_cannot_rewrite_a_refusal_or_an_adopted_scheme(books):
    enrolling.enrol_loans(by=None, loans=[books.lend(pledge=None)], on=LENT)
    for statement in (
        "UPDATE pools_enrolmentrefusal SET reasons = '[]'",
        "DELETE FROM pools_adoptedscheme",
        "UPDATE policystore_policyversion SET text = ''",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert EnrolmentRefusal.objects.get().reasons
    assert Enrolment.objects.count() == 0


def test_a_balance_of_zero_that_was_a_mistake_opens_the_enrolment_again(books):
    loan = books.lend(600_000_00)
    (enrolment,) = books.enrol(loan)
    go_bad(loan, 0, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    go_bad(loan, 600_000_00, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    enrolment.refresh_from_db()
    assert (enrolment.state, fen_of(enrolment.exposure)) == ("live", 600_000_00)
    assert queries.faults() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pools_enrolment SET state = 'live' WHERE state = 'claimed'",
        "UPDATE pools_enrolment SET enrolled_on = enrolled_on - 1",
    ],
)
def test_raw_sql_cannot_reopen_or_rewrite_an_enrolment(books, statement):
    books.enrol(books.lend())
    Enrolment.objects.update(state="claimed")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
