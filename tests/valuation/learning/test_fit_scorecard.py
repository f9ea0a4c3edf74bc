"""`manage.py fit_scorecard` on a synthetic book with every trap of the real data, and by hand on the real data."""

import io
import json
import lzma
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command

ROWS = 4000
SPLIT = ["--date", "approved_on", "--train-to", "2021-12-31", "--test-to", "2023-12-31"]


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """Loans of 2018 to 2023 whose risk falls with patents and rises with debt; `term` was rewritten when they went bad."""
    random = np.random.default_rng(20260101)
    days = np.sort(random.integers(0, 6 * 365, ROWS))
    debt, patents = random.normal(size=ROWS), random.poisson(3, ROWS).astype(float)
    hidden = random.random(ROWS) < 0.2
    trade = random.choice(["制造", "软件", "零售"], ROWS)
    odds = -2 + debt - 0.3 * (patents - 3) + 0.8 * hidden + 0.8 * (trade == "零售")
    bad = random.random(ROWS) < 1 / (1 + np.exp(-odds))
    approved = pd.Timestamp("2018-01-01") + pd.to_timedelta(days, "D")
    rewritten = random.random(ROWS) < np.where(bad, 0.9, 0.03)
    term = np.where(rewritten, random.integers(1, 36, ROWS), 36)
    frame = pd.DataFrame(
        {
            "outcome": np.where(bad, "违约", "正常"),
            "approved_on": approved.strftime("%Y-%m-%d"),
            "debt": np.where(hidden, "", np.round(debt, 3).astype(str)),
            "debt_again": np.where(hidden, "", np.round(debt * 2 + 1, 3).astype(str)),
            "patents": patents.astype(int),
            "trade": trade,
            "noise": random.normal(size=ROWS).round(3),
            "same": 1,
            "era": np.where(days < 2 * 365, "旧表", "新表"),
            "term": term,
            "chg_off_date": np.where(bad, (approved + pd.Timedelta("300D")).strftime("%Y-%m-%d"), ""),
            "chg_off_amount": random.integers(1, 10**6, ROWS),
        }
    )
    path = tmp_path_factory.mktemp("book") / "book.csv.xz"
    path.write_bytes(lzma.compress(frame.to_csv(index=False).encode("utf-8")))
    return path


def fit(path, tmp_path, *options, name="out.json"):
    """Report (None if there is none), what was said, exit code."""
    said = io.StringIO()
    report = tmp_path / name
    code = 0
    try:
        call_command("fit_scorecard", str(path), *options, "--report", str(report), stdout=said, stderr=said)
    except SystemExit as end:
        code = end.code
    made = report.is_file() and report != path
    return json.loads(report.read_text(encoding="utf-8")) if made else None, said.getvalue(), code


@pytest.fixture(scope="module")
def fitted(book, tmp_path_factory):
    features = "debt,debt_again,patents,trade,noise,same,era,term,chg_off_amount,chg_off_date"
    return fit(book, tmp_path_factory.mktemp("fit"), "--outcome", "outcome", "--features", features, *SPLIT)


def test_the_report_holds_train_and_test_and_they_agree_with_the_world(fitted):
    report, said, code = fitted
    assert code == 0
    assert report["outcome"] == {"bad": ["违约"], "good": ["正常"]}
    assert report["rows"]["train"] + report["rows"]["test"] == ROWS
    for part in ("train", "test"):
        told = report[part]
        assert 0.7 < told["auc_low"] < told["auc"] < told["auc_high"] < 0.85
        assert told["gini"] == pytest.approx(2 * told["auc"] - 1, abs=1e-5)
        assert told["auc_of_points"] == pytest.approx(told["auc"], abs=0.01)
        assert told["brier_skill"] > 0.1
        assert told["calibration"]["mean_predicted"] == pytest.approx(told["bad_rate"], abs=0.03)
        assert sum(group["rows"] for group in told["calibration"]["groups"]) == told["rows"]
    assert report["train"]["calibration"]["slope"] == pytest.approx(1, abs=0.05)
    assert "检验集" in said


def test_what_is_left_out_is_named_with_its_reason(fitted):
    dropped = {each["feature"]: each for each in fitted[0]["dropped"]}
    [twin] = {"debt", "debt_again"} & dropped.keys()
    assert {name: each["code"] for name, each in dropped.items()} == {
        "term": "leak", "chg_off_amount": "leak", "chg_off_date": "leak",
        "same": "constant", "noise": dropped["noise"]["code"], "era": dropped["era"]["code"], twin: "correlated",
    }  # fmt: skip
    assert dropped["noise"]["code"] in ("one_bin", "iv_low")
    assert dropped["era"]["code"] in ("one_bin", "iv_low", "vintage")
    assert "改写" in dropped["term"]["reason"]
    assert "chg_off_date" in dropped["chg_off_amount"]["reason"]


def test_points_rise_with_safety_and_missing_is_a_bin_of_its_own(fitted, book, tmp_path):
    report, _, _ = fit(book, tmp_path, "--outcome", "outcome", "--features", "debt,patents", *SPLIT)
    debt, patents = sorted(report["scorecard"]["features"], key=lambda each: each["feature"])
    assert (debt["direction"], patents["direction"]) == ("rising", "falling")
    *bins, missing = debt["bins"]
    points = [each["points"] for each in bins]
    assert points == sorted(points, reverse=True)
    assert missing["missing"]
    assert missing["bad_rate"] == pytest.approx(missing["bads"] / missing["rows"], abs=1e-6)
    assert min(points[-1], missing["points"]) == 0
    assert 0 < missing["rows"] < report["train"]["rows"]


def test_the_same_file_gives_the_same_report(fitted, book, tmp_path):
    again = fit(
        book, tmp_path, "--outcome", "outcome", "--features", fitted[0]["request"]["features"], *SPLIT
    )
    assert again[0] == fitted[0]


def test_without_a_day_of_decision_a_leak_is_only_pointed_out(book, tmp_path):
    report, said, _ = fit(
        book, tmp_path, "--outcome", "outcome", "--features", "debt,term", "--train-mod", "10:7"
    )
    assert "term" in {each["feature"] for each in report["remarks"]}
    assert "提醒 term" in said
    report, said, _ = fit(
        book, tmp_path, "--outcome", "outcome", "--features", "debt,term", "--train-mod", "10:7",
        "--decision-date", "approved_on", "--leave-out-leaks",
    )  # fmt: skip
    assert [each["feature"] for each in report["dropped"]] == ["term"]


def test_with_the_day_of_decision_stated_a_leak_asked_for_is_refused_and_each_is_named(book, tmp_path):
    report, said, code = fit(
        book, tmp_path, "--outcome", "outcome", "--features", "debt,term,chg_off_amount,chg_off_date",
        "--train-mod", "10:7", "--decision-date", "approved_on",
    )  # fmt: skip
    assert code == 2
    assert [each["feature"] for each in report["refused"]] == ["term", "chg_off_amount", "chg_off_date"]
    assert "scorecard" not in report
    assert all(f"--features {name}：" in said for name in ("term", "chg_off_amount", "chg_off_date"))
    assert "--leave-out-leaks" in said


def test_two_columns_of_one_vocabulary_suggest_whether_they_say_the_same(tmp_path):
    """Firm and lender sit in one of twelve places; half borrow away from home and go bad more often."""
    random = np.random.default_rng(7)
    home = random.integers(0, 12, 2400)
    away = random.random(2400) < 0.5
    lender = np.where(away, (home + random.integers(1, 12, 2400)) % 12, home)
    bad = random.random(2400) < np.where(away, 0.8, 0.2)
    grade = random.integers(0, 2, 2400)
    rows = zip(bad, home, lender, grade, strict=True)
    lines = ["y,home,lender,grade", *(f"{int(y)},区{h},区{b},{'甲乙'[g]}" for y, h, b, g in rows)]
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    asked = ["--outcome", "y", "--features", "home,lender,grade", "--train-mod", "5:3"]
    report, said, code = fit(tmp_path / "x.csv", tmp_path, *asked)
    assert code == 0, said
    assert report["made"] == ["home=lender"]
    assert "home=lender" in {each["feature"] for each in report["scorecard"]["features"]}
    assert report["test"]["auc"] == pytest.approx(0.8, abs=0.03)
    alone, _, _ = fit(tmp_path / "x.csv", tmp_path, *asked, "--as-given")
    assert alone["made"] == []
    assert alone["test"]["auc"] < 0.6


def test_a_field_said_to_be_known_in_time_is_believed_and_one_known_later_is_not(book, tmp_path):
    options = ["--outcome", "outcome", "--features", "debt,term,patents", *SPLIT]
    believed = "term=approved_on,patents=chg_off_date"
    report, _, _ = fit(book, tmp_path, *options, "--known-at", believed)
    assert {each["feature"] for each in report["scorecard"]["features"]} == {"debt", "term"}
    [patents] = report["dropped"]
    assert patents["code"] == "leak"
    assert "chg_off_date" in patents["reason"]


def test_made_features_ratio_prefix_and_equality(tmp_path):
    lines = ["y,a,b,code"] + [
        f"{i % 2},{i % 7 + i % 2 * 5},{i % 3},{1100 + i % 2 * 1100 + i % 9}" for i in range(400)
    ]
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    report, said, code = fit(
        tmp_path / "x.csv", tmp_path, "--outcome", "y", "--features", "a/b,a=b,code:2", "--train-mod", "5:3"
    )
    assert code == 0, said
    kinds = {each["feature"]: each["kind"] for each in report["scorecard"]["features"]}
    assert kinds["code:2"] == "category"
    ratio = next((each for each in report["scorecard"]["features"] if each["feature"] == "a/b"), None)
    assert ratio is None or ratio["bins"][-1]["rows"] == sum(i % 3 == 0 and i % 5 < 3 for i in range(400))


FAULTY = """结果,日期,甲,乙
1,2020-01-01,1.5,NaN
0,2020-02-30,inf,2
好,2020-03-01,2,3
0,,x,4
1,2021-01-01,3,
0,2021-01-02,4,5
1,2021-01-03,4,5
0,2021-01-04,4,5
1,2021-01-05,4,5
0,2021-01-06,4,5
1,2021-01-07,4,5
0,2021-01-08,4,5
1,2021-01-09,4,5
0,2021-01-10,4,5
1,2021-01-11,4,5
0,2021-01-12,4,5
1,2021-01-13,4,5
0,2021-01-14,4,5
1,2021-01-15,4,5
0,2021-01-16,4,5
"""


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    (tmp_path / "x.csv").write_text(FAULTY, encoding="utf-8-sig")
    report, said, code = fit(
        tmp_path / "x.csv", tmp_path, "--outcome", "结果", "--features", "甲,乙,丙,结果,甲",
        "--date", "日期", "--train-to", "2020-12-31", "--test-to", "2021-12-31", "--known-at", "丁=日期",
    )  # fmt: skip
    assert (report, code) == (None, 2)
    for told in (
        "结果 列（结果）：有 3 种取值", "第3行“2020-02-30”", "第5行“”", "甲 列：第3行“inf”；第5行“x”", "乙 列：第2行“NaN”",
        "文件没有“丙”列", "用了结果列本身", "“甲”写了两次", "文件没有“丁”列",
    ):  # fmt: skip
        assert told in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--train-mod", "10:10"], "--train-mod：“10:10”不能用"),
        ([], "都没有写"),
        ([*SPLIT, "--train-mod", "10:7"], "都写了"),
        (["--date", "d", "--train-to", "2020-02-30", "--test-to", "2021-01-01"], "“2020-02-30”不是有效日期"),
        (["--date", "d", "--train-to", "2022-01-01", "--test-to", "2021-01-01"], "先后不对"),
        (["--train-mod", "10:7", "--direction", "a=up"], "写 rising 或 falling"),
        (["--train-mod", "10:7", "--known-at", "a=b"], "没有说哪一天是决策日"),
        (["--train-mod", "3:2"], "训练集：4 行中坏样本 1 个"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_words(options, told, tmp_path):
    (tmp_path / "x.csv").write_text("y,a,b\n1,1,1\n0,2,2\n0,3,3\n0,4,4\n0,5,5\n1,6,6\n", encoding="utf-8")
    report, said, code = fit(tmp_path / "x.csv", tmp_path, "--outcome", "y", "--features", "a", *options)
    assert (report, code) == (None, 2)
    assert told in said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "没有这个文件"),
        (b"", "没有数据"),
        (b"y,a\n1,2\n1,2,3\n", "第3行等 1 行的列数与表头不同"),
        (b"y,a\n1,2\n0\n", "第3行等 1 行的列数与表头不同"),
        (b"y,a\n1,2\n0," + b"9" * 1_000_000 + b"\n", "有单元格超过"),
        (b"y,a\n1,2\n0,1e999\n", "第3行“1e999”"),
        ("结果,甲\n1,2\n".encode("gb18030"), "可用的列：结果、甲"),
        (b"y,a\n", "没有数据"),
        (b'y,a\n1,"2\n', "不是整齐的 CSV"),
        (b"y,y\n1,2\n", "“y”列不止一个"),
        (b"y,a\n2,1\n3,1\n", "看不出“2”和“3”哪个是坏"),
    ],
)
def test_a_file_that_is_no_sample_is_refused_in_words(content, told, tmp_path):
    if content is not None:
        (tmp_path / "x.csv").write_bytes(content)
    _, said, code = fit(
        tmp_path / "x.csv", tmp_path, "--outcome", "y", "--features", "a", "--train-mod", "10:7"
    )
    assert code == 2
    assert told in said


def test_a_broken_archive_and_a_report_that_cannot_be_written_are_told(book, tmp_path):
    (tmp_path / "x.csv.xz").write_bytes(book.read_bytes()[:2000])
    _, said, code = fit(
        tmp_path / "x.csv.xz", tmp_path, "--outcome", "y", "--features", "a", "--train-mod", "10:7"
    )
    assert (code, "读不出" in said) == (2, True)
    options = ("--outcome", "outcome", "--features", "patents", "--train-mod", "10:7")
    _, said, code = fit(book, tmp_path / "absent", *options)
    assert (code, "写不进" in said) == (2, True)


REAL = os.environ.get("ZHIRONG_SCORING_DATA", "")
needs_real = pytest.mark.skipif(
    not REAL, reason="ZHIRONG_SCORING_DATA names no folder with the real outcome data"
)
SBA = (
    "state,bank_state,naics,no_emp,new_exist,create_job,retained_job,franchise_code,urban_rural,"
    "rev_line_cr,low_doc,gr_appv,sba_appv,term,disbursement_gross,chg_off_prin_gr"
)


@pytest.mark.by_hand
@needs_real
def test_the_reference_is_reached_out_of_time_on_american_loans(tmp_path):
    report, _, code = fit(
        Path(REAL) / "sba7a_contiguous_22k.csv.xz", tmp_path, "--outcome", "mis_status", "--features", SBA,
        "--date", "approval_date", "--train-from", "1990-01-01", "--train-to", "2004-12-31", "--test-to", "2006-12-31",
    )  # fmt: skip
    assert code == 0
    leaks = {each["feature"] for each in report["dropped"] if each["code"] == "leak"}
    assert leaks == {"term", "disbursement_gross", "chg_off_prin_gr"}
    assert report["test"]["auc"] >= 0.639 - 0.01


@pytest.mark.by_hand
@needs_real
def test_the_reference_is_reached_on_polish_firms(tmp_path):
    features = ",".join(f"A{number}" for number in range(1, 65))
    report, _, code = fit(
        Path(REAL) / "polish_5year.csv.xz",
        tmp_path,
        "--outcome",
        "class",
        "--features",
        features,
        "--train-mod",
        "10:7",
    )
    assert code == 0
    assert report["test"]["auc"] >= 0.915 - 0.01
