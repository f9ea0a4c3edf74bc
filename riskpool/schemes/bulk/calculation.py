"""The arithmetic of one route for a block of rows: the covered loss, transfers, caps and adjustments.

The twin of `base.py` and `steps.py` without the working; a row that the single path would refuse is marked in
`refused`, and what stands in it means nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.expressions import Expression, Metric, Number, exact_decimal
from kernel.money import hand_out_missing
from kernel.vectors import (
    LARGEST,
    Exact,
    Mask,
    Whole,
    added,
    divided,
    exceeds,
    floored,
    greater,
    larger,
    lesser,
    minus,
    multiplied,
    narrowed,
    plus,
    quotient,
    size,
    smaller,
    subtracted,
    taken,
    times,
)
from riskpool.schemes.bulk.facts import DecimalFacts, Facts, Rows, TextFacts
from riskpool.schemes.bulk.routes import Move, Route
from riskpool.schemes.terms import Adjust, Cap, EligibleCap, Scheme, Transfer
from riskpool.schemes.working import Method

Fen = NDArray[np.int64]
BEYOND = 2**62  # more fen than any loss has: a limit above it does not bind


@dataclass
class Block:
    """Some rows of one route: their facts, which of them are refused, and where which limit binds (by its place)."""

    scheme: Scheme
    route: Route
    facts: Facts
    rows: Rows
    refused: Mask
    binds: dict[str, Mask] = field(default_factory=dict)
    known: dict[str, Exact] = field(default_factory=dict)

    def figure(self, name: str) -> Exact:
        """The fact as a figure; zero where it is absent, which only an adjustment lets pass."""
        if name not in self.known:
            self.known[name] = self._looked_up(name)
        return self.known[name]

    def _looked_up(self, name: str) -> Exact:
        fact = None if name in self.route.missing else self.facts[name]
        if isinstance(fact, DecimalFacts | TextFacts):
            return fact.figures(self.rows)
        value = exact_decimal(fact or "0")
        assert value is not None, "a route with words in place of a figure is refused"
        return Exact(value.numerator, value.denominator)

    def value(self, expression: Expression) -> Exact:
        """The expression in every row; a division by zero refuses its row."""
        if isinstance(expression, Number):
            return Exact(expression.value.numerator, expression.value.denominator)
        if isinstance(expression, Metric):
            return self.figure(expression.name)
        first, *others = (self.value(part) for part in expression.parts)
        for other in others:
            match expression.name:
                case "add":
                    first = added(first, other)
                case "sub":
                    first = subtracted(first, other)
                case "mul":
                    first = multiplied(first, other)
                case "div":
                    first, by_zero = divided(first, other)
                    self.refused |= by_zero
                case "min":
                    first = smaller(first, other)
                case "max":
                    first = larger(first, other)
        return Exact(floored(first)) if expression.name == "floor" else first

    def fen(self, expression: Expression) -> Exact:
        """An expression in yuan as exact fen."""
        return multiplied(self.value(expression), Exact(100))

    def limit(self, expression: Expression) -> Whole:
        """A limit in whole fen: floored, not below zero, int64 in any case."""
        return narrowed(greater(lesser(floored(self.fen(expression)), BEYOND), 0))


def covered_fen(block: Block, loss: Mapping[str, Fen]) -> Fen:
    """The covered loss of every row: included components, coverage ratio, eligible limits, then half up."""
    base = block.scheme.loss_base
    included = np.zeros(len(block.refused), dtype=np.int64)
    for name in base.include:
        if name in loss:
            included += loss[name]
    amount = Exact(included)
    if base.coverage:
        amount = multiplied(amount, _coverage_ratio(block))
    for index, cap in enumerate(base.eligible_caps):
        within = _within_part_of_loan if cap.basis == "loan_amount_prorata" else _within_limit
        amount, block.binds[f"loss_base.eligible_caps[{index}]"] = within(cap, amount, block)
    if isinstance(amount.den, int) and amount.den == 1:
        return _rows(amount.num)
    return _rows(narrowed(quotient(plus(times(amount.num, 2), amount.den), times(amount.den, 2))))


def _rows(whole: Whole) -> Fen:
    assert not isinstance(whole, int)
    return whole


def _coverage_ratio(block: Block) -> Exact:
    coverage = block.scheme.loss_base.coverage
    assert coverage
    if coverage.metric in block.route.missing:
        return Exact(1 if coverage.if_missing == "full" else 0)
    ratio = block.figure(coverage.metric)
    outside = (ratio.num < 0) | (ratio.num > ratio.den)
    block.refused |= outside
    left_out = outside
    if coverage.minimum is not None:
        least = Exact(coverage.minimum.numerator, coverage.minimum.denominator)
        left_out = left_out | exceeds(least, ratio)
    if isinstance(ratio.num, int):
        return Exact(0) if left_out else ratio
    return Exact(np.where(left_out, 0, ratio.num), ratio.den)


def _within_part_of_loan(cap: EligibleCap, amount: Exact, block: Block) -> tuple[Exact, Mask]:
    limit, loan = larger(block.fen(cap.limit), Exact(0)), block.fen(Metric(cap.loan_metric))
    larger_loan = np.broadcast_to(exceeds(loan, limit), block.refused.shape)
    if not larger_loan.any():
        return amount, np.zeros_like(larger_loan)
    part, _ = divided(limit, loan)
    reduced = Exact(
        times(amount.num, np.where(larger_loan, part.num, 1)),
        times(amount.den, np.where(larger_loan, part.den, 1)),
    )
    return reduced, larger_loan & (amount.num > 0)


def _within_limit(cap: EligibleCap, amount: Exact, block: Block) -> tuple[Exact, Mask]:
    whole = block.limit(cap.limit)
    binds: Mask = np.asarray(times(quotient(times(amount.num, -1), amount.den), -1) > whole)
    if not binds.any():
        return amount, binds
    if isinstance(amount.den, int):
        most = times(np.where(binds, whole, 0), amount.den)
        return Exact(np.where(binds, most, amount.num), amount.den), binds
    return Exact(np.where(binds, whole, amount.num), np.where(binds, 1, amount.den)), binds


def run_moves(block: Block, covered: Fen) -> dict[str, Fen]:
    """What every party bears after the steps of the route, in listed order."""
    ledger = {code: np.zeros_like(covered) for code in block.scheme.codes} | {block.scheme.lender: covered}
    for move in block.route.moves:
        if isinstance(move.step, Transfer):
            _transfer(move, move.step, block, covered, ledger)
        elif isinstance(move.step, Cap):
            block.binds[move.where] = _cap(move.step, block, ledger)
        else:
            _adjust(move.step, block, ledger)
    return ledger


def _transfer(move: Move, step: Transfer, block: Block, covered: Fen, ledger: dict[str, Fen]) -> None:
    bears = ledger[step.payer_of_claim]
    basis = _layer(step, block, covered if step.basis_party is None else ledger[step.basis_party])
    if not move.numerators:
        return
    numerators = [numerator for _, numerator in move.numerators]
    together, over = sum(numerators), times(basis.den, move.over)
    method = block.scheme.rounding
    may_exceed = step.slice is not None or step.basis_party != step.payer_of_claim
    wanted_more = may_exceed and np.asarray(times(basis.num, together) > times(bears, over))
    if wanted_more is False or not wanted_more.any():
        parts, kept = shared_out(bears, [times(basis.num, each) for each in numerators], over, method)
    else:
        parts, kept = np.empty((len(numerators), len(bears)), dtype=np.int64), np.empty_like(bears)
        for all_of_it in (False, True):
            rows = np.flatnonzero(wanted_more == all_of_it)
            pot = bears[rows]
            part_of, parts_of_one = (
                (pot, together) if all_of_it else (taken(basis.num, rows), taken(over, rows))
            )
            dues = [times(part_of, each) for each in numerators]
            parts[:, rows], kept[rows] = shared_out(pot, dues, parts_of_one, method)
    ledger[step.payer_of_claim] = kept
    for (code, _), part in zip(move.numerators, parts, strict=True):
        ledger[code] = ledger[code] + part


def _layer(step: Transfer, block: Block, whole: Fen) -> Exact:
    basis = Exact(whole)
    if step.slice is None:
        return basis
    if step.slice.detach is not None:
        basis = smaller(basis, block.fen(step.slice.detach))
    if step.slice.attach is not None:
        basis = subtracted(basis, block.fen(step.slice.attach))
    return larger(basis, Exact(0))


def _cap(step: Cap, block: Block, ledger: dict[str, Fen]) -> Mask:
    limit = block.limit(step.limit)
    capped = [code for code in block.scheme.codes if code in step.parties]
    together = sum((ledger[code] for code in capped[1:]), ledger[capped[0]])
    over: Mask = together > limit
    if not over.any():
        return over
    if len(capped) == 1:
        ledger[capped[0]] = np.minimum(together, limit)
        ledger[step.overflow_to] = ledger[step.overflow_to] + (together - ledger[capped[0]])
        return over
    rows = np.flatnonzero(over)
    left = np.broadcast_to(limit, together.shape)[rows]
    dues = [times(left, ledger[code][rows]) for code in capped]
    parts, left_over = shared_out(left, dues, together[rows], block.scheme.rounding)
    overflow = ledger[step.overflow_to].copy()
    overflow[rows] += together[rows] - left + left_over
    for code, part in zip(capped, parts, strict=True):
        ledger[code] = ledger[code].copy()
        ledger[code][rows] = part
    ledger[step.overflow_to] = overflow
    return over


def _adjust(step: Adjust, block: Block, ledger: dict[str, Fen]) -> None:
    amount = block.fen(step.amount)
    block.refused |= amount.num < 0
    moved = np.minimum(narrowed(greater(lesser(floored(amount), BEYOND), 0)), ledger[step.party])
    ledger[step.party] = ledger[step.party] - moved
    ledger[step.to] = ledger[step.to] + moved


def shared_out(whole: Fen, dues: Sequence[Whole], over: Whole, method: Method) -> tuple[NDArray[Any], Fen]:
    """Give each payee `due / over` fen of `whole`, rounded, and the rest to the keeper: parts int64[k, m], rest int64[m].

    The dues of a row sum to no more than `whole * over`. Largest remainder: ties in the order of the dues, the keeper
    last; floor: what is missing stays with the keeper. Equal to `kernel.money.split` in every row.

    >>> parts, kept = shared_out(np.array([101, 7]), [np.array([101, 7]), np.array([101, 7])], 3, "largest_remainder")
    >>> parts.tolist(), kept.tolist()
    ([[34, 3], [34, 2]], [33, 2])
    """
    payees = len(dues)
    parts = np.empty((payees + 1, len(whole)), dtype=np.int64)
    rests: list[Whole] = []
    for place, due in enumerate(dues):
        part = narrowed(quotient(due, over))
        parts[place] = part
        if method == "largest_remainder":
            rests.append(minus(due, times(part, over)))
    kept = whole - parts[:payees].sum(axis=0)
    if method == "largest_remainder":
        in_parts = rests[0]
        for rest in rests[1:]:
            in_parts = plus(in_parts, rest)
        missing = _rows(narrowed(quotient(plus(in_parts, minus(over, 1)), over)))
        rests.append(minus(times(missing, over), in_parts))
        parts[payees] = kept - missing
        remainders = np.empty(parts.shape, dtype=np.int64 if size(over) <= LARGEST else object)
        for place, rest in enumerate(rests):
            remainders[place] = rest
        hand_out_missing(parts, remainders, missing, range(payees + 1))
        kept = parts[payees]
    return parts[:payees], kept
