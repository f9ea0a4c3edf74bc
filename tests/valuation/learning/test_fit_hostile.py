"""`manage.py fit_scorecard` given what strangers give it: other encodings, other days, no values in words, other paths."""

import gzip
import json
import lzma

import numpy as np
import pandas as pd
import pytest

from tests.valuation.learning.test_fit_scorecard import fit

MOD = ("--outcome", "y", "--features", "debt,trade", "--train-mod", "10:7")
DAY = ("--outcome", "y", "--features", "debt,trade", "--date", "day")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """600 loans of 2010 to 2015; risk rises with debt and in retail; 40 in the hundred of the bad were collected."""
    random = np.random.default_rng(11)
    debt, trade = random.normal(size=600), random.choice(["制造", "零售"], 600)
    bad = random.random(600) < 1 / (1 + np.exp(1.2 - 1.3 * debt - 0.8 * (trade == "零售")))
    day = pd.Timestamp("2010-01-01") + pd.to_timedelta(np.arange(600) * 3, "D")
    after = day + pd.to_timedelta(random.integers(60, 400, 600), "D")
    return pd.DataFrame(
        {
            "y": bad.astype(int).astype(str),
            "debt": debt.round(3).astype(str),
            "trade": trade,
            "day": day.strftime("%Y-%m-%d"),
            "d_on": after.strftime("%Y-%m-%d"),
            "slashes": after.strftime("%Y/%m/%d"),
            "eight": after.strftime("%Y%m%d"),
            "chinese": [f"{each.year}年{each.month}月{each.day}日" for each in after],
        }
    )


def csv_of(frame: pd.DataFrame, **options) -> str:
    return frame.to_csv(index=False, **options)


def refused(content, tmp_path, *options, name="out.json") -> str:
    """What was said; nothing was written and nobody saw a traceback."""
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report, said, code = fit(path, tmp_path, *options, name=name)
    assert (report, code) == (None, 2), said
    assert "Traceback" not in said
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]
    return said


@pytest.mark.parametrize(
    "packed",
    [
        lambda text: text.encode("gb18030"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: lzma.compress(text.encode()),
        lambda text: gzip.compress(text.encode("gb18030")),
    ],
    ids=["gb18030", "utf16", "mark", "semicolons", "tabs", "crlf", "xz", "gzip"],
)
def test_one_table_in_any_encoding_separator_and_packing_gives_one_scorecard(packed, frame, tmp_path):
    (tmp_path / "plain.csv").write_text(csv_of(frame), encoding="utf-8")
    (tmp_path / "other.csv").write_bytes(packed(csv_of(frame)))
    plain, other = (
        fit(tmp_path / f"{file}.csv", tmp_path, *MOD, name=f"{file}.json")[0] for file in ("plain", "other")
    )
    assert plain["scorecard"] == other["scorecard"]
    assert plain["test"] == other["test"]


@pytest.mark.parametrize("column", ["slashes", "eight", "chinese"])
def test_a_day_after_the_decision_is_seen_however_it_is_written(column, frame, tmp_path):
    (tmp_path / "x.csv").write_text(csv_of(frame), encoding="utf-8")
    asked = (
        "--outcome",
        "y",
        "--features",
        f"debt,{column}",
        "--train-mod",
        "10:7",
        "--decision-date",
        "day",
    )
    report, said, code = fit(tmp_path / "x.csv", tmp_path, *asked)
    assert (code, [each["feature"] for each in report["refused"]]) == (2, [column])
    assert "420 行的日期晚于决策日" in said
    assert "--known-at" in said


def test_a_short_name_is_not_the_day_of_every_column_that_begins_with_it(frame, tmp_path):
    """`d_on` lies after the decision; `debt` has nothing to do with it."""
    (tmp_path / "x.csv").write_text(csv_of(frame), encoding="utf-8")
    report, said, code = fit(tmp_path / "x.csv", tmp_path, *MOD, "--decision-date", "day")
    assert code == 0, said
    assert "scorecard" in report


def test_a_gap_between_training_and_test_takes_no_training_row_away(frame, tmp_path):
    later = frame.copy()
    later.loc[400:, "day"] = "2025-06-30"
    (tmp_path / "x.csv").write_text(csv_of(later), encoding="utf-8")
    report, said, code = fit(
        tmp_path / "x.csv", tmp_path, *DAY, "--train-to", "2013-12-31", "--test-to", "2025-12-31"
    )
    assert code == 0, said
    assert report["rows"]["train"] == 400
    assert report["split"] == {
        "train": {"first_day": "2010-01-01", "last_day": "2013-04-12"},
        "test": {"first_day": "2025-06-30", "last_day": "2025-06-30"},
    }


def test_no_value_written_in_words_among_numbers_is_a_fault_and_no_category(frame, tmp_path):
    third = frame.copy()
    third.loc[::3, "debt"] = "NULL"
    assert "debt 列：第2行“NULL”；第5行“NULL”；第8行“NULL” 等 200 处" in refused(
        csv_of(third), tmp_path, *MOD
    )


def test_a_column_of_numbers_and_words_is_pointed_out(frame, tmp_path):
    mixed = frame.assign(said=frame["debt"])
    mixed.loc[::4, "said"] = "面议"
    (tmp_path / "x.csv").write_text(csv_of(mixed), encoding="utf-8")
    asked = ("--outcome", "y", "--train-mod", "10:7", "--features")
    report, said, code = fit(tmp_path / "x.csv", tmp_path, *asked, "debt,said")
    assert code == 0, said
    [remark] = [each for each in report["remarks"] if each["code"] == "mixed"]
    assert remark["feature"] == "said"
    assert "面议" in remark["reason"]
    numbers, cells = map(int, remark["reason"].split(" ")[0].split("/"))
    assert cells == 420
    assert numbers == sum(place % 10 < 7 and place % 4 != 0 for place in range(600))
    alone, told, _ = fit(tmp_path / "x.csv", tmp_path, *asked, "said", name="alone.json")
    assert (alone, "面议" in told) == (None, True)


def test_a_scorecard_on_too_few_defaults_is_shown_and_not_recommended(frame, tmp_path):
    """Of 168 and more bad rows in 420 no card may act yet: the ladder asks for 200."""
    (tmp_path / "x.csv").write_text(csv_of(frame), encoding="utf-8")
    report, said, _ = fit(tmp_path / "x.csv", tmp_path, *MOD)
    assert report["ladder"]["may"] == "groups"
    assert f"训练集坏样本 {report['train']['bads']} 个" in said
    assert "只供参考" in said


def test_why_a_feature_says_nothing_is_told_apart(frame, tmp_path):
    odd = frame.assign(empty="", same="5", coin=np.where(np.arange(600) % 2, "甲", "乙"))
    (tmp_path / "x.csv").write_text(csv_of(odd), encoding="utf-8")
    report, _, _ = fit(
        tmp_path / "x.csv",
        tmp_path,
        "--outcome",
        "y",
        "--features",
        "debt,empty,same,coin",
        "--train-mod",
        "10:7",
    )
    told = {each["feature"]: (each["code"], each["reason"]) for each in report["dropped"]}
    assert told["empty"] == ("all_missing", "训练集中全部缺失")
    assert told["same"] == ("constant", "训练集中只有一种取值（5.0）")
    assert told["coin"][0] == "one_bin"


def test_the_data_are_never_written_over_and_a_report_is_whole_or_not_there(frame, tmp_path, monkeypatch):
    said = refused(csv_of(frame), tmp_path, *MOD, name="x.csv")
    assert "x.csv 是要读的文件" in said
    kept = tmp_path / "out.json"
    kept.write_text("{}", encoding="utf-8")

    def full(self, text, **_):
        with self.open("w", encoding="utf-8") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    _, told, code = fit(tmp_path / "x.csv", tmp_path, *MOD)
    assert (code, "磁盘已满" in told) == (2, True)
    assert kept.read_text(encoding="utf-8") == "{}"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.json", "x.csv"]


def test_faults_of_request_method_file_and_report_are_told_together(frame, tmp_path):
    said = refused(
        csv_of(frame), tmp_path, "--outcome", "z", "--features", "debt,q", "--train-mod", "0:0",
        "--train-to", "2013-01-01", "--direction", "trade=rising,q=falling,w=rising,w=falling",
        "--known-at", "debt=trade,debt=day", "--decision-date", "day",
    )  # fmt: skip
    for told in (
        "--train-mod：“0:0”不能用", "--train-to：按取模划分时用不上", "--direction：“w”写了两次",
        "“trade”不在 --features 之中", "--known-at：“debt”写了两次", "文件没有“z”列", "文件没有“q”列",
    ):  # fmt: skip
        assert told in said
    said = refused(csv_of(frame), tmp_path, *MOD[:4], "--train-mod", "x", "--method", "no.yaml", name="")
    for told in ("--train-mod：“x”不能用", "--method no.yaml：没有这个文件", "是目录"):
        assert told in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--known-at", "debt=trade", "--decision-date", "day"), "trade 列（可知日）：第2行"),
        (("--direction", "trade=rising"), "“trade”不是数值"),
        (("--bad", "坏"), "--bad：y 列（结果）没有“坏”这个取值"),
        (("--decision-date", "trade"), "trade 列（决策日）：第2行"),
    ],
)
def test_an_option_that_would_be_passed_over_is_a_fault(options, told, frame, tmp_path):
    assert told in refused(csv_of(frame), tmp_path, *MOD, *options)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"y,debt\n1,2\x003\n", "含有空字符"),
        (b"y,debt\n1," + b"9" * 200_000 + b"\n", "第2行附近：不是整齐的 CSV：有单元格超过 131072 个字符"),
        (b'y,debt\n1,"2"3\n', "第2行附近：不是整齐的 CSV：引号"),
        (lzma.compress(b"y,debt\n1,2\n")[:30], "压缩包损坏或不完整"),
        (b"y,a,,\n1,2,3,4\n", "每列要有名字"),
        (("y," + ",".join(f"c{each % 9000}" for each in range(18_000)) + "\n").encode(), "……列不止一个"),
        ("y,debt\n1,2\n0,１e400\n".encode(), "debt 列：第3行"),
    ],
)
def test_a_file_that_no_table_can_be_made_of_is_refused_in_words(content, told, tmp_path):
    assert told in refused(content, tmp_path, "--outcome", "y", "--features", "debt", "--train-mod", "10:7")


def test_a_small_archive_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("valuation.learning.reading.MOST_BYTES", 1 << 20)
    said = refused(gzip.compress(b"y,debt\n" + b"1,2\n" * 1_000_000), tmp_path, *MOD)
    assert "解压后超过 1 MB" in said


def test_the_report_is_strict_json_and_says_by_what_method_it_was_made(frame, tmp_path):
    (tmp_path / "x.csv").write_text(csv_of(frame), encoding="utf-8")
    report, said, code = fit(tmp_path / "x.csv", tmp_path, *MOD, "--bad", "1")
    assert code == 0, said
    assert report["request"]["bad"] == "1"
    assert report["method"]["file"] == "_learning.yaml"
    assert len(report["method"]["sha256"]) == 64

    def no_number(token):
        raise AssertionError(token)

    json.loads((tmp_path / "out.json").read_text(encoding="utf-8"), parse_constant=no_number)


HOSTILE = [
    "", "nan", "-Infinity", "1e400", "-1", "1,234", "１２３", "0x1", "-", "NULL", "2024-02-30", "0000-00-00", "\u202e1",
    "=1+1", "x" * 5000, "\x07", "是", "9" * 400, "1e308", "-1e-400", '"', "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_a_table_spoilt_anywhere_is_fitted_or_refused_in_words(seed, frame, tmp_path):
    """Whatever stands in whatever cell: exit 0 with a whole report, or exit 2 with reasons; never a traceback."""
    random = np.random.default_rng(seed)
    spoilt = frame.copy()
    for _ in range(int(random.integers(1, 40))):
        place = int(random.integers(0, 600)), int(random.integers(0, 5))
        spoilt.iat[place] = HOSTILE[int(random.integers(0, len(HOSTILE)))]
    (tmp_path / "x.csv").write_text(csv_of(spoilt), encoding="utf-8")
    report, said, code = fit(
        tmp_path / "x.csv", tmp_path, "--outcome", "y", "--features", "debt,trade,debt/debt,trade=d_on,trade:1",
        "--date", "day", "--train-to", "2013-01-01", "--test-to", "2015-12-31",
    )  # fmt: skip
    assert (code, report is None) in ((0, False), (2, True)), said
    assert code == 0 or said.strip()
