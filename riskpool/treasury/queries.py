"""Reading the treasury. Every question takes the viewer: a seat at the pool; a payee reads what became of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused
from kernel.money import split
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.statements.matching import Line, Movement
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, StatedBalance, Transfer
from riskpool.pools import queries as pools
from riskpool.pools.models import Pool, PoolSource
from riskpool.pools.versions import procedure_of
from riskpool.treasury import rules
from riskpool.treasury.models import (
    LineClearing,
    PaymentBatch,
    PaymentInstruction,
    PaymentOutcome,
    ReplenishmentCall,
    StatementImport,
    StatementLine,
)

if TYPE_CHECKING:
    from riskpool.pools.custody import Custody

State = PaymentInstruction.State


def custody_of(pool: Pool) -> Custody:
    """The pool's own rules for its accounts; Refused where its procedure has none."""
    custody = procedure_of(pool.procedure_id).custody
    if custody is None:
        raise Refused(
            Problem("办事规则", f"{pool.name}的办事规则没有专户条款", "请先补充 custody 一节", "no_custody")
        )
    return custody


def instructions(*, viewer: Any, pool: Pool) -> QuerySet[PaymentInstruction]:
    """The pool's instructions, the newest first, for somebody who sits at it."""
    held = pools.pool(viewer=viewer, pool_id=pool.pk)
    rows = PaymentInstruction.objects.filter(source__pool=held)
    return rows.select_related("source", "payee", "batch").order_by("-reference")


def batch(*, viewer: Any, pool_id: UUID, batch_id: UUID) -> PaymentBatch:
    """One batch of a pool at which the viewer sits; PaymentBatch.DoesNotExist for everybody else."""
    held = pools.pool(viewer=viewer, pool_id=pool_id)
    return PaymentBatch.objects.select_related("source__pool", "approval__maker__person", "approval__checker__person").get(
        pk=batch_id, source__pool=held
    )  # fmt: skip


def statement(*, viewer: Any, pool_id: UUID, statement_id: UUID) -> StatementImport:
    """One statement of a pool at which the viewer sits; DoesNotExist for everybody else."""
    held = pools.pool(viewer=viewer, pool_id=pool_id)
    return StatementImport.objects.select_related("source__pool", "file", "recorded_by").get(
        pk=statement_id, source__pool=held
    )


def line(*, viewer: Any, pool_id: UUID, line_id: int) -> StatementLine:
    """One line of a standing statement of such a pool."""
    held = pools.pool(viewer=viewer, pool_id=pool_id)
    rows = StatementLine.objects.select_related("statement__source__pool", "statement__source__cash")
    return rows.get(pk=line_id, statement__source__pool=held, statement__live=True)


def of_subject(subject_type: str, subject_id: Any) -> list[PaymentInstruction]:
    """The instructions of one subject in order, with their outcomes; the caller was let in to the subject."""
    rows = PaymentInstruction.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    return list(
        rows.select_related("source", "batch", "payee").prefetch_related("outcomes").order_by("reference")
    )


def to_pay_again(subject_type: str, subject_id: Any) -> list[PaymentInstruction]:
    """Failed instructions of a subject that no new one has taken up: what is owed although it was once paid."""
    rows = PaymentInstruction.objects.filter(
        subject_type=subject_type, subject_id=str(subject_id), state=State.FAILED, paid_again=None
    )
    return list(rows.select_related("source__cash", "journal", "payee").order_by("reference"))


def failed_fen(subject_type: str, subject_id: Any) -> int:
    """The sum (fen) of what failed and was not paid again."""
    return sum(fen_of(row.amount) for row in to_pay_again(subject_type, subject_id))


# --- the bank's side against the book's ---


def signed(line: StatementLine) -> int:
    """Fen of a line, below zero when it left the account."""
    return fen_of(line.amount) * (1 if line.direction == StatementLine.Direction.IN else -1)


def movements_of(source: PoolSource, before: dt.date | None = None) -> list[Movement]:
    """What each journal moved on a source's cash account, with every number under which the bank may know it.

    With `before` only those of earlier days, and what later took one of them back.
    """
    outcomes = PaymentOutcome.objects.filter(source=source, journal__isnull=False)
    instructions = source.instructions.all()
    within = Q()
    if before is not None:
        outcomes = outcomes.filter(instruction__journal__day__lt=before)
        instructions = instructions.filter(journal__day__lt=before)
        within = Q(journal__day__lt=before) | Q(journal__in=outcomes.values("journal"))
    sums: dict[Any, int] = {}
    journals: dict[Any, Journal] = {}
    rows = Transfer.objects.filter(within, Q(debit=source.cash_id) | Q(credit=source.cash_id))
    for row in rows.select_related("journal"):
        sign = (row.debit_id == source.cash_id) - (row.credit_id == source.cash_id)
        sums[row.journal_id] = sums.get(row.journal_id, 0) + sign * fen_of(row.amount)
        journals[row.journal_id] = row.journal
    if not sums:
        return []
    paid = {row.journal_id: row for row in instructions.select_related("payee").prefetch_related("outcomes")}
    undone = dict(outcomes.values_list("journal", "instruction__journal"))
    found = [
        Movement(
            journal=str(pk), day=journals[pk].day, signed=moved,
            references=_references(journals[pk], paid.get(pk)),
            counterparty=paid[pk].payee.holder if pk in paid else "",
            undoes=str(undone.get(pk, "")),
        )
        for pk, moved in sums.items()
        if moved
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.journal))


def _references(journal: Journal, instruction: PaymentInstruction | None) -> frozenset[str]:
    found = set()
    if instruction is not None:
        found.add(instruction.reference)
        found |= {outcome.bank_serial for outcome in instruction.outcomes.all() if outcome.bank_serial}
    if journal.kind in (Journal.Kind.CONTRIBUTION, Journal.Kind.INTEREST):
        found.add(journal.key.split(":", 2)[-1])
    return frozenset(found)


def _as_line(row: StatementLine) -> Line:
    return Line(row.pk, row.day, signed(row), row.bank_reference, row.counterparty, row.memo)


def standing_lines(source: PoolSource) -> list[StatementLine]:
    """The lines of the statements of an account that nothing has superseded, in the order of the bank."""
    rows = StatementLine.objects.filter(statement__source=source, statement__live=True)
    return list(rows.order_by("day", "statement__recorded_at", "seq"))


def clearings_of(source: PoolSource) -> dict[int, LineClearing]:
    """By line: how it is accounted for."""
    rows = LineClearing.objects.filter(source=source, live=True, line__statement__live=True)
    return {row.line_id: row for row in rows.select_related("journal", "approval")}


def open_lines(pool: Pool) -> QuerySet[StatementLine]:
    """Lines of standing statements of a pool that nothing accounts for: while there is one, nothing is paid out."""
    cleared = LineClearing.objects.filter(source__pool=pool, live=True).values("line")
    rows = StatementLine.objects.filter(statement__source__pool=pool, statement__live=True)
    return rows.exclude(pk__in=cleared).select_related("statement__source").order_by("day", "pk")


def match_ground(source: PoolSource) -> tuple[list[Line], list[Movement]]:
    """What is left to match: lines that nothing accounts for, and movements that no line has yet."""
    cleared = clearings_of(source)
    taken = {str(row.journal_id) for row in cleared.values() if row.journal_id}
    lines = [_as_line(row) for row in standing_lines(source) if row.pk not in cleared]
    return lines, [movement for movement in movements_of(source) if movement.journal not in taken]


def candidates(row: StatementLine) -> list[tuple[Journal, int]]:
    """The unmatched movements of the same amount and direction, the nearest day first, with the days between."""
    _, movements = match_ground(row.statement.source)
    fits = [movement for movement in movements if movement.signed == signed(row)]
    days = {movement.journal: abs((movement.day - row.day).days) for movement in fits}
    found = Journal.objects.filter(pk__in=list(days))
    return sorted(((one, days[str(one.pk)]) for one in found), key=lambda pair: (pair[1], pair[0].key))


def line_booked_as_interest(
    source: PoolSource, fen: int, day: dt.date, reference: str
) -> StatementLine | None:
    """The line by whose explanation this interest was booked: the bank's number is the same, or the amount is and the day
    within the window of matching."""
    window = dt.timedelta(days=custody_of(source.pool).match_window_days.whole)
    rows = StatementLine.objects.filter(
        Q(bank_reference=reference) | Q(amount=money_of(fen), day__range=(day - window, day + window)),
        clearings__in=LineClearing.objects.filter(source=source, how=LineClearing.How.EXPLAINED),
        clearings__journal__kind=Journal.Kind.INTEREST,
    )
    return rows.order_by("pk").first()


def reconciliation(source: PoolSource, on: dt.date | None = None) -> rules.Reconciliation | None:
    """The reconciliation of an account at the end of the last statement up to a day; None where no statement stands.

    The caller was let in to the pool.
    """
    statements = _standing(source, on)
    if not statements:
        return None
    cleared = {pk: str(row.journal_id) if row.journal_id else "" for pk, row in clearings_of(source).items()}
    return rules.reconcile(
        on=last_day(statements[-1]),
        first_day=statements[0].span.lower,
        opening=fen_of(statements[0].opening),
        bank=fen_of(statements[-1].closing),
        lines=[_as_line(row) for row in standing_lines(source)],
        movements=movements_of(source),
        cleared=cleared,
    )


def opening_gap(source: PoolSource, on: dt.date | None = None) -> tuple[int, StatementImport] | None:
    """`reconciliation(...).opening_gap` (fen) with the first statement, from what moved before that statement alone: its
    work does not grow with the account's life. None where no statement stands."""
    statements = _standing(source, on)
    if not statements:
        return None
    first = statements[0]
    movements = movements_of(source, before=first.span.lower)
    clearings = LineClearing.objects.filter(
        source=source, live=True, line__statement__live=True, journal__in=[UUID(m.journal) for m in movements]
    ).select_related("line")
    found = rules.reconcile(
        on=last_day(statements[-1]),
        first_day=first.span.lower,
        opening=fen_of(first.opening),
        bank=0,  # nothing is asked of the balance itself
        lines=[_as_line(row.line) for row in clearings],
        movements=movements,
        cleared={row.line_id: str(row.journal_id) for row in clearings},
    )
    return found.opening_gap, first


def reconciled_on(source: PoolSource, on: dt.date | None = None) -> dt.date | None:
    """The day of the last standing statement up to a day, for which `reconciliation` speaks."""
    statements = _standing(source, on)
    return last_day(statements[-1]) if statements else None


def _standing(source: PoolSource, on: dt.date | None) -> list[StatementImport]:
    """The statements of an account that nothing has superseded and that end by a day, in their order."""
    rows = StatementImport.objects.filter(source=source, live=True).order_by("span")
    return [row for row in rows if on is None or last_day(row) <= on]


def in_transit(
    found: rules.Reconciliation, on: dt.date | None = None, days: int | None = None
) -> list[dict[str, Any]]:
    """Movements of the book that no statement has yet, with what they were; `late` beyond `days` at `on`."""
    memos = dict(
        Journal.objects.filter(pk__in=[m.journal for m in found.book_not_bank]).values_list("pk", "memo")
    )
    late = rules.overdue_transit(found.book_not_bank, on, days) if on is not None and days is not None else []
    return [
        {"day": m.day, "signed": m.signed, "memo": memos[UUID(m.journal)], "late": m in late}
        for m in found.book_not_bank
    ]


def not_booked(found: rules.Reconciliation, source: PoolSource) -> list[dict[str, Any]]:
    """Lines of the bank that the book has not: open ones, explained ones, those booked on a later day."""
    cleared, custody = clearings_of(source), procedure_of(source.pool.procedure_id).custody
    rows = []
    for line in found.bank_not_book:
        clearing = cleared.get(line.id)
        kind = custody.explanation(clearing.explanation) if custody and clearing else None
        standing = "未查明" if clearing is None else kind.title if kind else str(clearing.get_how_display())
        if clearing is not None and clearing.journal is not None:
            standing = f"账面于 {clearing.journal.day} 入账"
        memo = "，".join(
            part for part in (line.counterparty, line.memo, clearing.note if clearing else "") if part
        )
        rows.append(
            {
                "id": line.id,
                "day": line.day,
                "signed": line.signed,
                "memo": memo,
                "standing": standing,
                "open": clearing is None,
            }
        )
    return rows


def last_day(row: StatementImport) -> dt.date:
    """The last day of a statement's span (the range's upper end is the day after)."""
    last: dt.date = row.span.upper - dt.timedelta(days=1)
    return last


def explained(stated: StatedBalance, source: PoolSource) -> int | None:
    """What of the difference of a stated balance is accounted for by timing and explanations (fen).

    None when the balance was not stated by a statement with lines: then the whole difference counts.
    """
    imported = StatementImport.objects.filter(stated=stated, live=True).first()
    if imported is None:
        return None
    found = opening_gap(source, last_day(imported))
    assert found is not None, "the statement itself stands"
    lines = open_lines(source.pool).filter(statement__source=source, day__lte=last_day(imported))
    return ledger.difference(stated) - found[0] - sum(signed(line) for line in lines)


@in_chinese
def frozen(pool: Pool) -> list[Problem]:
    """Why nothing is paid out of a pool: a line that nobody has accounted for, or a difference that lines do not explain."""
    found = [
        Problem(
            f"{row.statement.source.name} {row.day} 对账单第{row.file_row}行",
            f"{row.get_direction_display()} {yuan_text(fen_of(row.amount), grouped=True)} 元未查明",
            "匹配到账面或两人解释前暂停支付",
            "unexplained_line",
        )
        for row in open_lines(pool)[:20]
    ]
    for source in pools.sources_of(pool):
        found += _stated_problems(source)
    return found


def _stated_problems(source: PoolSource) -> list[Problem]:
    """What the newest stated balance of an account holds against it: with lines the gap at their opening, also where
    something else happens to cancel it; without lines its whole difference."""
    stated = source.cash.stated_balances.order_by("-day", "-id").first()
    if stated is None:
        return []
    imported = StatementImport.objects.filter(stated=stated, live=True).first()
    if imported is None:
        gap, what = ledger.difference(stated), "对账单与账面相差"
    else:
        found = opening_gap(source, last_day(imported))
        assert found is not None, "the statement itself stands"
        gap, what = found[0], "第一份对账单的期初与账面相差"
    if not gap:
        return []
    where, told = f"{source.name} {stated.day} 对账", f"{what} {yuan_text(gap, grouped=True)} 元"
    return [Problem(where, told, "查明差异并更正前暂停支付", "unreconciled")]


# --- replenishment ---


@dataclass(frozen=True)
class SourceStanding:
    """A source's contributions so far (fen) against its agreed part of all of them, and what a call would ask of it."""

    source: PoolSource
    contributed: int
    agreed: int
    cash: int
    asked: int

    @property
    def ahead(self) -> int:
        return self.contributed - self.agreed


def contributed_by(pool: Pool, on: dt.date | None) -> dict[str, int]:
    """Contributions less what was taken back, by source (fen), up to a day or (None) of all that is booked."""
    found = {}
    for source in pools.sources_of(pool):
        came = _moved(on, Journal.Kind.CONTRIBUTION, debit=source.cash_id)
        went = _moved(on, Journal.Kind.WITHDRAWAL, credit=source.cash_id)
        back = _moved(on, Journal.Kind.PAYMENT_FAILED, debit=source.cash_id, credit=source.free_id)
        found[source.code] = came - went + back
    return found


def _moved(on: dt.date | None, kind: str, **sides: int) -> int:
    rows = Transfer.objects.filter(journal__kind=kind, **sides)
    if on is not None:
        rows = rows.filter(journal__day__lte=on)
    return int((rows.aggregate(total=Sum("amount"))["total"] or 0) * 100)


def standings(pool: Pool, target: int, on: dt.date) -> list[SourceStanding]:
    """Each source against the agreed ratio, and what it would be asked for to bring the pool to `target` (fen)."""
    sources = pools.sources_of(pool)
    weights = {source.code: source.weight for source in sources}
    contributed = contributed_by(pool, on)
    cash = {source.code: ledger.balance(source.cash) for source in sources}
    agreed = split(sum(contributed.values()), weights)
    asked = rules.asked_of_sources(
        target=target, cash=sum(cash.values()), contributed=contributed, weights=weights
    )
    return [
        SourceStanding(s, contributed[s.code], agreed[s.code], cash[s.code], asked[s.code]) for s in sources
    ]


def calls(*, viewer: Any, pool: Pool) -> list[tuple[ReplenishmentCall, list[dict[str, Any]]]]:
    """The pool's calls, the newest first, each with what its sources have contributed since (fen)."""
    held = pools.pool(viewer=viewer, pool_id=pool.pk)
    now = contributed_by(held, None)
    found = []
    for call in ReplenishmentCall.objects.filter(pool=held).order_by("-recorded_at"):
        rows = []
        for share in call.shares.select_related("source"):
            came, asked = now[share.source.code] - fen_of(share.contributed), fen_of(share.asked)
            rows.append({"source": share.source, "asked": asked, "came": came, "left": max(0, asked - came)})
        found.append((call, rows))
    return found


# --- verify ---


def faults() -> list[str]:
    """Sentences naming each instruction, statement or account that does not agree with the ledger. Reads all pools."""
    found: list[str] = []
    for source in PoolSource.objects.select_related("pool", "cash", "free", "reserved"):
        name = f"{source.pool.name} {source.name}"
        moved = {movement.journal: movement.signed for movement in movements_of(source)}
        found += _instruction_faults(source, name, moved)
        found += _statement_faults(source, name, moved)
        if sum(moved.values()) != ledger.balance(source.cash):
            found.append(f"{name}：收入减支出不等于账面余额")
    return found


def _instruction_faults(source: PoolSource, name: str, moved: dict[str, int]) -> Iterable[str]:
    rows = list(source.instructions.select_related("journal", "batch").prefetch_related("outcomes"))
    for row in rows:
        if moved.get(str(row.journal_id)) != -fen_of(row.amount):
            yield f"{name} 付款指令 {row.reference}：金额与凭证不符"
        results = {outcome.result: outcome for outcome in row.outcomes.all()}
        last = "failed" if "failed" in results else "succeeded" if "succeeded" in results else ""
        if (row.state if row.state in ("failed", "succeeded") else "") != last:
            yield f"{name} 付款指令 {row.reference}：状态与银行结果不符"
        failed = results.get("failed")
        if failed and moved.get(str(failed.journal_id)) != fen_of(row.amount):
            yield f"{name} 付款指令 {row.reference}：失败退回与付款金额不符"
    yield from _money_out_faults(source, name, {row.journal_id for row in rows})


def _money_out_faults(source: PoolSource, name: str, ordered: set[UUID]) -> Iterable[str]:
    """Money leaves an account by a payment with its instruction, as a fee that two persons explained, or by a reversal."""
    paying = (Journal.Kind.CLAIM_PAID, Journal.Kind.WITHDRAWAL)
    explained = set(
        LineClearing.objects.filter(source=source, journal__isnull=False).values_list("journal", flat=True)
    )
    for journal in Journal.objects.filter(transfers__credit=source.cash_id).distinct():
        if journal.kind in paying:
            if journal.pk not in ordered:
                yield f"{name} 凭证 {journal.key}：没有付款指令"
        elif journal.kind == Journal.Kind.ACCOUNT_FEE:
            if journal.approval_id is None or journal.pk not in explained:
                yield f"{name} 凭证 {journal.key}：专户费用没有两人解释的对账单行"
        elif journal.kind != Journal.Kind.REVERSAL:
            yield f"{name} 凭证 {journal.key}：{journal.get_kind_display()}不应减少账户余额"


def _statement_faults(source: PoolSource, name: str, moved: dict[str, int]) -> Iterable[str]:
    cleared = clearings_of(source)
    for row in StatementImport.objects.filter(source=source, live=True).prefetch_related("lines"):
        if fen_of(row.opening) + sum(signed(line) for line in row.lines.all()) != fen_of(row.closing):
            yield f"{name} 对账单 {row.number}：期初加收支不等于期末"
        for line in row.lines.all():
            clearing = cleared.get(line.pk)
            if clearing and clearing.journal_id and moved.get(str(clearing.journal_id)) != signed(line):
                yield f"{name} 对账单 {row.number} 第{line.file_row}行：与所匹配凭证的金额不符"
    found = reconciliation(source)
    if found is not None and not found.adds_up:
        yield f"{name}：余额调节表两边不等"
