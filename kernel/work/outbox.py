"""Outbox: what must happen after a transaction commits is a row of that transaction.

The broker is a doorbell only. A worker claims rows with FOR UPDATE SKIP LOCKED and runs the handler in the very
transaction that marks the row done, so an effect happens exactly once; a lost bell is heard again by the sweep.
"""

from __future__ import annotations

import datetime as dt
import traceback
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from .models import OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[dict[str, Any]], None]

log = structlog.get_logger(__name__)
_handlers: dict[str, Handler] = {}
_MOST_TRIES = 8
_LONGEST_WAIT = dt.timedelta(minutes=10)


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does what messages of this kind ask; it receives the payload (ids only)."""

    def register(function: Handler) -> Handler:
        assert kind not in _handlers, f"two handlers for {kind}"
        _handlers[kind] = function
        return function

    return register


def is_handled(kind: str) -> bool:
    """Whether anybody here does what messages of this kind ask: an event that nobody waits for need not be written."""
    return kind in _handlers


def put(*, kind: str, payload: dict[str, Any], effect_key: str) -> OutboxMessage:
    """Write a message in the running transaction and ring the bell after it commits.

    The same effect key a second time gives back the first message; a different kind under it is a programmer's error.
    """
    assert connection.in_atomic_block, "a message is written in the transaction that causes it"
    assert kind in _handlers, f"no handler for {kind}"
    message, created = OutboxMessage.objects.get_or_create(
        effect_key=effect_key, defaults={"kind": kind, "payload": payload}
    )
    assert message.kind == kind, f"{effect_key} belongs to {message.kind}"
    if created:
        transaction.on_commit(ring)
    return message


def ring() -> None:
    """Tell the workers that there is work; a broker that cannot be reached is logged and left to the sweep."""
    if not settings.CELERY_BROKER_URL:
        return
    from .tasks import drain_outbox  # the task module imports this one

    try:
        drain_outbox.apply_async(retry=False)
    except (OSError, drain_outbox.app.connection_for_write().connection_errors) as fault:
        log.warning("outbox_bell_not_heard", fault=str(fault))


def work_one() -> bool:
    """Claim one message and do it; False when none waits. A failing message waits longer each time, then is set aside."""
    with transaction.atomic():
        message = (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(state=OutboxMessage.State.PENDING, not_before__lte=timezone.now())
            .order_by("not_before", "id")
            .first()
        )
        if message is None:
            return False
        try:
            with transaction.atomic():
                _handlers[message.kind](message.payload)
        except Exception as fault:  # the fault is kept on the row, shown on the job board, and raised to the log
            _set_back(message, fault)
        else:
            message.state = OutboxMessage.State.DONE
            message.done_at = timezone.now()
            message.save(update_fields=["state", "done_at"])
    return True


def _set_back(message: OutboxMessage, fault: Exception) -> None:
    message.tries += 1
    message.last_error = "".join(traceback.format_exception(fault))[-4000:]
    if message.tries >= _MOST_TRIES:
        message.state = OutboxMessage.State.DEAD
    message.not_before = timezone.now() + min(dt.timedelta(seconds=2**message.tries), _LONGEST_WAIT)
    message.save(update_fields=["tries", "last_error", "state", "not_before"])
    log.error("outbox_message_failed", key=message.effect_key, tries=message.tries, fault=repr(fault))


def drain(limit: int = 1000) -> int:
    """Work until nothing waits or `limit` messages are done; gives back how many were tried."""
    worked = 0
    while worked < limit and work_one():
        worked += 1
    return worked
