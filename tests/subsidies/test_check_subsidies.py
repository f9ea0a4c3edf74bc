"""`manage.py check_subsidies`: all files of the house, a file anywhere, exit codes, a line for each failing test."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from finance.subsidies.shape import subsidy_shape
from kernel.checking import shape_text

POLICIES = Path(__file__).parents[2] / "policies" / "subsidies"
SAMPLE = Path(__file__).parents[1] / "samples" / "subsidies" / "strange-city.yaml"
WUXI = (POLICIES / "js-wuxi.yaml").read_text(encoding="utf-8")
TONGLIANG = (POLICIES / "cq-tongliang-2025.yaml").read_text(encoding="utf-8")


def check(*arguments: object) -> tuple[int, str]:
    """Exit code and all that was printed, notices apart."""
    printed = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_subsidies", *map(str, arguments), stdout=printed, stderr=StringIO())
    assert isinstance(end.value.code, int)
    return end.value.code, printed.getvalue()


def written(folder: Path, text: str, name: str = "town.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_every_policy_of_the_house_is_checked():
    assert check() == (0, "77 passed, 0 failed\n")


def test_a_policy_of_no_place_with_every_primitive_comes_out_to_the_fen():
    assert check(SAMPLE) == (0, "7 passed, 0 failed\n")


def test_a_file_anywhere_takes_its_facts_for_granted_from_the_house(tmp_path):
    assert check(written(tmp_path, WUXI)) == (0, "2 passed, 0 failed\n")


def test_a_model_beside_the_file_comes_first(tmp_path):
    nanjing = (POLICIES / "js-nanjing-2020.yaml").read_text("utf-8")
    written(tmp_path, "fact_defaults: {pledge: {ip_share: '1', mode: mixed}}", "_model.yaml")
    code, printed = check(written(tmp_path, nanjing))
    assert code == 1
    assert "benefits.bank_risk 应为（expected）100000.00，算得（found）130000.00" in printed


def test_a_failing_test_is_one_line_with_expected_and_found_and_exit_1(tmp_path):
    code, printed = check(written(tmp_path, WUXI.replace("interest: '300000.00'", "interest: '300000.01'")))
    line, total = printed.splitlines()
    assert code == 1
    assert "“applied on 2019-12-31: ceiling 300,000”" in line
    assert "benefits.interest 应为（expected）300000.01，算得（found）300000.00" in line
    assert total == "1 passed, 1 failed"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("    total: '300000.00'\n", "", "total"),
        ("    benefits:\n      interest: '300000.00'\n", "", "benefits.interest"),
        ("    status: eligible\n    total: '300000.00'", "    status: ineligible\n    total: '300000.00'", "status"),
        ("      interest: '300000.00'\n", "      interest: '300000.00'\n    reasons: [x]\n", "reasons[0]"),
    ],
)  # fmt: skip
def test_what_is_missing_or_extra_in_expect_fails_the_test(tmp_path, old, new, path):
    assert old in WUXI
    code, printed = check(written(tmp_path, WUXI.replace(old, new, 1)))
    assert code == 1
    assert path in printed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    - '41666.67'\n    sum: '500000.04'", "    - '41666.66'\n    sum: '500000.04'"),
        ("    sum: '499999.92'", "    sum: '499999.93'"),
    ],
)
def test_budget_tests_compare_each_payment_and_the_sum(tmp_path, old, new):
    assert old in TONGLIANG
    assert check(written(tmp_path, TONGLIANG.replace(old, new)))[0] == 1


def test_a_batch_test_compares_what_is_used_afterwards(tmp_path):
    qingdao = (POLICIES / "sd-qingdao-2024.yaml").read_text("utf-8")
    code, printed = check(
        written(tmp_path, qingdao.replace("    year: '500000.00'", "    year: '499999.99'", 1))
    )
    assert code == 1
    assert "used_after.year 应为（expected）499999.99，算得（found）500000.00" in printed


def test_a_file_that_is_not_valid_is_told_with_its_line_and_exit_2_while_the_others_still_run(tmp_path):
    bad = written(tmp_path, WUXI.replace("factor: '0.50'", "factor: 0.50"))
    code, printed = check(bad, POLICIES / "gd-panyu.yaml")
    assert code == 2
    assert "policy.benefits[0].factor（第" in printed
    assert "没有加引号的数字 0.50" in printed
    assert printed.endswith("3 passed, 0 failed\n")


def test_a_directory_stands_for_its_policies_and_lists_beside_them_are_told_apart(tmp_path):
    written(tmp_path, WUXI)
    written(
        tmp_path, "- {id: a, title: 甲, region: '370000', evidence: SEEN, known: x, missing: y}", "list.yaml"
    )
    written(tmp_path, "not: a policy", "_notes.yaml")
    assert check(tmp_path) == (0, "2 passed, 0 failed\n")
    assert check(*POLICIES.glob("*.yaml")) == (0, "77 passed, 0 failed\n")
    assert check(tmp_path / "nowhere")[0] == 2


def test_a_size_standard_runs_its_own_tests_and_a_rate_series_has_none(tmp_path):
    standards, series = (
        POLICIES.parent / "standards" / "sme_standard.yaml",
        POLICIES.parent / "series" / "rates.yaml",
    )
    assert check(standards, series) == (0, "10 passed, 0 failed\n")

    wrong = standards.read_text("utf-8").replace("expect: medium", "expect: large", 1)
    code, printed = check(written(tmp_path, wrong, "sizes.yaml"))
    assert (code, printed.splitlines()[-1]) == (1, "9 passed, 1 failed")
    assert "应为（expected）large，算得（found）medium" in printed


def test_in_json_the_same_is_said_to_machines(tmp_path):
    code, printed = check(
        written(tmp_path, WUXI.replace("interest: '330781.25'", "interest: '1.00'")), "--json"
    )
    report = json.loads(printed)
    assert code == 1
    assert (report["passed"], report["failed"], report["not_valid"]) == (1, 1, 0)
    assert report["files"][0]["id"] == "js-wuxi"
    assert report["files"][0]["examples"][1]["differences"] == [
        {"path": "benefits.interest", "expected": "1.00", "found": "330781.25"}
    ]


def test_the_published_shape_is_current():
    assert (POLICIES / "schema.json").read_text("utf-8") == shape_text(subsidy_shape()), (
        "run manage.py check_subsidies --write-shape"
    )
