"""One process of the race: ten threads, each wants one claim paid, all set off at one moment.

`python -m tests.claims.payer house OFFICER APPROVER CLAIM...` goes through the product's own actions;
`python -m tests.claims.payer naive - - NUMBER...` reads the balance, looks, and writes the new one: what must be caught.
Prints one line a thread: `paid` or `refused`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

STARTING_LINE = 20_260_711  # advisory lock that the test holds until everybody is ready
AMOUNT = 100_000_00


def wait_for_the_start(cursor) -> None:
    cursor.execute("SELECT pg_advisory_lock_shared(%s)", [STARTING_LINE])
    cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [STARTING_LINE])


def house(officer: str, approver: str, claim: str) -> str:
    import datetime as dt

    from django.db import connection

    from finance.parties.models import Membership
    from kernel.errors import Refused
    from kernel.work.approvals import approve
    from riskpool.claims import actions

    members = Membership.objects.select_related("account__person", "organisation")
    maker, checker = members.get(pk=officer), members.get(pk=approver)
    on = dt.date(2026, 11, 20)
    with connection.cursor() as cursor:
        wait_for_the_start(cursor)
    try:
        actions.accept(by=maker, claim_id=claim, on=on)
        asked = actions.propose_payment(by=maker, claim_id=claim, on=on)
        approve(by=checker, approval_id=asked.pk)
    except Refused:
        return "refused"
    finally:
        connection.close()
    return "paid"


def naive(_officer: str, _approver: str, number: str) -> str:
    import psycopg

    with psycopg.connect(os.environ["NAIVE_URL"], autocommit=True) as server:
        wait_for_the_start(server.cursor())
        with server.transaction():
            (balance,) = server.execute("SELECT balance FROM naive_pool").fetchone()
            if balance < AMOUNT:
                return "refused"
            time.sleep(0.02)
            server.execute("UPDATE naive_pool SET balance = %s", [balance - AMOUNT])
            server.execute("INSERT INTO naive_payment VALUES (%s, %s)", [int(number), AMOUNT])
    return "paid"


def main(mode: str, officer: str, approver: str, *claims: str) -> None:
    pay: Callable[[str, str, str], str] = naive
    if mode == "house":
        import django

        django.setup()
        pay = house

    def run(claim: str) -> None:
        sys.stdout.write(pay(officer, approver, claim) + "\n")
        sys.stdout.flush()

    threads = [threading.Thread(target=run, args=[claim]) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
