"""What the calculator says, what the officer reviews, what is paid and what a draft's run over a book says are one number:
10,000 random firms and loans."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from finance.subsidies import Case, Policy, Status, evaluate, load_library, load_series, replay
from finance.subsidies.bulk import Book, settle_many
from finance.subsidies.metering import metered
from finance.subsidies.results import Result
from finance.subsidies.settling import Entered, settle
from finance.subsidies.stating import plain_of
from kernel.money.yuan import yuan_text

CASES, PARTS = 10_000, 4
HOME = Path(settings.POLICIES_DIR)
LIBRARY = load_library(HOME / "subsidies")
SERIES = load_series(HOME / "series" / "rates.yaml")
OFFERED = list(LIBRARY.offered())


def a_case(chance: random.Random, region: str) -> dict[str, Any]:
    """Facts by path as an application holds them; now and then one is missing, or the firm is from elsewhere."""
    first = dt.date(2020, 1, 1) + dt.timedelta(chance.randrange(2300))
    last = first + dt.timedelta(chance.randrange(1, 800))
    fen = chance.randrange(1, 40_000_000_00)
    facts: dict[str, Any] = {
        "applicant.region": region if chance.random() < 0.95 else "110000",
        "applicant.legal_person": True, "applicant.size": chance.choice(("medium", "small", "micro", "large")),
        "applicant.revenue": yuan_text(chance.randrange(10**11)), "applicant.in_priority_sector": chance.random() < 0.9,
        "applicant.joint_punishment": chance.random() < 0.05, "applicant.paid_in_previous_batch": False,
        "applicant.industry": "industry", "applicant.early_stage": True, "applicant.ip_pilot_firm": True,
        "loan.draws": [[first.isoformat(), yuan_text(fen)]], "loan.amount": yuan_text(fen),
        "loan.enterprise_outstanding": yuan_text(fen), "loan.contract_date": first.isoformat(),
        "loan.settled_on": last.isoformat() if chance.random() < 0.9 else None,
        "loan.rate": f"0.0{chance.randrange(250, 900)}", "loan.lender_type": "bank", "loan.overdue_days": 0,
        "loan.term_months": str((last - first).days // 30), "loan.other_fiscal_interest_subsidy": False,
        "loan.guarantee_fee_rate": "0.01", "loan.credit_support": chance.choice(("none", "insurance", "policy_guarantee")),
        "pledge.kinds": [chance.choice(("patent", "trademark", "copyright"))], "pledge.owner_is_borrower": True,
        "pledge.has_first_time_right": True, "pledge.pledgee_type": "bank", "pledge.used_in_products": True,
        "pledge.ip_share": chance.choice(("1", "0.6", "0.333333")), "pledge.registered_on": first.isoformat(),
        "pledge.items": chance.randrange(1, 5), "pledge.mode": chance.choice(("ip_only", "mixed")),
        "fees.appraisal": yuan_text(chance.randrange(20_000_000)) if chance.random() < 0.5 else None,
        "fees.guarantee": yuan_text(chance.randrange(20_000_000)) if chance.random() < 0.3 else None,
    }  # fmt: skip
    if chance.random() < 0.1:
        facts[chance.choice(list(facts))] = None
    return facts


@pytest.mark.parametrize("part", range(PARTS))
def test_estimate_is_review_is_payment(part: int) -> None:
    chance = random.Random(20261127 + part)
    paid_something = 0
    books: dict[str, list[tuple[Case, Result]]] = {}
    for _ in range(CASES // PARTS):
        policy = chance.choice(OFFERED)
        facts = a_case(chance, policy.region)
        day = max(dt.date(2024, 6, 1), policy.effective.first)
        plain = plain_of(facts) | {"evaluated_on": day.isoformat(), "application_date": day.isoformat()}

        estimate = evaluate(policy, Case.from_plain(plain, believe=True), SERIES)
        kept = json.loads(json.dumps(estimate.plain()))
        case = Case.from_plain(kept["given"]["case"], believe=True)
        keys = {
            one.limit: one.key
            for one in metered(policy, "family", case, {"enterprise": "e", "bank": "b", "guarantor": "g"})
        }
        (review,) = settle(policy, [Entered(case, keys)], SERIES, {})
        payment = replay(kept)

        assert review.as_expected() == estimate.as_expected() == payment.as_expected()
        assert [line.paid_fen for line in review.lines] == [line.paid_fen for line in payment.lines]
        books.setdefault(policy.id, []).append((case, estimate))
        paid_something += estimate.status is Status.ELIGIBLE and estimate.total_fen > 0
    assert paid_something > CASES // PARTS // 20  # the law is not true of refusals only
    for policy_id, told in books.items():
        whole_book_says_the_same(LIBRARY[policy_id], told)


def whole_book_says_the_same(policy: Policy, told: list[tuple[Case, Result]]) -> None:
    """All applications of one policy in one vectorised run, each of a firm of its own, so that none shares a limit."""
    who = [
        {role: f"{role} {place}" for role in ("enterprise", "bank", "guarantor", "loan", "project")}
        for place in range(len(told))
    ]
    many = settle_many(policy, Book.of_cases([case for case, _ in told], who), SERIES)
    for row, (_case, one) in enumerate(told):
        assert (many.status_of(row), int(many.total[row])) == (one.status, one.total_fen)
        assert {line: int(fen[row]) for line, fen in many.paid.items() if fen[row]} == {
            line.id: line.paid_fen for line in one.lines if line.paid_fen
        }
