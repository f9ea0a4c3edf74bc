"""Faults that only look like good files: line breaks, characters nobody sees, devices, endless products, typing slips."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from kernel.errors import Refused
from kernel.strict_yaml import read_file
from riskpool.schemes import load_scheme, version_on
from riskpool.schemes.loading import Library
from tests.schemes.test_bad_files import SOUND, problems_of
from tests.schemes.test_check_schemes import ANHUI, check, written
from tests.schemes.test_versions import library_of

NINES = "'" + "9" * 30 + "'"


def nested(levels: int) -> str:
    return "{add: [" * levels + "'1'" + "]}" * levels


@pytest.mark.parametrize(
    ("old", "new", "where", "found"),
    [
        ("'0.60'", '"0.60\\n"', "steps[0].share_table.rows[0].shares.fund", "0.60⏎"),
        ("claim.repair", '"claim.repair\\n"', "steps[2].amount", "claim.repair⏎"),
        ("id: repair", 'id: "rep\\0"', "steps[2].id", "U+0000"),
        ("claim.repair", "'-0.01'", "steps[2].amount", "小于零"),
        ("claim.repair", "-5", "steps[2].amount", "没有加引号的数字 -5"),
        ("claim.repair", "１２", "steps[2].amount", "“１２”"),
        ("claim.repair", "'1e5'", "steps[2].amount", "1e5"),
        ("claim.repair", ".inf", "steps[2].amount", ".inf"),
        ("claim.repair", "'NaN'", "steps[2].amount", "NaN"),
        ("claim.repair", "'Infinity'", "steps[2].amount", "Infinity"),
        ("claim.repair", "{}", "steps[2].amount", "空的映射"),
        ("claim.repair", "{sqrt: ['2']}", "steps[2].amount.sqrt", "不认识"),
        ("claim.repair", "{floor: ['2', '3']}", "steps[2].amount.floor", "2项"),
        ("claim.repair", "{div: ['2']}", "steps[2].amount.div", "1项"),
        ("claim.repair", f"{{mul: [{', '.join([NINES] * 31)}]}}", "steps[2].amount", "31个数字和指标"),
        ("claim.repair", nested(41), "steps[2].amount" + ".add[0]" * 40, "嵌套超过40层"),
        ("affects: [fund]", "affects: [fund, fund]", "stop_loss[0].affects[1]", "重复"),
        (
            "when: []\n      shares: {fund: '0.50'}",
            "shares: 0.5",
            "steps[0].share_table.rows[1].shares",
            "0.5",
        ),
    ],
)
def test_a_fault_that_looks_like_a_good_text_is_told_with_its_place(
    old: str, new: str, where: str, found: str
) -> None:
    assert old in SOUND
    problems = problems_of(SOUND.replace(old, new, 1))
    assert [p for p in problems if p.where.split("（")[0] == where and found in p.found], [
        str(p) for p in problems
    ]


def test_expressions_that_are_as_long_and_as_deep_as_allowed_are_calculated() -> None:
    for expression in (nested(39), f"{{mul: [{', '.join([NINES] * 30)}]}}"):
        load_scheme(SOUND.replace("claim.repair", expression))


def test_a_typing_slip_is_answered_with_the_key_that_was_meant() -> None:
    told = {
        str(p) for p in problems_of(SOUND.replace("lender:", "lendr:").replace("overflow_to:", "overflowto:"))
    }
    assert any("是不是想写 lender？" in each for each in told)
    assert any("是不是想写 overflow_to？" in each for each in told)


def test_a_tab_is_called_a_tab() -> None:
    (problem,) = problems_of(SOUND.replace("  from: bank", "\tfrom: bank"))
    assert "制表符" in problem.wanted
    assert "行" in problem.where


def test_many_limits_before_the_split_are_counted_together() -> None:
    caps = "".join(
        f"  - {{id: c{n}, basis: loan_amount_prorata, loan_metric: loan.a, limit: {{mul: [loan.b, '0.5']}}}}\n"
        for n in range(11)
    )
    text = SOUND.replace("  include: [principal]\n", "  include: [principal]\n  eligible_caps:\n" + caps)
    assert any(p.where.startswith("loss_base.eligible_caps") and "33个" in p.found for p in problems_of(text))


def test_versions_that_replace_each_other_are_refused_not_lost() -> None:
    circle = library_of("id: x@1\nsupersedes: x@2", "id: x@2\nsupersedes: x@1")
    with pytest.raises(Refused, match="互相取代"):
        version_on(circle, "x", date(2023, 1, 1))


@pytest.mark.parametrize("name", ["/dev/zero", "a" * 5000 + ".yaml", "/proc/1/mem"])
def test_what_is_no_file_at_all_is_a_sentence(name: str) -> None:
    code, printed = check(name)
    assert code == 2
    assert printed.count("。") >= 1


def test_a_pipe_is_read_to_its_end_and_a_large_file_is_not(tmp_path: Path) -> None:
    large = written(tmp_path, b"x: '1'\n" * 800_000)
    with pytest.raises(Refused, match="超过1 MB"):
        read_file(large)
    reader, writer = os.pipe()
    os.write(writer, ANHUI.encode())
    os.close(writer)
    code, printed = check(f"/dev/fd/{reader}")
    os.close(reader)
    assert (code, printed) == (0, "2 passed, 0 failed\n")


def test_a_byte_order_mark_is_passed_over_and_other_encodings_are_told(tmp_path: Path) -> None:
    assert check(written(tmp_path, b"\xef\xbb\xbf" + ANHUI.encode()))[0] == 0
    for encoded in ("济宁".encode("gb18030") + ANHUI.encode(), ANHUI.encode("utf-16")):
        code, printed = check(written(tmp_path, encoded))
        assert code == 2
        assert "UTF-8" in printed


def test_a_file_name_that_is_no_text_has_a_line_of_its_own(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.yaml"
    with open(path, "wb") as file:
        file.write(b"- one\n")
    for arguments in ((), ("--json",)):
        code, printed = check(os.fsdecode(path), *arguments)
        assert code == 2
        printed.encode()


def test_what_a_file_inherits_may_be_named_beside_it_on_the_command_line(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    parent = written(there, SOUND)
    child = written(here, "id: village@2030\ninherits: town@2030\nsteps: []\n", "village.yaml")
    assert check(child)[0] == 2
    code, printed = check(child, parent)
    assert "village@2030" not in printed
    assert "找不到" not in printed
    assert code == 1, "the parent's example is short of parties"


VOLUME = """
id: city@2030
kind: volume_subsidy
formula: {mul: ['0.005', bank.lent_volume]}
examples:
- {id: half_up, metrics: {bank.lent_volume: '1.00'}, expect: {paid: '0.01'}}
- {id: down, metrics: {bank.lent_volume: '0.99'}, expect: {paid: '0.00'}}
"""


def test_a_subsidy_on_volume_is_checked_alone_and_in_a_list(tmp_path: Path) -> None:
    assert check(written(tmp_path, VOLUME)) == (0, "2 passed, 0 failed\n")
    listed = "\n".join("- " + VOLUME.strip().replace("city@", f"{n}@").replace("\n", "\n  ") for n in "ab")
    assert check(written(tmp_path, listed)) == (0, "4 passed, 0 failed\n")
    code, printed = check(written(tmp_path, VOLUME.replace("paid: '0.01'", "paid: '0.02'")))
    assert code == 1
    assert "算例 half_up 不符：paid 应为（expected）0.02，算得（found）0.01" in printed
    code, printed = check(written(tmp_path, VOLUME.replace("'0.99'", "'n/a'")))
    assert code == 1
    assert "不是小数" in printed


@pytest.mark.parametrize(
    ("old", "new", "where", "found"),
    [
        ("'0.005'", "0.005", "formula.mul[0]（第4行）", "没有加引号的数字 0.005"),
        ("bank.lent_volume]", "Bank.volume]", "formula.mul[1]（第4行）", "Bank.volume"),
        ("volume_subsidy", "volume", "kind（第3行）", "“volume”"),
        ("formula:", "formular:", "formula", "没有写"),
        ("paid: '0.01'", "paid: '0.1'", "examples[0].expect.paid（第6行）", "“0.1”"),
        ("id: down", "id: half_up", "examples[1].id（第7行）", "重复"),
        ("kind:", "valid_to: '2029-02-30'\nkind:", "valid_to（第3行）", "不是真实的日期"),
        ("kind:", "steps: []\nkind:", "kind（第4行）", "不认识的键"),
    ],
)
def test_a_fault_of_a_subsidy_on_volume_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, where: str, found: str
) -> None:
    code, printed = check(written(tmp_path, VOLUME.replace(old, new, 1)), "--json")
    assert code == 2
    problems = json.loads(printed)["files"][0]["problems"]
    assert [p for p in problems if p["where"] == where and found in p["found"]], problems


def test_two_subsidies_of_one_list_with_one_id_are_refused(tmp_path: Path) -> None:
    twice = "\n".join("- " + VOLUME.strip().replace("\n", "\n  ") for _ in "ab")
    code, printed = check(written(tmp_path, twice))
    assert code == 2
    assert "[1].id（第7行）：“city@2030”重复" in printed


def test_an_empty_library_has_no_version() -> None:
    assert version_on(Library(), "x", date(2023, 1, 1)) is None


def test_an_escape_that_is_no_character_is_told_with_its_line() -> None:
    """libyaml refuses it before any value is read, so the place is line and column."""
    (problem,) = problems_of(SOUND.replace("id: repair", 'id: "rep\\uD800"', 1))
    line = SOUND[: SOUND.index("id: repair")].count("\n") + 1
    assert problem.where.startswith(f"第{line}行")
    assert "转义" in problem.wanted


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (
            "parties:\n- code: bank\n- code: fund\n- code: insurer\n",
            "parties: [bank, fund, insurer]\n",
            ["parties[0]", "parties[1]", "parties[2]"],
        ),
        ("parties:\n- code: bank\n- code: fund\n- code: insurer\n", "parties: []\n", ["parties"]),
        (
            "parties:\n- code: bank\n- code: fund\n- code: insurer\n",
            "inherits: village@2029\n",
            ["inherits"],
        ),
    ],
)
def test_without_any_party_that_one_fault_is_told_and_not_every_place_that_names_one(
    old: str, new: str, where: list[str]
) -> None:
    assert old in SOUND
    assert [problem.where.split("（")[0] for problem in problems_of(SOUND.replace(old, new, 1))] == where
