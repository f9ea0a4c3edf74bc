"""Two wounds of peer systems: a ratio rounded before use (4), and a guarantee that books the whole limit (18)."""

import json

import pytest
import yaml
from django.conf import settings

from kernel.money import split
from riskpool.schemes import apportion, load_scheme, share_recovery


def test_900_000_over_debts_of_1_million_and_2_million_gives_300_000_to_the_fen():
    """Wound 4 (EFG): a third is never rounded to 33 % before it is used."""
    assert split(900_000_00, {"one": 1_000_000_00, "two": 2_000_000_00}) == {
        "one": 300_000_00,
        "two": 600_000_00,
    }


def scheme_with(limits: dict[str, object]) -> object:
    """A loss shared 80 to 20, then cut by a limit a loan, a limit a bank and year, and what is left in the pool."""
    document = yaml.safe_load(
        (settings.POLICIES_DIR / "schemes" / "zhongshan-ip@2021.yaml").read_text("utf-8")
    )
    document = {key: document[key] for key in document if key not in ("examples", "supersedes", "stop_loss")}
    document |= {
        "id": "wound-18@2026",
        "lender": "bank",
        "parties": [{"code": "bank", "role": "lender"}, {"code": "fund", "role": "fund"}],
        "loss_base": {"include": ["principal"], **limits},
        "steps": [
            {"type": "transfer", "from": "bank", "of": "loss", "shares": {"fund": "0.80"}},
            {
                "type": "cap", "id": "loan", "parties": ["fund"], "limit": "500000", "overflow_to": "bank",
            },
            {
                "type": "cap", "id": "bank_year", "parties": ["fund"], "overflow_to": "bank",
                "limit": {"sub": ["2000000", "bank.paid_this_year"]},
            },
            {"type": "cap", "id": "left", "parties": ["fund"], "limit": "pool.balance", "overflow_to": "bank"},
        ],
    }  # fmt: skip
    document["recovery"] = {"deduct_costs": "first", "distribution": "pro_rata_borne"}
    return load_scheme(json.dumps(document, ensure_ascii=False))


@pytest.mark.parametrize(
    ("loss", "paid_this_year", "balance", "pays"),
    [
        (100_000_00, "0", "9000000", 80_000_00),  # the share, not the limit of 500,000.00
        (1_000_000_00, "0", "9000000", 500_000_00),  # the limit a loan
        (1_000_000_00, "1700000", "9000000", 300_000_00),  # what the bank has left this year
        (1_000_000_00, "1700000", "123456.78", 123_456_78),  # what is left in the pool
        (1_000_000_00, "2000001", "9000000", 0),  # nothing left is nothing, not less
    ],
)
def test_a_guarantee_pays_the_smallest_of_share_loan_limit_bank_cap_and_what_is_left(
    loss, paid_this_year, balance, pays
):
    """Wound 18 (Frappe): never the limit itself."""
    metrics = {"bank.paid_this_year": paid_this_year, "pool.balance": balance}
    outcome = apportion(scheme_with({}), {"principal": loss}, metrics)
    assert dict(outcome.borne) == {"bank": loss - pays, "fund": pays}


def test_a_recovery_of_900_000_over_a_covered_million_and_two_outside_returns_300_000():
    """Wound 4 once more, through the engine: the covered part of a loss of three million is one million."""
    limits = {"eligible_caps": [{"id": "million", "basis": "loss_amount", "limit": "1000000"}]}
    scheme = scheme_with(limits)
    metrics = {"bank.paid_this_year": "0", "pool.balance": "9000000"}
    outcome = apportion(scheme, {"principal": 3_000_000_00}, metrics)
    sharing = share_recovery(scheme, outcome, 900_000_00, 0, {})
    assert (sharing.to_covered_fen, sharing.to_lender_outside_fen) == (300_000_00, 600_000_00)
