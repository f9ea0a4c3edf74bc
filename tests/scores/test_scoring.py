"""A score is made of what a house may use, keeps what makes it again, and is nobody else's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from finance.loans import actions as loans
from finance.loans.rules import StatedReturn
from kernel.days import today
from kernel.errors import Refused
from kernel.identifiers import new_id
from kernel.work import outbox
from tests.cards.conftest import shipped_text
from tests.loans.stated import stated_loan
from tests.scores.ground import adopt, consent, plain_case, state
from valuation.loading import load_scorecard
from valuation.scores import actions, queries
from valuation.scores.models import InputFact, Score
from valuation.scores.queries.gathering import adoptable, gather
from valuation.scores.queries.replaying import faults
from valuation.scores.rules import Stated

pytestmark = pytest.mark.django_db


def score_of_a(cast, on, by=None) -> Score:
    return actions.score_enterprise(
        by=by or cast.bank_a.maker, enterprise=cast.enterprise_a.organisation, on=on
    )


def test_a_bank_scores_whom_it_may_with_the_points_worked_by_hand(cast, allowed, on):
    row = score_of_a(cast, on)
    assert (row.status, row.answer["K"], row.answer["B"], row.answer["score"], row.grade) == (
        *("scored", "70.5", "91", "81.78"),
        "B1",
    )
    assert row.consents == [allowed.pk]
    line = next(line for line in row.answer["lines"] if line["id"] == "fin_leverage")
    assert (line["value"], line["known_on"], line["source"]) == (
        "50",
        "2026-06-01",
        "算例（企业提供，已核实）",
    )


def test_an_enterprise_scores_itself_without_consent_but_no_other(cast, figures, on):
    assert score_of_a(cast, on, by=cast.enterprise_a.owner).answer["score"] == "81.78"
    with pytest.raises(Refused, match="只能为本企业评分"):
        score_of_a(cast, on, by=cast.enterprise_b.owner)


def test_without_consent_nobody_is_scored_and_the_database_holds_it(cast, allowed, on):
    with pytest.raises(Refused, match="没有有效授权"):
        score_of_a(cast, on, by=cast.bank_b.maker)
    row = score_of_a(cast, on)
    values = {field.attname: getattr(row, field.attname) for field in Score._meta.concrete_fields}
    with pytest.raises(IntegrityError, match="企业未授权"), transaction.atomic():
        Score.objects.create(**{**values, "id": new_id(), "house_id": cast.bank_b.organisation.pk})


def test_what_consent_does_not_name_is_not_queried_and_never_zero(cast, figures, on):
    consent(cast.enterprise_a, cast.bank_a.organisation, kinds=["tax", "statements"])
    adopt(cast.bank_a.maker, cast.enterprise_a.organisation)
    row = score_of_a(cast, on)
    states = {line["id"]: line["state"] for line in row.answer["lines"]}
    assert (states["cr_overdue"], states["rd_staff"], states["fin_leverage"]) == (
        *("not_queried", "not_queried"),
        "value",
    )
    assert row.answer["missing"] == {"K": "14", "B": "18"}
    unknown = [gate["id"] for gate in row.answer["gates"] if gate["answer"] == "unknown"]
    assert unknown == ["g_ownership", "g_overdue_now"]  # of the right the public register alone is known
    assert (row.status, row.letter) == ("provisional", "C")


def test_a_withdrawn_consent_ends_the_use_and_leaves_the_scores_made_before(cast, allowed, on):
    before = score_of_a(cast, on)
    actions.withdraw_consent(by=cast.enterprise_a.owner, consent_id=allowed.pk, reason="", on=on)
    with pytest.raises(Refused, match="没有有效授权"):
        score_of_a(cast, on)
    assert Score.objects.get(pk=before.pk).answer == before.answer
    with pytest.raises(Refused, match="已经撤回"):
        actions.withdraw_consent(by=cast.enterprise_a.owner, consent_id=allowed.pk, reason="", on=on)


def test_a_consent_is_given_by_the_enterprise_itself(cast, card, on):
    with pytest.raises(Refused, match="本岗位"):
        actions.give_consent(
            by=cast.bank_a.maker, receiver=cast.bank_a.organisation, kinds=["tax"], last_day=on, on=on
        )
    with pytest.raises(Refused) as refused:
        actions.give_consent(
            by=cast.enterprise_a.owner, receiver=cast.guarantor.organisation, kinds=["fortune"],
            last_day=on - dt.timedelta(days=1), on=on,
        )  # fmt: skip
    assert [one.code for one in refused.value.problems] == ["receiver", "sources", "last_day"]


def test_what_is_too_old_counts_as_not_queried_and_says_so(cast, allowed, on):
    later = on + dt.timedelta(days=46)
    row = score_of_a(cast, later)
    line = next(line for line in row.answer["lines"] if line["id"] == "fin_invoice_stability")
    assert (line["state"], line["stale"]) == ("not_queried", True)


def test_a_bank_states_only_what_it_was_allowed_to_ask(cast, card, on):
    firm, bank = cast.enterprise_a.organisation, cast.bank_a
    with pytest.raises(Refused, match="没有可录入的企业"):
        state(bank.maker, firm, plain_case("成长期，完整"))
    consent(cast.enterprise_a, bank.organisation, kinds=["tax"])
    row = Stated("cr_overdue", "", "value", "0", "征信报告", on.isoformat())
    with pytest.raises(Refused, match="没有授权“征信”"):
        actions.record_inputs(by=bank.maker, rows=[("", firm.credit_code, row)], on=on)
    assert not InputFact.objects.exists()


def test_another_banks_statements_are_not_used(cast, allowed, on):
    consent(cast.enterprise_a, cast.bank_b.organisation)
    worse = Stated("fin_leverage", "", "value", "99", "乙行尽调", on.isoformat())
    actions.record_inputs(
        by=cast.bank_b.maker, rows=[("", cast.enterprise_a.organisation.credit_code, worse)], on=on
    )
    assert score_of_a(cast, on).answer["score"] == "81.78"
    of_b = score_of_a(cast, on, by=cast.bank_b.maker).answer["lines"]
    assert [line["value"] for line in of_b if line["id"] == "fin_leverage"] == ["99"]


def test_a_correction_is_a_later_row_that_points_at_the_earlier(cast, allowed, on):
    firm = cast.enterprise_a
    code = firm.organisation.credit_code
    again = Stated("fin_leverage", "", "value", "60", "审计报告更正", on.isoformat())
    (fact,) = actions.record_inputs(by=firm.owner, rows=[("", code, again)], on=on)
    assert fact.corrects is not None
    assert fact.corrects.value == "50"
    # 65.5 以下档得 10 分，少 4 分：B 87；31.725+0.55×87=79.575
    assert score_of_a(cast, on, by=firm.owner).answer["score"] == "79.58"


def test_a_banks_score_is_moved_by_what_the_firm_says_of_itself_only_when_the_bank_has_taken_it_over(
    cast, allowed, on
):
    firm, bank, later = cast.enterprise_a, cast.bank_a, on + dt.timedelta(days=1)
    better = Stated("fin_leverage", "", "value", "10", "自述", later.isoformat())
    actions.record_inputs(by=firm.owner, rows=[("", firm.organisation.credit_code, better)], on=later)
    assert gather(bank.organisation, firm.organisation, later, load_scorecard(shipped_text())).unproven == ()
    (told,) = adoptable(viewer=bank.maker, enterprise=firm.organisation, on=later)
    assert score_of_a(cast, later).answer["score"] == "81.78"
    actions.adopt_inputs(by=bank.maker, enterprise=firm.organisation, facts=[told.pk], on=later)
    line = next(line for line in score_of_a(cast, later).answer["lines"] if line["id"] == "fin_leverage")
    assert (line["value"], line["known_on"]) == ("10", later.isoformat())
    with pytest.raises(Refused, match="所选的数据已变动"):
        actions.adopt_inputs(by=bank.maker, enterprise=firm.organisation, facts=[told.pk], on=later)
    with pytest.raises(Refused, match="没有选择"):
        actions.adopt_inputs(by=bank.maker, enterprise=firm.organisation, facts=[], on=later)


def test_what_only_the_firm_says_makes_no_score_in_a_bank_and_is_named(cast, figures, on):
    consent(cast.enterprise_a, cast.bank_a.organisation)
    row = score_of_a(cast, on)
    assert (row.status, row.grade) == ("thin", "")
    gathered = gather(
        cast.bank_a.organisation, cast.enterprise_a.organisation, on, load_scorecard(shipped_text())
    )
    assert "资产负债率" in gathered.unproven


def test_an_authoritys_record_outranks_what_the_firm_says_of_itself_later(cast, figures, on):
    firm, clerk = cast.enterprise_a, cast.ip_bureau.clerk
    code, later = firm.organisation.credit_code, on + dt.timedelta(days=1)
    consent(cast.enterprise_a, cast.ip_bureau.organisation)
    record = Stated("fin_leverage", "", "value", "60", "市场监管年报", on.isoformat())
    actions.record_inputs(by=clerk, rows=[("", code, record)], on=on)
    better = Stated("fin_leverage", "", "value", "10", "自述", later.isoformat())
    actions.record_inputs(by=firm.owner, rows=[("", code, better)], on=later)
    line = next(
        line
        for line in score_of_a(cast, later, by=firm.owner).answer["lines"]
        if line["id"] == "fin_leverage"
    )
    assert line["value"] == "60"


HOSTILE = ("NaN", "Infinity", "-inf", "1e9", "-3", "９", "0x10", "x" * 1_000_000, "12\x00", "1,000")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_figure_is_told_and_nothing_is_kept(cast, card, on, value):
    firm = cast.enterprise_a
    row = Stated("ip_class2", "", "value", value, "登记簿", on.isoformat())
    with pytest.raises(Refused) as refused:
        actions.record_inputs(by=firm.owner, rows=[("第2行", firm.organisation.credit_code, row)], on=on)
    (problem,) = refused.value.problems
    assert problem.where.startswith("第2行 Ⅱ类知识产权数")
    assert len(str(problem)) < 400
    assert not InputFact.objects.exists()


def test_a_day_to_come_is_refused(cast, card, on):
    row = Stated("ip_class2", "", "value", "3", "登记簿", (on + dt.timedelta(days=1)).isoformat())
    with pytest.raises(Refused, match="晚于评分日"):
        actions.record_inputs(
            by=cast.enterprise_a.owner, rows=[("", cast.enterprise_a.organisation.credit_code, row)], on=on
        )


def test_every_stored_score_replays_and_one_that_does_not_is_named(cast, allowed, on):
    row = score_of_a(cast, on)
    actions.quote_line(by=cast.bank_a.maker, score_id=row.pk, asked={"compensation_share": "0.8"}, on=on)
    assert faults() == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Score.objects.filter(pk=row.pk).update(score=9999)
    values = {field.attname: getattr(row, field.attname) for field in Score._meta.concrete_fields}
    Score.objects.create(**{**values, "id": new_id(), "pd": row.pd + 1})
    assert [sentence.partition("：")[2] for sentence in faults()] == ["状态重算不符"]


def test_the_line_names_its_binding_term_by_hand(cast, allowed, on):
    """B1、补偿 0.8：上限 400；销售收入 1500 万 × 0.25 = 375；信用部分 400/2 = 200，无质押物：取 200。"""
    row = score_of_a(cast, on)
    quote = actions.quote_line(
        by=cast.bank_a.maker,
        score_id=row.pk,
        asked={"compensation_share": "0.8", "request_wan": "500"},
        on=on,
    )
    assert (quote.outcome, quote.amount.amount, quote.bound_by) == (
        "offered",
        Decimal("2000000.00"),
        "security",
    )
    above = actions.quote_line(by=cast.bank_a.maker, score_id=row.pk, asked={"request_wan": "1001"}, on=on)
    assert (above.outcome, above.amount.amount) == ("appraisal", Decimal(0))
    with pytest.raises(Refused):
        actions.quote_line(by=cast.bank_a.maker, score_id=row.pk, asked={"compensation_share": "NaN"}, on=on)


def test_what_the_firm_owes_the_house_already_counts_without_being_typed_and_cannot_be_understated(
    cast, allowed, on
):
    """信用部分 200 万起作用；在册余额 50 万 + 530,000.01 元，进到元为 103.0001 万；余 96.9999，按 10 万取整为 90 万。"""
    lender, row = cast.bank_a, score_of_a(cast, on)
    firm = cast.enterprise_a.organisation
    for number, fen in (("YC1", 500_000_00), ("YC2", 1_000_000_00)):
        stated = stated_loan(
            bank_loan_no=number, contract_no=f"渝借{number}", principal_fen=fen, disbursed_on=dt.date(2026, 5, 6),
            due_on=dt.date(2027, 5, 5), borrower_name=firm.name, credit_code=firm.credit_code,
        )  # fmt: skip
        loans.enter_loan(by=lender.checker, bank=lender.organisation, stated=stated, on=on)
    paid_back = StatedReturn(
        bank_loan_no="YC2", period=dt.date(2026, 5, 1), balance_fen=530_000_01, overdue_since=None,
        interest_paid_fen=0, grade="normal",
    )  # fmt: skip
    loans.enter_return(by=lender.checker, bank=lender.organisation, stated=paid_back, on=on)
    share = {"compensation_share": "0.8"}
    quote = actions.quote_line(by=lender.maker, score_id=row.pk, asked=share, on=on)
    assert quote.ask["existing_exposure_wan"] == "103.0001"
    assert (quote.amount.amount, quote.bound_by) == (Decimal("900000.00"), "security")
    asked = share | {"existing_exposure_wan": "103"}
    with pytest.raises(Refused, match=r"已有余额.*103\.0000万元.*103\.0001万元"):
        actions.quote_line(by=lender.maker, score_id=row.pk, asked=asked, on=on)
    more = actions.quote_line(
        by=lender.maker, score_id=row.pk, asked=share | {"existing_exposure_wan": "150"}, on=on
    )
    assert more.amount.amount == Decimal("500000.00")


def test_nobody_sees_anothers_score(cast, allowed, on):
    row = score_of_a(cast, on)
    assert list(queries.scores(viewer=cast.bank_a.checker)) == [row]
    assert not queries.scores(viewer=cast.bank_b.maker).exists()
    assert list(queries.scores_told(viewer=cast.enterprise_a.owner)) == [row]
    assert not queries.scores_told(viewer=cast.enterprise_b.owner).exists()
    for member in (cast.city_bureau.officer, cast.auditor.member, cast.ip_bureau.clerk):
        assert not queries.scores(viewer=member).exists()
    with pytest.raises(Score.DoesNotExist):
        actions.quote_line(by=cast.bank_b.maker, score_id=row.pk, asked={}, on=on)


def test_a_bureau_too_states_only_what_the_firm_allowed_it_to_ask_and_public_records_freely(cast, card, on):
    firm = cast.enterprise_a.organisation
    row = Stated("cr_overdue", "", "value", "0", "征信报告", on.isoformat())
    open_to_all = Stated("firm_age", "", "value", "5", "市场监管登记", on.isoformat())
    for by in (cast.ip_bureau.clerk, cast.city_bureau.officer):
        with pytest.raises(Refused, match="没有授权“征信”"):
            actions.record_inputs(by=by, rows=[("", firm.credit_code, row)], on=on)
        actions.record_inputs(by=by, rows=[("", firm.credit_code, open_to_all)], on=on)
    assert set(InputFact.objects.values_list("name", flat=True)) == {"firm_age"}


def test_a_portfolio_is_scored_by_the_consents_of_the_day_on_which_the_worker_comes_to_it(cast, allowed, on):
    job = actions.rescore_portfolio(by=cast.bank_a.maker, on=on)
    actions.withdraw_consent(by=cast.enterprise_a.owner, consent_id=allowed.pk, reason="", on=today())
    outbox.drain(kinds=("scores.rescore",))
    assert not Score.objects.exists()
    job.refresh_from_db()
    assert job.state == "done"


def test_a_line_is_quoted_on_the_latest_score_alone_and_while_consent_stands(cast, allowed, on):
    before, after = score_of_a(cast, on), score_of_a(cast, on)
    with pytest.raises(Refused, match="最新的评分"):
        actions.quote_line(by=cast.bank_a.maker, score_id=before.pk, asked={}, on=on)
    actions.quote_line(by=cast.bank_a.maker, score_id=after.pk, asked={}, on=on)
    actions.withdraw_consent(by=cast.enterprise_a.owner, consent_id=allowed.pk, reason="", on=on)
    with pytest.raises(Refused, match="没有有效授权"):
        actions.quote_line(by=cast.bank_a.maker, score_id=after.pk, asked={}, on=on)
