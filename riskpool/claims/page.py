"""What the page of one claim shows to one viewer: loan, papers, the split with its working, effects, what is to be done.

Figures come from queries; here they are put in the order of the page. A bank sees the split once it is decided; whoever
sits at the pool sees the preview before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.loans.queries import loans as seen_loans
from finance.loans.rules import overdue_days
from finance.pledges import queries as pledges
from kernel.acts.queries import acts_of
from kernel.calendars.queries import working_calendar
from kernel.errors import Refused
from kernel.marks import MARKS, Mark
from kernel.money.fields import fen_of
from riskpool.claims import due, mending, queries
from riskpool.claims import waiting as waiting_line
from riskpool.claims.account import ceilings_of, losses_of, receivables_of, settlements_of
from riskpool.claims.clocks import clocks_of
from riskpool.claims.models import Claim, DeficiencyClosing, Recovery, TakenBack
from riskpool.claims.openness import SEATED, Reader, Shown, reader_of, shown
from riskpool.claims.replaying import replayed
from riskpool.claims.standing import STAGES
from riskpool.pools import actions as pool_actions
from riskpool.pools import metrics
from riskpool.pools import queries as pools
from riskpool.pools.models import PoolSeat
from riskpool.schemes import engine
from riskpool.schemes.working import WorkingStep, working_lines

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from riskpool.schemes.engine import Apportionment
    from riskpool.schemes.terms import Scheme

Seat = PoolSeat.Seat


@dataclass(frozen=True)
class ShareRow:
    """One line of the split: who, as what, which part of the covered loss, how much (fen)."""

    name: str
    standing: str
    fen: int
    share: Fraction | None
    by_pool: bool
    returned: int = 0


@dataclass(frozen=True)
class Split:
    """A split as shown: lines, sums (fen), steps of the working, facts used and absent, the scheme's evidence."""

    decided: bool
    rows: list[ShareRow]
    covered: int
    outside: int
    payable: int
    steps: list[tuple[str, list[str]]]
    metrics: Mapping[str, str]
    missing: Sequence[str]
    notes: Sequence[str]
    scheme: Scheme
    sources: list[dict[str, Any]]


def page_of(claim: Claim, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page; the viewer was let in to the claim."""
    sits = {
        seat: pools.has_seat(viewer=viewer, pool=claim.enrolment.agreement.pool, seats=(seat,))
        for seat in Seat.values
    }
    is_bank = claim.enrolment.loan.bank_id == viewer.organisation_id
    terms = claim.enrolment.loan.terms
    context = {
        "claim": claim,
        "loan": claim.enrolment.loan,
        "on": on,
        "losses": losses_of(claim),
        "overdue_days": overdue_days(claim.overdue_since, claim.filed_on),
        "waiting": waiting_rule(claim),
        "papers": claim.evidence.select_related("file").defer("file__content").order_by("kind", "id"),
        "events": events_of(claim, viewer),
        "stepper": steps_of(claim),
        "marks": [Mark(status) for status in MARKS],
        "clocks": clocks_of(claim, working_calendar(), on),
        "deficiencies": mending.notices_of(claim),
        "deferrals": claim.deferrals.all(),
        "taken_back": TakenBack.objects.filter(apportionment__claim=claim).select_related("apportionment"),
        "place_in_queue": waiting_line.place_in_queue(claim) if any(sits.values()) else None,
        "settlements": settlements_of(claim),
        "receivables": receivables_of(claim),
        "flags": due.flags_of(claim) if any(sits.values()) or is_bank else [],
        "may_decide": sits[Seat.BUREAU],
        "may_recover": sits[Seat.BUREAU] or sits[Seat.MANAGER],
        "may_withdraw": is_bank,
        "is_bank": is_bank,
        "may_settle": claim.state in STAGES and claim.bank_year_id is None,
        "payments": claim.payments.select_related("payee").order_by("seq"),
        "outcomes": DeficiencyClosing.Outcome.choices,
        "asked_payment": due.asked_of(claim, "claims.pay"),
        "asked_others": [
            asked
            for kind in ("claims.refuse", "claims.settle", "claims.clawback", "claims.take_back")
            if (asked := due.asked_of(claim, kind))
        ],
        "asked_recovery": due.asked_of(claim, "claims.recover"),
        "asked_again": due.asked_of(claim, "claims.pay_again"),
        "own_side": sits[Seat.BUREAU],
        "sits": any(sits.values()),
        "loan_opens": seen_loans(viewer=viewer).filter(pk=claim.enrolment.loan_id).exists(),
        "pledge_opens": pledges.may_see(terms.pledge_id if terms else None, viewer=viewer),
    }
    if claim.state in queries.DECIDED:
        return context | {
            "split": decided_split(claim, reader_of(viewer, claim)),
            "recoveries": recoveries_of(claim),
        }
    waits = claim.state in (Claim.State.FILED, Claim.State.DEFERRED)
    if waits:
        context["wanting"] = wanting_facts(claim, viewer, on)
    if waits and any(sits.values()):
        return context | preview_of(claim, on)
    return context


def wanting_facts(claim: Claim, viewer: Membership, on: dt.date) -> list[dict[str, Any]]:
    """The facts that must be stated before the claim can be calculated: which, by whom, and whether the viewer may."""
    side = pool_actions.side_of(viewer, claim.enrolment.agreement.pool)
    seat = {"bank": "maker", "bureau": "officer"}.get(side, "")
    houses = {"bank": _("银行"), "bureau": _("主管财政部门")}
    return [
        {
            "entry": entry,
            "whose": "、".join(houses[who] for who in entry.stated_by),
            "mine": side in entry.stated_by and viewer.role == seat,
        }
        for entry in queries.facts_wanting(claim, on)
    ]


def facts_used(claim: Claim, scheme: Scheme, on: dt.date) -> list[metrics.Value]:
    """The facts that the scheme asks for and that are known, each with how it was obtained; for who sits at the pool."""
    asked = {need.name for need in engine.needed_metrics(scheme)}
    values = queries.metric_values(claim, on)
    return [value for name, value in values.items() if name in asked and isinstance(value, metrics.Value)]


def waiting_rule(claim: Claim) -> dict[str, Any]:
    """The waiting days of the pool's procedure, with the article and how well it is evidenced."""
    figure = queries.procedure_for(claim).waiting_days
    return {"days": figure.whole, "article": figure.article, "mark": Mark(figure.status)}


def preview_of(claim: Claim, on: dt.date) -> dict[str, Any]:
    """The split and its effects if the claim were accepted now, or why it cannot be worked out."""
    try:
        preview = queries.preview(claim, on)
    except Refused as refused:
        told_apart = [problem for problem in refused.problems if problem.code != "fact_absent"]
        return {"blocks": told_apart}
    outcome = preview.apportionment
    told = shown(preview.scheme, outcome, None, SEATED)
    rows = [
        share_row(share.name, share.source, share.organisation, share.fen, outcome.covered_fen)
        for share in preview.shares
    ]
    return {
        "split": _split(claim, preview.scheme, outcome, told, rows, preview.public_fen, decided=False),
        "facts_used": facts_used(claim, preview.scheme, on),
        "effects": preview.sources,
        "limits": preview.limits,
        "narrowest": preview.narrowest,
        "blocks": [
            *mending.open_problems(claim),
            *due.moved_problems(claim),
            *waiting_line.queue_problems(claim, on),
            *preview.problems,
        ],
        "may_defer": bool(
            preview.suspension_problems or preview.shortages or waiting_line.queue_problems(claim, on)
        ),
        "ceilings": ceilings_of(preview.scheme, queries.party_names(claim, preview.scheme)),
        "warn_at": pools.procedure_of(claim.enrolment.agreement.pool.procedure_id).warn_at.value,
    }


def decided_split(claim: Claim, reader: Reader) -> Split:
    """The accepted split, read from the stored working, with what recoveries have given back; `openness` says to whom."""
    decided = queries.decided(claim)
    assert decided is not None, "an accepted claim has an apportionment"
    row, shares = decided
    had = queries.returned_by_share(claim)
    outcome = replayed(row)
    rows = [
        share_row(
            share.bearer.name, share.source, share.organisation,
            fen_of(share.borne), outcome.covered_fen, had.get(share.pk, 0),
        )
        for share in shares
    ]  # fmt: skip
    scheme = engine.stored_scheme(row.working)
    told = shown(scheme, outcome, row.working, reader)
    return _split(claim, scheme, outcome, told, rows, queries.payable_fen(row, shares), decided=True)


def _split(
    claim: Claim,
    scheme: Scheme,
    outcome: Apportionment,
    told: Shown,
    rows: list[ShareRow],
    payable: int,
    *,
    decided: bool,
) -> Split:
    return Split(
        decided=decided,
        rows=rows,
        covered=outcome.covered_fen,
        outside=outcome.outside_fen,
        payable=payable,
        steps=grouped_working(told.working, queries.party_names(claim, scheme)),
        metrics=told.metrics,
        missing=outcome.missing,
        notes=told.notes,
        scheme=scheme,
        sources=[
            {"mark": Mark(source.status), "what": source.what, "url": source.url} for source in scheme.sources
        ],
    )


def share_row(
    name: str, source: Any, organisation: Any, fen: int, covered: int, returned: int = 0
) -> ShareRow:
    """One line of a split; `standing` says as what the bearer stands there."""
    standing = _("资金池来源") if source is not None else organisation.get_kind_display()
    return ShareRow(
        name, str(standing), fen, Fraction(fen, covered) if covered else None, source is not None, returned
    )


def grouped_working(steps: Iterable[WorkingStep], names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The working's lines by step: (title, lines under it)."""
    groups: list[tuple[str, list[str]]] = []
    for line in working_lines(steps, names):
        if line.startswith(" "):
            groups[-1][1].append(line.strip())
        else:
            groups.append((line, []))
    return groups


def events_of(claim: Claim, viewer: Membership) -> list[dict[str, Any]]:
    """What happened to the claim, the latest first. Of another house one sees which house, not which person."""
    from_house = {claim.enrolment.loan.bank_id: claim.enrolment.loan.bank.short_name}
    for seat in claim.enrolment.agreement.pool.seats.select_related("organisation"):
        from_house[seat.organisation_id] = seat.organisation.short_name
    events = []
    for act in acts_of(claim).order_by("-id"):
        house = from_house.get(act.wall, _("系统")) if act.wall else _("系统")
        own = act.wall == viewer.organisation_id and act.account is not None
        events.append({"at": act.at, "title": act.summary, "who": f"{house} {act.account}" if own else house})
    return events


def steps_of(claim: Claim) -> list[dict[str, Any]]:
    """Filed, accepted, paid, recovered; a claim that was refused or withdrawn stops where it was."""
    first = claim.payments.order_by("seq").first()
    paid_on = first.paid_on if first else None
    if claim.state in queries.ENDED:
        return [
            {"title": _("申请"), "state": "done", "note": claim.filed_on.isoformat()},
            {
                "title": claim.get_state_display(),
                "state": "stopped",
                "note": claim.decided_on.isoformat() if claim.decided_on else "",
            },
        ]
    state = Claim.State(claim.state)
    reached = 1 if state in queries.OPEN else 3 if state == Claim.State.PAID else 2
    titles = [
        (_("申请"), claim.filed_on),
        (_("审核与预留"), claim.decided_on) if state not in queries.OPEN else (_("审核与预留"), None),
        (_("两人支付"), paid_on),
        (_("追偿返还"), None),
    ]
    return [
        {
            "title": title,
            "state": "done" if place < reached else "current" if place == reached else "todo",
            "note": day.isoformat() if day else "",
        }
        for place, (title, day) in enumerate(titles)
    ]


def recoveries_of(claim: Claim) -> list[dict[str, Any]]:
    """Each piece of money that came back (fen), with what it gave to whom."""
    rows: Iterable[Recovery] = claim.recoveries.prefetch_related(
        "shares__share__source", "shares__share__organisation"
    )
    return [
        {
            "seq": row.seq,
            "on": row.received_on,
            "gross": fen_of(row.gross),
            "costs": fen_of(row.costs),
            "note": row.note,
            "given": [(given.share.bearer.name, fen_of(given.amount)) for given in row.shares.all()],
            "given_sum": sum(fen_of(given.amount) for given in row.shares.all()),
        }
        for row in rows
    ]
