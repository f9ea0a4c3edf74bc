"""A million losses through each scheme file at once, beside the single path. Run: `python -m benchmarks.schemes_bulk`.

    python benchmarks/schemes_bulk.py [SCHEME-ID ...]

Gate first, and no timing without it: for every scheme, 150 rows out of the million, drawn over all routes, are what
`apportion` says of each of them (fen and refusals), and every row adds up. Then one warm-up and five interleaved rounds,
bulk, single, bulk, single: the bulk path over the million, the single path over 200 of the rows. Goal: per loss the bulk
path takes no more than a hundredth. Only the ratios count; the peak
of the process's memory is told. The processor's time is taken, not the clock's, because both
paths use one core and the machine may be shared.

The facts are drawn so that conditions fall on all sides and limits bind in some rows and not in others: money between 0
and a hundred million yuan in fen, ratios with four places, words from the scheme's own conditions and one other.
"""

import platform
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.stopwatch import seconds
from kernel.conditions import Condition
from kernel.errors import Refused
from kernel.expressions import exact_decimal
from riskpool.schemes import Scheme, apportion, load_library, needed_metrics
from riskpool.schemes.bulk import BulkApportionment, DecimalFacts, TextFacts, apportion_many
from riskpool.schemes.bulk.facts import Column, facts_of_row
from riskpool.schemes.bulk.routes import conditions_of

HOUSE = Path(__file__).resolve().parents[1]
FOLDERS = (
    HOUSE / "policies" / "schemes",
    HOUSE / "tests" / "schemes" / "cases",
)  # issued, and the tests' own
SEED = 20240602
MILLION = 10**6
ROUNDS = 5
SINGLE_ROWS = 200
GATE_ROWS = 150
GOAL = 100
AS_TEXTS_TOO = ("zhongshan-ip@2021",)  # a million different balances, each a text that has to be read
Losses = dict[str, NDArray[np.int64]]


def losses_of(scheme: Scheme, count: int, random: np.random.Generator) -> Losses:
    """Log-uniform from 1 fen to a billion yuan, in every component the scheme counts."""
    return {
        name: np.exp(random.uniform(0, np.log(1e11), count)).astype(np.int64)
        for name in scheme.loss_base.include
    }


def facts_of(scheme: Scheme, count: int, random: np.random.Generator) -> dict[str, Column]:
    """A value a row for every fact that the scheme asks for."""
    return {need.name: column(need.name, scheme, count, random) for need in needed_metrics(scheme)}


def column(name: str, scheme: Scheme, count: int, random: np.random.Generator) -> Column:
    """Words where the scheme compares with words, a ratio where it is one, otherwise money."""
    compared = {condition.value for condition in conditions_on(name, scheme)}
    words = sorted(value for value in compared if exact_decimal(value) is None)
    if words:
        return TextFacts((*words, "other"), random.integers(0, len(words) + 1, count))
    if name.endswith(("_rate", "_ratio", "_share_in_contract")):
        return DecimalFacts(random.integers(0, 10**4 + 1, count), places=4)
    return DecimalFacts(random.integers(0, 10**10, count), places=2)


def conditions_on(name: str, scheme: Scheme) -> Iterable[Condition]:
    """The conditions of a scheme that ask for this fact."""
    return (condition for condition in conditions_of(scheme) if condition.metric == name)


def row_of(losses: Losses, facts: dict[str, Column], row: int) -> tuple[dict[str, int], dict[str, str]]:
    """One row as the single path takes it."""
    return {name: int(fen[row]) for name, fen in losses.items()}, facts_of_row(facts, row)


def gate(scheme: Scheme, many: BulkApportionment, losses: Losses, facts: dict[str, Column]) -> None:
    """Fails the benchmark where one row is wrong."""
    assert np.array_equal(many.borne.sum(axis=1), many.covered)
    assert np.array_equal((many.covered + many.outside)[~many.refused], sum(losses.values())[~many.refused])
    by_route = np.argsort(many.route_of, kind="stable")
    for row in by_route[np.linspace(0, len(by_route) - 1, GATE_ROWS).astype(int)].tolist():
        loss, known = row_of(losses, facts, row)
        try:
            one = apportion(scheme, loss, known)
        except Refused:
            assert many.refused[row], (scheme.id, row)
            continue
        assert not many.refused[row], (scheme.id, row)
        assert many.borne[row].tolist() == list(one.borne.values()), (scheme.id, row)
        assert (many.covered[row], many.outside[row]) == (one.covered_fen, one.outside_fen), (scheme.id, row)


def single_path(scheme: Scheme, rows: list[tuple[dict[str, int], dict[str, str]]]) -> None:
    """The yardstick: one call a loss."""
    for loss, known in rows:
        try:
            apportion(scheme, loss, known)
        except Refused:
            continue


def measured(scheme: Scheme, in_texts: bool) -> tuple[BulkApportionment, list[float], list[float]]:
    """The result, and microseconds a loss of the rounds: bulk, single. In texts: facts as a person writes them."""
    random = np.random.default_rng(SEED)
    losses, columns = losses_of(scheme, MILLION, random), facts_of(scheme, MILLION, random)
    facts: dict[str, Any] = dict(columns)
    if in_texts:
        facts = {name: [column.text(row) for row in range(MILLION)] for name, column in columns.items()}
    many = apportion_many(scheme, losses, facts)  # the warm-up too
    gate(scheme, many, losses, columns)
    rows = [row_of(losses, columns, row) for row in range(0, MILLION, MILLION // SINGLE_ROWS)]
    bulk, single = [], []
    for _ in range(ROUNDS):
        bulk.append(seconds(lambda: apportion_many(scheme, losses, facts)) / MILLION * 1e6)
        single.append(seconds(lambda: single_path(scheme, rows)) / len(rows) * 1e6)
    return many, bulk, single


def main(wanted: list[str]) -> int:
    schemes = [scheme for folder in FOLDERS for scheme in load_library(folder)]
    print(f"numpy {np.__version__}, Python {platform.python_version()}, {MILLION:,} losses, {ROUNDS} rounds")
    print(
        f"{'scheme':34} {'routes':>6} {'refused':>8}  {'bulk us (min-max)':>21} {'single us':>10} {'ratio':>7}"
    )
    ratios: dict[str, float] = {}
    for scheme in schemes:
        if scheme.id not in wanted if wanted else scheme.id.endswith("@2030"):
            continue  # the tests' own schemes are measured when they are named
        for in_texts in (False, True) if scheme.id in AS_TEXTS_TOO else (False,):
            many, bulk, single = measured(scheme, in_texts)
            name = scheme.id + " texts" * in_texts
            ratios[name] = median(single) / median(bulk)
            print(
                f"{name:34} {len(many.routes):6} {many.refused.mean():8.2%}  "
                f"{median(bulk):7.3f} ({min(bulk):.3f}-{max(bulk):.3f}) {median(single):10.1f} {ratios[name]:6.0f}x",
                flush=True,
            )
    missed = [name for name, ratio in ratios.items() if ratio < GOAL]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process, facts of a million rows included: {peak:,.0f} MB")
    print(f"gate passed for {len(ratios)} lines; smallest ratio {min(ratios.values()):.0f}x (goal {GOAL}x)")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
