"""The API's objects for the walls: the same as on the pages, with the same people behind them."""

from __future__ import annotations

import datetime as dt

from finance.intake import actions as intake
from tests.cast import Cast
from tests.intake.workbooks import few
from tests.walls.objects import Behind, behind
from tests.walls.objects_of_the_pool import at_the_pool, funded, of_bank_a


@behind("api:filing")
def a_filing_left_by_the_system_of_bank_a(cast: Cast) -> Behind:
    filing = intake.receive(
        by=cast.bank_a.maker, form="loans", name="备案.xlsx", content=few(), on=dt.date(2026, 11, 20)
    )
    return Behind({"filing_id": filing.pk}, seen_by=of_bank_a(cast))


@behind("api:job")
def the_job_that_checks_it(cast: Cast) -> Behind:
    filing = intake.receive(
        by=cast.bank_a.maker, form="loans", name="备案.xlsx", content=few(), on=dt.date(2026, 11, 20)
    )
    return Behind({"job_id": filing.job_id}, seen_by=of_bank_a(cast))


@behind("api:position")
def the_position_of_a_pool(cast: Cast) -> Behind:
    return Behind({"pool_id": funded(cast).pool.pk}, seen_by=at_the_pool(cast))
