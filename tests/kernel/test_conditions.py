"""Conditions have four answers; one *no* decides, and every answer has its reason."""

import pytest

from kernel.conditions import PENDING, Answer, Condition, judge, judge_all, parse_conditions
from kernel.errors import Refused


@pytest.mark.parametrize(
    ("op", "holds_for"),
    [
        ("==", {"5"}),
        ("!=", {"4.99", "5.01"}),
        ("<", {"4.99"}),
        ("<=", {"4.99", "5"}),
        (">", {"5.01"}),
        (">=", {"5", "5.01"}),
    ],
)
def test_a_threshold_below_at_and_above(op, holds_for):
    values = ("4.99", "5", "5.01")
    assert {
        value for value in values if judge(Condition("a.b", op, "5.00"), {"a.b": value}).holds
    } == holds_for


@pytest.mark.parametrize(
    ("value", "op", "found", "answer"),
    [
        ("1", "==", "1.00", Answer.YES),
        ("-0", "==", "0.0", Answer.YES),
        ("true", "==", "true", Answer.YES),
        ("true", "==", "True", Answer.NO),
        ("A", "!=", "1", Answer.YES),
        ("1", "==", "１", Answer.NO),  # a full-width digit is a text
        ("1e2", "==", "100", Answer.NO),
    ],
)
def test_numbers_as_numbers_and_the_rest_as_text(value, op, found, answer):
    assert judge(Condition("a.b", op, value), {"a.b": found}).answer is answer


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_texts_are_not_ordered(op):
    with pytest.raises(Refused, match="不是小数"):
        judge(Condition("a.b", op, "5"), {"a.b": "five"})


YES, NO = Condition("a.b", "==", "1"), Condition("a.b", "==", "2")
MISSING, LATER = Condition("c.d", "==", "1"), Condition("e.f", "==", "1")


@pytest.mark.parametrize(
    ("conditions", "answer"),
    [
        ([], Answer.YES),
        ([YES], Answer.YES),
        ([YES, LATER], Answer.PENDING),
        ([LATER, MISSING, YES], Answer.UNKNOWN),
        ([LATER, MISSING, NO], Answer.NO),
    ],
)
def test_no_before_unknown_before_pending_before_yes(conditions, answer):
    judgement = judge_all(conditions, {"a.b": "1", "e.f": PENDING})
    assert judgement.answer is answer
    assert judgement.holds == (answer is Answer.YES)
    assert len(judgement.reasons) == len(conditions)


def test_missing_facts_are_named():
    assert judge_all([MISSING, LATER, MISSING], {}).missing == ("c.d", "e.f")


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("a.b == 1", "when"),
        ([{"metric": "a.b", "op": "=="}], r"when\[0\]"),
        ([{"metric": "a", "op": "==", "value": "1"}], r"when\[0\].metric"),
        ([{"metric": "a.b", "op": "~", "value": "1"}], r"when\[0\].op"),
        ([{"metric": "a.b", "op": "==", "value": 1}], r"when\[0\].value"),
        ([{"metric": "a.b", "op": ">", "value": "big"}], r"when\[0\].value"),
    ],
)
def test_a_malformed_condition_is_refused_with_its_place(written, where):
    with pytest.raises(Refused, match=where):
        parse_conditions(written, "when")
