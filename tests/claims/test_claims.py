"""A claim's whole way: filed, apportioned, reserved, paid by two persons, recovered; and everything that must not be."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from finance.parties.actions import enrol_person
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve, decline
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import queries, verifying
from riskpool.claims.models import Claim, Payment
from riskpool.claims.proof import proof_of
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools import actions as pools
from riskpool.pools import enrolling
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Enrolment, Limit
from riskpool.schemes import engine
from tests.books import OVERDUE, PAPERS, TODAY, go_bad, open_books
from tests.ground import laid

pytestmark = pytest.mark.django_db


@laid
def paid_and_accepted(books, paid):
    return paid, books.accept(books.file(books.bad_loan(), 500_000_00))


def position(books):
    return pool_queries.position(viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)


def nothing_is_wrong():
    assert ledger.faults() + pool_queries.faults() + verifying.faults() == []


def test_the_whole_way_to_the_fen(books):
    # 1,500,000.00 by the worked example of chongqing-knowledge-value@2017: bank 300,000, city 480,000, district 720,000
    enrolment = books.bad_loan(1_500_000_00, annual_rate_percent=Decimal(6))
    claim = books.accept(books.file(enrolment, 1_500_000_00, interest=52_500_00))
    assert fen_of(claim.reserved) == 1_200_000_00
    held = position(books)
    assert [(s.cash, s.reserved, s.free) for s in held.sources] == [
        (4_000_000_00, 480_000_00, 3_520_000_00),
        (6_000_000_00, 720_000_00, 5_280_000_00),
    ]
    books.pay(claim)
    held = position(books)
    assert [(s.cash, s.reserved, s.free) for s in held.sources] == [
        (3_520_000_00, 0, 3_520_000_00),
        (5_280_000_00, 0, 5_280_000_00),
    ]
    enrolment.refresh_from_db()
    assert (enrolment.state, fen_of(enrolment.exposure)) == ("claimed", 0)
    books.recover(claim, 260_000_00, 14_000_00)
    claim.refresh_from_db()
    assert fen_of(claim.returned) == 196_800_00  # 78,720 + 118,080
    assert [s.cash for s in position(books).sources] == [3_598_720_00, 5_398_080_00]
    nothing_is_wrong()


def test_the_burden_book_says_who_bears_the_loss_after_recovery(books):
    claim = books.accept(books.file(books.bad_loan(1_500_000_00), 1_500_000_00))
    books.pay(claim)
    books.recover(claim, 260_000_00, 14_000_00)
    bank = books.cast.bank_a.organisation.code
    held = {
        account.code.split("/")[3]: fen_of(account.debits) - fen_of(account.credits)
        for account in LedgerAccount.objects.filter(
            book="burden", code__startswith=f"burden/{books.pool.code}/{bank}/"
        )
    }
    assert held == {
        "bank": 250_800_00,
        "fund_city": 401_280_00,
        "fund_district": 601_920_00,
        "losses": -1_254_000_00,
    }


def test_recovery_in_pieces_returns_what_one_piece_would(cast):
    def returned(pieces):
        books = open_books(cast)
        books.pay_in("city", 4_000_000_00)
        books.pay_in("district", 6_000_000_00)
        claim = books.accept(books.file(books.bad_loan(999_999_99), 999_999_99))
        books.pay(claim)
        for piece in pieces:
            books.recover(claim, piece)
        by_share = queries.returned_by_share(claim)
        return [by_share.get(share.pk, 0) for share in claim.apportionment.shares.all()]

    assert returned([33_333_35]) == [6_666_67, 10_666_67, 16_000_01]  # e2 of the scheme's file
    assert returned([11_111_11, 11_111_11, 11_111_13]) == [6_666_67, 10_666_67, 16_000_01]


def test_a_party_that_the_whole_pool_stands_behind_is_charged_by_contribution(cast):
    books = open_books(cast, "zhuhai-ip@2017", {"fund": {"pool": True}})
    books.pay_in("city", 400_000_00)
    books.pay_in("district", 600_000_00)
    claim = books.accept(books.file(books.bad_loan(777_777_77), 777_777_77))
    # e2 of zhuhai-ip@2017: fund 311,111.11; 4:6 of it is 124,444.444 and 186,666.666: the fen goes to the larger remainder
    assert [fen_of(share.borne) for share in claim.apportionment.shares.all()] == [
        466_666_66,
        124_444_44,
        186_666_67,
    ]
    books.pay(claim)
    books.recover(claim, 33_333_33)
    assert sum(queries.returned_by_share(claim).values()) == 33_333_33
    nothing_is_wrong()


def test_a_refused_claim_frees_what_was_reserved(books, accepted):
    books.refuse(accepted)
    held = position(books)
    assert (held.reserved, held.free) == (0, 10_000_000_00)
    nothing_is_wrong()


def test_after_a_refusal_the_same_default_may_be_claimed_again(books):
    enrolment = books.bad_loan()
    first = books.file(enrolment, 500_000_00)
    claims.refuse(by=books.cast.district_bureau.officer, claim_id=first.pk, reason="材料不实", on=TODAY)
    assert books.file(enrolment, 400_000_00).default_no == 2


def test_one_default_has_one_live_claim(books):
    enrolment = books.bad_loan()
    books.file(enrolment, 500_000_00)
    with pytest.raises(Refused, match="同一次违约只能申请一次"):
        books.file(enrolment, 500_000_00)


def test_the_database_refuses_a_second_live_claim_too(filed):
    with pytest.raises(IntegrityError, match="one_live_claim_for_one_default"), transaction.atomic():
        Claim.objects.create(
            number="BC-X", enrolment=filed.enrolment, default_no=1, overdue_since=OVERDUE, filed_on=TODAY,
            filed_by=filed.filed_by, principal=1, claimed=1,
        )  # fmt: skip


def test_every_fault_of_a_filing_is_told_at_once(books):
    loan = books.lend()
    (enrolment,) = books.enrol(loan)
    go_bad(loan, 400_000_00, overdue_since=TODAY - dt.timedelta(days=59))
    with pytest.raises(Refused) as refused:
        claims.file_claim(
            by=books.cast.bank_a.maker, enrolment_id=enrolment.pk, loss={"principal": 500_000_00, "interest": -1},
            evidence=[*PAPERS[:1], claims.EvidenceFile("nonsense", "x.pdf", "application/pdf", b"")],
            on=TODAY, at=timezone.now(),
        )  # fmt: skip
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["negative", "above_balance", "waiting", "evidence", "evidence", "evidence_kind", "empty"]
    assert "还差 1 日" in str(refused.value)


def test_a_claim_may_be_filed_on_the_day_the_waiting_is_over(books):
    loan = books.lend()
    (enrolment,) = books.enrol(loan)
    go_bad(loan, 500_000_00, overdue_since=TODAY - dt.timedelta(days=60))
    assert books.file(enrolment, 500_000_00).state == "filed"


def test_accepting_a_claim_the_pool_cannot_pay_is_refused_and_it_keeps_waiting(cast):
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 299_999_99)
    claim = books.file(books.bad_loan(625_000_00), 625_000_00)
    with pytest.raises(Refused, match="区级资金可用余额"):
        books.accept(claim)
    claim.refresh_from_db()
    assert (claim.state, Journal.objects.filter(key__startswith="claim:").count()) == ("filed", 0)
    books.pay_in("district", 1)
    assert books.accept(claim).state == "accepted"


def test_a_payout_limit_binds_and_is_used_from_acceptance_until_refusal(books):
    books.set_limit("bank_year_payout", 400_000_00, of_bank=True, year=2026)
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    other = books.file(books.bad_loan(), 1_25)
    with pytest.raises(Refused, match=r"需 1\.00 元，余 0\.00 元"):
        books.accept(other)
    books.refuse(claim)
    assert fen_of(Limit.objects.get(scope="bank_year_payout").used) == 0
    assert books.accept(other).state == "accepted"


def test_the_preview_is_what_acceptance_does(books):
    claim = books.file(books.bad_loan(1_500_000_00), 1_500_000_00)
    seen = queries.preview(claim, TODAY)
    assert [(effect.takes, effect.left) for effect in seen.sources] == [
        (480_000_00, 3_520_000_00),
        (720_000_00, 5_280_000_00),
    ]
    accepted = books.accept(claim)
    assert accepted.apportionment.sha256 == seen.apportionment.digest


def test_the_maker_cannot_approve_his_own_payment_nor_under_a_second_account(accepted, cast):

    bureau = cast.district_bureau
    asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
    with pytest.raises(Refused, match="同一人"):
        approve(by=bureau.officer, approval_id=asked.pk)
    twin = enrol_person(
        organisation=bureau.organisation, role="approver", name="渝经办", username="second-account",
        password="知融测试口令-2026", person=bureau.officer.account.person,
    )  # fmt: skip
    with pytest.raises(Refused, match="同一人"):
        approve(by=twin, approval_id=asked.pk)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("column", ["account", "person"])
def test_the_database_refuses_a_payment_by_one_person(accepted, cast, column):
    bureau = cast.district_bureau
    asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
    checker = bureau.officer if column == "account" else bureau.approver
    person = bureau.officer.account.person_id
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(
            state="executed", checker=checker.account, checker_person=person, decided_at=timezone.now()
        )


def test_what_was_asked_cannot_be_edited_before_it_is_approved(accepted, cast):
    asked = claims.propose_payment(by=cast.district_bureau.officer, claim_id=accepted.pk, on=TODAY)
    with pytest.raises(IntegrityError, match="不得改动"), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(command={**asked.command, "amount_fen": 1})


def test_a_payee_changed_after_the_asking_stops_the_payment(accepted, cast):
    from finance.parties.actions import propose_payee_account

    bureau = cast.district_bureau
    asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
    payee = propose_payee_account(
        by=cast.bank_a.maker, holder="甲银行", bank_name="他行", number="6222999988887777"
    )
    approve(by=cast.bank_a.checker, approval_id=payee.pk)
    with pytest.raises(Refused, match="提请后已变更"):
        approve(by=bureau.approver, approval_id=asked.pk)
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_an_unexplained_difference_freezes_payouts_and_one_person_cannot_lift_it(books, cast):
    bureau, city = cast.district_bureau, books.source("city")
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    stated = {"by": bureau.officer, "source": city, "day": TODAY, "on": TODAY}
    pools.state_balance(**stated, fen=3_999_999_99, reference="对账单")
    with pytest.raises(Refused, match="查明差异"):
        books.pay(claim)
    with pytest.raises(Refused, match="须两人办理"):
        pools.state_balance(**stated, fen=4_000_000_00, reference="更正")
    asked = pools.propose_statement(**stated, fen=4_000_000_00, reference="更正")
    approve(by=bureau.approver, approval_id=asked.pk)
    books.sign(Approval.objects.get(kind="claims.pay", state="asked"))
    claim.refresh_from_db()
    assert claim.state == "paid"


def test_a_claim_is_paid_once(books, paid, cast):
    with pytest.raises(Refused, match="已支付"):
        books.pay(paid)
    assert Journal.objects.filter(kind="claim_paid").count() == 1


def test_a_claim_with_an_open_payment_cannot_be_refused_behind_the_checkers_back(books, accepted, cast):
    bureau = cast.district_bureau
    asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
    with pytest.raises(Refused, match="已提请支付复核"):
        claims.propose_refusal(by=bureau.officer, claim_id=accepted.pk, reason="x", on=TODAY)
    decline(by=bureau.approver, approval_id=asked.pk, reason="金额待核")
    assert books.refuse(accepted).state == "refused"


def test_the_bank_may_withdraw_its_claim_until_it_is_paid(books, accepted, cast):
    with pytest.raises(Claim.DoesNotExist):
        claims.withdraw(by=cast.bank_b.maker, claim_id=accepted.pk, reason="", on=TODAY)
    assert (
        claims.withdraw(by=cast.bank_a.maker, claim_id=accepted.pk, reason="借款人已还款", on=TODAY).state
        == "withdrawn"
    )
    assert position(books).reserved == 0


def test_who_has_no_seat_cannot_see_or_move_a_claim(filed, cast):
    for outsider in (
        cast.bank_b.checker,
        cast.fund_manager.officer,
        cast.ip_bureau.member,
        cast.enterprise_b.member,
    ):
        with pytest.raises(Claim.DoesNotExist):
            queries.claim(viewer=outsider, claim_id=filed.pk)
    for intruder in (cast.bank_a.maker, cast.city_bureau.officer, cast.fund_manager.approver):
        with pytest.raises(Claim.DoesNotExist):
            claims.accept(by=intruder, claim_id=filed.pk, on=TODAY)


def test_a_recovery_before_the_payment_is_refused_with_all_its_faults(paid, cast):
    with pytest.raises(Refused) as refused:
        claims.propose_recovery(
            by=cast.district_bureau.officer, claim_id=paid.pk, gross_fen=0, costs_fen=-1,
            received_on=TODAY - dt.timedelta(days=1), note=" ", on=TODAY
        )  # fmt: skip
    assert [p.code for p in refused.value.problems] == [
        "not_positive",
        "negative",
        "before_payment",
        "required",
    ]


def test_the_stored_decision_replays_to_the_same_fen(books):
    claim = books.accept(books.file(books.bad_loan(987_654_31), 987_654_31))
    stored = json.loads(json.dumps(claim.apportionment.working))
    assert engine.replay(stored).digest == claim.apportionment.sha256


def test_verify_names_a_decision_that_a_database_owner_has_changed(accepted, django_db_blocker):
    shares = list(accepted.apportionment.shares.all())
    shares[1].borne = shares[1].borne + shares[1].borne
    rows = {(share.party): fen_of(share.borne) for share in shares}
    again = engine.replay(accepted.apportionment.working)
    assert rows != {
        k: v for k, v in again.borne.items() if v
    }  # the comparison that faults() makes is not empty
    nothing_is_wrong()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claims_apportionment SET sha256 = 'x'",
        "DELETE FROM claims_borneshare",
        "TRUNCATE claims_payment CASCADE",
        "UPDATE claims_payment SET amount = amount + 1",
        "UPDATE claims_claim SET paid = claimed + 1, reserved = claimed + 1",
        "UPDATE claims_claim SET paid = 1 WHERE state = 'accepted'",
        "UPDATE claims_claim SET returned = paid + 1",
        "UPDATE claims_claim SET state = 'accepted' WHERE state = 'paid'",
        "UPDATE claims_claim SET principal = principal + 1, claimed = claimed + 1",
        "UPDATE work_approval SET state = 'asked' WHERE state = 'executed'",
        "DELETE FROM work_approval",
        "UPDATE acts_act SET summary = 'x'",
        "DELETE FROM acts_act",
    ],
)
def test_raw_sql_cannot_rewrite_a_claims_history(paid_and_accepted, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_proof_sheet_has_every_share_and_its_working(books):
    claim = books.accept(
        books.file(
            books.bad_loan(1_500_000_00, annual_rate_percent=Decimal(6)), 1_500_000_00, interest=52_500_00
        )
    )
    proof = proof_of(claim)
    assert (proof["covered"], proof["outside"], proof["payable"]) == ("1500000.00", "52500.00", "1200000.00")
    assert proof["payable_capitals"] == "人民币壹佰贰拾万元整"
    assert [(share["name"], share["borne"]) for share in proof["shares"] if share["by_the_pool"]] == [
        ("市级资金", "480000.00"),
        ("区级资金", "720000.00"),
    ]
    assert any("市级资金" in line for line in proof["working"])


def test_a_loan_that_has_been_claimed_no_longer_counts_as_exposure_on_later_days(books, accepted):
    assert position(books).exposure == 500_000_00
    books.pay(accepted)
    assert position(books).exposure == 0
    assert Enrolment.objects.get().state == "claimed"


def test_seats_are_kept_behind_the_pages_too(books, filed, cast):
    """An approver prepares nothing, an officer signs nothing, a checker files nothing: also without a page."""
    bureau = cast.district_bureau
    with pytest.raises(Refused, match="本岗位不办理"):
        claims.accept(by=bureau.approver, claim_id=filed.pk, on=TODAY)
    books.accept(filed)
    asked = claims.propose_payment(by=bureau.officer, claim_id=filed.pk, on=TODAY)
    colleague = enrol_person(
        organisation=bureau.organisation, role="officer", name="另一位经办", username="other-officer"
    )
    with pytest.raises(Refused, match="本岗位不办理"):
        approve(by=colleague, approval_id=asked.pk)
    with pytest.raises(Refused, match="本岗位不办理"):
        claims.withdraw(by=cast.bank_a.checker, claim_id=filed.pk, reason="x", on=TODAY)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("balance", "said"), [(50_000_00, "低于申请的本金"), (0, "只有在池贷款")])
def test_a_loan_that_was_repaid_meanwhile_is_neither_accepted_nor_paid(books, cast, balance, said):
    bureau = cast.district_bureau
    enrolments = [books.bad_loan(), books.bad_loan()]
    filed, accepted = [books.file(enrolment, 500_000_00) for enrolment in enrolments]
    books.accept(accepted)
    asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
    for enrolment in enrolments:
        go_bad(enrolment.loan, balance)
    enrolling.follow_returns(by=None, loans=[enrolment.loan_id for enrolment in enrolments], on=TODAY)
    with pytest.raises(Refused, match=said):
        books.accept(filed)
    with pytest.raises(Refused, match=said):
        approve(by=bureau.approver, approval_id=asked.pk)
    assert not Payment.objects.exists()


def test_a_yearly_cap_counts_what_is_accepted_and_not_yet_paid(cast):
    books = open_books(cast, "zhuhai-ip@2017", {"fund": {"pool": True}})
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    first = books.accept(books.file(books.bad_loan(), 500_000_00))
    second = books.file(books.bad_loan(), 500_000_00)
    assert queries.metrics_of(second, TODAY)["scheme.paid_this_year"] == "200000.00"
    books.pay(first)
    assert queries.metrics_of(second, TODAY)["bank.paid_this_year"] == "200000.00"


def test_a_limit_that_is_set_late_counts_what_was_used_before(books, accepted):
    books.set_limit("pool_year_payout", 450_000_00, year=2026)
    with pytest.raises(Refused, match="年度补偿上限"):
        books.accept(books.file(books.bad_loan(), 500_000_00))
    books.refuse(accepted)
    assert fen_of(Limit.objects.get(scope="pool_year_payout").used) == 0
    assert queries.limit_faults() == []


@pytest.mark.parametrize(
    ("scope", "of_bank", "year"), [("bank_year_payout", True, 2026), ("pool_exposure", False, None)]
)
def test_a_limit_below_what_is_used_already_is_refused(books, scope, of_bank, year):
    books.accept(books.file(books.bad_loan(), 500_000_00))
    with pytest.raises(Refused, match="高于新限额"):
        books.set_limit(scope, 399_999_99, of_bank=of_bank, year=year)


def test_money_that_has_not_come_yet_is_not_recorded(books, paid, cast):
    bureau, tomorrow = cast.district_bureau, TODAY + dt.timedelta(days=1)
    with pytest.raises(Refused, match="晚于今天"):
        books.recover(paid, 100_00, day=tomorrow)
    with pytest.raises(Refused, match="晚于今天"):
        books.pay_in("city", 100_00, day=tomorrow)
    with pytest.raises(Refused, match="晚于今天"):
        pools.state_balance(
            by=bureau.officer, source=books.source("city"), day=tomorrow, fen=1, reference="x", on=TODAY
        )


def test_what_comes_back_beyond_the_loss_goes_to_the_lender(books, paid):
    books.recover(paid, 700_000_00)
    bank, city, district = (queries.returned_by_share(paid)[s.pk] for s in paid.apportionment.shares.all())
    assert (city, district, bank) == (160_000_00, 240_000_00, 300_000_00)
    nothing_is_wrong()


def test_interest_beyond_the_contract_rate_is_refused(books):
    # 500,000.00 at 3.85 % from 2026-03-02 to 2026-11-20, 263 days by 360: 14,063.19
    with pytest.raises(Refused, match=r"14,063\.19"):
        books.file(books.bad_loan(), 500_000_00, interest=14_063_20)
    assert books.file(books.bad_loan(), 500_000_00, interest=14_063_19).state == "filed"
