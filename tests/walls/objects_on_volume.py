"""An award on volume for the walls: owed by the district to bank A."""

from __future__ import annotations

import datetime as dt

from kernel.work.approvals import approve
from riskpool.volumes import actions
from tests.books import TODAY, open_books
from tests.cast import Cast
from tests.walls.objects import Behind, behind
from tests.walls.objects_of_the_pool import of_bank_a


@behind("volumes:award")
def an_award_to_bank_a(cast: Cast) -> Behind:
    books, bureau = open_books(cast), cast.district_bureau
    lent = dt.date(2025, 3, 3)
    books.enrol(
        books.lend(1_000_000_00, signed_on=lent, disbursed_on=lent, due_on=dt.date(2026, 3, 2)), on=lent
    )
    asked = actions.propose_award(
        by=bureau.officer,
        bank=cast.bank_a.organisation,
        measure_id="yuzhong-volume-demo@2025",
        first=dt.date(2025, 1, 1),
        last=dt.date(2025, 6, 30),
        on=TODAY,
    )
    award = approve(by=bureau.approver, approval_id=asked.pk)
    return Behind({"award_id": award.pk}, seen_by=(*of_bank_a(cast), bureau.officer, bureau.approver))


@behind("volumes:take_back")
def an_award_that_the_district_takes_back(cast: Cast) -> Behind:
    return Behind(an_award_to_bank_a(cast).parameters, seen_by=(cast.district_bureau.officer,))
