"""Subsidies on volume: counted from loans as filed, awarded by two persons, once, and apart from every book of losses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from finance.loans.models import Loan, LoanTerms
from kernel.errors import Refused
from kernel.money.fields import fen_of, money_of
from kernel.work.approvals import approve, ask
from kernel.work.models import Approval
from riskpool.ledger.models import Journal, LedgerAccount, Transfer
from riskpool.volumes import actions, queries
from riskpool.volumes.forms import AwardForm
from riskpool.volumes.models import AwardTakenBack, CountedLoan, VolumeAward
from tests.books import LENT, TODAY, Books, lend, open_books
from tests.cast import Cast, make_cast
from tests.ground import laid
from tests.intake.test_entering_at_once import at_once

YUZHONG = "yuzhong-volume-demo@2025"
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)


@laid
def books(cast: Cast) -> Books:
    """Two loans of bank A in the district's pool: 1,000,000.01 on 2 March and 500,000.00 on 30 June."""
    books = open_books(cast)
    lent(books, 1_000_000_01)
    lent(books, 500_000_00, LAST)
    return books


def lent(books: Books, fen: int, day: dt.date = LENT) -> Loan:
    """A loan of bank A, lent and taken into the pool on a day."""
    (enrolment,) = books.enrol(books.lend(fen, signed_on=day, disbursed_on=day), on=day)
    loan: Loan = enrolment.loan
    return loan


def proposed(books: Books, first: dt.date = FIRST, last: dt.date = LAST) -> Approval:
    return actions.propose_award(
        by=books.cast.district_bureau.officer,
        bank=books.cast.bank_a.organisation,
        measure_id=YUZHONG,
        first=first,
        last=last,
        on=TODAY,
    )


def awarded(books: Books, first: dt.date = FIRST, last: dt.date = LAST) -> VolumeAward:
    award: VolumeAward = books.sign(proposed(books, first, last))
    return award


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_two_persons_award_two_percent_of_what_was_lent_and_the_bank_sees_it(books: Books) -> None:
    award = awarded(books)
    # 2% of 1,500,000.01 = 30,000.0002; no full 500 million: no reward; half up 30,000.00
    assert (fen_of(award.lent), fen_of(award.amount)) == (1_500_000_01, 30_000_00)
    assert (award.payer, award.bank) == (
        books.cast.district_bureau.organisation,
        books.cast.bank_a.organisation,
    )
    assert (award.first_day, award.last_day, award.awarded_on) == (FIRST, LAST, TODAY)
    assert sorted(fen_of(row.principal) for row in award.loans.all()) == [500_000_00, 1_000_000_01]
    assert queries.faults() == []
    for member in (books.cast.bank_a.maker, books.cast.bank_a.checker, books.cast.district_bureau.officer):
        assert list(queries.awards(viewer=member)) == [award]


def test_nobody_but_the_bank_and_the_payer_sees_an_award(books: Books) -> None:
    awarded(books)
    see = {place for place, member in books.cast.everybody.items() if queries.awards(viewer=member)}
    assert see == {
        "bank_a.maker",
        "bank_a.checker",
        "district_bureau.officer",
        "district_bureau.approver",
    }


def test_an_award_touches_no_book_of_custody_or_burden(books: Books) -> None:
    def stand() -> list[Any]:
        totals = LedgerAccount.objects.order_by("pk").values_list("pk", "debits", "credits")
        return [Journal.objects.count(), Transfer.objects.count(), *totals]

    before = stand()
    awarded(books)
    assert stand() == before


def test_a_loan_outside_the_pools_of_the_bureau_is_not_counted(books: Books) -> None:
    lend(books.cast.bank_a.organisation, books.cast.enterprise_b.organisation, 7_000_000_00)
    assert fen_of(awarded(books).lent) == 1_500_000_01


def test_first_and_last_day_of_a_period_are_counted_and_their_neighbours_are_not(books: Books) -> None:
    viewer, bank = books.cast.district_bureau.officer, books.cast.bank_a.organisation

    def numbers(first: dt.date, last: dt.date) -> int:
        return len(queries.lent_by(viewer=viewer, bank=bank, first=first, last=last))

    day = dt.timedelta(days=1)
    assert [numbers(LENT, LAST), numbers(LENT + day, LAST), numbers(LENT, LAST - day)] == [2, 1, 1]
    assert numbers(LENT + day, LAST - day) == 0


def test_everything_against_a_period_is_told_at_once(books: Books) -> None:
    with pytest.raises(Refused) as refusal:
        proposed(books, dt.date(2010, 1, 1), dt.date(2009, 1, 1))
    assert codes(refusal) == ["period_order", "outside_measure", "outside_measure", "nothing_lent"]
    with pytest.raises(Refused) as refusal:
        proposed(books, FIRST, TODAY)
    assert codes(refusal) == ["period_open"]
    with pytest.raises(Refused, match="没有 nowhere@1"):
        actions.propose_award(
            by=books.cast.district_bureau.officer,
            bank=books.cast.bank_a.organisation,
            measure_id="nowhere@1",
            first=FIRST,
            last=LAST,
            on=TODAY,
        )


def test_a_loan_more_after_the_asking_stops_the_award_and_the_question_waits(books: Books) -> None:
    asked = proposed(books)
    lent(books, 200_000_00)
    with pytest.raises(Refused) as refusal:
        books.sign(asked)
    assert codes(refusal) == ["ground_moved"]
    assert VolumeAward.objects.count() == CountedLoan.objects.count() == 0
    asked.refresh_from_db()
    assert asked.state == Approval.State.ASKED


def test_terms_corrected_after_the_asking_stop_the_award_even_at_the_same_sum(books: Books) -> None:
    asked = proposed(books)
    loan = Loan.objects.filter(terms__principal=money_of(500_000_00)).get()
    kept = LoanTerms.objects.get(pk=loan.terms_id)
    kept.pk, kept.seq, kept.purpose = None, 2, "更正"
    kept.save(force_insert=True)
    loan.terms = kept
    loan.save(update_fields=["terms"])
    with pytest.raises(Refused) as refusal:
        books.sign(asked)
    assert codes(refusal) == ["ground_moved"]


def test_a_day_is_awarded_once_and_a_loan_counted_once(books: Books) -> None:
    awarded(books, FIRST, dt.date(2026, 3, 31))
    with pytest.raises(Refused) as refusal:
        proposed(books, dt.date(2026, 3, 31), LAST)
    assert codes(refusal) == ["awarded_before"]
    with pytest.raises(Refused) as refusal:
        proposed(books)
    assert codes(refusal) == ["counted_before", "awarded_before"]
    assert fen_of(awarded(books, dt.date(2026, 4, 1), LAST).lent) == 500_000_00


def test_the_same_award_waits_for_a_second_person_only_once(books: Books) -> None:
    proposed(books)
    with pytest.raises(Refused) as refusal:
        proposed(books)
    assert codes(refusal) == ["already_asked"]


def test_the_maker_does_not_approve_and_other_seats_do_not_ask(books: Books) -> None:
    asked = proposed(books)
    with pytest.raises(Refused) as refusal:
        approve(by=books.cast.district_bureau.officer, approval_id=asked.pk)
    assert codes(refusal) == ["maker_is_checker"]
    for by in (books.cast.bank_a.maker, books.cast.district_bureau.approver, books.cast.fund_manager.officer):
        with pytest.raises(Refused) as refusal:
            actions.propose_award(
                by=by,
                bank=books.cast.bank_a.organisation,
                measure_id=YUZHONG,
                first=FIRST,
                last=LAST,
                on=TODAY,
            )
        assert codes(refusal) == ["not_permitted"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE volumes_volumeaward SET amount = amount + 1",
        "DELETE FROM volumes_countedloan",
        "TRUNCATE volumes_volumeaward CASCADE",
        "UPDATE volumes_countedloan SET principal = 1",
        "UPDATE volumes_volumeaward SET live = false",
        "UPDATE volumes_countedloan SET live = false",
    ],
)
def test_raw_sql_rewrites_no_award(books: Books, statement: str) -> None:
    awarded(books)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_counts_a_loan_once_under_a_measure(books: Books) -> None:
    awarded(books)
    columns = "award_id, family, loan_id, terms_id, lent_on, principal, principal_currency"
    again = f"INSERT INTO volumes_countedloan ({columns}) SELECT {columns} FROM volumes_countedloan"
    with (
        pytest.raises(DatabaseError, match="a_loan_counts_once_under_a_measure"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(again)


COPY = """
    INSERT INTO volumes_volumeaward (id, payer_id, bank_id, family, measure, measure_text, measure_sha256, first_day,
        last_day, lent, lent_currency, amount, amount_currency, working, ground_sha256, approval_id, awarded_on)
    SELECT %s, payer_id, bank_id, family, measure, measure_text, measure_sha256, %s, %s, lent, lent_currency, {amount},
        amount_currency, working, ground_sha256, %s, awarded_on FROM volumes_volumeaward LIMIT 1
"""


def insert(award_id: Any, approval_id: Any, first: dt.date, last: dt.date, amount: str = "amount") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPY.format(amount=amount), [award_id, first, last, approval_id])


def test_the_database_refuses_an_award_that_nobody_approved_or_of_another_amount(books: Books) -> None:
    award = awarded(books, FIRST, dt.date(2026, 3, 31))
    waiting = proposed(books, dt.date(2026, 4, 1), LAST)
    for approval, named in ((waiting, waiting.command["award"]), (award.approval, award.pk)):
        for amount in ("amount", "amount + 1"):
            with pytest.raises(DatabaseError, match=r"两人分别提出和签批|unique|duplicate"):
                insert(named, approval.pk, dt.date(2026, 4, 1), LAST, amount)


def test_the_database_itself_holds_a_day_to_one_award(books: Books) -> None:
    """The action looks first; here the looking is left out, and the exclusion constraint stands alone."""
    award = awarded(books, FIRST, dt.date(2026, 3, 31))
    bureau = books.cast.district_bureau
    twin = VolumeAward(pk="01890000-0000-7000-8000-000000000001")
    asked = ask(
        by=bureau.officer,
        kind="volumes.award",
        command=award.approval.command | {"award": str(twin.pk)},
        subject=twin,
        summary="同一期间",
    )
    Approval.objects.filter(pk=asked.pk).update(
        state="executed",
        checker=bureau.approver.account,
        checker_person=bureau.approver.account.person_id,
        decided_at=asked.made_at,
    )
    with pytest.raises(DatabaseError, match="a_bank_is_awarded_once_for_a_day_under_a_measure"):
        insert(twin.pk, asked.pk, dt.date(2026, 3, 31), LAST)


def taken_back(books: Books, award: VolumeAward) -> VolumeAward:
    asked = actions.propose_taking_back(
        by=books.cast.district_bureau.officer, award_id=award.pk, reason="误计一笔", article="第五条"
    )
    books.sign(asked)
    return VolumeAward.objects.get(pk=award.pk)


def test_an_award_is_corrected_by_taking_it_back_and_awarding_anew(books: Books) -> None:
    first = awarded(books)
    lent(books, 200_000_00)  # what had been forgotten
    first = taken_back(books, first)
    assert (first.live, first.amount.amount, first.taken_back.reason) == (False, 30_000, "误计一笔")
    second = awarded(books)
    # 2% of 1,700,000.01 = 34,000.0002
    assert (second.live, fen_of(second.amount)) == (True, 34_000_00)
    assert list(queries.beside(second)) == [first]
    assert queries.totals(queries.awards(viewer=books.cast.bank_a.maker))["amount"] == "34,000.00"
    assert CountedLoan.objects.filter(live=False).count() == 2
    assert queries.faults() == []
    third = taken_back(books, second)
    assert awarded(books).pk not in (first.pk, third.pk)


def test_two_persons_of_the_payer_take_an_award_back_once_and_say_why(books: Books) -> None:
    award, bureau = awarded(books), books.cast.district_bureau
    with pytest.raises(Refused) as refusal:
        actions.propose_taking_back(by=bureau.officer, award_id=award.pk, reason=" ", article="")
    assert codes(refusal) == ["required", "required"]
    why = {"award_id": award.pk, "reason": "误计一笔", "article": "第五条"}
    for stranger in (books.cast.city_bureau.officer, books.cast.bank_a.maker):
        with pytest.raises((Refused, VolumeAward.DoesNotExist)):
            actions.propose_taking_back(by=stranger, **why)
    asked = actions.propose_taking_back(by=bureau.officer, **why)
    with pytest.raises(Refused, match="同一人"):
        approve(by=bureau.officer, approval_id=asked.pk)
    books.sign(asked)
    with pytest.raises(Refused) as refusal:
        actions.propose_taking_back(by=bureau.officer, **why)
    assert codes(refusal) == ["taken_back"]
    for table in ("volumes_volumeaward", "volumes_countedloan"):
        with (
            pytest.raises(DatabaseError, match="失效后不再恢复"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE {table} SET live = true")


def test_the_database_refuses_a_taking_back_that_nobody_approved_or_for_another_reason(books: Books) -> None:
    award = awarded(books)
    asked = actions.propose_taking_back(
        by=books.cast.district_bureau.officer, award_id=award.pk, reason="误计一笔", article="第五条"
    )
    fields = {"award": award, "article": "第五条", "taken_back_on": TODAY}
    with pytest.raises(DatabaseError, match="收回核定须由付款机构两人"), transaction.atomic():
        AwardTakenBack.objects.create(approval=asked, reason="误计一笔", **fields)
    Approval.objects.filter(pk=asked.pk).update(
        state="executed",
        checker=books.cast.district_bureau.approver.account,
        checker_person=books.cast.district_bureau.approver.account.person_id,
        decided_at=asked.made_at,
    )
    with pytest.raises(DatabaseError, match="收回核定须由付款机构两人"), transaction.atomic():
        AwardTakenBack.objects.create(approval=asked, reason="另一理由", **fields)
    AwardTakenBack.objects.create(approval=asked, reason="误计一笔", **fields)
    assert any("是否收回与其状态不符" in fault for fault in queries.faults())


def test_two_approved_at_once_for_overlapping_periods_leave_one_award(own_database: Any) -> None:
    with own_database.as_default():
        books = open_books(make_cast())
        lent(books, 1_000_000_00)
        one, other = proposed(books), proposed(books, FIRST, dt.date(2026, 5, 31))
        approver = books.cast.district_bureau.approver
        answers = at_once(
            lambda: approve(by=approver, approval_id=one.pk),
            lambda: approve(by=approver, approval_id=other.pk),
        )
        assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
        assert (VolumeAward.objects.count(), CountedLoan.objects.count()) == (1, 1)


def test_a_measure_of_another_region_is_nobodys_to_use_here(books: Books) -> None:
    officer = books.cast.district_bureau.officer
    with pytest.raises(Refused, match="请选用本地区的办法"):
        actions.propose_award(
            by=officer, bank=books.cast.bank_a.organisation, measure_id="pudong-ip@2011", first=FIRST, last=LAST,
            on=TODAY,
        )  # fmt: skip
    offered = dict(AwardForm(payer=officer.organisation).fields["measure_id"].choices)
    assert list(offered) == [YUZHONG]
