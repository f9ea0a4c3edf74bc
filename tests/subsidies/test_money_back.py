"""Money asked back with the interest that the measure lays on it, and the bank's number that names one payment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from finance.subsidies import actions
from finance.subsidies.models import Award, AwardPayment, ClawBack, PaymentResult
from finance.subsidies.pages.plans import due_of
from finance.subsidies.queries.of_applications import support_in
from kernel.errors import Refused
from kernel.money.fields import fen_of
from tests.cast import Cast
from tests.ground import laid
from tests.subsidies.ground import AFTER, AT_NOON, MEASURE, ON, Subsidies, publish, two_firms

LATER = dt.date(2027, 3, 10)
RECOVERY = "  recovery: {share: '1', interest: {rate: '0.0345'}, exclusion_years: 3, ref: 第九条}\n"
WITH_INTEREST = MEASURE.replace("cq-yuzhong-2026", "cq-yuzhong-back-2026").replace(
    "  eligibility:", f"{RECOVERY}  eligibility:", 1
)


@laid
def subsidies(cast: Cast) -> Subsidies:
    return two_firms(cast)


def paid(subsidies: Subsidies) -> Award:
    """Both firms applied and were paid on the 30th of November; the award of enterprise A."""
    call = subsidies.open()
    for house in (subsidies.cast.enterprise_a, subsidies.cast.enterprise_b):
        subsidies.pass_(subsidies.apply(house, call, house.organisation.loans_taken.get()))
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk), at=AT_NOON)
    subsidies.sign(actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
    file = subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=call.pk), at=AFTER)
    answers = [actions.Answered(seq, True, AFTER.date(), f"HD{seq}") for seq in (1, 2)]
    actions.enter_results(by=subsidies.officer, file_id=file.pk, answers=answers, on=AFTER.date())
    return Award.objects.get(payee=subsidies.cast.enterprise_a.organisation)


def ask(subsidies: Subsidies, award: Award, **other: Any) -> Any:
    terms = {"ground": "untrue", "fen": 3_000_00, "text": "合同系伪造", "on": LATER} | other
    return actions.propose_claw_back(by=subsidies.officer, award_id=award.pk, **terms)


@pytest.mark.django_db
def test_interest_runs_from_the_day_of_payment_at_the_measures_rate_and_is_due_with_the_sum(
    subsidies: Subsidies,
) -> None:
    """3,000.00 x 3.45 % x 100 days / 360 = 28.75; from the 30th of November to the 10th of March."""
    subsidies.measure = publish(WITH_INTEREST)
    award = paid(subsidies)
    at = dt.datetime(2027, 3, 10, 4, tzinfo=dt.UTC)
    back: ClawBack = subsidies.sign(ask(subsidies, award), at=at)
    assert (fen_of(back.amount), fen_of(back.interest)) == (3_000_00, 28_75)
    assert back.interest_words == ("3,000.00 元 × 3.45% × 100 天（2026-11-30 至 2027-03-10）÷ 360 = 28.75 元")
    assert due_of(back) == 3_028_75
    received = {"day": LATER, "on": LATER}
    with pytest.raises(Refused):
        actions.receive_back(
            by=subsidies.officer, claw_back_id=back.pk, fen=3_028_76, reference="GK0", **received
        )
    actions.receive_back(
        by=subsidies.officer, claw_back_id=back.pk, fen=3_028_75, reference="GK1", **received
    )
    assert due_of(back) == 0


@pytest.mark.django_db
def test_a_measure_that_is_silent_lays_no_interest_and_one_with_a_rate_takes_none_by_hand(
    subsidies: Subsidies,
) -> None:
    award = paid(subsidies)
    with pytest.raises(Refused) as refusal:
        ask(subsidies, award, interest_fen=100)
    assert [problem.code for problem in refusal.value.problems] == ["interest"]
    assert ask(subsidies, award).command["interest"] == 0


@pytest.mark.django_db
def test_interest_without_a_stated_rate_is_entered(subsidies: Subsidies) -> None:
    text = WITH_INTEREST.replace("interest: {rate: '0.0345'}", "interest: true")
    subsidies.measure = publish(text)
    award = paid(subsidies)
    with pytest.raises(Refused) as refusal:
        ask(subsidies, award)
    assert [problem.code for problem in refusal.value.problems] == ["interest"]
    assert ask(subsidies, award, interest_fen=12_34).command["interest"] == 12_34


@pytest.mark.django_db
def test_the_database_holds_that_a_number_of_the_bank_names_one_payment(subsidies: Subsidies) -> None:
    award = paid(subsidies)
    one, two = AwardPayment.objects.order_by("seq")
    for bureau, reference in (
        (subsidies.officer.organisation, "HD1"),
        (subsidies.cast.city_bureau.organisation, "X"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentResult.objects.create(
                payment=two, bureau=bureau, succeeded=True, day=AFTER.date(), reference=reference
            )
    assert one.award_id == award.pk


@pytest.mark.django_db
def test_a_bureaus_support_of_a_period_is_what_stood_on_its_last_day(subsidies: Subsidies) -> None:
    """Paid in November; 3,000.00 asked back and given back with interest in March, the other came back in April."""
    subsidies.measure = publish(WITH_INTEREST)
    award = paid(subsidies)
    both = sum(fen_of(one.amount) for one in Award.objects.all())
    back = subsidies.sign(ask(subsidies, award), at=dt.datetime(2027, 3, 10, 4, tzinfo=dt.UTC))
    received = {"fen": 3_028_75, "reference": "GK1", "day": LATER + dt.timedelta(days=1)}
    actions.receive_back(
        by=subsidies.officer, claw_back_id=back.pk, on=LATER + dt.timedelta(days=1), **received
    )
    other = AwardPayment.objects.exclude(award=award).get()
    returned = dt.date(2027, 4, 2)
    came_back = {"day": returned, "on": returned, "reason": "账户已销户"}
    subsidies.sign(
        actions.propose_return(by=subsidies.officer, payment_id=other.pk, **came_back),
        at=dt.datetime(2027, 4, 2, 4, tzinfo=dt.UTC),
    )

    def support(first: dt.date, last: dt.date) -> tuple[int, int, int, int]:
        found = support_in(viewer=subsidies.officer, first=first, last=last)
        return found.awards, found.awarded_fen, found.payments, found.paid_fen

    begin, paid_on = dt.date(2026, 1, 1), AFTER.date()
    assert support(begin, paid_on - dt.timedelta(days=1)) == (0, 0, 0, 0)
    assert support(begin, dt.date(2026, 12, 31)) == (2, both, 2, both)
    assert support(begin, LATER) == (2, both - 3_000_00, 2, both)  # asked back, not yet given back
    assert support(begin, LATER + dt.timedelta(days=1)) == (2, both - 3_000_00, 2, both - 3_000_00)
    assert support(begin, returned) == (2, both - 3_000_00, 1, fen_of(award.amount) - 3_000_00)
    assert support(dt.date(2027, 1, 1), returned) == (0, 0, 0, 0)
