"""One applicant: laws of the score, replay, what hostile input is told, what would lift the grade."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from kernel.errors import Refused
from tests.scoring.conftest import CARD, Firms
from valuation.bulk import STATUSES, columns_of, score_many
from valuation.calibration import pd_millionths
from valuation.cards.aloud import read_aloud
from valuation.inputs import Application, State
from valuation.loading import load_scorecard
from valuation.prospects import prospects
from valuation.results import Status
from valuation.scoring import replay, score, total_with
from valuation.terms import HIGHER

THE_CARD = load_scorecard(CARD)
ANOTHER_READING = load_scorecard(CARD)
FIRMS = Firms(THE_CARD)
NUMERIC = [scale.id for _, scale in THE_CARD.inputs.values() if scale.bins]
FULL = "成长期，完整"


def figures(name: str) -> st.SearchStrategy[Decimal]:
    """Any figure the scale allows up to its peak, so that one direction holds."""
    scale = THE_CARD.inputs[name][1]
    assert scale.allowed
    high = min(scale.allowed.high, Decimal(300))
    if scale.peak is not None:
        high = min(high, scale.peak - Decimal("0.01"))
    places = 0 if scale.allowed.whole else 2
    return st.decimals(scale.allowed.low, high, places=places)


@given(st.data(), st.sampled_from(NUMERIC))
def test_a_better_figure_never_lowers_the_points_or_the_score(data, name):
    indicator, scale = THE_CARD.inputs[name]
    first, second = sorted(data.draw(st.tuples(figures(name), figures(name))))
    worse, better = (first, second) if scale.better == HIGHER else (second, first)
    base = "收入小，研发看成本口径" if name == "rd_cost_share" else FULL
    low, high = (FIRMS.scored(base, **{name: str(figure)}) for figure in (worse, better))
    points = [next(line.points for line in one.lines if line.indicator is indicator) for one in (low, high)]
    assert points[0] <= points[1]
    if name != "firm_age":  # another stage has other weights
        assert low.score <= high.score
        assert low.pd >= high.pd


@given(st.integers(0, 9999))
def test_a_higher_score_never_has_a_higher_pd_or_a_worse_grade(hundredths):
    pds = [pd_millionths(THE_CARD.calibration, one) for one in (hundredths, hundredths + 1)]
    assert pds[0] >= pds[1]
    places = [THE_CARD.grades.index(THE_CARD.grade_of(one)) for one in (hundredths, hundredths + 1)]
    assert places[0] >= places[1]


@given(st.data(), st.lists(st.sampled_from(NUMERIC), min_size=1, max_size=5, unique=True))
def test_what_is_not_queried_stays_inside_the_band_whatever_it_turns_out_to_be(data, names):
    names = [name for name in names if name not in ("firm_age", "rd_cost_share")]
    unknown = FIRMS.scored(**dict.fromkeys(names, "not_queried"))
    if unknown.status is Status.THIN:
        return
    known = {}
    for name in names:
        allowed = THE_CARD.inputs[name][1].allowed
        known[name] = str(data.draw(st.integers(int(allowed.low), int(allowed.high))))
    low, high = unknown.band
    assert low <= FIRMS.scored(**known).score <= high
    assert low <= unknown.score <= high


def test_three_absences_are_three_answers():
    none, unasked, inapplicable = (
        next(line for line in FIRMS.scored(tm_core_age=word).lines if line.indicator.id == "tm_core_age")
        for word in ("queried_none", "not_queried", "not_applicable")
    )
    assert [one.state for one in (none, unasked, inapplicable)] == [
        State.QUERIED_NONE, State.NOT_QUERIED, State.NOT_APPLICABLE,
    ]  # fmt: skip
    assert [(one.points, one.least, one.most) for one in (none, unasked)] == [(0, 0, 0), (100, 0, 500)]


def test_leaving_an_indicator_out_is_not_querying_it():
    plain = FIRMS.plain(cr_tax_grade="not_queried")
    del plain["indicators"]["cr_tax_grade"]
    left_out = score(THE_CARD, FIRMS.read(plain))
    assert (left_out.score, left_out.missing) == (
        FIRMS.scored(cr_tax_grade="not_queried").score, {"K": 0, "B": 900},
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(FIRMS.cases))
def test_a_stored_score_is_worked_out_again_to_the_last_figure(name):
    found = FIRMS.scored(name)
    stored = json.loads(json.dumps(found.plain()))
    assert replay(ANOTHER_READING, stored).plain() == stored


def test_a_score_is_not_replayed_under_another_card():
    stored = FIRMS.scored().plain() | {"digest": "0" * 64}
    with pytest.raises(AssertionError):
        replay(THE_CARD, stored)


def test_pd_is_the_formula_of_the_design():
    """7.3 gives 40 -> 8.9 %, 50 -> 5.2 %, 60 -> 3.0 %, 70 -> 1.7 %, 80 -> 0.97 %, 90 -> 0.54 %."""
    told = {40: 8.9, 50: 5.2, 60: 3.0, 70: 1.7, 80: 0.97, 90: 0.54}
    found = {points: pd_millionths(THE_CARD.calibration, points * 100) / 10_000 for points in told}
    assert found == pytest.approx(told, rel=0.02)


def test_with_a_high_anchor_a_full_score_has_the_grade_of_its_pd_and_not_the_best():
    """Anchor 10 %: odds of 9 * 2^(40/12) = 90.7 at 100 points, PD 1.09 %: B1, between 0.846 % (A2) and 1.407 % (B2)."""
    text = CARD.read_text(encoding="utf-8").replace("anchor_pd: '0.030'", "anchor_pd: '0.10'")
    card = load_scorecard(text)
    best = FIRMS.read(FIRMS.plain("各项最好"))
    alone, book = score(card, best), score_many(card, columns_of(card, [best]))
    assert (alone.score, alone.grade, round(alone.pd / 10_000, 2)) == (10_000, "B1", 1.09)
    assert card.grades[book.grade[0]].id == "B1"
    said = [one for section in read_aloud(card) for one in section.lines]
    assert [one.text for one in said if one.key == "grade.A1"] == ["A1（A）：中值 0.0035，满分也达不到"]
    assert (prospects(card, alone).target, prospects(card, alone).lift) == ("A2", ())


def test_the_range_of_a_pd_is_the_prior_of_so_many_firm_years():
    found = FIRMS.scored("各项最差")
    assert found.pd == 300_000
    # 30 defaults in 100 firm-years: Beta(30, 70), equal tails
    tails = betainc(30, 70, [one / 1e6 for one in found.pd_band])
    assert list(tails) == pytest.approx([0.05, 0.95], abs=5e-4)


def test_reasons_are_what_each_indicator_cost_heaviest_first():
    found = FIRMS.scored()
    costs = [reason.cost for reason in found.reasons]
    assert costs == sorted(costs, reverse=True)
    # ip_family: 4 of 7 points or 5 lost, 0.45 * 5 = 2.25
    assert (found.reasons[0].id, found.reasons[0].cost) == ("ip_family", 225)
    assert abs(sum(costs) - (10000 - found.score)) <= len(costs)


def test_a_reason_is_true_of_the_bin_it_stands_beside():
    by_id = {
        reason.id: reason.text for reason in FIRMS.scored(cr_overdue="queried_none", fin_growth=250).reasons
    }
    assert "没有信贷记录" in by_id["cr_overdue"]
    assert "过快" in by_id["fin_growth"]
    stale = FIRMS.scored(cr_overdue={"value": 0, "known_on": "2026-01-01"})
    assert "已超过30天" in next(reason.text for reason in stale.reasons if reason.id == "cr_overdue")


# --- what would lift it ---------------------------------------------------------------------------------------------


def test_the_smallest_change_lifts_the_grade_and_nothing_smaller_does():
    found = FIRMS.scored()
    ahead = prospects(THE_CARD, found)
    [change] = ahead.lift
    assert (ahead.target, ahead.needed) == ("A2", 8231 - 8178)
    assert FIRMS.scored(ip_class2=5).grade == "A2"
    assert (change.id, change.score) == ("ip_class2", FIRMS.scored(ip_class2=5).score)
    assert all(other.points >= change.points for other in ahead.others)


def test_several_changes_together_when_one_is_not_enough():
    found = FIRMS.scored(fin_profit=-10, cr_tax_grade="M")
    ahead = prospects(THE_CARD, found)
    assert len(ahead.lift) > 1
    points = {line.indicator.id: line.points for line in found.lines}
    changed = {change.id: points[change.id] + change.points for change in ahead.lift}
    target = next(grade for grade in THE_CARD.grades if grade.id == ahead.target)
    assert total_with(THE_CARD, found, changed) >= target.score_from
    for left_out in changed:
        fewer = {name: points for name, points in changed.items() if name != left_out}
        assert total_with(THE_CARD, found, fewer) < target.score_from


def test_under_a_cap_the_gate_is_told_and_no_points_are_promised():
    ahead = prospects(THE_CARD, FIRMS.scored("核心标的有争议"))
    assert ahead.lift == ()
    assert ahead.blocked_by[0][0] == "核心标的权利状态有争议"


def test_no_points_are_promised_past_the_best_grade_a_gate_allows():
    """Leverage 95 % (-14), overdue 40 days (-18): B 59; 0.45 * 70.5 + 0.55 * 59 = 64.175, C1 by itself. A right in dispute
    stops at C, so that B2 cannot be reached by points though nothing is capped yet."""
    disputed = FIRMS.plain("核心标的有争议", ip_inventions_own=3, fin_leverage=95, cr_overdue=40)
    disputed["rights"][0]["counted_in"] = []
    found = score(THE_CARD, FIRMS.read(disputed))
    assert (found.score, found.grade, found.capped_by) == (6418, "C1", ())
    ahead = prospects(THE_CARD, found)
    assert (ahead.target, ahead.lift, ahead.others) == ("", (), ())
    assert [reason for reason, _ in ahead.blocked_by] == ["核心标的权利状态有争议"]


def test_a_stopped_firm_is_told_its_gate_and_a_gate_nobody_asked_about_is_not_told_as_found():
    stopped = prospects(THE_CARD, FIRMS.scored("失信名单"))
    assert (stopped.lift, stopped.blocked_by[0][0]) == ((), "企业被列入失信或异常名单")
    unasked = prospects(THE_CARD, FIRMS.scored("标的查封情况未查询"))
    assert unasked.blocked_by == (("已存在在先有效质押登记或查封冻结：尚未查询", ""),)


def test_no_bin_past_a_peak_is_offered_and_nobody_is_told_to_do_less():
    """Growth 7 % (6) and margin 8 % (12): B 91; A2 is 0.53 points off. Growth of 100 % and more brings 7, nearest
    in points and farthest in truth; the smallest change is one more kind of class II right (1.5 points)."""
    ahead = prospects(THE_CARD, FIRMS.scored(fin_growth=7, fin_profit=8))
    assert (ahead.needed, [change.id for change in ahead.lift]) == (53, ["ip_class2"])
    offered = {change.id: change.after for change in ahead.others}
    assert offered["fin_growth"] == "10 至 15 以下"
    past = prospects(THE_CARD, FIRMS.scored(fin_growth=150, rd_intensity=45))
    assert {"fin_growth", "rd_intensity"}.isdisjoint(change.id for change in (*past.lift, *past.others))


def test_a_settled_lawsuit_is_a_way_up_and_a_lost_mark_a_way_down_but_no_firm_grows_younger():
    """Lawsuits of 3 % bring 6, none at all 8. A2 is 0.53 points off, 2 * 0.55 are enough."""
    ahead = prospects(THE_CARD, FIRMS.scored(cr_litigation=3, fin_profit=8))
    assert ("cr_litigation", "查无") in {(change.id, change.after) for change in (*ahead.lift, *ahead.others)}
    weak = {"fin_leverage": 95, "fin_profit": -30, "fin_liquidity": "0.2", "fin_growth": -30, "rd_staff": 3}
    # B 51, K 64.5: 29.025 + 28.05 = 57.075, 0.6 above C1; two points of age would be 1.1, four of the mark 1.8
    falls = prospects(THE_CARD, FIRMS.scored(**weak, cr_tax_grade="M", ip_class2=1)).falls
    told = {fall.id: fall.after for fall in falls}
    assert "firm_age" not in told
    assert told["tm_core_age"] == "查无"


def test_the_best_answer_on_the_scale_that_was_used_costs_nothing():
    """Below two million of sales R&D is looked at against costs: 30 % and more is the best there, 10 of 12 points."""
    found = FIRMS.scored("收入小，研发看成本口径", rd_cost_share=30)
    assert next(line.points for line in found.lines if line.indicator.id == "rd_intensity") == 1000
    assert "rd_intensity" not in {reason.id for reason in found.reasons}


@pytest.mark.parametrize(
    ("where", "name", "absent", "code"),
    [
        ("firm", "dishonest", "not_applicable", "applies"),
        ("firm", "overdue_days_now", "not_applicable", "applies"),
        ("right", "encumbered", "not_applicable", "applies"),
        ("right", "holder_is_pledgor", "not_applicable", "applies"),
        ("right", "holder_is_pledgor", "queried_none", "always_there"),
    ],
)
def test_no_gate_is_passed_by_saying_that_its_question_has_no_meaning(where, name, absent, code):
    plain = FIRMS.plain()
    facts = plain["firm"] if where == "firm" else plain["rights"][0]["facts"]
    facts[name] = {"absent": absent, "source": "公示系统", "known_on": "2026-06-01"}
    with pytest.raises(Refused) as refused:
        FIRMS.read(plain)
    assert [problem.code for problem in refused.value.problems] == [code]
    # a card that was published before it could say so reads what was stated then
    before = (
        CARD.read_text(encoding="utf-8")
        .replace(", absences: [queried_none]}", "}")
        .replace(", absences: []}", "}")
    )
    assert score(load_scorecard(before), Application.from_plain(plain, load_scorecard(before))).score == 8178


def test_what_an_unknown_gate_does_is_what_the_card_says_of_firms_and_of_rights_alike():
    text = CARD.read_text(encoding="utf-8")
    assert text.count("effects: [{cap: C}, provisional]\n  mark: assumed\n\nindicators") == 1
    card = load_scorecard(
        text.replace("[{cap: C}, provisional]\n  mark: assumed\n\nind", "[{cap: D}]\n  mark: assumed\n\nind")
    )
    firms = [FIRMS.read(FIRMS.plain(name)) for name in ("失信名单未查询，不当作通过", "标的查封情况未查询")]
    book = score_many(card, columns_of(card, firms))
    for row, firm in enumerate(firms):
        alone = score(card, firm)
        assert (alone.status, alone.grade) == (Status.SCORED, "D1")
        assert (STATUSES[book.status[row]], card.grades[book.grade[row]].id) == (alone.status, alone.grade)


def test_what_would_lower_the_grade_is_one_bin_away():
    weak = {"fin_leverage": 95, "fin_profit": -30, "fin_liquidity": "0.2", "fin_growth": -30, "rd_staff": 3}
    found = FIRMS.scored(**weak)
    now = THE_CARD.grade_of(found.score)
    ahead = prospects(THE_CARD, found)
    assert ahead.falls
    assert all(fall.score < now.score_from for fall in ahead.falls)
    assert ahead.margin == found.score - now.score_from


# --- hostile input --------------------------------------------------------------------------------------------------

LONG = "9" * 1_000_000


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "number"),
        (float("inf"), "number"),
        (12.5, "number"),
        ("NaN", "number"),
        ("1e5", "number"),
        ("１２", "number"),
        ("12\n", "number"),
        (LONG, "number"),
        (10**5000, "number"),
        (True, "number"),
        (None, "number"),
        (["12"], "number"),
        (-1, "range"),
        (100001, "range"),
        ("1.5", "whole"),
    ],
    ids=range(15),
)
def test_a_hostile_figure_is_refused_in_a_short_sentence(value, code):
    with pytest.raises(Refused) as refused:
        FIRMS.scored(ip_inventions_own={"value": value})
    [problem] = refused.value.problems
    assert problem.code == code
    assert "有效自主发明专利数" in problem.where
    assert len(str(problem)) < 200


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ({"value": 3, "known_on": "2026-06-02"}, "future"),
        ({"value": 3, "known_on": "2026-02-30"}, "date"),
        ({"value": 3, "source": ""}, "words"),
        ({"value": 3, "source": "甲" * 1_000_000}, "words"),
        ({"value": 3, "absent": "not_queried"}, "form"),
        ({"absent": "unknown"}, "absent"),
        ({"absent": "not_applicable"}, "applies"),
        ({"value": 3, "guess": 1}, "unknown_key"),
    ],
    ids=range(8),
)
def test_a_statement_without_its_source_day_or_kind_is_refused(plain, code):
    with pytest.raises(Refused) as refused:
        FIRMS.scored(ip_inventions_own=plain)
    assert code in {problem.code for problem in refused.value.problems}


def test_every_fault_is_told_at_once_and_what_never_counts_is_not_taken():
    plain = FIRMS.plain(ip_class2={"value": -3}, fin_growth={"value": "much"}, cr_tax_grade={"value": "S"})
    plain["indicators"]["loan_term"] = {"value": 12}
    plain["rights"] = [
        {"id": "ZL1", "kind": "plant"},
        {"id": "ZL1", "kind": "invention", "counted_in": ["rd_staff"]},
    ]
    with pytest.raises(Refused) as refused:
        FIRMS.read(plain)
    assert {problem.code for problem in refused.value.problems} == {
        "range", "number", "word", "unknown_key", "unknown", "duplicate",
    }  # fmt: skip
    assert len(refused.value.problems) == 7


@pytest.mark.parametrize(
    "plain", [None, [], "x", {"on": LONG}, {"on": None}, {"on": "2026-06-01", "rights": LONG}]
)
def test_what_is_no_application_is_refused_and_not_scored(plain):
    with pytest.raises(Refused):
        FIRMS.read(plain)


def test_a_grade_capped_by_what_nobody_asked_is_not_blamed_on_what_was_found():
    """Right A is pledged already, which costs its value alone; that nobody asked about B stops the grade at C."""
    plain = FIRMS.plain()
    [first] = plain["rights"]
    said = {"value": "是", "source": "登记簿", "known_on": plain["on"]}
    second = {**first, "id": "ZL2", "facts": {**first["facts"]}}
    del second["facts"]["encumbered"]
    plain["rights"] = [{**first, "facts": {**first["facts"], "encumbered": said}}, second]
    found = score(THE_CARD, FIRMS.read(plain))
    assert (found.letter, found.capped_by) == ("C", ("g_encumbered",))
    [gate] = [one for one in found.findings if one.id == "g_encumbered"]
    assert gate.why == "已存在在先有效质押登记或查封冻结：尚未查询"
    assert prospects(THE_CARD, found).blocked_by == ((gate.why, ""),)
    plain["rights"][1]["facts"]["disputed"] = said
    stopped = [one for one in score(THE_CARD, FIRMS.read(plain)).findings if one.id == "g_invalidation"]
    assert [one.why for one in stopped] == ["核心标的权利状态有争议"]
