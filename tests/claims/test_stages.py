"""Settlements in stages: escrow and final, parts, repairs, claw-backs, and what came back over all of them."""

import itertools

import pytest
from django.conf import settings as settings_of_django
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.money.fields import fen_of
from riskpool.claims import actions as claims
from riskpool.claims import queries, rules, verifying
from riskpool.claims.models import Claim, Payment
from riskpool.claims.proof import proof_of
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import LedgerAccount
from riskpool.pools import queries as pool_queries
from riskpool.pools.lines import pool_lines
from riskpool.pools.models import Enrolment, Limit
from tests.books import TODAY, open_books, version
from tests.ground import laid

pytestmark = pytest.mark.django_db
SHANGHAI = ("shanghai-ip-deposit@2023", {"fund": {"pool": True}})


@laid
def partly_given_back(books, paid):
    """100.00 of what was paid is asked for again, 1.00 of it has come."""
    books.claw_back(paid, 100_00)
    books.arrive(paid, 1, 1_00)
    return paid


def nothing_is_wrong():
    assert ledger.faults() + pool_queries.faults() + verifying.faults() + queries.limit_faults() == []


def of_shanghai(cast):
    """The escrow scheme on a pool whose sources stand 4:6 behind its fund."""
    books = open_books(cast, *SHANGHAI)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books


def held(books):
    """(cash, reserved, escrowed, free) of the city's and the district's money."""
    position = pool_queries.position(
        viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY
    )
    return [(s.cash, s.reserved, s.escrowed, s.free) for s in position.sources]


def sums(claim):
    claim = Claim.objects.get(pk=claim.pk)
    return claim.state, *(
        fen_of(getattr(claim, name)) for name in ("reserved", "escrowed", "paid", "owed", "repaid")
    )


def in_escrow(books, estimate=3_000_000_00):
    claim = books.accept(books.file(books.bad_loan(estimate), estimate))
    books.pay(claim)
    return Claim.objects.get(pk=claim.pk)


@laid
def shanghai(cast):
    return of_shanghai(cast)


@laid
def escrowed(shanghai):
    return in_escrow(shanghai)


# ---- escrow, then final (shanghai-ip-deposit@2023, examples e1 and e2; 2,400,000.00 by 4:6 is 960,000 and 1,440,000)


def test_what_is_set_aside_is_neither_free_nor_paid(shanghai, escrowed):
    books = shanghai
    claim = escrowed
    assert sums(claim) == ("escrowed", 2_400_000_00, 2_400_000_00, 0, 0, 0)
    assert held(books) == [
        (4_000_000_00, 0, 960_000_00, 3_040_000_00),
        (6_000_000_00, 0, 1_440_000_00, 4_560_000_00),
    ]
    assert not Payment.objects.exists(), "escrow is not payment"
    assert [pool_lines(books.pool, role, TODAY)[-1].left for role in ("reserved", "free", "cash")] == [
        2_400_000_00,
        7_600_000_00,
        10_000_000_00,
    ]
    assert Enrolment.objects.get().state == "live", (
        "the loan stays in the pool's exposure until the final settlement"
    )
    nothing_is_wrong()


def test_a_final_loss_below_the_estimate_pays_out_of_escrow_and_the_rest_is_free_again(shanghai, escrowed):
    books = shanghai
    claim = escrowed
    books.settle(claim, "final", 2_650_000_55)
    # e2: the fund's final entitlement is 2,120,000.44, and 279,999.56 flows back; 4:6 of it is 848,000.176 and 1,272,000.264
    assert sums(claim) == ("paid", 2_120_000_44, 0, 2_120_000_44, 0, 0)
    assert held(books) == [
        (3_151_999_82, 0, 0, 3_151_999_82),
        (4_727_999_74, 0, 0, 4_727_999_74),
    ]
    settlement = claim.settlements.get(apportionment__seq=2)
    assert fen_of(settlement.freed) == 279_999_56
    assert Enrolment.objects.get().state == "claimed"
    nothing_is_wrong()


def test_a_final_loss_above_the_estimate_needs_the_banks_statement_and_is_topped_up(cast, shanghai):
    books = shanghai
    claim = in_escrow(books, 2_650_000_55)
    Enrolment.objects.get()
    with pytest.raises(Refused, match="高于申报"):
        books.settle(claim, "final", 2_650_000_56)
    loan_terms = claim.enrolment.loan
    assert fen_of(loan_terms.latest_return.balance) == 2_650_000_55
    with pytest.raises(Refused, match="高于最近月报余额"):
        claims.state_final_loss(
            by=cast.bank_a.maker,
            claim_id=claim.pk,
            loss={"principal": 3_000_000_00},
            statement="核销",
            on=TODAY,
        )


def test_the_difference_that_is_topped_up_is_paid_with_the_escrow(cast, shanghai):
    from tests.books import go_bad

    books = shanghai
    enrolment = books.bad_loan(3_000_000_00, 2_650_000_55)
    claim = books.accept(books.file(enrolment, 2_650_000_55))
    books.pay(claim)
    go_bad(enrolment.loan, 3_000_000_00)  # the estimate counted on proceeds that did not come
    claims.state_final_loss(
        by=cast.bank_a.maker,
        claim_id=claim.pk,
        loss={"principal": 3_000_000_00},
        statement="质物流拍，核销",
        on=TODAY,
    )
    books.settle(claim, "final", 3_000_000_00)
    assert sums(claim) == ("paid", 2_400_000_00, 0, 2_400_000_00, 0, 0)
    assert [cash for cash, *_ in held(books)] == [3_040_000_00, 4_560_000_00]
    nothing_is_wrong()


def test_two_persons_refuse_a_claim_in_escrow_and_its_money_is_free(cast, shanghai, escrowed):
    books = shanghai
    claim = escrowed
    with pytest.raises(Refused, match="请提请另一人复核"):
        claims.refuse(by=cast.district_bureau.officer, claim_id=claim.pk, reason="资料不实", on=TODAY)
    books.refuse(claim, "资料不实")
    assert sums(claim) == ("refused", 0, 0, 0, 0, 0)
    assert held(books) == [(4_000_000_00, 0, 0, 4_000_000_00), (6_000_000_00, 0, 0, 6_000_000_00)]
    nothing_is_wrong()


def test_nothing_is_recovered_while_the_money_lies_in_escrow(shanghai, escrowed):
    books = shanghai
    claim = escrowed
    with pytest.raises(Refused, match="待清算"):
        books.recover(claim, 100_000_00)


def test_money_comes_back_also_on_a_final_loss_too_small_for_a_payment(cast, monkeypatch, tmp_path):
    """A fund that bears 40 % of the final loss of 0.01 pays nothing; the claim is settled, and what is collected later is
    recorded and the bank's."""
    name = "shanghai-ip-deposit@2024"
    shipped = (settings_of_django.POLICIES_DIR / "schemes" / f"{SHANGHAI[0]}.yaml").read_text(
        encoding="utf-8"
    )
    file = tmp_path / f"{name}.yaml"
    text = shipped.replace(f"id: {SHANGHAI[0]}", f"id: {name}").replace("fund: '0.80'", "fund: '0.40'")
    assert text.count("fund: '0.40'") == 1
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr("tests.books.scheme_version", lambda _: version("scheme", file, name))
    books = of_shanghai(cast)
    claim = in_escrow(books)
    books.settle(claim, "final", 1)
    assert (sums(claim), claim.payments.count()) == (("paid", 0, 0, 0, 0, 0), 0)
    books.recover(claim, 100_00)
    assert fen_of(Claim.objects.get().returned) == 0
    assert claim.recoveries.count() == 1
    nothing_is_wrong()


# ---- parts (chongqing-knowledge-value@2017: bank 20 %, pool 80 %, of which city and district 4:6)


def part(books, claimed=1_000_000_00, recognised=400_000_00):
    claim = books.file(books.bad_loan(claimed), claimed)
    claims.accept(
        by=books.cast.district_bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": recognised},
        reasons={"principal": "处置未完，先认定部分"}, rest_later=True,
    )  # fmt: skip
    books.pay(claim)
    return claim


def test_a_part_is_paid_now_and_the_rest_later_on_the_running_total(books):
    claim = part(books)
    assert sums(claim) == ("part_paid", 320_000_00, 0, 320_000_00, 0, 0)
    books.settle(claim, "part", 700_000_00)
    assert sums(claim) == ("part_paid", 560_000_00, 0, 560_000_00, 0, 0)
    books.settle(claim, "final", 999_999_99)
    # 999,999.99 in all: e2 of the scheme's file, city 320,000.00 and district 479,999.99
    assert sums(claim) == ("paid", 799_999_99, 0, 799_999_99, 0, 0)
    assert [fen_of(payment.amount) for payment in claim.payments.order_by("seq")] == [
        320_000_00,
        240_000_00,
        239_999_99,
    ]
    assert Enrolment.objects.get().state == "claimed"
    nothing_is_wrong()


def test_the_rest_may_never_be_recognised(books):
    claim = part(books)
    books.settle(claim, "final", 400_000_00)
    assert sums(claim) == ("paid", 320_000_00, 0, 320_000_00, 0, 0)
    assert claim.payments.count() == 1, "nothing moves, nothing is paid"
    nothing_is_wrong()


def test_a_cut_without_a_reason_is_refused(books, filed):
    with pytest.raises(Refused, match="核减的理由"):
        claims.accept(
            by=books.cast.district_bureau.officer, claim_id=filed.pk, on=TODAY, recognised={"principal": 1_00}
        )
    assert Claim.objects.get().state == "filed"


def test_a_part_cannot_take_back_what_was_recognised(books):
    claim = part(books)
    with pytest.raises(Refused, match="低于前次累计认定"):
        books.settle(claim, "part", 399_999_99)


def test_a_settlement_beyond_the_payout_limit_is_refused_and_nothing_moves(books):
    books.set_limit("pool_year_payout", 500_000_00, year=2026)
    claim = part(books)
    with pytest.raises(Refused, match=r"需 240,000\.00 元，余 180,000\.00 元"):
        books.settle(claim, "part", 700_000_00)
    books.settle(claim, "part", 625_000_00)
    assert fen_of(Limit.objects.get(scope="pool_year_payout").used) == 500_000_00
    nothing_is_wrong()


def test_what_was_asked_is_not_settled_when_the_ground_has_moved(books, cast):
    claim = part(books)
    asked = claims.propose_settlement(
        by=cast.district_bureau.officer, claim_id=claim.pk, stage="part", recognised={"principal": 700_000_00},
        reasons={"principal": "核减"}, on=TODAY,
    )  # fmt: skip
    books.set_limit("pool_year_payout", 320_000_00, year=2026)  # what has been paid already, and no more
    with pytest.raises(Refused, match=r"需 240,000\.00 元，余 0\.00 元"):
        books.sign(asked)
    assert sums(claim)[0] == "part_paid"


@pytest.mark.long
@pytest.mark.long
@settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_parts_pay_what_one_calculation_would_have_paid(books, data):
    cuts = data.draw(st.lists(st.integers(1_00, 999_999_98), min_size=1, max_size=3, unique=True).map(sorted))
    with transaction.atomic():
        claim = part(books, 999_999_99, cuts[0])
        for recognised in cuts[1:]:
            books.settle(claim, "part", recognised)
        books.settle(claim, "final", 999_999_99)
        whole = books.accept(books.file(books.bad_loan(999_999_99), 999_999_99))
        by_source = {share.key: fen_of(share.borne) for share in whole.apportionment.shares.all()}
        assert {s.key: fen_of(s.borne) for s in claim.apportionment.shares.all()} == by_source
        assert sums(claim)[3] == sums(whole)[1], "paid in parts is what one payment would reserve"
        transaction.set_rollback(True)


# ---- repair and claw-back


def test_a_repair_after_payment_is_a_receivable_until_its_money_arrives(books, paid):
    with pytest.raises(Refused, match="依据条款"):
        books.settle(paid, "repair", 400_000_00)
    books.settle(paid, "repair", 400_000_00, reason="贷后检查缺失", article="合作协议第七条")
    # 80 % of 100,000.00 is owed: city 32,000, district 48,000; no money has moved
    assert sums(paid) == ("paid", 400_000_00, 0, 400_000_00, 80_000_00, 0)
    assert [cash for cash, *_ in held(books)] == [3_840_000_00, 5_760_000_00]
    said = proof_of(Claim.objects.get(pk=paid.pk))
    assert (said["payable"], said["paid"]) == ("320000.00", "400000.00"), "due is what its shares add up to"
    assert said["dated"] == TODAY.isoformat()
    nothing_is_wrong()
    books.arrive(paid, 1, 30_000_00)
    books.arrive(paid, 1, 50_000_00)
    assert sums(paid)[4:] == (80_000_00, 80_000_00)
    assert [cash for cash, *_ in held(books)] == [3_872_000_00, 5_808_000_00]
    with pytest.raises(Refused, match="高于未收"):
        books.arrive(paid, 1, 1)
    nothing_is_wrong()


def test_a_claw_back_in_full_returns_money_and_interest_to_the_sources_that_paid(books, paid):
    books.recover(paid, 100_000_00)  # 32,000 to the city, 48,000 to the district, 20,000 to the bank
    with pytest.raises(Refused, match="高于尚在银行的补偿款"):
        books.claw_back(paid, 320_000_01)
    books.claw_back(paid, 320_000_00, 1_234_57)
    assert sums(paid) == ("paid", 400_000_00, 0, 400_000_00, 320_000_00, 0)
    nothing_is_wrong()
    books.arrive(paid, 1, 321_234_57)
    # whole again, and the interest of 1,234.57 by 128,000 : 192,000, which is 493.828 and 740.742
    assert [cash for cash, *_ in held(books)] == [4_000_493_83, 6_000_740_74]
    nothing_is_wrong()


def test_after_a_claw_back_what_is_recovered_goes_to_the_bank_and_nobody_gets_more_than_it_paid(books, paid):
    books.recover(paid, 100_000_00)
    books.claw_back(paid, 320_000_00)
    books.recover(paid, 400_000_00)
    back = {share.party: 0 for share in paid.apportionment.shares.all()}
    by_share = queries.returned_by_share(paid)
    for share in paid.apportionment.shares.all():
        back[share.party] += by_share.get(share.pk, 0)
    assert back == {"bank": 420_000_00, "fund_city": 32_000_00, "fund_district": 48_000_00}
    nothing_is_wrong()


def test_a_claw_back_is_no_negative_payment_and_needs_two_persons(books, paid, cast):
    from kernel.work.approvals import approve

    asked = claims.propose_clawback(
        by=cast.district_bureau.officer, claim_id=paid.pk, amount_fen=1_00, interest_fen=0, reason="不实",
        article="第九条", on=TODAY,
    )  # fmt: skip
    with pytest.raises(Refused, match="同一人"):
        approve(by=cast.district_bureau.officer, approval_id=asked.pk)
    books.sign(asked)
    assert Payment.objects.count() == 1
    assert (
        ledger.balance(LedgerAccount.objects.get(code__endswith=f"city/owed/{cast.bank_a.organisation.code}"))
        == 40
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claims_claim SET owed = paid + 1",
        "UPDATE claims_claim SET repaid = owed + 1",
        "UPDATE claims_claim SET escrowed = 1",
        "UPDATE claims_claim SET state = 'escrowed' WHERE state = 'paid'",
        "UPDATE claims_settlement SET paid = paid + 1",
        "DELETE FROM claims_settledshare",
        "UPDATE claims_receivable SET amount = amount - 1",
        "TRUNCATE claims_receivablearrival CASCADE",
        "DELETE FROM claims_clockevent",
    ],
)
def test_raw_sql_cannot_rewrite_settlements_and_debts(partly_given_back, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_repair_after_everything_has_come_back_takes_nothing_from_the_sources_again(books, paid):
    books.recover(paid, 500_000_00)
    books.settle(paid, "repair", 400_000_00, reason="贷后检查缺失", article="合作协议第七条")
    assert sums(paid)[4] == 0, "the sources have all of it back"
    burden = {
        account.code.split("/")[3]: fen_of(account.debits) - fen_of(account.credits)
        for account in LedgerAccount.objects.filter(book="burden").exclude(code__endswith="/losses")
    }
    # 400,000 is recognised and 500,000 came back: the bank has 100,000 more than it lost
    assert burden == {"bank": -100_000_00, "fund_city": 0, "fund_district": 0}
    nothing_is_wrong()


# ---- recoveries for ever


def test_recoveries_on_a_part_paid_claim_level_out_when_the_rest_is_settled(books):
    claim = part(books)  # 80,000 bank, 128,000 city, 192,000 district
    books.recover(claim, 100_000_00)
    books.settle(claim, "final", 1_000_000_00)
    books.recover(claim, 900_000_00)  # with this, everything has come back
    returned = queries.returned_by_share(claim)
    assert [returned[share.pk] for share in claim.apportionment.shares.all()] == [
        200_000_00,
        320_000_00,
        480_000_00,
    ]
    nothing_is_wrong()


def test_money_comes_back_for_ever_also_after_the_agreement_has_ended(books, paid):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pools_agreement SET validity = daterange(lower(validity), '2026-11-01') WHERE id = %s",
            [books.agreement.pk],
        )
    books.recover(paid, 100_000_00)
    assert fen_of(Claim.objects.get(pk=paid.pk).returned) == 80_000_00


def test_what_came_in_before_the_payment_lowers_the_loss(books):
    """Collected before: the loss is 400,000. Collected after: the loss is 500,000, of which 100,000 comes back. The bank's
    own net is the same for a proportional scheme without costs (loss-sharing.md 9, 6): 80,000.00."""
    before = books.file(books.bad_loan(), 500_000_00)
    claims.accept(
        by=books.cast.district_bureau.officer, claim_id=before.pk, on=TODAY, recognised={"principal": 400_000_00},
        reasons={"principal": "支付前已收回 100,000.00 元"},
    )  # fmt: skip
    after = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(after)
    books.recover(after, 100_000_00)
    of_bank = {
        claim: next(share for share in claim.apportionment.shares.all() if share.party == "bank")
        for claim in (before, after)
    }
    net_after = fen_of(of_bank[after].borne) - queries.returned_by_share(after)[of_bank[after].pk]
    assert fen_of(of_bank[before].borne) == net_after == 80_000_00


# ---- pure rules


amounts = st.integers(0, 10**12)


@given(
    weights=st.lists(st.integers(1, 50), min_size=1, max_size=5),
    totals=st.lists(amounts, min_size=1, max_size=6),
)
def test_the_sources_of_one_party_never_owe_a_fen_by_rounding(weights, totals):
    of = {f"s{place}": weight for place, weight in enumerate(weights)}
    had = dict.fromkeys(of, 0)
    for total in totals:
        now = rules.steady_split(total, of, had)
        assert sum(now.values()) == total
        assert all(fen >= 0 for fen in now.values())
        grows = total >= sum(had.values())
        assert all((now[name] >= had[name]) if grows else (now[name] <= had[name]) for name in of)
        had = now


@given(steps=st.lists(amounts, min_size=1, max_size=6), escrowed=amounts)
def test_whatever_the_calculations_say_money_moves_to_what_the_last_one_says(steps, escrowed):
    standing = {"city": rules.Standing(escrowed=escrowed)}
    moved = dict.fromkeys(("paid", "from_escrow", "freed", "owed"), 0)
    for entitled in steps:
        move = rules.moves_to_settle({"city": entitled}, standing)["city"]
        assert min(move.paid, move.from_free, move.freed, move.owed) >= 0
        assert not (move.paid and move.owed), "never both ways at once"
        for name in moved:
            moved[name] += getattr(move, name)
        standing = {"city": rules.Standing(0, moved["paid"], moved["owed"])}
    assert moved["paid"] - moved["owed"] == steps[-1]
    assert moved["from_escrow"] + moved["freed"] == escrowed


def test_a_proof_sheet_tells_every_stage_and_its_table_adds_up(shanghai, escrowed):
    books = shanghai
    claim = escrowed
    books.settle(claim, "final", 2_650_000_55)
    said = proof_of(Claim.objects.get(pk=claim.pk))
    assert [
        (row["stage"], row["recognised"], row["to_escrow"], row["paid"], row["freed"])
        for row in said["stages"]
    ] == [
        ("预计损失", "3000000.00", "2400000.00", "0.00", "0.00"),
        ("最终认定", "2650000.55", "0.00", "2120000.44", "279999.56"),
    ]
    assert list(itertools.accumulate(row["paid"] for row in said["stages"]))[-1].endswith("2120000.44")
    assert said["payable"] == said["paid"] == "2120000.44"
