"""The bureau settles a bank's year: calculated whole, asked of a second person, carried out claim by claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from finance.parties.models import Organisation
from finance.parties.queries import payee_in_force
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, refuse_if_any
from kernel.money.fields import money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.claims import queries
from riskpool.claims.actions.deciding import keep_calculation
from riskpool.claims.actions.locking import PREPARES, SIGNS, Seat, day_of
from riskpool.claims.actions.paying import payee_problems
from riskpool.claims.actions.settling import Order, carry_out, payouts
from riskpool.claims.models import Apportionment, BankYear, Claim, YearRun
from riskpool.claims.year_preview import Part, YearPreview, year_preview
from riskpool.claims.years import claims_in, not_over_problems, years
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools import rules as pool_rules
from riskpool.pools import using
from riskpool.pools.models import Enrolment, Limit
from riskpool.pools.weighing import EXPOSURE
from riskpool.schemes import in_year
from riskpool.treasury.queries import frozen

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval


def lock_year(
    by: Any, year_id: Any, *, roles: tuple[str, ...], pays: bool = False
) -> tuple[BankYear, list[Limit]]:
    """A year with its pool, limits, enrolments and claims locked in the house's order, for the pool's own bureau."""
    assert connection.in_atomic_block
    year = years(viewer=by).get(pk=year_id)
    if not pool_queries.has_seat(viewer=by, pool=year.agreement.pool, seats=(Seat.BUREAU,)):
        raise BankYear.DoesNotExist
    permit(by, *roles)
    if pays:  # no other payee may take effect between the look and the payment
        Organisation.objects.select_for_update(no_key=True).get(pk=year.agreement.bank_id)
    pools.lock_pool(year.agreement.pool_id)
    members = claims_in(year)  # under the pool's lock nobody comes or goes
    loans = [claim.enrolment.loan for claim in members]
    limits = pools.lock_limits(agreements=[year.agreement], scopes=EXPOSURE, loans=loans)
    limits += pools.lock_limits(
        agreements=[year.agreement], scopes=queries.PAYOUT, loans=loans, year=year.year
    )
    enrolments = Enrolment.objects.select_for_update(no_key=True)
    list(enrolments.filter(pk__in=[claim.enrolment_id for claim in members]).order_by("pk"))
    list(
        Claim.objects.select_for_update(no_key=True)
        .filter(pk__in=[claim.pk for claim in members])
        .order_by("pk")
    )
    return year, limits


@transaction.atomic
def propose_year(*, by: Any, year_id: UUID, on: dt.date, reason: str = "", article: str = "") -> Approval:
    """Ask a second person to settle a bank's year, for the first time or again; the difference to before is moved.

    `reason` and `article` are needed wherever the bank would owe something. Refused before the year is over.
    """
    year, _ = lock_year(by, year_id, roles=(PREPARES,))
    preview = year_preview(year, on)
    payee = payee_in_force(organisation=year.agreement.bank)
    problems = [*not_over_problems(year, on), *preview.problems]
    if payee is None:
        bank = year.agreement.bank.short_name
        problems.append(Problem("收款账户", f"{bank}没有登记收款账户", "请银行两人登记收款账户", "no_payee"))
    if preview.owed:
        for where, text in (("应退的理由", reason), ("依据条款", article)):
            if not text.strip():
                problems.append(Problem(where, "未填写", "银行应退款的，请写明", "required"))
    refuse_if_any(problems)
    assert payee is not None, "refused above"
    command = {
        "year": str(year.pk), "seq": year.runs.count() + 1, "reason": reason.strip()[:300],
        "article": article.strip()[:200], "payee": str(payee.pk), **_ground(preview),
        "leaves": _leaves(preview),
    }  # fmt: skip
    summary = f"{year.agreement.bank.short_name} {year} 结算：支付 {yuan_text(preview.paid, grouped=True)} 元"
    if preview.owed:
        summary += f"，银行应退 {yuan_text(preview.owed, grouped=True)} 元"
    return ask(
        by=by,
        kind="claims.settle_year",
        command=command,
        subject=year,
        summary=summary,
        basis=_basis(preview),
    )


def _ground(preview: YearPreview) -> dict[str, Any]:
    """All that the second person signs for: the calculation, and what it moves for each claim and source (fen)."""
    moves = [
        [part.claim.number, str(source), move.paid, move.owed]
        for part in preview.parts
        for (_, source, _), move in part.moves.items()
        if source is not None and (move.paid or move.owed)
    ]
    return {
        "on": preview.on.isoformat(), "calculation": preview.digest, "moves": sorted(moves),
        "entitled_fen": preview.entitled, "paid_fen": preview.paid, "owed_fen": preview.owed,
    }  # fmt: skip


def _leaves(preview: YearPreview) -> dict[str, Any]:
    """What each claim of the year takes from which account; each is a part of the one approval."""
    pool = preview.year.agreement.pool
    return leaves(
        Journal.Kind.CLAIM_PAID,
        [row for part in preview.parts for row in payouts(pool, part.moves, str(part.claim.pk))],
    )


def _basis(preview: YearPreview) -> dict[str, Any]:
    """The whole year as the second person is shown it."""
    return {
        "year": preview.year.year,
        "bank": preview.year.agreement.bank.name,
        "scheme": preview.scheme.id,
        "covered_fen": preview.calculated.year.covered_fen,
        "facts": [
            [metrics_title(preview, name), _metric_text(preview, name, text)]
            for name, text in preview.year_metrics.items()
        ],
        "notes": list(preview.calculated.year.notes),
        "borne": [[name, fen] for name, fen in preview.borne],
        "claims": [
            {
                "number": part.claim.number, "id": str(part.claim.pk), "covered_fen": part.outcome.covered_fen,
                "entitled_fen": part.entitled, "kept_fen": part.kept, "paid_fen": part.paid, "owed_fen": part.owed,
            }
            for part in preview.parts
        ],
    }  # fmt: skip


def metrics_title(preview: YearPreview, name: str) -> str:
    """A fact by its Chinese title."""
    value = preview.values[name]
    return str(getattr(getattr(value, "entry", None), "title", name))


def _metric_text(preview: YearPreview, name: str, text: str) -> str:
    """A fact as it is read: an amount grouped and with its unit."""
    entry = getattr(preview.values[name], "entry", None)
    return f"{Decimal(text):,.2f} 元" if getattr(entry, "unit", "") == "yuan" else text


@executes("claims.settle_year")
def _settle_year(approval: Approval, by: Any) -> YearRun:
    command, day = approval.command, day_of(approval)
    year, limits = lock_year(by, command["year"], roles=(SIGNS,), pays=True)
    preview = year_preview(year, day)
    payee = payee_in_force(organisation=year.agreement.bank)
    problems = [
        *not_over_problems(year, day), *preview.problems, *payee_problems(payee, command["payee"])
    ]  # fmt: skip
    ground = _ground(preview)
    if {name: command[name] for name in ground} != ground or command["seq"] != year.runs.count() + 1:
        problems.append(
            Problem("年度结算", "提请后申请、追偿、事实或收付已有变动", "请重新试算后提请", "basis_moved")
        )
    if preview.paid:
        problems += frozen(year.agreement.pool)
    refuse_if_any(problems)
    run = YearRun.objects.create(
        bank_year=year, seq=command["seq"], on=preview.on, settled_on=day, working=preview.stored,
        sha256=preview.digest, covered=money_of(preview.calculated.year.covered_fen),
        outside=money_of(preview.calculated.year.outside_fen), entitled=money_of(preview.entitled),
        paid=money_of(preview.paid), owed=money_of(preview.owed), approval=approval,
    )  # fmt: skip
    for part in preview.parts:
        _carry_out_part(part, run, preview, approval, by, payee, limits)
    record(by=by, verb="claim.settle_year", subject=year, summary=approval.summary, facts={"run": run.sha256})
    return run


def _carry_out_part(
    part: Part,
    run: YearRun,
    preview: YearPreview,
    approval: Approval,
    by: Any,
    payee: Any,
    limits: Sequence[Limit],
) -> None:
    """One claim of the run: its calculation is kept and what it moves is posted under its own keys."""
    claim = part.claim
    row = keep_calculation(
        claim, claim.apportionment.seq + 1, Apportionment.Stage.YEAR, preview.scheme, part.outcome, part.shares,
        reasons=claim.apportionment.reasons, on=run.settled_on, run=run,
        working=in_year.stored_part(preview.scheme, part.outcome, claim.number, run.sha256),
    )  # fmt: skip
    command = approval.command
    order = Order(
        row, part.moves, approval, by, run.settled_on, payee, reserved_before=False,
        reason=command["reason"], article=command["article"],
    )  # fmt: skip
    carry_out(order, _binding(limits, claim))


def _binding(limits: Sequence[Limit], claim: Claim) -> list[Limit]:
    """Of the locked limits those that bind one claim's loan."""
    groups = {pk: group.agreements for pk, group in using.members_of(limits).items()}
    loan = claim.enrolment.loan
    return pool_rules.Binding(limits, groups).of(
        claim.enrolment.agreement, borrower_id=loan.borrower_id, loan_id=loan.pk
    )
