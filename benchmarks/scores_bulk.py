"""A million applicants scored at once, beside the single path and beside optbinning if it is there.

    python benchmarks/scores_bulk.py [ROWS]

Gate first, and no timing without it: 300 rows, drawn over all states and gates, are what `score` says of each of them.
Then one warm-up and five interleaved rounds: bulk over all rows, single over 200, optbinning's fitted scorecard over all
rows of the same figures. The processor's time is taken, not the clock's, since the machine may be shared. Goals: at least 8
times the rows a second of optbinning, one applicant under 2 ms. optbinning is a peer for this run only, never a requirement:
put it into a virtual environment of its own (`pip install optbinning pyyaml jsonschema`), whose python then runs this file.

Ours also judges every figure, the gates, absences, band, PD and grade; optbinning's only adds points.
"""

import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from valuation.bulk import STATES, STATUSES, Column, Columns, RightsHit, score_many
from valuation.inputs import Application, State
from valuation.loading import load_scorecard
from valuation.scoring import score
from valuation.terms import Scale, Scorecard

CARD = Path(__file__).resolve().parents[1] / "policies" / "scorecards" / "ip-pledge@2026.yaml"
SEED, ROUNDS, SINGLE_ROWS, GATE_ROWS, FIT_ROWS = 20260601, 5, 200, 300, 20_000
ON, KNOWN = "2026-06-01", {"source": "bench", "known_on": "2026-06-01"}


def figures(scale: Scale, rows: int, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Words, or figures spread around the thresholds with two places, whole where the scale is."""
    if scale.words:
        return random.integers(0, len(scale.words), rows).astype(np.int8)
    assert scale.allowed
    ends = [float(end) for one in scale.bins for end in (one.low, one.high) if end is not None]
    reach = (max(ends) - min(ends)) or 1
    low = max(float(scale.allowed.low), min(ends) - reach / 4)
    high = min(float(scale.allowed.high), max(ends) + reach / 4)
    drawn = random.uniform(low, high, rows)
    if scale.allowed.whole:
        return np.clip(np.rint(drawn), np.ceil(low), np.floor(high))
    return np.clip(np.round(drawn, 2), low, high)


def book(card: Scorecard, rows: int) -> Columns:
    """A book with four states: nine inputs in ten are stated; a gate is hit in two rows of a hundred."""
    random = np.random.default_rng(SEED)
    inputs = {}
    for name, (indicator, scale) in card.inputs.items():
        chances = [0.92, 0.04, 0.02, 0.02] if indicator.not_applicable else [0.95, 0.03, 0.02, 0]
        if name == card.stage_by:
            chances = [1, 0, 0, 0]
        states = random.choice(4, rows, p=chances).astype(np.uint8)
        inputs[name] = Column(figures(scale, rows, random), states)
    firm = {
        "firm.revenue_12m": Column(np.round(random.uniform(0, 5e7, rows))),
        "firm.dishonest": Column((random.random(rows) > 0.02).astype(np.int8)),
        "firm.overdue_days_now": Column(np.where(random.random(rows) < 0.02, 45.0, 0.0)),
    }
    none = np.zeros(rows, np.bool_)
    rights = random.integers(1, 6, rows)
    gates = {
        gate.id: RightsHit(
            (random.random(rows) < (0 if gate.effects.exclude else 0.02)).astype(np.int32), none
        )
        for gate in card.gates
        if gate.of == "right"
    }
    return Columns(rows, inputs, firm, rights, gates)


def plain_row(card: Scorecard, columns: Columns, row: int) -> dict[str, Any]:
    """One row as it would be stated alone. Its rights carry the hits of the gates, one right a hit."""
    rights: list[dict[str, Any]] = [{} for _ in range(int(columns.rights[row]))]
    facts: dict[str, Any] = {}
    for gate in card.gates:
        for condition in gate.conditions if gate.of == "right" else ():
            fact = card.facts[condition.metric]
            hit = gate.id in columns.gates and bool(columns.gates[gate.id].hit[row])
            other = next((word for word in fact.words if word != condition.value), None)
            word = condition.value if hit else other
            facts[condition.metric.partition(".")[2]] = {"value": word or 999, **KNOWN}
    clean = {
        name: {"value": "否" if name not in ("holder_is_pledgor", "coowners_agree") else "是", **KNOWN}
        if name != "months_since_transfer"
        else fact
        for name, fact in facts.items()
    }
    stated = [facts, *(clean for _ in rights[1:])]
    return {
        "on": ON,
        "indicators": {name: _stated(columns.inputs[name], scale.words, row) for name, (_, scale) in card.inputs.items()},
        "firm": {
            name.partition(".")[2]: _stated(column, card.facts[name].words, row)
            for name, column in columns.firm.items()
        },
        "rights": [
            {"id": f"R{place}", "kind": "invention", "facts": one} for place, one in enumerate(stated)
        ],
    }  # fmt: skip


def _stated(column: Column, words: Any, row: int) -> dict[str, Any]:
    state = list(State)[column.states[row] if column.states is not None else 0]
    if state is not State.VALUE:
        return {"absent": str(state), **(KNOWN if state is State.QUERIED_NONE else {})}
    value = column.values[row]
    return {"value": list(words)[int(value)] if words else f"{value:.2f}".rstrip("0").rstrip("."), **KNOWN}


def gate(card: Scorecard, columns: Columns) -> None:
    """Rows over the whole book are what the single path says; otherwise no timing."""
    found = score_many(card, columns)
    for row in np.linspace(0, columns.rows - 1, GATE_ROWS).astype(int):
        one = score(card, Application.from_plain(plain_row(card, columns, int(row)), card))
        assert STATUSES[found.status[row]] is one.status, (row, one.status)
        if one.score is not None:
            assert one.band is not None
            told = (one.score, one.band[0], one.band[1], one.pd, one.grade)
            said = (
                found.score[row],
                found.low[row],
                found.high[row],
                found.pd[row],
                card.grades[found.grade[row]].id,
            )
            assert told == said, (row, told, said)


def peer(card: Scorecard, columns: Columns) -> Callable[[], Any] | None:
    """optbinning's scorecard over the same figures, fitted on some of them to a made-up outcome."""
    try:
        import pandas as pd
        from optbinning import BinningProcess
        from optbinning import Scorecard as Theirs
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return None
    frame = pd.DataFrame({
        name: np.where(column.states == STATES[State.VALUE], column.values.astype(float), np.nan)
        for name, column in columns.inputs.items()
    })  # fmt: skip
    words = [name for name, (_, scale) in card.inputs.items() if scale.words]
    random = np.random.default_rng(SEED)
    found = score_many(card, columns)
    chance = 1 / (1 + np.exp((np.maximum(found.score, 0) / 100 - 45) / 8))
    bad = (random.random(columns.rows) < chance).astype(int)[:FIT_ROWS]
    process = BinningProcess(list(frame.columns), categorical_variables=words)
    theirs = Theirs(process, LogisticRegression(max_iter=1000), scaling_method="min_max",
                    scaling_method_params={"min": 0, "max": 100})  # fmt: skip
    theirs.fit(frame[:FIT_ROWS], bad)
    return lambda: theirs.score(frame)


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    warnings.simplefilter("ignore")
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10**6
    card = load_scorecard(CARD)
    columns = book(card, rows)
    gate(card, columns)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plains = [plain_row(card, columns, row) for row in range(min(SINGLE_ROWS, rows))]
    runs: dict[str, Callable[[], Any]] = {
        "bulk": lambda: score_many(card, columns),
        "single": lambda: [score(card, Application.from_plain(plain, card)) for plain in plains],
    }
    seconds(runs["bulk"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if theirs := peer(card, columns):
        runs["optbinning"] = theirs
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS + 1):
        for name, run in runs.items():
            spent = seconds(run)
            if round_:
                taken[name].append(spent)
    each = {
        name: median(spent) / (len(plains) if name == "single" else rows) for name, spent in taken.items()
    }
    print(
        f"{platform.python_version()}, numpy {np.__version__}, {rows:,} rows, {len(card.indicators)} indicators"
    )
    print(
        f"bulk        {1e6 * each['bulk']:8.3f} µs a row, {1 / each['bulk'] / 1e6:.2f} M rows a second of processor"
    )
    print(
        f"single      {1e3 * each['single']:8.3f} ms an applicant, read, scored and reasoned (goal: under 2)"
    )
    print(f"ratio       {each['single'] / each['bulk']:8.0f} single to bulk")
    if "optbinning" in each:
        times = each["optbinning"] / each["bulk"]
        print(
            f"optbinning  {1e6 * each['optbinning']:8.3f} µs a row; ours {times:.1f} times as many (goal: 8)"
        )
    else:
        print("optbinning  not installed here")
    print(f"memory      peak {peak / 1024:.0f} MiB, of which the book and the gate {before / 1024:.0f}")


if __name__ == "__main__":
    main()
