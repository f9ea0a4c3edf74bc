"""Many losses through one scheme version at once, to the fen what `apportion` says of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kernel.errors import Problem, Refused
from kernel.money.split_many import LARGEST_AMOUNT
from kernel.vectors import Mask
from riskpool.schemes.base import checked_loss
from riskpool.schemes.bulk.calculation import Block, Fen, covered_fen, run_moves
from riskpool.schemes.bulk.facts import Column, DecimalFacts, Facts, Rows, TextFacts, facts_of_row
from riskpool.schemes.bulk.routes import Route, routes
from riskpool.schemes.engine import Apportionment, apportion, needed_metrics
from riskpool.schemes.terms import Cap, Scheme

_BLOCK = 8192  # the columns of a block stay in the processor's caches


@dataclass(frozen=True)
class BulkApportionment:
    """Who bears what of n losses, in fen: `covered`, `outside` int64[n]; `borne` int64[n, k], parties in listed order.

    A row that `apportion` would refuse is marked in `refused` and holds zeros; `reasons` tells why. `binds` says by the
    place of a limit in the scheme where it binds. `route_of` points into `routes`.
    """

    scheme: Scheme
    losses: Mapping[str, Fen]
    facts: Facts
    covered: Fen
    outside: Fen
    borne: Fen
    refused: Mask
    binds: Mapping[str, Mask]
    routes: tuple[Route, ...]
    route_of: NDArray[np.int32]

    def single(self, row: int) -> Apportionment:
        """One row by the single path, with its notes and working. Refused as `apportion` refuses."""
        loss = {name: int(fen[row]) for name, fen in self.losses.items()}
        return apportion(self.scheme, loss, facts_of_row(self.facts, row))

    def reasons(self, row: int) -> tuple[Problem, ...]:
        """Why a row is refused; empty if it is not."""
        try:
            self.single(row)
        except Refused as refusal:
            return refusal.problems
        return ()

    def missing(self, row: int) -> tuple[str, ...]:
        """The facts that were asked for in a row and are absent, as in `Apportionment`; empty if it is refused."""
        return () if self.refused[row] else self.routes[self.route_of[row]].missing

    def suspended(self, row: int) -> tuple[str, ...]:
        """The parties whose payments are suspended in a row; empty if it is refused."""
        return () if self.refused[row] else self.routes[self.route_of[row]].suspended


def apportion_many(
    scheme: Scheme,
    losses: Mapping[str, Fen],
    metrics: Mapping[str, str | Column | Iterable[str | None]],
) -> BulkApportionment:
    """Share many losses by one scheme: `losses` in fen by component (int64[n], 0 to 2^53-1; negative rows are refused).

    A metric is one text for all rows, a text or None for each row, or a column (`DecimalFacts`, `TextFacts`); facts that
    the scheme does not ask for are left aside. A programmer's error: other types, lengths that differ, larger losses.

    >>> from riskpool.schemes import load_scheme
    >>> scheme = load_scheme('''
    ... {id: half@2030, lender: bank, parties: [{code: bank}, {code: fund}], loss_base: {include: [principal]},
    ...  steps: [{type: transfer, from: bank, of: loss, shares: {fund: '0.5'}},
    ...          {type: cap, id: balance, parties: [fund], limit: pool.balance, overflow_to: bank}]}''')
    >>> many = apportion_many(scheme, {"principal": np.array([101, 9000])}, {"pool.balance": ["100", "2.00"]})
    >>> many.borne.tolist(), many.binds["steps[1]"].tolist()
    ([[50, 51], [8800, 200]], [False, True])
    """
    count = _checked_losses(losses)
    facts = _columns(scheme, metrics, count)
    groups = list(routes(scheme, facts, count)) if count else []
    result = BulkApportionment(
        scheme=scheme,
        losses=dict(losses),
        facts=facts,
        covered=np.zeros(count, dtype=np.int64),
        outside=np.zeros(count, dtype=np.int64),
        borne=np.zeros((len(scheme.codes), count), dtype=np.int64).T,
        refused=_refused_losses(scheme, losses, count),
        binds={place: np.zeros(count, dtype=bool) for place in _limits(scheme)},
        routes=tuple(route for route, _ in groups),
        route_of=np.zeros(count, dtype=np.int32),
    )
    for number, (route, rows) in enumerate(groups):
        result.route_of[rows] = number
        if route.refused:
            result.refused[rows] = True
        else:
            for block in _blocks(rows):
                _fill(result, route, block)
    return result


def _blocks(rows: Rows) -> Iterable[Rows]:
    if isinstance(rows, slice):
        for start in range(0, rows.stop, _BLOCK):
            yield slice(start, min(start + _BLOCK, rows.stop))
    else:
        for start in range(0, len(rows), _BLOCK):
            yield rows[start : start + _BLOCK]


def _fill(result: BulkApportionment, route: Route, rows: Rows) -> None:
    """Calculate the rows of a block and write them into the result."""
    refused = result.refused[rows].copy()
    keep = ~refused
    loss = {name: fen[rows] * keep for name, fen in result.losses.items()}
    block = Block(result.scheme, route, result.facts, rows, refused)
    covered = covered_fen(block, loss)
    ledger = run_moves(block, covered)
    assert np.array_equal(sum(ledger.values()), covered), "a step created or lost money"
    assert all(fen.min() >= 0 for fen in ledger.values()), "a party bears less than nothing"
    keep = ~block.refused
    result.refused[rows] = block.refused
    result.covered[rows] = covered * keep
    result.outside[rows] = (sum(loss.values()) - covered) * keep
    for place, code in enumerate(result.scheme.codes):
        result.borne[rows, place] = ledger[code] * keep
    for where, binds in block.binds.items():
        result.binds[where][rows] = binds & keep


def _limits(scheme: Scheme) -> Iterable[str]:
    yield from (f"loss_base.eligible_caps[{index}]" for index in range(len(scheme.loss_base.eligible_caps)))
    yield from (f"steps[{index}]" for index, step in enumerate(scheme.steps) if isinstance(step, Cap))


def _checked_losses(losses: Mapping[str, Fen]) -> int:
    lengths = set()
    for name, fen in losses.items():
        if not isinstance(fen, np.ndarray) or fen.dtype != np.int64 or fen.ndim != 1:
            raise TypeError(f"{name} must be whole fen, an int64 array of one dimension")
        if len(fen) and fen.max() > LARGEST_AMOUNT:
            raise ValueError(f"{name} is above 2^53-1 fen")
        lengths.add(len(fen))
    if len(lengths) != 1:
        raise ValueError("at least one component, and all of one length")
    return lengths.pop()


def _refused_losses(scheme: Scheme, losses: Mapping[str, Fen], count: int) -> Mask:
    """Rows with a negative component; every row where the components themselves are refused."""
    refused = np.zeros(count, dtype=bool)
    try:
        checked_loss(scheme, dict.fromkeys(losses, 0))
    except Refused:
        refused[:] = True
    for fen in losses.values():
        refused |= fen < 0
    return refused


def _columns(
    scheme: Scheme, metrics: Mapping[str, str | Column | Iterable[str | None]], count: int
) -> dict[str, str | Column]:
    facts: dict[str, str | Column] = {}
    for need in needed_metrics(scheme):
        if need.name not in metrics:
            continue
        fact = metrics[need.name]
        if isinstance(fact, np.ndarray) and fact.dtype.kind in "iufb":
            raise TypeError(f"{need.name}: a number has no unit; give DecimalFacts(units, places)")
        if not isinstance(fact, str | DecimalFacts | TextFacts):
            fact = TextFacts.of(fact)
        if not isinstance(fact, str) and len(fact) != count:
            raise ValueError(f"{need.name} has {len(fact)} rows, the losses have {count}")
        facts[need.name] = fact
    return facts
