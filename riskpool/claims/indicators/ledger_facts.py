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
    ESCROW,
    FREE,
    RESERVED,
    ArrivalFact,
    CashFact,
    ClaimFact,
    RecoveryFact,
    StatementFact,
)
from riskpool.claims.models import (
    Apportionment,
    Claim,
    Payment,
    ReceivableArrival,
    Recovery,
    Settlement,
    TakenBack,
)
from riskpool.ledger.models import Journal, LedgerAccount, StatedBalance, Transfer
from riskpool.pools import queries as pools
from riskpool.treasury.models import PaymentInstruction, PaymentOutcome

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
    for one in sources:
        escrow = pools.escrow_of(one)
        if escrow is not None:
            accounts[escrow.pk] = (ESCROW, one.name, escrow.bound == LedgerAccount.Bound.DEBIT)
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
    taken_back = TakenBack.objects.filter(on__lte=when.on, **when.known("recorded_at")).values(
        "apportionment"
    )
    accepted = dict(
        Apportionment.objects.filter(claim__in=rows, on__lte=when.on, **when.known("recorded_at"))
        .exclude(pk__in=taken_back)
        .values_list("claim")
        .annotate(first=Min("on"))
        .order_by()
    )
    settled = dict(
        Settlement.objects.filter(
            claim__in=rows, ends=True, settled_on__lte=when.on, **when.known("recorded_at")
        ).values_list("claim", "settled_on")
    )
    paid, asked = _payments(rows, when), _asked([str(pk) for pk in accepted], when)
    plain = rows.order_by("filed_on", "number").values_list(
        "pk",
        "number",
        "enrolment_id",
        "enrolment__loan__bank__code",
        "enrolment__loan__bank__short_name",
        "filed_on",
    )
    found = []
    for pk, number, enrolment, code, name, filed_on in plain:
        pay_decided_on, paid_on = paid.get(pk, (None, None))
        found.append(
            ClaimFact(
                str(pk), number, str(enrolment), code, name, filed_on, accepted.get(pk),
                asked.get(str(pk)) or pay_decided_on, paid_on, str(pk) in asked and paid_on is None,
                pay_decided_on, settled.get(pk),
            )
        )  # fmt: skip
    return tuple(found)


def _payments(rows: Any, when: When) -> dict[Any, tuple[dt.date, dt.date | None]]:
    """Of each claim with a payment: the day on which the first was asked for, and on which it stood (None: it failed and was
    not made again)."""
    payments = Payment.objects.filter(claim__in=rows, paid_on__lte=when.on, **when.known("recorded_at"))
    first = list(
        payments.order_by("claim", "seq")
        .distinct("claim")
        .values_list("claim", "paid_on", "journal", "approval__command", "approval__made_at")
    )
    failed = _failed_by_journal(rows, when)
    return {
        claim: (_day_of(command, made_at), _stood_on(day, failed.get(journal, ())))
        for claim, day, journal, command, made_at in first
    }


def _failed_by_journal(rows: Any, when: When) -> dict[Any, list[dt.date | None]]:
    """Journal of a payment -> for each of its instructions that failed, the day on which it was at last paid (None: not
    yet), following what was paid again and failed again."""
    orders = PaymentInstruction.objects.filter(
        subject_type=Claim._meta.label_lower, subject_id__in=[str(pk) for pk in rows.values_list("pk", flat=True)],
        day__lte=when.on, **when.known("recorded_at"),
    )  # fmt: skip
    known = {pk: (journal, day, again) for pk, journal, day, again in orders.values_list(
        "pk", "journal", "day", "again_of"
    )}  # fmt: skip
    outcomes = PaymentOutcome.objects.filter(
        instruction__in=orders,
        result=PaymentOutcome.Result.FAILED,
        day__lte=when.on,
        **when.known("recorded_at"),
    )
    failed = set(outcomes.values_list("instruction", flat=True))
    next_of = {again: pk for pk, (_, _, again) in known.items() if again is not None}
    found: dict[Any, list[dt.date | None]] = {}
    for pk in failed:
        last = pk
        while last in failed and last in next_of:
            last = next_of[last]
        found.setdefault(known[pk][0], []).append(None if last in failed else known[last][1])
    return found


def _stood_on(day: dt.date, again: Iterable[dt.date | None]) -> dt.date | None:
    """The last day on which a part of a payment was made that stood; None while one has failed."""
    days = [day, *again]
    return None if None in days else max(one for one in days if one is not None)


def _asked(claim_ids: Sequence[str], when: When) -> dict[str, dt.date]:
    """Claims whose payment (or setting aside) had been asked for, with the day of the first request that was not sent back
    or taken back by then."""
    standing = Q(state__in=(Approval.State.ASKED, Approval.State.EXECUTED))
    if when.known_at is not None:
        standing |= Q(decided_at__gt=when.known_at)  # sent back since, but not yet then
    rows = Approval.objects.filter(
        standing, kind="claims.pay", subject_id__in=claim_ids, **when.known("made_at")
    )
    days: dict[str, dt.date] = {}
    for subject, command, made_at in rows.order_by("made_at").values_list("subject_id", "command", "made_at"):
        days.setdefault(subject, _day_of(command, made_at))
    return {subject: day for subject, day in days.items() if day <= when.on}


def _day_of(command: dict[str, Any], made_at: dt.datetime) -> dt.date:
    """The business day of a request to pay: as it says, else the day in China on which it was made."""
    said = command.get("day")
    return dt.date.fromisoformat(said) if said else made_at.astimezone(BUSINESS_ZONE).date()


def compensated(found: Iterable[ClaimFact]) -> dict[str, dt.date]:
    """Enrolment -> the day on which its claim was settled for good: until then the rest may still have to be borne."""
    return {claim.enrolment: claim.settled_on for claim in found if claim.settled_on is not None}


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


def arrivals(pool: Pool, bank: str, when: When) -> tuple[ArrivalFact, ...]:
    """Money of receivables that had arrived by the day, the interest apart from what was paid too much."""
    rows = ReceivableArrival.objects.filter(
        receivable__claim__enrolment__agreement__pool=pool,
        received_on__lte=when.on,
        **when.known("recorded_at"),
    )
    if bank:
        rows = rows.filter(receivable__claim__enrolment__loan__bank__code=bank)
    found = []
    for one in rows.select_related("receivable__claim").order_by("received_on", "receivable", "seq"):
        claim, principal = one.receivable.claim, fen_of(one.principal)
        title = str(one.receivable.get_kind_display())
        found.append(
            ArrivalFact(
                str(one.pk), claim.number, str(claim.pk), title, one.received_on, principal,
                fen_of(one.amount) - principal,
            )
        )  # fmt: skip
    return tuple(found)
