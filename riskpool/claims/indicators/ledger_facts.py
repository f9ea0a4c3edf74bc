"""Money and claims as facts: what moved on the pool's accounts, what became of each claim, by a day and as known."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django.db.models import Min, Q, Sum

from kernel.days import BUSINESS_ZONE
from kernel.money.fields import fen_of
from kernel.work.models import Approval
from riskpool.claims.indicators.facts import (
    CASH,
    FREE,
    RESERVED,
    CashFact,
    ClaimFact,
    RecoveryFact,
    StatementFact,
)
from riskpool.claims.models import Apportionment, Claim, Payment, Recovery, Settlement
from riskpool.ledger.models import Journal, LedgerAccount, StatedBalance, Transfer
from riskpool.treasury.models import PaymentOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from riskpool.claims.indicators.book import When
    from riskpool.pools.models import Pool, PoolSource

_OF_A_CLAIM = re.compile(r"(?:reversal:)*claim:([0-9a-f-]{36}):")


def cash(sources: Sequence[PoolSource], when: When) -> tuple[CashFact, ...]:
    """Every movement on the sources' accounts by the day, oldest first; a reversal bears the kind of what it reverses, and
    so does a withdrawal that the bank could not pay."""
    accounts = {
        getattr(source, role).pk: (
            role,
            source.name,
            getattr(source, role).bound == LedgerAccount.Bound.DEBIT,
        )
        for source in sources
        for role in (CASH, RESERVED, FREE)
    }
    rows = (
        Transfer.objects.filter(Q(debit__in=accounts) | Q(credit__in=accounts), journal__day__lte=when.on)
        .filter(**when.known("journal__posted_at"))
        .order_by("journal__day", "journal__posted_at", "journal_id", "seq")
        .values_list(
            "journal_id", "journal__day", "journal__posted_at", "journal__kind", "journal__reverses",
            "journal__memo", "journal__key", "debit_id", "credit_id", "amount",
        )
    )  # fmt: skip
    found, originals, failed = [], dict[Any, str](), _failed(sources)
    for pk, day, posted_at, kind, reverses, memo, key, debit, credit, amount in rows.iterator(
        chunk_size=5000
    ):
        named = _OF_A_CLAIM.match(key)
        claim = named[1] if named else failed.get(pk, "")
        if kind == Journal.Kind.REVERSAL:
            kind = originals[reverses] = originals.get(reverses) or _original_kind(reverses)
        if kind == Journal.Kind.PAYMENT_FAILED and not claim:
            kind = Journal.Kind.WITHDRAWAL.value  # what a contributor was to get back never left
        for account, sign in ((debit, 1), (credit, -1)):
            if account in accounts:
                role, source, debit_side = accounts[account]
                fen = int(amount * 100) * (sign if debit_side else -sign)
                found.append(
                    CashFact(
                        str(pk), day, posted_at, kind, memo, role, source, fen,
                        claim,
                    )
                )  # fmt: skip
    return tuple(found)


def _failed(sources: Sequence[PoolSource]) -> dict[Any, str]:
    """Journal of a failed payment -> the claim that it was to pay."""
    rows = PaymentOutcome.objects.filter(
        source__in=sources, journal__isnull=False, instruction__subject_type=Claim._meta.label_lower
    )
    return dict(rows.values_list("journal", "instruction__subject_id"))


def _original_kind(journal: Any) -> str:
    """The kind of what was reversed in the end: a reversal may itself be reversed."""
    kind, reverses = Journal.objects.values_list("kind", "reverses").get(pk=journal)
    return _original_kind(reverses) if kind == Journal.Kind.REVERSAL else str(kind)


def free_of(rows: Iterable[CashFact]) -> int:
    """What is free of all sources together (fen)."""
    return sum(row.fen for row in rows if row.role == FREE)


def statements(
    sources: Sequence[PoolSource], rows: Sequence[CashFact], when: When
) -> tuple[StatementFact, ...]:
    """The latest statement of each source that has one, beside the ledger at the end of its day."""
    names = {source.cash_id: source.name for source in sources}
    latest = (
        StatedBalance.objects.filter(account__in=names, day__lte=when.on, **when.known("recorded_at"))
        .order_by("account", "-day", "-id")
        .distinct("account")
    )
    found = []
    for one in latest:
        name = names[one.account_id]
        held = sum(row.fen for row in rows if row.role == CASH and row.source == name and row.day <= one.day)
        found.append(StatementFact(str(one.pk), name, one.day, fen_of(one.amount), held))
    return tuple(found)


def claims(pool: Pool, bank: str, when: When) -> tuple[ClaimFact, ...]:
    """Claims filed by the day with the days of what became of them by then, in order of filing."""
    rows = Claim.objects.filter(
        enrolment__agreement__pool=pool, filed_on__lte=when.on, **when.known("recorded_at")
    )
    if bank:
        rows = rows.filter(enrolment__loan__bank__code=bank)
    accepted = dict(
        Apportionment.objects.filter(claim__in=rows, on__lte=when.on, **when.known("recorded_at"))
        .values_list("claim")
        .annotate(first=Min("on"))
        .order_by()
    )
    paid, decided = _payments(rows, when)
    asked = _asked([str(pk) for pk in accepted if pk not in paid], when)
    plain = rows.order_by("filed_on", "number").values_list(
        "pk",
        "number",
        "enrolment_id",
        "enrolment__loan__bank__code",
        "enrolment__loan__bank__short_name",
        "filed_on",
    )
    return tuple(
        ClaimFact(
            str(pk), number, str(enrolment), code, name, filed_on, accepted.get(pk),
            decided.get(pk) or asked.get(str(pk)), paid.get(pk), str(pk) in asked,
        )
        for pk, number, enrolment, code, name, filed_on in plain
    )  # fmt: skip


def _payments(rows: Any, when: When) -> tuple[dict[Any, dt.date], dict[Any, dt.date]]:
    """Of each paid claim: the day its first payment was booked, and the day on which that was asked for."""
    paid: dict[Any, dt.date] = {}
    decided: dict[Any, dt.date] = {}
    found = Payment.objects.filter(claim__in=rows, paid_on__lte=when.on, **when.known("recorded_at"))
    for claim, day, command, made_at in found.order_by("paid_on", "pk").values_list(
        "claim", "paid_on", "approval__command", "approval__made_at"
    ):
        paid.setdefault(claim, day)
        decided.setdefault(claim, _day_of(command, made_at))
    return paid, decided


def _asked(claim_ids: Sequence[str], when: When) -> dict[str, dt.date]:
    """Of unpaid claims those whose payment had been asked for, with the day; a request sent back or taken back is none."""
    standing = Q(state__in=(Approval.State.ASKED, Approval.State.EXECUTED))
    if when.known_at is not None:
        standing |= Q(decided_at__gt=when.known_at)  # sent back since, but not yet then
    rows = Approval.objects.filter(
        standing, kind="claims.pay", subject_id__in=claim_ids, **when.known("made_at")
    )
    days = {
        subject: _day_of(command, made_at)
        for subject, command, made_at in rows.order_by("made_at").values_list(
            "subject_id", "command", "made_at"
        )
    }
    return {subject: day for subject, day in days.items() if day <= when.on}


def _day_of(command: dict[str, Any], made_at: dt.datetime) -> dt.date:
    """The business day of a request to pay: as it says, else the day in China on which it was made."""
    said = command.get("day")
    return dt.date.fromisoformat(said) if said else made_at.astimezone(BUSINESS_ZONE).date()


def compensated(pool: Pool, when: When) -> dict[str, dt.date]:
    """Enrolment -> the day on which its claim was settled for good: until then the rest may still have to be borne, and the
    loan stands in the pool's exposure (docs/decisions/0016)."""
    rows = Settlement.objects.filter(
        ends=True,
        settled_on__lte=when.on,
        claim__enrolment__agreement__pool=pool,
        **when.known("recorded_at"),
    )
    ends = rows.order_by("apportionment__seq").values_list("claim__enrolment", "settled_on")
    found: dict[str, dt.date] = {}
    for enrolment, day in ends:
        found.setdefault(str(enrolment), day)
    return found


def recoveries(pool: Pool, bank: str, when: When) -> tuple[RecoveryFact, ...]:
    """Money collected by the day: when the bank had it, when two persons had booked it, the pool's sources' part of it."""
    rows = Recovery.objects.filter(
        claim__enrolment__agreement__pool=pool, received_on__lte=when.on, **when.known("recorded_at")
    )
    if bank:
        rows = rows.filter(claim__enrolment__loan__bank__code=bank)
    of_pool = Sum("shares__amount", filter=Q(shares__share__source__isnull=False))
    plain = rows.annotate(of_pool=of_pool).order_by("received_on", "claim__number", "seq").values_list(
        "pk", "claim__number", "claim_id", "claim__enrolment__loan__bank__code",
        "claim__enrolment__loan__bank__short_name", "received_on", "recorded_at", "of_pool",
    )  # fmt: skip
    return tuple(
        RecoveryFact(
            str(pk), number, str(claim), code, name, received_on,
            recorded_at.astimezone(BUSINESS_ZONE).date(), int((amount or 0) * 100),
        )
        for pk, number, claim, code, name, received_on, recorded_at, amount in plain
    )  # fmt: skip
