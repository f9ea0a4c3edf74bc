"""Near miss: the smallest change of one fact, whose hands it lies in, what it brings; and what cut an amount."""

from __future__ import annotations

import json

import pytest

from finance.subsidies import Case, Series, fact_words, load_policy, nearly
from finance.subsidies.consequences import followed
from finance.subsidies.words import facts_known, facts_shape
from kernel.shapes import shape_problems

TEXT = """
policy:
  id: n
  effective: {{from: 2024-01-01, version_picked_by: application_date}}
  eligibility:
  - {{id: c, reason: 条件, {test}}}
  benefits: [{{id: l, payee: enterprise, base: {{kind: approved_amount}}, factor: 1}}]
"""


def near(test: str, series: Series | None = None, **plain: object):
    policy = load_policy(TEXT.format(test=test))
    case = Case.from_plain({"approved_amount": "100", **plain})
    found = nearly(policy, case, series or Series())
    return found.misses[0] if found.misses else None


def changed(miss) -> list[tuple[str, object]]:
    return [(change.path, change.wanted) for change in miss.option]


LOAN = {"draws": [["2024-01-01", "1"]], "settled_on": "2025-03-15", "contract_date": "2024-10-21"}


@pytest.mark.parametrize(
    ("test", "section", "facts", "wanted", "short"),
    [
        ("fact: loan.enterprise_outstanding, op: lte, value: 100", "loan",
         {"enterprise_outstanding": "100.01"}, "100", "多了 0.01 元"),
        ("fact: loan.enterprise_outstanding, op: lt, value: 100", "loan",
         {"enterprise_outstanding": "100"}, "99.99", "多了 0.01 元"),
        ("fact: bank.new_tm_loans_in_year, op: gt, value: '10000000'", "bank",
         {"new_tm_loans_in_year": "9000000"}, "10000000.01", "还差 1,000,000.01 元"),
        ("fact: bank.new_tm_loans_in_year, op: gte, value: '10000000'", "bank",
         {"new_tm_loans_in_year": "9000000"}, "10000000", "还差 1,000,000.00 元"),
        ("fact: loan.term_months, op: lte, value: 12", "loan", {"term_months": "14.5"}, "12", "多了 2.5 个月"),
        ("fact: pledge.items, op: gt, value: 2", "pledge", {"items": "1"}, "3", "还差 2 件"),
        ("fact: pledge.items, op: gt, value: '2.5'", "pledge", {"items": "1"}, "3", "还差 2 件"),
        ("fact: pledge.items, op: gte, value: '2.5'", "pledge", {"items": "1"}, "3", "还差 2 件"),
        ("fact: loan.guarantee_fee_rate, op: lt, value: '0.01'", "loan",
         {"guarantee_fee_rate": "0.0125"}, "0.0099", "多了 0.26 个百分点"),
        ("fact: loan.settled_on, op: lte, value: 2025-03-01", "loan", LOAN, "2025-03-01", "晚了 14 天"),
        ("fact: loan.settled_on, op: gt, value: 2025-03-15", "loan", LOAN, "2025-03-16", "早了 1 天"),
        ("fact: loan.settled_on, op: between, value: [2025-04-01, 2025-04-30]", "loan",
         LOAN, "2025-04-01", "早了 17 天"),
        ("fact: loan.settled_on, op: between, value: [null, 2025-02-28]", "loan", LOAN, "2025-02-28", "晚了 15 天"),
        ("fact: some.height, op: gt, value: '1.5'", "some", {"height": "1.25"}, "1.51", "还差 0.26"),
    ],
)  # fmt: skip
def test_a_bound_tells_how_much_is_missing_in_the_unit_of_the_fact(test, section, facts, wanted, short):
    miss = near(test, **{section: facts})
    (change,) = miss.option
    assert (change.wanted, change.short) == (wanted, short)
    assert short in miss.words
    assert miss.brings_fen == 100_00


@pytest.mark.parametrize(
    ("test", "facts", "wanted", "words"),
    [
        ("fact: applicant.size, op: in, value: [medium, small]",
         {"size": "large"}, "medium", "企业规模须为中型、小型（现为大型）"),
        ("fact: applicant.joint_punishment, op: eq, value: false",
         {"joint_punishment": True}, False, "在失信联合惩戒名单内须为否（现为是）"),
        ("not: {fact: applicant.joint_punishment, op: eq, value: true}",
         {"joint_punishment": True}, False, "在失信联合惩戒名单内须为否"),
        ("fact: applicant.region, op: within, value: '350000', except: ['350200']",
         {"region": "350203"}, "350000", "企业注册地须在 350000，不含 350200（现为 350203）"),
        ("fact: applicant.kinds, op: subset, value: [a, b]", {"kinds": ["b", "c"]}, ("b",), "applicant.kinds不能有c"),
        ("fact: applicant.kinds, op: subset, value: [a, b]",
         {"kinds": ["c"]}, ("a",), "applicant.kinds只能是a、b（现为c）"),
    ],
)  # fmt: skip
def test_words_lists_and_regions_tell_what_is_allowed(test, facts, wanted, words):
    miss = near(test, applicant=facts)
    assert [change.wanted for change in miss.option] == [wanted]
    assert miss.words == words
    assert miss.brings_fen == 100_00


def test_what_lies_in_nobodys_hands_is_said_so():
    assert not near("fact: applicant.size, op: in, value: [small]", applicant={"size": "large"}).changeable
    rate = near("fact: loan.rate, op: lte, value: '0.04'", loan={"rate": "0.05"})
    assert rate.changeable
    assert (rate.option[0].fact.change, rate.option[0].fact.how) == ("with_bank", "与银行商定较低的利率")


@pytest.mark.parametrize(
    ("left", "op", "right", "rate", "wanted", "short"),
    [
        ("{contract: true}", "lte", "{add: [{ref: lpr_1y, at: contract_date}, '0.015']}",
         "0.0475", "0.046", "多了 0.15 个百分点"),
        ("{contract: true}", "lt", "{mul: [{ref: lpr_1y, at: contract_date}, '1.3']}",
         "0.0403", "0.0402", "多了 0.01 个百分点"),
        ("{contract: true}", "lt", "{add: [{ref: lpr_1y, at: contract_date}, '0.01505']}",
         "0.0501", "0.046", "多了 0.41 个百分点"),
        ("{mul: [{ref: lpr_1y, at: contract_date}, '1.3']}", "gte", "{contract: true}",
         "0.0404", "0.0403", "多了 0.01 个百分点"),
        ("{sub: [{contract: true}, {ref: lpr_1y, at: contract_date}]}", "lte", "'0.01'",
         "0.05", "0.041", "多了 0.9 个百分点"),
        ("{sub: [{contract: true}, {ref: lpr_1y, at: contract_date}]}", "gt", "'0.01'",
         "0.03", "0.0411", "还差 1.11 个百分点"),
    ],
)  # fmt: skip
def test_a_rate_gate_tells_how_many_points(series, left, op, right, rate, wanted, short):
    miss = near(f"expr: {{left: {left}, op: {op}, right: {right}}}", series, loan={**LOAN, "rate": rate})
    (change,) = miss.option
    assert (change.path, change.wanted, change.short) == ("loan.rate", wanted, short)
    assert miss.brings_fen == 100_00


def test_a_gate_that_no_rate_can_pass_has_no_way_out_and_figures_of_an_officer_do_not_stand_in_the_way(
    series,
):
    gate = "expr: {left: {contract: true}, op: lte, right: {sub: [{ref: lpr_1y, at: contract_date}, '0.05']}}"
    miss = near(gate, series, loan={**LOAN, "rate": "0.05"}, granted={"l": "1.00"})
    assert (miss.option, miss.words, miss.changeable) == ((), "没有一项改变能使它符合", False)


def test_of_several_ways_the_cheapest_comes_first_and_all_needs_every_part():
    parts = "{fact: applicant.size, op: in, value: [small]}, {fact: loan.rate, op: lte, value: '0.04'}"
    facts = {"applicant": {"size": "large"}, "loan": {"rate": "0.05"}}
    one = near(f"any: [{parts}]", **facts)
    assert changed(one) == [("loan.rate", "0.04")]
    assert [[(change.path) for change in other] for other in one.others] == [["applicant.size"]]
    both = near(f"all: [{parts}]", **facts)
    assert changed(both) == [("applicant.size", "small"), ("loan.rate", "0.04")]
    neither = near(f"not: {{any: [{parts}]}}", applicant={"size": "small"}, loan={"rate": "0.04"})
    assert neither is not None
    assert neither.option == ()
    turned = near("not: {fact: loan.rate, op: lte, value: '0.04'}", loan={"rate": "0.04"})
    assert changed(turned) == [("loan.rate", "0.0401")]


def test_a_volume_that_nobody_named_is_an_amount_since_the_measure_pays_on_it():
    policy = load_policy(
        TEXT.format(test="fact: bank.green_loans, op: gt, value: 30000000").replace(
            "{kind: approved_amount}", "{kind: bank_volume, fact: bank.green_loans}"
        )
    )
    miss = nearly(policy, Case.from_plain({"bank": {"green_loans": "30000000"}}), Series()).misses[0]
    assert changed(miss) == [("bank.green_loans", "30000000.01")]
    assert "还差 0.01 元" in miss.words


INTEREST_OF_A_LOAN = TEXT.replace("{{kind: approved_amount}}", "{{kind: interest_paid, day_count: ACT/360}}")


@pytest.mark.parametrize(
    ("test", "brings_fen"),
    [
        # 10,000,000 x 3.6 % x 396 / 360, not the 475,200.00 of the 12,000,000 that were drawn
        ("fact: loan.enterprise_outstanding, op: lte, value: 10000000", 396_000_00),
        ("fact: loan.amount, op: lt, value: 12000000", 475_200_00),  # a fen less is 475,199.9996, half up
        ("fact: loan.amount, op: gte, value: 15000000", 594_000_00),
        # 12,000,000 x 3.6 % x 366 / 360, from 2024-01-01 to 2025-01-01
        ("fact: loan.term_months, op: lte, value: 12", 439_200_00),
    ],
)
def test_what_a_smaller_or_shorter_loan_brings_is_its_own_interest(test, brings_fen):
    loan = {
        "draws": [["2024-01-01", "12000000"]], "settled_on": "2025-01-31", "rate": "0.036", "amount": "12000000",
        "enterprise_outstanding": "12000000", "term_months": "13",
    }  # fmt: skip
    policy = load_policy(INTEREST_OF_A_LOAN.format(test=test))
    assert nearly(policy, Case.from_plain({"loan": loan}), Series()).misses[0].brings_fen == brings_fen


def test_the_parts_of_a_smaller_loan_and_what_was_paid_for_it_shrink_alike():
    loan = {
        "draws": [["2024-01-01", "1000000"], ["2024-02-01", "2000000"]], "repaid": [["2024-03-01", "600000"]],
        "settled_on": "2025-01-31", "amount": "3000000",
    }  # fmt: skip
    stated = {"interest_paid": "30000.01", "fees": {"guarantee": "9000.01"}}
    before, case = (
        Case.from_plain({"loan": {**loan, "amount": amount}, **stated}) for amount in ("3000000", "1500000")
    )
    smaller = followed(case, "loan.amount", before)
    assert smaller is not None
    assert smaller.fees == {"guarantee": 4_500_01}  # 4,500.005, half up
    assert [fen for _, fen in smaller.draws] == [500_000_00, 1_000_000_00]
    assert [fen for _, fen in smaller.repaid] == [300_000_00]
    assert smaller.interest_paid_fen == 15_000_01  # 15,000.005, half up


def test_a_loan_of_which_half_is_drawn_stays_half_drawn():
    """6 of 12 million drawn, 10 million allowed: 5 million drawn, 5,000,000 x 3.6 % x 396 / 360 = 198,000.00."""
    loan = {
        "draws": [["2024-01-01", "6000000"]], "settled_on": "2025-01-31", "rate": "0.036", "amount": "12000000",
    }  # fmt: skip
    policy = load_policy(INTEREST_OF_A_LOAN.format(test="fact: loan.amount, op: lte, value: 10000000"))
    assert nearly(policy, Case.from_plain({"loan": loan}), Series()).misses[0].brings_fen == 198_000_00


@pytest.mark.parametrize(
    ("said", "brings_fen"),
    [
        # to 2025-01-01, 366 days of 731: 863,000.00 x 366 / 731 = 432,090.2872
        ({"settled_on": "2026-01-01"}, 432_090_29),
        # cleared by its last repayment, which the shorter loan comes before
        ({"repaid": [["2026-01-01", "12000000"]]}, 432_090_29),
        # half repaid after 182 days: (12 x 182 + 6 x 184) / (12 x 182 + 6 x 549) of it
        ({"settled_on": "2026-01-01", "repaid": [["2024-07-01", "6000000"]]}, 517_989_05),
        # more was drawn when the shorter loan is over: nobody knows what it would have cost
        ({"settled_on": "2026-01-01", "draws": [["2024-01-01", "6000000"], ["2025-03-01", "6000000"]]}, None),
    ],
)
def test_what_was_paid_for_a_shorter_loan_is_that_of_its_days(said, brings_fen):
    loan = {"draws": [["2024-01-01", "12000000"]], "rate": "0.036", "term_months": "24", **said}
    policy = load_policy(INTEREST_OF_A_LOAN.format(test="fact: loan.term_months, op: lte, value: 12"))
    case = Case.from_plain({"loan": loan, "interest_paid": "863000"})
    assert nearly(policy, case, Series()).misses[0].brings_fen == brings_fen


@pytest.mark.parametrize(
    "test",
    [
        "fact: loan.term_months, op: lt, value: 1",
        "fact: loan.amount, op: lt, value: 0",
        "fact: loan.amount, op: lte, value: 0",
    ],
)
def test_nobody_is_told_to_borrow_nothing(test):
    loan = {
        "draws": [["2024-01-01", "6000000"]], "settled_on": "2025-01-31", "rate": "0.036", "amount": "6000000",
        "term_months": "13",
    }  # fmt: skip
    policy = load_policy(INTEREST_OF_A_LOAN.format(test=test))
    (miss,) = nearly(policy, Case.from_plain({"loan": loan}), Series()).misses
    assert (miss.option, miss.brings_fen) == ((), None)


def test_of_two_facts_either_may_move():
    test = "fact: pledge.registered_on, op: lte_fact, value: loan.settled_on"
    miss = near(test, pledge={"registered_on": "2025-03-17"}, loan=LOAN)
    assert changed(miss) == [("pledge.registered_on", "2025-03-15")]
    assert [(change.path, change.wanted) for option in miss.others for change in option] == [
        ("loan.settled_on", "2025-03-17")
    ]
    equal = near("fact: a.x, op: eq_fact, value: a.y", a={"x": "1", "y": "2"})
    assert changed(equal) == [("a.x", "2")]


def test_a_fact_that_must_exist_is_asked_for_and_a_settlement_is_tried_on_the_day_of_decision():
    miss = near(
        "fact: loan.settled_on, op: exists", loan={"draws": [["2024-01-01", "1"]]}, evaluated_on="2025-01-01"
    )
    assert changed(miss) == [("loan.settled_on", "2025-01-01")]
    miss = near("fact: pledge.registered_on, op: exists", pledge={})
    assert changed(miss) == [("pledge.registered_on", None)]
    assert miss.brings_fen is None


def test_several_misses_are_told_each_and_what_all_together_would_bring(library, series):
    plain = {
        "applicant": {"region": "510108", "size": "small", "industry": "industry", "early_stage": True},
        "loan": {"draws": [["2025-07-22", "10000000"]], "settled_on": "2026-07-17", "contract_date": "2025-07-22",
                 "rate": "0.0451", "term_months": "13", "enterprise_outstanding": "10000000", "guarantee_fee_rate": "0.01"},
    }  # fmt: skip
    policy = library["sc-tianfu-2025"]
    found = nearly(policy, Case.from_plain(plain), series)
    assert [(miss.key, miss.brings_fen, miss.still) for miss in found.misses] == [
        ("term", None, ("rate_gate",)),
        ("rate_gate", None, ("term",)),
    ]
    assert found.together_fen == 150_000_00
    plain["applicant"]["size"] = "large"
    found = nearly(policy, Case.from_plain(plain), series)
    assert [miss.key for miss in found.misses if not miss.changeable] == ["sme"]
    assert found.together_fen is None


def test_a_refused_line_is_a_near_miss_of_its_own_and_every_cut_is_told(library, series, defaults):
    policy = library["gd-nansha-2024"]
    tests = json.loads(policy.examples)["tests"]
    found = nearly(policy, defaults.case(tests[2]["input"]), series)
    assert [(miss.key, miss.line, miss.brings_fen) for miss in found.misses] == [
        ("interest.settled", "interest", 182_000_00)
    ]
    cuts = nearly(policy, defaults.case(tests[3]["input"]), series, {"interest_year": 900_000_00}).cuts
    assert [cut.words for cut in cuts] == [
        "受不得超过的金额 124,000.00 元限制，减少 20,000.00 元",
        "受申请年度上限 1,000,000.00 元（已用 900,000.00 元）限制，减少 24,000.00 元",
    ]


def test_an_unknown_answer_is_no_near_miss(library, series):
    found = nearly(library["sd-qingdao-2024"], Case.from_plain({"applicant": {"region": "370211"}}), series)
    assert found.misses == ()


def test_every_fact_that_the_policies_read_has_a_chinese_name(library):
    read = {path for policy in library for path in _paths(json.loads(policy.document))}
    assert read - set(facts_known()) == set()
    assert shape_problems({"a.b": {"nam": "x"}}, facts_shape)
    assert fact_words("loan.settled_on").name == "贷款结清日"


def _paths(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("fact", "count", "by") and isinstance(item, str) and "." in item:
                yield item
            yield from _paths(item)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item)
