"""An agreement follows another version of a scheme from a day, put into force by two persons of the bureau.

What was agreed before ends the day before, as a fact beside the old one. Loans that are in the pool keep the version they
entered with; so that loans lent on one day are not treated differently, the day must lie after the last loan enrolled.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import span_of
from kernel.work.approvals import ask, executes
from riskpool.pools.actions.agreements import bearer_problems, followed_from, version_problems
from riskpool.pools.actions.locking import PREPARES, SIGNS, Seat, lock_agreement, lock_pool, require_seat
from riskpool.pools.exposures import bearers_written
from riskpool.pools.models import AdoptedScheme, Agreement, Enrolment
from riskpool.pools.versions import scheme_of

if TYPE_CHECKING:
    from kernel.work.models import Approval


@dataclass(frozen=True)
class AdoptionTerms:
    """Which version an agreement follows from which day, and who stands behind its parties."""

    version: PolicyVersion
    first: dt.date
    bearers: dict[str, Any]


def propose_adoption(*, by: Any, agreement: Agreement, terms: AdoptionTerms) -> Approval:
    """Ask a second person of the bureau to let an agreement follow another version; every fault is told at once."""
    require_seat(by, agreement.pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    refuse_if_any(adoption_problems(agreement, terms))
    command = {
        "agreement": str(agreement.pk),
        "number": agreement.number,
        "version": str(terms.version.pk),
        "name": terms.version.version,
        "sha256": terms.version.sha256,
        "first": terms.first.isoformat(),
        "bearers": terms.bearers,
        "before": followed(agreement),
    }
    summary = f"协议 {agreement.number} 自 {terms.first} 起采用 {terms.version.version}"
    return ask(by=by, kind="pools.adopt_scheme", command=command, subject=agreement, summary=summary)


@executes("pools.adopt_scheme")
def _adopt(approval: Approval, by: Any) -> AdoptedScheme:
    """Carry it out if everything still holds that held when it was asked."""
    permit(by, SIGNS)
    command = approval.command
    pool_id = Agreement.objects.values_list("pool", flat=True).get(pk=command["agreement"])
    require_seat(by, lock_pool(pool_id), (Seat.BUREAU,))
    agreement = lock_agreement(command["agreement"])
    terms = AdoptionTerms(
        PolicyVersion.objects.get(pk=command["version"]),
        dt.date.fromisoformat(command["first"]),
        command["bearers"],
    )
    assert terms.version.sha256 == command["sha256"], "a published version never changes"
    if followed(agreement) != command["before"]:
        told = "提请之后协议所采用的方案已有变化"
        raise Refused(Problem("采用方案", told, "请退回，由经办人重新提请", "moved"))
    refuse_if_any(adoption_problems(agreement, terms))
    now = timezone.now()
    for earlier in _standing(agreement).filter(validity__overlap=DateRange(terms.first, None)):
        AdoptedScheme.objects.filter(pk=earlier.pk).update(superseded_at=now)
        if earlier.validity.lower < terms.first:
            AdoptedScheme.objects.create(
                agreement=agreement, version_id=earlier.version_id, approval=approval, bearers=earlier.bearers,
                validity=DateRange(earlier.validity.lower, terms.first),
            )  # fmt: skip
    adopted = AdoptedScheme.objects.create(
        agreement=agreement, version=terms.version, approval=approval, bearers=terms.bearers,
        validity=followed_from(terms.first, agreement, terms.version),
    )  # fmt: skip
    facts = {"before": command["before"], "after": followed(agreement)}
    record(by=by, verb="agreement.adopt", subject=agreement, summary=approval.summary, facts=facts)
    return adopted


def adoption_problems(agreement: Agreement, terms: AdoptionTerms) -> list[Problem]:
    """Every reason why an agreement cannot follow a version from a day."""
    scheme = scheme_of(terms.version.pk)
    problems = version_problems(terms.version, scheme, terms.first)
    problems += bearer_problems(agreement.pool, scheme, terms.bearers)
    problems += _day_problems(agreement, terms)
    earlier = agreement.adopted_schemes.filter(version=terms.version)
    if earlier.exists() and bearers_written(agreement, terms.version.version) != terms.bearers:
        found = f"协议采用过 {terms.version.version}，当时约定的承担人不同"
        wanted = "已入池贷款按当时的约定分担；要改承担人，请另签协议"
        problems.append(Problem("承担人", found, wanted, "other_bearers"))
    return problems


def _day_problems(agreement: Agreement, terms: AdoptionTerms) -> list[Problem]:
    where = "起始日"
    span = span_of(agreement.validity)
    if not span.holds(terms.first):
        return [Problem(where, f"{terms.first} 不在协议有效期内（{span}）", "请核对日期", "outside")]
    problems = []
    later = Enrolment.objects.filter(agreement=agreement, loan__terms__disbursed_on__gte=terms.first)
    if count := later.count():
        last = later.order_by("-loan__terms__disbursed_on").values_list(
            "loan__terms__disbursed_on", flat=True
        )[0]
        found = f"该日及以后放款的贷款已有 {count} 笔按原方案入池，最近一笔放款日 {last}"
        wanted = "同一天放的贷款须按同一方案，请选该日之后的日期"
        problems.append(Problem(where, found, wanted, "loans_entered"))
    same = _standing(agreement).filter(validity__contains=terms.first, version=terms.version).first()
    if same is not None:
        found = f"协议在该日已采用 {terms.version.version}"
        problems.append(Problem("损失分担方案", found, "请选择另一版本", "same"))
    return problems


def followed(agreement: Agreement) -> list[list[str]]:
    """What an agreement follows now: pairs of version and days, the earliest first."""
    rows = _standing(agreement).select_related("version").order_by("validity")
    return [[row.version.version, str(span_of(row.validity))] for row in rows]


def _standing(agreement: Agreement) -> Any:
    return AdoptedScheme.objects.filter(agreement=agreement, superseded_at=None)
