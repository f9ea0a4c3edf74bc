"""A reversal stands where the journal stands that it reverses, however often that has been undone."""

from __future__ import annotations

import pytest

from riskpool.claims.indicators.gathering import catalogue, gather
from riskpool.claims.indicators.rules import FORMULAS
from riskpool.ledger.actions import reverse
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from tests.books import TODAY, open_books
from tests.cast import Cast
from tests.two_persons import approved


@pytest.mark.django_db
def test_an_undone_contribution_is_none_and_undone_again_is_one(cast: Cast) -> None:
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    officer = cast.district_bureau.officer

    def contributed() -> dict[str, str]:
        facts = gather(viewer=officer, pool_id=books.pool.pk, on=TODAY)
        (value,) = FORMULAS["pool_balance"](facts, catalogue()["pool_balance"])
        return {"出资": next(part.text for part in value.parts if part.label == "出资"), "余额": value.text}

    assert contributed() == {"出资": "4,000,000.00", "余额": "4,000,000.00 元"}
    contribution = Journal.objects.get(kind="contribution")
    taken = leaves(Journal.Kind.REVERSAL, [("", books.source("city").cash_id, 4_000_000_00)])
    approval = approved(cast, leaves=taken)
    undone = reverse(journal=contribution, day=TODAY, memo="错记", by=officer, approval=approval)
    assert contributed() == {"出资": "0.00", "余额": "0.00 元"}
    reverse(journal=undone, day=TODAY, memo="冲正有误", by=officer)
    assert contributed() == {"出资": "4,000,000.00", "余额": "4,000,000.00 元"}
