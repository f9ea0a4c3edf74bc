"""Every indicator of loss-sharing section 8, worked out on paper from tests/indicators/paper.py.

In 万元: balance 1920 + 200 + 3 + 80 − 320 = 1883, of it 400 asked to be paid and 50 waiting; covered outstanding L2 500
+ L3 1000 + L5 500 = 2000 (L1 is paid, L4 repaid), the pool's part 80 %; lent 400 + 600 + 1000 + 200 + 500 = 2700; paid
100 + 320, back 20 + 80. Released in the period: L1 400, L2 600 − 500, L4 200 = 700. NPL: L1 400 and L2 500 of 2400.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from riskpool.claims.indicators.facts import ArrivalFact, CeilingFact, Facts
from riskpool.claims.indicators.gathering import catalogue
from riskpool.claims.indicators.rules import FORMULAS, worked_out
from riskpool.claims.indicators.rules.by_bank import by_bank
from riskpool.claims.indicators.rules.values import Value
from tests.indicators.paper import (
    CASH,
    CLAIMS,
    LOANS,
    RECOVERIES,
    STATEMENTS,
    WAN,
    book,
    empty,
    in_cash,
    moved,
)

BY_HAND = {
    "pool_balance": ["18,830,000.00 元"],
    "custodian_gap": ["-0.01 元", "0.00 元", "-0.01 元"],
    "available_balance": ["14,330,000.00 元"],
    "money_per_result": ["8.44 倍"],  # 2700 / (420 - 100)
    "fee_cover": ["缺数据：担保费收入"],
    "covered_outstanding": ["20,000,000.00 元", "5,000,000.00 元", "15,000,000.00 元"],
    "committed_exposure": ["16,000,000.00 元", "4,000,000.00 元", "12,000,000.00 元"],
    "leverage_outstanding": ["1.06 倍"],  # 2000 / 1883
    "leverage_cumulative": ["1.43 倍"],  # 2700 / 1883
    "headroom": ["5,000,000.00 元", "0.00 元", "5,000,000.00 元"],
    "utilisation_exposure": ["80.00 %", "100.00 %", "75.00 %"],
    "utilisation_budget": ["32.00 %"],
    # limits: pool 500/2500, year 1000 - (320 + 400 + 50), bank A nothing left, bank B 500/2000; then the schemes' lines
    "line_distances": ["20.00 %", "23.00 %", "0.00 %", "25.00 %", "0.00 %", "缺数据：现值：尚无陈述"],
    "concentration_bank": ["75.00 %"],
    "concentration_borrowers": ["100.00 %"],
    "concentration_sector": ["缺数据：借款企业所属行业"],
    "compensation_released": ["45.71 %"],  # 320 / 700
    "compensation_cumulative": ["15.56 %"],  # 420 / 2700
    "compensation_outstanding": ["16.00 %"],  # 320 / 2000
    "recovery_rate": ["20.00 %"],  # 80 / (100 - 20 + 320)
    "recovery_by_vintage": ["23.81 %", "不适用：该年放款没有补偿支付"],  # 100 / 420
    "net_loss_by_vintage": ["35.56 %", "0.00 %"],  # 320 / 900, 0 / 1800
    "npl_rate": ["37.50 %", "100.00 %", "0.00 %"],
    "npl_gap": ["缺数据：该行全部贷款不良率"] * 2,
    # C1: 1-3, 7-10, 13-14 April = 9 (6 April off); C2: 8-9, the Saturday 10, 12-16, 19-20 October = 10
    "days_npl_to_claim": ["9.5 个工作日", "10 个工作日", "100.00 %"],
    # C1: 15-30 April 12, 6-8 May 3, the Saturday 9 May, 11-14 May 4 = 20; C2: 9; C3: 4
    "days_claim_to_acceptance": ["9 个工作日", "20 个工作日", "100.00 %"],
    "days_acceptance_to_decision": ["6 个工作日", "10 个工作日", "缺数据：约定时限"],  # 2 and 10
    "days_decision_to_money": ["2 个工作日", "2 个工作日", "缺数据：约定时限"],
    "recoveries_overdue": ["0", "0.00 元"],  # received 22 June, back 6 July: the tenth working day
    "average_rate": ["3.56 %"],  # (18 + 36 + 10) / 1800
    "lpr_spread": ["0.50 个百分点"],  # (0 + 0.6 x 1000 + 1.5 x 200) / 1800
    "guarantee_fee": ["缺数据：担保费率"],
    "all_in_cost": ["缺数据：担保费率"],
    "borrowers": ["3"],
    "first_loans": ["0.00 %"],
    "pure_ip_share": ["55.56 %"],  # 1000 / 1800
    "combined_ip_part": ["52.50 %"],  # (360 + 60) / 800
}
MONEY_OF_NONE = {"pool_balance", "available_balance", "covered_outstanding", "committed_exposure"}


def told(name: str, facts: Facts | None = None) -> list[Value]:
    return FORMULAS[name](facts or book(), catalogue()[name])


@pytest.mark.parametrize("name", FORMULAS)
def test_an_indicator_is_what_was_worked_out_on_paper(name: str) -> None:
    assert [value.text for value in told(name)] == BY_HAND[name]


def test_the_formula_is_shown_with_the_numbers_put_in() -> None:
    assert told("compensation_outstanding")[0].unfolded == "3,200,000.00 ÷ 20,000,000.00 = 16.00 %"
    assert told("recovery_rate")[0].unfolded == "800,000.00 ÷ (800,000.00 + 3,200,000.00) = 20.00 %"
    assert (
        told("pool_balance")[0].unfolded
        == "19,200,000.00 + 2,000,000.00 + 30,000.00 + 800,000.00 + 0.00 − 3,200,000.00 − 0.00 = 18,830,000.00 元"
    )
    (value,) = told("money_per_result")
    assert value.unfolded == "27,000,000.00 ÷ (4,200,000.00 − 1,000,000.00 − 0.00) = 8.44 倍"


@pytest.mark.parametrize("name", FORMULAS)
def test_no_figure_stands_without_rows_that_sum_to_it(name: str) -> None:
    for value in told(name):
        for part in value.parts:
            if not part.told:
                assert part.amount == sum(amount for _, amount in part.rows)
            assert part.rows or part.amount == 0, part.label


@pytest.mark.parametrize("name", FORMULAS)
def test_an_empty_pool_divides_by_nothing_and_shows_no_nought_in_place_of_a_rate(name: str) -> None:
    for value in told(name, empty()):
        if value.amount is not None:
            assert value.amount == 0
            assert value.unit in ("yuan", "count"), f"{name} shows {value.text} of an empty pool"
        else:
            assert value.text.startswith(("不适用：", "缺数据："))
            assert len(value.text) > len("不适用：")


@pytest.mark.parametrize(
    ("whole_book", "gap", "tone"),
    [
        ("0.98", "2.00 个百分点", "good"),
        ("0.97", "3.00 个百分点", "near"),
        ("0.9699", "3.01 个百分点", "bad"),
    ],
)
def test_a_gap_of_three_points_is_within_the_tolerance_and_more_is_not(
    whole_book: str, gap: str, tone: str
) -> None:
    """Bank A: 100 % of its covered loans are NPL; 银保监发〔2019〕34号 tolerates 3 points, inclusive."""
    value = told("npl_gap", book(stated={("bank.npl_rate_all", "A"): Fraction(whole_book)}))[0]
    assert (value.text, value.tone) == (gap, tone)


@pytest.mark.parametrize(("ceiling", "tone"), [(2501, "good"), (2500, "near"), (2001, "near"), (2000, "bad")])
def test_use_is_told_early_at_the_part_in_the_procedure_and_at_the_line(ceiling: int, tone: str) -> None:
    facts = book(ceilings=(replace(book().ceilings[0], ceiling=ceiling * WAN),))
    assert told("utilisation_exposure", facts)[0].tone == tone
    assert told("line_distances", facts)[0].tone == tone


@pytest.mark.parametrize(
    ("met", "near", "tone"), [(True, False, "bad"), (False, True, "near"), (False, False, "good")]
)
def test_a_stop_loss_line_has_the_tone_that_the_breakers_give_it(met: bool, near: bool, tone: str) -> None:
    """Threshold 40 %, value 36 %: a tenth of the line is left, whatever the page itself might think of it."""
    stop = replace(
        book().stops[0], threshold=Fraction("0.40"), value=Fraction("0.36"), distance=Fraction("0.1"),
        met=met, near=near,
    )  # fmt: skip
    value = told("line_distances", book(stops=(stop,)))[-1]
    assert (value.tone, value.unfolded) == (tone, "(40.00 % − 36.00 %) ÷ 40.00 % = 10.00 %")


def test_a_line_in_yuan_is_told_in_yuan_and_one_that_is_met_from_below_has_no_distance() -> None:
    yuan = replace(
        book().stops[0], unit="yuan", threshold=Fraction(500), value=Fraction("125.50"), distance=Fraction(1)
    )
    below = replace(book().stops[0], distance=None)
    first, second = told("line_distances", book(stops=(yuan, below)))[-2:]
    assert first.unfolded == "(500.00 − 125.50) ÷ 500.00 = 74.90 %"
    assert second.text.startswith("不适用：")


def ceiling(scope: str, fen: int, **more: object) -> CeilingFact:
    facts = {"agreement": "", "bank": "", "bank_name": "", "year": None, "basis": "约定"} | more
    return CeilingFact(scope, scope, scope, ceiling=fen, **facts)


def test_a_rule_for_each_names_those_nearest_to_it_and_nobody_else() -> None:
    """Exposure by borrower: Y 500, X 1000 (L3; L1 is settled), W 500; by loan L3 1000, L2 and L5 500."""
    rule = ceiling("borrower_exposure", 1250 * WAN, each="borrower")
    values = told("line_distances", book(ceilings=(rule,), stops=()))
    assert [(value.subject, value.text, value.tone) for value in values] == [
        ("borrower_exposure：X公司", "20.00 %", "near"),
        ("borrower_exposure：W公司", "60.00 %", "good"),
        ("borrower_exposure：Y公司", "60.00 %", "good"),
    ]
    by_loan = ceiling("loan_exposure", 1000 * WAN, each="loan", agreement="协议B", bank="B")
    values = told("line_distances", book(ceilings=(by_loan,), stops=()))
    assert [(value.subject, value.text) for value in values] == [
        ("loan_exposure：贷L3", "0.00 %"),
        ("loan_exposure：贷L5", "50.00 %"),
    ]
    assert told("line_distances", book(ceilings=(rule,), stops=(), loans=())) == []


def test_no_more_of_each_are_listed_than_the_definition_says() -> None:
    many = tuple(replace(LOANS[2], key=f"M{n}", loan=f"M{n}", number=f"{n:02}") for n in range(12))
    values = told(
        "line_distances", book(ceilings=(ceiling("loan_exposure", WAN, each="loan"),), stops=(), loans=many)
    )
    assert len(values) == 10


def test_a_limit_of_payouts_counts_what_accepted_claims_hold_and_have_had_and_only_its_payers() -> None:
    """Accepted in 2026: C1 320 (市级, paid), C2 400 (区级), C3 50 (市级); C0 of 2025 stands only where no year is named."""
    joint = ceiling("joint_year_payout", 500 * WAN, year=2026, sources=frozenset({"市级"}))
    of_a = ceiling("joint_year_payout", 1000 * WAN, year=2026, agreements=frozenset({"协议A"}))
    borrower = ceiling("borrower_year_payout", 800 * WAN, year=2026, each="borrower")
    loan = ceiling("loan_payout", 400 * WAN, each="loan")
    values = told("line_distances", book(ceilings=(joint, of_a, borrower, loan), stops=()))
    used = [(value.subject, value.parts[1].amount / WAN) for value in values]
    assert used == [
        ("joint_year_payout", 370),
        ("joint_year_payout", 720),
        ("borrower_year_payout：Y公司", 400),
        ("borrower_year_payout：X公司", 370),
        ("loan_payout：贷L2", 400),
        ("loan_payout：贷L1", 320),
        ("loan_payout：贷L5", 100),
        ("loan_payout：贷L3", 50),
    ]


def test_what_a_settlement_gives_back_is_no_longer_used() -> None:
    """C2 went into escrow and came out lower: 100 of its 400 are free again."""
    back = (moved("2026-11-18", "claim_settled", "escrow", "区级", -100 * WAN, "C2"),
            moved("2026-11-18", "claim_settled", "free", "区级", 100 * WAN, "C2"))  # fmt: skip
    value = told("line_distances", book(cash=(*CASH, *back)))[1]
    assert value.text == "33.00 %"  # 1000 - (320 + 300 + 50)


def test_one_working_day_over_the_limit_is_late() -> None:
    late = book(recoveries=(replace(RECOVERIES[0], returned_on=dt.date(2026, 7, 7)), RECOVERIES[1]))
    assert [value.text for value in told("recoveries_overdue", late)] == ["1", "800,000.00 元"]
    assert [value.tone for value in told("recoveries_overdue", late)] == ["bad", "bad"]


def test_a_claim_decided_a_day_late_is_not_in_time() -> None:
    value = told("days_claim_to_acceptance", book(decision_days=19))[2]
    assert (value.text, value.unfolded) == ("66.67 %", "2 ÷ 3 = 66.67 %")


def test_without_an_agreed_ceiling_the_multiple_of_the_stated_base_stands_and_is_said() -> None:
    value = told("headroom", book(ceilings=()))[0]
    assert value.unfolded == "10 × 18,830,000.00 − 20,000,000.00 = 168,300,000.00 元"
    assert "10倍参照" in value.notes[0]
    (used,) = told("utilisation_exposure", book(ceilings=()))
    assert used.unfolded == "20,000,000.00 ÷ (10 × 18,830,000.00) = 10.62 %"


def test_the_two_leverages_have_different_numerators_and_only_one_has_a_line() -> None:
    (outstanding,), (cumulative,) = told("leverage_outstanding"), told("leverage_cumulative")
    assert (outstanding.parts[0].label, cumulative.parts[0].label) == ("保障贷款余额", "累计放款本金")
    assert (outstanding.line, cumulative.line) == (Fraction(10), None)


@pytest.mark.parametrize("kind", ["claim_paid", "payment_failed"])
def test_a_failed_or_reversed_payment_counts_against_what_was_paid(kind: str) -> None:
    """C1 came back: 3,200,000 are where they were, reserved; it is approved and not paid, not waiting."""
    undone = (*CASH, moved("2026-08-03", kind, "cash", "市级", 320 * WAN, "C1"),
              moved("2026-08-03", kind, "reserved", "市级", 320 * WAN, "C1"))  # fmt: skip
    facts = book(cash=undone)
    assert told("compensation_outstanding", facts)[0].text == "0.00 %"
    assert told("pool_balance", facts)[0].text == "22,030,000.00 元"
    assert told("pool_balance", facts)[0].unfolded.endswith("− 0.00 − 0.00 = 22,030,000.00 元")
    (value,) = told("available_balance", facts)
    assert value.unfolded == "22,030,000.00 − 0.00 − 7,200,000.00 − 500,000.00 = 14,330,000.00 元"


def test_a_failed_withdrawal_counts_against_what_was_withdrawn_and_not_against_payments() -> None:
    rows = (*CASH, *in_cash("2026-08-03", "withdrawal", "市级", -60 * WAN),
            *in_cash("2026-08-05", "payment_failed", "市级", 60 * WAN),
            *in_cash("2026-08-06", "account_fee", "市级", -1 * WAN))  # fmt: skip
    parts = {part.label: part.amount / WAN for part in told("pool_balance", book(cash=rows))[0].parts}
    assert (parts["补偿支付"], parts["退出及其他支出"]) == (320, 1)


def test_what_a_bank_paid_back_as_paid_too_much_is_a_claw_back_and_no_recovery() -> None:
    """30 principal and 2 interest in the period; a year before 10 and 1: still out at its beginning 100 − 20 − 10 = 70."""
    rows = (*CASH, *in_cash("2025-12-29", "owed_arrived", "市级", 11 * WAN, "C0"),
            *in_cash("2026-08-03", "owed_arrived", "市级", 32 * WAN, "C1"))  # fmt: skip
    arrivals = (
        ArrivalFact("A0", "BC-0", "C0", "追回", dt.date(2025, 12, 29), 10 * WAN, 1 * WAN),
        ArrivalFact("A1", "BC-1", "C1", "纠正应退", dt.date(2026, 8, 3), 30 * WAN, 2 * WAN),
    )
    facts = book(cash=rows, arrivals=arrivals)
    parts = {part.label: part.amount / WAN for part in told("pool_balance", facts)[0].parts}
    assert (parts["期初余额"], parts["追回"], parts["追偿返还"]) == (1931, 32, 80)
    assert told("recovery_rate", facts)[0].unfolded == "800,000.00 ÷ (700,000.00 + 3,200,000.00) = 20.51 %"
    assert told("money_per_result", facts)[0].unfolded.startswith(
        "27,000,000.00 ÷ (4,200,000.00 − 1,000,000.00 − 430,000.00)"
    )


def test_money_in_escrow_is_neither_free_nor_waiting() -> None:
    """500,000 of what C3 held are set aside on its estimate and stay in the account: prepaid."""
    rows = (moved("2026-11-18", "claim_escrowed", "reserved", "市级", -50 * WAN, "C3"),
            moved("2026-11-18", "claim_escrowed", "escrow", "市级", 50 * WAN, "C3"))  # fmt: skip
    (value,) = told("available_balance", book(cash=(*CASH, *rows)))
    assert value.unfolded == "18,830,000.00 − 500,000.00 − 4,000,000.00 − 0.00 = 14,330,000.00 元"


def test_a_loan_stated_as_written_off_leaves_both_sides_of_the_npl_rate() -> None:
    gone = (replace(LOANS[0], written_off=True), *LOANS[1:])
    assert told("npl_rate", book(loans=gone))[0].unfolded == "5,000,000.00 ÷ 20,000,000.00 = 25.00 %"


def test_where_a_compensated_loan_counts_is_the_catalogues_affair() -> None:
    kept = [
        told("npl_rate", book(counting={**book().counting, "compensated_in": side}))[0].unfolded.split(" = ")[
            0
        ]
        for side in ("both", "numerator", "denominator", "neither")
    ]
    assert kept == [
        "9,000,000.00 ÷ 24,000,000.00",
        "9,000,000.00 ÷ 20,000,000.00",
        "5,000,000.00 ÷ 24,000,000.00",
        "5,000,000.00 ÷ 20,000,000.00",
    ]


def test_a_source_without_a_statement_makes_the_gap_unknown_not_nought() -> None:
    values = told("custodian_gap", book(statements=STATEMENTS[:1]))
    assert [value.text for value in values] == ["缺数据：区级的对账单", "0.00 元", "缺数据：区级的对账单"]


def test_gaps_of_two_sources_that_cancel_each_other_are_not_in_order() -> None:
    off = (replace(STATEMENTS[0], stated=STATEMENTS[0].stated + 1), STATEMENTS[1])
    whole = told("custodian_gap", book(statements=off))[0]
    assert (whole.text, whole.tone) == ("0.00 元", "bad")


def test_what_is_repaid_leaves_the_npl_rate_and_what_is_compensated_does_not() -> None:
    repaid = (replace(LOANS[0], balance=0, covered=0), *LOANS[1:])
    assert told("npl_rate", book(loans=repaid))[0].unfolded == "5,000,000.00 ÷ 20,000,000.00 = 25.00 %"
    assert told("npl_rate")[2].notes == ("1 笔尚无月报，五级分类未知，未计入不良",)


def test_a_stated_sector_tells_the_largest_and_how_many_have_none() -> None:
    """L3 (bank B, 8,000,000 of 16,000,000) works in machinery, L2 in software, L5 has told nothing."""
    sectors = {"L2": "软件", "L3": "机械"}
    (value,) = told(
        "concentration_sector",
        book(loans=tuple(replace(one, sector=sectors.get(one.key, "")) for one in LOANS)),
    )
    assert (value.text, value.notes) == ("50.00 %", ("机械", "1 笔借款企业行业未填报，未归入任何行业"))


def test_a_rate_of_a_day_whose_lpr_is_not_in_the_series_is_left_out_and_told() -> None:
    later = (
        *LOANS,
        replace(LOANS[2], key="L6", disbursed_on=dt.date(2026, 6, 20), enrolled_on=dt.date(2026, 6, 20)),
    )
    (value,) = told("lpr_spread", book(loans=later))
    assert (value.text, value.notes) == ("0.50 个百分点", ("1 笔放款日的 LPR 未收录，未计入",))
    (value,) = told("lpr_spread", book(loans=later[-1:]))
    assert value.text == "缺数据：放款日的 LPR"


def test_the_line_of_each_bank_sums_to_the_whole() -> None:
    lines = by_bank(book())
    sums = [sum(value.parts[place].amount for value in lines) / WAN for place in range(5)]
    assert sums == [2700, 2000, 1600, 420, 100]


def test_a_bank_gets_nothing_that_tells_of_the_pool() -> None:
    own = book(bank="A", loans=LOANS[:2], claims=CLAIMS[1:3], cash=tuple(row for row in CASH if row.claim in ("C1", "C2")),
               sources=(), statements=(), stops=(), ceilings=book().ceilings[2:3])  # fmt: skip
    found = {definition.id: values for definition, values in worked_out(own, catalogue())}
    hidden = {name for name in FORMULAS if not catalogue()[name].open_to_bank}
    assert hidden.isdisjoint(found)
    assert {"pool_balance", "committed_exposure", "leverage_outstanding", "concentration_bank"} <= hidden
    assert [value.text for value in found["covered_outstanding"]] == ["5,000,000.00 元"]
    assert [value.text for value in found["headroom"]] == ["0.00 元"]
    assert "全部违约时池承担" not in [part.label for value in by_bank(own) for part in value.parts]


def test_money_of_a_new_day_moves_the_period_and_not_the_year_before() -> None:
    facts = book(cash=(*CASH, *in_cash("2026-11-20", "interest", "市级", 1 * WAN)))
    parts = {part.label: part.amount / WAN for part in told("pool_balance", facts)[0].parts}
    assert parts["期初余额"] == 1920
    assert parts["利息"] == 4
