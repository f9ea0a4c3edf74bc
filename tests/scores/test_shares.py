"""What share of the principal a bank's pools compensate, beside the line on a score."""

from __future__ import annotations

import re

import pytest

from kernel.days import today
from tests.books import go_bad, open_books
from tests.cast import freshly_signed_in as at
from tests.scores.ground import adopt, consent, state_as_of
from valuation.scores import actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def score(cast, card):
    firm, on = cast.enterprise_a, today()
    state_as_of(firm, on)
    consent(firm, cast.bank_a.organisation, on)
    adopt(cast.bank_a.maker, firm.organisation, on)
    return actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)


def shares_on(page: str) -> list[str]:
    return re.findall(r"风险补偿资金池：([0-9.]+)", page)


def test_a_banks_pools_are_told_with_the_share_they_would_bear_of_what_is_out(cast, score):
    """The pool bears 80 % of the principal (渝中): 400,000 + 240,000 of 500,000 + 300,000; a loan outside counts nowhere.

    When 500,000 have come down to 100,000 and the exposure is still that of the enrolment, it is 640,000 of 400,000: no more
    than the card's own full share is offered.
    """
    books = open_books(cast)
    page = f"/scores/{score.pk}/"
    assert "本机构没有在池的贷款" in at(cast.bank_a.maker).get(page).content.decode()
    first, second = books.lend(500_000_00), books.lend(300_000_00)
    books.lend(900_000_00)
    books.enrol(first, second)
    told = at(cast.bank_a.maker).get(page).content.decode()
    assert shares_on(told) == ["0.80"]
    assert f"{page}?share=0.80#line" in told
    assert (
        'name="compensation_share" value="0.80"'
        in at(cast.bank_a.maker).get(f"{page}?share=0.80").content.decode()
    )
    go_bad(first, 100_000_00)
    assert shares_on(at(cast.bank_a.maker).get(page).content.decode()) == ["0.80"]
