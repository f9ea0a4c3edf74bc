"""Benchmark B2: apportioning a million losses to five parties, to the fen. Run: `python -m
benchmarks.apportion`.

Gate first, and no timing without it: the checksum of the first 1,000 losses, every sum, 20,000 cells against
an oracle in plain integers, ties of equal weights, the largest amount. Then interleaved rounds beside a
Decimal loop (what one would write without thinking of speed) and a copy of the arrays (what no method can
beat). Only the ratios count.
"""

import sys
import time
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from statistics import median

import numpy as np
from numpy.typing import NDArray

from kernel.money.split_many import LARGEST_AMOUNT, split_many, split_many_by_row

CHECKSUM_OF_THE_FIRST_THOUSAND = 132629483702788
SEED = 20240602
MILLION = 10**6
GOAL_TIMES_DECIMAL_LOOP = 80
GOAL_TIMES_COPY = 12

Ints = NDArray[np.int64]


def losses_and_weights(count: int, parties: int = 5, seed: int = SEED) -> tuple[Ints, Ints]:
    """Losses in fen, log-uniform from 1 to 10^12, and for each one of 200 rows of weights in parts per
    million."""
    random = np.random.default_rng(seed)
    losses = np.exp(random.uniform(0, np.log(1e12), count)).astype(np.int64)
    tables = [random.multinomial(MILLION, row) for row in random.dirichlet(np.ones(parties) * 2, 200)]
    return losses, np.stack(tables).astype(np.int64)[random.integers(0, 200, count)]


def oracle(loss: int, weights: list[int]) -> list[int]:
    """Largest remainder by hand: while fen are missing, the party furthest below its exact share gets one."""
    total = sum(weights)
    parts = [loss * weight // total for weight in weights]
    for _ in range(loss - sum(parts)):
        shortfalls = [loss * weight - part * total for weight, part in zip(weights, parts, strict=True)]
        parts[shortfalls.index(max(shortfalls))] += 1
    return parts


def checksum(parts: Ints) -> int:
    """Sum over losses of (place of the party, from 1) x its fen."""
    return sum(place * int(fen) for row in parts.tolist() for place, fen in enumerate(row, start=1))


def gate() -> None:
    """Fails the benchmark where one cell is wrong."""
    losses, weights = losses_and_weights(1_000)
    assert checksum(split_many_by_row(losses, weights)) == CHECKSUM_OF_THE_FIRST_THOUSAND
    for parties in (2, 5, 12):
        losses, weights = losses_and_weights(MILLION, parties)
        parts = split_many_by_row(losses, weights)
        assert np.array_equal(parts.sum(axis=1), losses)
        assert parts.min() >= 0
        for row in range(20_000 // parties):
            assert parts[row].tolist() == oracle(int(losses[row]), weights[row].tolist())
    assert split_many(np.array([6], dtype=np.int64), [1] * 4).tolist() == [[2, 2, 1, 1]]
    largest = split_many(np.array([LARGEST_AMOUNT], dtype=np.int64), [333_333, 333_333, 333_334])
    assert largest[0].tolist() == oracle(LARGEST_AMOUNT, [333_333, 333_333, 333_334])


def by_decimal_loop(losses: Ints, weights: Ints) -> list[list[Decimal]]:
    """The yardstick: Decimal yuan, one loss at a time."""
    fen = Decimal("0.01")
    out = []
    for loss, row in zip(losses.tolist(), weights.tolist(), strict=True):
        yuan = Decimal(loss).scaleb(-2)
        exact = [yuan * weight / MILLION for weight in row]
        parts = [share.quantize(fen, rounding=ROUND_DOWN) for share in exact]
        missing = int((yuan - sum(parts)) / fen)
        remainders = [share - part for share, part in zip(exact, parts, strict=True)]
        for place in sorted(range(len(row)), key=lambda place: -remainders[place])[:missing]:
            parts[place] += fen
        out.append(parts)
    return out


def copy_in_and_out(losses: Ints, weights: Ints) -> Ints:
    """The limit: reading what is read and writing what is written."""
    losses.copy()
    return weights.copy()


def nanoseconds(job: Callable[[Ints, Ints], object], losses: Ints, weights: Ints) -> float:
    start = time.perf_counter_ns()
    job(losses, weights)
    return (time.perf_counter_ns() - start) / len(losses)


def main() -> int:
    gate()
    print(f"gate passed; numpy {np.__version__}, Python {sys.version.split()[0]}")
    missed = 0
    for parties in (5, 2, 12):
        losses, weights = losses_and_weights(MILLION, parties)
        rounds: dict[str, list[float]] = {"split_many_by_row": [], "copy": [], "Decimal loop": []}
        split_many_by_row(losses, weights)
        for _ in range(5):
            rounds["split_many_by_row"].append(nanoseconds(split_many_by_row, losses, weights))
            rounds["copy"].append(nanoseconds(copy_in_and_out, losses, weights))
            rounds["Decimal loop"].append(nanoseconds(by_decimal_loop, losses[:20_000], weights[:20_000]))
        ours, copy, loop = (median(rounds[name]) for name in rounds)
        for name, taken in rounds.items():
            print(
                f"{parties:2} parties {name:18} {median(taken):9.1f} ns a loss"
                f" ({min(taken):.1f} to {max(taken):.1f})"
            )
        reached = loop / ours >= GOAL_TIMES_DECIMAL_LOOP and ours / copy <= GOAL_TIMES_COPY
        missed += parties == 5 and not reached
        print(f"   {loop / ours:.0f}x the Decimal loop (goal 80), {ours / copy:.1f} times the copy (goal 12)")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
