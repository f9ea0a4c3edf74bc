"""The line is the least of its terms and says which; the value shows its factors and its range."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refused
from tests.scoring.conftest import CARD, Firms
from valuation.credit_line import Ask, credit_line
from valuation.examples import application_of
from valuation.indicative_value import Portfolio, RightValue, indicative_value
from valuation.inputs import Application, Right
from valuation.loading import load_scorecard
from valuation.scoring import score

THE_CARD = load_scorecard(CARD)
FIRMS = Firms(THE_CARD)
WAN = 1_000_000


def graded(grade: str):
    """A whole firm's score, moved to a grade."""
    letter = next(one.letter for one in THE_CARD.grades if one.id == grade)
    return replace(FIRMS.scored(), grade=grade, letter=letter)


def worth(pledge_wan: int, disposal_wan: int = 0) -> Portfolio:
    right = RightValue(
        Right("ZL1", "invention"), 0, Fraction(0), 0, Fraction(1), Fraction(1), *[Fraction(0)] * 3
    )
    valued = replace(right, pledge_fen=pledge_wan * WAN, disposal_fen=disposal_wan * WAN)
    return Portfolio("内部参考价值", Fraction(1), Fraction(0), (valued,))


def line(grade: str, value: Portfolio | None = None, revenue_wan: int = 1500, **asked):
    plain = FIRMS.plain()
    plain["firm"]["revenue_12m"]["value"] = revenue_wan * 10_000
    return credit_line(THE_CARD, graded(grade), FIRMS.read(plain), Ask.from_plain(asked, THE_CARD), value)


def test_the_example_of_the_design_with_full_compensation():
    """7.4: C1, s 0.8, revenue 1,500, two inventions worth 400 at 25 %: min(300, 300, 150 + 100) = 250 by the pledge."""
    found = line("C1", worth(100), compensation_share="0.8")
    assert (str(found.outcome), found.amount_fen, found.bound_by) == ("offered", 250 * WAN, "security")
    assert found.reasons == ("额度由质押价值决定",)


def test_the_example_of_the_design_without_compensation():
    """7.4: min(100, 300, 50 + 100) = 100."""
    found = line("C1", worth(100))
    assert (found.amount_fen, found.bound_by) == (100 * WAN, "grade")


def test_expected_loss_is_within_the_budget_for_c1_and_over_it_for_e1_even_with_full_compensation():
    """7.4: C1 1.74 % without; E1 10.2 % without and 2.04 % with 80 %, which goes to a person."""
    c1, bare, covered = line("C1"), line("E1"), line("E1", compensation_share="0.8")
    assert [float(one.expected_loss) for one in (c1, bare, covered)] == pytest.approx([0.0174, 0.102, 0.0204])
    assert [str(one.outcome) for one in (c1, bare, covered)] == ["offered", "referred", "referred"]
    assert (covered.amount_fen, covered.reasons) == (0, ("预期损失超出预算，转人工审查",))


@pytest.mark.parametrize(
    ("asked", "revenue_wan", "amount_wan", "bound_by"),
    [
        ({"request_wan": 87}, 1500, 80, "request"),
        ({}, 400, 80, "revenue"),
        ({}, 1500, 100, "grade"),
        ({"existing_exposure_wan": 35}, 1500, 60, "grade"),
        ({"existing_exposure_wan": 100}, 1500, 0, "existing"),
        ({"existing_exposure_wan": 95}, 1500, 0, "existing"),
        ({"existing_exposure_wan": 35}, 45, 0, "revenue"),
        # 1,000 * (1 - 20 %) * (1 + 10 %) / 4 - 100 - 50 = 70
        ({"working_capital": {"sales_wan": 1000, "margin_percent": 20, "growth_percent": 10, "turnover": 4,
                              "own_funds_wan": 100, "other_loans_wan": 50}}, 1500, 70, "working_capital"),
    ],
)  # fmt: skip
def test_each_term_binds_when_it_is_the_least(asked, revenue_wan, amount_wan, bound_by):
    found = line("C1", worth(100), revenue_wan, **asked)
    assert (found.amount_fen, found.bound_by) == (amount_wan * WAN, bound_by)


@pytest.mark.parametrize(
    ("asked", "revenue_wan", "reason"),
    [
        ({}, 0, "额度由销售收入决定"),
        ({"request_wan": 5}, 1500, "额度由申请金额决定"),
        ({"existing_exposure_wan": 100}, 1500, "已有余额已占满额度"),
    ],
)
def test_nothing_is_no_offer_and_goes_to_a_person_with_its_reason(asked, revenue_wan, reason):
    found = line("C1", worth(100), revenue_wan, **asked)
    assert (str(found.outcome), found.amount_fen) == ("referred", 0)
    assert found.reasons == (reason, "转人工审查")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"absent": "not_queried"}, "近12个月销售收入未查询，不能测算额度"),
        ({"absent": "not_applicable"}, "近12个月销售收入不适用，不能测算额度"),
        ({"absent": "queried_none", "source": "税局", "known_on": "2026-06-01"}, "近12个月销售收入查询后没有，不能测算额度"),
    ],
)  # fmt: skip
def test_the_three_absences_of_sales_are_told_apart(stated, told):
    plain = FIRMS.plain()
    plain["firm"]["revenue_12m"] = stated
    found = credit_line(THE_CARD, graded("C1"), FIRMS.read(plain), Ask.from_plain({}, THE_CARD))
    assert (str(found.outcome), found.bound_by, found.reasons) == ("referred", "revenue", (told,))


def test_the_need_of_working_capital_is_told_as_a_person_would_work_it_out():
    asked = {"sales_wan": 1000, "margin_percent": "-5", "growth_percent": "12.5", "turnover": 4, "own_funds_wan": "0.5",
             "other_loans_wan": 20}  # fmt: skip
    [need] = [term for term in line("C1", working_capital=asked).terms if term.id == "working_capital"]
    # 1,000 * 1.05 * 1.125 / 4 = 295.3125, less 20.5
    assert (need.fen, need.note) == (27481_2500 // 100 * 100, "1000×(1+5%)×(1+12.5%)÷4−0.5−20")


def test_a_disposal_value_lowers_the_loss_down_to_the_least():
    """0.60 - 10/100 = 0.50; 0.60 - 50/100 would be 0.10, but never below 0.45."""
    assert [line("C1", worth(100, disposal)).lgd for disposal in (0, 10, 50)] == [
        Fraction(3, 5), Fraction(1, 2), Fraction(9, 20),
    ]  # fmt: skip


def test_above_ten_million_an_appraisal_is_asked_for_and_at_ten_million_not():
    above, at = line("C1", request_wan="1000.0001"), line("C1", worth(100), request_wan=1000)
    assert (str(above.outcome), above.amount_fen) == ("appraisal", 0)
    assert "评估报告" in above.reasons[0]
    assert str(at.outcome) == "offered"


def test_no_line_on_a_score_that_is_stopped_or_too_thin_but_a_person():
    for name, reason in (
        ("失信名单", "企业被列入失信或异常名单"),
        ("没有成立年限，不出分", "缺少成立年限，无法评分"),
    ):
        found = credit_line(THE_CARD, FIRMS.scored(name), FIRMS.read(FIRMS.plain(name)), Ask())
        assert (str(found.outcome), found.amount_fen) == ("referred", 0)
        assert found.reasons == (reason, "转人工审查")


@given(st.integers(0, 80), st.integers(0, 5000), st.sampled_from([grade.id for grade in THE_CARD.grades]))
def test_more_cover_or_more_sales_never_lowers_the_line_and_a_better_grade_neither(share, revenue, grade):
    asked = f"0.{share:02d}"
    now = line(grade, worth(40), revenue, compensation_share=asked)
    assert line(grade, worth(40), revenue, compensation_share="0.80").amount_fen >= now.amount_fen
    assert line(grade, worth(40), revenue + 500, compensation_share=asked).amount_fen >= now.amount_fen
    assert line("A1", worth(40), revenue, compensation_share=asked).amount_fen >= now.amount_fen
    assert now.amount_fen % (10 * WAN) == 0


@pytest.mark.parametrize("share", ["0.81", "-0.1", 0.5, "NaN", None, "8" * 1_000_000], ids=range(6))
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(Refused):
        Ask.from_plain({"compensation_share": share, "request_wan": "x"}, THE_CARD)


# --- value ----------------------------------------------------------------------------------------------------------


def valued(rights=1, growth=0, revenue=10_000_000, **facts):
    """Inventions on one product, on the whole firm's score."""
    stated = {"legal_years_left": 12, "annual_fee": 2000} | facts
    case = FIRMS.cases["成长期，完整"] | {
        "rights": [
            {"id": f"ZL{place}", "kind": "invention", "product": "P", "facts": stated}
            for place in range(rights)
        ],
        "products": {"P": {"revenue_12m": revenue, "growth_percent": growth}},
    }
    application = FIRMS.read(application_of(case))
    return indicative_value(THE_CARD, score(THE_CARD, application), application)


def by_hand(growth=0.0, royalty=0.03, discount=0.18, years=6, quality=0.6 + 0.8 * 33.5 / 50):
    """The formula of 7.5 in floats, for ten million yuan of sales at grade B."""
    flows = (
        1e7 * royalty * 0.85 * (1 + growth) ** t * 0.85 ** (t - 1) / (1 + discount) ** t
        for t in range(1, years + 1)
    )
    return quality * sum(flows)


def test_the_value_is_the_formula_of_the_design_and_its_range_moves_royalty_and_discount():
    found = valued().rights[0]
    assert found.value_fen / 100 == pytest.approx(by_hand(), abs=1)
    assert found.low_fen / 100 == pytest.approx(by_hand(royalty=0.02, discount=0.21), abs=1)
    assert found.high_fen / 100 == pytest.approx(by_hand(royalty=0.04, discount=0.15), abs=1)
    assert valued(growth=30).rights[0].value_fen / 100 == pytest.approx(by_hand(growth=0.10), abs=1)


def test_pledge_and_disposal_value_follow_the_kind():
    found = valued().rights[0]
    assert found.pledge_fen / 100 == pytest.approx(by_hand() * 0.25, abs=1)
    assert found.disposal_fen / 100 == pytest.approx(by_hand() * 0.10, abs=1)


def test_an_institutions_own_pledge_rate_never_passes_the_ceiling():
    plain = FIRMS.plain()
    plain["rights"] = [{"id": "TM1", "kind": "trademark", "product": "P", "facts": {}}]
    plain["products"] = {"P": {"revenue_12m": {"value": 10**7, "source": "发票", "known_on": "2026-06-01"}}}
    application = FIRMS.read(plain)
    found = indicative_value(THE_CARD, graded("B1"), application, {"trademark": Fraction(9, 10)})
    assert found.pledge_fen == pytest.approx(found.value_fen / 2, abs=100)


def test_rights_on_one_product_do_not_add_up():
    one, seven = valued(1), valued(7)
    assert [right.weight for right in seven.rights] == [
        Fraction(1), Fraction(1, 2), Fraction(3, 10), Fraction(1, 5), Fraction(1, 10), 0, 0,
    ]  # fmt: skip
    floor = seven.rights[6].value_fen
    assert seven.value_fen == pytest.approx(2.1 * one.value_fen + 2 * floor, abs=700)


def test_without_sales_there_is_only_what_the_owner_commits_to_pay_and_it_is_flagged():
    """2,000 yuan a year for six years at 18 %: 2,000 * 3.4976."""
    found = valued(revenue=0).rights[0]
    assert found.value_fen / 100 == pytest.approx(6995.2, abs=1)
    assert "没有产品收入，只按年费下限计" in found.flags


def test_a_lapsed_or_encumbered_right_is_worth_nothing_and_a_bought_one_half():
    whole, nothing = valued(), valued(lapsed="是")
    assert nothing.value_fen == 0
    half = valued(months_since_transfer=3, from_related_party="否")
    assert half.rights[0].gate_factor == Fraction(1, 2)
    assert half.value_fen == pytest.approx(whole.value_fen / 2, abs=100)


def test_a_field_of_technology_has_its_own_royalty_rate_and_the_rest_the_common_one():
    """One year at 5 %: 10,000,000 * 0.05 * 0.85 * 1.136 / 1.18; at 4 % and 21 %, at 6 % and 15 %. Machines stay at 3 %."""
    card = load_scorecard(CARD.read_text(encoding="utf-8").replace("pharma: '0.03'", "pharma: '0.05'"))
    plain = FIRMS.plain("额度由质押价值决定")
    for technology, expected in (
        ("pharma", (409_152, 319_206, 503_791)),
        ("machinery", (245_491, 159_603, 335_860)),
    ):
        plain["rights"][0]["technology"] = technology
        application = Application.from_plain(plain, card)
        whole = indicative_value(card, score(card, application), application)
        [found] = whole.rights
        assert (found.value_fen, found.low_fen, found.high_fen) == tuple(100 * yuan for yuan in expected)
        # what a value was stored as before fields had rates of their own: the common rate is told once
        assert whole.plain()["royalty"] == "0.03"
        assert whole.plain()["rights"][0].get("royalty") == ("0.05" if technology == "pharma" else None)


def test_a_range_without_width_is_a_point_when_it_is_drawn_too():
    text = CARD.read_text(encoding="utf-8").replace("royalty_step: '0.01'", "royalty_step: 0")
    card = load_scorecard(text.replace("discount_step: '0.03'", "discount_step: 0"))
    application = Application.from_plain(FIRMS.plain("额度由质押价值决定"), card)
    found = indicative_value(card, score(card, application), application)
    assert found.range_fen == (found.value_fen, found.value_fen)
    assert found.simulated == (245_500_00,) * 3


@pytest.mark.parametrize("gate", ["abnormal", "disputed"])
def test_a_right_that_is_excluded_is_worth_nothing_too(gate):
    """The design writes “exclude” of these two and “value*0.5; exclude from counts” of what was bought lately."""
    assert valued(**{gate: "是"}).pledge_fen == 0


def test_the_simulated_range_is_the_same_every_time_and_lies_within_the_outer_one():
    found, again = valued(), valued()
    assert found.simulated == again.simulated
    low, middle, high = found.simulated
    assert found.range_fen[0] <= low < middle < high <= found.range_fen[1]
    assert middle == pytest.approx(found.value_fen, rel=0.03)


def test_above_the_ceiling_nothing_of_the_value_counts_and_an_appraisal_is_asked_for():
    found = valued(revenue=200_000_000)
    assert found.needs_appraisal
    assert (found.pledge_fen, found.disposal_fen) == (0, 0)


def test_it_is_never_called_an_appraised_value():
    assert valued().plain()["label"] == "内部参考价值"
    assert "评估价值" not in str(valued().plain())
