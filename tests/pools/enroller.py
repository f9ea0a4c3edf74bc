"""One process of the race for a borrower's last room: enrols one loan as soon as the test lets go.

`python -m tests.pools.enroller LOAN` prints `enrolled` or `refused`.
"""

from __future__ import annotations

import datetime as dt
import sys

from tests.claims.payer import wait_for_the_start


def main(loan_id: str) -> None:
    import django

    django.setup()
    from django.db import connection

    from finance.loans.models import Loan
    from riskpool.pools import enrolling

    loan = Loan.objects.select_related("terms", "latest_return").get(pk=loan_id)
    with connection.cursor() as cursor:
        wait_for_the_start(cursor)
    enrolled, _ = enrolling.enrol_loans(by=None, loans=[loan], on=dt.date(2026, 3, 2))
    sys.stdout.write("enrolled\n" if enrolled else "refused\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
