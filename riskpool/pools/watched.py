"""What the pages that watch over a pool show to one viewer: lines and their figures, rows behind a rate, stated facts.

A bank reads its own lines with their figures; of a line on a whole pool it reads whether it is met, since when and what
follows, not the figure, which would tell of other banks' loans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet

from finance.loans.models import Loan
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from riskpool.pools import actions, breakers, measures, metrics, queries, rates
from riskpool.pools.models import Pool, PoolSeat, StatedFact

if TYPE_CHECKING:
    from riskpool.pools.catalogue import Entry


MET, NOT_MET, NEAR, UNTOLD = "已触发", "未触发", "接近", "尚不能判断"
STATES = (MET, NOT_MET, NEAR, UNTOLD)


@dataclass(frozen=True)
class LineShown:
    """A line as one viewer reads it; `open` when its figure is among what he may read, `rows` when they can be opened."""

    look: breakers.Look
    open: bool

    @property
    def state(self) -> tuple[str, str]:
        """The word for the state, and its tone."""
        if self.look.met:
            return MET, "bad" if self.look.line.terms.action != "warn" else "near"
        if not self.look.known:
            return UNTOLD, "near"
        return (NEAR, "near") if self.open and self.look.near else (NOT_MET, "good")

    @property
    def why_unknown(self) -> str:
        return self.look.value.why if isinstance(self.look.value, metrics.Unknown) else ""

    @property
    def of(self) -> str:
        """Whose the figure is, as the address of its rows names it."""
        line = self.look.line
        return str(line.agreement.pk) if line.agreement else line.version.version

    @property
    def has_rows(self) -> bool:
        return self.open and self.look.line.entry.source == "rate" and self.look.known


def lines(viewer: Any, on: dt.date, known_at: dt.datetime | None = None) -> list[LineShown]:
    """The lines a viewer may know of, those that are met first, then the nearest."""
    found = [
        LineShown(look, breakers.may_read_value(viewer, look.line))
        for look in breakers.seen_looks(viewer, on, known_at)
    ]
    return sorted(found, key=lambda one: (not one.look.met, one.look.distance or 0 if one.open else 0))


def met_lines(viewer: Any, on: dt.date) -> list[LineShown]:
    """Those that are met: for a notice."""
    return [one for one in lines(viewer, on) if one.look.met]


def may_look_at(viewer: Any) -> list[Pool]:
    """The pools whose lines the viewer may have judged anew."""
    if viewer.seat != actions.MAKERS["bureau"]:
        return []
    rows = queries.pools(viewer=viewer).filter(
        seats__organisation=viewer.organisation_id, seats__seat=PoolSeat.Seat.BUREAU
    )
    return list(rows)


@dataclass(frozen=True)
class Measured:
    """A rate with the loans behind it (fen); the last column says whether a loan is in the numerator."""

    entry: Entry
    pool: Pool
    whose: str
    value: metrics.Value
    rows: list[tuple[measures.BookLine, int, bool]]


def measure(
    viewer: Any, pool_id: UUID, name: str, of: str, on: dt.date, known_at: dt.datetime | None
) -> Measured:
    """A rate on a day with its rows. A bank opens its own agreement's only; what one may not see does not exist."""
    entry = metrics.catalogue().entry(name)
    if entry.source != "rate":
        raise StatedFact.DoesNotExist
    of_bank = entry.settings["of"] == "bank"
    seen = queries.agreements(viewer=viewer).filter(pool=pool_id)
    if viewer.organisation.kind == queries.BANK and not of_bank:
        raise Pool.DoesNotExist
    of_agreement = seen.get(pk=_id(of)) if of_bank else None
    pool = of_agreement.pool if of_agreement else queries.pool(viewer=viewer, pool_id=pool_id)
    of_version = None
    if entry.settings["of"] == "scheme":
        of_version = published(PolicyVersion.Kind.SCHEME).get(version=of)  # drafts may bear the same name
    asked = metrics.Asked(pool=pool, on=on, known_at=known_at, agreement=of_agreement, version=of_version)
    value = metrics.value_of(name, asked)
    lines = measures.rate_rows(entry, asked)
    assert isinstance(value, metrics.Value), "a rate of somebody named has a value"
    assert lines is not None, "a rate of somebody named has rows"
    bad = {line.row.pk for line in measures.numerator_of(entry, asked, lines)}
    whose = of_agreement.bank.name if of_agreement else (of_version.title if of_version else pool.name)
    rows = [(line, rates.amount(line, entry.settings), line.row.pk in bad) for line in lines]
    rows.sort(key=lambda row: not row[2])
    return Measured(entry, pool, whose, value, rows)


def loans_behind(lines: Iterable[measures.BookLine]) -> dict[UUID, Loan]:
    """The loans of some of these rows, to be shown."""
    shown = Loan.objects.select_related("bank", "borrower")
    return shown.in_bulk([line.row.loan for line in lines])


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ObjectDoesNotExist from None


def facts(*, viewer: Any) -> QuerySet[StatedFact]:
    """Facts stated to the pools at which the viewer sits; for a bank its own statements and those about its own loans."""
    mine = (
        Q(stated_by=viewer.organisation_id)
        | Q(agreement__bank=viewer.organisation_id)
        | Q(loan__bank=viewer.organisation_id)
        if viewer.organisation.kind == queries.BANK
        else Q(pool__in=queries.seated(viewer))
    )
    rows = StatedFact.objects.filter(mine).select_related(
        "pool", "agreement__bank", "borrower", "loan", "stated_by", "recorded_by__person"
    )
    return rows.order_by("-recorded_at", "-pk")


def may_state(viewer: Any) -> list[Pool]:
    """The pools to which the viewer's seat states facts."""
    if viewer.seat == actions.MAKERS["bank"]:
        own = queries.agreements(viewer=viewer)
        return list(Pool.objects.filter(pk__in=own.order_by().values("pool")).order_by("code"))
    return may_look_at(viewer)


def pool_to_state(viewer: Any, pool_id: UUID) -> tuple[Pool, str]:
    """The pool, and as what the viewer's house states facts to it; Pool.DoesNotExist for everybody else."""
    pool = Pool.objects.get(pk=pool_id)
    side = actions.side_of(viewer, pool)
    if not side:
        raise Pool.DoesNotExist
    return pool, side


def entries_for(side: str) -> list[Entry]:
    """The facts that a side states: those of the catalogue, and those that published schemes bring themselves."""
    listed = metrics.catalogue().entries.values()
    brought = [metrics.catalogue().entry(name) for name in metrics.brought_by_schemes()]
    return [entry for entry in (*listed, *brought) if entry.is_stated and side in entry.stated_by]


def asked_for(viewer: Any, pool: Pool, given: Mapping[str, str]) -> dict[str, Any]:
    """What a link to the form already says: which fact, of which loan; its borrower and agreement come with it."""
    known: dict[str, Any] = {"name": given.get("name", "")}
    entry = metrics.catalogue().entry(known["name"]) if known["name"] else None
    loan_id = given.get("loan", "")
    if entry is None or not loan_id:
        return known
    seen = queries.enrolments(viewer=viewer).filter(agreement__pool=pool)
    row = seen.filter(loan=_id(loan_id)).first()
    if row is None:
        raise Loan.DoesNotExist
    about: dict[str, dict[str, Any]] = {
        "loan": {"loan_no": row.loan.bank_loan_no},
        "borrower": {"borrower": row.loan.borrower_id},
        "agreement": {"agreement": row.agreement_id},
    }
    return known | about.get(entry.subject, {})
