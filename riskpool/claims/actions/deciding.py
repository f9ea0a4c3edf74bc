"""Accepting (recognise, apportion, reserve, use limits), refusing, withdrawing, and taking an acceptance back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.claims import due, mending, queries, waiting
from riskpool.claims.actions.clocks import Desk, Kind, end_clocks, tick
from riskpool.claims.actions.locking import PREPARES, SIGNS, day_of, lock_claim, require_state
from riskpool.claims.models import (
    Apportionment,
    BankYear,
    BorneShare,
    Claim,
    TakenBack,
    YearRun,
)
from riskpool.claims.postings import source_lines
from riskpool.claims.rules import recognition_problems
from riskpool.ledger import actions as ledger
from riskpool.ledger import queries as ledger_queries
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools.models import Limit
from riskpool.schemes import engine, in_year

if TYPE_CHECKING:
    from uuid import UUID

Stage = Apportionment.Stage
AGAIN = "accepted"  # the word of the journal that reserves for a claim that had been taken back into review
SETS_ASIDE = (Claim.State.ACCEPTED, Claim.State.ESCROWED)


@in_chinese
@transaction.atomic
def accept(
    *,
    by: Any,
    claim_id: UUID,
    on: dt.date,
    recognised: Mapping[str, int] | None = None,
    reasons: Mapping[str, str] | None = None,
    rest_later: bool = False,
    grants: Sequence[tuple[int, str, str]] = (),
) -> Claim:
    """Accept a claim, also one that was deferred: apportion it under the locks, keep the working, reserve, use limits.

    `recognised` (fen by component; all that is stated, when not given) with a reason for each cut; `rest_later` leaves
    the rest open for a later settlement. `grants` are shares below the scheme's ceilings, with `reasons["granted"]`.
    """
    claim, limits = lock_claim(by, claim_id, roles=(PREPARES,), year=on.year)
    require_state(claim, Claim.State.FILED, Claim.State.DEFERRED)
    stated, reasons = queries.stated_loss(claim), dict(reasons or {})
    loss = dict(stated if recognised is None else recognised)
    refuse_if_any(recognition_problems(loss, stated, reasons))
    problems = [*mending.open_problems(claim), *due.moved_problems(claim), *waiting.queue_problems(claim, on)]
    if grants and not reasons.get("granted", "").strip():
        problems.append(Problem("批准比例", "低于上限而没有理由", "请写明核定比例的理由", "required"))
    preview = queries.preview(claim, on, loss, grants)
    if preview.into_year:
        problems += _year_problems(grants, rest_later)
    refuse_if_any([*problems, *preview.problems])
    if preview.into_year:
        return _into_year(claim, preview, reasons, by, on)
    again = claim.apportionments.exists()
    claim.accepted_seq = claim.apportionments.count() + 1
    row = keep_calculation(
        claim, claim.accepted_seq, _stage(preview, rest_later), preview.scheme, preview.apportionment, preview.shares,
        reasons=reasons, on=on,
    )  # fmt: skip
    ledger.post(
        key=claim.journal_key(AGAIN if again else "reserved"),
        kind=Journal.Kind.CLAIM_RESERVED,
        day=on,
        memo=f"受理 {claim.number}",
        lines=source_lines(
            [(s.source.free_id, s.source.reserved_id, s.fen) for s in preview.shares if s.source]
        ),
        by=by,
    )
    pools.use(limits, preview.public_fen, preview.by_source)
    claim.state, claim.decided_on, claim.reserved = Claim.State.ACCEPTED, on, money_of(preview.public_fen)
    claim.save(update_fields=["state", "decided_on", "accepted_seq", "reserved", "reserved_currency"])
    end_clocks(claim, on=on, by=by, reason="受理")
    tick(claim, Desk.PAYMENT, Kind.START, on=on, by=by, reason="受理")
    record(
        by=by, verb="claim.accept", subject=claim, facts={"apportionment": row.sha256, "reasons": reasons},
        summary=f"受理 {claim.number}，预留 {yuan_text(preview.public_fen, grouped=True)} 元",
    )  # fmt: skip
    return claim


def _year_problems(grants: Sequence[tuple[int, str, str]], rest_later: bool) -> list[Problem]:
    """What a claim of a year cannot have: a share or a part of its own."""
    problems = []
    if grants:
        problems.append(
            Problem("批准比例", "方案按年度合并计算", "年度方案没有逐笔核定的比例", "grant_of_a_year")
        )
    if rest_later:
        problems.append(
            Problem(
                "部分认定",
                "方案按年度合并计算",
                "请按现在能认定的损失受理，或待损失确定后受理",
                "part_of_a_year",
            )
        )
    return problems


def _into_year(
    claim: Claim, preview: queries.Preview, reasons: Mapping[str, str], by: Any, on: dt.date
) -> Claim:
    """Take a claim into the calendar year of its acceptance: its base is kept, nothing is reserved and no limit used."""
    enrolment = claim.enrolment
    key = {"agreement": enrolment.agreement, "scheme_id": enrolment.scheme_id, "year": on.year}
    year = BankYear.objects.filter(
        **key
    ).first()  # the pool is locked: nobody opens the same year beside this
    if year is None:
        year = BankYear.objects.create(**key)
    row = keep_calculation(
        claim, 1, Stage.INTO_YEAR, preview.scheme, preview.apportionment, preview.shares, reasons=reasons, on=on,
        working=in_year.stored_base(preview.scheme, preview.apportionment),
    )  # fmt: skip
    claim.state, claim.decided_on, claim.bank_year = Claim.State.IN_YEAR, on, year
    claim.save(update_fields=["state", "decided_on", "bank_year"])
    end_clocks(claim, on=on, by=by, reason="受理，计入年度")
    covered = yuan_text(preview.apportionment.covered_fen, grouped=True)
    record(
        by=by, verb="claim.accept", subject=claim, facts={"apportionment": row.sha256, "reasons": dict(reasons)},
        summary=f"受理 {claim.number}，方案内损失 {covered} 元计入 {year.year} 年度，年度结算时分担",
    )  # fmt: skip
    return claim


def _stage(preview: queries.Preview, rest_later: bool) -> Apportionment.Stage:
    if not preview.scheme.escrow:
        return Stage.PART if rest_later else Stage.FINAL
    if rest_later:
        raise Refused(
            Problem(
                "部分认定", "方案先划入保证金、后清算", "请在清算时认定最终损失", "escrow_is_settled_once"
            )
        )
    return Stage.ESTIMATE


def keep_calculation(
    claim: Claim,
    seq: int,
    stage: str,
    scheme: Any,
    outcome: engine.Apportionment,
    shares: Sequence[queries.Share],
    *,
    reasons: Mapping[str, str],
    on: dt.date,
    working: Mapping[str, Any] | None = None,
    run: YearRun | None = None,
) -> Apportionment:
    """Store a calculation with its inputs, working and shares; nothing moves by it alone.

    `working` stands instead of the engine's for what is calculated with its bank's year, which `run` names.
    """
    kept = dict(working or engine.stored(scheme, outcome))
    row = Apportionment.objects.create(
        claim=claim,
        seq=seq,
        stage=stage,
        reasons={name: text.strip()[:300] for name, text in reasons.items() if text.strip()},
        inputs={"loss": dict(outcome.loss), "metrics": dict(outcome.metrics)},
        working=kept,
        sha256=kept["digest"],
        run=run,
        covered=money_of(outcome.covered_fen),
        outside=money_of(outcome.outside_fen),
        on=on,
    )
    BorneShare.objects.bulk_create(
        BorneShare(
            apportionment=row, place=place, party=share.party, source=share.source,
            organisation=share.organisation, borne=money_of(share.fen),
        )
        for place, share in enumerate(shares, start=1)
    )  # fmt: skip
    return row


@in_chinese
@transaction.atomic
def refuse(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Claim:
    """Refuse a claim that holds no money yet, with a reason. One that holds money is refused by two persons."""
    claim, limits = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    _require_reason(reason)
    if claim.state in SETS_ASIDE:
        found = f"{claim.get_state_display()}"
        raise Refused(Problem("不予补偿", found, "请提请另一人复核后办理", "needs_second_person"))
    require_state(claim, *queries.OPEN, Claim.State.IN_YEAR)
    return _end(claim, limits, Claim.State.REFUSED, reason.strip(), by, on)


@in_chinese
@transaction.atomic
def propose_refusal(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Approval:
    """Ask a second person to refuse a claim for which money is reserved or set aside; it is free again then."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    _require_reason(reason)
    require_state(claim, *SETS_ASIDE)
    _refuse_if_asked(claim)
    held = fen_of(claim.reserved)
    command = {"claim": str(claim.pk), "reason": reason.strip()[:500], "held_fen": held}
    summary = f"{claim.number} 不予补偿，解除预留 {yuan_text(held, grouped=True)} 元"
    return ask(
        by=by, kind="claims.refuse", command=command, subject=claim, summary=summary,
        basis={"reason": command["reason"]},
    )  # fmt: skip


@executes("claims.refuse")
def _refuse_by_two(approval: Approval, by: Any) -> Claim:
    command = approval.command
    claim, limits = lock_claim(by, command["claim"], roles=(SIGNS,), year=None)
    require_state(claim, *SETS_ASIDE)
    if fen_of(claim.reserved) != command["held_fen"]:
        raise Refused(Problem("不予补偿", "提请后预留额已变动", "请重新提请", "basis_moved"))
    return _end(claim, limits, Claim.State.REFUSED, command["reason"], by, day_of(approval))


@in_chinese
@transaction.atomic
def withdraw(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Claim:
    """The bank takes back its own claim before anything is set aside or paid."""
    claim, limits = lock_claim(by, claim_id, roles=("bank.maker",), year=None, as_bank=True)
    require_state(claim, *queries.OPEN, Claim.State.ACCEPTED, Claim.State.IN_YEAR)
    return _end(claim, limits, Claim.State.WITHDRAWN, reason.strip(), by, on)


def _require_reason(reason: str, of: str = "不予补偿") -> None:
    if not reason.strip():
        raise Refused(Problem(f"{of}的理由", "未填写", "请写明理由和依据条款", "required"))


MONEY_KINDS = {
    "claims.pay": "支付复核",
    "claims.refuse": "不予补偿复核",
    "claims.settle": "清算复核",
    "claims.take_back": "退回重审复核",
}


def _refuse_if_asked(claim: Claim) -> None:
    """Nothing is decided behind the back of somebody who has been asked to sign something else."""
    asked = Approval.objects.filter(
        kind__in=MONEY_KINDS, subject_id=str(claim.pk), state=Approval.State.ASKED
    ).first()
    if asked is not None:
        told = f"已提请{MONEY_KINDS[asked.kind]}"
        raise Refused(Problem("补偿申请", told, "请先撤回或退回该复核", "payment_asked"))


@in_chinese
@transaction.atomic
def propose_taking_back(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Approval:
    """Ask a second person to take an accepted claim back into review because a fault was found: what is reserved for it
    comes free, and it is decided anew, as if it had just been filed. Refused once anything was set aside or paid."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    _require_reason(reason, "退回重审")
    require_state(claim, Claim.State.ACCEPTED)
    _refuse_if_asked(claim)
    held, row = fen_of(claim.reserved), claim.acceptance
    command = {
        "claim": str(claim.pk), "calculation": str(row.pk), "reason": reason.strip()[:500], "held_fen": held,
    }  # fmt: skip
    summary = f"{claim.number} 退回重审，解除预留 {yuan_text(held, grouped=True)} 元"
    return ask(
        by=by, kind="claims.take_back", command=command, subject=claim, summary=summary,
        basis={"reason": command["reason"]},
    )  # fmt: skip


@executes("claims.take_back")
def _take_back(approval: Approval, by: Any) -> TakenBack:
    command, day = approval.command, day_of(approval)
    claim, limits = lock_claim(by, command["claim"], roles=(SIGNS,), year=None)
    require_state(claim, Claim.State.ACCEPTED)
    row = claim.acceptance
    if fen_of(claim.reserved) != command["held_fen"] or str(row.pk) != command["calculation"]:
        raise Refused(Problem("退回重审", "提请后受理已变动", "请重新提请", "basis_moved"))
    taken = TakenBack.objects.create(
        apportionment=row, approval=approval, reason=command["reason"], released=claim.reserved, on=day
    )
    _release(claim, limits, by, day)
    claim.state, claim.decided_on, claim.reserved = Claim.State.FILED, None, money_of(0)
    claim.save(update_fields=["state", "decided_on", "reserved", "reserved_currency"])
    end_clocks(claim, on=day, by=by, reason="退回重审")
    tick(claim, Desk.DECISION, Kind.START, on=day, by=by, reason="退回重审")
    record(
        by=by, verb="claim.take_back", subject=claim, facts={"apportionment": row.sha256},
        summary=f"{approval.summary}，{command['reason']}",
    )  # fmt: skip
    return taken


def _release(claim: Claim, limits: Sequence[Limit], by: Any, on: dt.date) -> None:
    """What a claim holds becomes free money again, out of where its last journal put it, and leaves its limits."""
    held = {source: -fen for source, fen in queries.by_source(claim).items()}
    if claim.state == Claim.State.ESCROWED:
        posted = ledger_queries.lines_of(Journal.objects.get(key=claim.journal_key("escrowed")))
        free = {s.reserved_id: s.free_id for s in claim.enrolment.agreement.pool.sources.all()}
        # out of reserved it went to escrow
        lines = source_lines([(line.credit, free[line.debit], line.fen) for line in posted])
    else:
        word = "reserved" if claim.accepted_seq == 1 else AGAIN
        posted = ledger_queries.lines_of(Journal.objects.get(key=claim.journal_key(word)))
        lines = source_lines([(line.credit, line.debit, line.fen) for line in posted])
    ledger.post(
        key=claim.journal_key("released"), kind=Journal.Kind.CLAIM_RELEASED, day=on,
        memo=f"{claim.number} 解除预留", lines=lines, by=by,
    )  # fmt: skip
    pools.use(limits, -fen_of(claim.reserved), held)


def _end(claim: Claim, limits: Sequence[Limit], state: str, reason: str, by: Any, on: dt.date) -> Claim:
    _refuse_if_asked(claim)
    if claim.state in SETS_ASIDE:
        _release(claim, limits, by, on)
        claim.reserved = claim.escrowed = money_of(0)
    claim.state, claim.decided_on, claim.reason = state, on, reason[:500]
    claim.save(
        update_fields=[
            *("state", "decided_on", "reason", "reserved", "reserved_currency"),
            *("escrowed", "escrowed_currency"),
        ]
    )
    end_clocks(claim, on=on, by=by, reason=str(claim.get_state_display()))
    record(
        by=by,
        verb=f"claim.{state}",
        subject=claim,
        summary=f"{claim.get_state_display()}：{claim.number}，{reason}",
    )
    return claim
