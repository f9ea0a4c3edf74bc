"""What a person may write wrongly in a subsidy file: each fault with its place and line, all of them at once."""

from __future__ import annotations

import copy
import inspect
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.subsidies import load_incomplete, load_library, load_policy, load_series
from finance.subsidies.examples import Defaults, run_examples
from finance.subsidies.loading import sound_document, warnings_of_document
from kernel.errors import Refused

SAMPLE = Path(__file__).parents[1] / "samples" / "subsidies" / "strange-city.yaml"
POLICIES = Path(__file__).parents[2] / "policies"
GOOD = SAMPLE.read_text("utf-8")


def refusal(text: str) -> Refused:
    with pytest.raises(Refused) as refused:
        load_policy(text)
    return refused.value


WRONG = [
    # numbers, keys, days
    ("factor: '0.005'", "factor: 0.005", "benefits[2].factor", "float"),
    ("max: '8300'", "max: 8300.5", "limits[1].max", "float"),
    ("count: {max: 2,", "count: {max: 012,", "count.max", "float"),
    ("value: '0.90'", "value: 9e1", "case[0].value", "pattern"),
    ("max: '10000'", "max: '10000.005'", "limits[0].max", "pattern"),
    ("max: '10000'", "max: -1", "limits[0].max", "minimum"),
    ("    reason: 专利或商标", "    reason: 专利或商标\n    reason: 商标", "eligibility[2].reason", "duplicate_key"),
    ("    reason: 专利或商标", "    reasn: 专利或商标", "eligibility[2].reasn", "unknown_key"),
    ("exclusive:\n", "exclusivly:\n", "policy.exclusivly", "unknown_key"),
    ("from: 2024-01-01, to: null", "from: 2024-01-01, to: 2023-12-31", "effective.to", "date_order"),
    ("from: 2024-01-01", "from: 2024-02-30", "effective.from", "date"),
    ("{2023-01-01: '480',", "{2023-02-29: '480',", "cap.values.2023-02-29", "date"),
    ("{2023-01-01: '480',", "{early: '480',", "cap.values.early", "metric_name"),
    ("  id: strange-city", "  id: strange-city\n  on: true", "policy.on", "unknown_key"),
    ("fees: {legal: '10'}", "fees: {legal: '10,5'}", "tests[4].input.fees.legal", "amount_grammar"),
    ("code: '330000'", "code: 330000", "region.code", "type"),
    # conditions
    ("op: within, value: '330000'", "op: within, value: 330000", "eligibility[0].any[0].value", "value"),
    ("op: in, value: ['甲', '乙', 7]", "op: in, value: []", "any[1].value", "value"),
    ("op: in, value: ['甲', '乙', 7]", "op: in, value: '甲'", "any[1].value", "value"),
    ("op: eq, value: true}", "op: eq}", "not.value", "value"),
    ("op: gte_fact, value: applicant.assets", "op: gte_fact, value: 5", "all[1].value", "value"),
    ("op: gte_fact, value: applicant.assets", "op: gte_fact, value: applicant.revenue", "all[1].value", "value"),
    ("value: [null, 2024-02-20]", "value: [2024-02-21, 2024-02-20]", "all[2].value", "value"),
    ("value: [null, 2024-02-20]", "value: [null, null]", "all[2].value", "value"),
    ("value: [null, 2024-02-20]", "value: [null, 2024-02-31]", "all[2].value[1]", "date"),
    ("op: gt, value: 0}", "op: gt, value: true}", "requires[0].value", "value"),
    ("op: gt, value: 0}", "op: exists, value: 0}", "requires[0].value", "value"),
    ("op: gt, value: 0}", "op: more, value: 0}", "requires[0].op", "enum"),
    ("op: subset", "op: subset\n    except: ['330200']", "eligibility[2].except", "except"),
    ("  - id: kinds\n", "  - id: sound\n", "eligibility[2].id", "duplicate"),
    ("    reason: 专利或商标\n", "", "eligibility[2].reason", "required"),
    ("  - id: kinds\n    fact", "  - fact", "eligibility[2].id", "required"),
    ("    fact: pledge.kinds\n    op: subset\n    value: [patent, trademark]\n", "", "eligibility[2]", "condition_form"),
    ("    op: subset\n", "    op: subset\n    any: [{fact: a.b, op: exists}]\n", "eligibility[2]", "condition_form"),
    ("    fact: pledge.kinds", "    fact: kinds", "eligibility[2].fact", "pattern"),
    # rates
    ("{ref: lpr_5y, at: contract_date}", "{ref: lpr_5y, at: signing_day}", "mul[0].at", "enum"),
    ("{ref: lpr_5y, at: contract_date}", "{ref: lpr_30y, at: contract_date}", "mul[0].ref", "enum"),
    ("{ref: lpr_5y, at: contract_date}", "{ref: lpr_5y}", "mul[0]", "dependentRequired"),
    ("rate: {const: '0.0005'}", "rate: {const: '0.0005', contract: true}", "bounds[1].rate", "rate_form"),
    ("rate: {const: '0.0005'}", "rate: {}", "bounds[1].rate", "rate_form"),
    ("{contract: true}, {ref: lpr_1y, at: month_before_contract}]", "{contract: true}]", "expr.left.sub", "minItems"),
    # lines
    ("  - id: marks\n", "  - id: size\n", "benefits[3].id", "duplicate"),
    ("payee: mark_owner", "payee: mayor", "benefits[3].payee", "enum"),
    ("kind: fixed, unit", "kind: fixd, unit", "benefits[3].base.kind", "enum"),
    ("kind: fixed, unit: '33.33', count", "kind: fixed, count", "benefits[3].base.unit", "required"),
    ("{kind: fee_paid, fee: legal}", "{kind: fee_paid, fee: interest}", "benefits[5].base.fee", "pattern"),
    ("table: UNKNOWN", "table: [1, 2]", "benefits[7].base.table", "const"),
    ("max_period: P6M", "max_period: 6M", "benefits[0].base.max_period", "pattern"),
    ("day_count: ACT/365", "day_count: 30/360", "benefits[0].base.day_count", "enum"),
    ("['0.1', '0.9']", "['0.9', '0.1']", "factor.band", "band_order"),
    ("factor: '1.5'", "factor: '-1.5'", "benefits[3].factor", "negative"),
    ("      - {otherwise: true, value: 0}\n", "", "factor.case", "no_otherwise"),
    ("        value: '0.90'\n", "        value: '0.90'\n        otherwise: true\n", "case[0]", "case_form"),
    ("      case:\n", "      case:\n      - {otherwise: true, value: 1}\n", "case[0]", "unreachable"),
    # over the lines
    ("one_of: [size, paid, topup]", "one_of: [size, pay, topup]", "exclusive[0].one_of[1]", "unknown_line"),
    ("over: [volume]", "over: [volume, volume]", "limits[2].over[1]", "duplicate"),
    ("id: life,", "id: year,", "limits[1].id", "duplicate"),
    ("id: life,", "id: legal.count,", "limits[1].id", "count_name"),
    ("id: life,", "id: nobody.count,", "limits[1].id", "count_name"),
    ("window: lifetime", "window: century", "limits[1].window", "enum"),
    ("scope: [project]", "scope: [village]", "limits[3].scope[0]", "enum"),
    ("over: first_come}", "over: lottery}", "budget.over", "enum"),
    ("window: calendar_year, over: first_come}", "window: calendar_year}", "budget.over", "required"),
    ("over: first_come}", "over: pro_rata, rounding: half_up}", "budget.rounding", "enum"),
    ("share: '0.3334'", "share: '0.3333'", "policy.funding", "funding_sum"),
    ("from: city,", "from: central,", "funding[2].from", "duplicate"),
    # tests
    ("used: {year: '2000', life: '100'}", "used: {yeer: '2000'}", "tests[0].used.yeer", "unknown_limit"),
    ("used: {year: '2000', life: '100'}", "used: {year: '2000', legal.count: '1.00'}", "used.legal.count", "count_whole"),
    ("- policy: strange-city\n  name: everything", "- policy: other\n  name: everything", "tests[0].policy", "other_policy"),
    ("benefits: {paid: '7850.00',", "benefits: {pade: '7850.00',", "expect.benefits.pade", "unknown_line"),
    ("total: '9584.56'", "total: '9584.560'", "expect.total", "pattern"),
    ("    pledge: {ip_share: null}", "    plege: {ip_share: null}", "tests[1].input.plege", "unknown_key"),
    ("    band_choice: '0.55'", "    band_chose: '0.55'", "tests[0].input.band_chose", "type"),
    ("1000000]]\n      repaid", "'1,000']]\n      repaid", "tests[0].input.loan.draws[1][1]", "amount_grammar"),
    ("settled_on: 2025-03-15\n", "settled_on: 2025-02-29\n", "tests[0].input.loan.settled_on", "date"),
    ("repaid: [[2024-08-31, '300000.25']]", "repaid: [[2024-08-31, '-0.25']]", "loan.repaid[0][1]", "negative"),
    ("rate: '0.0444'\n", "rate: abc\n", "tests[0].input.loan.rate", "fact"),
    ("  - *one\n", "", "batch_tests[0].expect", "lengths"),
    ("paid: ['0.01', '0.01', '0.00']", "paid: ['0.01', '0.01']", "largest_remainder.paid", "lengths"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "code"), WRONG, ids=[f"{w[2]}-{w[3]}" for w in WRONG])
def test_each_fault_is_told_with_its_place(old, new, place, code):
    assert old in GOOD
    problems = refusal(GOOD.replace(old, new, 1)).problems
    assert any(place in problem.where and problem.code == code for problem in problems), problems
    assert all(problem.found and problem.wanted for problem in problems)
    assert code in ("duplicate_key", "amount_grammar") or any("行）" in problem.where for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (
            "max: '10000'",
            "max: 10000.5",
            "limits[0].max",
        ),  # the stand-in for it is not told as a second fault
        (
            "payee: mark_owner",
            "payee: [mark_owner]",
            "benefits[3].payee",
        ),  # of another kind, so no choice either
    ],
)
def test_one_fault_is_one_sentence(old, new, place):
    assert old in GOOD
    (problem,) = refusal(GOOD.replace(old, new, 1)).problems
    assert place in problem.where


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("fact: applicant.size, op: eq", "fact: applicant.siz, op: eq", "not.fact", "near_fact"),
        ("op: eq, value: large", "op: eq, value: larg", "not.value", "near_value"),
        ("value: 6, reason", "value: 六, reason", "requires[0].value", "value_kind"),
        ("op: eq, value: false}", "op: eq, value: 'false'}", "any[0].value", "value_kind"),
        ("count: event.marks", "count: event.mark", "base.count", "near_fact"),
        ("value: pledge.registered_on", "value: pledge.registred_on", "eligibility[5].value", "near_fact"),
        ("factor: '0.5'", "factor: '50'", ".factor", "above_one"),
    ],
)  # fmt: skip
def test_what_is_nearly_a_known_fact_or_value_is_worth_a_look_and_no_fault(old, new, place, code):
    texts = [(SAMPLE.parent / f"{name}.yaml").read_text("utf-8") for name in ("lake-district", "star-city")]
    text = next(each for each in texts if old in each)
    known = warnings_of_document(sound_document(text))
    told = [
        one for one in warnings_of_document(sound_document(text.replace(old, new, 1))) if one not in known
    ]
    assert [(place in one.where, one.code) for one in told] == [(True, code)]


def test_a_policy_that_names_itself_as_its_successor_is_worth_a_look():
    own = GOOD.replace("  id: strange-city", "  id: strange-city\n  superseded_by: strange-city", 1)
    assert "own_successor" in {one.code for one in warnings_of_document(sound_document(own))}
    assert "own_successor" not in {one.code for one in warnings_of_document(sound_document(GOOD))}


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\ufeff"])
def test_a_character_that_turns_or_hides_what_is_read_is_refused_with_its_place(unseen):
    told = refusal(GOOD.replace("reason: 专利或商标", f"reason: 专利{unseen}或商标", 1)).problems
    assert [(one.code, "eligibility[2].reason" in one.where) for one in told] == [("unprintable", True)]


def test_all_faults_come_at_once():
    text = GOOD
    chosen = [WRONG[place] for place in (0, 4, 9, 16, 42, 57, 64)]
    for old, new, _, _ in chosen:
        assert old in text
        text = text.replace(old, new, 1)
    problems = refusal(text).problems
    for _, _, place, code in chosen:
        assert any(place in problem.where and problem.code == code for problem in problems), place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- one", "不是映射"),
        ("policy: 5", "5"),
        ("tests: []", "没有写"),
        ("policy: {}", "没有写"),
        ("a: [1", "YAML"),
    ],
)
def test_what_is_no_policy_at_all_is_a_sentence(text, found):
    assert found in str(refusal(text))


def test_two_files_with_one_id_are_refused_together_with_every_broken_one(tmp_path):
    for name, text in (("a", GOOD), ("b", GOOD), ("c", GOOD.replace("'0.005'", "0.005"))):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        load_library(tmp_path)
    assert [problem.where.split()[0] for problem in refused.value.problems] == ["b.yaml", "c.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  - - 2019-09-20", "  - - 2019-08-20", "day"),
        ("  - - 2019-09-20", "  - - 2019-09-31", "day"),
        ("    - '4.25'\n", "    - 4.25\n", "rate"),
        ("    - '4.25'\n", "", "row"),
        ("  - one_year\n", "  - a_year\n", "columns"),
        ("lpr_1y_5y:\n", "lpr:\n", "series"),
    ],
)
def test_a_series_is_read_strictly(old, new, code):
    rates = (POLICIES / "series" / "rates.yaml").read_text("utf-8")
    assert old in rates
    with pytest.raises(Refused) as refused:
        load_series(rates.replace(old, new, 1))
    assert code in {problem.code for problem in refused.value.problems}


def test_a_list_of_incomplete_instruments_is_read_strictly():
    with pytest.raises(Refused) as refused:
        load_incomplete("- {id: a, title: 甲, region: 37, evidence: SEEN, known: x, mising: y}\n- {id: a}")
    assert [problem.where for problem in refused.value.problems if problem.code != "required"] == [
        "[0].mising（第1行）",
        "[0].region（第1行）",
        "[1].id（第2行）",
    ]


JUNK = st.one_of(
    st.sampled_from([None, True, 5, "", "x", "0", "1.00", "-1", "1e400", "٣", "\n0.5", [], {}, [[]], {"a": None}]),
    st.text(max_size=4),
    st.integers(),
)  # fmt: skip
ODD = ["", "'", "{", "[", ": ", "- ", "\t", "&a ", "*a", "!!x ", "１"]
DOCUMENT = sound_document(SAMPLE)
RATES = load_series(POLICIES / "series" / "rates.yaml")
fuzzed = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


PLACES = [path for path in places(DOCUMENT) if path]


def loads_or_is_refused_in_words(text):
    """And what loads can be worked out: its tests pass or fail, they never break off."""
    try:
        run_examples(load_policy(text), RATES, Defaults())
    except Refused as refused:
        without_words = [problem for problem in refused.problems if not (problem.found and problem.wanted)]
        if without_words:
            pytest.fail(str(without_words))


@fuzzed
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=3))
def test_junk_anywhere_loads_or_is_refused_in_words_never_with_a_traceback(changes):
    document = copy.deepcopy(DOCUMENT)
    for path, junk in changes:
        target = document
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = junk
        except (TypeError, KeyError, IndexError):
            continue
    loads_or_is_refused_in_words(json.dumps(document, ensure_ascii=False))


@fuzzed
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 40), st.sampled_from(ODD))
def test_a_damaged_text_is_refused_in_words(start, length, put):
    loads_or_is_refused_in_words(GOOD[:start] + put + GOOD[start + length :])


def nested(depth: int) -> str:
    deep = "{not: " * depth + "{fact: a.b, op: exists}" + "}" * depth
    return GOOD.replace(
        "    fact: pledge.kinds\n    op: subset\n    value: [patent, trademark]\n", f"    not: {deep}\n"
    )


def test_conditions_nest_as_deep_as_the_reader_allows_and_deeper_is_refused_in_words():
    assert load_policy(nested(80)).eligibility[2].id == "kinds"
    assert "嵌套太深" in str(refusal(nested(120)))


def test_a_deep_file_read_from_deep_within_other_calls_is_refused_in_words():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 200)
    try:
        assert "嵌套太深" in str(refusal(nested(80)))
    finally:
        sys.setrecursionlimit(before)
