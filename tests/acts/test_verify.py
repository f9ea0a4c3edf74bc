"""`manage.py verify`: exit 0 on sound books; whatever a superuser changes behind their back is named, exit 1."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from kernel.acts.actions import seal
from riskpool.claims.models import Claim
from tests.books import open_books
from tests.cast import make_cast

ROOT = Path(__file__).resolve().parents[2]
LOSS = 500_000_00


@pytest.fixture
def books_with_history(own_database):
    """A pool that has paid one claim, got part of it back, and holds another claim accepted."""
    with own_database.as_default():
        books = open_books(make_cast())
        books.pay_in("city", 4_000_000_00)
        books.pay_in("district", 6_000_000_00)
        books.set_limit("pool_exposure", 50_000_000_00)
        paid = books.accept(books.file(books.bad_loan(LOSS), LOSS))
        books.pay(paid)
        books.recover(paid, 100_000_00, 10_000_00)
        books.accept(books.file(books.bad_loan(LOSS), LOSS))
        seal()
    return own_database


def verify(database) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify"],
        cwd=ROOT, env=database.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


# what is changed by force -> what verify must say; each sentence names the row
TAMPERINGS = [
    (
        "UPDATE ledger_transfer SET amount = amount + 0.01 WHERE id = (SELECT min(id) FROM ledger_transfer)",
        [r"账户 custody/\S+：累计额与分录之和不符", r"凭证 contribution:\S+：分录与存档摘要不符"],
    ),
    (
        "DELETE FROM ledger_transfer WHERE id = (SELECT max(id) FROM ledger_transfer)",
        [r"账户 \S+：累计额与分录之和不符", r"凭证 claim:\S+：(没有分录|分录与存档摘要不符)"],
    ),
    (
        "UPDATE ledger_journal SET day = day - 1 WHERE kind = 'claim_paid'",
        [r"凭证 claim:\S+:paid：分录与存档摘要不符"],
    ),
    (
        "UPDATE ledger_ledgeraccount SET credits = credits - 1, debits = debits - 1 WHERE code LIKE '%/free'",
        [r"账户 \S+/free：累计额与分录之和不符"],
    ),
    (
        "UPDATE claims_claim SET reserved = reserved + 0.01, paid = paid + 0.01 WHERE state = 'paid'",
        [r"补偿申请 \S+："],
    ),
    (
        "UPDATE claims_claim SET returned = returned - 0.01 WHERE state = 'paid'",
        [r"补偿申请 \S+：返还额与追偿明细不符"],
    ),
    (
        "UPDATE claims_borneshare SET borne = borne + 0.01 WHERE id = (SELECT min(id) FROM claims_borneshare)",
        [r"补偿申请 \S+：分担明细与重算结果不符"],
    ),
    ("UPDATE claims_payment SET amount = amount - 0.01", [r"补偿申请 \S+：支付额与凭证不符"]),
    ("UPDATE claims_apportionment SET sha256 = repeat('0', 64)", [r"补偿申请 \S+：分担摘要不符"]),
    ("UPDATE pools_limit SET used = used - 0.01", [r"资金池放大倍数上限：已用额不等于在池余额之和"]),
    ("UPDATE acts_act SET summary = '无事' WHERE verb = 'approval.approve'", [r"审计记录 \d+：封存后被改动"]),
]


def test_sound_books_are_told_so_and_each_tampering_is_named(books_with_history):
    """One history, tampered with in eleven ways; each is undone before the next, and the last word is sound again."""
    assert verify(books_with_history)[0] == 0
    wrong = []
    with psycopg.connect(books_with_history.superuser_url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for statement, sentences in TAMPERINGS:
            table = re.search(r"(?:UPDATE|FROM) (\w+)", statement).group(1)
            superuser.execute(f"CREATE TEMP TABLE as_it_was AS TABLE {table}")
            assert superuser.execute(statement).rowcount > 0, statement
            code, told = verify_here(books_with_history)
            wrong += [
                f"{statement}: {told}" for sentence in sentences if code != 1 or not re.search(sentence, told)
            ]
            superuser.execute(f"DELETE FROM {table}")
            superuser.execute(f"INSERT INTO {table} SELECT * FROM as_it_was")
            superuser.execute("DROP TABLE as_it_was")
    assert wrong == []
    assert verify_here(books_with_history) == (0, verify_here(books_with_history)[1])


def verify_here(database) -> tuple[int, str]:
    """The same command without a new process."""
    import io

    from django.core.management import call_command

    told = io.StringIO()
    with database.as_default():
        try:
            call_command("verify", stdout=told)
        except SystemExit as ended:
            return int(ended.code or 0), told.getvalue()
    return 0, told.getvalue()


@pytest.mark.long
def test_the_command_ends_with_one_in_a_process_of_its_own(books_with_history):
    with psycopg.connect(books_with_history.superuser_url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "UPDATE claims_claim SET paid = paid + 0.01, reserved = reserved + 0.01 WHERE state = 'paid'"
        )
    with books_with_history.as_default():
        number = Claim.objects.get(state="paid").number
    code, told = verify(books_with_history)
    assert code == 1
    assert f"补偿申请 {number}：" in told
    assert "✓ 账户与分录：全部相符" in told
