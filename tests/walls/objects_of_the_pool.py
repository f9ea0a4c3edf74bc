"""Objects of the risk pool for the walls: a pool of the district bureau, a claim of bank A on it, and its papers."""

from __future__ import annotations

from django.utils import timezone

from finance.parties.models import Membership
from kernel.work.approvals import approve
from riskpool.claims import actions as claims
from riskpool.claims.models import Claim
from riskpool.pools import actions as pools
from riskpool.pools.models import PoolSeat
from tests.books import TODAY, Books, open_books
from tests.cast import Cast
from tests.ground import shared
from tests.walls.objects import Behind, behind

BAD = 500_000_00


def at_the_pool(cast: Cast) -> tuple[Membership, ...]:
    """Who sits at the pool: its bureau, and the city as contributor. Fund manager and auditor were not invited."""
    district, city = cast.district_bureau, cast.city_bureau
    return (district.officer, district.approver, city.officer, city.approver)


def of_bank_a(cast: Cast) -> tuple[Membership, ...]:
    return (cast.bank_a.maker, cast.bank_a.checker)


@shared
def funded(cast: Cast) -> Books:
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books


@behind("pool_position", "issue_position", "pools:loans")
def a_pool(cast: Cast) -> Behind:
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=at_the_pool(cast))


@behind("pool_indicators", "indicators_workbook")
def the_indicators_of_a_pool(cast: Cast) -> Behind:
    """A bank with an agreement reads its own lines of them."""
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("indicator_rows")
def the_rows_of_an_indicator(cast: Cast) -> Behind:
    books = funded(cast)
    books.bad_loan(BAD)
    parameters = {"pool_id": books.pool.pk, "name": "covered_outstanding", "place": 0}
    return Behind(parameters, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("pool_bridge", "issue_indicators")
def a_pool_between_two_reports(cast: Cast) -> Behind:
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=at_the_pool(cast))


@behind("bridge_rows")
def a_bar_of_a_bridge(cast: Cast) -> Behind:
    parameters = {"pool_id": funded(cast).pool.pk, "measure": "cash", "bar": "contributions"}
    return Behind(parameters, seen_by=at_the_pool(cast))


@behind("pools:measure")
def a_rate_of_bank_a(cast: Cast) -> Behind:
    """A bank's own rate is opened by the bank and by who sits at the pool."""
    books = funded(cast)
    return Behind(
        {"pool_id": books.pool.pk, "name": "bank.overdue_rate", "of": str(books.agreement.pk)},
        seen_by=(*of_bank_a(cast), *at_the_pool(cast)),
    )


@behind("pools:watch")
def lines_of_a_pool(cast: Cast) -> Behind:
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=(cast.district_bureau.officer,))


@behind("pools:state_fact")
def a_pool_to_which_facts_are_stated(cast: Cast) -> Behind:
    return Behind(
        {"pool_id": funded(cast).pool.pk}, seen_by=(cast.bank_a.maker, cast.district_bureau.officer)
    )


@behind("pools:lines")
def the_cash_of_a_pool(cast: Cast) -> Behind:
    return Behind({"pool_id": funded(cast).pool.pk, "role": "cash"}, seen_by=at_the_pool(cast))


@behind("claims:file")
def a_loan_that_may_be_claimed(cast: Cast) -> Behind:
    return Behind({"enrolment_id": funded(cast).bad_loan(BAD).pk}, seen_by=of_bank_a(cast))


@behind("claims:claim")
def a_claim(cast: Cast) -> Behind:
    books = funded(cast)
    claim = books.file(books.bad_loan(BAD), BAD)
    return Behind({"claim_id": claim.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("claims:withdraw")
def a_claim_that_the_bank_may_take_back(cast: Cast) -> Behind:
    return Behind(a_claim(cast).parameters, seen_by=of_bank_a(cast))


@behind("claims:accept", "claims:refuse")
def a_claim_that_waits_for_its_bureau(cast: Cast) -> Behind:
    """A contributor looks on; it is the pool's own bureau that decides."""
    return Behind(a_claim(cast).parameters, seen_by=(cast.district_bureau.officer,))


@behind("claims:pay", "claims:take_back")
def an_accepted_claim(cast: Cast) -> Behind:
    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    return Behind({"claim_id": claim.pk}, seen_by=(cast.district_bureau.officer,))


@behind("claims:recover")
def a_paid_claim(cast: Cast) -> Behind:
    """The manager of the fund sits at this pool; an empty form is answered in words."""
    books = funded(cast)
    manager = cast.fund_manager
    pools.give_seat(
        by=cast.district_bureau.officer,
        pool=books.pool,
        organisation=manager.organisation,
        seat=PoolSeat.Seat.MANAGER,
    )
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    books.pay(claim)
    return Behind({"claim_id": claim.pk}, seen_by=(cast.district_bureau.officer, manager.officer))


@behind("claims:working")
def a_working(cast: Cast) -> Behind:
    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    return Behind({"claim_id": claim.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("pools:contribute", "pools:state_balance", "pools:sign_agreement", "pools:set_limit")
def a_pool_of_the_district(cast: Cast) -> Behind:
    """Only its own bureau enters money and terms; a contributor looks on."""
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=(cast.district_bureau.officer,))


def a_year(cast: Cast) -> Behind:
    """A claim of bank A accepted into its year."""
    books = open_books(cast, "qingdao-qianfan@2015", {"city": {"source": "city"}})
    books.pay_in("city", 4_000_000_00)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    return Behind({"year_id": claim.bank_year_id}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("claims:year")
def a_year_of_a_bank(cast: Cast) -> Behind:
    return a_year(cast)


@behind("claims:settle_year")
def a_year_that_its_bureau_settles(cast: Cast) -> Behind:
    return Behind(a_year(cast).parameters, seen_by=(cast.district_bureau.officer,))


@behind("claims:paper")
def a_paper_of_a_claim(cast: Cast) -> Behind:
    books = funded(cast)
    claim = books.file(books.bad_loan(BAD), BAD)
    paper = claim.evidence.order_by("pk").first()
    return Behind(
        {"claim_id": claim.pk, "paper_id": paper.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast))
    )


@behind("claims:proof")
def a_proof_sheet(cast: Cast) -> Behind:
    from kernel.work import outbox

    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    books.pay(claim)
    outbox.drain()
    return Behind({"claim_id": claim.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("claims:recognise", "claims:defer", "claims:notice", "claims:strike")
def a_claim_on_its_bureaus_desk(cast: Cast) -> Behind:
    return Behind(a_claim(cast).parameters, seen_by=(cast.district_bureau.officer,))


def mended(cast: Cast) -> tuple[Claim, int]:
    """A claim whose one open item was answered with a paper, and that answer."""
    books = funded(cast)
    claim = books.file(books.bad_loan(BAD), BAD)
    asked = [claims.Asked("催收记录", "缺9月", "办事规则第五条")]
    claims.issue_notice(by=cast.district_bureau.officer, claim_id=claim.pk, items=asked, on=TODAY)
    item = claim.notices.get().items.get()
    paper = claims.Answered(item.pk, "paper", "", "催收.pdf", "application/pdf", b"%PDF-1.7 paper")
    claims.answer_items(by=cast.bank_a.maker, claim_id=claim.pk, answers=[paper], on=TODAY, at=timezone.now())
    return claim, item.answers.get().pk


@behind("claims:answer_paper")
def a_paper_that_answers(cast: Cast) -> Behind:
    claim, answer = mended(cast)
    parameters = {"claim_id": claim.pk, "answer_id": answer}
    return Behind(parameters, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("claims:answer", "claims:state_loss")
def a_claim_that_its_bank_mends(cast: Cast) -> Behind:
    return Behind(a_claim(cast).parameters, seen_by=(cast.bank_a.maker,))


@behind("claims:settle", "claims:clawback")
def a_claim_that_was_paid_by_its_bureau(cast: Cast) -> Behind:
    return Behind(a_paid_claim(cast).parameters, seen_by=(cast.district_bureau.officer,))


@behind("claims:arrival")
def a_debt_of_the_bank(cast: Cast) -> Behind:
    parameters = a_paid_claim(cast).parameters
    claim = Claim.objects.get(pk=parameters["claim_id"])
    bureau = cast.district_bureau
    asked = claims.propose_clawback(
        by=bureau.officer, claim_id=claim.pk, amount_fen=100_00, interest_fen=0, reason="不实", article="第九条", on=TODAY
    )  # fmt: skip
    approve(by=bureau.approver, approval_id=asked.pk)
    seen_by = (bureau.officer, cast.fund_manager.officer)
    return Behind(parameters | {"seq": 1}, seen_by=seen_by)
