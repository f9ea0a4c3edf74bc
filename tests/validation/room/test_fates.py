"""The record of grades and the fate of overrides, by the loans that were decided on a score."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from finance.loans.models import LoanReturn
from kernel.money.fields import money_of
from tests.books import lend
from tests.cast import freshly_signed_in as at
from valuation.scores.actions import score_enterprise
from valuation.scores.queries import fates

pytestmark = pytest.mark.django_db
DECIDED, WINDOW_OVER = dt.date(2026, 6, 1), dt.date(2027, 6, 11)


def seen_by(member, on=WINDOW_OVER):
    return fates.watched(viewer=member, on=on)


def fate(score, seen):
    return fates.fate_of(SimpleNamespace(score_id=score.pk, decided_on=DECIDED), seen).state


def again(loan, month, seq=2, since=None, fen=250_000_00):
    LoanReturn.objects.create(
        loan=loan, period=dt.date(2026, month, 1), seq=seq,
        balance=money_of(fen), overdue_since=since, interest_paid=money_of(0), grade="normal",
        reported_on=dt.date(2026, 11, 3), digest=f"{seq}{month:063d}",
    )  # fmt: skip


def test_a_firm_that_never_borrowed_is_in_no_record_and_has_no_fate(cast, allowed):
    score = score_enterprise(by=cast.bank_a.maker, enterprise=cast.enterprise_a.organisation, on=DECIDED)
    seen = seen_by(cast.bank_a.maker)
    assert fates.record(seen) == []
    assert fate(score, seen) == "unknown"


def test_a_default_is_in_the_record_when_the_window_is_over_and_in_the_fate_at_once(cast, decided):
    [row] = fates.record(seen_by(cast.bank_a.maker))
    assert (row.grade, row.firms, row.defaults) == ("B1", 1, 1)
    early = seen_by(cast.bank_a.maker, dt.date(2026, 12, 1))
    assert fates.record(early) == []
    assert fate(decided["score"], early) == "defaulted"


def test_of_a_month_reported_again_the_last_statement_counts(cast, decided):
    again(decided["loan"], 10)
    seen = seen_by(cast.bank_a.maker)
    assert fates.record(seen) == []
    assert fate(decided["score"], seen) == "unknown"
    for month in (6, 8, 9, 11):
        again(decided["loan"], month, 1)
    again(decided["loan"], 12, 1, fen=0)
    seen = seen_by(cast.bank_a.maker)
    assert [(row.firms, row.defaults) for row in fates.record(seen)] == [(1, 0)]
    assert fate(decided["score"], seen) == "sound"


def test_who_was_in_default_when_scored_is_left_out(cast, decided):
    old = lend(
        cast.bank_a.organisation, cast.enterprise_a.organisation, 100_00, disbursed_on=dt.date(2025, 1, 5)
    )
    again(old, 5, 1, since=dt.date(2026, 1, 1))
    assert fates.record(seen_by(cast.bank_a.maker)) == []


def test_the_page_asks_once_for_all_returns_of_the_house(cast, decided, django_assert_max_num_queries):
    with django_assert_max_num_queries(6) as asked:
        fates.record(seen_by(cast.bank_a.maker))
    assert (
        sum("finance_loans_loanreturn" in one["sql"] or "loans_loanreturn" in one["sql"] for one in asked)
        == 1
    )


def test_the_page_of_the_record_shows_rates_as_percent_and_what_too_many_means(cast, decided, monkeypatch):
    """One firm of B1 defaulted: 100 % against its PD; the page once broke as soon as an outcome was known."""
    client = at(cast.bank_a.maker)
    monkeypatch.setattr("valuation.scores.views.record.day_asked", lambda _request: WINDOW_OVER)
    page = client.get("/scores/record/")
    assert page.status_code == 200
    told = page.content.decode()
    assert "2026 B1" in told
    assert "100.00%" in told
    assert "违约偏多" in told


def test_an_empty_record_says_until_when_nothing_can_be_known(cast, decided):
    """Lent on 10 June 2026, watched for twelve months."""
    told = at(cast.bank_a.maker).get("/scores/record/?on=2026-11-01").content.decode()
    assert "还没有结果已知的评分" in told
    assert "1 笔贷款观察期都没有满，最早的一笔到 2027-06-10" in told
