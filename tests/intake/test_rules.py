"""The row rules of loan filings and monthly returns: one picture for each rule, figures by hand."""

from datetime import date
from decimal import Decimal

import pytest

from finance.intake.columns import GRADES, LOAN_FILING, MONTHLY_RETURN, REPAYMENTS, SECURITIES
from finance.intake.parameters import loan_filing_parameters, monthly_return_parameters
from finance.intake.rules import KnownLoan
from kernel.sheets import changes

ON = date(2026, 11, 20)
LOAN = {
    "bank_loan_no": "YC1",
    "borrower_name": "重庆渝州科技有限公司",
    "credit_code": "91110108551385082Q",
    "contract_no": "渝银借〔2026〕0001号",
    "signed_on": date(2026, 6, 19),
    "disbursed_on": date(2026, 6, 21),
    "due_on": date(2027, 6, 16),
    "principal_fen": 500_000_000,
    "annual_rate_percent": Decimal("3.85"),
    "repayment": "利随本清",
    "day_count_basis": "360",
    "pledge_kind": "专利",
    "right_numbers": ("ZL201710601862.3",),
    "pledge_number": "Y2026980000001",
    "pledge_registered_on": date(2026, 6, 19),
    "ip_share_percent": Decimal(60),
    "evaluation_free": True,
    "security": "质押",
    "guarantor_name": None,
    "purpose": "研发",
    "first_loan": False,
    "district": "渝中区",
}
RETURN = {
    "bank_loan_no": "YC1",
    "period": "2026-10",
    "balance_fen": 400_000_000,
    "overdue_since": None,
    "interest_paid_fen": 1_604_167,
    "grade": "正常",
    "note": None,
}
KNOWN = {"YC1": KnownLoan(500_000_000, date(2026, 6, 21), 450_000_000)}


def loan_faults(**changed):
    values = {**LOAN, **changed}
    found = [
        flaw for rule in LOAN_FILING.row_rules for flaw in rule(values, ON, loan_filing_parameters(ON), None)
    ]
    return [(flaw.key, flaw.code, flaw.level) for flaw in found]


def return_faults(known=KNOWN, **changed):
    values = {**RETURN, **changed}
    limits = monthly_return_parameters(ON)
    found = [flaw for rule in MONTHLY_RETURN.row_rules for flaw in rule(values, ON, limits, known)]
    return [(flaw.key, flaw.code, flaw.level) for flaw in found]


def test_a_good_loan_and_a_good_return_have_no_faults():
    assert loan_faults() == []
    assert return_faults() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"principal_fen": 50_000_000_001}, ("principal_fen", "amount_too_large", "error")),
        ({"principal_fen": 50_000}, ("principal_fen", "amount_too_small", "warning")),
        ({"annual_rate_percent": Decimal("0.0385")}, ("annual_rate_percent", "rate_as_fraction", "error")),
        ({"annual_rate_percent": Decimal("0.5")}, ("annual_rate_percent", "rate_unusual", "warning")),
        ({"annual_rate_percent": Decimal(36)}, ("annual_rate_percent", "rate_unusual", "warning")),
        ({"ip_share_percent": Decimal("0.6")}, ("ip_share_percent", "share_as_fraction", "error")),
        ({"ip_share_percent": Decimal(1)}, ("ip_share_percent", "share_as_fraction", "error")),
        ({"due_on": date(2026, 6, 21)}, ("due_on", "due_before_lent", "error")),
        ({"due_on": date(2036, 6, 22)}, ("due_on", "term_unusual", "warning")),
        ({"signed_on": date(2026, 6, 22)}, ("signed_on", "signed_after_lent", "warning")),
        ({"signed_on": date(2026, 11, 21), "disbursed_on": None}, ("signed_on", "day_in_future", "error")),
        (
            {"pledge_registered_on": date(2026, 6, 22)},
            ("pledge_registered_on", "lent_before_pledge", "warning"),
        ),
        ({"pledge_registered_on": date(2026, 11, 21)}, ("pledge_registered_on", "day_in_future", "error")),
        ({"security": "质押+保证"}, ("guarantor_name", "guarantor_missing", "error")),
        ({"guarantor_name": "某担保公司"}, ("guarantor_name", "guarantor_unexpected", "warning")),
        ({"pledge_kind": "商标"}, ("right_numbers", "kind_differs", "warning")),
        ({"pledge_kind": "混合"}, ("right_numbers", "kind_differs", "warning")),
    ],
)
def test_each_slip_of_a_loan_is_told_at_its_column(changed, fault):
    assert loan_faults(**changed) == [fault]


def test_the_limits_themselves_are_still_allowed():
    assert loan_faults(principal_fen=50_000_000_000) == []
    assert loan_faults(principal_fen=1_000_000) == []
    assert loan_faults(due_on=date(2036, 6, 21)) == []
    assert loan_faults(pledge_registered_on=date(2026, 6, 21)) == []


def test_yuan_under_a_wan_heading_is_told_what_was_probably_meant():
    rule = LOAN_FILING.row_rules[0]
    (flaw,) = rule({"principal_fen": 5_000_000_000_000}, ON, loan_filing_parameters(ON), None)
    assert "疑似把元填进了万元列" in flaw.found
    assert flaw.wanted == "如果原数是元，应填 500.0000 万元"


def test_rules_say_nothing_of_cells_that_could_not_be_read():
    for form, limits in (
        (LOAN_FILING, loan_filing_parameters(ON)),
        (MONTHLY_RETURN, monthly_return_parameters(ON)),
    ):
        assert [flaw for rule in form.row_rules for flaw in rule({}, ON, limits, KNOWN)] == []
        assert [
            flaw for rule in form.across_rules for flaw in rule([(2, {}), (3, {})], ON, limits, KNOWN)
        ] == []


def test_the_same_right_written_two_ways_under_two_loans_is_found():
    rows = [
        (2, {"right_numbers": ("ZL201710601862.3",)}),
        (3, {"right_numbers": ("201710601862.3", "58940600")}),
    ]
    found = [
        (number, flaw.code, flaw.level) for number, flaw in LOAN_FILING.across_rules[1](rows, ON, None, None)
    ]
    assert found == [(2, "right_twice", "warning"), (3, "right_twice", "warning")]


def test_three_rows_with_one_number_each_name_the_two_others():
    rows = [(number, {"bank_loan_no": "A"}) for number in (2, 5, 9)]
    found = {number: flaw.found for number, flaw in LOAN_FILING.across_rules[0](rows, ON, None, None)}
    assert found == {2: "A 在第5行、第9行也出现", 5: "A 在第2行、第9行也出现", 9: "A 在第2行、第5行也出现"}


def test_of_very_many_rows_with_one_number_five_are_named_and_the_rest_counted():
    rows = [(number, {"bank_loan_no": "A"}) for number in range(2, 5002)]
    found = {number: flaw.found for number, flaw in LOAN_FILING.across_rules[0](rows, ON, None, None)}
    assert found[2] == "A 在第3行、第4行、第5行、第6行、第7行等4999行也出现"
    assert found[5001] == "A 在第2行、第3行、第4行、第5行、第6行等4999行也出现"


def test_a_right_written_twice_in_one_row_is_not_pledged_under_another_loan():
    rows = [(2, {"right_numbers": ("ZL201710601862.3", "201710601862.3")}), (3, {"right_numbers": ()})]
    assert list(LOAN_FILING.across_rules[1](rows, ON, None, None)) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"bank_loan_no": "YC9"}, ("bank_loan_no", "loan_unknown", "error")),
        ({"balance_fen": 500_000_001}, ("balance_fen", "balance_over_principal", "error")),
        ({"balance_fen": 450_000_001}, ("balance_fen", "balance_grew", "warning")),
        ({"period": "2026-05"}, ("period", "period_before_loan", "error")),
        ({"period": "2026-12"}, ("period", "period_in_future", "error")),
        (
            {"overdue_since": date(2026, 11, 1), "grade": "关注"},
            ("overdue_since", "overdue_after_period", "error"),
        ),
        (
            {"overdue_since": date(2026, 6, 21), "grade": "次级"},
            ("overdue_since", "overdue_before_loan", "error"),
        ),
        (
            {"balance_fen": 0, "settled_on": date(2026, 6, 21)},
            ("settled_on", "settled_before_loan", "error"),
        ),
        ({"settled_on": date(2026, 10, 20)}, ("settled_on", "settled_with_balance", "error")),
        (
            {"balance_fen": 0, "settled_on": date(2026, 11, 1)},
            ("settled_on", "settled_after_period", "error"),
        ),
        ({"overdue_since": date(2026, 10, 31)}, ("grade", "grade_too_good", "warning")),
        ({"overdue_since": date(2026, 8, 2), "grade": "关注"}, ("grade", "grade_too_good", "warning")),
        (
            {"overdue_since": date(2026, 10, 1), "grade": "关注", "balance_fen": 0},
            ("overdue_since", "overdue_without_balance", "warning"),
        ),
    ],
)
def test_each_slip_of_a_return_is_told_at_its_column(changed, fault):
    assert return_faults(**changed) == [fault]


def test_ninety_days_overdue_may_still_be_special_mention():
    # 2026-08-03 counted, 2026-11-01 not: 29 + 30 + 31 = 90 days at the end of October
    assert return_faults(overdue_since=date(2026, 8, 3), grade="关注") == []


def test_without_known_loans_a_return_is_not_held_against_any():
    assert return_faults(known=None, bank_loan_no="YC9", balance_fen=9 * 10**12) == []


def test_a_loan_has_one_return_a_month():
    rows = [(2, {"bank_loan_no": "A", "period": "2026-10"}), (3, {"bank_loan_no": "A", "period": "2026-09"}),
            (4, {"bank_loan_no": "A", "period": "2026-10"})]  # fmt: skip
    assert [number for number, _ in MONTHLY_RETURN.across_rules[0](rows, ON, None, None)] == [2, 4]


def test_a_changed_row_is_shown_field_by_field():
    new = {**LOAN, "principal_fen": 480_000_000, "due_on": date(2027, 6, 20), "evaluation_free": False}
    assert changes(LOAN_FILING, LOAN, new) == [
        ("到期日", "2027-06-16", "2027-06-20"),
        ("贷款金额（万元）", "5,000,000.00 元", "4,800,000.00 元"),
        ("是否免评估", "是", "否"),
    ]
    assert changes(LOAN_FILING, LOAN, dict(LOAN)) == []


def test_every_word_of_the_lists_has_the_code_that_the_tables_know():
    from finance.loans.models import LoanReturn, LoanTerms

    assert set(REPAYMENTS.values()) == set(LoanTerms.Repayment.values)
    assert set(SECURITIES.values()) == set(LoanTerms.Security.values)
    assert set(GRADES.values()) == set(LoanReturn.Grade.values)
