"""Tables in 万元 add up as printed, in both directions, and every figure is next to its exact value."""

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import wan_column, wan_table, wan_text

UNIT = 10_000  # fen in 0.01 万元
amounts = st.one_of(st.integers(-3 * UNIT, 3 * UNIT), st.integers(-(10**14), 10**14), st.just(0))


def tables(most_rows=5, most_columns=5, cells=amounts):
    shapes = st.tuples(st.integers(1, most_rows), st.integers(1, most_columns))
    return shapes.flatmap(
        lambda shape: st.lists(
            st.lists(cells, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        )
    )


def units(text):
    return int(Decimal(text) * 100)


def is_floor_or_ceiling(printed, fen):
    return units(printed) in (fen // UNIT, -(-fen // UNIT))


@settings(max_examples=200, deadline=None)
@given(st.lists(amounts, max_size=12))
def test_a_column_adds_up_to_its_total_rounded_half_up(fen):
    column = wan_column(fen)
    assert column.total == wan_text(sum(fen))
    assert sum(map(Decimal, column.cells)) == Decimal(column.total)
    assert all(is_floor_or_ceiling(cell, amount) for cell, amount in zip(column.cells, fen, strict=True))


@settings(max_examples=200, deadline=None)
@given(tables())
def test_a_table_adds_up_in_both_directions_and_no_figure_is_a_unit_off(fen):
    table = wan_table(fen)
    assert table.total == wan_text(sum(map(sum, fen)))
    for row, exact, total in zip(table.cells, fen, table.row_totals, strict=True):
        assert sum(map(Decimal, row)) == Decimal(total)
        assert is_floor_or_ceiling(total, sum(exact))
        assert all(is_floor_or_ceiling(cell, amount) for cell, amount in zip(row, exact, strict=True))
    for column, exact, total in zip(
        zip(*table.cells, strict=True), zip(*fen, strict=True), table.column_totals, strict=True
    ):
        assert sum(map(Decimal, column)) == Decimal(total)
        assert is_floor_or_ceiling(total, sum(exact))
    assert (
        sum(map(Decimal, table.row_totals)) == sum(map(Decimal, table.column_totals)) == Decimal(table.total)
    )


def deviation(printed, fen):
    return abs(units(printed) * UNIT - fen)


def least_deviation_by_trying_all(fen):
    """Independent method: every table of floors and ceilings whose total is the printed one; totals first,
    then cells."""
    flat = [cell for row in fen for cell in row]
    width = len(fen[0])
    total = units(wan_text(sum(flat)))
    found = []
    for cells in product(*({cell // UNIT, -(-cell // UNIT)} for cell in flat)):
        rows = [sum(cells[at : at + width]) for at in range(0, len(cells), width)]
        columns = [sum(cells[at::width]) for at in range(width)]
        sums = [(rows[at], sum(row)) for at, row in enumerate(fen)]
        sums += [(columns[at], sum(row[at] for row in fen)) for at in range(width)]
        if sum(cells) == total and all(whole in (exact // UNIT, -(-exact // UNIT)) for whole, exact in sums):
            of_totals = sum(abs(whole * UNIT - exact) for whole, exact in sums)
            found.append(
                (of_totals, sum(abs(c * UNIT - exact) for c, exact in zip(cells, flat, strict=True)))
            )
    return min(found)


@settings(max_examples=60, deadline=None)
@given(tables(3, 3, st.integers(-2 * UNIT, 2 * UNIT)))
def test_no_other_table_that_adds_up_is_nearer_to_the_exact_figures(fen):
    table = wan_table(fen)
    of_totals = sum(deviation(total, sum(row)) for total, row in zip(table.row_totals, fen, strict=True))
    of_totals += sum(
        deviation(total, sum(column))
        for total, column in zip(table.column_totals, zip(*fen, strict=True), strict=True)
    )
    of_cells = sum(
        deviation(cell, exact)
        for row, exacts in zip(table.cells, fen, strict=True)
        for cell, exact in zip(row, exacts, strict=True)
    )
    assert (of_totals, of_cells) == least_deviation_by_trying_all(fen)


def test_what_is_exact_is_printed_exactly():
    table = wan_table([[1_0000_00, 2_0000_00], [0, 50_00]], grouped=True)
    assert table.cells == (("1.00", "2.00"), ("0.00", "0.01"))
    assert table.row_totals == ("3.00", "0.01")


def test_two_thirds_of_a_hundred_yuan_are_not_printed_as_more_than_there_is():
    """Three times 66.67 yuan: each alone is printed 0.01 万元, together 200.01 yuan are 0.02."""
    assert wan_column([6667, 6667, 6667]).cells == ("0.01", "0.01", "0.00")
    assert wan_text(6667) == "0.01"


def test_an_empty_table_is_printed_empty():
    assert wan_table([]).total == "0.00"
    assert wan_table([[], []]).row_totals == ("0.00", "0.00")
    assert wan_column([]).total == "0.00"
