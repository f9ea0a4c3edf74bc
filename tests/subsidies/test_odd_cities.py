"""Measures of cities that do not exist, in combinations that no measure read so far has; their figures by hand.

odd-city: interest paid clamped at LPR + 1 point for half a year, 1,000,000 x 4.45 % x 182 / 365 = 22,189.04, x 30 % =
6,656.71;
against notional interest at 4.14 %, 41,975.00 x 15 % = 6,296.25; the higher stays and shares a lifetime's limit with fees.
another-city: a band on volume, awards once a mark with one a year, 60 % of at most 3,000,000 for 7 of 12 months.
far-city, far-district, far-county, far-zone: two limits that take their lines in other orders, a tie of an exclusive
choice before counts, rates that wait beside facts that are missing, half years and leap years; worked out in their notes.
"""

from __future__ import annotations

import json

import pytest

from finance.subsidies import Series, evaluate, load_policy, run_examples
from finance.subsidies.engine import used_of
from finance.subsidies.examples import Defaults
from tests.subsidies.conftest import SAMPLE

CITIES = [
    "odd-city",
    "another-city",
    "far-city",
    "far-district",
    "far-county",
    "far-zone",
    "lake-district",
    "star-city",
]


@pytest.mark.parametrize("name", CITIES)
def test_a_file_of_a_city_that_nobody_has_seen_computes_what_was_worked_out_by_hand(
    name: str, series: Series, defaults: Defaults
) -> None:
    policy = load_policy(SAMPLE.parent / f"{name}.yaml")
    outcomes = list(run_examples(policy, series, defaults))
    assert len(outcomes) >= 2
    assert [one for one in outcomes if not one.passed] == []


def test_the_working_names_months_and_numbers_of_loans_as_a_person_would(
    series: Series, defaults: Defaults
) -> None:
    told = sentences_of("far-city", 0, series, defaults)
    assert (
        "3,500,000.00 元 × 知识产权份额 75% × 0.5% × 11/24 = 6,015.63 元（由 6,015.625 元四舍五入到分）"
        in told
    )
    told = sentences_of("far-district", 5, series, defaults)
    assert "5,000.00 元，同一范围内只补助2笔，取金额最高的，本笔不予计算" in told


def sentences_of(name: str, place: int, series: Series, defaults: Defaults) -> list[str]:
    policy = load_policy(SAMPLE.parent / f"{name}.yaml")
    test = json.loads(policy.examples)["tests"][place]
    return evaluate(policy, defaults.case(test["input"]), series, used_of(test.get("used"))).sentences
