"""What a visitor without log-in left behind, for the walls: an estimate under its code, open to whoever has the code."""

from __future__ import annotations

from finance.subsidies.actions.estimates import keep_estimate
from finance.subsidies.guest.at_hand import answers_of, questions
from kernel.days import today
from tests.cast import Cast
from tests.walls.objects import Behind, behind

ANSWERS = {
    **{
        "region": "500103",
        "legal_person": "yes",
        "industry": "software",
        "staff": "20-99",
        "revenue_wan": "300-999.99",
    },
    **{"right_invention": "1", "amount_wan": "100-200", "rate_percent": "3.5-4", "term_months": "7-12"},
    **{"stage": "not_yet", "cover": "none"},
}


@behind("calculator_kept")
def a_kept_estimate(cast: Cast) -> Behind:
    written = answers_of(ANSWERS, today()).written
    code, _row = keep_estimate(answers=written, told={}, questions=questions(), on=today())
    return Behind({"code": code}, seen_by=None)
