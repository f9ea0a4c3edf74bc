"""What the database's look at money that leaves costs: payouts posted with and without `what_leaves_was_approved_once`.

Run: PYTHONPATH=bin .venv/bin/python -m stack.throwaway .venv/bin/python benchmarks/payout_triggers.py
Gate first: a journal of one fen more than its command names is refused with the trigger, and written without it. Then
interleaved rounds in one database that already holds a book; only the ratio counts.
"""

import contextlib
import datetime as dt
import os
import sys
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", SECRET_KEY="benchmark only", ZHIRONG_TESTING="1")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from kernel.errors import Refused
from kernel.work.models import Approval
from riskpool.ledger import actions
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import Line, leaves
from tests.cast import make_cast
from tests.two_persons import approved

DAY = dt.date(2026, 11, 20)
STANDING, ROUNDS, A_ROUND = 2_000, 9, 200
SOURCES = 4
GOAL_RATIO = 1.10
TRIGGER = "what_leaves_was_approved_once"


def accounts() -> list[tuple[int, int]]:
    """(cash, reserved) of each source, with money in them."""
    found = []
    for number in range(SOURCES):
        cash = actions.open_account(code=f"c{number}", title="", book="custody", bound="debit")
        reserved = actions.open_account(code=f"r{number}", title="", book="custody", bound="credit")
        actions.post(
            key=f"in:{number}", kind="contribution", day=DAY, memo="",
            lines=[Line(cash.pk, reserved.pk, 10**12)],
        )  # fmt: skip
        found.append((cash.pk, reserved.pk))
    return found


def pay(approval: Approval, of: list[tuple[int, int]], fen: int = 1_000) -> None:
    actions.post(
        key=str(uuid4()), kind="claim_paid", day=DAY, memo="", approval=approval,
        lines=[Line(reserved, cash, fen) for cash, reserved in of],
    )  # fmt: skip


def approve(cast, of, fen: int = 1_000) -> Approval:
    return approved(cast, leaves=leaves("claim_paid", [("", cash, fen) for cash, _ in of]))


def switch(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE %s", [f"pgtrigger_{TRIGGER}%"])
        (name,) = cursor.fetchone()
        cursor.execute(f'ALTER TABLE ledger_transfer {word} TRIGGER "{name}"')


def gate(cast, of) -> None:
    with transaction.atomic():
        wrong = approve(cast, of)
        with contextlib.suppress(Refused):
            pay(wrong, of, 1_001)
        assert not Journal.objects.filter(approval=wrong).exists(), "a fen more than approved was paid"
    switch("DISABLE")
    with transaction.atomic():
        pay(approve(cast, of), of, 1_001)
        transaction.set_rollback(True)
    switch("ENABLE")


def round_of(cast, of) -> float:
    """Seconds of posting A_ROUND payouts; their approvals are written before the clock starts."""
    with transaction.atomic():
        asked = [approve(cast, of) for _ in range(A_ROUND)]
        started = time.perf_counter()
        for approval in asked:
            pay(approval, of)
        return time.perf_counter() - started


def main() -> int:
    call_command("migrate", verbosity=0)
    cast = make_cast()
    of = accounts()
    gate(cast, of)
    for _ in range(STANDING // A_ROUND):
        round_of(cast, of)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seconds: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    for _ in range(ROUNDS):
        for word, found in seconds.items():
            switch(word)
            found.append(round_of(cast, of))
    switch("ENABLE")
    with_it, without = (median(found) / A_ROUND * 1_000 for found in seconds.values())
    ratio = with_it / without
    print(
        f"a payout from {SOURCES} accounts, {STANDING} standing: {with_it:.2f} ms with, {without:.2f} ms without"
    )
    print(f"ratio {ratio:.3f} (goal under {GOAL_RATIO})")
    return 0 if ratio < GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
