"""Balances as of a day and as known on a moment; whoever asks has been let in by the room that owns the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from kernel.money.fields import fen_of

from .models import Journal, LedgerAccount, StatedBalance, Transfer
from .rules import Line, content_digest, leaves

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


def lines_of(journal: Journal) -> list[Line]:
    """The transfers of a journal in order."""
    return [Line(t.debit_id, t.credit_id, fen_of(t.amount)) for t in journal.transfers.order_by("seq")]


def balance(account: LedgerAccount) -> int:
    """Balance now, in fen: debits less credits for an account bound on its debit side, else credits less debits."""
    net = fen_of(account.debits) - fen_of(account.credits)
    return net if account.bound == LedgerAccount.Bound.DEBIT else -net


def balance_on(account: LedgerAccount, day: dt.date, known_at: dt.datetime | None = None) -> int:
    """Balance at the end of a business day, in fen, counting only journals recorded by `known_at` when given."""
    return balances_on([account], day, known_at)[account.pk]


def balances_on(
    accounts: Sequence[LedgerAccount], day: dt.date, known_at: dt.datetime | None = None
) -> dict[Any, int]:
    """`balance_on` of several accounts by their keys, in one question a side."""
    within = Q(journal__day__lte=day)
    if known_at is not None:
        within &= Q(journal__posted_at__lte=known_at)
    keys = [account.pk for account in accounts]
    debited, credited = (
        dict(
            Transfer.objects.filter(within, **{f"{side}__in": keys})
            .values_list(side)
            .annotate(total=Sum("amount"))
        )
        for side in ("debit", "credit")
    )
    net = {key: int((debited.get(key, 0) - credited.get(key, 0)) * 100) for key in keys}
    return {
        account.pk: net[account.pk] if account.bound == LedgerAccount.Bound.DEBIT else -net[account.pk]
        for account in accounts
    }


def stated_balance(
    account: LedgerAccount, on: dt.date, known_at: dt.datetime | None = None
) -> StatedBalance | None:
    """The custodian bank's latest statement of an account up to a day, as known at a moment."""
    statements = StatedBalance.objects.filter(account=account, day__lte=on)
    if known_at is not None:
        statements = statements.filter(recorded_at__lte=known_at)
    return statements.order_by("-day", "-id").first()


def difference(stated: StatedBalance, known_at: dt.datetime | None = None) -> int:
    """A statement less the ledger at the end of the statement's day, in fen. Shown, never adjusted away."""
    return fen_of(stated.amount) - balance_on(stated.account, stated.day, known_at)


def as_approved(journal: Journal, taken: Sequence[Line]) -> bool:
    """Whether what the lines take is what the approved command names; one from before commands named it is not judged."""
    if not taken or journal.approval is None or "leaves" not in journal.approval.command:
        return True
    now = leaves(journal.kind, [(journal.part, line.credit, line.fen) for line in taken])
    named = journal.approval.command["leaves"].get(journal.kind, {})
    return bool(now[journal.kind][journal.part] == named.get(journal.part))


def faults() -> list[str]:
    """Sentences naming every account whose totals are not the sum of its transfers, every journal without transfers,
    whose digest does not hold, or by which money left without two persons or otherwise than they approved. Reads the
    whole ledger."""
    found: list[str] = []
    debited = dict(Transfer.objects.values_list("debit").annotate(total=Sum("amount")))
    credited = dict(Transfer.objects.values_list("credit").annotate(total=Sum("amount")))
    for account in LedgerAccount.objects.order_by("pk").iterator():
        if (account.debits.amount, account.credits.amount) != (
            debited.get(account.pk, 0),
            credited.get(account.pk, 0),
        ):
            found.append(f"账户 {account.code}：累计额与分录之和不符")
    held = LedgerAccount.objects.filter(book=LedgerAccount.Book.CUSTODY, bound=LedgerAccount.Bound.DEBIT)
    takes_from = set(held.values_list("pk", flat=True))
    journals = Journal.objects.select_related("approval").prefetch_related("transfers")
    for journal in journals.iterator(chunk_size=500):
        lines = [
            Line(t.debit_id, t.credit_id, fen_of(t.amount))
            for t in sorted(journal.transfers.all(), key=lambda t: t.seq)
        ]
        if not lines:
            found.append(f"凭证 {journal.key}：没有分录")
        elif content_digest(journal.kind, journal.day, lines) != journal.content_sha256:
            found.append(f"凭证 {journal.key}：分录与存档摘要不符")
        elif not as_approved(journal, [line for line in lines if line.credit in takes_from]):
            found.append(f"凭证 {journal.key}：与复核的指令不符")
    alone = Journal.objects.filter(approval=None, transfers__credit__in=held).distinct()
    found += [f"凭证 {journal.key}：减少存款或应收，没有两人复核" for journal in alone.order_by("key")]
    return found
