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
from finance.subsidies.terms import (
    DATES,
    LIFETIME,
    InterestPaid,
    LoanAmount,
    NotionalInterest,
    count_key,
    tests_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from finance.subsidies.facts import Case
    from finance.subsidies.terms import Line, Policy

FEN, TIMES = "fen", "times"
ONCE = ".once"
"""What ends with it counts what is paid once: a loan under a line that reads it, the thing of `once_per`."""
PARTS = f".parts{ONCE}"
"""What ends with it counts the years of which a line has paid a loan's interest; nobody limits them."""
PROJECT, INTEREST_YEAR = "loan.project_number", "loan.interest_year"


@dataclass(frozen=True, order=True)
class MeterKey:
    """What tells one meter from all others."""

    family: str
    limit: str
    scope_key: str
    window_key: str


@dataclass(frozen=True)
class Metered:
    """A limit as one application meets it: its key, what it counts, the most it allows (None: only counted).

    The lines of `over` take of it; those of `against` may not be paid once anybody else has taken any.
    """

    key: MeterKey
    unit: str
    most: int | None
    over: tuple[str, ...]
    against: tuple[str, ...] = ()

    @property
    def limit(self) -> str:
        return self.key.limit


def metered(policy: Policy, family: str, case: Case, parties: Mapping[str, str]) -> list[Metered]:
    """The limits of a policy in file order, then its counts and what it pays once.

    `parties` names enterprise, bank, guarantor and loan of the application by their ids; the project is told by its number,
    a fact of the case. A limit whose scope names nobody here (no guarantor) or whose window has no date yet is left out: it
    cannot be used.
    """
    found = []
    reader = Reader(case, Series())
    parties = {**parties, **project_of(case)}
    for limit in policy.limits:
        key = _key(policy, family, limit.id, limit.scope, limit.window, reader, parties)
        if key is not None:
            found.append(Metered(key, FEN, limit.most_fen, limit.over))
    for line in policy.lines:
        if line.count is not None:
            name = count_key(line)
            key = _key(policy, family, name, line.count.scope, line.count.window, reader, parties)
            if key is not None:
                found.append(Metered(key, TIMES, line.count.most, (line.id,)))
        found += _paid_once(policy, family, line, case, parties)
    return found


def _paid_once(
    policy: Policy, family: str, line: Line, case: Case, parties: Mapping[str, str]
) -> Iterator[Metered]:
    """What a line pays for once: the things of its `once_per` by their numbers, else the loan that its base reads.

    A loan whose interest is paid year by year is paid once for each year, and then never as a whole; nor the other way.
    """
    own = (line.id,)
    if line.once_per:
        for number in numbers_of(line, case):
            key = MeterKey(family, f"{line.id}{ONCE}", f"{line.once_per}={number}", LIFETIME)
            yield Metered(key, TIMES, 1, own, own)
        return
    if not reads_loan(line) or not parties.get("loan"):
        return
    loan = f"loan={parties['loan']}"
    whole = MeterKey(family, f"{line.id}{ONCE}", loan, LIFETIME)
    parts = MeterKey(family, f"{line.id}{PARTS}", loan, LIFETIME)
    year = str(case.facts.get(INTEREST_YEAR) or "") if pays_by_year(policy, line) else ""
    if year:
        yield Metered(whole, TIMES, 1, (), own)
        yield Metered(parts, TIMES, None, own)
        yield Metered(MeterKey(family, f"{line.id}{ONCE}", loan, year), TIMES, 1, own, own)
        return
    yield Metered(whole, TIMES, 1, own, own)
    if pays_by_year(policy, line):
        yield Metered(parts, TIMES, None, (), own)


def pays_by_year(policy: Policy, line: Line) -> bool:
    """Whether a line can pay the interest of one loan year by year: it goes by interest paid, and nothing in the measure
    looks at the day on which the loan was settled."""
    conditions = (*policy.eligibility, *line.requires)
    settled_first = policy.effective.picked_by == "settlement_date" or any(
        test.fact == DATES["settlement_date"] for test in tests_in(conditions)
    )
    return isinstance(line.base, InterestPaid) and not settled_first


def project_of(case: Case) -> dict[str, str]:
    """The project of an application by its number, as a party to limits; nothing where nobody stated it."""
    stated = thing_of(str(case.facts.get(PROJECT) or ""))
    return {"project": stated} if stated else {}


def numbers_of(line: Line, case: Case) -> list[str]:
    """The numbers of the things that a line with `once_per` pays for, as stated, written one way."""
    stated = case.facts.get(numbers_path(line.once_per))
    written = stated if isinstance(stated, tuple) else (stated,) if stated else ()
    return [thing_of(str(number)) for number in written]


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
    """What others have used and that stands against paying these lines (id -> fen) too."""
    return [
        limit for limit in limits if used.get(limit.key, 0) and any(paid.get(line) for line in limit.against)
    ]


def used_of_limits(limits: Iterable[Metered], used: Mapping[MeterKey, int]) -> dict[str, int]:
    """What is used of each limit and count by its id, as the engine takes it."""
    return {limit.limit: used[limit.key] for limit in limits if not limit.limit.endswith(ONCE)}


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
