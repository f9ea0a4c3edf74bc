"""A hundred thousand loans through each subsidy policy at once, beside the single path.

    python benchmarks/subsidies_bulk.py [POLICY-ID ...]

First the gate: the first 300 loans, settled together by the single path and by the bulk path, agree to the fen. Then five
rounds in which both paths take turns: the bulk path over all loans (conditions, amounts, counts, limits over the whole
book), the single path over 200 of them one call each, without any limits. Goal: per loan the bulk path takes no more than a
fiftieth. The processor's time is taken, not the clock's, because both paths use one core and the machine may be shared. Peak
memory is what the bulk run allocates beside the book (tracemalloc, in a run of its own) and of the whole process.

The facts are drawn so that conditions fall on all sides: mostly what the policy asks for, a rate with six places, amounts to
the fen, a third of the loans repaid in parts; 40,000 firms and 30 banks, so that limits bind.
"""

import platform
import random
import resource
import sys
import tracemalloc
from pathlib import Path
from statistics import median

import numpy as np

HOUSE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOUSE))

from benchmarks.stopwatch import seconds
from finance.subsidies import Policy, Series, evaluate, load_library, load_policy, load_series
from finance.subsidies.bulk import Book, Days, Fen, Many, Numbers, Payments, Words, settle_many
from finance.subsidies.facts import Case
from finance.subsidies.settling import settle
from finance.subsidies.terms import BankVolume, FeePaid, Fixed
from kernel.errors import Refused
from tests.subsidies.books import case_or_none, entered, plain_case

SEED = 20261127
LOANS, FIRMS, BANKS, GUARANTORS = 100_000, 40_000, 30, 20
KINDS = 400
"""Different sets of words (who the firm is, what is pledged); everything else differs from loan to loan."""
GATE_LOANS, SINGLE_LOANS, ROUNDS, GOAL = 300, 200, 5, 50
DAY = np.timedelta64(1, "D")


def book_of(policy: Policy, count: int, random_of: np.random.Generator) -> Book:
    """Words as the policy asks for them, every day, amount and rate of its own."""
    dice = random.Random(policy.id)
    kinds = [case for _ in range(KINDS) if (case := case_or_none(plain_case(policy, dice, odd=0.01)))]
    which = random_of.integers(0, len(kinds), count)
    paths = dict.fromkeys(path for case in kinds for path in case.facts)
    words = {
        path: Words.of(case.facts.get(path) for case in kinds).rows(which)
        for path in paths
        if not path.startswith(("loan.draws", "loan.repaid"))
    }
    drawn = np.array([np.datetime64(case.first_draw or "2023-01-01", "D") for case in kinds])[which]
    settled = drawn + random_of.integers(30, 1100, count) * DAY
    as_asked = np.array(
        [np.datetime64(str(case.facts.get("loan.settled_on", "2024-06-01")), "D") for case in kinds]
    )[which]
    settled = np.where(random_of.random(count) < 0.6, np.maximum(as_asked, drawn), settled)
    fen = np.exp(random_of.uniform(np.log(1e6), np.log(2e9), count)).astype(np.int64)
    facts = words | {
        "loan.settled_on": Days(settled),
        "loan.contract_date": Days(drawn - random_of.integers(0, 20, count) * DAY),
        "loan.rate": Numbers(random_of.integers(30_000, 60_000, count), places=6),
        "loan.term_months": Numbers(random_of.integers(3, 37, count), places=0),
        "pledge.ip_share": Numbers(random_of.integers(1, 101, count), places=2),
    }
    for line in policy.lines:
        if isinstance(line.base, Fixed | BankVolume):
            path = line.base.count if isinstance(line.base, Fixed) else line.base.fact
            facts[path] = Numbers(random_of.integers(0, 40, count), places=0)
    in_parts = random_of.random(count) < 1 / 3
    repaid = Payments.one_each(
        np.where(in_parts, drawn + (settled - drawn) // 2, np.datetime64("NaT")),
        np.where(in_parts, fen // 2, 0),
    )
    fees = {
        line.base.fee: _amounts(count, random_of) for line in policy.lines if isinstance(line.base, FeePaid)
    }
    return Book(
        facts, Payments.one_each(drawn, fen), repaid, fees,
        interest_paid=_amounts(count, random_of), approved_amount=_amounts(count, random_of),
        band_choice=Numbers(random_of.integers(3, 6, count), places=1),
        evaluated_on=Days(settled + 200 * DAY), application_date=Days(settled + random_of.integers(0, 100, count) * DAY),
        parties={
            "enterprise": random_of.integers(0, FIRMS, count), "bank": random_of.integers(0, BANKS, count),
            "guarantor": random_of.integers(0, GUARANTORS, count), "project": np.arange(count), "loan": np.arange(count),
        },
    )  # fmt: skip


def _amounts(count: int, random_of: np.random.Generator) -> Fen:
    return Fen(random_of.integers(0, 5_000_000, count), random_of.random(count) < 0.7)


def gate(policy: Policy, book: Book, series: Series) -> int:
    """Fails the benchmark where one loan is wrong; how many were paid."""
    part = book.rows(slice(0, GATE_LOANS))
    whole = {name: numbers[:GATE_LOANS] for name, numbers in book.parties.items()}
    many = settle_many(policy, Book(**{**vars_of(part), "parties": whole}), series)
    kept = [row for row in range(GATE_LOANS) if many.status_of(row) is not None]
    who = [{name: str(numbers[row]) for name, numbers in whole.items()} for row in kept]
    cases = [part.case(row) for row in kept]
    told = settle(policy, [entered(policy, *pair) for pair in zip(cases, who, strict=True)], series, {})
    for row, one in zip(kept, told, strict=True):
        assert many.status_of(row) is one.status, (policy.id, row)
        assert many.reason_of(row) == (one.keys[0] if one.keys else ""), (policy.id, row)
        assert all(int(many.paid[line.id][row]) == line.paid_fen for line in one.lines), (policy.id, row)
    return sum(one.total_fen > 0 for one in told)


def vars_of(book: Book) -> dict[str, object]:
    """The columns of a book by name."""
    return {name: getattr(book, name) for name in Book.__dataclass_fields__}


def single_path(policy: Policy, cases: list[Case], series: Series) -> None:
    """The yardstick: one call a loan."""
    for case in cases:
        try:
            evaluate(policy, case, series)
        except Refused:
            continue


def measured(policy: Policy, book: Book, series: Series) -> tuple[Many, list[float], list[float], float]:
    """The result; microseconds a loan of the rounds: bulk, single; the most memory of a bulk run in MB."""
    tracemalloc.start()
    many = settle_many(policy, book, series)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    cases = [book.case(row) for row in range(0, LOANS, LOANS // SINGLE_LOANS)]
    bulk, single = [], []
    for _ in range(ROUNDS):
        bulk.append(seconds(lambda: settle_many(policy, book, series)) / LOANS * 1e6)
        single.append(seconds(lambda: single_path(policy, cases, series)) / len(cases) * 1e6)
    return many, bulk, single, peak


def main(wanted: list[str]) -> int:
    series = load_series(HOUSE / "policies" / "series" / "rates.yaml")
    policies = [*load_library(HOUSE / "policies" / "subsidies")]
    policies.append(load_policy(HOUSE / "tests" / "samples" / "subsidies" / "strange-city.yaml"))
    print(f"numpy {np.__version__}, Python {platform.python_version()}, {LOANS:,} loans, {ROUNDS} rounds")
    print(
        f"{'policy':24} {'eligible':>8} {'paid':>7} {'single':>6} {'turn':>6}  {'bulk us (min-max)':>22} {'single us':>10}"
        f" {'ratio':>7} {'peak':>7}"
    )
    ratios: dict[str, float] = {}
    for policy in policies:
        if wanted and policy.id not in wanted:
            continue
        book = book_of(policy, LOANS, np.random.default_rng(SEED))
        paid = gate(policy, book, series)
        many, bulk, single, peak = measured(policy, book, series)
        ratios[policy.id] = median(single) / median(bulk)
        print(
            f"{policy.id:24} {(many.status == 0).mean():8.1%} {(many.total > 0).mean():7.1%} {len(many.alone):6}"
            f" {len(many.in_turn):6}  {median(bulk):7.3f} ({min(bulk):.3f}-{max(bulk):.3f}) {median(single):10.1f}"
            f" {ratios[policy.id]:6.0f}x {peak:4.0f} MB" + ("" if paid else "  (gate saw nothing paid)"),
            flush=True,
        )
    missed = [name for name, ratio in ratios.items() if ratio < GOAL]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process, the book of {LOANS:,} loans included: {peak:,.0f} MB")
    print(
        f"gate passed for {len(ratios)} policies; smallest ratio {min(ratios.values()):.0f}x (goal {GOAL}x)"
    )
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
