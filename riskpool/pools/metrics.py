"""Where the value of a metric comes from: computed by a registered source, or stated by a person. Knows no claim.

Rooms above register their sources (`@source("paid_this_year")`). A value carries its working (numerator, denominator, rows
counted, day), so that a page can show it and open its rows; what has no value says why, and nothing is put in its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from finance.parties.models import Organisation
from kernel.errors import Problem
from kernel.policystore.models import PolicyVersion
from riskpool.pools.catalogue import Catalogue, Entry, read_catalogue
from riskpool.pools.monitoring import StatedFact
from riskpool.pools.versions import scheme_of
from riskpool.schemes.engine import needed_metrics

if TYPE_CHECKING:
    from finance.loans.models import Loan
    from riskpool.pools.models import Agreement, Pool
    from riskpool.schemes.terms import Scheme

DECIMALS = (
    24  # of a rate that no decimal can hold; cut off, so that ≥ and > answer as the exact fraction would
)


@dataclass(frozen=True)
class Asked:
    """Of whom and of when a value is asked: at the end of the day `on`, from what was known at `known_at` (now: None).

    `now` reads running totals as they stand this moment instead of the day's end: the state before a claim.
    """

    pool: Pool
    on: dt.date
    known_at: dt.datetime | None = None
    agreement: Agreement | None = None
    version: PolicyVersion | None = None
    loan: Loan | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    claim: Any = None
    now: bool = False


@dataclass(frozen=True)
class Value:
    """A metric's value as exact text, with its working: amounts in fen, `rows` counted, the day, and how it was obtained."""

    name: str
    text: str
    day: dt.date
    obtained: str = "computed"
    numerator: int | None = None
    denominator: int | None = None
    rows: int | None = None
    told: tuple[tuple[str, str], ...] = ()

    @property
    def entry(self) -> Entry:
        return catalogue().entry(self.name)

    def as_json(self) -> dict[str, Any]:
        """Plain values for a stored fact; amounts in fen."""
        return {
            "name": self.name, "text": self.text, "day": self.day.isoformat(), "obtained": self.obtained,
            "numerator_fen": self.numerator, "denominator_fen": self.denominator, "rows": self.rows,
            "told": [list(pair) for pair in self.told],
        }  # fmt: skip


@dataclass(frozen=True)
class Unknown:
    """A metric without a value, and why."""

    name: str
    why: str


Source = Callable[[Entry, Asked], Value | Unknown]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register how a source of the catalogue computes its metrics."""

    def register(function: Source) -> Source:
        assert name not in _sources or _sources[name] is function, f"two sources {name}"
        _sources[name] = function
        return function

    return register


def sources() -> frozenset[str]:
    """The names of all registered sources."""
    return frozenset(_sources)


def catalogue() -> Catalogue:
    """The catalogue that ships with the product, read once a process."""
    return _catalogue(Path(settings.POLICIES_DIR) / "metrics" / "sources.yaml")


@lru_cache(maxsize=4)
def _catalogue(path: Path) -> Catalogue:
    return read_catalogue(path.read_text(encoding="utf-8"))


def rate_text(value: Fraction) -> str:
    """A rate as a plain decimal: exact if it ends within 24 places, else cut off there.

    Cutting off keeps every comparison with a written threshold right: an amount has at most 18 digits of fen.

    >>> rate_text(Fraction(2, 25)), rate_text(Fraction(1, 3))
    ('0.08', '0.333333333333333333333333')
    """
    scaled = value.numerator * 10**DECIMALS // value.denominator
    text = f"{scaled:0{DECIMALS + 1}d}"
    whole, decimals = text[:-DECIMALS], text[-DECIMALS:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def value_of(name: str, asked: Asked) -> Value | Unknown:
    """The value of a metric: computed where the platform has the facts, else as a person has stated it, else unknown."""
    entry = catalogue().entry(name)
    why = "尚无陈述"
    if entry.is_computed:
        found = _sources[entry.source](entry, asked)
        if isinstance(found, Value):
            return found
        why = found.why
    if entry.is_stated:
        fact = fact_for(entry, asked)
        if fact is not None:
            return Value(name, fact.value, fact.about, "stated", told=(("出处", fact.source_text),))
    return Unknown(name, why)


def fact_for(entry: Entry, asked: Asked) -> StatedFact | None:
    """The stated fact that answers for an entry, if its subject is at hand and one lies in the entry's period."""
    subject: dict[str, Any] = {}
    if entry.subject == "agreement":
        subject = {"agreement": asked.agreement}
    elif entry.subject == "loan":
        subject = {"loan": asked.loan}
    elif entry.subject == "borrower":
        subject = {"borrower": asked.loan.borrower if asked.loan else None}
    if None in subject.values():
        return None
    fact = stated_fact(name=entry.name, on=asked.on, known_at=asked.known_at, pool=asked.pool, **subject)
    if fact is None or (entry.period == "prev_year" and fact.about.year != asked.on.year - 1):
        return None
    return None if entry.period == "this_year" and fact.about.year != asked.on.year else fact


def stated_fact(
    *,
    name: str,
    on: dt.date,
    pool: Pool,
    known_at: dt.datetime | None = None,
    agreement: Agreement | None = None,
    borrower: Any = None,
    loan: Loan | None = None,
) -> StatedFact | None:
    """The statement of a fact that stands about a subject (the pool itself when none is named) on a day, as then known.

    It is the last one; but what the bureau has said about a year is displaced by the bureau alone: a bank that may state
    a fact may not restate it over the bureau's word.
    """
    rows = StatedFact.objects.filter(
        name=name, pool=pool, agreement=agreement, borrower=borrower, loan=loan, about__lte=on
    )
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    rows = rows.order_by("-about", "-pk")
    last = rows.first()
    if last is None:
        return None
    of_bureau = rows.filter(about__year=last.about.year, stated_by__kind=Organisation.Kind.FINANCE_BUREAU)
    return of_bureau.first() or last


def values_for(scheme: Scheme, asked: Asked) -> dict[str, Value | Unknown]:
    """Every metric that a scheme can ask for, by name."""
    return {need.name: value_of(need.name, asked) for need in needed_metrics(scheme)}


def brought_by_schemes() -> list[str]:
    """Metrics of published schemes that the catalogue does not list."""
    stored = PolicyVersion.objects.filter(
        kind=PolicyVersion.Kind.SCHEME, state=PolicyVersion.State.PUBLISHED
    ).values_list("pk", flat=True)
    names = {need.name for pk in stored for need in needed_metrics(scheme_of(pk))}
    return sorted(names - set(catalogue().entries))


def texts(values: Mapping[str, Value | Unknown]) -> dict[str, str]:
    """The values that are known, as the engine takes them."""
    return {name: value.text for name, value in values.items() if isinstance(value, Value)}


def absent(values: Mapping[str, Value | Unknown]) -> list[Entry]:
    """The metrics without a value that are not optional."""
    entries = [catalogue().entry(name) for name, value in values.items() if isinstance(value, Unknown)]
    return [entry for entry in entries if not entry.optional]


def absent_problems(values: Mapping[str, Value | Unknown]) -> list[Problem]:
    """A sentence for each metric that nobody has set and that is not optional: which, why, who states it."""
    problems = []
    for entry in absent(values):
        value = values[entry.name]
        assert isinstance(value, Unknown), "only what is unknown is absent"
        whose = "、".join({"bank": "银行", "bureau": "主管财政部门"}[who] for who in entry.stated_by)
        wanted = f"由{whose}两人在“事实陈述”中陈述后再计算" if entry.is_stated else "数据补齐后再计算"
        problems.append(
            Problem(
                f"{entry.title}（{entry.name}）",
                value.why,
                wanted,
                "fact_absent" if entry.is_stated else "fact_unknown",
            )
        )
    return problems
