"""The custodian bank's statement of an account, line by line: read with every fault at once, entered, matched.

One person enters a statement; it takes two while payouts are frozen or where it corrects one that stands, since that may
lift the freeze. A correction is a new statement that supersedes the old one by fact, whose lines and matches stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.documents.actions import keep_file
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.sheets.precheck import MEDIA_TYPES, file_kind
from kernel.statements.matching import by_reference, match
from kernel.statements.sheet import Stated, statement_lines
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.ledger import actions as ledger
from riskpool.pools.actions.locking import (
    OF_MONEY,
    PREPARE_MONEY,
    SIGN_MONEY,
    lock_pool,
    not_in_the_future,
    require_seat,
)
from riskpool.pools.models import PoolSource
from riskpool.treasury import queries
from riskpool.treasury.columns import STATEMENT
from riskpool.treasury.models import LineClearing, StatementImport, StatementLine

if TYPE_CHECKING:
    from uuid import UUID


def read_statement(
    *, source: PoolSource, stated: Stated, name: str, content: bytes, on: dt.date
) -> list[dict[str, Any]]:
    """The lines of a statement's file as plain values. Refused with every fault: of the span, of cells, of the chain of
    balances, of the sum from opening to closing."""
    problems = [
        *not_in_the_future("期末日", stated.last, on),
        *([] if stated.first <= stated.last else [Problem("期间", "起始日晚于期末日", "请核对期间", "span")]),
    ]
    refuse_if_any(problems)
    return statement_lines(stated, name=name, content=content, on=on, form=STATEMENT)


@transaction.atomic
def enter_statement(
    *,
    by: Any,
    source: PoolSource,
    stated: Stated,
    name: str,
    content: bytes,
    on: dt.date,
    supersedes: StatementImport | None = None,
) -> StatementImport | Approval:
    """Enter a statement, or ask a second person for it while payouts are frozen or where it corrects another.

    The very same file for the same span again gives the statement that stands.
    """  # fmt: skip
    require_seat(by, source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    lines = read_statement(source=source, stated=stated, name=name, content=content, on=on)
    pool = lock_pool(source.pool_id)
    standing = _the_same(source, stated, lines)
    if standing is not None:
        return standing
    refuse_if_any(_chain_problems(source, stated, supersedes))
    file = keep_file(
        by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[file_kind(content)], content=content
    )
    command = {
        "source": str(source.pk), "file": str(file.pk), "lines": lines,
        "first": stated.first.isoformat(), "last": stated.last.isoformat(),
        "opening_fen": stated.opening_fen, "closing_fen": stated.closing_fen,
        "supersedes": str(supersedes.pk) if supersedes else None,
    }  # fmt: skip
    if supersedes is None and not queries.frozen(pool):
        return _enter(command, by, None)
    closing = yuan_text(stated.closing_fen, grouped=True)
    summary = f"{source.name} {stated.first} 至 {stated.last} 对账单 {len(lines)} 行，期末 {closing} 元"
    if supersedes is not None:
        summary += f"，更正 {supersedes.number}"
    basis = {"frozen": [str(problem) for problem in queries.frozen(pool)]}
    return ask(
        by=by, kind="treasury.enter_statement", command=command, subject=source, summary=summary, basis=basis
    )


def _the_same(source: PoolSource, stated: Stated, lines: Sequence[dict[str, Any]]) -> StatementImport | None:
    """The standing statement that says exactly this already."""
    rows = StatementImport.objects.filter(source=source, live=True, span=_span(stated))
    for row in rows.prefetch_related("lines"):
        figures = (fen_of(row.opening), fen_of(row.closing))
        if figures == (stated.opening_fen, stated.closing_fen) and [
            _told(line) for line in row.lines.all()
        ] == [_key(line) for line in lines]:
            return row
    return None


def _span(stated: Stated) -> tuple[dt.date, dt.date]:
    return (stated.first, stated.last + dt.timedelta(days=1))


def _key(line: dict[str, Any]) -> tuple[Any, ...]:
    return (
        line["day"],
        line["direction"],
        line["fen"],
        line["reference"],
        line["counterparty"],
        line["memo"],
    )


def _told(row: StatementLine) -> tuple[Any, ...]:
    return (
        row.day.isoformat(),
        row.direction,
        fen_of(row.amount),
        row.bank_reference,
        row.counterparty,
        row.memo,
    )


def _chain_problems(source: PoolSource, stated: Stated, supersedes: StatementImport | None) -> list[Problem]:
    """A statement joins its neighbours: no day twice, and the balance goes on from one to the next."""
    found = []
    if supersedes is not None and (supersedes.source_id != source.pk or not supersedes.live):
        found.append(
            Problem("更正", f"{supersedes.number} 不是该账户现行的对账单", "请刷新后重选", "not_standing")
        )
    others = StatementImport.objects.filter(source=source, live=True)
    if supersedes is not None:
        others = others.exclude(pk=supersedes.pk)
    for row in others.filter(span__overlap=_span(stated)):
        told = f"{row.span.lower} 至 {queries.last_day(row)} 已有对账单 {row.number}"
        found.append(Problem("期间", told, "期间不得重叠；如要更正，请选择所更正的对账单", "overlap"))
    before = others.filter(span__fully_lt=_span(stated)).order_by("-span").first()
    after = others.filter(span__fully_gt=_span(stated)).order_by("span").first()
    if before is not None:
        found += _not_joined("期初余额", stated.opening_fen, before.number, fen_of(before.closing))
    if after is not None:
        found += _not_joined("期末余额", stated.closing_fen, after.number, fen_of(after.opening))
    return found


def _not_joined(where: str, ours: int, number: str, theirs: int) -> list[Problem]:
    if ours == theirs:
        return []
    told = f"{yuan_text(ours, grouped=True)} 元，相邻的 {number} 为 {yuan_text(theirs, grouped=True)} 元"
    return [Problem(where, told, "前后两份对账单的余额须衔接", "not_joined")]


@executes("treasury.enter_statement")
def _enter_approved(approval: Approval, by: Any) -> StatementImport:
    permit(by, *SIGN_MONEY)
    command = approval.command
    source = PoolSource.objects.select_related("pool").get(pk=command["source"])
    require_seat(by, source.pool, OF_MONEY)
    lock_pool(source.pool_id)
    stated = Stated(
        dt.date.fromisoformat(command["first"]), dt.date.fromisoformat(command["last"]),
        command["opening_fen"], command["closing_fen"],
    )  # fmt: skip
    old = StatementImport.objects.filter(pk=command["supersedes"]).first() if command["supersedes"] else None
    refuse_if_any(_chain_problems(source, stated, old))
    return _enter(command, by, approval)


def _enter(command: dict[str, Any], by: Any, approval: Approval | None) -> StatementImport:
    source = PoolSource.objects.select_related("pool", "cash").get(pk=command["source"])
    first, last = dt.date.fromisoformat(command["first"]), dt.date.fromisoformat(command["last"])
    old = StatementImport.objects.get(pk=command["supersedes"]) if command["supersedes"] else None
    kept = _put_aside(old) if old else {}
    number = (
        f"{source.pool.code}-DZ-{StatementImport.objects.filter(source__pool=source.pool_id).count() + 1:05d}"
    )
    fact = ledger.state_balance(
        account=source.cash, day=last, fen=command["closing_fen"], source=number, by=by
    )
    row = StatementImport.objects.create(
        number=number, source=source, file_id=command["file"], span=(first, last + dt.timedelta(days=1)),
        opening=money_of(command["opening_fen"]), closing=money_of(command["closing_fen"]), stated=fact,
        supersedes=old, approval=approval, recorded_by=by.account,
    )  # fmt: skip
    lines = StatementLine.objects.bulk_create(
        StatementLine(
            statement=row, seq=seq, file_row=line["row"], day=dt.date.fromisoformat(line["day"]),
            direction=line["direction"], amount=money_of(line["fen"]), counterparty=line["counterparty"],
            memo=line["memo"], bank_reference=line["reference"],
            balance=money_of(line["balance_fen"]) if line["balance_fen"] is not None else None,
        )
        for seq, line in enumerate(command["lines"], start=1)
    )  # fmt: skip
    _carry_over(lines, kept)
    matched = match_open_lines(source)
    record(
        by=by, verb="treasury.statement", subject=row, facts={"lines": len(lines), "matched": matched},
        summary=f"{source.name} {first} 至 {last} 对账单 {number}：{len(lines)} 行"
        + (f"，更正 {old.number}" if old else ""),
    )  # fmt: skip
    return row


def _put_aside(old: StatementImport) -> dict[tuple[Any, ...], list[LineClearing]]:
    """The superseded statement stands no more, nor do its matches; given back by what each line said."""
    kept: dict[tuple[Any, ...], list[LineClearing]] = {}
    for clearing in LineClearing.objects.filter(line__statement=old, live=True).select_related("line"):
        kept.setdefault(_told(clearing.line), []).append(clearing)
        clearing.live = False
        clearing.save(update_fields=["live"])
    old.live = False
    old.save(update_fields=["live"])
    return kept


def _carry_over(lines: Sequence[StatementLine], kept: dict[tuple[Any, ...], list[LineClearing]]) -> None:
    """A line that says what it said before keeps how it was accounted for."""
    for line in lines:
        before = kept.get(_told(line))
        if before:
            was = before.pop(0)
            LineClearing.objects.create(
                line=line, source_id=was.source_id, how=was.how, journal_id=was.journal_id,
                explanation=was.explanation, note=was.note, approval_id=was.approval_id,
            )  # fmt: skip


def match_open_lines(source: PoolSource) -> int:
    """Match what is sure: by number, or by amount and day where only one fits. Under the pool's lock; how many it were."""
    lines, movements = queries.match_ground(source)
    if not lines or not movements:
        return 0
    custody = queries.procedure_of(source.pool.procedure_id).custody
    window = custody.match_window_days.whole if custody else None
    found = match(lines, movements, window) if window is not None else by_reference(lines, movements)
    LineClearing.objects.bulk_create(
        LineClearing(line_id=one.line, source=source, how=one.how, journal_id=one.journal) for one in found
    )
    return len(found)


@transaction.atomic
def match_again(*, by: Any, pool_id: UUID) -> int:
    """Match the open lines of a pool anew after something was booked; only what the rules are sure of, so one person may."""
    pool = queries.pools.pool(viewer=by, pool_id=pool_id)
    require_seat(by, pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    lock_pool(pool.pk)
    found = sum(match_open_lines(source) for source in queries.pools.sources_of(pool))
    record(
        by=by,
        verb="treasury.match",
        subject=pool,
        summary=f"重新匹配对账单：{found} 行",
        facts={"matched": found},
    )
    return found


def refuse_taken(line: StatementLine) -> None:
    """Refused when the line is accounted for already, or its statement stands no more."""
    if not line.statement.live or LineClearing.objects.filter(line=line, live=True).exists():
        raise Refused(Problem("对账单行", "已匹配、已解释或已被更正取代", "请刷新页面查看", "line_taken"))
