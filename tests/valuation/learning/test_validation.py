"""The validation report of a synthetic two-year book: every figure with the rows behind it, every breach a finding."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from valuation.learning.findings import findings_of
from valuation.learning.method import FILE, load_method
from valuation.learning.validation import Grade, Period, validation_report

METHOD = load_method(Path(__file__).resolve().parents[3] / "policies" / "scorecards" / FILE)
GRADES = (Grade("A", 0.01), Grade("B", 0.03), Grade("C", 0.10))
ROWS = 1200


@pytest.fixture(scope="module")
def period() -> Period:
    """Three grades of 400; their defaults are 4, 12 and 80: as stated in A and B, twice as many in C."""
    place = np.repeat([0, 1, 2], 400)
    bad = np.concatenate([np.arange(400) < defaults for defaults in (4, 12, 80)])
    grade = np.array(["A", "B", "C"], dtype=object)[place]
    score = 90.0 - 20 * place + np.arange(ROWS) % 10
    return Period(
        version="示例", begins="2024-01-01", ends="2025-12-31", grades=GRADES,
        flow={"申请": 1500, "门槛拒绝": 300, "评分": ROWS}, score=score, pd=np.array([0.01, 0.03, 0.10])[place],
        grade=grade, bad=bad, known=np.arange(ROWS) % 400 < 390, approved=place < 2,
        blocks={"K": score}, segments={"阶段": np.where(np.arange(ROWS) % 2, "初创", "成长").astype(object)},
        given_grade=np.where(np.arange(ROWS) < 12, "B", grade).astype(object), earlier_grade=grade,
        development_scores=score - 15, indicator_bins={"ip": (np.array([50, 50]), np.array([60, 40]))},
        losses={"发明专利": (0.6, [0.5, 0.9])}, reasons={"研发投入低": 5, "缺少商标": 9},
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(period):
    return validation_report(period, METHOD)


def test_each_grade_stands_with_its_rows_and_its_test(report):
    a, b, c = report["calibration"]["grades"]
    assert (a["rows"], a["bads"], c["rows"], c["bads"]) == (390, 4, 390, 80)
    assert min(a["jeffreys_p"], b["jeffreys_p"]) > 0.3
    assert c["jeffreys_p"] < 0.001
    assert "等级 C" in {each["where"] for each in report["findings"]}
    assert "等级 A" not in {each["where"] for each in report["findings"]}


def test_all_defaults_together_are_weighed_with_and_without_correlation(report):
    overall = report["calibration"]["overall"]
    assert overall["default_rate"] == pytest.approx(96 / 1170, abs=1e-6)
    assert overall["binomial_p"] < overall["correlated_p"]["0.05"] < overall["correlated_p"]["0.12"] < 0.5
    assert sum(group["rows"] for group in report["calibration"]["groups"]) == 1170


def test_stability_counts_the_book_and_the_development_rows(report):
    stability = report["stability"]
    assert stability["csi"]["ip"] == {
        "value": pytest.approx(0.040547, abs=1e-6),
        "rows_then": 100,
        "rows": 100,
    }
    assert stability["psi"]["value"] > METHOD.psi_red
    assert ("red", "评分 PSI") in {(each["severity"], each["where"]) for each in report["findings"]}
    assert stability["migration"]["matrix"] == [[400, 0, 0], [0, 400, 0], [0, 0, 400]]
    assert stability["overrides"]["worse"] == pytest.approx(0.01)


def test_discrimination_of_the_whole_each_block_and_each_segment(report):
    told = report["discrimination"]
    assert told["total"]["rows"] == 1170
    assert told["blocks"]["K"]["auc"] == told["total"]["auc"] > 0.75
    assert told["total"]["cap"][-1] == (1.0, 1.0)
    assert sum(each["rows"] for each in told["segments"]["阶段"].values()) == 1170


def test_losses_reasons_and_fairness_have_their_counts(report):
    [loss] = report["losses"]
    assert (loss["kind"], loss["assumed"], loss["rows"], loss["realised"]) == ("发明专利", 0.6, 2, 0.7)
    assert [each["reason"] for each in report["reasons"]["counts"]] == ["缺少商标", "研发投入低"]
    assert [each["approval_ratio"] for each in report["fairness"]["阶段"]] == [1.0, 1.0]


def test_a_group_that_is_rarely_approved_is_a_finding(period):
    region = np.where(np.arange(ROWS) < 600, "东区", "西区").astype(object)
    found = validation_report(replace(period, segments={"地区": region}), METHOD)["findings"]
    assert "公平性 地区：西区" in {each["where"] for each in found}


def test_a_level_of_pds_that_is_wrong_for_all_is_no_matter_of_fairness(period):
    """All PDs are far too low; the halves differ in nothing, so neither is apart from all rows."""
    halves = np.where(np.arange(ROWS) % 2 == 0, "东区", "西区").astype(object)
    wrong = replace(period, pd=np.full(ROWS, 0.0005), approved=np.ones(ROWS, dtype=bool))
    report = validation_report(replace(wrong, segments={"地区": halves}), METHOD)
    assert min(each["outcome_minus_pd"] for each in report["fairness"]["地区"]) > METHOD.fair_difference
    amber = {each["where"] for each in report["findings"] if each["severity"] == "amber"}
    assert not [where for where in amber if where.startswith("公平性")]
    assert "总体校准" in {each["where"] for each in report["findings"] if each["severity"] == "red"}


def test_a_group_whose_outcomes_are_apart_from_all_rows_is_a_finding(period):
    """The bad rows stand in one region, the PDs are the same in both."""
    region = np.where(period.bad, "东区", np.where(np.arange(ROWS) % 2 == 0, "东区", "西区")).astype(object)
    even = replace(
        period, pd=np.full(ROWS, float(period.bad[period.known].mean())), segments={"地区": region}
    )
    told = validation_report(even, METHOD)
    assert "公平性 地区：西区" in {each["where"] for each in told["findings"] if each["severity"] == "amber"}


def test_who_was_stated_no_share_is_not_compared_by_approval(period):
    share = np.where(np.arange(ROWS) < 300, "未知", "80%").astype(object)
    told = validation_report(replace(period, segments={"补偿比例": share}), METHOD)
    assert [each["approval_ratio"] for each in told["fairness"]["补偿比例"]] == [None, None]


def test_levels_with_an_order_of_their_own_keep_it(period):
    ages = np.where(np.arange(ROWS) < 600, "低于 1", "1 至 2 以下").astype(object)
    own = replace(period, segments={"成立年限": ages}, level_orders={"成立年限": ["低于 1", "1 至 2 以下"]})
    told = validation_report(own, METHOD)
    assert [each["level"] for each in told["fairness"]["成立年限"]] == ["低于 1", "1 至 2 以下"]
    assert list(told["discrimination"]["segments"]["成立年限"]) == ["低于 1", "1 至 2 以下"]


def test_with_one_outcome_only_the_report_says_so_instead_of_a_figure(period):
    report = validation_report(replace(period, bad=np.zeros(ROWS, dtype=bool)), METHOD)
    assert report["discrimination"]["total"]["auc"] is None
    assert report["calibration"]["overall"] is None
    assert "一种结果" in report["calibration"]["why"]


def test_an_iv_that_few_defaults_inflate_is_one_note_for_all_and_with_many_a_finding_each(report):
    def told(bads: int) -> list[tuple[str, str, str]]:
        each = [
            {"title": title, "sign": "unclear", "auc": 0.6, "breaks": [], "iv": iv, "bads": bads}
            for title, iv in (("资产负债率", 0.61), ("研发投入", 2.5), ("纳税信用", 0.5))
        ]
        found = findings_of({**report, "univariate": each}, METHOD, None)
        return [(one["severity"], one["where"], one["told"]) for one in found if "指标" in one["where"]]

    assert told(7) == [
        (
            "note",
            "指标 IV",
            "2 项高于 0.5，最高为研发投入（2.500）；违约只有 7 户，空箱会抬高 IV，还判断不出是否事后信息",
        )
    ]
    assert [(severity, where) for severity, where, _ in told(200)] == [
        ("amber", "指标 资产负债率"), ("amber", "指标 研发投入"),
    ]  # fmt: skip
