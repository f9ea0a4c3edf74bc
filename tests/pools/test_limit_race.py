"""Two banks enrol a loan of one borrower at one moment, with room for one: real processes, real commits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg

from kernel.money.fields import fen_of
from riskpool.pools import queries
from riskpool.pools.models import Enrolment, Limit
from tests.books import lend, open_books
from tests.cast import make_cast
from tests.claims.payer import STARTING_LINE

ROOT = Path(__file__).resolve().parents[2]


def test_of_two_loans_of_one_borrower_with_room_for_one_exactly_one_enters(own_database):
    with own_database.as_default():
        cast = make_cast()
        books = open_books(cast)
        books.with_bank_b()
        books.set_limit("borrower_exposure", 1_000_000_00)
        borrower = cast.enterprise_a.organisation
        loans = [lend(bank.organisation, borrower, 600_000_00) for bank in (cast.bank_a, cast.bank_b)]
        assert not Limit.objects.filter(scope="borrower_exposure").exists(), "its row is made by the race"
        with psycopg.connect(own_database.superuser_url, autocommit=True) as starter:
            starter.execute("SELECT pg_advisory_lock(%s)", [STARTING_LINE])
            runners = [
                subprocess.Popen(
                    [sys.executable, "-m", "tests.pools.enroller", str(loan.pk)],
                    cwd=ROOT, env=own_database.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                )
                for loan in loans
            ]  # fmt: skip
            until = time.monotonic() + 90
            while time.monotonic() < until:
                (ready,) = starter.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
                    [STARTING_LINE],
                ).fetchone()  # type: ignore[misc]
                if ready == len(loans) or any(runner.poll() for runner in runners):
                    break
                time.sleep(0.05)
            starter.execute("SELECT pg_advisory_unlock(%s)", [STARTING_LINE])
        finished = [runner.communicate(timeout=120) for runner in runners]
        assert all(runner.returncode == 0 for runner in runners), finished
        assert sorted(output.strip() for output, _ in finished) == ["enrolled", "refused"]
        assert Enrolment.objects.count() == 1
        assert fen_of(Limit.objects.get(scope="borrower_exposure").used) == 600_000_00
        assert queries.faults() == []
