"""Serial numbers, verify codes, digests, names of files, and the glyph check."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.documents import rules
from kernel.errors import Refused


def test_a_serial_names_the_day_and_counts_in_six_digits() -> None:
    assert rules.serial_number(date(2026, 11, 20), 1) == "ZR-20261120-000001"
    assert rules.serial_number(date(2028, 2, 29), 1234567) == "ZR-20280229-1234567"


def test_a_verify_code_has_sixteen_signs_none_of_which_looks_like_another() -> None:
    codes = {rules.new_verify_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 16 for code in codes)
    assert not set("".join(codes)) & set("01OIL")


def test_a_code_typed_from_paper_is_understood() -> None:
    code = rules.new_verify_code()
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for typed in (
        rules.printed_code(code),
        f"  {code.lower()} ",
        wide,
        rules.printed_code(code).replace("-", "—"),
    ):
        assert rules.typed_code(typed) == code
    assert rules.typed_code(code[:-1]) == ""
    assert rules.typed_code("O" * 16) == ""


def test_the_digests_are_those_of_the_standards() -> None:
    # FIPS 180-4 and GB/T 32905-2016 appendix A.1: the message "abc".
    assert rules.sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert rules.sm3(b"abc") in ("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "")


def test_a_float_or_a_day_never_enters_a_documents_content() -> None:
    for unfixed in (1.5, date(2026, 11, 20), [{"比例": 0.3}], {1: "键不是文字"}):
        with pytest.raises(TypeError):
            rules.canonical_json({"内容": unfixed})


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=5), st.integers() | st.text(max_size=5) | st.booleans() | st.none(), max_size=6
    )
)
def test_one_content_has_one_spelling_however_it_was_put_together(
    content: dict[str, int | str | bool | None],
) -> None:
    backwards = dict(reversed(content.items()))
    assert rules.canonical_json(content) == rules.canonical_json(backwards)
    assert json.loads(rules.canonical_json(content)) == content


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("备案.xlsx", "备案.xlsx"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\bank\回单.pdf", "回单.pdf"),
        ("账\r\nSet-Cookie: a=b.pdf", "账Set-Cookie_ a=b.pdf"),
        ("凭证\u202efdp.exe", "凭证fdp.exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("", "未命名"),
        ("...", "未命名"),
    ],
)
def test_a_hostile_file_name_becomes_a_plain_one(given_name: str, kept: str) -> None:
    assert rules.safe_name(given_name) == kept


def test_a_very_long_file_name_keeps_its_ending() -> None:
    kept = rules.safe_name("很" * 300 + ".xlsx")
    assert len(kept) == 120
    assert kept.endswith("很.xlsx")


def test_a_missing_glyph_is_named_with_its_code_point_and_all_are_named_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        rules.require_glyphs("甲乙丙丁\n", frozenset(map(ord, "甲丙")))
    assert [problem.found.split("，")[0] for problem in refusal.value.problems] == [
        "随附字体没有“丁”（U+4E01",
        "随附字体没有“乙”（U+4E59",
    ]
