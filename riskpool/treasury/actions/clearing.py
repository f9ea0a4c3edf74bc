"""A line of a statement that no rule could match: matched to a movement, or explained, by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import Line, leaves
from riskpool.pools.actions.locking import OF_MONEY, PREPARE_MONEY, SIGN_MONEY, lock_pool, require_seat
from riskpool.treasury import queries
from riskpool.treasury.actions.moving import interest_key, interest_problems
from riskpool.treasury.actions.stating import refuse_taken
from riskpool.treasury.marks import cited
from riskpool.treasury.models import LineClearing, StatementLine

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval
    from riskpool.pools.custody import ExplanationKind

How = LineClearing.How
BOOKED_AS = {"interest": Journal.Kind.INTEREST, "fee": Journal.Kind.ACCOUNT_FEE}


def _told(line: StatementLine) -> str:
    amount = yuan_text(fen_of(line.amount), grouped=True)
    return f"{line.statement.source.name} {line.day} {line.get_direction_display()} {amount} 元"


def _line_for(by: Any, pool_id: UUID, line_id: int) -> StatementLine:
    line = queries.line(viewer=by, pool_id=pool_id, line_id=line_id)
    require_seat(by, line.statement.source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    refuse_taken(line)
    return line


@in_chinese
def propose_match(*, by: Any, pool_id: UUID, line_id: int, journal_id: UUID | None) -> Approval:
    """Ask a second person to say that a line is a movement of the book: same account, direction and amount, not yet
    matched to another line."""
    line = _line_for(by, pool_id, line_id)
    journal = _fitting(line, journal_id)
    command = {"line": line.pk, "journal": str(journal.pk)}
    summary = f"{_told(line)} 匹配到 {journal.day} {journal.memo}"
    return ask(by=by, kind="treasury.match", command=command, subject=line, summary=summary)


def _fitting(line: StatementLine, journal_id: Any) -> Journal:
    for journal, _ in queries.candidates(line):
        if str(journal.pk) == str(journal_id):
            return journal
    raise Refused(
        Problem("账面凭证", "不是该账户同方向同金额的未匹配凭证", "请从列出的凭证中选择", "not_fitting")
    )


@in_chinese
def propose_explanation(*, by: Any, pool_id: UUID, line_id: int, kind: str, note: str) -> Approval:
    """Ask a second person to explain a line by one of the kinds of the pool's procedure; interest and fees are booked."""
    line = _line_for(by, pool_id, line_id)
    refuse_if_any(_explanation_problems(line, kind, note))
    found = queries.custody_of(line.statement.source.pool).explanation(kind)
    assert found is not None, "refused above"
    command = {"line": line.pk, "kind": kind, "note": note.strip()[:200]}
    if found.effect == "fee":
        of_account = ("", line.statement.source.cash_id, fen_of(line.amount))
        command["leaves"] = leaves(BOOKED_AS["fee"], [of_account])
    summary = f"{_told(line)} 解释为{found.title}：{note.strip()}"
    basis = {"title": found.title, "effect": found.effect, "rule": cited(found)}
    return ask(by=by, kind="treasury.explain", command=command, subject=line, summary=summary, basis=basis)


def _explanation_problems(line: StatementLine, kind: str, note: str) -> list[Problem]:
    found = queries.custody_of(line.statement.source.pool).explanation(kind)
    problems = []
    if found is None:
        problems.append(
            Problem("解释", f"办事规则没有“{kind}”这一种", "请从列出的种类中选择", "unknown_kind")
        )
    elif found.direction != line.direction:
        told = f"{found.title}用于{StatementLine.Direction(found.direction).label}，该行是{line.get_direction_display()}"
        problems.append(Problem("解释", told, "请选择方向相同的种类", "direction"))
    elif found.effect in BOOKED_AS:
        problems += _booking_problems(line, found)
    if not note.strip():
        problems.append(Problem("说明", "未填写", "请写明依据（如银行回单、函件编号）", "required"))
    return problems


def _booking_problems(line: StatementLine, found: ExplanationKind) -> list[Problem]:
    """Why what an explanation books may not be booked: the procedure, or it stands in the book and waits for its line."""
    source = line.statement.source
    problems = interest_problems(source.pool) if found.effect == "interest" else []
    for journal, _ in queries.candidates(line):
        if journal.kind == BOOKED_AS[found.effect]:
            told = f"账面已有同金额、未匹配的凭证：{journal.day} {journal.memo}"
            problems.append(Problem("解释", told, "不得重复入账，请改为匹配到该凭证", "booked_already"))
            return problems
    if found.effect == "interest" and Journal.objects.filter(key=_key(line, found.effect)).exists():
        told = f"“{line.bank_reference}”已登记过"
        problems.append(
            Problem("解释", told, "请核对银行流水号；确为另一笔利息的，请按回单号登记结息后匹配", "duplicate")
        )
    return problems


def _key(line: StatementLine, effect: str) -> str:
    if effect == "interest" and line.bank_reference:
        return interest_key(line.statement.source, line.bank_reference)
    return f"statement-line:{line.pk}:{effect}"


def _locked_line(approval: Approval, by: Any) -> StatementLine:
    permit(by, *SIGN_MONEY)
    rows = StatementLine.objects.select_related("statement__source__pool")
    seen = rows.get(pk=approval.command["line"])
    require_seat(by, seen.statement.source.pool, OF_MONEY)
    lock_pool(seen.statement.source.pool_id)
    line = rows.get(pk=seen.pk)  # under the lock, not before
    refuse_taken(line)
    return line


@executes("treasury.match")
def _match(approval: Approval, by: Any) -> LineClearing:
    line = _locked_line(approval, by)
    journal = _fitting(line, approval.command["journal"])
    return _clear(approval, by, line, How.PERSON, journal)


@executes("treasury.explain")
def _explain(approval: Approval, by: Any) -> LineClearing:
    line = _locked_line(approval, by)
    command = approval.command
    refuse_if_any(_explanation_problems(line, command["kind"], command["note"]))
    kind = queries.custody_of(line.statement.source.pool).explanation(command["kind"])
    assert kind is not None, "refused above"
    journal = None if kind.effect == "none" else _book(line, kind.effect, kind.title, approval, by)
    return _clear(approval, by, line, How.EXPLAINED, journal)


def _book(line: StatementLine, effect: str, title: str, approval: Approval, by: Any) -> Journal:
    """Interest comes to the free money of the source whose account bore it; a fee is paid from it."""
    source, fen = line.statement.source, fen_of(line.amount)
    came = effect == "interest"
    return ledger.post(
        key=_key(line, effect),
        kind=BOOKED_AS[effect],
        day=line.day,
        memo=f"{source.name} {title} {line.bank_reference}".strip(),
        lines=[
            Line(source.cash_id, source.free_id, fen) if came else Line(source.free_id, source.cash_id, fen)
        ],
        by=by,
        approval=approval,
    )


def _clear(
    approval: Approval, by: Any, line: StatementLine, how: str, journal: Journal | None
) -> LineClearing:
    clearing = LineClearing.objects.create(
        line=line, source=line.statement.source, how=how, journal=journal, approval=approval,
        explanation=approval.command.get("kind", ""), note=approval.command.get("note", ""),
    )  # fmt: skip
    record(by=by, verb=f"treasury.{how}", subject=line, summary=approval.summary)
    return clearing
