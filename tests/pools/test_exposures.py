"""The whole book weighed at once is each loan weighed alone, under every scheme that ships."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from uuid import uuid4

import pytest
from django.conf import settings

from kernel.errors import Refused
from riskpool.pools import rules
from riskpool.pools.exposures import Case, Scales
from riskpool.schemes import load_library

LIBRARY = load_library(settings.POLICIES_DIR / "schemes")
SHARED = {"pool.balance": "300000.00", "pool.government_balance": "300000.00"}
NO_AGREEMENT = uuid4()


def facts(chance: random.Random) -> rules.LoanFacts:
    lent = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(300))
    return rules.LoanFacts(
        principal_fen=chance.randrange(1, 20_000_000_00), ip_share=Fraction(chance.randrange(1, 101), 100),
        disbursed_on=lent, due_on=lent + dt.timedelta(days=chance.randrange(30, 2000)), district="渝中区",
        pledge_registered=chance.random() < 0.9, evaluation_free=chance.random() < 0.5,
        first_loan=chance.random() < 0.5, purely_pledged=chance.random() < 0.5, filed_on=lent,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", list(LIBRARY), ids=lambda scheme: scheme.id)
def test_many_loans_weigh_what_each_weighs_alone(scheme: object) -> None:
    """Refusals, absent facts that count in full, and loans that are paid back included."""
    chance, key = random.Random(scheme.id), (uuid4(), NO_AGREEMENT)
    bearers = {
        code: rules.Bearer("lender" if code == scheme.lender else "source", "city") for code in scheme.codes
    }
    scales = Scales(uuid4(), ["渝中区"])
    scales.engines[key] = scheme, bearers
    loans = [facts(chance) for _ in range(30)]
    cases = [Case(*key, one, chance.choice([0, one.principal_fen, one.principal_fen // 3])) for one in loans]
    try:
        alone = [
            rules.exposure_or_whole(
                scheme, bearers, case.balance, rules.loan_metrics(case.facts, ["渝中区"]) | SHARED
            )
            for case in cases
        ]
    except Refused:
        with pytest.raises(Refused):
            scales.weigh(cases, SHARED)
        return
    assert scales.weigh(cases, SHARED) == alone


@pytest.mark.django_db
def test_some_schemes_want_facts_that_nobody_has_set_and_their_loans_count_in_full() -> None:
    """Otherwise the test above would not have tried it."""
    wanting = [scheme.id for scheme in LIBRARY if _wants(scheme)]
    assert wanting


def _wants(scheme: object) -> bool:
    bearers = {
        code: rules.Bearer("lender" if code == scheme.lender else "source", "city") for code in scheme.codes
    }
    metrics = rules.loan_metrics(facts(random.Random(1)), ["渝中区"]) | SHARED
    try:
        rules.exposure_of(scheme, bearers, 1_000_000_00, metrics)
    except Refused:
        return True
    return False
