"""How an enterprise stands, for the walls: figures of enterprise A and a credit fact that the IP bureau recorded."""

from __future__ import annotations

import datetime as dt

from finance.parties.standing import StatedCredit, record_credit_fact
from tests.cast import Cast
from tests.walls.objects import Behind, behind

ON = dt.date(2026, 11, 20)
PENALTY = StatedCredit(
    "trademark_infringement_penalty",
    "渝中区市场监督管理局",
    "渝中市监处罚〔2026〕8号",
    dt.date(2026, 5, 6),
    None,
)


@behind("parties:enterprise", "parties:state_figures", "parties:record_credit")
def enterprise_a(cast: Cast) -> Behind:
    return Behind({"enterprise_id": cast.enterprise_a.organisation.pk}, seen_by=_around_enterprise_a(cast))


@behind("parties:withdraw_credit")
def a_credit_fact_of_enterprise_a(cast: Cast) -> Behind:
    of = cast.enterprise_a.organisation
    fact = record_credit_fact(by=cast.ip_bureau.clerk, enterprise=of, stated=PENALTY, on=ON)
    return Behind({"enterprise_id": of.pk, "fact_id": fact.pk}, seen_by=_around_enterprise_a(cast))


def _around_enterprise_a(cast: Cast) -> tuple:
    """Itself, and the bureaus of its district and its city."""
    city, district = cast.city_bureau, cast.district_bureau
    return (
        *(cast.enterprise_a.owner, cast.ip_bureau.clerk),
        *(city.officer, city.approver, district.officer, district.approver),
    )
