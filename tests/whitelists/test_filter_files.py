"""A filter file: read strictly, every fault told with its place; the worked firms inside it come out."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.management import call_command

from kernel.checking import shape_text
from kernel.errors import Refused
from tests.whitelists.filters import FILE
from valuation.whitelists.examples import run_examples
from valuation.whitelists.loading import filter_of, load_filter
from valuation.whitelists.shape import whitelist_shape
from valuation.whitelists.shelf import card_named, filters, filters_for

TEXT = FILE.read_text(encoding="utf-8")


def faults_of(*changes: tuple[str, str]) -> dict[str, str]:
    """Place (without its line) and code of every fault after changes to the file."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(Refused) as refused:
        load_filter(text, card_named)
    return {problem.where.partition("（")[0]: problem.code for problem in refused.value.problems}


def told(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_whitelists", *arguments, stdout=out, stderr=io.StringIO())
    return int(ended.value.code), out.getvalue()


def test_every_worked_firm_of_every_file_comes_out_and_so_does_the_list():
    for rules in filters().values():
        card = card_named(rules.card)
        assert card is not None
        results = run_examples(rules, card)
        assert [(one.id, one.differences) for one in results if not one.passed] == []
        assert len(results) >= 12


def test_the_file_has_twelve_conditions_each_with_article_reason_and_mark():
    rules = filters()["ip-pledge-list@2026"]
    assert len(rules.criteria) == 12
    assert all(one.article and one.reason and one.mark for one in rules.criteria)


def test_the_worked_firms_touch_every_condition():
    rules = filters()["ip-pledge-list@2026"]
    met = {
        name
        for case in rules.document["examples"]["cases"]
        for name in (*case["expect"].get("failed", ()), *case["expect"].get("unknown", ()))
    }
    never_wrong = {"c02_life", "c06_product"}  # met at their very bound by 丙材料; test_rules has them fail
    assert met == {one.id for one in rules.criteria} - never_wrong


def test_the_schema_beside_the_files_is_the_shape():
    written = (FILE.parent / "schema.json").read_text(encoding="utf-8")
    assert written == shape_text(whitelist_shape()), "run manage.py check_whitelists --write-shape"


def test_a_fact_nobody_knows_is_told_with_what_was_perhaps_meant():
    with pytest.raises(Refused) as refused:
        load_filter(TEXT.replace("indicator.firm_age", "indicator.firm_agee"), card_named)
    [problem] = refused.value.problems
    assert problem.where.startswith("conditions[6].any[0][0].metric（第")
    assert "是不是 indicator.firm_age" in problem.wanted


def test_all_faults_are_told_together():
    faults = faults_of(
        ("metric: indicator.rd_intensity, op: '>=', value: 3", "metric: indicator.rd_intensity, op: '>=', value: 三"),
        ("value: 高新技术企业", "value: 高新企业"),
        ("metric: indicator.product_share, op: '>=', value: 50", "metric: indicator.product_share, op: '>=', value: 500"),
        ("reason: 资产负债率偏高", "reason: ''"),
        ("issuer: 演示设定\n", ""),
        ("most: {firms: 200", "most: {firms: 0"),
        ("first: smallest" if "first: smallest" in TEXT else "first: largest", "first: best"),
        ("fewest: 1", "fewest: 一"),
        ("- id: c12_overdue", "- id: c11_honest"),
    )  # fmt: skip
    assert faults == {
        "conditions[4].any[0][0].value": "value",
        "conditions[3].any[0][0].value": "value",
        "conditions[5].any[0][0].value": "range",
        "conditions[8].reason": "minLength",
        "issuer": "required",
        "most.firms": "pattern",
        "order[0].first": "enum",
        "conditions[2].fewest": "pattern",
        "conditions": "repeated",
        "examples.cases[5].expect.unknown": "unknown",
        "examples.cases[7].expect.unknown": "unknown",
    }


@pytest.mark.parametrize(
    ("old", "new", "where", "code"),
    [
        ("card: ip-pledge@2026", "card: no-such@2026", "card", "no_card"),
        ("any: [[{metric: indicator.firm_age, op: '>=', value: 1}]]", "any: []", "conditions[6].any", "minItems"),
        ("any: [[{metric: indicator.firm_age, op: '>=', value: 1}]]", "any: [[]]", "conditions[6].any[0]", "minItems"),
        ("op: '==', value: 科技型中小企业", "op: '>=', value: 科技型中小企业", "conditions[3].any[3][0].value", "value"),
        ("by: indicator.rd_intensity", "by: indicator.cr_tax_grade", "order[2].by", "order"),
        ("from: 2026-01-01, to: null", "from: 2026-01-01, to: 2025-01-01", "effective.to", "order"),
        ("effective: {from: 2026-01-01, to: null}", "effective: {from: 2026-02-30, to: null}", "effective.from", "date"),
        ("  of: right\n", "  of: firm\n", "conditions[2].any[0][0].metric", "unknown_fact"),
        ("none: meets", "none: sometimes", "conditions[10].none", "enum"),
        ("regions: ['500000', '370000']", "regions: []", "regions", "minItems"),
        ("mark: RECALLED", "mark: certain", "conditions[2].mark", "enum"),
        ("id: c07_age", "identity: c07_age", "conditions[6].identity", "unknown_key"),
        ("id: c07_age", "id: []", "conditions[6].id", "type"),
    ],
)  # fmt: skip
def test_a_single_fault_is_told_at_its_place(old, new, where, code):
    assert faults_of((old, new))[where] == code


@pytest.mark.parametrize(
    "text", ["", "[]", "id: x", "\x00", "a: *a", "conditions: 5\nexamples: 7\ncard: [1]"]
)
def test_a_file_that_is_no_filter_is_refused_and_never_a_traceback(text):
    with pytest.raises(Refused):
        load_filter(text, card_named)


def test_the_text_kept_with_a_list_is_the_same_filter_with_the_same_digest():
    rules = load_filter(TEXT, card_named)
    assert filter_of(rules.document) == rules
    assert load_filter(TEXT.replace("\n", "\n\n", 3), card_named).digest == rules.digest
    assert load_filter(TEXT.replace("{days: 180", "{days: 181"), card_named).digest != rules.digest


def test_a_filter_is_offered_inside_its_regions_and_days_alone():
    day = date(2026, 6, 30)
    assert [one.id for one in filters_for("500103", day)] == ["ip-pledge-list@2026"]
    assert filters_for("110000", day) == [] == filters_for("", day)
    assert filters_for("500103", date(2025, 12, 31)) == []


def test_the_command_says_how_many_passed():
    assert told(str(FILE)) == (0, "13 passed, 0 failed\n")


def test_an_example_that_does_not_come_out_is_printed_with_both_answers(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TEXT.replace("failed: [c09_leverage]", "failed: [c10_tax]"), encoding="utf-8")
    code, text = told(str(wrong))
    assert code == 1
    assert "算例 丁装备 不符" in text
    assert "应为（expected）c10_tax" in text
    assert "算得（found）c09_leverage" in text
    assert text.endswith("12 passed, 1 failed\n")


def test_a_file_that_is_not_valid_ends_with_two(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TEXT.replace("indicator.fin_leverage", "indicator.leverage"), encoding="utf-8")
    code, text = told(str(wrong))
    assert code == 2
    assert "conditions[8].any[0][0].metric（第" in text
    assert told(str(tmp_path / "absent.yaml"))[0] == 2
