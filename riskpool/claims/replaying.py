"""A kept calculation calculated again: of a claim by itself, of its base, or of its part of a bank's year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kernel.errors import Problem, refuse_if_any
from riskpool.schemes import engine, in_year
from riskpool.schemes.stages import YearClaim, replay_year
from riskpool.schemes.working import working_from_json

if TYPE_CHECKING:
    from typing import Any

    from riskpool.claims.models import Apportionment, YearRun
    from riskpool.schemes.stages import BankYear

_COMPARED = ("scheme_sha256", "covered_fen", "outside_fen", "borne", "notes")


def replayed(row: Apportionment, years: dict[Any, BankYear] | None = None) -> engine.Apportionment:
    """A stored calculation once more; Refused, with each difference, when it does not come to the same fen.

    A part of a year is calculated from the whole year, which is stored with its run; `years` keeps years already
    calculated by the run's id, for whoever asks for many parts.
    """
    kind = row.working.get("part")
    if kind is None:
        return engine.replay(row.working)
    scheme = engine.stored_scheme(row.working)
    if kind == "base":
        again = in_year.replay_base(row.working)
        _refuse_if_other(row.working, in_year.stored_base(scheme, again), again)
        return again
    assert row.run is not None, "a part of a year names its run"
    years = {} if years is None else years
    if row.run.pk not in years:
        years[row.run.pk] = replay_year(row.run.working)
    reference = row.working["reference"]
    part = in_year.part_of_year(scheme, claims_of(row.run), years[row.run.pk], reference)
    now = in_year.stored_part(scheme, part, reference, digest_of(row.run))
    _refuse_if_other(row.working, now, part)
    return part


def claims_of(run: YearRun) -> list[YearClaim]:
    """The claims of a stored year, in the order in which they were accepted."""
    return [YearClaim(one["reference"], one["loss"], one["metrics"]) for one in run.working["claims"]]


def digest_of(run: YearRun) -> str:
    """The digest of a stored year, worked out from what is stored."""
    scheme = engine.stored_scheme(run.working)
    return in_year.year_digest(scheme, claims_of(run), run.working["year_metrics"])


def digest_again(row: Apportionment, outcome: engine.Apportionment) -> str:
    """The digest that a stored calculation must have, from its inputs."""
    if row.working.get("part") != "year":
        return outcome.digest
    assert row.run is not None, "a part of a year names its run"
    return in_year.part_digest(digest_of(row.run), row.working["reference"])


def _refuse_if_other(was: Mapping[str, Any], now: Mapping[str, Any], outcome: engine.Apportionment) -> None:
    compared = (*_COMPARED, *(name for name in ("digest", "year_digest") if name in was))
    problems = [
        Problem(name, f"重算得 {now[name]}", f"原为 {was[name]}", "replay")
        for name in compared
        if now[name] != was[name]
    ]
    if not problems and outcome.working != working_from_json(was["working"]):
        problems.append(Problem("working", "重算的步骤不同", "应与原来的步骤相同", "replay"))
    refuse_if_any(problems)
