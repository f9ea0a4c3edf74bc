"""What the page of an agreement shows: the versions it follows, who stands behind each party, its limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from kernel.policystore.queries import span_of
from kernel.policystore.queries import standing as standing_spans
from riskpool.pools import exposures, queries, rules
from riskpool.pools.models import AdoptedScheme, Agreement, Enrolment, Pool, PoolSeat
from riskpool.pools.versions import scheme_of
from riskpool.schemes.aloud import party_words

if TYPE_CHECKING:
    from kernel.policystore.models import PolicyVersion
    from kernel.policystore.rules import Span


@dataclass(frozen=True)
class Adoption:
    """A version that an agreement follows, its days, and how many loans it governs in the pool.

    `outlived`: the last day on which the version is in force, where the agreement goes on following it after a later one
    has taken its place.
    """

    row: AdoptedScheme
    span: Span
    loans: int
    outlived: dt.date | None

    def standing(self, on: dt.date) -> tuple[str, str]:
        """A word for where its days lie, and the tone of it."""
        if self.span.holds(on):
            return _("现行"), "good"
        coming = self.span.first is not None and self.span.first > on
        return (_("将采用"), "near") if coming else (_("已止"), "plain")


def adoptions(agreement: Agreement) -> list[Adoption]:
    """What an agreement follows, the earliest first."""
    rows = list(
        agreement.adopted_schemes.filter(superseded_at=None)
        .select_related("version", "approval")
        .order_by("validity")
    )
    spans = standing_spans(row.version for row in rows)
    return [
        Adoption(
            row,
            span_of(row.validity),
            Enrolment.objects.filter(agreement=agreement, scheme=row.version_id).count(),
            _outlived(span_of(row.validity), spans.get(row.version_id, ())),
        )
        for row in rows
    ]


def _outlived(followed: Span, in_force: Sequence[Span]) -> dt.date | None:
    """The version's last day in force, if it is followed beyond that day."""
    last = in_force[-1].last if in_force else followed.first
    return last if last is not None and (followed.last is None or followed.last > last) else None


def agreement_page(agreement: Agreement, viewer: Any, on: dt.date) -> dict[str, Any]:
    """The context of the page; the viewer was let in to the agreement."""
    followed = adoptions(agreement)
    is_bureau = queries.has_seat(viewer=viewer, pool=agreement.pool, seats=(PoolSeat.Seat.BUREAU,))
    views = queries.limit_views(viewer=viewer, on=on, pool=agreement.pool)
    return {
        "agreement": agreement,
        "span": span_of(agreement.validity),
        "on": on,
        "adoptions": [(one, one.standing(on), bearer_rows(agreement, one.row.version)) for one in followed],
        "views": [view for view in views if view.limit.agreement_id == agreement.pk],
        "may_adopt": is_bureau and viewer.seat == "finance_bureau.officer",
        "sits": viewer.organisation_id != agreement.bank_id,
    }


def bearer_rows(agreement: Agreement, version: PolicyVersion) -> list[tuple[str, str]]:
    """Each party of a version with who stands behind it, in words."""
    scheme = scheme_of(version.pk)
    sources = dict(agreement.pool.sources.values_list("code", "name"))
    rows = []
    for code, bearer in exposures.bearers(agreement, scheme).items():
        holder = agreement.bank.name if bearer.kind == "lender" else bearer_words(bearer, sources)
        rows.append((party_words(scheme, code), holder))
    return rows


def bearers_asked(command: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same of an agreement or an adoption that waits for its second person; the lender is the bank and not asked."""
    of_adoption = "agreement" in command
    pool = (
        Agreement.objects.get(pk=command["agreement"]).pool
        if of_adoption
        else Pool.objects.get(pk=command["pool"])
    )
    scheme = scheme_of(UUID(command["version" if of_adoption else "scheme"]))
    sources = dict(pool.sources.values_list("code", "name"))
    behind = rules.bearers_of(scheme, command["bearers"], list(sources))
    return [
        (party_words(scheme, code), bearer_words(bearer, sources))
        for code, bearer in behind.items()
        if bearer.kind != "lender"
    ]


def bearer_words(bearer: rules.Bearer, sources: Mapping[str, str]) -> str:
    """Who stands behind a party that is not the lender."""
    if bearer.kind == "source":
        return sources.get(bearer.name, bearer.name)
    if bearer.kind == "organisation":
        named = Organisation.objects.filter(code=bearer.name).values_list("name", flat=True).first()
        return named or bearer.name
    words = {"pool": _("全池按出资比例"), "guarantor": _("贷款的担保机构"), "passes": _("只过手，不留份额")}
    return words[bearer.kind]


def agreed_bearers(agreement: Agreement, version: PolicyVersion) -> dict[str, str]:
    """What the form of an adoption begins with: for parties of the same code, what the agreement says already."""
    written = exposures.bearers_written(agreement, version.version)
    scheme = scheme_of(version.pk)
    parties = [code for code in scheme.codes if code != scheme.lender]
    found = {}
    for place, code in enumerate(parties):
        for kind, name in written.get(code, {}).items():
            found[f"bearer_{place}"] = kind if name is True else f"{kind}:{name}"
    return found
