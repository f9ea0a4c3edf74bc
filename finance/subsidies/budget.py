"""What a pool pays when it is too small, and which level of government pays how much (7.11). Pure; whole fen.

Nothing is ever scaled on a guess: where the rule for a short pool is not known, the batch stops for a decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from finance.subsidies.period import half_up
from finance.subsidies.terms import (
    FIRST_COME,
    FLOOR_CENT,
    HALF_UP,
    LARGEST_REMAINDER,
    PRO_RATA,
    UNDECIDED,
    Policy,
)
from kernel.errors import Problem, Refused
from kernel.money import split, yuan_text


@dataclass(frozen=True)
class Settled:
    """What each entry is paid, in the order given; `stopped` says why nothing is settled, and then nobody is paid."""

    paid_fen: tuple[int, ...]
    pool_fen: int | None
    asked_fen: int
    rule: str
    rounding: str = ""
    stopped: str = ""

    @property
    def total_fen(self) -> int:
        return sum(self.paid_fen)

    @property
    def left_fen(self) -> int | None:
        return None if self.pool_fen is None else self.pool_fen - self.total_fen

    @property
    def short_fen(self) -> int:
        """By how much the entries exceed the pool."""
        return 0 if self.pool_fen is None else max(0, self.asked_fen - self.pool_fen)


def settle_budget(
    policy: Policy,
    entries_fen: Sequence[int],
    pool_fen: int | None = None,
    order: Sequence[int] | None = None,
) -> Settled:
    """Entries of one decided batch against what is left in the pool of its window.

    An entry is one line paid to one payee in one application. `pool_fen` is what earlier batches left; None takes the
    pool of the policy (itself None where the amount is not known: then nothing is scaled). `order` gives the places of the
    entries in order of application; without it they stand in that order. Refused: a negative entry or pool.
    """
    _refuse_negative(entries_fen, pool_fen)
    budget = policy.budget
    pool = budget.pool_fen if pool_fen is None and budget is not None else pool_fen
    asked = sum(entries_fen)
    if budget is None or pool is None:
        return Settled(tuple(entries_fen), pool, asked, "none")
    if asked <= pool:
        return Settled(tuple(entries_fen), pool, asked, "in_full")
    places = list(range(len(entries_fen))) if order is None else list(order)
    assert sorted(places) == list(range(len(entries_fen))), "order names each entry once"
    if budget.over == PRO_RATA:
        paid = scaled([entries_fen[place] for place in places], pool, budget.rounding)
        return Settled(_back(paid, places), pool, asked, PRO_RATA, budget.rounding)
    if budget.over == FIRST_COME:
        paid = in_order([entries_fen[place] for place in places], pool)
        return Settled(_back(paid, places), pool, asked, FIRST_COME)
    amounts = f"申请合计 {yuan_text(asked, grouped=True)} 元，资金只有 {yuan_text(pool, grouped=True)} 元"
    stopped = f"{amounts}，文件没有写明不足时怎么分"
    return Settled((0,) * len(entries_fen), pool, asked, UNDECIDED, "", stopped)


def in_order(entries_fen: Sequence[int], pool_fen: int) -> list[int]:
    """Each entry in full as long as the pool lasts, the last one in part, then nothing.

    >>> in_order([300, 300, 300], 500)
    [300, 200, 0]
    """
    paid: list[int] = []
    for entry in entries_fen:
        paid.append(min(entry, pool_fen - sum(paid)))
    return paid


def scaled(entries_fen: Sequence[int], pool_fen: int, rounding: str) -> list[int]:
    """Each entry × pool ÷ sum, rounded; entries that fit are paid in full.

    `half_up` may pay more than the pool: it exists to be compared with, never to be paid by.

    >>> scaled([20000000, 30000001], 50000000, "floor_cent")
    [19999999, 30000000]
    """
    total = sum(entries_fen)
    if total <= pool_fen:
        return list(entries_fen)
    if rounding == LARGEST_REMAINDER:
        parts = split(pool_fen, {str(place): entry for place, entry in enumerate(entries_fen)})
        return list(parts.values())
    exact = [Fraction(entry * pool_fen, total) for entry in entries_fen]
    if rounding == HALF_UP:
        return [half_up(share) for share in exact]
    assert rounding == FLOOR_CENT, rounding
    return [share.numerator // share.denominator for share in exact]


def funding_parts(policy: Policy, line_fen: int) -> dict[str, int]:
    """What each level pays of a line: its share down to the fen, the last level the rest; empty without a split."""
    parts: dict[str, int] = {}
    for source, share in policy.funding[:-1]:
        parts[source] = int(line_fen * share)
    if policy.funding:
        parts[policy.funding[-1][0]] = line_fen - sum(parts.values())
    return parts


def _back(ordered: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    paid = dict(zip(places, ordered, strict=True))
    return tuple(paid[place] for place in range(len(places)))


def _refuse_negative(entries_fen: Sequence[int], pool_fen: int | None) -> None:
    problems = [
        Problem(f"第{place}笔", f"{yuan_text(entry)} 元小于零", "填不为负的金额", "negative")
        for place, entry in enumerate(entries_fen, 1)
        if entry < 0
    ]
    if pool_fen is not None and pool_fen < 0:
        problems.append(Problem("资金", f"{yuan_text(pool_fen)} 元小于零", "填不为负的金额", "negative"))
    if problems:
        raise Refused(problems)
