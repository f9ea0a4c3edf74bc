"""Instructions, batches and what the bank answers."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io

import pytest
from django.db import IntegrityError, connection, transaction

from finance.parties.actions import propose_payee_account
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.sheets.opening import open_file
from kernel.work.approvals import approve
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import verifying
from riskpool.ledger import queries as ledger
from riskpool.ledger.actions import post
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import Line, leaves
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.metrics import Asked, Value, value_of
from riskpool.treasury import actions, queries
from riskpool.treasury.batchfile import batch_file
from riskpool.treasury.models import PaymentInstruction, PaymentOutcome
from tests.books import TODAY
from tests.treasury.bank import answer, enter, failed, send, succeeded, waiting
from tests.two_persons import approved

pytestmark = pytest.mark.django_db
CITY, DISTRICT = 160_000_00, 240_000_00  # 80 % of 500,000.00 by 4:6


def nothing_is_wrong() -> None:
    assert ledger.faults() + pool_queries.faults() + verifying.faults() + queries.faults() == []


def codes(refused) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def test_a_payout_gives_each_source_account_one_instruction(books, claim):
    rows = waiting(books)
    assert [(row.source.code, fen_of(row.amount)) for row in rows] == [("city", CITY), ("district", DISTRICT)]
    assert {row.payee for row in rows} == {claim.payment.payee}
    assert len({row.reference for row in rows}) == 2
    nothing_is_wrong()


def test_verify_names_an_instruction_of_another_amount_than_its_journal(books, claim):
    source = books.source("city")
    row = waiting(books, "city")[0]
    moved = {movement.journal: movement.signed for movement in queries.movements_of(source)}
    assert list(queries._instruction_faults(source, "市级资金", moved)) == []
    moved[str(row.journal_id)] = -1
    assert list(queries._instruction_faults(source, "市级资金", moved)) == [
        f"市级资金 付款指令 {row.reference}：金额与凭证不符"
    ]


def test_a_batch_is_released_by_another_person_and_says_what_it_holds(books, claim, cast):
    row = waiting(books, "city")[0]
    asked = actions.propose_batch(
        by=cast.district_bureau.officer, pool_id=books.pool.pk, source_id=books.source("city").pk,
        instruction_ids=[row.pk],
    )  # fmt: skip
    assert not queries.PaymentBatch.objects.exists(), "nothing is there to send before the release"
    with pytest.raises(Refused):
        approve(by=cast.district_bureau.officer, approval_id=asked.pk)
    batch = approve(by=cast.district_bureau.approver, approval_id=asked.pk)
    row.refresh_from_db()
    assert (row.state, row.batch) == ("sent", batch)
    for form, encoding in (("csv", "utf-8-sig"), ("gb18030", "gb18030")):
        file = batch_file(batch, form)
        assert batch.files[form] == hashlib.sha256(file.content).hexdigest()
        table = list(csv.reader(io.StringIO(file.content.decode(encoding))))
        head = dict(line for line in table if len(line) == 2)
        assert (head["批次号"], head["笔数"], head["合计（元）"]) == (batch.number, "1", "160000.00")
        assert head["合计大写"] == "人民币壹拾陆万元整"
        assert head["内容摘要（SHA-256）"] == batch.sha256
        assert table[-1][:3] == [row.reference, "重庆渝中甲银行股份有限公司", "6222000011112222"]
        assert table[-1][4] == "160000.00"
    book = batch_file(batch, "xlsx")
    assert hashlib.sha256(book.content).hexdigest() == batch.files["xlsx"]
    (sheet,) = open_file(book.content).sheets
    assert [cell.text for cell in sheet.rows[-1][1].values()][:3] == table[-1][:3]


def test_a_batch_is_of_the_day_on_which_it_is_released(books, claim, cast):
    row, signed = waiting(books, "city")[0], TODAY + dt.timedelta(days=3)
    asked = actions.propose_batch(
        by=cast.district_bureau.officer,
        pool_id=books.pool.pk,
        source_id=row.source_id,
        instruction_ids=[row.pk],
    )
    batch = books.sign(asked, signed)
    assert batch.released_on == signed
    assert ["放行日期", signed.isoformat()] in list(
        csv.reader(io.StringIO(batch_file(batch, "csv").content.decode()))
    )


def test_an_instruction_goes_out_once(books, claim, cast):
    ids = [row.pk for row in waiting(books, "city")]
    send(books, "city")
    with pytest.raises(Refused) as refused:
        actions.propose_batch(
            by=cast.district_bureau.officer, pool_id=books.pool.pk, source_id=books.source("city").pk,
            instruction_ids=ids,
        )  # fmt: skip
    assert codes(refused) == ["not_waiting"]


def test_a_payee_that_changed_after_the_payment_stops_the_batch(books, claim, cast):
    asked = propose_payee_account(
        by=cast.bank_a.maker, holder="甲银行", bank_name="营业部", number="6222000099998888"
    )
    approve(by=cast.bank_a.checker, approval_id=asked.pk)
    with pytest.raises(Refused) as refused:
        send(books, "city")
    assert codes(refused) == ["payee_moved"]


def test_a_frozen_pool_releases_no_batch(books, claim, cast):
    pools.state_balance(
        by=cast.district_bureau.officer, source=books.source("district"), day=TODAY, fen=1, reference="x", on=TODAY
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        send(books, "city")
    assert codes(refused) == ["unreconciled"]


def test_the_banks_answer_settles_its_instructions_and_again_changes_nothing(books, claim):
    send(books, "city"), send(books, "district")
    city, district = PaymentInstruction.objects.order_by("reference")
    content = answer([succeeded(city, "B1"), succeeded(district, "B1")])
    enter(books, answer([succeeded(city, "B1")]))
    enter(books, content)
    assert set(PaymentInstruction.objects.values_list("state", flat=True)) == {"succeeded"}
    assert enter(books, content) is None
    assert PaymentOutcome.objects.count() == 2
    nothing_is_wrong()


def test_every_fault_of_an_answer_is_told_at_once_with_its_place(books, claim):
    send(books, "city")
    city, district = PaymentInstruction.objects.order_by("reference")
    enter_nothing = answer([
        ("没有-ZF-000009", "1.00", "成功", "", "B9", TODAY.isoformat()),
        (city.reference, "160000.01", "成功", "", "B2", TODAY.isoformat()),
        (district.reference, "240000.00", "失败", "", "", TODAY.isoformat()),
        (district.reference, "240000.00", "成功", "", "B2", "2026-13-01"),
        (city.reference, "160000.00", "也许", "", "", (TODAY + dt.timedelta(days=1)).isoformat()),
    ])  # fmt: skip
    with pytest.raises(Refused) as refused:
        enter(books, enter_nothing, good_rows=True)
    found = {(problem.where.split(" ")[0], problem.code) for problem in refused.value.problems}
    assert found == {
        ("第2行", "unknown_reference"),
        ("第3行", "twice_in_file"), ("第3行", "amount_differs"),
        ("第4行", "twice_in_file"), ("第4行", "required"), ("第4行", "not_sent"),
        ("第5行", "twice_in_file"), ("第5行", "no_such_day"), ("第5行", "not_sent"),
        ("第6行", "twice_in_file"), ("第6行", "not_in_list"), ("第6行", "future"),
    }  # fmt: skip
    assert not PaymentOutcome.objects.exists()
    assert not Approval.objects.filter(kind="treasury.enter_return").exists()


def test_one_serial_twice_for_an_account_is_told_on_both_rows(books, claim):
    second = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(second)
    send(books, "city")
    rows = PaymentInstruction.objects.filter(source__code="city")
    with pytest.raises(Refused) as refused:
        enter(books, answer([succeeded(row, "B1") for row in rows]))
    assert codes(refused) == ["serial_twice", "serial_twice"]


def test_an_answer_for_what_was_not_sent_or_with_another_amount_is_refused(books, claim):
    send(books, "city")
    city, district = PaymentInstruction.objects.order_by("reference")
    wrong = (city.reference, "159999.99", "成功", "", "B1", TODAY.isoformat())
    with pytest.raises(Refused) as refused:
        enter(books, answer([wrong, succeeded(district, "B2")]))
    assert codes(refused) == ["amount_differs", "not_sent"]
    assert [problem.where for problem in refused.value.problems] == [
        "第2行 付款金额（元）（B列）",
        "第3行 处理结果（C列）",
    ]


def test_of_a_half_good_file_the_good_rows_can_be_entered(books, claim):
    send(books, "city")
    city, district = PaymentInstruction.objects.order_by("reference")
    file = enter(books, answer([succeeded(city, "B1"), succeeded(district, "B2")]), good_rows=True)
    assert file.counts == {"new": 1, "same": 0, "failed": 1}
    city.refresh_from_db(), district.refresh_from_db()
    assert (city.state, district.state) == ("succeeded", "waiting")


def test_a_bank_serial_is_used_once_by_an_account(books, claim, cast):
    second = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(second)
    send(books, "city")
    one, two = PaymentInstruction.objects.filter(source__code="city").order_by("reference")
    enter(books, answer([succeeded(one, "B1")]))
    with pytest.raises(Refused) as refused:
        enter(books, answer([succeeded(two, "B1")]))
    assert codes(refused) == ["serial_used"]
    with (
        pytest.raises(IntegrityError, match="a_bank_serial_is_used_once_by_an_account"),
        transaction.atomic(),
    ):
        PaymentOutcome.objects.create(
            instruction=two, source=two.source, result="succeeded", bank_serial="B1", day=TODAY,
            approval=Approval.objects.first(),
        )  # fmt: skip


def test_a_failed_payment_is_back_where_it_was_reserved_and_the_claims_paid_sum_falls(books, claim):
    send(books, "city"), send(books, "district")
    city, district = PaymentInstruction.objects.order_by("reference")
    before = ledger.balance(books.source("city").reserved)
    enter(books, answer([failed(city), succeeded(district, "B2")]))
    claim.refresh_from_db()
    assert fen_of(claim.paid) == DISTRICT
    assert ledger.balance(books.source("city").reserved) == before + CITY
    assert ledger.balance(books.source("city").cash) == 4_000_000_00
    assert Journal.objects.get(kind="payment_failed").approval.kind == "treasury.enter_return"
    assert [row.reference for row in queries.to_pay_again("claims.claim", claim.pk)] == [city.reference]
    nothing_is_wrong()


def test_what_failed_is_paid_again_by_two_persons_to_the_payee_of_now(books, claim, cast):
    bureau = cast.district_bureau
    send(books, "city")
    city = PaymentInstruction.objects.get(source__code="city")
    enter(books, answer([failed(city)]))
    asked = claims.propose_payment_again(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    payee = propose_payee_account(
        by=cast.bank_a.maker, holder="甲银行", bank_name="营业部", number="6222000099998888"
    )
    approve(by=cast.bank_a.checker, approval_id=payee.pk)
    with pytest.raises(Refused) as refused:
        approve(by=bureau.approver, approval_id=asked.pk)
    assert codes(refused) == ["payee_moved"]
    from kernel.work.approvals import withdraw

    withdraw(by=bureau.officer, approval_id=asked.pk)
    asked = claims.propose_payment_again(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    with pytest.raises(Refused):
        approve(by=bureau.officer, approval_id=asked.pk)
    (again,) = approve(by=bureau.approver, approval_id=asked.pk)
    claim.refresh_from_db()
    assert (fen_of(claim.paid), fen_of(again.amount), again.again_of) == (CITY + DISTRICT, CITY, city)
    assert again.payee.number == "6222000099998888"
    assert again.state == "waiting"
    with pytest.raises(Refused) as refused:
        claims.propose_payment_again(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    assert codes(refused) == ["nothing_failed"]
    nothing_is_wrong()


def test_what_is_paid_again_is_dated_by_the_second_persons_decision(books, claim, cast):
    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city"))]))
    asked = claims.propose_payment_again(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    (again,) = books.sign(asked, dt.date(2027, 1, 4))
    assert (again.day, again.journal.day) == (dt.date(2027, 1, 4), dt.date(2027, 1, 4))


def test_a_payment_that_failed_counts_once_in_what_the_pool_has_paid(books, claim, cast):
    def paid() -> int | None:
        found = value_of("pool.paid_ratio", Asked(pool=books.pool, on=dt.date(2026, 12, 31)))
        assert isinstance(found, Value)
        return found.numerator

    assert paid() == CITY + DISTRICT
    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city"))]))
    assert paid() == DISTRICT
    books.sign(claims.propose_payment_again(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY))
    assert paid() == CITY + DISTRICT


def test_a_payment_may_fail_twice_and_is_paid_in_the_end(books, claim, cast):
    bureau = cast.district_bureau.officer
    for _ in range(2):
        send(books, "city")
        enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city", state="sent"))]))
        books.sign(claims.propose_payment_again(by=bureau, claim_id=claim.pk, on=TODAY))
    send(books, "city")
    last = PaymentInstruction.objects.get(source__code="city", state="sent")
    enter(books, answer([succeeded(last, "B7")]))
    claim.refresh_from_db()
    assert fen_of(claim.paid) == CITY + DISTRICT
    assert ledger.balance(books.source("city").cash) == 4_000_000_00 - CITY
    nothing_is_wrong()


def test_a_failure_of_what_has_come_back_already_is_refused_with_a_sentence(books, claim):
    send(books, "city"), send(books, "district")
    books.recover(claim, 500_000_00)  # everything came back: the pool has its 400,000.00 again
    city = PaymentInstruction.objects.get(source__code="city")
    with pytest.raises(Refused, match=r"已返还或应退资金池 400,000\.00 元") as refused:
        enter(books, answer([failed(city)]))
    assert codes(refused) == ["already_returned"]
    nothing_is_wrong()


def test_failures_of_one_file_are_weighed_together(books, claim):
    """Each alone would leave enough paid for what came back; both together would not."""
    send(books, "city"), send(books, "district")
    books.recover(claim, 125_000_00)  # 100,000.00 of it to the pool
    rows = list(PaymentInstruction.objects.order_by("reference"))
    with pytest.raises(Refused) as refused:
        enter(books, answer([failed(row) for row in rows]))
    assert "already_returned" in codes(refused)
    claim.refresh_from_db()
    assert fen_of(claim.paid) == CITY + DISTRICT
    enter(books, answer([failed(rows[0])]))
    nothing_is_wrong()


def test_nothing_is_recovered_while_a_failed_payment_waits(books, claim):
    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city"))]))
    with pytest.raises(Refused) as refused:
        books.recover(claim, 100_00)
    assert codes(refused) == ["payment_failed"]


def test_a_payment_not_yet_sent_is_stopped_and_one_that_succeeded_may_come_back(books, claim, cast):
    bureau = cast.district_bureau
    send(books, "city")
    city, district = PaymentInstruction.objects.order_by("reference")
    enter(books, answer([succeeded(city, "B1")]))
    for row in (city, district):
        asked = actions.propose_failure(
            by=bureau.officer, pool_id=books.pool.pk, instruction_id=row.pk, reason="收款行退票", day=TODAY, on=TODAY
        )  # fmt: skip
        approve(by=bureau.approver, approval_id=asked.pk)
    claim.refresh_from_db()
    assert fen_of(claim.paid) == 0
    assert enter(books, answer([succeeded(city, "B1")])) is None, "the bank's first answer is known"
    nothing_is_wrong()


def test_what_is_at_the_bank_is_not_stopped_behind_its_back(books, claim, cast):
    send(books, "city")
    city = PaymentInstruction.objects.get(source__code="city")
    with pytest.raises(Refused, match="以银行回盘为准"):
        actions.propose_failure(
            by=cast.district_bureau.officer, pool_id=books.pool.pk, instruction_id=city.pk, reason="x",
            day=TODAY, on=TODAY,
        )  # fmt: skip


def test_raw_sql_moves_no_instruction_outside_its_table_and_edits_none(books, claim):
    row = waiting(books, "city")[0]
    for statement in (
        "UPDATE treasury_paymentinstruction SET amount = amount + 1 WHERE id = %s",
        "UPDATE treasury_paymentinstruction SET state = 'succeeded' WHERE id = %s",
        "UPDATE treasury_paymentinstruction SET payee_id = payee_id, reference = 'x' WHERE id = %s",
        "DELETE FROM treasury_paymentinstruction WHERE id = %s",
    ):
        with pytest.raises(Exception, match=r"只能追加|denied|Invalid|transition"), transaction.atomic():
            connection.cursor().execute(statement, [row.pk])


def test_the_database_takes_no_outcome_and_no_batch_that_one_person_decided(books, claim, cast):
    row = waiting(books, "city")[0]
    asked = actions.propose_batch(
        by=cast.district_bureau.officer, pool_id=books.pool.pk, source_id=row.source_id, instruction_ids=[row.pk],
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="所依据的复核不成立"), transaction.atomic():
        queries.PaymentBatch.objects.create(
            number="x", source=row.source, approval=asked, released_on=TODAY, count=1, amount=row.amount, lines=[],
            sha256="x", files={},
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="所依据的复核不成立"), transaction.atomic():
        PaymentOutcome.objects.create(
            instruction=row,
            source=row.source,
            result="succeeded",
            bank_serial="B1",
            day=TODAY,
            approval=asked,
        )


def test_money_that_left_by_a_withdrawal_stands_on_an_approval_in_the_database_too(books):
    with pytest.raises(IntegrityError, match="a_withdrawal_stands_on_an_approval"), transaction.atomic():
        Journal.objects.create(key="w", kind="withdrawal", day=TODAY, memo="", content_sha256="x")


@pytest.mark.parametrize("kind", ["account_fee", "claim_borne", "contribution"])
def test_verify_names_money_that_left_an_account_by_a_journal_that_pays_nobody(books, cast, kind):
    assert queries.faults() == []
    source = books.source("city")
    line = Line(source.free_id, source.cash_id, 1_00)
    approval = approved(cast, leaves=leaves(kind, [("", source.cash_id, 1_00)]))
    post(key=f"forged:{kind}", kind=kind, day=TODAY, memo="", lines=[line], approval=approval)
    (told,) = queries.faults()
    assert f"forged:{kind}" in told
