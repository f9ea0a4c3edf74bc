"""What was agreed: the day and moment asked for, and the limits as two persons had set them by then."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kernel.expressions import exact_decimal
from kernel.work.models import Approval
from riskpool.claims.indicators.facts import CeilingFact
from riskpool.claims.indicators.rules.exposure import BANK_EXPOSURE, BANK_YEAR, POOL_EXPOSURE, POOL_YEAR
from riskpool.claims.indicators.rules.quality import ALL_LOANS_RATE
from riskpool.pools.models import Agreement, Limit
from riskpool.pools.monitoring import StatedFact

if TYPE_CHECKING:
    from riskpool.pools.models import Pool


# the scopes whose use the indicators work out; limits of a single loan or borrower are the limits' own page's affair
TOLD = (POOL_EXPOSURE, BANK_EXPOSURE, POOL_YEAR, BANK_YEAR)


@dataclass(frozen=True)
class When:
    """A business day, and the moment by which facts must have been recorded to count (None: now)."""

    on: dt.date
    known_at: dt.datetime | None = None

    def known(self, recorded_at: str) -> dict[str, Any]:
        """A filter on the column that holds the moment of recording."""
        return {} if self.known_at is None else {f"{recorded_at}__lte": self.known_at}


def ceilings(pool: Pool, bank: str, when: When) -> tuple[CeilingFact, ...]:
    """The limits in force as they were known: a limit's row holds today's ceiling, so the decisions that set it are read.

    A bank gets those of its own agreements. Pool first, then by bank, scope and year.
    """
    decisions = Approval.objects.filter(
        kind__in=("pools.sign_agreement", "pools.set_limit"), state=Approval.State.EXECUTED,
        subject_type=pool._meta.label_lower, subject_id=str(pool.pk), **when.known("decided_at"),
    ).order_by("decided_at", "pk")  # fmt: skip
    agreements = {row.number: row for row in Agreement.objects.filter(pool=pool).select_related("bank")}
    by_id = {str(row.pk): row for row in agreements.values()}
    found: dict[tuple[str, str, int | None], CeilingFact] = {}
    for decision in decisions:
        command, signed = decision.command, by_id.get(decision.command.get("agreement") or "")
        if decision.kind == "pools.sign_agreement":
            signed = agreements[command["number"]]
            scope, year, fen = Limit.Scope.BANK_EXPOSURE.value, None, command["exposure_limit_fen"]
        else:
            scope, year, fen = command["scope"], command["year"], command["ceiling_fen"]
        if scope not in TOLD:
            continue
        key = (str(signed.pk) if signed else "", scope, year)
        found[key] = _ceiling(key, signed, fen, command["basis"])
    mine = [one for one in found.values() if not bank or one.bank == bank]
    return tuple(sorted(mine, key=lambda one: (one.bank, one.scope, one.year or 0)))


def _ceiling(key: tuple[str, str, int | None], signed: Agreement | None, fen: int, basis: str) -> CeilingFact:
    agreement, scope, year = key
    whose = f"（{signed.bank.short_name}）" if signed else ""
    title = f"{f'{year}年' if year else ''}{Limit.Scope(scope).label}{whose}"
    code, name = (signed.bank.code, signed.bank.short_name) if signed else ("", "")
    return CeilingFact(
        f"{agreement}/{scope}/{year or ''}", scope, title, agreement, code, name, year, fen, basis
    )


def stated(pool: Pool, bank: str, when: When) -> dict[tuple[str, str], Fraction]:
    """What banks have stated of their whole books: (name, bank's code) -> the last statement up to the day, as known."""
    rows = StatedFact.objects.filter(
        pool=pool,
        name=ALL_LOANS_RATE,
        agreement__isnull=False,
        about__lte=when.on,
        **when.known("recorded_at"),
    )
    if bank:
        rows = rows.filter(agreement__bank__code=bank)
    found = {}
    for name, code, text in rows.order_by("about", "pk").values_list(
        "name", "agreement__bank__code", "value"
    ):
        value = exact_decimal(text)
        if value is not None:
            found[name, code] = value
    return found
