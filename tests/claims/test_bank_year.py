"""A bank's year as one calculation: claims come in, the year is settled by two persons, run again, and redone for ever.

Scheme qingdao-qianfan@2015: of the loss of a bank's year the city bears 30 % of the band from 1 % to 3 % of the year-end
balance. On paper, for a balance of 500,000,000.00: the band is 5,000,000.00 to 15,000,000.00.

    loss of the year 12,000,000.00 (example e1)   city (12,000,000 - 5,000,000) x 30 % = 2,100,000.00, bank 9,900,000.00
    claims of 8,000,000.00 and 4,000,000.00       city 2,100,000 x 8/12 = 1,400,000.00 and x 4/12 = 700,000.00
    6,000,000.00 comes back on the first          loss 2,000,000 + 4,000,000 = 6,000,000: city 1,000,000 x 30 % = 300,000.00,
                                                  x 2/6 = 100,000.00 and x 4/6 = 200,000.00
    two claims of 6,000,000.05                    city (12,000,000.10 - 5,000,000) x 30 % = 2,100,000.03; half of it is
                                                  1,050,000.015: one fen is left over, it is for the claim accepted first
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.conditions import Condition
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import queries, verifying
from riskpool.claims.models import BankYear, Claim, Payment, YearRun
from riskpool.claims.openness import SEATED, Reader, all_of
from riskpool.claims.proof import proof_of
from riskpool.claims.year_preview import year_preview
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Enrolment, Limit
from riskpool.pools.versions import scheme_of
from riskpool.schemes.stages import replay_year
from riskpool.schemes.terms import StopLoss
from riskpool.treasury.models import PaymentInstruction
from tests.books import TODAY, Books, open_books, scheme_version
from tests.ground import laid

pytestmark = pytest.mark.django_db
QINGDAO = ("qingdao-qianfan@2015", {"city": {"source": "city"}})
AFTER = dt.date(2027, 1, 10)
LATER = dt.date(2027, 3, 5)
BALANCE = "500000000"
LOWER = {"reason": "追偿后重新结算", "article": "办法第七条"}


@laid
def books(cast) -> Books:
    books = open_books(cast, *QINGDAO)
    books.pay_in("city", 4_000_000_00)
    return books


def into_year(books: Books, *losses: int) -> list[Claim]:
    return [books.accept(books.file(books.bad_loan(fen), fen)) for fen in losses]


def year_of(books: Books) -> BankYear:
    return BankYear.objects.get(agreement=books.agreement)


def settled(books: Books, *losses: int) -> list[Claim]:
    found = into_year(books, *losses)
    settle(books)
    return found


def settle(books: Books) -> None:
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    books.settle_year(year_of(books), AFTER)


@laid
def two_in_year(books) -> list[Claim]:
    return into_year(books, 8_000_000_00, 4_000_000_00)


@laid
def settled_year(books, two_in_year) -> list[Claim]:
    settle(books)
    return two_in_year


@laid
def settled_and_one_more(books, settled_year) -> list[Claim]:
    return [*settled_year, *into_year(books, 1_000_000_00)]


def nothing_is_wrong():
    assert ledger.faults() + pool_queries.faults() + verifying.faults() + queries.limit_faults() == []


def sums(claim):
    claim = Claim.objects.get(pk=claim.pk)
    return claim.state, *(fen_of(getattr(claim, name)) for name in ("reserved", "paid", "owed", "repaid"))


def borne(claim):
    row, shares = queries.decided(Claim.objects.get(pk=claim.pk))
    return row.stage, {share.party: fen_of(share.borne) for share in shares}


def city(books):
    """(cash, reserved, free) of the city's money."""
    source = books.source("city")
    return tuple(ledger.balance(getattr(source, name)) for name in ("cash", "reserved", "free"))


def burden():
    """What each party bears by the burden book."""
    accounts = LedgerAccount.objects.filter(book="burden").exclude(code__endswith="/losses")
    return {
        account.code.split("/")[3]: fen_of(account.debits) - fen_of(account.credits) for account in accounts
    }


# ---- into the year


def test_a_claim_is_accepted_into_the_year_and_nothing_moves(books):
    books.set_limit("pool_year_payout", 9_000_000_00, year=2026)
    first, second = into_year(books, 8_000_000_00, 4_000_000_00)
    assert sums(first) == ("in_year", 0, 0, 0, 0)
    assert borne(first) == ("into_year", {"bank": 8_000_000_00, "city": 0})
    assert city(books) == (4_000_000_00, 0, 4_000_000_00)
    assert fen_of(Limit.objects.get(scope="pool_year_payout").used) == 0
    assert {row.state for row in Enrolment.objects.all()} == {"live"}, "the loans stay in the exposure"
    assert first.bank_year == second.bank_year == year_of(books)
    assert year_of(books).year == TODAY.year
    nothing_is_wrong()


def test_no_share_and_no_part_of_its_own_for_a_claim_of_a_year(books):
    claim = books.file(books.bad_loan(1_000_000_00), 1_000_000_00)
    with pytest.raises(Refused) as refused:
        claims.accept(
            by=books.cast.district_bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 500_000_00},
            reasons={"principal": "核减", "granted": "核定"}, rest_later=True, grants=[(0, "city", "0.2")],
        )  # fmt: skip
    assert {problem.code for problem in refused.value.problems} == {"grant_of_a_year", "part_of_a_year"}
    assert Claim.objects.get().state == "filed"


def test_a_claim_of_a_year_is_neither_paid_nor_settled_by_itself(books):
    (claim,) = into_year(books, 1_000_000_00)
    with pytest.raises(Refused, match="只有已受理，资金已预留时可办"):
        books.pay(claim)
    with pytest.raises(Refused, match="时可办"):
        books.settle(claim, "final", 1_000_000_00)


def test_what_leaves_the_year_before_it_is_settled_counts_no_more(books, two_in_year):
    first, second = two_in_year
    claims.refuse(by=books.cast.district_bureau.officer, claim_id=second.pk, reason="不符", on=TODAY)
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    books.settle_year(year_of(books), AFTER)
    # 8,000,000 alone: (8,000,000 - 5,000,000) x 30 % = 900,000.00
    assert sums(first)[2] == 900_000_00
    assert sums(second)[:2] == ("refused", 0)
    nothing_is_wrong()


def test_a_claim_of_a_year_is_not_deferred_for_it_takes_no_money_yet(books, cast):
    books.set_limit("pool_year_payout", 1, year=2026)
    claim = books.file(books.bad_loan(1_000_000_00), 1_000_000_00)
    with pytest.raises(Refused, match="没有需要暂缓的情形"):
        claims.defer(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    assert sums(books.accept(claim))[0] == "in_year"


# ---- the year


def test_the_year_is_shared_as_one_loss_and_attributed_to_its_claims(books, settled_year):
    first, second = settled_year
    assert borne(first) == ("year", {"bank": 6_600_000_00, "city": 1_400_000_00})
    assert borne(second) == ("year", {"bank": 3_300_000_00, "city": 700_000_00})
    assert sums(first) == ("paid", 1_400_000_00, 1_400_000_00, 0, 0)
    assert sums(second) == ("paid", 700_000_00, 700_000_00, 0, 0)
    assert city(books) == (1_900_000_00, 0, 1_900_000_00)
    assert sorted(fen_of(row.amount) for row in PaymentInstruction.objects.all()) == [
        700_000_00,
        1_400_000_00,
    ]
    assert {row.state for row in Enrolment.objects.all()} == {"claimed"}
    assert burden() == {"bank": 9_900_000_00, "city": 2_100_000_00}, "example e1 of the scheme's file"
    run = YearRun.objects.get()
    assert (fen_of(run.covered), fen_of(run.entitled), run.on) == (
        12_000_000_00,
        2_100_000_00,
        dt.date(2026, 12, 31),
    )
    nothing_is_wrong()


def test_the_odd_fen_goes_to_the_claim_that_was_accepted_first(books):
    first, second = settled(books, 6_000_000_05, 6_000_000_05)
    assert (sums(first)[2], sums(second)[2]) == (1_050_000_02, 1_050_000_01)
    nothing_is_wrong()


def test_a_year_below_the_band_settles_for_nothing_and_pays_nobody(books):
    (claim,) = settled(books, 4_000_000_00)  # example e3
    assert sums(claim) == ("paid", 0, 0, 0, 0)
    assert not Payment.objects.exists()
    told = proof_of(Claim.objects.get(pk=claim.pk))
    assert (told["payable"], told["claim"]["state"]) == ("0.00", "已结案，无需支付")
    nothing_is_wrong()


def test_a_year_is_settled_when_it_is_over_and_only_tried_before(books, two_in_year):
    year, officer = year_of(books), books.cast.district_bureau.officer
    with pytest.raises(Refused, match="银行本年末在池贷款余额"):
        year_preview(year, TODAY)
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    tried = year_preview(year, TODAY)
    assert (tried.on, tried.entitled, tried.paid, tried.kept) == (TODAY, 2_100_000_00, 2_100_000_00, 0)
    assert [(e.takes, e.left) for e in tried.sources if e.takes] == [(2_100_000_00, 1_900_000_00)]
    with pytest.raises(Refused, match="尚未终了"):
        claims.propose_year(by=officer, year_id=year.pk, on=dt.date(2026, 12, 31))
    assert not YearRun.objects.exists()


def test_limits_and_free_money_of_all_claims_together_bind_the_year(books):
    books.set_limit("pool_year_payout", 2_000_000_00, year=2026)
    into_year(books, 8_000_000_00, 4_000_000_00)
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    with pytest.raises(Refused, match=r"需 2,100,000\.00 元，余 2,000,000\.00 元"):
        books.settle_year(year_of(books), AFTER)
    books.set_limit("pool_year_payout", 2_100_000_00, year=2026)
    books.settle_year(year_of(books), AFTER)
    assert fen_of(Limit.objects.get(scope="pool_year_payout").used) == 2_100_000_00
    nothing_is_wrong()


def test_a_pool_that_is_short_pays_no_claim_of_the_year(books):
    into_year(books, 10_000_000_00, 10_000_000_00, 10_000_000_00, 10_000_000_00)
    books.state("bank.year_end_balance", "1600000000", agreement=books.agreement)
    # of 40,000,000 what is above 1 % of 1,600,000,000: (40 - 16) million x 30 % = 7,200,000.00
    with pytest.raises(Refused, match=r"需 7,200,000\.00 元，余 4,000,000\.00 元"):
        books.settle_year(year_of(books), AFTER)
    assert not Journal.objects.filter(kind="claim_paid").exists()


# ---- run again


def test_a_recovery_lowers_the_loss_of_its_claim_and_the_year_is_run_again(books, settled_year):
    first, second = settled_year
    books.recover(first, 6_000_000_00)
    assert sums(first) == ("paid", 1_400_000_00, 1_400_000_00, 0, 0), "by itself it moves nothing"
    nothing_is_wrong()
    with pytest.raises(Refused, match="应退的理由"):
        books.settle_year(year_of(books), LATER)
    books.settle_year(year_of(books), LATER, **LOWER)
    assert borne(first) == ("year", {"bank": 1_900_000_00, "city": 100_000_00})
    assert borne(second) == ("year", {"bank": 3_800_000_00, "city": 200_000_00})
    assert sums(first) == ("paid", 1_400_000_00, 1_400_000_00, 1_300_000_00, 0)
    assert sums(second) == ("paid", 700_000_00, 700_000_00, 500_000_00, 0)
    assert city(books) == (1_900_000_00, 0, 1_900_000_00), "what is owed counts when it arrives"
    nothing_is_wrong()
    assert burden() == {"bank": 5_700_000_00, "city": 300_000_00}
    books.arrive(first, 1, 1_300_000_00, on=LATER)
    books.arrive(second, 1, 500_000_00, on=LATER)
    assert city(books) == (3_700_000_00, 0, 3_700_000_00)
    nothing_is_wrong()


def test_costs_of_a_recovery_come_off_first_and_a_later_run_pays_what_is_missing(books, settled_year):
    first, second = settled_year
    books.recover(first, 6_000_000_00)
    books.settle_year(year_of(books), LATER, **LOWER)
    books.recover(
        first, 0, costs=6_000_000_00
    )  # costs of the whole recovery become known: nothing is left of it
    books.settle_year(year_of(books), LATER)
    assert borne(first) == ("year", {"bank": 6_600_000_00, "city": 1_400_000_00})
    # 1,300,000 is owed and was paid again; the debt and the payment both stand
    assert sums(first) == ("paid", 2_700_000_00, 2_700_000_00, 1_300_000_00, 0)
    assert sums(second) == ("paid", 1_200_000_00, 1_200_000_00, 500_000_00, 0)
    nothing_is_wrong()


def test_a_recovery_before_the_settlement_lowers_the_loss_too(books, two_in_year):
    first, second = two_in_year
    books.recover(first, 6_000_000_00)
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    books.settle_year(year_of(books), AFTER)
    assert (sums(first)[2], sums(second)[2]) == (100_000_00, 200_000_00)
    nothing_is_wrong()


def test_money_that_came_before_the_acceptance_is_no_recovery(books):
    (claim,) = into_year(books, 8_000_000_00)
    with pytest.raises(Refused, match="受理前收回"):
        books.recover(claim, 100_00, day=TODAY - dt.timedelta(days=1))


def test_a_claim_that_comes_late_changes_the_parts_of_the_others(books, settled_year):
    first, second = settled_year
    (third,) = into_year(books, 8_000_000_00)
    books.settle_year(year_of(books), LATER, **LOWER)
    # 20,000,000 fills the band: 10,000,000 x 30 % = 3,000,000.00, by 8 : 4 : 8 of 20
    assert [sums(claim)[2] - sums(claim)[3] for claim in (first, second, third)] == [
        1_200_000_00,
        600_000_00,
        1_200_000_00,
    ]
    assert (sums(first)[3], sums(second)[3]) == (200_000_00, 100_000_00)
    assert [run.seq for run in year_of(books).runs.all()] == [1, 2]
    nothing_is_wrong()


def test_a_year_without_a_change_is_not_settled_again(books, settled_year):
    with pytest.raises(Refused, match="没有变化"):
        books.settle_year(year_of(books), LATER)


def test_what_was_clawed_back_is_not_owed_again(books, settled_year):
    first, _ = settled_year
    books.claw_back(first, 1_350_000_00)
    books.recover(first, 6_000_000_00)
    books.settle_year(year_of(books), LATER, **LOWER)
    # of 1,400,000 the bank may keep 100,000; 50,000 is left with it after the claw-back, so no more than that is owed
    assert sums(first)[3] == 1_400_000_00
    # the city bears nothing of the first any more and 200,000 of the second; the bank what is left of 6,000,000
    assert burden() == {"bank": 5_800_000_00, "city": 200_000_00}
    nothing_is_wrong()


# ---- two persons, and the ground


def test_one_person_settles_no_year(books, two_in_year):
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    officer = books.cast.district_bureau.officer
    asked = claims.propose_year(by=officer, year_id=year_of(books).pk, on=AFTER)
    with pytest.raises(Refused, match="同一人"):
        approve(by=officer, approval_id=asked.pk)
    assert not YearRun.objects.exists()


@pytest.mark.parametrize("moved", ["claim", "recovery", "fact", "refused", "clawed"])
def test_a_year_is_not_settled_when_its_ground_has_moved(books, two_in_year, moved):
    first, second = two_in_year
    year, officer = year_of(books), books.cast.district_bureau.officer
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    more = {}
    if moved == "clawed":
        books.settle_year(year, AFTER)
        books.recover(first, 6_000_000_00)
        more = LOWER
    asked = claims.propose_year(by=officer, year_id=year.pk, on=LATER, **more)
    {
        "claim": lambda: into_year(books, 1_000_000_00),
        "recovery": lambda: books.recover(first, 1_00),
        "fact": lambda: books.state("bank.year_end_balance", "500000001", agreement=books.agreement),
        "refused": lambda: claims.refuse(by=officer, claim_id=second.pk, reason="不符", on=TODAY),
        "clawed": lambda: books.claw_back(first, 1_350_000_00),
    }[moved]()
    before = YearRun.objects.count()
    with pytest.raises(Refused, match="已有变动"):
        books.sign(asked, LATER)
    assert YearRun.objects.count() == before
    nothing_is_wrong()


def test_another_house_does_not_know_of_the_year(books, cast):
    into_year(books, 8_000_000_00)
    for member in (cast.bank_b.maker, cast.fund_manager.officer, cast.city_bureau.officer):
        with pytest.raises(BankYear.DoesNotExist):
            claims.propose_year(by=member, year_id=year_of(books).pk, on=AFTER)


# ---- for ever


def test_the_proof_sheet_tells_the_year_and_the_claims_part(settled_year):
    first, _ = settled_year
    said = proof_of(Claim.objects.get(pk=first.pk), SEATED)
    text = "\n".join(said["working"])
    for told in ("12,000,000.00", "2,100,000.00", "尚未归属 8,000,000.00 元，分得 1,400,000.00 元"):
        assert told in text, text
    assert said["payable"] == said["paid"] == "1400000.00"
    assert said["stored"]["year"]["borne"] == {"bank": 9_900_000_00, "city": 2_100_000_00}


def test_the_issued_sheet_replays_by_the_banks_own_facts_and_another_reader_gets_no_figures(settled_year):
    first, _ = settled_year
    claim = Claim.objects.get(pk=first.pk)
    said = proof_of(
        claim, all_of(claim)
    )  # the bank and the city alone bear it, so the bank's own facts may stand in it
    assert said["metrics"] == {"bank.year_end_balance": BALANCE}
    assert replay_year(said["stored"]["year"]).year.borne["city"] == 2_100_000_00
    told = proof_of(claim, Reader())
    assert told["metrics"] == {"bank.year_end_balance": "略"}
    assert told["stored"] is None


def test_verify_names_a_run_that_was_forged(settled_year):
    nothing_is_wrong()
    run = YearRun.objects.get()
    forged = run.working | {"year_metrics": {"bank.year_end_balance": "400000000"}}
    YearRun.objects.create(
        bank_year=run.bank_year, seq=2, on=run.on, settled_on=run.settled_on, working=forged, sha256=run.sha256,
        covered=run.covered, outside=run.outside, entitled=run.entitled, paid=run.paid, owed=run.owed,
        approval=Approval.objects.exclude(pk=run.approval_id).first(),
    )  # fmt: skip
    YearRun.objects.create(
        bank_year=run.bank_year, seq=3, on=run.on, settled_on=run.settled_on, working=run.working, sha256="0" * 64,
        covered=run.covered, outside=run.outside, entitled=run.entitled, paid=run.paid, owed=run.owed,
        approval=Approval.objects.exclude(pk=run.approval_id).last(),
    )  # fmt: skip
    told = verifying.faults()
    assert any("第2次结算：存档的年度计算不能重算" in fault for fault in told)
    for fault in (
        "年度摘要不符",
        "参与的申请与存档不符",
        "应补偿合计与各申请之和不符",
        "收付合计与各申请之和不符",
    ):
        assert f"{run.bank_year} 第3次结算：{fault}" in told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claims_yearrun SET paid = paid + 1",
        "DELETE FROM claims_yearrun",
        "UPDATE claims_bankyear SET year = 2025",
        "UPDATE claims_claim SET bank_year_id = NULL",
        "UPDATE claims_claim SET state = 'part_paid'",
        "UPDATE claims_claim SET reserved = 1 WHERE state = 'in_year'",
    ],
)
def test_raw_sql_cannot_rewrite_a_year(settled_and_one_more, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_approval_pays_a_claim_once_also_by_raw_sql(settled_year):
    once = pytest.raises(DatabaseError, match="an_approval_pays_once")
    with once, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_journal (id, key, kind, day, memo, content_sha256, approval_id, part)"
            " SELECT gen_random_uuid(), 'again', kind, day, memo, content_sha256, approval_id, part"
            " FROM ledger_journal WHERE kind = 'claim_paid' LIMIT 1"
        )


def test_the_loans_of_the_year_end_are_its_balance_when_december_is_reported(books):
    """Nobody states a balance: the December returns of the loans in the pool are it. 8,000,000 unpaid of 8,000,000:
    the band of 80,000 to 240,000 is full, 160,000 x 30 % = 48,000.00."""
    (claim,) = into_year(books, 8_000_000_00)
    loan = claim.enrolment.loan
    latest = loan.latest_return
    latest.pk, latest.seq, latest.period = None, latest.seq + 1, dt.date(2026, 12, 1)
    latest.reported_on = dt.date(2027, 1, 4)
    latest.save(force_insert=True)
    books.settle_year(year_of(books), AFTER)
    assert sums(claim)[2] == 48_000_00
    nothing_is_wrong()


def test_the_day_of_the_second_person_is_the_day_of_every_journal(settled_year):
    days = set(Journal.objects.filter(key__startswith="claim:").values_list("day", flat=True))
    assert days == {AFTER}


# ---- a stop-loss line


def test_a_line_holds_a_year_back_by_the_facts_of_the_day_and_lets_it_go_when_they_are_better(
    books, monkeypatch
):
    """The year's own figures are those of 31 December for ever; a line asked for that day could never be lifted."""
    scheme = scheme_of(scheme_version(QINGDAO[0]).pk)
    line = StopLoss("npl_5", Condition("bank.npl_rate_all", ">=", "0.05"), "suspend_claims", ("city",))
    into_year(books, 8_000_000_00, 4_000_000_00)
    monkeypatch.setattr(
        "riskpool.claims.year_preview.scheme_of", lambda _: replace(scheme, stop_loss=(line,))
    )
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    books.state("bank.npl_rate_all", "0.06", by="bank", agreement=books.agreement)
    (held,) = year_preview(year_of(books), AFTER).problems
    assert held.code == "suspended"
    assert "银行全部贷款的不良率达到 5%（2026-11-20 为 0.06），方案暂停补偿" in str(held)
    better = pools.FactTerms(
        "bank.npl_rate_all", "0.04", LATER, "二月报表", "SEEN", agreement=books.agreement
    )
    bank = books.cast.bank_a
    asked = pools.propose_fact(by=bank.maker, pool=books.pool, terms=better, on=LATER)
    approve(by=bank.checker, approval_id=asked.pk)
    lifted = year_preview(year_of(books), LATER)
    assert (lifted.problems, lifted.paid) == ((), 2_100_000_00)
