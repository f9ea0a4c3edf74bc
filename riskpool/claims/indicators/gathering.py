"""Reading the facts of a pool's indicators for a viewer: on a day, as known at a moment, in a bounded number of queries.

A seat at the pool opens everything; a bank with an agreement its own loans, claims and what was paid on them, no account
of the pool and no figure that depends on others. Everybody else: Pool.DoesNotExist.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml
from django.conf import settings

from finance.parties.models import Organisation
from kernel.calendars.queries import working_calendar, working_calendar_known_at
from kernel.expressions import exact_decimal
from riskpool.claims.indicators import book, ledger_facts, loan_facts
from riskpool.claims.indicators.facts import Facts, Rates
from riskpool.claims.indicators.terms import Catalogue, read_catalogue
from riskpool.pools import metrics
from riskpool.pools import queries as pools
from riskpool.pools.models import Agreement, Pool
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from fractions import Fraction
    from uuid import UUID


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The definitions that ship with the product, read once a process."""
    return read_catalogue(settings.POLICIES_DIR / "indicators")


@lru_cache(maxsize=1)
def rates() -> Rates:
    """The published series of LPR."""
    text = (settings.POLICIES_DIR / "series" / "rates.yaml").read_text(encoding="utf-8")
    day = catalogue()["lpr_spread"].figure("publication_day")
    rows = [
        (published, _exact(one_year), _exact(over_five))
        for published, one_year, over_five, *_ in yaml.safe_load(text)["lpr_1y_5y"]["rows"]
    ]
    return Rates(tuple(sorted(rows)), publication_day=day.numerator)


def _exact(text: str) -> Fraction:
    value = exact_decimal(text)
    assert value is not None, f"{text!r} is no rate"
    return value


def pool_for(*, viewer: Any, pool_id: UUID) -> tuple[Pool, str]:
    """The pool and, for a bank, the code of the bank whose rows alone it may see; Pool.DoesNotExist for who has neither."""
    if viewer.organisation.kind == Organisation.Kind.BANK:
        agreed = Agreement.objects.filter(bank=viewer.organisation_id).values("pool")
        return Pool.objects.filter(pk__in=agreed).get(pk=pool_id), viewer.organisation.code
    return pools.pool(viewer=viewer, pool_id=pool_id), ""


def pools_with_indicators(*, viewer: Any) -> list[Pool]:
    """The pools of whose indicators the viewer may see anything."""
    if viewer.organisation.kind == Organisation.Kind.BANK:
        agreed = Agreement.objects.filter(bank=viewer.organisation_id).values("pool")
        return list(Pool.objects.filter(pk__in=agreed).order_by("code"))
    return list(pools.pools(viewer=viewer))


def gather(
    *,
    viewer: Any,
    pool_id: UUID,
    on: dt.date,
    begin: dt.date | None = None,
    known_at: dt.datetime | None = None,
) -> Facts:
    """The facts on a day, as known at a moment (now, when not given), for a period from `begin` (1 January) to the day."""
    pool, bank = pool_for(viewer=viewer, pool_id=pool_id)
    begin = begin or on.replace(month=1, day=1)
    assert begin <= on, "a period ends after it has begun"
    return facts_of(pool, bank=bank, on=on, begin=begin, known_at=known_at)


def facts_of(pool: Pool, *, bank: str, on: dt.date, begin: dt.date, known_at: dt.datetime | None) -> Facts:
    """The same for a caller who was let in; `bank`: only this bank's rows."""
    procedure = procedure_of(pool.procedure_id)
    when = book.When(on, known_at)
    sources = pools.sources_of(pool)
    claims = ledger_facts.claims(pool, bank, when)
    cash = ledger_facts.cash(sources, when)
    counting = metrics.catalogue().entry(catalogue()["npl_rate"].words["metric"].value).settings
    loans = loan_facts.Standing(pool, bank, when).loans(
        begin,
        ledger_facts.compensated(claims),
        {claim.enrolment for claim in claims},
        counting["grades"],
    )
    if bank:
        own = {claim.key for claim in claims}
        cash = tuple(row for row in cash if row.claim in own)
    return Facts(
        pool=pool.name,
        on=on,
        begin=begin,
        calendar=working_calendar() if known_at is None else working_calendar_known_at(known_at),
        warn_at=procedure.warn_at.value,
        decision_days=procedure.decision_working_days.whole,
        known_at=known_at,
        bank=bank,
        sources=() if bank else tuple(source.name for source in sources),
        loans=loans,
        cash=cash,
        claims=claims,
        recoveries=ledger_facts.recoveries(pool, bank, when),
        arrivals=ledger_facts.arrivals(pool, bank, when),
        ceilings=book.ceilings(pool, bank, when),
        statements=() if bank else ledger_facts.statements(sources, cash, when),
        stops=() if bank else book.stops(pool, when),
        rates=rates(),
        counting=counting,
        stated=book.stated(pool, bank, when),  # guarantors' fees are stated nowhere yet: told as missing
    )
