"""A scorecard file: read strictly, every fault told with its place; the hand-worked firms beside it come out."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from kernel.checking import shape_text
from kernel.errors import Refused
from tests.scoring.conftest import CARD, CASES
from valuation.examples import load_cases, run_cases
from valuation.loading import load_scorecard
from valuation.shape import scorecard_shape

TEXT = CARD.read_text(encoding="utf-8")


def faults_of(old: str, new: str) -> dict[str, str]:
    """Place (without its line) and code of every fault after one change to the file."""
    assert TEXT.count(old) >= 1, old
    with pytest.raises(Refused) as refused:
        load_scorecard(TEXT.replace(old, new, 1))
    return {problem.where.partition("（")[0]: problem.code for problem in refused.value.problems}


def test_every_hand_worked_firm_comes_out(card):
    results = run_cases(card, load_cases(CASES))
    assert [(one.id, one.differences) for one in results if not one.passed] == []
    assert len(results) >= 30


def test_the_cases_touch_every_gate_every_absence_and_every_stage():
    cases = load_cases(CASES)
    told = [case["expect"] for case in cases]
    assert {gate for one in told for gate in one.get("gates", ())} == {
        "g_ownership", "g_encumbered", "g_lapsed", "g_abnormal", "g_invalidation", "g_transfer", "g_dishonest",
        "g_overdue_now", "g_incomplete",
    }  # fmt: skip
    assert {one.get("stage") for one in told} >= {"startup", "growth", "mature"}
    assert {one["status"] for one in told if "status" in one} == {"scored", "provisional", "thin", "stopped"}
    stated = {value for case in cases for value in case["indicators"].values() if isinstance(value, str)}
    assert stated >= {"queried_none", "not_queried", "not_applicable"}
    lines = [one["line"] for one in told if "line" in one]
    assert {one["outcome"] for one in lines} == {"offered", "referred", "appraisal"}
    assert {one.get("bound_by") for one in lines} >= {
        "security",
        "working_capital",
        "ceiling",
        "expected_loss",
        "revenue",
    }


def test_a_royalty_rate_of_a_field_that_the_card_does_not_know_is_told():
    found = faults_of("royalty_rate: {default: '0.03', software", "royalty_rate: {default: '0.03', softwear")
    assert found == {"indicative_value.royalty_rate.softwear": "unknown"}


def test_a_line_or_a_value_that_does_not_come_out_is_told_with_its_place(card):
    [case] = [one for one in load_cases(CASES) if one["name"] == "额度由质押价值决定"]
    wrong = {
        "line": {"amount_wan": "170.00", "terms": {"grade": "325.00"}},
        "value": {"rights": {"ZL9": {"value": "1"}}},
    }
    [result] = run_cases(card, [case | {"expect": wrong}])
    assert [(one.path, one.expected, one.found) for one in result.differences] == [
        ("line.amount_wan", "170.00", "160.00"),
        ("value.rights.ZL9", '{"value": "1"}', "null"),
    ]
    [result] = run_cases(card, [case | {"ask": {"requested": "300"}}])
    assert "requested" in result.differences[0].found
    [result] = run_cases(card, [{key: value for key, value in case.items() if key != "ask"}])
    assert {one.path for one in result.differences} == {"value", "line"}, (
        "a line is expected, and none was asked for"
    )


def test_a_case_that_does_not_come_out_is_told_with_both_figures(card):
    [case] = [one for one in load_cases(CASES) if one["name"] == "成长期，完整"]
    [result] = run_cases(card, [case | {"expect": {"K": "71", "nonsense": "1"}}])
    assert [(one.path, one.expected, one.found) for one in result.differences] == [
        ("K", "71", "70.5"),
        ("nonsense", "1", "null"),
    ]


def test_the_schema_beside_the_files_is_the_shape():
    written = (CARD.parent / "schema.json").read_text(encoding="utf-8")
    assert written == shape_text(scorecard_shape()), "run manage.py check_scorecards --write-shape"


def test_grades_begin_where_the_design_says(card):
    """scoring.md 7.3, worked out there from the same calibration to one decimal."""
    designed = [92.3, 82.3, 73.4, 64.8, 56.5, 48.2, 40.1, 31.7, 22.7, 0]
    assert [grade.score_from / 100 for grade in card.grades] == pytest.approx(designed, abs=0.06)


def test_numbers_with_and_without_quotes_are_the_same_card(card):
    assert load_scorecard(TEXT.replace("K: '0.55', B: '0.45'", "K: 0.55, B: 0.45")).digest == card.digest


def test_the_digest_does_not_hang_on_comments_and_changes_with_a_point(card):
    assert load_scorecard("# 另一条注释\n" + TEXT).digest == card.digest
    moved = TEXT.replace("{from: 1, to: 2, points: 6}", "{from: 1, to: 2, points: 5}", 1)
    assert load_scorecard(moved).digest != card.digest


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("{from: 2, to: 4, points: 8}", "{from: 3, to: 4, points: 8}", "indicators[0].bins[2].from", "gap"),
        ("{from: 10, to: null, points: 12}", "{from: 10, to: 99, points: 12}", "indicators[0].bins", "gap"),
        ("{from: 10, to: null, points: 12}", "{from: 10, to: null, points: 13}", "groups[0].max", "sum"),
        ("{from: 10, to: null, points: 12}", "{from: 10, to: null, points: 9}", "indicators[0].bins[4].points", "direction"),
        ("id: ip, block: K, max: 50", "id: ip, block: K, max: 51", "groups", "sum"),
        ("K: '0.45', B: '0.55'", "K: '0.45', B: '0.5'", "stages.weights[1]", "sum"),
        ("ref: [T1, H1, I1, C1, L6]", "ref: [T1, T9]", "indicators[0].ref[1]", "unknown"),
        ("reason: 有效自主发明专利较少\n", "reason: ''\n", "indicators[0].reason", "minLength"),
        ("{points: 0, flag: incomplete}", "{flag: incomplete}", "indicators[0].missing.points", "required"),
        ("metric: firm.dishonest", "metric: firm.honest", "gates[6].any[0].metric", "unknown"),
        ("value: '30'}", "value: 三十}", "gates[7].any[0].value", "value"),
        ("effects: [reject]", "effects: [refuse]", "gates[0].effects[0]", "enum"),
        ("- {none: true, points: 0}\n  - {from: 1, to: 2", "- {from: 1, to: 2", "indicators[0].bins", "none"),
        ("peak: 40", "peak: 60", "indicators[10].bins[7].points", "direction"),
        ("pd_floor: '0.0030'", "pd_floor: '0.05'", "calibration", "order"),
        ("pd_mid: '0.0065'", "pd_mid: '0.0035'", "master_scale[1].pd_mid", "order"),
        ("{A: 500, B: 400", "{A: 300, B: 400", "credit_line.cap_with_compensation.B", "order"),
        ("pledge_rate: '0.25'", "pledge_rate: '0.45'", "indicative_value.kinds[0].pledge_rate", "order"),
        ("label: 内部参考价值", "label: 评估价值", "indicative_value.label", "const"),
        ("needs: [firm_age]", "needs: []", "thin.needs", "stage"),
        ("{from: 2, to: 4, points: 8}", "{from: 1, to: 4, points: 8}", "indicators[0].bins[2].from", "gap"),
        (", reason: 研发投入占比过高，可能尚无稳定收入}", "}", "indicators[10].bins[7].reason", "required"),
        ("holder_is_pledgor, op: '=='", "holder_is_pledgor, op: 是否", "gates[0].any[0].op", "enum"),
        ("op: '<', value: '12'", "op: '<', value: 'NaN'", "gates[5].any[0].value", "value"),
        ("any: [{metric: right.lapsed, op: '==', value: 是}]", "any: []", "gates[2].any", "minItems"),
        ("points: '2.5'}", "points: .nan}", "indicators[1].bins[2].points", "pattern"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(old, new, place, code):
    assert faults_of(old, new).get(place) == code


def test_all_faults_are_told_at_once():
    broken = TEXT.replace("max: 50", "max: 51", 1).replace("flag: incomplete", "flag: some", 1)
    with pytest.raises(Refused) as refused:
        load_scorecard(broken)
    assert {"sum", "enum"} <= {problem.code for problem in refused.value.problems}


def test_the_command_says_what_is_wrong_and_how_many_pass(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TEXT.replace("max: 50", "max: 51", 1), encoding="utf-8")
    printed = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_scorecards", str(wrong), str(CARD), "--json", stdout=printed)
    told = json.loads(printed.getvalue())
    assert (ended.value.code, told["not_valid"], told["failed"]) == (2, 1, 0)
    assert told["passed"] == len(load_cases(CASES))
