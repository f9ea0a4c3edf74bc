"""What section 9 of the model asks of the engine and no other test names: what saving refuses, lines at, below and above."""

from __future__ import annotations

import pytest

from kernel.errors import Refused
from riskpool.schemes import apportion, load_scheme, run_examples
from riskpool.schemes.loading import Library

HEAD = """
id: nine@2030
lender: bank
parties: [{code: bank}, {code: fund}]
loss_base: {include: [principal]}
"""


def covered(library: Library, scheme_id: str, ratio: str) -> int:
    metrics = {"loan.ip_share_in_contract": ratio}
    return apportion(library.schemes[scheme_id], {"principal": 100_00}, metrics).covered_fen


@pytest.mark.parametrize(
    ("ratio", "fen"), [("0.5000", 50_00), ("0.50", 50_00), ("0.4999", 0), ("0.5001", 50_01)]
)
def test_wuhan_covers_at_half_and_not_a_hair_below(library: Library, ratio: str, fen: int) -> None:
    assert covered(library, "wuhan-ip@2024", ratio) == fen


@pytest.mark.parametrize(
    ("rate", "notes", "bank"),
    [
        ("0.0499999", (), 40_00),
        ("0.05", ("stop-loss warn_5: warn",), 40_00),
        ("0.0799999", ("stop-loss warn_5: warn",), 40_00),
        ("0.080", ("stop-loss warn_5: warn", "stop-loss suspend_8: suspend_claims"), 100_00),
        ("0.0800001", ("stop-loss warn_5: warn", "stop-loss suspend_8: suspend_claims"), 100_00),
    ],
)
def test_hubei_warns_at_five_and_suspends_at_eight_percent(
    library: Library, rate: str, notes: tuple[str, ...], bank: int
) -> None:
    result = apportion(
        library.schemes["hubei-knowledge-value@2025"], {"principal": 100_00}, {"scheme.npl_rate": rate}
    )
    assert (result.notes, result.borne["bank"]) == (notes, bank)


@pytest.mark.parametrize(
    ("share", "met"), [("0.50", True), ("0.5000", True), ("0.4999", False), ("0.5001", True)]
)
def test_a_condition_of_at_least_half_as_zhuhai_words_it_is_met_at_half(share: str, met: bool) -> None:
    """Zhuhai's 50 % stands in its `rules`, as a condition of admission; written as a `when` it would read like this."""
    when = "[{metric: loan.ip_share, op: '>=', value: '0.50'}]"
    scheme = load_scheme(
        HEAD + f"steps: [{{type: transfer, when: {when}, from: bank, of: loss, shares: {{fund: '0.4'}}}}]"
    )
    assert apportion(scheme, {"principal": 100_00}, {"loan.ip_share": share}).borne["fund"] == (
        40_00 if met else 0
    )


def test_a_fact_without_a_source_loads_and_runs_its_examples_but_stops_a_live_claim() -> None:
    scheme = load_scheme(
        HEAD
        + """
steps:
- {type: transfer, from: bank, of: loss, shares: {fund: '0.5'}}
- {type: cap, id: moon, parties: [fund], limit: moon.phase, overflow_to: bank}
examples:
- id: full
  loss: {principal: '100.00'}
  metrics: {moon.phase: '7'}
  expect:
    covered_loss: '100.00'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '93.00', fund: '7.00'}
    notes: [cap moon binds at 7.00]
"""
    )
    assert [result.passed for result in run_examples(scheme)] == [True]
    with pytest.raises(Refused, match=r"moon\.phase"):
        apportion(scheme, {"principal": 100_00}, {})


@pytest.mark.parametrize("overflow", ["bank", "other"])
def test_a_cap_of_zero_moves_everything_to_its_target(overflow: str) -> None:
    scheme = load_scheme(
        HEAD.replace("{code: fund}", "{code: fund}, {code: other}")
        + f"""
steps:
- {{type: transfer, from: bank, of: loss, shares: {{fund: '0.5'}}}}
- {{type: cap, id: none, parties: [fund], limit: '0', overflow_to: {overflow}}}
"""
    )
    borne = apportion(scheme, {"principal": 100_01}, {}).borne
    assert borne["fund"] == 0
    assert borne[overflow] == (100_01 if overflow == "bank" else 50_01)
