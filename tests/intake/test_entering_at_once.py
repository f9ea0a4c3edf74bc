"""Real commits: two checkers press at the same moment, and the loans are entered once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from finance.intake import actions
from finance.loans.models import Loan, LoanTerms
from finance.parties.actions import enrol_person
from kernel.errors import Refused
from kernel.work import approvals, outbox
from kernel.work.models import OutboxMessage
from tests.cast import PASSWORD, make_cast
from tests.intake.workbooks import few

pytestmark = pytest.mark.race

ON = dt.date(2026, 11, 20)


def at_once(*acts):
    """Run the acts in threads of their own, all let go together; what each gave or refused."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            gate.wait()
            return act()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_filing_approved_twice_at_once_is_entered_once(own_database):
    with own_database.as_default():
        cast = make_cast()
        bank = cast.bank_a
        second = enrol_person(
            organisation=bank.organisation,
            role="checker",
            name="另复核",
            username="a-checker-2",
            password=PASSWORD,
        )
        filing = actions.receive(by=bank.maker, form="loans", name="备案.xlsx", content=few(), on=ON)
        outbox.drain()
        approval = actions.choose_and_submit(by=bank.maker, filing_id=filing.pk, choice="good_rows")
        answers = at_once(
            lambda: approvals.approve(by=bank.checker, approval_id=approval.pk),
            lambda: approvals.approve(by=second, approval_id=approval.pk),
        )
        assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
        assert (Loan.objects.count(), LoanTerms.objects.count()) == (11, 11)
        assert OutboxMessage.objects.filter(kind="intake.receipt").count() == 1


def test_the_same_file_dropped_twice_at_once_is_one_filing(own_database):
    with own_database.as_default():
        bank = make_cast().bank_a
        content = few()

        def drop():
            return actions.receive(by=bank.maker, form="loans", name="备案.xlsx", content=content, on=ON)

        first, second = at_once(drop, drop)
        assert first.pk == second.pk


def test_two_files_with_the_same_loans_entered_at_once_leave_each_loan_once(own_database):
    with own_database.as_default():
        bank = make_cast().bank_a

        def enter(content):
            return actions.enter_from_command_line(
                bank=bank.organisation,
                form="loans",
                name="x.xlsx",
                content=content,
                on=ON,
                good_rows=True,
                operator="t",
            )

        at_once(lambda: enter(few()), lambda: enter(few(without={3})))
        assert (Loan.objects.count(), LoanTerms.objects.count()) == (11, 11)
