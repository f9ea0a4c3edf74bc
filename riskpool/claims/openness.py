"""What of a decision may be read by whom: whoever sits at the pool reads all, a bank or a guarantor what is its own affair.

A scheme may ask for the pool's balance, for what was paid to all banks, for what others hold of the same borrower. Such
figures decide a claim but belong to others: outside the pool's seats they stand as 略, with every step that uses them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskpool.schemes import engine
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import WorkingStep

LEFT_OUT = "略"
OF_THE_LOAN = ("loan.", "borrower.in_region")  # all other facts tell of more than this one loan
SUMS = ("base", "covered")  # steps that only add up the claim's own loss


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
    scheme: Scheme, outcome: engine.Apportionment, stored: Mapping[str, Any] | None, *, seated: bool
) -> Shown:
    """A decision as those with a seat at its pool read it, or as everybody else does."""
    metrics = asked_facts(scheme, outcome.metrics)
    if seated:
        return Shown(metrics, outcome.working, outcome.notes, stored)
    hidden = {name for name in metrics if not name.startswith(OF_THE_LOAN)}
    if not hidden and stored is not None and "part" in stored:  # the bank's own claims of one year
        return Shown(metrics, outcome.working, outcome.notes, stored)
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
