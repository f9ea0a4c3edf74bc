"""A claim under a scheme of level bank_year: what it brings into its year alone, and what of the year falls on it (5.7).

Both are told as an `Apportionment` of the claim, so that whatever reads a decision reads these too. The digest of a claim's
part hangs on every claim of the year: the same loss beside another one may be borne otherwise.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from riskpool.schemes.base import Course, covered_base
from riskpool.schemes.building import canonical
from riskpool.schemes.engine import ENGINE_VERSION, Apportionment, needed_metrics, stored, stored_scheme
from riskpool.schemes.stages import BankYear, YearClaim
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import WorkingStep, listed, numbered, yuan_of

BASE = "loss_base"


def base_metrics(scheme: Scheme) -> frozenset[str]:
    """The facts that the base of a claim asks for; all others are those of the year's end."""
    needs = needed_metrics(scheme)
    return frozenset(need.name for need in needs if any(place.startswith(BASE) for place in need.places))


def year_metrics(scheme: Scheme) -> frozenset[str]:
    """The facts that steps and stop-loss lines ask for, once for the whole year."""
    needs = needed_metrics(scheme)
    return frozenset(need.name for need in needs if not all(place.startswith(BASE) for place in need.places))


def line_metrics(scheme: Scheme) -> frozenset[str]:
    """The facts that only stop-loss lines ask for: a line is of the day on which money would be paid, not of the year."""
    needed = needed_metrics(scheme)
    return frozenset(
        need.name for need in needed if all(place.startswith("stop_loss") for place in need.places)
    )


def claim_base(scheme: Scheme, loss: Mapping[str, int], metrics: Mapping[str, str]) -> Apportionment:
    """The base of one claim (fen by component) by itself: nothing is shared yet, the lender bears all of it.

    Refused like `apportion`; only facts of the base are asked for.
    """
    assert scheme.level == "bank_year", "other schemes share each claim by itself"
    own = base_metrics(scheme)
    course = Course({name: value for name, value in metrics.items() if name in own})
    base = covered_base(scheme, loss, course)
    course.refuse_if_blocked()
    course.add(
        "into_year", "计入本银行本年度，与同年度其他申请合并后分担", remarks=("年度结算前由放贷方承担",)
    )
    return Apportionment(
        scheme_id=scheme.id, fingerprint=scheme.fingerprint, loss=dict(loss), metrics=dict(course.facts),
        included_fen=base.included_fen, covered_fen=base.covered_fen, outside_fen=base.outside_fen,
        holds_principal=base.holds_principal, borne=dict.fromkeys(scheme.codes, 0) | {scheme.lender: base.covered_fen},
        notes=tuple(course.notes), missing=tuple(course.missing), suspended=(), working=tuple(course.working),
        grants=scheme.grants,
    )  # fmt: skip


def part_of_year(
    scheme: Scheme, claims: Sequence[YearClaim], year: BankYear, reference: str
) -> Apportionment:
    """What of a calculated year falls on one of its claims, with the working of the base, the year and the attribution."""
    claim = next(one for one in claims if one.reference == reference)
    alone = claim_base(scheme, claim.loss, {**year.year.metrics, **claim.metrics})
    borne = year.by_claim[reference]
    steps = (*alone.working[:-1], *year.year.working, *_attribution(scheme, claims, year, reference))
    return replace(
        alone,
        metrics={**year.year.metrics, **alone.metrics},
        borne=dict(borne),
        notes=(*alone.notes, *(note for note in year.year.notes if not _of_another(note, claims))),
        missing=tuple(dict.fromkeys((*alone.missing, *year.year.missing))),
        suspended=year.year.suspended,
        working=numbered(steps),
    )


def _of_another(note: str, claims: Sequence[YearClaim]) -> bool:
    """Notes of single claims' bases; the claim's own stand there already without its reference."""
    return any(note.startswith(f"{claim.reference}: ") for claim in claims)


def _attribution(
    scheme: Scheme, claims: Sequence[YearClaim], year: BankYear, reference: str
) -> list[WorkingStep]:
    """One step a payer: its part of the year spread over what is not yet attributed of every claim."""
    left = dict(year.covered_by_claim)
    steps = []
    for code in scheme.codes:
        fen = year.year.borne[code]
        if code == scheme.lender or not fen:
            continue
        given = {one.reference: year.by_claim[one.reference][code] for one in claims}
        spread = [
            (name, f"尚未归属 {yuan_of(left[name])} 元，分得 {yuan_of(part)} 元")
            for name, part in given.items()
        ]
        steps.append(
            WorkingStep(
                0, "attribution", f"{code} 的年度分担额归属到各申请",
                figures=((f"{code} 年度承担", f"{yuan_of(fen)} 元"), *spread),
                remarks=("按尚未归属的方案内损失比例，先舍去不足1分的部分，余下的分按余数从大到小各补1分，相同的先受理者先补",),
            )
        )  # fmt: skip
        left = {name: left[name] - part for name, part in given.items()}
    own = dict.fromkeys(scheme.codes, 0) | {scheme.lender: year.covered_by_claim[reference]}
    steps.append(
        WorkingStep(
            0, "of_claim", f"本申请 {reference} 的分担", before=listed(own),
            after=listed(year.by_claim[reference]), remarks=("未归属的部分由放贷方承担",),
        )
    )  # fmt: skip
    return steps


def year_digest(scheme: Scheme, claims: Sequence[YearClaim], metrics: Mapping[str, str]) -> str:
    """SHA-256 of all that a year is calculated from, claim by claim: the same digest, the same fen for each."""
    inputs = {
        "scheme": scheme.fingerprint, "grants": list(scheme.grants), "engine": ENGINE_VERSION, "metrics": dict(metrics),
        "claims": [[one.reference, dict(one.loss), dict(one.metrics)] for one in claims],
    }  # fmt: skip
    return hashlib.sha256(canonical(inputs).encode()).hexdigest()


def part_digest(of_year: str, reference: str) -> str:
    """SHA-256 of a claim's part of a year."""
    return hashlib.sha256(f"{of_year} {reference}".encode()).hexdigest()


def stored_base(scheme: Scheme, base: Apportionment) -> dict[str, Any]:
    """A claim's base as plain JSON values; `replay_base` calculates it again."""
    return stored(scheme, base) | {"part": "base"}


def replay_base(decision: Mapping[str, Any]) -> Apportionment:
    """Calculate a stored base again; the caller compares."""
    return claim_base(stored_scheme(decision), decision["loss"], decision["metrics"])


def stored_part(scheme: Scheme, part: Apportionment, reference: str, of_year: str) -> dict[str, Any]:
    """A claim's part of a year as plain JSON values; it is calculated again from the year, which is stored once."""
    digest = part_digest(of_year, reference)
    return stored(scheme, part) | {
        "part": "year",
        "reference": reference,
        "year_digest": of_year,
        "digest": digest,
    }


def lowered(loss: Mapping[str, int], net_fen: int, order: Sequence[str]) -> dict[str, int]:
    """A loss (fen by component) after money was collected on it: principal first, then in the given order (7, item 6).

    >>> lowered({"principal": 100, "interest": 20}, 110, ("principal", "interest"))
    {'principal': 0, 'interest': 10}
    """
    now = dict(loss)
    for name in order:
        taken = min(now.get(name, 0), net_fen)
        if taken:
            now[name] -= taken
            net_fen -= taken
    return now
