"""Measures of cities that do not exist, in combinations that no measure read so far has; their figures by hand.

odd-city: interest paid clamped at LPR + 1 point for half a year, 1,000,000 x 4.45 % x 182 / 365 = 22,189.04, x 30 % =
6,656.71;
against notional interest at 4.14 %, 41,975.00 x 15 % = 6,296.25; the higher stays and shares a lifetime's limit with fees.
another-city: a band on volume, awards once a mark with one a year, 60 % of at most 3,000,000 for 7 of 12 months.
"""

from __future__ import annotations

import pytest

from finance.subsidies import Series, load_policy, run_examples
from finance.subsidies.examples import Defaults
from tests.subsidies.conftest import SAMPLE


@pytest.mark.parametrize("name", ["odd-city", "another-city"])
def test_a_file_of_a_city_that_nobody_has_seen_computes_what_was_worked_out_by_hand(
    name: str, series: Series, defaults: Defaults
) -> None:
    policy = load_policy(SAMPLE.parent / f"{name}.yaml")
    outcomes = list(run_examples(policy, series, defaults))
    assert len(outcomes) >= 3
    assert [one for one in outcomes if not one.passed] == []
