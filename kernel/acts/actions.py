"""Recording an act, and sealing what has been recorded."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from .models import Act, Seal

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    assert connection.in_atomic_block, "an act is recorded in the transaction of what it tells"
    channel, address = _channel.get()
    account = by.account if by is not None else None
    wall: UUID | None = by.organisation_id if by is not None else None
    return Act.objects.create(
        account=account,
        person=account.person_id if account is not None else None,
        wall=wall,
        channel=channel,
        address=address,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        summary=summary[:300],
        facts=facts or {},
    )


def act_line(act: Act) -> bytes:
    """Canonical bytes of one act; the digest of a seal runs over these lines."""
    fields = [
        act.pk,
        act.transaction,
        act.at.isoformat(),
        act.account_id,
        act.person,
        act.wall,
        act.channel,
        act.address,
        act.verb,
        act.subject_type,
        act.subject_id,
        act.summary,
        act.facts,
    ]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n"


def digest_of(first: int, until: int, previous_digest: str) -> tuple[str, int]:
    """SHA-256 (hex) over the previous digest and all acts of the transactions [first, until), and their count."""
    digest = hashlib.sha256(previous_digest.encode())
    count = 0
    for act in Act.objects.filter(transaction__gte=first, transaction__lt=until).order_by("id").iterator():
        digest.update(act_line(act))
        count += 1
    return digest.hexdigest(), count


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
    digest, count = digest_of(first, oldest_running, last.digest if last else "")
    return Seal.objects.create(first=first, until=oldest_running, count=count, digest=digest, previous=last)
