"""What is known of a right reaches the gates, whatever is left out beside it. No database."""

from __future__ import annotations

from types import SimpleNamespace

from tests.scores.ground import ON
from tests.scoring.conftest import CARD, Firms
from valuation.loading import load_scorecard
from valuation.results import Status
from valuation.scores.queries import platform
from valuation.scores.rules import Known
from valuation.scores.rules.taking import given_of, latest
from valuation.scoring import score

THE_CARD = load_scorecard(CARD)
FIRMS = Firms(THE_CARD)


def test_a_right_of_which_nobody_said_its_kind_still_stops_the_score_by_its_facts():
    known = [Known("right.holder_is_pledgor", "ZL1", "value", "否", "登记簿", ON)]
    given = {**FIRMS.plain(), "rights": given_of(THE_CARD, known, ON)["rights"]}
    found = score(THE_CARD, FIRMS.read(given))
    assert found.status is Status.STOPPED
    assert [one.id for one in found.findings if one.hit] == ["g_ownership"]


def said_by_the_platform(monkeypatch, kind="patent", last_day=None, **facts):
    values = {f"right.{name}": value for name, value in facts.items()}
    monkeypatch.setattr(platform, "known_of_right", lambda *_: SimpleNamespace(values=values))
    monkeypatch.setattr(platform, "working_calendar", lambda: None)
    end = SimpleNamespace(last_day=last_day) if last_day else None
    monkeypatch.setattr(platform, "expiry", lambda *_: end)
    right = SimpleNamespace(kind=kind, subtype="invention", number="ZL1")
    return list(platform._of_right(None, right, ON, ON, "本平台登记案件"))


def test_a_right_that_a_court_preserved_is_encumbered_though_no_pledge_runs(monkeypatch):
    known = said_by_the_platform(monkeypatch, running_pledge="false", preserved="true", ended="false")
    stated_the_same_day = Known("right.encumbered", "ZL1", "value", "否", "登记簿", ON, "2026-06-01T23:59")
    speaks = latest([*known, stated_the_same_day], ON)
    assert speaks["right.encumbered", "ZL1"].value == "是"


def test_years_left_are_told_of_what_the_card_values_and_never_spoil_the_score(monkeypatch):
    """A software's fifty years and a register's own last day lie beyond the twenty years of an invention."""
    far = ON.replace(year=ON.year + 46)
    assert said_by_the_platform(monkeypatch, kind="copyright", last_day=far) == []
    known = said_by_the_platform(monkeypatch, last_day=far)
    assert [(one.id, one.value) for one in known] == [
        ("right.kind", "invention"),
        ("right.legal_years_left", "46.0"),
    ]
    given = {**FIRMS.plain(), "rights": given_of(THE_CARD, known, ON)["rights"]}
    assert score(THE_CARD, FIRMS.read(given)).status is not Status.STOPPED


def test_that_no_bad_news_of_a_right_is_known_here_is_no_good_news(monkeypatch):
    known = said_by_the_platform(monkeypatch, running_pledge="false", preserved="false", ended="false")
    assert [one.id for one in known] == ["right.kind"]


def test_of_a_right_that_no_card_values_the_bad_news_is_told(monkeypatch):
    known = said_by_the_platform(monkeypatch, kind="layout", ended="true")
    assert [(one.id, one.value) for one in known] == [("right.lapsed", "是")]
