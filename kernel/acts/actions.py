"""Recording an act, and sealing what has been recorded."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from .models import Act, Seal
from .queries import LEAF, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

_channel: ContextVar[tuple[str, str]] = ContextVar("channel", default=("system", ""))


@contextmanager
def through(channel: str, address: str = "") -> Iterator[None]:
    """Name the door (portal, command, worker, api) and the caller's address for the acts recorded inside."""
    token = _channel.set((channel, address))
    try:
        yield
    finally:
        _channel.reset(token)


def record(
    *,
    by: Any,
    verb: str,
    subject: Any,
    summary: str,
    facts: dict[str, Any] | None = None,
) -> Act:
    """Write one act, inside the transaction of what it tells.

    `by` is a membership (account, organisation) or None for the system itself; `subject` a saved model instance.
    """
    act = _act(by=by, verb=verb, subject=subject, summary=summary, facts=facts or {})
    act.save(force_insert=True)
    return act


def _act(*, by: Any, verb: str, subject: Any, summary: str, facts: dict[str, Any]) -> Act:
    assert connection.in_atomic_block, "an act is recorded in the transaction of what it tells"
    channel, address = _channel.get()
    account = by.account if by is not None else None
    wall: UUID | None = by.organisation_id if by is not None else None
    return Act(
        account=account,
        person=account.person_id if account is not None else None,
        wall=wall,
        channel=channel,
        address=address,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        summary=summary[:300],
        facts=facts,
    )


def record_all(*, by: Any, verb: str, told: Sequence[tuple[Any, str, dict[str, Any]]]) -> list[Act]:
    """One act for each (subject, summary, facts), written together; for actions on very many rows."""
    return Act.objects.bulk_create(
        [
            _act(by=by, verb=verb, subject=subject, summary=summary, facts=facts)
            for subject, summary, facts in told
        ]
    )


@transaction.atomic
def seal() -> Seal | None:
    """Seal every act of a transaction that has ended; None when there is nothing new.

    The upper bound is the oldest transaction still running, so no act can slip in behind a seal.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kernel.acts.seal'))")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest_running,) = cursor.fetchone()
    last = Seal.objects.order_by("-until").first()
    first = last.until if last else 0
    if not Act.objects.filter(transaction__gte=first, transaction__lt=oldest_running).exists():
        return None
    digest, leaves = digest_of(first, oldest_running, last.digest if last else "")
    return Seal.objects.create(
        first=first,
        until=oldest_running,
        count=len(leaves) // LEAF,
        digest=digest,
        leaves=leaves,
        previous=last,
    )
