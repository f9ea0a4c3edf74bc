"""A guarantee pays the smallest of its share, its limit for a loan, its limit for a bank and what is left, never the limit.

Every base that a limit can have in a file is tried as the one that binds (wound 18 of the peers: Frappe's FLDG helper).
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import yuan_text
from kernel.strict_yaml import Written
from riskpool.schemes import apportion
from riskpool.schemes.building import scheme_of
from riskpool.schemes.loading import resolved

CAPS = {
    "per_loan": {"mul": ["0.30", "loan.amount"]},
    "per_bank": {"sub": [{"mul": ["0.02", "bank.balance_last_year"]}, "bank.paid_this_year"]},
    "left": {"sub": ["pool.size", "pool.paid_so_far"]},
}
BASES: dict[str, tuple[Any, dict[str, str]]] = {
    "a figure": ("12.34", {}),
    "part of the loan": ({"mul": ["0.1", "loan.amount"]}, {"loan.amount": "123.4"}),
    "part of last year's balance": ({"mul": ["0.02", "bank.balance"]}, {"bank.balance": "617"}),
    "what is left of a year": ({"sub": ["50", "scheme.paid_this_year"]}, {"scheme.paid_this_year": "37.66"}),
    "the balance of the pool": ("pool.balance", {"pool.balance": "12.349"}),
    "half of the pool": ({"mul": ["0.5", "pool.size"]}, {"pool.size": "24.68"}),
    "twice the fees": ({"mul": ["2", "scheme.fees"]}, {"scheme.fees": "6.17"}),
    "volume x guarantee rate x cap rate": (
        {"mul": ["batch.volume", "0.8", "0.05"]},
        {"batch.volume": "308.5"},
    ),
    "an average": ({"div": [{"add": ["pool.a", "pool.b"]}, "2"]}, {"pool.a": "10", "pool.b": "14.68"}),
    "the smaller of two": ({"min": ["pool.balance", "100"]}, {"pool.balance": "12.34"}),
    "the larger of two": ({"max": ["pool.balance", "1"]}, {"pool.balance": "12.34"}),
}


def guarantee(*caps: tuple[str, Any]) -> Any:
    document = {
        "id": "guarantee@2030",
        "lender": "bank",
        "parties": [{"code": "bank"}, {"code": "guarantor"}],
        "loss_base": {"include": ["principal"]},
        "steps": [
            {"type": "transfer", "from": "bank", "of": "loss", "shares": {"guarantor": "0.80"}},
            *(
                {"type": "cap", "id": name, "parties": ["guarantor"], "limit": limit, "overflow_to": "bank"}
                for name, limit in caps
            ),
        ],
    }
    return scheme_of(resolved(Written(document), lambda scheme_id: None))


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.replace(" ", "-"))
def test_every_base_of_a_limit_binds_above_it_and_never_pays_more_than_the_share(base: str) -> None:
    limit, facts = BASES[base]
    scheme = guarantee(("limit", limit))
    assert apportion(scheme, {"principal": 100_00}, facts).borne["guarantor"] == 12_34
    assert apportion(scheme, {"principal": 10_00}, facts).borne["guarantor"] == 8_00, (
        "the share, not the limit"
    )
    assert apportion(scheme, {"principal": 0}, facts).borne["guarantor"] == 0


fen = st.integers(0, 10**10)


@settings(max_examples=200, deadline=None)
@given(fen, fen, fen, fen, fen, fen, st.sampled_from(list(permutations(CAPS))))
def test_it_pays_the_smallest_of_share_loan_limit_bank_limit_and_what_is_left(
    loss: int, loan: int, balance: int, paid: int, size: int, used: int, order: tuple[str, ...]
) -> None:
    facts = {
        "loan.amount": yuan_text(loan),
        "bank.balance_last_year": yuan_text(balance),
        "bank.paid_this_year": yuan_text(paid),
        "pool.size": yuan_text(size),
        "pool.paid_so_far": yuan_text(used),
    }
    scheme = guarantee(*((name, CAPS[name]) for name in order))
    # 80 % by largest remainder, the bank last: one fen more where the guarantor's remainder is not the smaller
    share = (loss * 80 + 50) // 100
    limits = (loan * 30 // 100, max(balance * 2 // 100 - paid, 0), max(size - used, 0))
    assert apportion(scheme, {"principal": loss}, facts).borne["guarantor"] == min(share, *limits)
