"""Interest, withdrawal by a contributor, replenishment."""

from __future__ import annotations

import datetime as dt

import pytest

from finance.parties.actions import propose_payee_account
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import approve, decline
from riskpool.ledger import queries as ledger
from riskpool.pools.models import Pool
from riskpool.treasury import actions, queries
from riskpool.treasury.models import PaymentInstruction, ReplenishmentCall
from tests.books import TODAY, noon, procedure_version
from tests.treasury.bank import answer, enter, failed, send

pytestmark = pytest.mark.django_db
DUE = TODAY + dt.timedelta(days=30)


def codes(refused) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def give_account(office, number: str = "5001000011112222") -> None:
    asked = propose_payee_account(
        by=office.officer, holder=office.organisation.name, bank_name="国库", number=number
    )
    approve(by=office.approver, approval_id=asked.pk)


def withdraw(books, code: str, fen: int, signed: dt.date = TODAY):
    bureau = books.cast.district_bureau
    asked = actions.propose_withdrawal(
        by=bureau.officer, source=books.source(code), fen=fen, basis="渝中财〔2026〕7号", on=TODAY
    )
    return approve(by=bureau.approver, approval_id=asked.pk, at=noon(signed))


def follow(books, changed: dict[str, str]) -> None:
    """The pool follows rules of procedure in which some words are others."""
    text = procedure_version().text
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    version = PolicyVersion.objects.create(
        kind="procedure", family="other", version=f"other@{hash(text)}", title="x", text=text, state="published",
        shipped=True, sha256=f"{abs(hash(text)):064d}"[:64],
    )  # fmt: skip
    Pool.objects.filter(pk=books.pool.pk).update(procedure=version)
    books.pool.refresh_from_db()


def test_interest_is_money_of_the_source_whose_account_bore_it(books, cast):
    bureau = cast.district_bureau
    asked = actions.propose_interest(
        by=bureau.officer, source=books.source("city"), fen=12_345_67, day=TODAY, reference="JX-1", on=TODAY
    )
    with pytest.raises(Refused):
        approve(by=bureau.officer, approval_id=asked.pk)
    approve(by=bureau.approver, approval_id=asked.pk)
    assert (ledger.balance(books.source("city").cash), ledger.balance(books.source("city").free)) == (
        (4_012_345_67,) * 2
    )
    assert ledger.balance(books.source("district").cash) == 6_000_000_00
    with pytest.raises(Refused, match="已登记过"):
        actions.propose_interest(
            by=bureau.officer, source=books.source("city"), fen=1, day=TODAY, reference="JX-1", on=TODAY
        )
    assert queries.faults() == []


def test_interest_that_does_not_roll_in_is_refused_with_the_rule(books, cast):
    follow(books, {"rolls_in: true": "rolls_in: false"})
    with pytest.raises(Refused, match="不滚入资金池") as refused:
        actions.propose_interest(
            by=cast.district_bureau.officer, source=books.source("city"), fen=0, day=DUE, reference=" ", on=TODAY
        )  # fmt: skip
    assert codes(refused) == ["not_positive", "future", "no_roll_in", "required"]


def test_a_pool_whose_procedure_says_nothing_of_its_accounts_is_told_so(books, cast):
    text = procedure_version().text
    follow(books, {text[text.index("custody:") :]: ""})
    with pytest.raises(Refused) as refused:
        withdraw(books, "city", 1_00)
    assert codes(refused) == ["no_custody"]


def test_a_contributor_takes_free_money_back_and_it_is_paid_like_everything_else(books, cast):
    give_account(cast.city_bureau)
    (row,) = withdraw(books, "city", 1_000_000_00)
    assert (fen_of(row.amount), row.source.code, row.payee.number) == (
        100_000_000,
        "city",
        "5001000011112222",
    )
    assert ledger.balance(books.source("city").free) == 3_000_000_00
    assert queries.contributed_by(books.pool, TODAY) == {"city": 3_000_000_00, "district": 6_000_000_00}
    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get())]))
    assert ledger.balance(books.source("city").free) == 4_000_000_00
    assert queries.contributed_by(books.pool, TODAY) == {"city": 4_000_000_00, "district": 6_000_000_00}
    assert queries.faults() == []


def test_a_withdrawal_is_dated_by_the_second_persons_decision(books, cast):
    give_account(cast.city_bureau)
    (row,) = withdraw(books, "city", 1_000_000_00, dt.date(2027, 1, 4))
    assert (row.day, row.journal.day) == (dt.date(2027, 1, 4), dt.date(2027, 1, 4))


def test_what_may_not_be_taken_back_is_told_all_at_once(books, cast):
    books.bad_loan(9_000_000_00)  # exposure of nine million
    follow(books, {"least_balance: {value: '0'": "least_balance: {value: '9500000'"})
    with pytest.raises(Refused) as refused:
        withdraw(books, "city", 5_000_000_00)
    assert codes(refused) == ["overdrawn", "below_least", "no_payee"]


def test_reserved_money_is_not_taken_back(books, cast):
    give_account(cast.city_bureau)
    books.accept(books.file(books.bad_loan(), 500_000_00))  # 160,000.00 of the city's are promised
    with pytest.raises(Refused) as refused:
        withdraw(books, "city", 3_840_000_01)
    assert codes(refused) == ["overdrawn"]
    withdraw(books, "city", 3_840_000_00)
    assert ledger.balance(books.source("city").free) == 0


def test_a_withdrawal_does_not_pass_the_leverage_of_the_procedure_at_the_line_and_over_it(books, cast):
    give_account(cast.district_bureau)
    for _ in range(5):
        books.enrol(books.lend(10_000_000_00))  # 50 million of exposure: ten times want 5 million of cash
    with pytest.raises(Refused, match="不得超过 10 倍") as refused:
        withdraw(books, "district", 5_000_000_01)
    assert codes(refused) == ["leverage"]
    withdraw(books, "district", 5_000_000_00)
    assert ledger.balance(books.source("district").cash) == 1_000_000_00


def test_a_call_asks_each_source_for_its_part_and_follows_what_comes(books, cast):
    bureau = cast.district_bureau
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(claim)  # 160,000.00 and 240,000.00 went out
    asked = actions.propose_call(
        by=bureau.officer, pool_id=books.pool.pk, target_fen=10_000_000_00, due_on=DUE, basis="办法第八条", on=TODAY
    )  # fmt: skip
    call = books.sign(asked)
    assert [(share.source.code, fen_of(share.asked)) for share in call.shares.all()] == [
        ("city", 160_000_00), ("district", 240_000_00),
    ]  # fmt: skip
    books.pay_in("city", 100_000_00, day=TODAY)
    ((_, rows),) = queries.calls(viewer=bureau.officer, pool=books.pool)
    assert [(row["asked"], row["came"], row["left"]) for row in rows] == [
        (160_000_00, 100_000_00, 60_000_00), (240_000_00, 0, 240_000_00),
    ]  # fmt: skip


def test_a_call_is_dated_by_the_second_persons_decision_and_is_not_made_when_its_term_has_passed(books, cast):
    bureau, signed = cast.district_bureau, TODAY + dt.timedelta(days=3)
    ask = {
        "by": bureau.officer,
        "pool_id": books.pool.pk,
        "target_fen": 11_000_000_00,
        "basis": "第八条",
        "on": TODAY,
    }
    asked = actions.propose_call(due_on=TODAY, **ask)
    with pytest.raises(Refused) as refused:
        books.sign(asked, signed)
    assert codes(refused) == ["past"]
    decline(by=bureau.approver, approval_id=asked.pk, reason="期限已过")
    call = books.sign(actions.propose_call(due_on=signed, **ask), signed)
    assert (call.day, call.due_on) == (signed, signed)


def test_a_call_whose_ground_has_moved_is_refused_and_one_that_needs_nothing_too(books, cast):
    bureau = cast.district_bureau
    ask = {"by": bureau.officer, "pool_id": books.pool.pk, "due_on": DUE, "basis": "第八条", "on": TODAY}
    with pytest.raises(Refused) as refused:
        actions.propose_call(target_fen=10_000_000_00, **ask)
    assert codes(refused) == ["nothing_needed"]
    asked = actions.propose_call(target_fen=11_000_000_00, **ask)
    books.pay_in("city", 100_00, day=TODAY)
    with pytest.raises(Refused) as refused:
        books.sign(asked)
    assert codes(refused) == ["basis_moved"]
    assert not ReplenishmentCall.objects.exists()
