"""What of a decision may be read by whom: whoever sits at the pool reads all, a bank or a guarantor what is its own affair.

A scheme may ask for the pool's balance, for what was paid to all banks, for what others hold of the same borrower. Such
figures decide a claim but belong to others: outside the pool's seats they stand as 略, with every step that uses them.
What is told of the bank itself (its rates, its balance, what it was paid) is the bank's to read, not the guarantor's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from riskpool.pools import queries as pools
from riskpool.pools.models import PoolSeat, StatedFact
from riskpool.schemes import engine
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import WorkingStep

if TYPE_CHECKING:
    from riskpool.claims.models import Claim

LEFT_OUT = "略"
OF_THE_CLAIM = ("loan.", "claim.", "borrower.in_region")  # all other facts tell of more than this one loan
OF_THE_BANK = ("bank.", "batch.")  # of the claim's own agreement
SUMS = ("base", "covered")  # steps that only add up the claim's own loss


@dataclass(frozen=True)
class Reader:
    """Who reads a decision: at the pool everything (`seated`), elsewhere the facts whose names begin as in `opens`."""

    opens: tuple[str, ...] = OF_THE_CLAIM
    seated: bool = False

    @property
    def is_bank(self) -> bool:
        return set(OF_THE_BANK) <= set(self.opens)

    def may_read(self, fact: str) -> bool:
        return self.seated or fact.startswith(self.opens)


SEATED = Reader(seated=True)
OPEN_TO_ALL = Reader()


def reader_of(viewer: Any, claim: Claim) -> Reader:
    """As whom a viewer who was let in to a claim reads it."""
    if pools.has_seat(viewer=viewer, pool=claim.enrolment.agreement.pool, seats=tuple(PoolSeat.Seat.values)):
        return SEATED
    return bank_of(claim) if viewer.organisation_id == claim.enrolment.loan.bank_id else OPEN_TO_ALL


def bank_of(claim: Claim) -> Reader:
    """The claim's bank: beside what is its own, what it has itself stated of the borrower."""
    loan = claim.enrolment.loan
    stated = StatedFact.objects.filter(borrower=loan.borrower_id, stated_by=loan.bank_id)
    return Reader((*OF_THE_CLAIM, *OF_THE_BANK, *sorted(set(stated.values_list("name", flat=True)))))


def all_of(claim: Claim) -> Reader:
    """What everybody who may know of a claim can read: as the bank, unless a guarantor bears a share beside it."""
    assert claim.apportionment is not None, "only a decided claim is read"
    others = claim.apportionment.shares.filter(organisation__isnull=False).exclude(
        organisation=claim.enrolment.loan.bank_id
    )
    return OPEN_TO_ALL if others.exists() else bank_of(claim)


@dataclass(frozen=True)
class Shown:
    """A decision as one side reads it; `stored` replays it, and is None when figures had to be left out."""

    metrics: Mapping[str, str]
    working: Sequence[WorkingStep]
    notes: Sequence[str]
    stored: Mapping[str, Any] | None


def asked_facts(scheme: Scheme, metrics: Mapping[str, str]) -> dict[str, str]:
    """Of the facts at hand those that the scheme asks for, by name."""
    asked = {need.name for need in engine.needed_metrics(scheme)}
    return {name: metrics[name] for name in sorted(metrics) if name in asked}


def shown(
    scheme: Scheme, outcome: engine.Apportionment, stored: Mapping[str, Any] | None, reader: Reader
) -> Shown:
    """A decision as its reader may read it."""
    metrics = asked_facts(scheme, outcome.metrics)
    if reader.seated:
        return Shown(metrics, outcome.working, outcome.notes, stored)
    hidden = {name for name in metrics if not reader.may_read(name)}
    part = stored.get("part") if stored is not None else None
    if part and not hidden:  # a year holds the bank's other claims
        kept = stored if reader.is_bank or part == "base" else None
        return Shown(metrics, outcome.working, outcome.notes, kept)
    if not hidden:
        again = engine.apportion(
            scheme, outcome.loss, metrics
        )  # the same decision without facts it never used
        return Shown(metrics, outcome.working, outcome.notes, engine.stored(scheme, again))
    places = {place for need in engine.needed_metrics(scheme) if need.name in hidden for place in need.places}
    return Shown(
        metrics={name: LEFT_OUT if name in hidden else value for name, value in metrics.items()},
        working=[_without_figures(s) if _uses(s, hidden, places) else s for s in outcome.working],
        notes=[re.sub(r"^cap (\S+) binds at \S+$", r"上限 \1 起作用", note) for note in outcome.notes],
        stored=None,
    )


def _uses(step: WorkingStep, hidden: Collection[str], places: Collection[str]) -> bool:
    if step.kind in SUMS:
        return False
    told = " ".join([*(text for pair in step.figures for text in pair), *step.remarks])
    at_place = any(place == step.place or place.startswith(f"{step.place}.") for place in places)
    return at_place or any(name in told for name in hidden)


def _without_figures(step: WorkingStep) -> WorkingStep:
    figures = tuple((label, LEFT_OUT) for label, _ in step.figures)
    return replace(step, figures=figures, remarks=(LEFT_OUT,) if step.remarks else ())
