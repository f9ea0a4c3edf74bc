"""What was agreed and stated: the day and moment asked for, the ceilings in force, the stop-loss lines as they stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from kernel.expressions import exact_decimal
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.claims.indicators.facts import CeilingFact, StopFact
from riskpool.claims.indicators.rules.quality import ALL_LOANS_RATE
from riskpool.pools import breakers, metrics, using
from riskpool.pools.models import Ceiling
from riskpool.pools.monitoring import StatedFact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from riskpool.pools.models import Pool


@dataclass(frozen=True)
class When:
    """A business day, and the moment by which facts must have been recorded to count (None: now)."""

    on: dt.date
    known_at: dt.datetime | None = None

    def known(self, recorded_at: str) -> dict[str, Any]:
        """A filter on the column that holds the moment of recording."""
        return {} if self.known_at is None else {f"{recorded_at}__lte": self.known_at}


def ceilings(pool: Pool, bank: str, when: When) -> tuple[CeilingFact, ...]:
    """The ceilings in force on the day, as known: of each key the last agreed, a year's own before "each year".

    A bank gets those of its own agreements. Pool first, then by bank, scope, group and year.
    """
    rows = Ceiling.objects.filter(pool=pool, in_force_from__lte=when.on, **when.known("recorded_at"))
    rows = rows.filter(Q(year=None) | Q(year=when.on.year))
    if bank:
        rows = rows.filter(agreement__bank__code=bank)
    standing: dict[tuple[Any, ...], Ceiling] = {}
    in_order = rows.select_related("agreement__bank", "group").order_by("in_force_from", "pk")
    for yearly in (False, True):
        for row in in_order:
            if (row.year is not None) is yearly:
                standing[row.scope, row.agreement_id, row.group_id] = row
    members = using.members_of(standing.values())
    sources = dict(pool.sources.values_list("pk", "name"))
    found = [_ceiling(row, when.on.year, using.members(row, members), sources) for row in standing.values()]
    return tuple(sorted(found, key=lambda one: (one.bank, one.scope, one.title, one.key)))


def _ceiling(row: Ceiling, year: int, members: using.Members, sources: Mapping[UUID, str]) -> CeilingFact:
    signed = row.agreement
    whose = f"（{signed.bank.short_name}）" if signed else f"（{row.group.name}）" if row.group else ""
    code, name = (signed.bank.code, signed.bank.short_name) if signed else ("", "")
    each = "borrower" if row.scope in using.OF_BORROWER else "loan" if row.scope in using.OF_LOAN else ""
    return CeilingFact(
        key=str(row.pk),
        scope=row.scope,
        title=_title(row, year) + whose,
        agreement=str(row.agreement_id) if row.agreement_id else "",
        bank=code,
        bank_name=name,
        year=year if row.is_yearly else None,
        ceiling=fen_of(row.amount),
        basis=row.basis,
        agreements=frozenset(str(pk) for pk in members.agreements),
        sources=frozenset(sources[pk] for pk in members.sources),
        each=each,
    )


def _title(row: Ceiling, year: int) -> str:
    scope = row.get_scope_display()
    return _("%(year)s年%(scope)s") % {"year": year, "scope": scope} if row.is_yearly else scope


def stops(pool: Pool, when: When) -> tuple[StopFact, ...]:
    """The stop-loss lines of the pool as the breakers look at them on the day."""
    return tuple(_stop(look) for look in breakers.looks(pool, when.on, when.known_at))


def _stop(look: breakers.Look) -> StopFact:
    line, value = look.line, look.value
    return StopFact(
        key=f"{line.agreement.number if line.agreement else ''}/{line.version.version}/{line.terms.id}",
        told=line.told,
        whose=line.whose,
        bank=line.agreement.bank.code if line.agreement else "",
        effect=line.effect,
        article=line.article,
        unit=line.entry.unit,
        threshold=exact_decimal(line.terms.condition.value),
        value=exact_decimal(value.text) if isinstance(value, metrics.Value) else None,
        why="" if isinstance(value, metrics.Value) else value.why,
        working=_working(value) if isinstance(value, metrics.Value) else "",
        distance=look.distance,
        met=bool(look.met),
        near=look.near,
        day=value.day if isinstance(value, metrics.Value) else None,
    )


def _working(value: metrics.Value) -> str:
    """Numerator ÷ denominator of a rate, in yuan."""
    if value.numerator is None or not value.denominator:
        return ""
    above, below = (yuan_text(fen, grouped=True) for fen in (value.numerator, value.denominator))
    return f"{above} ÷ {below}"


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
