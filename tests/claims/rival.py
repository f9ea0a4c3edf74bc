"""One process that does one thing at the starting line: signs an approval, or accepts or refuses a claim.

`python -m tests.claims.rival MEMBERSHIP sign APPROVAL 2026-11-20`; instead of sign APPROVAL also accept CLAIM, refuse CLAIM.
Prints `done` or `refused`.
"""

from __future__ import annotations

import datetime as dt
import sys

from tests.claims.payer import wait_for_the_start


def main(member: str, what: str, which: str, day: str) -> None:
    import django

    django.setup()
    from django.db import connection

    from finance.parties.models import Membership
    from kernel.errors import Refused
    from kernel.work.approvals import approve
    from riskpool.claims import actions
    from tests.books import noon

    by = Membership.objects.select_related("account__person", "organisation").get(pk=member)
    on = dt.date.fromisoformat(day)
    with connection.cursor() as cursor:
        wait_for_the_start(cursor)
    try:
        if what == "sign":
            approve(by=by, approval_id=which, at=noon(on))
        elif what == "accept":
            actions.accept(by=by, claim_id=which, on=on)
        else:
            actions.refuse(by=by, claim_id=which, reason="不符", on=on)
    except Refused as refused:
        sys.stdout.write(f"refused {refused.problems[0].code}\n")
    else:
        sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
