"""What a calculation moves, given what was moved before; how one party's part reaches its sources. Amounts in fen.

A claim is always calculated on the running total of its recognised loss; what moves is the difference, per payer.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kernel.errors import Problem
from kernel.money import split, yuan_text
from riskpool.claims.rules.filing import COMPONENTS

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Standing:
    """What has been moved for one share so far: lying in escrow, paid out, declared owed by settlements; and what came
    back otherwise (recoveries, claw-backs), which cannot be owed again."""

    escrowed: int = 0
    paid: int = 0
    owed: int = 0
    back: int = 0

    @property
    def kept(self) -> int:
        """What the bank holds and may keep."""
        return self.paid - self.owed


@dataclass(frozen=True)
class Moves:
    """What one settlement moves for one share. `paid` is the whole payment, `from_escrow` the part of it set aside
    before; `freed` leaves escrow and is free money again; `owed` is what the bank must bring back."""

    to_escrow: int = 0
    paid: int = 0
    from_escrow: int = 0
    freed: int = 0
    owed: int = 0

    @property
    def from_free(self) -> int:
        """What must still be reserved out of free money."""
        return self.paid - self.from_escrow


def moves_to_escrow(entitled: Mapping[Key, int]) -> dict[Key, Moves]:
    """The first calculation of a scheme that sets aside before it pays: nothing is paid yet."""
    return {key: Moves(to_escrow=fen) for key, fen in entitled.items()}


def moves_to_settle(entitled: Mapping[Key, int], standing: Mapping[Key, Standing]) -> dict[Key, Moves]:
    """What brings each share from where it stands to what it is entitled to in all; nothing stays in escrow.

    More than before: a further payment, out of escrow first. Less: what lies in escrow is freed, what was paid is owed, as
    far as it has not come back otherwise.

    >>> moves_to_settle({"city": 70}, {"city": Standing(escrowed=100)})["city"]
    Moves(to_escrow=0, paid=70, from_escrow=70, freed=30, owed=0)
    >>> moves_to_settle({"city": 70}, {"city": Standing(paid=100)})["city"].owed
    30
    >>> moves_to_settle({"city": 70}, {"city": Standing(paid=100, back=80)})["city"].owed
    20
    """
    moves = {}
    for key in dict.fromkeys([*entitled, *standing]):
        stood = standing.get(key, Standing())
        due = entitled.get(key, 0) - stood.kept
        paid = max(due, 0)
        from_escrow = min(paid, stood.escrowed)
        owed = max(min(-due, stood.kept - stood.back), 0)
        moves[key] = Moves(paid=paid, from_escrow=from_escrow, freed=stood.escrowed - from_escrow, owed=owed)
    return moves


def cumulative_split(total_fen: int, weights: Mapping[str, int], had: Mapping[str, int]) -> dict[str, int]:
    """What each of several payers of one party gets now, when `total_fen` is the running total returned to the party.

    The running total is split by what each bore and the difference paid, so that many pieces give what one would. A
    difference below zero is set to 0 and its fen taken from the largest difference, from the end of the listed order
    (loss-sharing.md 5.8).

    >>> cumulative_split(100, {"city": 1, "district": 1}, {"city": 20, "district": 20})
    {'city': 30, 'district': 30}
    """
    if not any(weights.values()):
        assert total_fen == 0, "money returned to a party that bore nothing"
        return dict.fromkeys(weights, 0)
    entitled = split(total_fen, weights)
    differences = {name: entitled[name] - had.get(name, 0) for name in weights}
    short = -sum(fen for fen in differences.values() if fen < 0)
    paid = {name: max(fen, 0) for name, fen in differences.items()}
    while short:
        largest = max(reversed(list(paid)), key=lambda name: paid[name])
        taken = min(short, paid[largest])
        assert taken, "the running total fell below what has been returned"
        paid[largest] -= taken
        short -= taken
    return paid


def steady_split(total_fen: int, weights: Mapping[str, int], had: Mapping[str, int]) -> dict[str, int]:
    """What each of several sources of one party bears in all when the party's total changes from what they had.

    By weights; but largest remainder can take a fen from one source when the total grows, and nobody shall owe a fen
    because of rounding: while the total grows no source falls, while it falls none rises.

    >>> steady_split(100, {"city": 4, "district": 6}, {"city": 41, "district": 50})
    {'city': 41, 'district': 59}
    """
    before = sum(had.get(name, 0) for name in weights)
    if total_fen >= before:
        more = cumulative_split(total_fen, weights, had)
        return {name: had.get(name, 0) + more[name] for name in weights}
    entitled = split(total_fen, weights)
    now = {name: min(entitled[name], had.get(name, 0)) for name in weights}
    short = total_fen - sum(now.values())
    for name in weights:
        room = min(had.get(name, 0) - now[name], short)
        now[name] += room
        short -= room
    assert short == 0, "the total fell, so there is room among those who had it"
    return now


def recognition_problems(
    recognised: Mapping[str, int], stated: Mapping[str, int], reasons: Mapping[str, str]
) -> list[Problem]:
    """Why a recognised loss (fen by component) cannot stand: above what was stated, or cut without a reason."""
    problems = []
    for component, title in COMPONENTS.items():
        given, asked = recognised.get(component, 0), stated.get(component, 0)
        where = f"认定的{title}"
        if given < 0:
            problems.append(Problem(where, "为负数", "请填写不小于零的金额", "negative"))
        elif given > asked:
            found = f"{yuan_text(given, grouped=True)} 元，高于申报的 {yuan_text(asked, grouped=True)} 元"
            problems.append(Problem(where, found, "认定额不得高于申报额", "above_stated"))
        elif given < asked and not reasons.get(component, "").strip():
            found = f"少于申报 {yuan_text(asked - given, grouped=True)} 元，没有理由"
            problems.append(Problem(where, found, "请写明核减的理由和依据条款", "cut_without_reason"))
    if sum(recognised.values()) == 0:
        problems.append(
            Problem("认定的损失", "合计为零", "全部不予认定的，请作不予补偿或追回处理", "nothing_recognised")
        )
    return problems
