"""The whole book weighed at once is each loan weighed alone: under every shipped scheme, and with stated facts."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.errors import Refused
from kernel.money.fields import money_of
from kernel.money.yuan import yuan_text
from riskpool.pools import exposures, metrics, queries, rules, undecided
from riskpool.pools.models import Enrolment
from riskpool.pools.monitoring import StatedFact
from riskpool.pools.weighing import Ground
from riskpool.schemes import load_library
from tests.books import LENT, TODAY, lend, open_books, scheme_version

LIBRARY = load_library(settings.POLICIES_DIR / "schemes")
SHARED = {"pool.balance": "300000.00", "pool.government_balance": "200000.00"}


def facts(chance: random.Random) -> rules.LoanFacts:
    lent = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(300))
    return rules.LoanFacts(
        principal_fen=chance.randrange(1, 20_000_000_00), ip_share=Fraction(chance.randrange(1, 101), 100),
        disbursed_on=lent, due_on=lent + dt.timedelta(days=chance.randrange(30, 2000)), district="渝中区",
        pledge_registered=chance.random() < 0.9, evaluation_free=chance.random() < 0.5,
        first_loan=chance.random() < 0.5, purely_pledged=chance.random() < 0.5, filed_on=lent,
    )  # fmt: skip


def bearers_of(scheme: Any) -> dict[str, rules.Bearer]:
    return {
        code: rules.Bearer("lender" if code == scheme.lender else "source", "city") for code in scheme.codes
    }


def known(scheme: Any, chance: random.Random, balance: int) -> dict[str, str]:
    """The facts of a loan's terms, of the pool, and of three in four loans what else the scheme asks."""
    of_loan = rules.loan_metrics(facts(chance), ["渝中区"]) | SHARED
    for name in sorted(rules.weighing_needs(scheme) - set(of_loan)):
        if chance.random() < 0.75:
            of_loan[name] = chance.choice(["0.5", "1000.00", yuan_text(balance * 2), "true", "false"])
    return of_loan


@pytest.mark.parametrize("scheme", list(LIBRARY), ids=lambda scheme: scheme.id)
def test_many_loans_weigh_what_each_weighs_alone(scheme: Any) -> None:
    """Refusals, absent facts that count in full, and loans that are paid back included."""
    chance, bearers = random.Random(scheme.id), bearers_of(scheme)
    balances = [chance.choice([0, chance.randrange(1, 20_000_000_00)]) for _ in range(60)]
    cases = [known(scheme, chance, balance) for balance in balances]

    def alone(balance: int, of_loan: dict[str, str]) -> tuple[int, int] | None:
        try:
            return rules.exposure_or_whole(scheme, bearers, balance, of_loan)
        except Refused:
            return None

    single = [alone(*pair) for pair in zip(balances, cases, strict=True)]
    kept = [at for at, one in enumerate(single) if one is not None]
    if len(kept) < len(single):
        with pytest.raises(Refused):
            exposures.weighed_or_whole(scheme, bearers, balances, cases)
    many = exposures.weighed_or_whole(
        scheme, bearers, [balances[at] for at in kept], [cases[at] for at in kept]
    )
    assert many == [single[at] for at in kept]


@pytest.mark.parametrize("scheme", list(LIBRARY), ids=lambda scheme: scheme.id)
def test_the_covered_part_of_many_loans_is_that_of_each_and_asks_no_fact_of_a_share(scheme: Any) -> None:
    chance = random.Random(scheme.id)
    balances = [chance.randrange(1, 20_000_000_00) for _ in range(40)]
    cases = [known(scheme, chance, balance) for balance in balances]

    def alone(balance: int, of_loan: dict[str, str]) -> int:
        try:
            return rules.covered_if_lost(scheme, balance, of_loan)
        except Refused as refused:
            rules.facts_absent(refused, "")
            return balance

    assert exposures.covered_or_whole(scheme, balances, cases) == [
        alone(*pair) for pair in zip(balances, cases, strict=True)
    ]


def test_some_schemes_want_facts_that_nobody_has_set_and_their_loans_count_in_full() -> None:
    """Otherwise the tests above would not have tried it; one asks what the lender would be left with."""
    metrics_of = rules.loan_metrics(facts(random.Random(1)), ["渝中区"]) | SHARED
    wanting = []
    for scheme in LIBRARY:
        (weight,) = exposures.weigh_many(
            scheme, bearers_of(scheme), [1_000_000_00], [metrics_of]
        ).many.refused
        wanting += [scheme.id] if weight else []
    assert wanting
    assert any(exposures.LIABILITY in rules.weighing_needs(scheme) for scheme in LIBRARY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("loan.mode", ["direct", "bank_guarantor"]),
        ("claim.paid_by_other_levels", ["0.00", "10.00"]),
        ("borrower.revenue_prev_year", ["1000000.00", "300000000.00"]),
        ("borrower.university_project", ["true", "false"]),
    ],
)
def test_what_was_stated_of_each_loan_is_read_at_once_as_one_by_one(
    cast: Any, name: str, values: list[str]
) -> None:
    books, chance = open_books(cast), random.Random(name)
    loans = [
        lend(cast.bank_a.organisation, borrower, 100_000_00)
        for borrower in (cast.enterprise_a.organisation, cast.enterprise_b.organisation)
        for _ in range(3)
    ]
    books.enrol(*loans)
    entry = metrics.catalogue().entry(name)
    subjects = loans if entry.subject == "loan" else sorted({loan.borrower for loan in loans}, key=str)
    for subject in subjects:
        for about in chance.sample([dt.date(2025, 6, 1), dt.date(2025, 9, 1), LENT, TODAY], 2):
            books.state(name, chance.choice(values), about=about, **{entry.subject: subject})
    middle = StatedFact.objects.order_by("recorded_at")[2].recorded_at
    for on in (dt.date(2025, 8, 1), dt.date(2026, 6, 1), TODAY):
        for known_at in (None, middle):
            asked = metrics.Asked(pool=books.pool, on=on, known_at=known_at)
            at_once = metrics.stated_of_each(entry, asked)
            for loan in loans:
                one = metrics.fact_for(
                    entry, metrics.Asked(pool=books.pool, on=on, known_at=known_at, loan=loan)
                )
                assert at_once.of(loan.pk, loan.borrower_id) == (one.value if one else None)


MODES = ["direct", "bank_guarantor", None, "direct", "bank_guarantor"]


@pytest.mark.django_db
def test_the_position_weighs_each_loan_as_the_door_does_with_what_was_stated_of_it(cast: Any) -> None:
    """E-Town's shares follow each loan's mode, which the bureau states; without one the dearest mode counts."""
    name = "beijing-etown-scitech@2025"
    scheme = next(one for one in LIBRARY if one.id == name)
    parties = {code: {"source": "city"} for code in scheme.codes if code != scheme.lender}
    books = open_books(cast, name, parties)
    books.pay_in("city", 400_000_000_00)
    loans = [books.lend(fen) for fen in (100_000_01, 250_000_00, 333_333_33, 5_000_000_00, 77_777_77)]
    for loan in loans:
        Enrolment.objects.create(
            loan=loan, agreement=books.agreement, scheme=scheme_version(name), enrolled_on=LENT,
            exposure=money_of(0), committed=money_of(0),
        )  # fmt: skip
    for loan, mode in zip(loans, MODES, strict=True):
        if mode:
            books.state("loan.mode", mode, loan=loan)
    rows = {row.enrolment.loan_id: row for row in queries.exposed_on(books.pool, TODAY)}
    ground = Ground(books.agreement, TODAY)
    for loan in loans:
        own, row = queries.facts_of(loan, LENT), rows[loan.pk]
        single = ground.exposure(row.enrolment.scheme, own, row.balance, row.enrolment.loan)
        assert (row.exposure, row.committed) == single
    parts = [Fraction(rows[loan.pk].committed, rows[loan.pk].balance) for loan in loans]
    assert parts[2] == 1, "all behind a guarantor: 80 % and the rest, all from the city here"
    assert len({*parts}) >= 3, "else no statement has made a difference"


@pytest.mark.django_db
def test_the_position_asks_no_more_questions_for_many_loans(cast: Any) -> None:
    books = open_books(cast)
    books.enrol(books.lend(100_000_00))

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            queries.exposed_on(books.pool, TODAY)
        return len(found)

    few = asked()
    books.enrol(*[books.lend(10_000_00) for _ in range(30)])
    assert asked() == few


E_TOWN = next(scheme for scheme in LIBRARY if scheme.id == "beijing-etown-scitech@2025")
BEHIND = {
    "bank": rules.Bearer("lender"),
    "guarantee_system": rules.Bearer("guarantor"),
    "zone": rules.Bearer("source", "zone"),
}


@pytest.mark.parametrize(
    ("mode", "public"),
    [({"loan.mode": "direct"}, 500_000_00), ({"loan.mode": "bank_guarantor"}, 200_000_00), ({}, 500_000_00)],
    ids=["direct 50 %", "with a guarantor 20 %", "not stated: the dearer of the two"],
)
def test_a_gate_that_nobody_can_answer_counts_as_its_dearest_way(mode: Any, public: int) -> None:
    assert rules.exposure_of(E_TOWN, BEHIND, 1_000_000_00, mode) == (1_000_000_00, public)
    assert exposures.weighed_or_whole(E_TOWN, BEHIND, [1_000_000_00], [mode]) == [(1_000_000_00, public)]


def test_figures_between_the_written_ones_are_tried_and_too_many_ways_count_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheme = next(one for one in LIBRARY if one.id == "henan-kejidai@2025")
    gates = undecided.open_gates(scheme, set())
    ways = undecided.ways(scheme, ["borrower.revenue_prev_year"])
    assert ways is not None
    assert ways[0] == {}
    assert {len(way) for way in ways[1:]} == {1}
    assert "borrower.revenue_prev_year" in gates
    monkeypatch.setattr(undecided, "MOST_WAYS", 1)
    assert rules.exposure_of(E_TOWN, BEHIND, 1_000_000_00, {}) == (1_000_000_00, 1_000_000_00)
    assert exposures.weighed_or_whole(E_TOWN, BEHIND, [5], [{}]) == [(5, 5)]
