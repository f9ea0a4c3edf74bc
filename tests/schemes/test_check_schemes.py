"""`manage.py check_schemes`: exit codes, lines, and no traceback for a person's error."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from kernel.checking import shape_text
from riskpool.schemes.shape import scheme_shape

POLICIES = Path(__file__).parents[2] / "policies" / "schemes"
ANHUI = (POLICIES / "anhui-scitech-direct@2022.yaml").read_text(encoding="utf-8")
JINING = (POLICIES / "jining-lukedai@2023.yaml").read_text(encoding="utf-8")


def check(*arguments) -> tuple[int, str]:
    """Exit code and all that was printed, notices apart."""
    printed = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_schemes", *map(str, arguments), stdout=printed, stderr=StringIO())
    assert isinstance(end.value.code, int)
    return end.value.code, printed.getvalue()


def written(folder, text, name="town.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_all_schemes_of_the_house_are_checked():
    assert check() == (0, "62 passed, 0 failed\n")


def test_the_six_schemes_of_the_first_issue_pass():
    names = ("zhongshan-ip@2021", "zhuhai-ip@2017", "chongqing-knowledge-value@2017",
             "national-guarantee@2019", "shandong-ip@2016", "jining-lukedai@2023")  # fmt: skip
    code, printed = check(*(POLICIES / f"{name}.yaml" for name in names))
    assert code == 0
    assert printed.endswith("0 failed\n")


def test_a_failing_example_is_one_line_with_expected_and_found_and_exit_1(tmp_path):
    text = ANHUI.replace("bank: '400000.00'", "bank: '400001.00'")
    code, printed = check(written(tmp_path, text))
    line, total = printed.splitlines()
    assert code == 1
    assert "算例 e1" in line
    assert "borne.bank" in line
    assert "400001.00" in line
    assert "400000.00" in line
    assert total == "1 passed, 1 failed"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("    - adjust other_levels_paid 1000000\n", "", "notes[1]"),
        ("      other_levels: '1000000.00'\n", "", "borne.other_levels"),
        ("    covered_loss: '777777.78'\n", "", "covered_loss"),
        ("        other_levels: '144000.00'\n", "", "recovery.returned.other_levels"),
        ("    - cap all_levels", "    - extra\n    - cap all_levels", "notes[0]"),
        ("    claim.lender_liability: '2000000'\n", "", "claim.lender_liability"),
    ],
)
def test_what_is_missing_or_extra_in_expect_fails_the_example(tmp_path, old, new, path):
    assert old in ANHUI
    code, printed = check(written(tmp_path, ANHUI.replace(old, new, 1)))
    assert code == 1
    assert path in printed


def test_a_file_that_is_not_valid_is_told_with_path_and_wish_and_exit_2_while_the_others_are_still_run(
    tmp_path,
):
    bad = written(tmp_path, ANHUI.replace("province: '0.30'", "province: 0.30"))
    code, printed = check(bad, POLICIES / "zhuhai-ip@2017.yaml")
    assert code == 2
    assert "steps[0].shares.province" in printed
    assert "加引号的小数" in printed
    assert not printed.endswith("\n0 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "没有这个文件"),
        ("", "空的"),
        (b"\x00\x01\x02", "二进制"),
        (b"\xff\xfe\xfd", "UTF-8"),
        ("济宁市".encode("gbk"), "UTF-8"),
        ("a: [1", "不是有效的 YAML"),
        ("\x07bell", "不是有效的 YAML"),
        ("- one\n- two", "不是映射"),
        ("{}", "没有写"),
    ],
)
def test_a_persons_error_is_a_sentence(tmp_path, content, found):
    path = tmp_path / "town.yaml" if content is None else written(tmp_path, content)
    code, printed = check(path)
    assert code == 2
    assert found in printed
    assert "Traceback" not in printed


def test_a_directory_stands_for_its_yaml_files_but_those_with_an_underscore(tmp_path):
    written(tmp_path, ANHUI, "anhui.yaml")
    written(tmp_path, "not: a scheme", "_model.yaml")
    written(tmp_path, "neither", "notes.txt")
    assert check(tmp_path) == (0, "2 passed, 0 failed\n")


def test_an_empty_directory_has_nothing_to_check(tmp_path):
    assert check(tmp_path)[0] == 2


def test_a_file_of_descriptions_named_by_a_glob_is_passed_over():
    assert check(*POLICIES.glob("*.yaml")) == (0, "62 passed, 0 failed\n")


def test_what_a_scheme_inherits_is_looked_up_beside_it_and_in_the_house(tmp_path):
    head, _, rest = JINING.partition("parties:")
    child = head + rest[rest.index("loss_base:") :]
    assert check(written(tmp_path, child)) == (0, "2 passed, 0 failed\n")
    orphan = child.replace("inherits: shandong-lukedai@2023", "inherits: 'shandong-nowhere@2023'")
    code, printed = check(written(tmp_path, orphan))
    assert code == 2
    assert "shandong-nowhere@2023" in printed


def test_the_json_report_has_every_difference(tmp_path):
    code, printed = check(
        written(tmp_path, ANHUI.replace("bank: '400000.00'", "bank: '400001.00'")), "--json"
    )
    report = json.loads(printed)
    assert (code, report["passed"], report["failed"], report["not_valid"]) == (1, 1, 1, 0)
    assert report["files"][0]["examples"][0]["differences"] == [
        {"path": "borne.bank", "expected": "400001.00", "found": "400000.00"}
    ]


def test_the_published_schema_is_the_shape_in_the_code():
    assert (POLICIES / "schema.json").read_text(encoding="utf-8") == shape_text(scheme_shape()), (
        "run manage.py check_schemes --write-shape"
    )
