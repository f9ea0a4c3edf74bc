"""Stop-loss lines: at, just under, just over; met since and lifted on; what they stop, and that it comes back unchanged."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from kernel.conditions import Condition
from kernel.work import outbox
from kernel.work.approvals import approve
from kernel.work.models import JobRun
from riskpool.claims import queries as claims
from riskpool.pools import actions as pools
from riskpool.pools import breakers, enrolling, monitoring_views, tasks
from riskpool.pools.models import BreakerState, Enrolment, Pool
from tests.books import BY_SOURCE, TODAY, Books, go_bad, lend, open_books, scheme_version
from tests.ground import laid

pytestmark = pytest.mark.django_db
HUBEI = {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}}
GANSU = {"mutual_deposit": {"source": "city"}, "government": {"source": "district"}}
DAY = dt.timedelta(days=1)


def funded(cast, scheme="hubei-knowledge-value@2025", bearers=None) -> Books:
    books = open_books(cast, scheme, bearers or HUBEI)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    return books


@laid
def books(cast) -> Books:
    return funded(cast)


def look(books: Books, line: str, on: dt.date = TODAY) -> breakers.Look:
    return next(found for found in breakers.looks(books.pool, on) if found.line.terms.id == line)


def watch(books: Books, on: dt.date = TODAY) -> None:
    pools.watch_pool(by=None, pool_id=books.pool.pk, on=on)


@pytest.mark.parametrize(
    ("bad", "met", "shown"),
    [(80_000_00, True, "8%"), (79_999_99, False, "7.9999%"), (80_000_01, True, "8%")],
)
def test_a_line_that_says_reaches_is_met_at_8_percent_and_not_a_fen_under(books, bad, met, shown):
    books.enrol(books.lend(1_000_000_00 - bad))
    books.bad_loan(bad)
    found = look(books, "suspend_8")
    assert (found.met, found.value_shown) == (met, shown)
    assert (look(books, "warn_5").met, look(books, "warn_5").line.terms.action) == (True, "warn")


@pytest.mark.parametrize(("bad", "met"), [(80_000_00, False), (79_999_99, False), (80_000_01, True)])
def test_a_line_that_says_exceeds_is_not_met_at_the_line_itself(books, bad, met):
    books.enrol(books.lend(1_000_000_00 - bad))
    books.bad_loan(bad)
    line = look(books, "suspend_8").line
    exceeds = replace(line.terms, condition=Condition("scheme.npl_rate", ">", "0.08"))
    assert breakers.look(replace(line, terms=exceeds), TODAY).met is met


def test_the_distance_is_the_part_of_the_threshold_that_is_left_and_warns_from_80_percent(books):
    books.enrol(books.lend(936_000_00))
    bad = books.bad_loan(64_000_00)
    near = look(books, "suspend_8")
    # (8 % - 6.4 %) / 8 % = 1/5, that is 80 % of the way
    assert (near.distance, near.near, near.distance_shown) == (Fraction(1, 5), True, "20%")
    go_bad(bad.loan, 63_999_99)
    assert not look(books, "suspend_8").near


def test_the_dates_follow_the_looks_and_the_last_look_of_a_day_counts(books):
    books.enrol(books.lend(900_000_00))
    bad = books.bad_loan(100_000_00)
    watch(books, TODAY - DAY)
    watch(books, TODAY)
    assert look(books, "suspend_8", TODAY).since == TODAY - DAY
    go_bad(bad.loan, 0, overdue_since=None)
    watch(books, TODAY + DAY)
    lifted = look(books, "suspend_8", TODAY + 2 * DAY)
    assert (lifted.met, lifted.since, lifted.lifted_on) == (False, None, TODAY + DAY)
    go_bad(bad.loan, 100_000_00)
    watch(books, TODAY + DAY)  # a correction on the same day: it was met all the time
    assert look(books, "suspend_8", TODAY + 2 * DAY).since == TODAY - DAY
    assert breakers.faults() == []


def test_suspended_claims_defer_the_funds_share_and_come_back_unchanged_when_the_line_is_lifted(books):
    books.enrol(books.lend(9_500_000_00))
    first = books.bad_loan(500_000_00)
    claim = books.file(first, 500_000_00)
    before = claims.preview(claim, TODAY).apportionment
    assert (before.suspended, before.borne["province"]) == ((), 150_000_00)
    worse = books.bad_loan(900_000_00)
    (line,) = breakers.suspensions(books.agreement, TODAY)
    assert line.line.terms.id == "suspend_8"
    while_met = claims.preview(claim, TODAY).apportionment
    assert (while_met.suspended, while_met.borne["bank"]) == (("fund",), 500_000_00)
    go_bad(worse.loan, 0, overdue_since=None)
    assert breakers.suspensions(books.agreement, TODAY) == []
    after = claims.preview(claim, TODAY).apportionment
    assert (after.borne, after.suspended) == (before.borne, ())


def test_a_suspension_of_another_scheme_is_none_of_an_agreements_concern(cast):
    hubei = funded(cast)
    hubei.bad_loan(900_000_00)
    assert breakers.suspensions(hubei.agreement, TODAY)
    other = open_books_of_b(cast, hubei)
    assert breakers.suspensions(other, TODAY) == []


def open_books_of_b(cast, books: Books):
    terms = pools.AgreementTerms(
        number="乙行另案", bank=cast.bank_b.organisation, signed_on=TODAY, valid_from=TODAY - 300 * DAY, valid_to=None,
        scheme=scheme_version("chongqing-knowledge-value@2017"), bearers=BY_SOURCE,
        exposure_limit_fen=100_000_000_00, basis="约定",
    )  # fmt: skip
    bureau = cast.district_bureau
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    return approve(by=bureau.approver, approval_id=asked.pk)


def gansu(cast) -> Books:
    books = funded(cast, "gansu-mutual@2017", GANSU)
    books.state("pool.mutual_balance", "3000000", about=dt.date(2026, 1, 1))
    return books


def test_a_line_that_stops_new_loans_keeps_out_what_is_lent_from_its_day_with_its_article(cast):
    books = gansu(cast)
    books.enrol(books.lend(950_000_00))
    bad = books.bad_loan(50_000_00)  # 5 % overdue
    watch(books)
    new = books.lend(100_000_00, disbursed_on=TODAY)
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[new], on=TODAY)
    (reason,) = refusal.reasons
    assert reason["id"] == "suspended"
    assert f"自 {TODAY} 起银行在池贷款逾期率达到5%" in reason["reason"]
    assert "overdue_5" in reason["article"]
    books.enrol(
        books.lend(100_000_00, disbursed_on=TODAY - DAY), on=TODAY
    )  # lent before: it keeps its way in
    assert Enrolment.objects.get(pk=bad.pk).state == "live"
    go_bad(bad.loan, 0, overdue_since=None)
    watch(books, TODAY + DAY)
    books.enrol(new, on=TODAY + DAY)


def test_a_line_of_one_bank_stops_that_bank_only(cast):
    books = gansu(cast)
    books.with_bank_b()
    books.bad_loan(500_000_00)
    watch(books)
    of_b = lend(cast.bank_b.organisation, cast.enterprise_b.organisation, 100_000_00, disbursed_on=TODAY)
    books.enrol(of_b, on=TODAY)
    assert BreakerState.objects.filter(agreement__bank=cast.bank_b.organisation, met=True).count() == 0
    assert BreakerState.objects.filter(agreement__bank=cast.bank_a.organisation, met=True).count() == 1


def test_every_day_the_lines_of_all_pools_are_looked_at_once(books, monkeypatch):
    books.bad_loan(500_000_00)
    monkeypatch.setattr(tasks, "today", lambda: TODAY)
    for _ in range(2):
        tasks.watch_pools()
        outbox.drain()
    assert BreakerState.objects.filter(pool=books.pool, day=TODAY).count() == 2  # two lines, one look each
    assert JobRun.objects.get(kind="pools.watch").state == "done"


def test_the_bureau_looks_on_demand_and_nobody_else_does(cast, books):
    client = cast.signed_in(cast.district_bureau.officer)
    assert client.post(reverse("pools:watch", args=[books.pool.pk])).status_code == 302
    assert BreakerState.objects.filter(recorded_by=cast.district_bureau.officer.account).count() == 2
    with pytest.raises(Pool.DoesNotExist):
        pools.watch_pool(by=cast.city_bureau.officer, pool_id=books.pool.pk, on=TODAY)


def test_a_bank_reads_its_own_lines_figures_and_of_the_whole_pools_only_whether_they_are_met(
    cast, books, monkeypatch
):
    monkeypatch.setattr(monitoring_views, "day_asked", lambda request: TODAY)
    books.enrol(books.lend(876_543_21))
    books.bad_loan(123_456_79)
    watch(books)
    address = reverse("pools:breakers")
    bureau = cast.signed_in(cast.district_bureau.officer).get(address).content.decode()
    bank = cast.signed_in(cast.bank_a.maker).get(address).content.decode()
    assert "123,456.79" in bureau
    assert "12.3456%" in bureau
    assert "123,456.79" not in bank
    assert "12.3456%" not in bank
    assert "已触发" in bank
    rows = reverse("pools:measure", args=[books.pool.pk, "scheme.npl_rate", "hubei-knowledge-value@2025"])
    assert cast.signed_in(cast.bank_a.maker).get(rows).status_code == 404
    page = cast.signed_in(cast.district_bureau.officer).get(rows).content.decode()
    assert "123,456.79" in page
    assert "次级" in page


def test_a_bank_opens_the_rows_of_its_own_rate_and_not_of_anothers(cast, monkeypatch):
    books = gansu(cast)
    of_b = books.with_bank_b()
    bad = books.bad_loan(500_000_00)
    client = cast.signed_in(cast.bank_a.maker)

    def rows(of):
        return client.get(reverse("pools:measure", args=[books.pool.pk, "bank.overdue_rate", of]))

    assert bad.loan.bank_loan_no in rows(books.agreement.pk).content.decode()
    assert [rows(of).status_code for of in (of_b.pk, "x")] == [404, 404]


def test_raw_sql_cannot_rewrite_a_look(books):
    watch(books)
    for statement in ("UPDATE pools_breakerstate SET met = NOT met", "DELETE FROM pools_breakerstate"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
