"""Credit codes (GB 32100-2015) and right numbers (ZC 0006-2003): the worked examples of the standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.intake.identifiers import CreditCode, right_number
from finance.parties.rules import ALPHABET, checked_credit_code, credit_code_check_character
from finance.pledges.rules import patent_check_digit, patent_number, right_key, right_kind
from kernel.sheets.cells import Cell


def levels(reading):
    return [flaw.level for flaw in reading.flaws]


@pytest.mark.parametrize(
    "code",
    [
        "91110108551385082Q",
        "91512081MA62K0260E",
        "91350100M000100Y43",
        "91110108MA00000070",  # remainder nought gives 0
        "N2110105MF0123451F",  # a letter first
    ],
)
def test_lawful_codes_hold(code):
    check = checked_credit_code(code)
    assert (check.code_holds, check.organisation_holds) == (True, True)
    assert CreditCode().read(Cell("text", code)).flaws == ()


def test_a_lawful_early_code_whose_check_fails_is_a_warning():
    reading = CreditCode().read(Cell("text", "91350100M0001TGQXM"))
    assert (reading.value, levels(reading)) == ("91350100M0001TGQXM", ["warning"])
    assert reading.flaws[0].found == "校验位不符：末位是 M，按国家标准应为 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("91350100M000100Y4Z", "含有代码里不会出现的字符：Z"),
        ("500103000012345", "是 15 位的旧工商注册号"),
        ("9111010855138508", "有 16 位"),
        ("9111010855138508２Q１", "有 19 位"),
        ("91110108551385О82Q", "含有代码里不会出现的字符：О"),  # Cyrillic
        ("01110108551385082Q", "不是有效的统一社会信用代码"),
    ],
)
def test_a_text_that_is_no_code_is_told_why(text, says):
    reading = CreditCode().read(Cell("text", text))
    assert (reading.value, levels(reading)) == (None, ["error"])
    assert says in reading.flaws[0].found


@pytest.mark.parametrize("text", ["915001000000000000", "500103000012345", "1"])
def test_a_code_that_became_a_number_is_an_error_of_its_own_kind(text):
    reading = CreditCode().read(Cell("number", text))
    assert [flaw.code for flaw in reading.flaws] == ["code_became_number"]
    assert "末位已失真" in reading.flaws[0].found


def test_small_letters_full_width_forms_and_blanks_are_folded_with_a_note():
    reading = CreditCode().read(Cell("text", " ９1110108 551385082q\u00a0"))
    assert reading.value == "91110108551385082Q"
    assert reading.folds == ("按 91110108551385082Q 读入",)


@given(st.text(alphabet=ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_code_is_always_found(first, place, other):
    changed = first[:place] + other + first[place + 1 :]
    same = credit_code_check_character(first) == credit_code_check_character(changed)
    assert same == (changed == first)


@pytest.mark.parametrize(
    "text", ["ZL201710601862.3", "200410018477.9", "95115608.X", "97101765.4", "ZL201510123456.1"]
)
def test_patent_numbers_of_the_standard_are_accepted(text):
    number = patent_number(text)
    assert number.text == text
    assert levels(right_number(text)) in ([], ["warning"])


@pytest.mark.parametrize(
    ("body", "check"), [("201710601862", "3"), ("200410018477", "9"), ("95115608", "X"), ("97101765", "4")]
)
def test_check_digits_are_those_of_the_worked_examples(body, check):
    assert patent_check_digit(body) == check


def test_a_patent_number_with_a_wrong_check_digit_is_a_warning_that_names_the_right_one():
    reading = right_number("ZL201710601862.4")
    assert levels(reading) == ["warning"]
    assert reading.flaws[0].found == "专利号 ZL201710601862.4 的校验位不符：应为 3"


def test_a_publication_number_is_not_the_patents_number():
    reading = right_number("CN107463654A")
    assert [(flaw.code, flaw.level) for flaw in reading.flaws] == [("publication_number", "warning")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("zl 2017１0601862．3", "patent"),
        ("2017106018623", "patent"),
        ("95115608X", "patent"),
        ("65740154", "trademark"),
        ("G1234567A", "trademark"),
        ("2020SR0123456", "copyright"),
        ("BS.205012345", "layout"),
        ("看证书", None),
    ],
)
def test_a_number_names_its_kind_of_right(text, kind):
    assert right_kind(text) == kind


def test_three_writings_of_one_patent_are_one_right():
    assert {right_key(text) for text in ("ZL201710601862.3", "2017106018623", " zl２０１７10601862.3")} == {
        "201710601862.3"
    }
