"""One who does one thing at the starting line: signs an approval, or accepts or refuses a claim.

A thread with a connection, and so a transaction, of its own: what two of them fight about lies in the database. Processes of
their own race in tests/claims/test_race.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from finance.parties.models import Membership
from kernel.errors import Refused
from kernel.work.approvals import approve
from riskpool.claims import actions
from tests.books import noon
from tests.claims.payer import wait_for_the_start

if TYPE_CHECKING:
    import datetime as dt


def told(member: Any, what: str, which: Any, day: dt.date) -> str:
    """What he is told: `done`, or `refused` with the code of the first problem."""
    try:
        by = Membership.objects.select_related("account__person", "organisation").get(pk=member)
        with connection.cursor() as cursor:
            wait_for_the_start(cursor)
        if what == "sign":
            approve(by=by, approval_id=which, at=noon(day))
        elif what == "accept":
            actions.accept(by=by, claim_id=which, on=day)
        else:
            actions.refuse(by=by, claim_id=which, reason="不符", on=day)
    except Refused as refused:
        return f"refused {refused.problems[0].code}"
    finally:
        connection.close()
    return "done"
