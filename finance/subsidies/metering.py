"""Which meters an application moves: every limit and count of its policy, for whom, in which window. Pure.

The engine works with the use of each limit in the scope and window of one case (`used`); here each of them gets the key
under which applications of different days, calls and policy versions find the same meter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.subsidies.application import window_key
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import LIFETIME, InterestPaid, LoanAmount, NotionalInterest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from finance.subsidies.facts import Case
    from finance.subsidies.terms import Line, Policy

FEN, TIMES = "fen", "times"
ONCE = ".once"
"""What ends with it counts what is paid once in a lifetime: a loan under a line that reads it, the thing of `once_per`."""


@dataclass(frozen=True, order=True)
class MeterKey:
    """What tells one meter from all others."""

    family: str
    limit: str
    scope_key: str
    window_key: str


@dataclass(frozen=True)
class Metered:
    """A limit as one application meets it: its key, what it counts, the most it allows (None: only counted)."""

    key: MeterKey
    unit: str
    most: int | None
    over: tuple[str, ...]

    @property
    def limit(self) -> str:
        return self.key.limit


def metered(policy: Policy, family: str, case: Case, parties: Mapping[str, str]) -> list[Metered]:
    """The limits of a policy in file order, then its counts and what it pays once.

    `parties` names enterprise, bank, guarantor, loan and project of the application by their ids.

    A limit whose scope names nobody here (no guarantor) or whose window has no date yet is left out: it cannot be used.
    """
    found = []
    reader = Reader(case, Series())
    for limit in policy.limits:
        key = _key(policy, family, limit.id, limit.scope, limit.window, reader, parties)
        if key is not None:
            found.append(Metered(key, FEN, limit.most_fen, limit.over))
    for line in policy.lines:
        if line.count is not None:
            name = f"{line.id}.count"
            key = _key(policy, family, name, line.count.scope, line.count.window, reader, parties)
            if key is not None:
                found.append(Metered(key, TIMES, line.count.most, (line.id,)))
        for thing in things_of(line, case, parties):
            key = MeterKey(family, f"{line.id}{ONCE}", thing, LIFETIME)
            found.append(Metered(key, TIMES, 1, (line.id,)))
    return found


def things_of(line: Line, case: Case, parties: Mapping[str, str]) -> list[str]:
    """What a line pays for once only: the things of its `once_per` by their numbers, else the loan that its base reads.

    The numbers are a list under `event.<once_per>_numbers`.
    """
    if line.once_per:
        stated = case.facts.get(numbers_path(line.once_per))
        numbers = stated if isinstance(stated, tuple) else (stated,) if stated else ()
        return [f"{line.once_per}={thing_of(str(number))}" for number in numbers]
    return [f"loan={parties['loan']}"] if reads_loan(line) and parties.get("loan") else []


def reads_loan(line: Line) -> bool:
    """Whether the amount of a line is worked out from a loan."""
    return isinstance(line.base, NotionalInterest | InterestPaid | LoanAmount)


def thing_of(number: str) -> str:
    """One thing's number however it was typed.

    >>> thing_of("第１２３４５６７８号"), thing_of(" 12345678 "), thing_of("zl2017 1060.3")
    ('12345678', '12345678', 'ZL201710603')
    """
    folded = unicodedata.normalize("NFKC", number).upper()
    return "".join(sign for sign in folded if sign.isascii() and sign.isalnum()) or folded


def numbers_path(once_per: str) -> str:
    """The fact that names the things of a line which pays once for each of them.

    >>> numbers_path("mark")
    'event.mark_numbers'
    """
    return f"event.{once_per}_numbers"


def paid_before(
    limits: Iterable[Metered], used: Mapping[MeterKey, int], paid: Mapping[str, int]
) -> list[Metered]:
    """The once-meters that others have used and that these lines (id -> fen) would use again."""
    return [
        limit
        for limit in limits
        if limit.limit.endswith(ONCE)
        and used.get(limit.key, 0)
        and any(paid.get(line) for line in limit.over)
    ]


def _key(
    policy: Policy,
    family: str,
    name: str,
    scope: Iterable[str],
    window: str,
    reader: Reader,
    parties: Mapping[str, str],
) -> MeterKey | None:
    named = [(part, parties.get(part, "")) for part in scope]
    when = window_key(policy, window, reader)
    if not when or not all(who for _, who in named):
        return None
    return MeterKey(family, name, ";".join(f"{part}={who}" for part, who in named), when)
