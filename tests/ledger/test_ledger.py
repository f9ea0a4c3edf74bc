"""The ledger holds by itself: bounds, totals, keys and its own history, also against raw SQL by the product's role."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kernel.errors import Refused
from kernel.money.fields import money_of
from kernel.work.models import Approval
from riskpool.ledger import actions, queries
from riskpool.ledger.models import Journal, LedgerAccount, Transfer
from riskpool.ledger.rules import Line, leaves
from tests.two_persons import approved, asked

DAY = dt.date(2026, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture
def cash() -> LedgerAccount:
    return actions.open_account(code="custody/t/city/cash", title="市级现金", book="custody", bound="debit")


@pytest.fixture
def free() -> LedgerAccount:
    return actions.open_account(code="custody/t/city/free", title="市级可用", book="custody", bound="credit")


@pytest.fixture
def reserved() -> LedgerAccount:
    return actions.open_account(
        code="custody/t/city/reserved", title="市级预留", book="custody", bound="credit"
    )


def contribute(cash: LedgerAccount, free: LedgerAccount, fen: int, key: str = "contribution:1") -> Journal:
    return actions.post(
        key=key, kind="contribution", day=DAY, memo="出资", lines=[Line(cash.pk, free.pk, fen)]
    )


def test_a_journal_moves_both_accounts_and_the_database_keeps_the_totals(cash, free):
    contribute(cash, free, 1_000_05)
    cash.refresh_from_db()
    free.refresh_from_db()
    assert queries.balance(cash) == 1_000_05
    assert queries.balance(free) == 1_000_05
    assert queries.faults() == []


def test_the_same_key_with_the_same_content_does_nothing_more(cash, free):
    first = contribute(cash, free, 500)
    again = contribute(cash, free, 500)
    cash.refresh_from_db()
    assert (again.pk, queries.balance(cash)) == (first.pk, 500)


def test_the_same_key_with_other_content_is_a_programmers_error(cash, free):
    contribute(cash, free, 500)
    with pytest.raises(AssertionError):
        contribute(cash, free, 501)


def test_free_money_is_never_overdrawn_and_the_refusal_is_a_sentence(cash, free, reserved):
    contribute(cash, free, 500)
    with pytest.raises(Refused) as refused:
        actions.post(
            key="claim:1:reserved",
            kind="claim_reserved",
            day=DAY,
            memo="",
            lines=[Line(free.pk, reserved.pk, 501)],
        )
    assert refused.value.problems[0].code == "overdrawn"
    assert not Journal.objects.filter(key="claim:1:reserved").exists()


def test_a_reversal_brings_the_balance_back_and_happens_once(cash, free, cast):
    journal = contribute(cash, free, 500)
    undone = approved(cast, leaves=leaves("reversal", [("", cash.pk, 500)]))
    actions.reverse(journal=journal, day=DAY, memo="录错", by=None, approval=undone)
    cash.refresh_from_db()
    assert queries.balance(cash) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Journal.objects.create(
            key="other", kind="reversal", day=DAY, memo="", content_sha256="0" * 64, reverses=journal
        )


def test_the_balance_of_a_past_day_does_not_see_later_journals(cash, free):
    contribute(cash, free, 500)
    actions.post(
        key="contribution:2", kind="contribution", day=DAY + dt.timedelta(days=1), memo="",
        lines=[Line(cash.pk, free.pk, 70)],
    )  # fmt: skip
    assert queries.balance_on(cash, DAY) == 500
    assert queries.balance_on(cash, DAY + dt.timedelta(days=1)) == 570


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount = amount + 1",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer",
        "UPDATE ledger_journal SET day = day + 1",
        "DELETE FROM ledger_journal",
        "TRUNCATE ledger_journal CASCADE",
        "UPDATE ledger_ledgeraccount SET debits = debits + 1",
        "UPDATE ledger_ledgeraccount SET bound = 'none'",
        "DELETE FROM ledger_ledgeraccount",
        "INSERT INTO ledger_ledgeraccount (code, title, book, bound, debits, debits_currency, credits, credits_currency,"
        " touched) VALUES ('x', 'x', 'custody', 'debit', 5, 'CNY', 0, 'CNY', false)",
        "INSERT INTO ledger_ledgeraccount (code, title, book, bound, debits, debits_currency, credits, credits_currency,"
        " touched) VALUES ('x', 'x', 'custody', 'debit', 0, 'USD', 0, 'CNY', false)",
        "UPDATE ledger_ledgeraccount SET debits_currency = 'USD'",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_raw_sql_cannot_rewrite_the_ledger(cash, free, statement):
    contribute(cash, free, 500)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_payout_without_an_approval_is_refused_by_the_database(cash, free, reserved):
    contribute(cash, free, 500)
    with pytest.raises(IntegrityError, match="a_payout_stands_on_an_approval"), transaction.atomic():
        actions.post(
            key="claim:1:paid", kind="claim_paid", day=DAY, memo="", lines=[Line(free.pk, cash.pk, 5)]
        )


def fee_of(cash: LedgerAccount) -> dict[str, Any]:
    """What a command of a fee of 5.00 says that it takes."""
    return leaves("account_fee", [("", cash.pk, 5_00)])


def write(kind: str, approval: Approval | None, debit: LedgerAccount, credit: LedgerAccount) -> None:
    """A journal as the product's role may write it without the product's code."""
    key, of = uuid4(), approval.pk if approval else None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_journal (id, key, kind, day, memo, content_sha256, approval_id, part)"
            " VALUES (%s, %s, %s, %s, '', '', %s, '')",
            [key, str(key), kind, DAY, of],
        )
        cursor.execute(
            "INSERT INTO ledger_transfer (journal_id, seq, debit_id, credit_id, amount, amount_currency)"
            " VALUES (%s, 1, %s, %s, 5, 'CNY')",
            [key, debit.pk, credit.pk],
        )


def test_no_kind_of_journal_takes_money_out_without_two_persons(cash, free, cast):
    contribute(cash, free, 100_00)
    owed = actions.open_account(code="custody/t/city/owed/b", title="应收", book="custody", bound="debit")
    write("claim_owed", approved(cast), owed, free)
    for kind in set(Journal.Kind.values) - {"reversal"}:  # that one has a journal to name, and a test above
        for taken in (cash, owed):  # what a bank owes is money too
            with pytest.raises(IntegrityError, match=r"须有两人复核|stands_on_an_approval"):
                write(kind, None, free, taken)
            with pytest.raises(IntegrityError, match="所依据的复核不成立"):
                write(kind, asked(cast), free, taken)
    with pytest.raises(IntegrityError, match="须有两人复核"):
        actions.reverse(journal=Journal.objects.get(key="contribution:1"), day=DAY, memo="", by=None)
    write("account_fee", approved(cast, leaves=fee_of(cash)), free, cash)
    cash.refresh_from_db()
    assert queries.balance(cash) == 95_00


def test_an_approval_takes_money_out_once(cash, free, cast):
    contribute(cash, free, 100_00)
    approval = approved(cast, leaves=fee_of(cash))
    write("account_fee", approval, free, cash)
    write("interest", approval, cash, free)  # nothing leaves by it
    for kind in ("account_fee", "claim_paid", "withdrawal"):
        with pytest.raises(IntegrityError, match="一件复核只能支付一次"):
            write(kind, approval, free, cash)


@pytest.mark.parametrize("otherwise", ["amount", "kind", "account", "part", "twice", "nothing said"])
def test_under_a_valid_approval_nothing_leaves_but_what_its_command_names(cash, free, cast, otherwise):
    contribute(cash, free, 100_00)
    other = actions.open_account(code="custody/t/other", title="他户", book="custody", bound="debit")
    contribute(other, free, 100_00, key="contribution:2")
    said = {
        "amount": leaves("account_fee", [("", cash.pk, 4_99)]),
        "kind": leaves("withdrawal", [("", cash.pk, 5_00)]),
        "account": leaves("account_fee", [("", other.pk, 5_00)]),
        "part": leaves("account_fee", [("x", cash.pk, 5_00)]),
        "twice": leaves("account_fee", [("", cash.pk, 5_00), ("", other.pk, 5_00)]),
        "nothing said": {},
    }[otherwise]
    with pytest.raises(IntegrityError, match="凭证与复核的指令不符"):
        write("account_fee", approved(cast, leaves=said), free, cash)
    with pytest.raises(Refused) as refused:
        actions.post(
            key="k", kind="account_fee", day=DAY, memo="", lines=[Line(free.pk, cash.pk, 5_00)],
            approval=approved(cast, leaves=said),
        )  # fmt: skip
    assert refused.value.problems[0].code == "not_as_approved"


def test_a_second_statement_adds_nothing_to_what_left_under_an_approval(cash, free, cast):
    contribute(cash, free, 100_00)
    journal = actions.post(
        key="k", kind="account_fee", day=DAY, memo="", lines=[Line(free.pk, cash.pk, 5_00)],
        approval=approved(cast, leaves=fee_of(cash)),
    )  # fmt: skip
    assert queries.faults() == []
    with pytest.raises(IntegrityError, match="凭证与复核的指令不符"), transaction.atomic():
        Transfer.objects.create(journal=journal, seq=2, debit=free, credit=cash, amount=money_of(1))
    journal.approval.command["leaves"] = leaves("account_fee", [("", cash.pk, 4_99)])
    assert not queries.as_approved(journal, [Line(free.pk, cash.pk, 5_00)]), "and verify names it"


def test_the_database_says_in_which_transaction_was_decided_whatever_the_product_writes(cast):
    before, after = asked(cast), approved(cast)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE work_approval SET decided_in = 5 WHERE id = %s", [before.pk])
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (now,) = cursor.fetchone()
    for approval, number in ((before, None), (after, now)):
        approval.refresh_from_db()
        assert approval.decided_in == number


def test_a_table_of_the_products_own_does_not_stand_in_for_the_approvals(cash, free, cast):
    contribute(cash, free, 100_00)
    approval = asked(cast)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE work_approval AS SELECT * FROM public.work_approval")
        cursor.execute(
            "UPDATE work_approval SET state = 'executed', checker_id = gen_random_uuid(),"
            " checker_person = gen_random_uuid(), decided_in = pg_current_xact_id()::text::bigint"
        )
    with pytest.raises(IntegrityError, match="所依据的复核不成立"):
        write("account_fee", approval, free, cash)


def test_a_transfer_between_books_is_refused(cash, free):
    burden = actions.open_account(code="burden/t", title="分担", book="burden", bound="none")
    with pytest.raises(IntegrityError, match="跨账簿"), transaction.atomic():
        actions.post(key="k", kind="interest", day=DAY, memo="", lines=[Line(cash.pk, burden.pk, 5)])


def test_a_balance_stated_by_the_custodian_is_never_negative_and_names_its_source(cash):
    with pytest.raises(Refused):
        actions.state_balance(account=cash, day=DAY, fen=-1, source="对账单", by=None)
    with pytest.raises(Refused):
        actions.state_balance(account=cash, day=DAY, fen=1, source=" ", by=None)


def test_a_trigger_of_the_products_own_role_cannot_move_totals_either(cash, free):
    """The depth of triggers is not enough of a guard: a role may put a trigger on a temporary table of its own."""
    contribute(cash, free, 500)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bait (n int)")
        cursor.execute(
            "CREATE FUNCTION pg_temp.spring() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN UPDATE public.ledger_ledgeraccount SET debits = debits + 1; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER spring BEFORE INSERT ON bait FOR EACH ROW EXECUTE FUNCTION pg_temp.spring()"
        )
        with pytest.raises(DatabaseError):
            cursor.execute("INSERT INTO bait VALUES (1)")
