"""Enforcing a pledge: not before the debt is due, and what it brings against the claim, as amounts with their source."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from finance.pledges.rules.settlement import CLAIM, settle
from finance.pledges.secured import SecuredLoan
from kernel.errors import Refused
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.filed import Worked, sound
from tests.pledges.test_steps import DAY, NEXT, REALISED


@laid
def patent(cast):
    return Worked(cast).registered()


DEBT_ENDS = dt.date(2027, 7, 20)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "ends_on", "sentence"),
    [
        (NEXT, "2027-07-20", "2026-11-23 债务还没有到期：履行期限至 2027-07-20 届满"),
        (DEBT_ENDS, "2027-07-20", "2027-07-20 债务还没有到期"),
        (DEBT_ENDS + DAY, "2027-07-20", ""),
        (NEXT, None, "不知道债务是否到期"),
    ],
)
def test_a_debt_is_unpaid_only_once_its_day_is_over(patent, monkeypatch, day, ends_on, sentence):
    patent.today = DEBT_ENDS + 10 * DAY
    if ends_on is None:  # as stated before the day was asked for
        contents = sound()
        del contents["contract"]["debt_ends_on"]
        monkeypatch.setattr("finance.pledges.queries.of_files.contents_of", lambda file: contents)
    asked = {"default_event": "unpaid", "default_on": day.isoformat(), "default_source": "催收函1号"}
    if not sentence:
        assert patent.say(patent.bank.maker, "enforce", day, asked=asked).after == "enforcing"
        return
    with pytest.raises(Refused, match=sentence):
        patent.say(patent.bank.maker, "enforce", day, asked=asked)
    assert patent.now.state == "registered"


def enforcing(worked):
    asked = {"default_event": "agreed", "default_on": NEXT.isoformat(), "default_source": "违约通知1号"}
    worked.say(worked.bank.maker, "enforce", NEXT, asked=asked)
    worked.attach("PAT-M13", "PAT-M14")
    return worked


@pytest.mark.django_db
def test_what_a_realised_pledge_brings_is_kept_as_amounts_and_shown(patent):
    """Claim 4,000,000 + 150,000 + 50,000 = 4,200,000; sold for 4,500,000: 300,000 are the pledgor's, nothing is short."""
    told_so = {"asked": REALISED | {"realised": 450_000_000}, "stated": frozenset({"act.end_proven"})}
    act = enforcing(patent).both("close_enforcement", NEXT + DAY, **told_so)
    assert act.details["settlement"] == {
        "claim_fen": 420_000_000, "proceeds_fen": 450_000_000, "to_creditor_fen": 420_000_000,
        "surplus_fen": 30_000_000, "shortfall_fen": 0, "ceiling_fen": None,
    }  # fmt: skip
    page = (
        freshly_signed_in(patent.owner).get(reverse("pledges:file", args=[patent.file.pk])).content.decode()
    )
    assert "超过部分，归出质人</span> 300,000.00" in page
    assert "不足部分，由债务人清偿</span> 0.00" in page


@pytest.mark.django_db
def test_a_maximum_amount_pledge_gives_no_more_than_its_registered_ceiling(cast):
    """Registered 4,000,000 (agreed 5,000,000), claim 4,200,000, sold for 4,500,000: 500,000 over, 200,000 short."""
    contents = sound()
    contents["contract"] |= {"ceiling_fen": 500_000_000}
    worked = Worked(cast)
    worked.state = lambda: Worked.state(worked, contents)
    worked.registered(asked={"registered_amount": 400_000_000})
    told_so = {"asked": REALISED | {"realised": 450_000_000}, "stated": frozenset({"act.end_proven"})}
    act = enforcing(worked).both("close_enforcement", NEXT + DAY, **told_so)
    kept = act.details["settlement"]
    assert (kept["to_creditor_fen"], kept["surplus_fen"], kept["shortfall_fen"], kept["ceiling_fen"]) == (
        400_000_000, 50_000_000, 20_000_000, 400_000_000,
    )  # fmt: skip


@pytest.mark.django_db
def test_an_end_of_enforcement_tells_every_amount_that_is_missing(patent):
    answers = REALISED | dict.fromkeys(CLAIM, 0) | {"claim_source": ""}
    told_so = {"asked": answers, "stated": frozenset({"act.end_proven"})}
    with pytest.raises(Refused) as refused:
        enforcing(patent).both("close_enforcement", NEXT + DAY, **told_so)
    assert [(one.where, one.found) for one in refused.value.problems] == [
        ("债权数额和所得的依据（结清单、成交文件、裁定书等的编号）", "未填写"),
        ("实现时所担保的债权本金（元）", "债权合计为零"),
    ]


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.none() | st.integers(0, 10**12))
def test_a_settlement_loses_no_fen_and_goes_over_no_ceiling(claim, proceeds, ceiling):
    done = settle(claim, proceeds, ceiling)
    assert done.to_creditor_fen + done.surplus_fen == proceeds
    assert done.to_creditor_fen + done.shortfall_fen == claim
    assert min(done.to_creditor_fen, done.surplus_fen, done.shortfall_fen) >= 0
    assert done.to_creditor_fen <= (ceiling if ceiling is not None else claim)
    assert done.surplus_fen == 0 or done.shortfall_fen == 0 or done.to_creditor_fen == ceiling


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "due"),
    [
        ({"ends_on": NEXT - DAY}, True),  # a drawing of its own, due before the contract's last day
        ({"ends_on": NEXT}, False),
        ({"ends_on": DEBT_ENDS, "overdue_since": NEXT}, True),  # an instalment that was not paid
        ({"ends_on": DEBT_ENDS, "overdue_since": NEXT + DAY}, False),
        ({"ends_on": NEXT - DAY, "settled": True}, False),
    ],
)
def test_a_loan_or_an_instalment_of_it_may_be_due_before_the_contracts_last_day(
    patent, monkeypatch, told, due
):
    given = {"settled": False, **told}
    loan = SecuredLoan("L1", NEXT - 30 * DAY, balance_fen=100, **given)
    monkeypatch.setattr("finance.pledges.actions.wanting.loans_behind", lambda *_, **__: [loan])
    asked = {"default_event": "unpaid", "default_on": NEXT.isoformat(), "default_source": "催收函1号"}
    if due:
        assert patent.say(patent.bank.maker, "enforce", NEXT, asked=asked).after == "enforcing"
        return
    with pytest.raises(Refused, match="债务还没有到期"):
        patent.say(patent.bank.maker, "enforce", NEXT, asked=asked)


@pytest.mark.django_db
def test_principal_beyond_what_was_registered_is_told(cast):
    worked = enforcing(Worked(cast).registered(asked={"registered_amount": 400_000_000}))
    told = {**REALISED, "claim_principal": 500_000_000}
    act = worked.both("close_enforcement", NEXT, asked=told, stated=frozenset({"act.end_proven"}))
    assert act.details["beyond_registered_fen"] == 100_000_000
    page = (
        freshly_signed_in(worked.owner).get(reverse("pledges:file", args=[worked.file.pk])).content.decode()
    )
    assert "所填本金高于登记的担保数额 4,000,000.00 元，超过的 1,000,000.00 元未经登记" in page
