"""Opening accounts and posting journals: the only code that writes to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction

from kernel.errors import Problem, Refused
from kernel.money.fields import money_of

from .models import Journal, LedgerAccount, StatedBalance, Transfer
from .queries import lines_of
from .rules import Line, accounts_of, content_digest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

_BOUNDS = (
    "an_account_of_cash_is_never_overdrawn",
    "an_account_of_reserved_or_free_money_is_never_overdrawn",
)
_OTHERWISE_APPROVED = "凭证与复核的指令不符"


def open_account(*, code: str, title: str, book: str, bound: str) -> LedgerAccount:
    """The account of this code, opened empty if it is not there; its book and bound never change."""
    account, _ = LedgerAccount.objects.get_or_create(
        code=code, defaults={"title": title, "book": book, "bound": bound}
    )
    assert (account.book, account.bound) == (book, bound), f"{code} was opened otherwise"
    return account


def lock_accounts(ids: Sequence[int]) -> dict[int, LedgerAccount]:
    """Lock accounts in id order, before anything is inserted; the last locks of the house's lock order."""
    locked = LedgerAccount.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {account.pk: account for account in locked}


@transaction.atomic
def post(
    *,
    key: str,
    kind: str,
    day: dt.date,
    memo: str,
    lines: Sequence[Line],
    by: Any = None,
    approval: Any = None,
    reverses: Journal | None = None,
    part: str = "",
) -> Journal:
    """Write one journal and its transfers; the database moves the totals and holds every bound.

    The same key with the same content gives back the journal that stands and does nothing; with other content it is a
    programmer's error. Refused when an account would pass its bound (code `overdrawn`), and when what it takes from the
    pool is not what the approved command names under `leaves` (code `not_as_approved`).
    """
    assert lines, "a journal without transfers"
    locked = lock_accounts(accounts_of(lines))
    assert len(locked) == len(accounts_of(lines)), "a transfer names an account that is not there"
    digest = content_digest(kind, day, lines)
    standing = Journal.objects.filter(key=key).first()
    if standing is not None:
        assert standing.content_sha256 == digest, f"{key} was posted with other content"
        return standing
    try:
        with transaction.atomic():
            journal = Journal.objects.create(
                key=key,
                kind=kind,
                day=day,
                memo=memo[:200],
                content_sha256=digest,
                reverses=reverses,
                approval=approval,
                part=part,
                posted_by=by.account if by is not None else None,
            )
            Transfer.objects.bulk_create(
                Transfer(
                    journal=journal,
                    seq=seq,
                    debit_id=line.debit,
                    credit_id=line.credit,
                    amount=money_of(line.fen),
                )
                for seq, line in enumerate(lines, start=1)
            )
    except IntegrityError as fault:
        if _OTHERWISE_APPROVED in str(fault):
            raise Refused(
                Problem(
                    "记账",
                    "金额、账户或种类与复核的指令不符",
                    "请退回，由经办人重新提请",
                    code="not_as_approved",
                )
            ) from fault
        if not any(bound in str(fault) for bound in _BOUNDS):
            raise
        raise Refused(
            Problem("资金账户", "余额不足以完成这笔记账", "请核对资金池可用余额后重试", code="overdrawn")
        ) from fault
    return journal


@transaction.atomic
def reverse(*, journal: Journal, day: dt.date, memo: str, by: Any, approval: Any = None) -> Journal:
    """Undo a journal by a new one with every transfer turned round; a journal is reversed at most once.

    Where that takes cash out (what came in is undone), the database wants the approval of two persons.
    """
    assert connection.in_atomic_block
    lines = [Line(line.credit, line.debit, line.fen) for line in lines_of(journal)]
    return post(
        key=f"reversal:{journal.key}",
        kind=Journal.Kind.REVERSAL,
        day=day,
        memo=memo,
        lines=lines,
        by=by,
        approval=approval,
        reverses=journal,
    )


@transaction.atomic
def state_balance(*, account: LedgerAccount, day: dt.date, fen: int, source: str, by: Any) -> StatedBalance:
    """Record what the custodian bank says an account holds at the end of a day."""
    if not source.strip():
        raise Refused(Problem("对账单来源", "未填写", "请填写对账单名称或编号", code="required"))
    if fen < 0:
        raise Refused(Problem("对账单余额", "为负数", "请填写不小于零的金额", code="negative"))
    return StatedBalance.objects.create(
        account=account,
        day=day,
        amount=money_of(fen),
        source=source.strip(),
        recorded_by=by.account if by else None,
    )
