"""Real commits: two loans of one firm are handed in at the same moment under one cap, and share it once."""

from __future__ import annotations

import pytest

from finance.subsidies import actions
from finance.subsidies.models import Application, Meter
from kernel.money.fields import fen_of
from tests.cast import make_cast
from tests.subsidies.ground import ON, open_subsidies
from tests.work.at_once import at_once

pytestmark = pytest.mark.race


def test_two_loans_handed_in_at_once_share_one_cap_once(own_database):
    with own_database.as_default():
        room = open_subsidies(make_cast())
        house, call = room.cast.enterprise_a, room.open()
        room.account(house)
        drafts = []
        for number in ("YC1", "YC2", "YC3", "YC4"):
            loan = room.settle(room.loan(house, number))
            draft = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan.pk, on=ON)
            stated = {"applicant.joint_punishment": False}
            actions.state_facts(by=house.member, application_id=draft.pk, stated=stated, on=ON)
            drafts.append(draft)

        def hand_in(draft):
            return lambda: actions.file_application(by=house.member, application_id=draft.pk, on=ON)

        answers = at_once(*(hand_in(draft) for draft in drafts))

        assert all(isinstance(answer, Application) for answer in answers), answers
        totals = sorted(
            fen_of(one.calculation.total) for one in Application.objects.select_related("calculation")
        )
        assert totals == [0, 0, 2_117_92, 3_882_08]  # each alone 3,882.08; the year's cap is 6,000.00
        meter = Meter.objects.get(limit="year")
        assert (meter.reserved, meter.granted) == (6_000_00, 0)
