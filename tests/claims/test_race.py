"""Fifty payouts at one moment against a pool that can pay ten: real PostgreSQL, real processes, real commits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from kernel.money.fields import fen_of
from riskpool.claims import verifying
from riskpool.claims.models import Claim
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools import queries as pools
from tests.books import open_books
from tests.cast import make_cast
from tests.claims.payer import AMOUNT, STARTING_LINE

pytestmark = [pytest.mark.race, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, THREADS, CAN_PAY = 5, 10, 10


def race(
    superuser_url: str, environment: dict[str, str], mode: str, *who: str, claims: list[str]
) -> list[str]:
    """Start everybody behind the line, let go, and give back what each was told."""
    with psycopg.connect(superuser_url, autocommit=True) as starter:
        starter.execute("SELECT pg_advisory_lock(%s)", [STARTING_LINE])
        runners = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.claims.payer", mode, *who, *claims[i::PROCESSES]],
                cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for i in range(PROCESSES)
        ]  # fmt: skip
        until = time.monotonic() + 90
        while time.monotonic() < until:
            (ready,) = starter.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
                [STARTING_LINE],
            ).fetchone()
            if ready == len(claims) or any(runner.poll() for runner in runners):
                break
            time.sleep(0.05)
        starter.execute("SELECT pg_advisory_unlock(%s)", [STARTING_LINE])
        finished = [runner.communicate(timeout=120) for runner in runners]
    assert all(runner.returncode == 0 for runner in runners), finished
    assert not any("Traceback" in errors for _, errors in finished), finished
    return [line for output, _ in finished for line in output.split()]


def overpaid(paid_fen: int, held_fen: int) -> bool:
    """The question that both races are asked."""
    return paid_fen > held_fen


def test_exactly_ten_of_fifty_payouts_succeed(own_database):
    loss = 125_000_00  # of which the pool bears 80 %, 100,000.00, city and district 4:6
    with own_database.as_default():
        cast = make_cast()
        books = open_books(cast)
        books.pay_in("city", CAN_PAY * AMOUNT * 4 // 10)
        books.pay_in("district", CAN_PAY * AMOUNT * 6 // 10)
        claims = [books.file(books.bad_loan(loss), loss) for _ in range(PROCESSES * THREADS)]
        bureau = cast.district_bureau
        told = race(
            own_database.superuser_url, own_database.environment, "house",
            str(bureau.officer.pk), str(bureau.approver.pk), claims=[str(claim.pk) for claim in claims],
        )  # fmt: skip
        assert sorted(told) == ["paid"] * CAN_PAY + ["refused"] * (PROCESSES * THREADS - CAN_PAY)
        paid = Claim.objects.filter(state="paid")
        assert (paid.count(), Journal.objects.filter(kind="claim_paid").count()) == (CAN_PAY, CAN_PAY)
        assert not overpaid(sum(fen_of(claim.paid) for claim in paid), CAN_PAY * AMOUNT)
        assert [ledger.balance(account) for account in LedgerAccount.objects.filter(book="custody")] == [
            0
        ] * 6
        assert Claim.objects.filter(state="filed").count() == PROCESSES * THREADS - CAN_PAY
        assert ledger.faults() + pools.faults() + verifying.faults() == []


def test_the_naive_way_is_caught_overpaying(own_database):
    """Negative control: the same race, the same question; a test that cannot catch this would prove nothing."""
    with psycopg.connect(own_database.superuser_url, autocommit=True) as server:
        server.execute("CREATE TABLE naive_pool (balance bigint)")
        server.execute("CREATE TABLE naive_payment (number int, amount bigint)")
        server.execute("INSERT INTO naive_pool VALUES (%s)", [CAN_PAY * AMOUNT])
    numbers = [str(number) for number in range(PROCESSES * THREADS)]
    environment = own_database.environment | {"NAIVE_URL": own_database.superuser_url}
    race(own_database.superuser_url, environment, "naive", "-", "-", claims=numbers)
    with psycopg.connect(own_database.superuser_url) as server:
        (paid,) = server.execute("SELECT sum(amount)::bigint FROM naive_payment").fetchone()
    assert overpaid(paid, CAN_PAY * AMOUNT)
