"""Limits at every scope: used, refused with room, given back, kept when paid, and never passed by anybody."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from finance.intake.effects import AtStake
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from riskpool.claims import queries as claim_queries
from riskpool.pools import actions as pools
from riskpool.pools import enrolling, queries, using, weighing
from riskpool.pools.models import Ceiling, Limit
from tests.books import LENT, TODAY, Books, go_bad, lend, open_books
from tests.ground import laid
from tests.loans.stated import stated_loan

pytestmark = pytest.mark.django_db


@laid
def books(cast) -> Books:
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books


def used(scope: str, **which: object) -> list[int]:
    return sorted(fen_of(limit.used) for limit in Limit.objects.filter(scope=scope, **which))


def faults() -> list[str]:
    return queries.faults() + claim_queries.limit_faults()


def reasons(loan, on=LENT) -> list[str]:
    enrolled, refused = enrolling.enrol_loans(by=None, loans=[loan], on=on)
    assert not enrolled
    return [reason["reason"] for refusal in refused for reason in refusal.reasons]


def test_each_borrower_is_bounded_by_himself(books, cast):
    books.set_limit("borrower_exposure", 1_000_000_00)
    books.enrol(books.lend(600_000_00))
    assert reasons(books.lend(400_000_01)) == ["该借款企业在资金池的余量不足"]
    books.enrol(books.lend(400_000_00))
    other = lend(cast.bank_a.organisation, cast.enterprise_b.organisation, 900_000_00)
    books.enrol(other)
    assert used("borrower_exposure") == [900_000_00, 1_000_000_00]
    assert faults() == []


def test_a_borrowers_loans_of_two_banks_count_together_and_neither_bank_is_told_the_others(books, cast):
    books.set_limit("borrower_exposure", 1_000_000_00)
    books.with_bank_b()
    books.enrol(books.lend(700_000_00))
    of_b = lend(cast.bank_b.organisation, cast.enterprise_a.organisation, 400_000_00)
    assert reasons(of_b) == ["该借款企业在资金池的余量不足"]
    page = cast.signed_in(cast.bank_b.maker).get(reverse("pools:limits")).content.decode()
    assert "700,000" not in page


def test_a_borrowers_limit_of_one_agreement_leaves_other_banks_alone(books, cast):
    books.set_limit("borrower_exposure", 500_000_00, of_bank=True)
    books.with_bank_b()
    books.enrol(lend(cast.bank_b.organisation, cast.enterprise_a.organisation, 900_000_00))
    (reason,) = reasons(books.lend(600_000_00))
    assert "单户在池余额上限" in reason
    assert "余 500,000.00 元" in reason


def test_each_loan_is_bounded_and_its_room_comes_back_when_it_is_repaid(books):
    books.set_limit("loan_exposure", 500_000_00)
    assert "需 500,000.01 元，余 500,000.00 元" in reasons(books.lend(500_000_01))[0]
    loan = books.lend(500_000_00)
    books.enrol(loan)
    go_bad(loan, 0, overdue_since=None)
    enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    assert used("loan_exposure") == [0, 0]  # the refused loan's row stands too, at nothing
    assert faults() == []


def test_several_agreements_are_bounded_together(books, cast):
    of_b = books.with_bank_b()
    books.set_limit("joint_exposure", 1_000_000_00, group="两行合并", agreements=(books.agreement, of_b))
    books.enrol(books.lend(600_000_00))
    loan = lend(cast.bank_b.organisation, cast.enterprise_b.organisation, 400_000_01)
    assert reasons(loan) == ["几份协议合并的余量不足"]
    assert used("joint_exposure") == [600_000_00]
    assert faults() == []


def test_every_limit_that_a_loan_would_pass_is_told_at_once_the_narrowest_own_first(books):
    books.set_limit("pool_exposure", 900_000_00)
    books.set_limit("bank_exposure", 800_000_00, of_bank=True)
    books.set_limit("borrower_exposure", 700_000_00)
    books.set_limit("loan_exposure", 600_000_00)
    told = reasons(books.lend(1_000_000_00))
    assert len(told) == 4
    assert ["600,000.00" in told[0], "800,000.00" in told[1]] == [True, True]
    assert set(told[2:]) == {"资金池余量不足", "该借款企业在资金池的余量不足"}


def test_payout_limits_of_every_scope_are_used_from_acceptance_given_back_on_refusal_and_kept_when_paid(
    books,
):
    """A loss of 500,000.00, of which the pool bears 80 %: 400,000.00, city and district 4:6."""
    books.set_limit("loan_payout", 450_000_00)
    books.set_limit("borrower_year_payout", 1_000_000_00)
    books.set_limit("bank_year_payout", 2_000_000_00, of_bank=True)
    books.set_limit("pool_year_payout", 3_000_000_00)
    books.set_limit("joint_year_payout", 500_000_00, group="市级资金", sources=(books.source("city"),))
    scopes = [
        "loan_payout",
        "borrower_year_payout",
        "bank_year_payout",
        "pool_year_payout",
        "joint_year_payout",
    ]
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    assert [used(scope) for scope in scopes] == [[400_000_00]] * 4 + [[160_000_00]]
    assert faults() == []
    books.refuse(claim)
    assert [used(scope) for scope in scopes] == [[0]] * 5
    paid = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(paid)
    assert [max(used(scope)) for scope in scopes] == [400_000_00] * 4 + [160_000_00]
    assert faults() == []


def test_a_claim_takes_its_share_and_never_the_limit_itself(books):
    """Peers' wound 18: a per-loan limit of 450,000.00 and a share of 80,000.00 reserve 80,000.00."""
    books.set_limit("loan_payout", 450_000_00)
    claim = books.accept(books.file(books.bad_loan(100_000_00), 100_000_00))
    assert (fen_of(claim.reserved), used("loan_payout")) == (80_000_00, [80_000_00])


def test_every_payout_limit_that_is_short_is_told_with_its_room_before_anything_is_written(books):
    books.set_limit("loan_payout", 100_000_00)
    books.set_limit("borrower_year_payout", 200_000_00)
    books.set_limit("bank_year_payout", 300_000_00, of_bank=True, year=TODAY.year)
    claim = books.file(books.bad_loan(), 500_000_00)
    preview = claim_queries.preview(claim, TODAY)
    assert sorted(effect.room for effect in preview.limits) == [100_000_00, 200_000_00, 300_000_00]
    assert preview.narrowest is not None
    assert preview.narrowest.limit.scope == "loan_payout"
    with pytest.raises(Refused) as refused:
        books.accept(claim)
    assert [problem.code for problem in refused.value.problems] == ["over_limit"] * 3
    claim.refresh_from_db()
    assert claim.state == "filed"


def test_a_ceiling_is_changed_by_a_new_row_and_past_days_show_the_one_then_in_force(books, cast):
    books.set_limit("pool_exposure", 9_000_000_00)
    books.enrol(books.lend(600_000_00))
    change = dt.date(2026, 6, 1)
    books.set_limit("pool_exposure", 8_000_000_00, in_force_from=change)
    bureau = cast.district_bureau.officer

    def ceiling(on: dt.date) -> int:
        views = queries.limit_views(viewer=bureau, on=on, as_of_now=False)
        return next(view.ceiling for view in views if view.limit.scope == "pool_exposure")

    assert [ceiling(change - dt.timedelta(days=1)), ceiling(change)] == [9_000_000_00, 8_000_000_00]
    assert Ceiling.objects.filter(scope="pool_exposure").count() == 2
    assert faults() == []


def test_a_limit_that_begins_in_the_future_or_fits_no_scope_is_refused_with_every_fault(books, cast):
    terms = pools.LimitTerms(
        "loan_exposure", 0, "约定", year=2026, group="甲", in_force_from=TODAY + dt.timedelta(days=1)
    )
    with pytest.raises(Refused) as refused:
        pools.propose_limit(by=cast.district_bureau.officer, pool=books.pool, terms=terms, on=TODAY)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["not_positive", "future", "year", "group", "members"]


def test_a_rule_for_each_borrower_below_what_one_of_them_has_is_refused_by_name(books):
    books.enrol(books.lend(600_000_00))
    with pytest.raises(Refused, match=r"重庆山城精密仪器有限公司.*已使用 600,000.00 元"):
        books.set_limit("borrower_exposure", 599_999_99)
    assert not Ceiling.objects.filter(scope="borrower_exposure").exists()


def test_a_rule_set_late_counts_what_each_has_already(books):
    books.accept(books.file(books.bad_loan(), 500_000_00))
    books.enrol(books.lend(300_000_00))
    books.set_limit("borrower_year_payout", 500_000_00)
    books.set_limit("borrower_exposure", 900_000_00)
    assert (used("borrower_year_payout"), used("borrower_exposure")) == ([400_000_00], [800_000_00])
    assert faults() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pools_limit SET used = ceiling + 0.01",
        "UPDATE pools_limit SET ceiling = ceiling + 1",
        "UPDATE pools_ceiling SET amount = amount + 1",
        "DELETE FROM pools_ceiling",
        "UPDATE pools_limit SET agreement_id = NULL",
        "UPDATE pools_limitgroupmember SET agreement_id = agreement_id",
    ],
)
def test_raw_sql_cannot_pass_raise_or_loosen_a_limit(books, statement):
    books.set_limit("joint_exposure", 1_000_000_00, group="甲", agreements=(books.agreement,))
    books.enrol(books.lend(600_000_00))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_verify_names_a_counter_that_does_not_follow_from_the_facts(books):
    books.set_limit("borrower_exposure", 1_000_000_00)
    books.enrol(books.lend(600_000_00))
    Limit.objects.filter(scope="borrower_exposure").update(used=600_000)
    assert faults() == []
    Limit.objects.filter(scope="borrower_exposure").update(used=599_999)
    assert len(faults()) == 1
    assert "单户在池余额上限（重庆山城精密仪器有限公司）" in faults()[0]


def test_a_dry_run_tells_of_the_borrowers_limit_before_the_loan_is_filed(books):
    books.set_limit("borrower_exposure", 1_000_000_00)
    rows = [AtStake("new", stated_loan(principal_fen=600_000_00), None)] * 2
    *_, last = weighing.assess(bank=books.cast.bank_a.organisation, form="loans", on=LENT, rows=rows)["lines"]
    assert last["note"] == "该借款企业在资金池的余量不足 1 笔"


def test_warning_comes_at_the_part_of_the_procedure_file_and_not_a_fen_before(books):
    books.set_limit("borrower_exposure", 1_000_000_00)
    books.enrol(books.lend(799_999_99))
    bureau = books.cast.district_bureau.officer

    def warned() -> bool:
        views = queries.limit_views(viewer=bureau, on=TODAY)
        return next(view.warned for view in views if view.limit.scope == "borrower_exposure")

    assert not warned()
    books.enrol(books.lend(1))
    assert warned()


def test_a_group_keeps_its_members_and_another_composition_takes_another_name(books, cast):
    of_b = books.with_bank_b()
    books.set_limit("joint_exposure", 1_000_000_00, group="甲", agreements=(books.agreement, of_b))
    books.set_limit("joint_exposure", 2_000_000_00, group="甲")
    assert fen_of(Limit.objects.get(scope="joint_exposure").ceiling) == 2_000_000_00
    terms = pools.LimitTerms("joint_exposure", 1, "约定", group="甲", agreements=(of_b,))
    with pytest.raises(Refused, match="成员不能改动"):
        pools.propose_limit(by=cast.district_bureau.officer, pool=books.pool, terms=terms)


def test_a_limit_takes_two_persons(books, cast):
    terms = pools.LimitTerms("borrower_exposure", 100, "约定")
    asked = pools.propose_limit(by=cast.district_bureau.officer, pool=books.pool, terms=terms)
    with pytest.raises(Refused, match="同一人"):
        approve(by=cast.district_bureau.officer, approval_id=asked.pk)
    assert using.standing_ceilings([books.pool.pk], ["borrower_exposure"]) == []


def test_raw_sql_agrees_no_ceiling_but_the_one_that_two_persons_agreed(books, cast):
    books.set_limit("loan_payout", 100_00)
    higher = pools.LimitTerms("loan_payout", 900_00, "约定")
    pools.propose_limit(by=cast.district_bureau.officer, pool=books.pool, terms=higher)
    columns = [
        "scope",
        "pool_id",
        "year",
        "amount",
        "amount_currency",
        "basis",
        "in_force_from",
        "approval_id",
    ]

    def insert(changed: dict[str, str]) -> None:
        values = ", ".join(changed.get(column, column) for column in columns)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO pools_ceiling ({', '.join(columns)}) SELECT {values} FROM pools_ceiling"
                " WHERE scope = 'loan_payout' LIMIT 1"
            )

    insert({})  # as it was agreed
    for changed in (
        {"amount": "amount + 1"},
        {"scope": "'pool_exposure'"},
        {"year": "2027"},
        {"approval_id": "NULL"},
        {"approval_id": "(SELECT id FROM work_approval WHERE kind = 'pools.contribute' LIMIT 1)"},
        {"approval_id": "(SELECT id FROM work_approval WHERE state = 'asked')", "amount": "900"},
    ):
        with pytest.raises(DatabaseError, match="限额须经两人约定"):
            insert(changed)


def test_what_is_agreed_later_is_not_in_force_before_what_was_agreed_first(books):
    books.set_limit("pool_exposure", 9_000_000_00, in_force_from=dt.date(2026, 6, 1))
    with pytest.raises(Refused, match="早于现行约定的生效日 2026-06-01"):
        books.set_limit("pool_exposure", 8_000_000_00, in_force_from=dt.date(2026, 5, 31))
    assert fen_of(Limit.objects.get(scope="pool_exposure").ceiling) == 9_000_000_00
