"""Reading the paying bank's statements beside what was paid: which line is which payment, and what has no counterpart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.parties.models import Organisation
from finance.subsidies.models import BankLine, BankLineRemark, BankStatement, ClawBackReceipt, PaymentResult
from finance.subsidies.queries.of_applications import NOBODY, in_region_of
from kernel.money.fields import fen_of
from kernel.statements.matching import Line, Match, Movement, match

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership

SAME_DAY = (
    0  # without a number only a line of the very day on which the bank says it paid is taken for that payment
)


@dataclass(frozen=True)
class Moved:
    """What the platform knows to have moved on the paying account: a payment, one that came back, money asked back."""

    movement: Movement
    what: str
    number: str
    award_id: UUID


@dataclass(frozen=True)
class Looked:
    """One line of a statement with the movement that it is (None: none) and by what it was known."""

    line: BankLine
    moved: Moved | None
    how: str = ""

    @property
    def signed(self) -> int:
        return signed(self.line)


@dataclass(frozen=True)
class Compared:
    """A bureau's standing statements beside its movements."""

    looked: Sequence[Looked]
    not_stated: Sequence[Moved]

    @property
    def unmatched(self) -> list[Looked]:
        """Lines that are no movement known here."""
        return [one for one in self.looked if one.moved is None]


def statements(*, viewer: Membership) -> QuerySet[BankStatement]:
    """A bureau's own; an auditor those of the bureaus of its region and inside it; the latest first."""
    kind = viewer.organisation.kind
    seen = NOBODY
    if kind == Organisation.Kind.FINANCE_BUREAU:
        return _ordered(BankStatement.objects.filter(bureau=viewer.organisation_id))
    if kind == Organisation.Kind.AUDITOR:
        seen = in_region_of(viewer, "bureau")
    return _ordered(BankStatement.objects.filter(seen))


def _ordered(rows: QuerySet[BankStatement]) -> QuerySet[BankStatement]:
    return rows.select_related("bureau", "file", "supersedes", "superseded_by").order_by("-span", "-id")


def statement(*, viewer: Membership, statement_id: UUID) -> BankStatement:
    """One of them; BankStatement.DoesNotExist for everybody else."""
    return statements(viewer=viewer).get(pk=statement_id)


def explained(lines: Iterable[Any]) -> set[Any]:
    """Which of these lines (their ids) somebody has said what they are."""
    return set(BankLineRemark.objects.filter(line__in=list(lines)).values_list("line_id", flat=True))


def signed(line: BankLine) -> int:
    """Fen, below zero where money went out."""
    return fen_of(line.amount) * (1 if line.direction == BankLine.Direction.IN else -1)


def compared(bureau: Organisation) -> Compared:
    """Every line of a bureau's standing statements beside what was paid and came back; the caller may see the bureau's."""
    standing = BankStatement.objects.filter(bureau=bureau, live=True)
    lines = list(
        BankLine.objects.filter(statement__in=standing)
        .select_related("statement")
        .prefetch_related("remarks")
        .order_by("day", "statement", "seq")
    )
    moved = {one.movement.journal: one for one in movements(bureau)}
    as_lines = [
        Line(one.pk, one.day, signed(one), one.bank_reference, one.counterparty, one.memo) for one in lines
    ]
    known = {
        found.line: found for found in match(as_lines, [one.movement for one in moved.values()], SAME_DAY)
    }
    looked = [_looked(line, known.get(line.pk), moved) for line in lines]
    stated = {found.journal for found in known.values()}
    spans = [one.span for one in standing]
    rest = [
        one
        for journal, one in moved.items()
        if journal not in stated and any(span.lower <= one.movement.day < span.upper for span in spans)
    ]
    return Compared(looked, rest)


def _looked(line: BankLine, found: Match | None, moved: dict[str, Moved]) -> Looked:
    return Looked(line, None) if found is None else Looked(line, moved[found.journal], found.how)


def movements(bureau: Organisation) -> list[Moved]:
    """What moved on the account by what the platform knows: payments that arrived, that came back, money asked back."""
    return [*_payments(bureau), *_receipts(bureau)]


def _payments(bureau: Organisation) -> list[Moved]:
    rows = PaymentResult.objects.filter(bureau=bureau).order_by("id")
    found: list[Moved] = []
    arrived: set[Any] = set()
    for row in rows.select_related("payment__file", "payment__account"):
        payment = row.payment
        number, holder = f"{payment.file.number} 第 {payment.seq} 笔", payment.account.holder
        if row.succeeded:
            arrived.add(payment.pk)
            moved = _movement(f"paid:{row.pk}", row.day, -fen_of(payment.amount), row.reference, holder)
            found.append(Moved(moved, "paid", number, payment.award_id))
        elif payment.pk in arrived:
            moved = _movement(f"back:{row.pk}", row.day, fen_of(payment.amount), row.reference, holder)
            found.append(Moved(moved, "returned", number, payment.award_id))
    return found


def _receipts(bureau: Organisation) -> list[Moved]:
    rows = ClawBackReceipt.objects.filter(claw_back__award__application__call__bureau=bureau).order_by("id")
    found = []
    for row in rows.select_related("claw_back__award__application", "claw_back__award__payee"):
        award = row.claw_back.award
        moved = _movement(f"received:{row.pk}", row.day, fen_of(row.amount), row.reference, award.payee.name)
        found.append(Moved(moved, "received", award.application.number, award.pk))
    return found


def _movement(name: str, day: dt.date, fen: int, reference: str, counterparty: str) -> Movement:
    return Movement(name, day, fen, frozenset({reference} - {""}), counterparty)
