"""An institution sets its own figures for a card by two persons; the card bounds them, and what was scored stays scored."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kernel.days import today
from kernel.errors import Refused
from kernel.work.approvals import approve
from tests.two_persons import approved
from valuation.cards import actions, queries
from valuation.cards.models import Parameters

pytestmark = pytest.mark.django_db
OWN = {"anchor_pd": "0.02", "pledge_rate.invention": "0.35", "cap_without.A": "350"}


def set_by_two(bank, values=OWN, since: dt.date | None = None) -> Parameters:
    on = today()
    asked = actions.propose_parameters(by=bank.maker, values=values, since=since or on, on=on)
    return approve(by=bank.checker, approval_id=asked.pk)


def faults_of(bank, values, since: dt.date | None = None) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        actions.propose_parameters(by=bank.maker, values=values, since=since or today(), on=today())
    return {problem.where: problem.code for problem in refused.value.problems}


def test_a_card_with_own_figures_is_another_card_and_the_shipped_one_stays(bank, cast):
    _, none, plain = queries.card_for(bank.organisation, today())
    assert none is None
    row = set_by_two(bank)
    version, parameters, card = queries.card_for(bank.organisation, today())
    assert (parameters, card.digest != plain.digest) == (row, True)
    assert card.calibration.anchor_pd == Decimal("0.02")
    assert card.value.kinds["invention"].pledge_rate == Fraction(35, 100)
    assert card.line.cap_without["A"] == 350_0000_00
    assert card.line.cap_without["B"] == plain.line.cap_without["B"] == 200_0000_00
    assert queries.card_for(cast.bank_b.organisation, today())[2] is plain, (
        "another bank's card is as written"
    )
    assert queries.card_for(None, today())[2] is plain
    assert queries.card_of(version, row) is card, "the same card object, read once"


def test_a_better_anchor_moves_where_the_grades_begin(bank):
    """With anchor 2 % the odds at 60 points are 49; A1 begins where the PD is the geometric mean of 0.35 % and 0.65 %.

    By hand: sqrt(0.0035 x 0.0065) = 0.0047697; odds 208.66;
    60 + 12 log2(208.66 / 49) = 60 + 12 x 2.09031 = 85.0837, up to 85.09.
    """
    set_by_two(bank)
    card = queries.card_for(bank.organisation, today())[2]
    assert card.grades[0].score_from == 85_09


def test_parameters_hold_from_their_day_and_a_later_row_of_the_day_replaces_the_earlier(bank):
    tomorrow = today() + dt.timedelta(days=1)
    first = set_by_two(bank, since=tomorrow)
    assert queries.card_for(bank.organisation, today())[1] is None
    assert queries.card_for(bank.organisation, tomorrow)[1] == first
    again = set_by_two(bank, {"anchor_pd": "0.025"}, since=tomorrow)
    assert queries.card_for(bank.organisation, tomorrow)[1] == again
    back = set_by_two(bank, {}, since=tomorrow)
    version, standing, card = queries.card_for(bank.organisation, tomorrow)
    assert (standing, card.digest) == (back, queries.card_of(version, None).digest)


def test_every_fault_is_told_by_the_name_of_its_parameter_and_nothing_is_asked(bank):
    found = faults_of(
        bank,
        {"pledge_rate.invention": "0.45", "cap_with.A": "1001", "anchor_pd": "-0.1", "lgd": "NaN", "gates": "1",
         "royalty_rate.software": "x" * 1_000_000},
        since=today() - dt.timedelta(days=1),
    )  # fmt: skip
    assert found == {
        "起用日": "past", "质押率·发明专利": "above_most", "有补偿时的额度上限·A级": "above_most", "中心违约率": "number",
        "无担保违约损失率": "number", "gates": "not_owned", "许可费率·软件": "number",
    }  # fmt: skip
    assert not Parameters.objects.exists()


@pytest.mark.parametrize(
    ("values", "where", "code"),
    [
        ({"cap_without.B": "900"}, "无补偿时的额度上限·B级", "order"),
        ({"anchor_pd": "0.001"}, "中心违约率", "order"),
        ({"lgd_least": "0.9"}, "违约损失率下限", "order"),
        ({"prior_firm_years": "2.5"}, "先验样本量", "pattern"),
        ({"expected_loss_budget": "1.5"}, "预期损失预算", "pattern"),
        ({}, "参数", "same"),
    ],
)
def test_what_would_not_be_a_sound_card_is_refused(bank, values, where, code):
    assert faults_of(bank, values).get(where) == code


def test_one_person_sets_nothing_and_only_a_bank_does(bank, cast):
    for by in (bank.checker, cast.district_bureau.officer, cast.enterprise_a.member):
        with pytest.raises(Refused, match="权限"):
            actions.propose_parameters(by=by, values=OWN, since=today(), on=today())
    asked = actions.propose_parameters(by=bank.maker, values=OWN, since=today(), on=today())
    with pytest.raises(Refused, match="同一人"):
        approve(by=bank.maker, approval_id=asked.pk)


def test_the_database_takes_no_row_that_two_persons_did_not_confirm_and_changes_none(bank, cast, shipped):
    row = set_by_two(bank)
    fields = {
        "institution": bank.organisation, "family": "ip-pledge", "card": shipped, "values": {"anchor_pd": "0.01"},
        "since": today(), "confirmed_on": today(),
    }  # fmt: skip
    for approval in (
        approved(cast, "pools.set_limit"),
        approved(cast, "cards.parameters", family="ip-pledge"),
    ):
        with pytest.raises(IntegrityError, match="两人"), transaction.atomic():
            Parameters.objects.create(approval=approval, **fields)
    for statement in ("UPDATE cards_parameters SET since = since", "DELETE FROM cards_parameters"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Parameters.objects.get() == row


def test_what_came_between_asking_and_confirming_is_refused(bank):
    asked = actions.propose_parameters(by=bank.maker, values=OWN, since=today(), on=today())
    from kernel.work.models import Approval

    late = Approval.objects.filter(pk=asked.pk).values_list("made_at", flat=True).get() + dt.timedelta(days=2)
    with pytest.raises(Refused, match="早于今天"), transaction.atomic():
        approve(by=bank.checker, approval_id=asked.pk, at=late)


def test_without_a_card_in_force_nobody_is_scored(cast):
    with pytest.raises(Refused, match="没有施行的评分卡"):
        queries.card_for(cast.bank_a.organisation, dt.date(2020, 1, 1), "no-such-card")
