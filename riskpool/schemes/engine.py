"""One loss through one scheme: who bears what, to the fen, with the working.

`apportion` is the only door: the estimate, the officer's review and the payment call it with the same scheme. It knows
no clock, no file and no database. `stored` and `replay` keep a decision and calculate it again, for ever.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel.errors import Problem, Refused
from kernel.expressions import exact_decimal, metrics_in
from riskpool.schemes.base import Base, Course, covered_base
from riskpool.schemes.building import canonical, scheme_of
from riskpool.schemes.steps import Run, run_steps, suspended_parties
from riskpool.schemes.terms import Adjust, Cap, Row, Scheme, Transfer
from riskpool.schemes.working import WorkingStep, working_from_json, working_to_json

ENGINE_VERSION = "1"


@dataclass(frozen=True)
class Apportionment:
    """Who bears what of one loss (fen), why, and which facts were absent.

    `borne` has every party in listed order and sums to `covered_fen`; `covered_fen` and `outside_fen` are the whole loss.
    """

    scheme_id: str
    fingerprint: str
    loss: Mapping[str, int]
    metrics: Mapping[str, str]
    included_fen: int
    covered_fen: int
    outside_fen: int
    holds_principal: bool
    borne: Mapping[str, int]
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    suspended: tuple[str, ...]
    working: tuple[WorkingStep, ...]
    grants: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the inputs and the scheme's text: the same digest, the same fen."""
        inputs = {
            "scheme": self.fingerprint,
            "loss": dict(self.loss),
            "metrics": dict(self.metrics),
            "grants": list(self.grants),
            "engine": ENGINE_VERSION,
        }
        return hashlib.sha256(canonical(inputs).encode()).hexdigest()


@dataclass(frozen=True)
class NeededMetric:
    """A fact the scheme asks for: where, the moment it is taken, and what happens without it."""

    name: str
    places: tuple[str, ...]
    moment: str
    if_absent: str


def apportion(scheme: Scheme, loss: Mapping[str, int], metrics: Mapping[str, str]) -> Apportionment:
    """Share a loss (fen by component) by a scheme, with the facts as they stood before this claim.

    Refused, all at once where possible: unknown components, two measures of principal, facts a limit needs and that are
    absent, facts that are not decimals where a figure is needed, division by zero, an adjustment below zero.
    """
    for name, value in metrics.items():
        if not isinstance(value, str):
            raise TypeError(f"metric {name} must be a string, not {type(value).__name__}")
    course = Course(metrics)
    base = covered_base(scheme, loss, course)
    return shared(scheme, base, loss, course)


def shared(scheme: Scheme, base: Base, loss: Mapping[str, int], course: Course) -> Apportionment:
    """The steps on a base that is already worked out; `bank_year` comes in here with the sum of a year."""
    suspended = suspended_parties(scheme, course)
    ledger = dict.fromkeys(scheme.codes, 0) | {scheme.lender: base.covered_fen}
    run = Run(scheme, base.covered_fen, ledger, suspended, course)
    run_steps(run)
    course.refuse_if_blocked()
    assert sum(ledger.values()) == base.covered_fen, "a step created or lost money"
    assert min(ledger.values()) >= 0, "a party bears less than nothing"
    return Apportionment(
        scheme_id=scheme.id,
        fingerprint=scheme.fingerprint,
        loss=dict(loss),
        metrics=dict(course.facts),
        included_fen=base.included_fen,
        covered_fen=base.covered_fen,
        outside_fen=base.outside_fen,
        holds_principal=base.holds_principal,
        borne=ledger,
        notes=tuple(course.notes),
        missing=tuple(course.missing),
        suspended=tuple(code for code in scheme.codes if code in suspended),
        working=tuple(course.working),
        grants=scheme.grants,
    )


def with_granted_share(scheme: Scheme, step: int, party: str, share: str) -> Scheme:
    """The scheme with a lower share granted by the deciding body, where the text says "up to" (section 7, item 22).

    `step` is the place in `steps`; the share written in the file is the ceiling, in every row that names the party.
    Points (`uplifts`) still come on top. Refused: a share above the ceiling, or a party without a share in that step.
    """
    transfer = scheme.steps[step]
    where, granted = f"steps[{step}].shares.{party}", exact_decimal(share)
    if not isinstance(transfer, Transfer) or not any(party in row.shares for row in transfer.rows):
        raise Refused(Problem(where, "这一步没有这个参与方的份额", "请核对步骤和参与方", "no_ceiling"))
    ceiling = max(row.shares[party] for row in transfer.rows if party in row.shares)
    if granted is None or not 0 <= granted <= ceiling:
        raise Refused(
            Problem(where, f"批准的份额“{share}”不在上限之内", f"不超过 {ceiling}", "above_ceiling")
        )
    rows = tuple(
        Row(
            row.when,
            {c: min(s, granted) if c == party else s for c, s in row.shares.items()},
        )
        for row in transfer.rows
    )
    steps = (*scheme.steps[:step], replace(transfer, rows=rows), *scheme.steps[step + 1 :])
    return replace(scheme, steps=steps, grants=(*scheme.grants, f"{step} {party} {share}"))


def needed_metrics(scheme: Scheme) -> tuple[NeededMetric, ...]:
    """Every fact the scheme can ask for, in order of evaluation, so that a claim can list what is absent."""
    asked: dict[str, list[tuple[str, str]]] = {}

    def ask(name: str, place: str, if_absent: str) -> None:
        asked.setdefault(name, []).append((place, if_absent))

    for name, place, if_absent in _asked(scheme):
        ask(name, place, if_absent)
    return tuple(
        NeededMetric(
            name,
            tuple(dict.fromkeys(place for place, _ in uses)),
            _moment(name, scheme, [place for place, _ in uses]),
            next((rule for _, rule in uses if rule == BLOCKS), uses[0][1]),
        )
        for name, uses in asked.items()
    )


BLOCKS = "不能计算"


def _asked(scheme: Scheme) -> Iterable[tuple[str, str, str]]:
    base = scheme.loss_base
    if base.coverage:
        full = base.coverage.if_missing == "full"
        yield base.coverage.metric, "loss_base.coverage", "按全部覆盖" if full else "按不覆盖"
    for index, cap in enumerate(base.eligible_caps):
        where = f"loss_base.eligible_caps[{index}]"
        for name in metrics_in(cap.limit):
            yield name, f"{where}.limit", BLOCKS
        if cap.loan_metric:
            yield cap.loan_metric, f"{where}.loan_metric", BLOCKS
    for index, line in enumerate(scheme.stop_loss):
        yield line.condition.metric, f"stop_loss[{index}]", "视为未触发"
    for index, step in enumerate(scheme.steps):
        where = f"steps[{index}]"
        for condition in step.when:
            yield condition.metric, f"{where}.when", "视为不符合"
        if isinstance(step, Transfer):
            yield from _asked_by_transfer(step, where)
        elif isinstance(step, Cap):
            yield from ((name, f"{where}.limit", BLOCKS) for name in metrics_in(step.limit))
        elif isinstance(step, Adjust):
            yield from ((name, f"{where}.amount", "按0") for name in metrics_in(step.amount))


def _asked_by_transfer(step: Transfer, where: str) -> Iterable[tuple[str, str, str]]:
    whens = [row.when for row in step.rows] + [uplift.when for uplift in step.uplifts]
    for when in whens:
        yield from ((condition.metric, where, "视为不符合") for condition in when)
    ends = (step.slice.attach, step.slice.detach) if step.slice else ()
    for end in ends:
        if end is not None:
            yield from ((name, f"{where}.slice", BLOCKS) for name in metrics_in(end))


def _moment(name: str, scheme: Scheme, places: list[str]) -> str:
    if scheme.level == "bank_year" and not all(place.startswith("loss_base") for place in places):
        return "年末"
    if name.endswith(("paid_this_year", "used_this_year", "paid_so_far")):
        return "本笔之前的累计，不含本笔"
    if name.startswith("pool.") and name.endswith("balance"):
        return "本次支付前可用的余额"
    return "本笔之前的状态"


def stored(scheme: Scheme, apportionment: Apportionment) -> dict[str, Any]:
    """A decision as plain JSON values: the scheme's text, inputs, result and working."""
    return {
        "engine": ENGINE_VERSION,
        "scheme": json.loads(scheme.document),
        "scheme_sha256": scheme.fingerprint,
        "digest": apportionment.digest,
        "grants": list(apportionment.grants),
        "loss": dict(apportionment.loss),
        "metrics": dict(apportionment.metrics),
        "included_fen": apportionment.included_fen,
        "covered_fen": apportionment.covered_fen,
        "outside_fen": apportionment.outside_fen,
        "borne": dict(apportionment.borne),
        "notes": list(apportionment.notes),
        "missing": list(apportionment.missing),
        "working": working_to_json(apportionment.working),
        "sources": [f"{source.status} {source.url}".strip() for source in scheme.sources],
        "assumed": list(scheme.assumed),
    }


def stored_scheme(decision: Mapping[str, Any]) -> Scheme:
    """The scheme as it stood in a stored decision, with the shares then granted."""
    scheme = scheme_of(decision["scheme"])
    for grant in decision.get("grants", ()):
        step, party, share = grant.split(" ")
        scheme = with_granted_share(scheme, int(step), party, share)
    return scheme


def replay(decision: Mapping[str, Any]) -> Apportionment:
    """Calculate a stored decision again; Refused, with each difference, if it does not come to the same fen."""
    scheme = stored_scheme(decision)
    again = apportion(scheme, decision["loss"], decision["metrics"])
    problems = [
        Problem(key, f"重算得 {found}", f"原为 {was}", "replay")
        for key, found, was in (
            ("scheme_sha256", scheme.fingerprint, decision["scheme_sha256"]),
            ("digest", again.digest, decision["digest"]),
            ("covered_fen", again.covered_fen, decision["covered_fen"]),
            ("outside_fen", again.outside_fen, decision["outside_fen"]),
            ("borne", dict(again.borne), dict(decision["borne"])),
            ("notes", list(again.notes), list(decision["notes"])),
        )
        if found != was
    ]
    if not problems and again.working != working_from_json(decision["working"]):
        problems.append(Problem("working", "重算的步骤不同", "应与原来的步骤相同", "replay"))
    if problems:
        raise Refused(problems)
    return again
