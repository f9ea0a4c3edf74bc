"""Laws of the cell grammars, whatever a person types: an amount is what was written or nothing; nothing ever crashes."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.sheets.cells import Cell, column_index, column_letter
from kernel.sheets.content import plain_values, row_digest
from kernel.sheets.figures import Amount, Day, Month, Percent, Whole
from kernel.sheets.grammars import Choice, Code, Text, YesNo
from tests.sheets.corpus import FORM, VALUES

GRAMMARS = (
    Amount("元"),
    Amount("万元"),
    Percent(),
    Whole(),
    Day(),
    Month(),
    Text(),
    Code(),
    YesNo(),
    Choice(("甲", "乙")),
)
cells = st.builds(Cell, st.sampled_from(["text", "number", "boolean"]), st.text(min_size=1, max_size=30))


@settings(max_examples=200, deadline=None)
@given(cell=cells, grammar=st.sampled_from(GRAMMARS))
def test_a_cell_has_a_value_or_an_error_never_both_and_never_neither(cell, grammar):
    if cell.is_blank:
        return
    reading = grammar.read(cell)
    failed = any(flaw.level == "error" for flaw in reading.flaws)
    assert failed == (reading.value is None)


@settings(max_examples=200, deadline=None)
@given(fen=st.integers(min_value=1, max_value=10**15))
def test_an_amount_written_in_yuan_comes_back_to_the_fen(fen):
    written = f"{fen // 100:,}.{fen % 100:02d}"
    assert Amount("元").read(Cell("text", written)).value == fen


@settings(max_examples=200, deadline=None)
@given(yuan=st.integers(min_value=1, max_value=10**10))
def test_the_same_amount_in_wan_and_in_yuan_is_the_same_money(yuan):
    wan = format(Decimal(yuan) / 10_000, "f")
    assert (
        Amount("万元").read(Cell("number", wan)).value == Amount("元").read(Cell("number", str(yuan))).value
    )


@given(index=st.integers(min_value=0, max_value=16_383))
def test_letters_and_places_of_columns_are_inverse(index):
    assert column_index(column_letter(index)) == index


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1, max_size=40))
def test_no_text_is_kept_that_a_spreadsheet_would_run(text):
    value = Text().read(Cell("text", text)).value if not Cell("text", text).is_blank else None
    assert value is None or value[0] not in "=+-@＝＋－＠"


@given(order=st.permutations(list(VALUES)))
def test_the_digest_of_a_row_does_not_depend_on_the_order_of_its_columns(order):
    assert row_digest({key: VALUES[key] for key in order}) == row_digest(VALUES)


@given(key=st.sampled_from(["name", "amount", "people"]), number=st.integers(min_value=1, max_value=50))
def test_the_digest_changes_with_the_content(key, number):
    other = {**VALUES, key: f"乙{number}" if key == "name" else VALUES[key] + number}
    assert row_digest(other) != row_digest(VALUES)


def test_values_survive_json():
    import json

    from kernel.sheets import restored_values

    assert restored_values(FORM, json.loads(json.dumps(plain_values(VALUES)))) == VALUES
