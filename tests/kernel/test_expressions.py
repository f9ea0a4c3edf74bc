"""Expressions are exact, name all absent facts, and refuse what is not a calculation."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.expressions import Value, describe, evaluate, exact_decimal, metrics_in, parse_expression

FACTS = {"a.x": "7", "b.y": "0.1", "c.z": "-2.5", "d.word": "many"}


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("12.50", Fraction(25, 2)),
        ("b.y", Fraction(1, 10)),
        ({"add": ["b.y", "0.2"]}, Fraction(3, 10)),  # a float gives 0.30000000000000004
        ({"add": ["1"]}, Fraction(1)),
        ({"sub": ["a.x", "1", "2"]}, Fraction(4)),
        ({"mul": ["a.x", "b.y", "c.z"]}, Fraction(-7, 4)),
        ({"div": ["1", "3", "2"]}, Fraction(1, 6)),
        ({"mul": [{"div": ["1", "3"]}, "3"]}, Fraction(1)),
        ({"min": ["a.x", "c.z", "0"]}, Fraction(-5, 2)),
        ({"max": ["a.x", "c.z", "0"]}, Fraction(7)),
        ({"floor": ["c.z"]}, Fraction(-3)),
        ({"floor": [{"div": ["a.x", "2"]}]}, Fraction(3)),
        ({"sub": [{"min": [{"mul": ["0.02", "a.x"]}, "10"]}, "b.y"]}, Fraction(1, 25)),
    ],
)
def test_the_value_is_exact(written, exact):
    assert evaluate(parse_expression(written, "limit"), FACTS) == Value(exact)


@pytest.mark.parametrize(
    "written",
    [1, 1.5, None, True, [], ["1"], {}, "1e5", "NaN", "Infinity", "+1", "1.", ".5", "1,000", "１", "1_0", "", " 1", "1\n",
     "a", "a.b.c", "A.b", "a.B", "1.a", "a.1", "a-b.c", {"pow": ["1", "2"]}, {"add": []}, {"sub": ["1"]}, {"div": ["1"]},
     {"floor": ["1", "2"]}, {"add": "1"}, {"add": ["1"], "mul": ["2"]}, {"add": [{"add": ["x"]}]}, "__import__('os')"],
    ids=repr,
)  # fmt: skip
def test_what_is_not_an_expression_is_refused_with_its_place(written):
    with pytest.raises(Refused, match="limit"):
        parse_expression(written, "limit")


def test_all_faults_of_a_tree_come_at_once():
    with pytest.raises(Refused) as refusal:
        parse_expression({"min": ["1e5", {"sub": ["x", "1"]}, {"pow": []}]}, "limit")
    assert [problem.where for problem in refusal.value.problems] == [
        "limit.min[0]",
        "limit.min[1].sub[0]",
        "limit.min[2].pow",
    ]


def test_all_absent_facts_are_named_once_or_counted_as_a_rule_says():
    asked = parse_expression({"add": ["e.f", {"mul": ["g.h", "e.f"]}, "a.x"]}, "limit")
    assert evaluate(asked, FACTS) == Value(None, ("e.f", "g.h"))
    assert evaluate(asked, FACTS, absent=Fraction(0)) == Value(Fraction(7))
    assert list(metrics_in(asked)) == ["e.f", "g.h", "e.f", "a.x"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("d.word", "many"),
        ({"div": ["1", "0.0"]}, "除以零"),
        ({"div": ["1", {"sub": ["a.x", "7"]}]}, "除以零"),
    ],
)
def test_a_word_where_a_figure_is_wanted_and_a_division_by_nought_are_refused(written, found):
    with pytest.raises(Refused, match=found):
        evaluate(parse_expression(written, "limit"), FACTS, "limit")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({"sub": ["5", {"sub": ["3", "1"]}]}, "5 − （3 − 1）"),
        ({"mul": ["2", {"add": ["a.x", "1"]}]}, "2 × （7 + 1）"),
        ({"add": ["2", {"mul": ["a.x", "c.z"]}]}, "2 + 7 × （-2.5）"),
        ({"div": ["1", {"div": ["2", "3"]}]}, "1 ÷ （2 ÷ 3）"),
    ],
)
def test_an_expression_is_shown_as_on_paper(written, text):
    assert describe(parse_expression(written, "limit"), FACTS) == text


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_every_plain_decimal_is_read_exactly(decimal):
    assert exact_decimal(f"{decimal:f}") == Fraction(decimal)
