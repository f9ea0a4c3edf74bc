"""Schemes nobody has issued, one or more for every primitive and its edges, each worked by hand in its file.

A second calculation (`oracle.py`), written from the text of the model and sharing nothing with the product, must agree
with the hand, with the 27 issued schemes, and with the engine on schemes made at random.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.money import yuan_text
from kernel.strict_yaml import Written
from riskpool.schemes import apportion, load_library
from riskpool.schemes.building import scheme_of
from riskpool.schemes.examples import outcome
from riskpool.schemes.loading import Library, resolved
from riskpool.schemes.shape import NEVER_INHERITED
from tests.schemes import oracle
from tests.schemes.test_laws import documents, losses, metrics

HERE = Path(__file__).parent / "cases"
POLICIES = Path(__file__).parents[2] / "policies" / "schemes"


def read_plainly(*folders: Path) -> dict[str, dict]:
    """Every scheme of these folders by another reader of YAML, with what it inherits, resolved by the text alone."""
    written = [
        yaml.safe_load(path.read_text("utf-8")) for f in folders for path in sorted(f.glob("[!_]*.yaml"))
    ]
    by_id = {each["id"]: each for each in written}

    def whole(scheme: dict) -> dict:
        if "inherits" not in scheme:
            return scheme
        parent = whole(by_id[scheme["inherits"]])
        dropped = {*NEVER_INHERITED, "examples"}
        return {key: value for key, value in parent.items() if key not in dropped} | scheme

    return {name: whole(each) for name, each in by_id.items()}


PLAIN = read_plainly(HERE, POLICIES)
CASES = [
    pytest.param(scheme, example, id=f"{name}-{example['id']}")
    for name, scheme in PLAIN.items()
    for example in scheme["examples"]
]


@pytest.fixture(scope="module")
def both() -> Library:
    return Library({**load_library(HERE).schemes, **load_library(POLICIES).schemes})


@pytest.mark.parametrize(("scheme", "example"), CASES)
def test_hand_oracle_and_engine_say_the_same(scheme: dict, example: dict, both: Library) -> None:
    assert oracle.expected(scheme, example) == example["expect"]
    assert outcome(both.schemes[scheme["id"]], example) == example["expect"]


def test_the_cases_use_every_primitive() -> None:
    """Counted in the files themselves, so that a case that is taken away is missed."""
    text = "\n".join(path.read_text("utf-8") for path in HERE.glob("*.yaml"))
    wanted = [
        *("type: transfer", "type: cap", "type: adjust", "share_table:", "pick: first", "pick: max", "uplifts:"),
        *("slice:", "attach:", "detach:", "of: loss", "of: 'borne:", "coverage:", "min: '", "if_missing: full"),
        *("basis: loan_amount_prorata", "basis: loss_amount", "action: warn", "action: suspend_new"),
        *("action: suspend_claims", "method: floor", "deduct_costs: none", "deduct_costs: first"),
        *("distribution: priority", "inherits:", "level: bank_year", "mode: escrow_then_final", "when: ["),
        *("principal_net", "penalty", "costs]", "supersedes:", "doc_date: '2030-06'"),
        *(f"{operation}: [" for operation in ("mul", "div", "min", "max", "floor")),
        *("add:", "sub:"),
    ]  # fmt: skip
    assert [each for each in wanted if each not in text] == []
    assert len(list(HERE.glob("*.yaml"))) >= 40


line = st.fixed_dictionaries(
    {
        "id": st.just("line"),
        "metric": st.just("scheme.rate"),
        "op": st.sampled_from([">=", ">", "==", "!="]),
        "value": st.just("0.05"),
        "action": st.sampled_from(["warn", "suspend_new", "suspend_claims"]),
        "affects": st.just(["fund"]),
    }
)
recoveries = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"gross": st.integers(0, 10**11).map(yuan_text)},
        optional={"costs": st.integers(0, 10**8).map(yuan_text)},
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    documents(),
    losses,
    metrics,
    recoveries,
    st.lists(line, max_size=1),
    st.sampled_from([{}, {"scheme.rate": "0.05"}, {"scheme.rate": "0.0501"}, {"claim.fault": "12.345"}]),
)
def test_the_engine_and_the_oracle_agree_on_any_scheme(
    document: dict, loss: dict, facts: dict, recovery: dict | None, lines: list, more: dict
) -> None:
    taker = next(party["code"] for party in document["parties"] if party["code"] != "bank")
    fault = {"type": "adjust", "id": "fault", "party": taker, "to": "bank", "amount": "claim.fault"}
    document = document | {"stop_loss": lines, "steps": [*document["steps"], fault]}
    example = {
        "id": "e",
        "loss": {name: yuan_text(fen) for name, fen in loss.items()},
        "metrics": facts | more,
    }
    if recovery is not None:
        example["recovery"] = recovery
    scheme = scheme_of(resolved(Written(document), lambda scheme_id: None))
    try:
        wanted = oracle.expected(document, example)
    except oracle.NotCalculated:
        with pytest.raises(Refused):
            outcome(scheme, example)
    else:
        assert outcome(scheme, example) == wanted


def test_a_ratio_is_never_rounded_before_it_is_used(both: Library) -> None:
    """EFG rounded a third to 0.33: 900,000 over debts of one and two million gave 297,000.00 in the place of 300,000.00."""
    scheme = both.schemes["ratio-never-rounded@2030"]
    facts = {"loan.all_debts": "3000000", "loan.own_debt": "1000000"}
    assert apportion(scheme, {"principal": 900_000_00}, facts).covered_fen == 300_000_00
    # and of the other debt, twice as large, to the fen: 2/3 of 900,000.01 is 600,000.006..
    other = facts | {"loan.own_debt": "2000000"}
    assert apportion(scheme, {"principal": 900_000_01}, other).covered_fen == 600_000_01
