"""Outbox: what must happen after a transaction commits is a row of that transaction.

The broker is a doorbell only. A worker claims rows with FOR UPDATE SKIP LOCKED and runs the handler in the very
transaction that marks the row done, so an effect happens exactly once; a lost bell is heard again by the sweep. What
fails again and again is set aside, where `manage.py outbox` shows it.
"""

from __future__ import annotations

import datetime as dt
import traceback
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError as BrokerAway

from kernel.acts.actions import record
from kernel.errors import Problem, Refused

from .models import OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from uuid import UUID

    from django.db.models import QuerySet

    Handler = Callable[[dict[str, Any]], None]

log = structlog.get_logger(__name__)
_handlers: dict[str, Handler] = {}
_mourners: dict[str, Handler] = {}
_MOST_TRIES = 8
_LONGEST_WAIT = dt.timedelta(minutes=10)
_BELL_RESTS_SECONDS = 10


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does what messages of this kind ask; it receives the payload (ids only)."""

    def register(function: Handler) -> Handler:
        assert kind not in _handlers, f"two handlers for {kind}"
        _handlers[kind] = function
        return function

    return register


def when_set_aside(kind: str) -> Callable[[Handler], Handler]:
    """Register what a room does, in the same transaction, when a message of this kind has been given up."""

    def register(function: Handler) -> Handler:
        assert kind not in _mourners, f"two for {kind}"
        _mourners[kind] = function
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


class _Bell:
    """Whether ringing is worth the wait: a broker that is away costs two seconds a try, and the sweep comes anyway."""

    silent_until = 0.0  # on the monotonic clock of this process


def ring() -> None:
    """Tell the workers that there is work; a broker that cannot be reached is logged and left to the sweep."""
    if not settings.CELERY_BROKER_URL or monotonic() < _Bell.silent_until:
        return
    from .tasks import drain_outbox  # noqa: PLC0415  (the task module imports this one)

    try:
        drain_outbox.apply_async(retry=False)
    except (OSError, BrokerAway) as fault:
        _Bell.silent_until = monotonic() + _BELL_RESTS_SECONDS
        log.warning("outbox_bell_not_heard", fault=str(fault))


def work_one(kinds: Collection[str] | None = None) -> bool:
    """Claim one message and do it; False when none waits. A failing message waits longer each time, then is set aside.

    The try is counted and committed before it is made: a message that kills its worker (out of memory, a crash in a
    library) is set aside like one that raises, and does not stand in everybody's way for ever.
    """
    message_id = _begin_one(kinds)
    if message_id is None:
        return False
    with transaction.atomic():
        # not SKIP LOCKED: a worker that looks for the next one may hold this row for the moment of its looking
        message = _pending().select_for_update().filter(pk=message_id).first()
        if message is None:  # done by another worker meanwhile, or set aside
            return True
        try:
            # what a worker writes stays for every reader: it speaks Chinese, whatever was spoken in this thread before
            with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
                _handlers[message.kind](message.payload)
        except Exception as fault:  # noqa: BLE001  (kept on the row, told by `manage.py outbox` and the log)
            _set_back(message, fault)
        else:
            message.state = OutboxMessage.State.DONE
            message.done_at = timezone.now()
            message.save(update_fields=["state", "done_at"])
    return True


def _pending() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)


def _begin_one(kinds: Collection[str] | None) -> UUID | None:
    """Count a try of the message that has waited longest; should its worker die, it waits as after a failure."""
    with transaction.atomic():
        due = _pending().filter(not_before__lte=timezone.now()).order_by("not_before", "id")
        if kinds is not None:
            due = due.filter(kind__in=kinds)
        message = due.select_for_update(skip_locked=True).first()
        if message is None:
            return None
        if message.tries >= _MOST_TRIES:
            message.last_error = (
                message.last_error or "办理它的进程每次都中断了（例如内存不足），没有留下错误信息"
            )
            _set_aside(message)
            return message.pk
        message.tries += 1
        message.not_before = _next_try(message.tries)
        message.save(update_fields=["tries", "not_before"])
        return message.pk


def _next_try(tries: int) -> dt.datetime:
    return timezone.now() + min(dt.timedelta(seconds=2**tries), _LONGEST_WAIT)


def _set_back(message: OutboxMessage, fault: Exception) -> None:
    message.last_error = "".join(traceback.format_exception(fault))[-4000:]
    message.not_before = _next_try(message.tries)
    log.error("outbox_message_failed", key=message.effect_key, tries=message.tries, fault=repr(fault))
    if message.tries >= _MOST_TRIES:
        _set_aside(message)
    else:
        message.save(update_fields=["last_error", "not_before"])


def _set_aside(message: OutboxMessage) -> None:
    message.state = OutboxMessage.State.DEAD
    message.save(update_fields=["state", "last_error", "not_before"])
    log.critical("outbox_message_set_aside", key=message.effect_key, tries=message.tries)
    if message.kind in _mourners:
        try:
            with transaction.atomic():
                _mourners[message.kind](message.payload)
        except Exception:  # it must not keep the message from being set aside; the log has it
            log.exception("outbox_message_not_mourned", key=message.effect_key)


@transaction.atomic
def take_up_again(*, effect_key: str) -> OutboxMessage:
    """Let a message that was set aside be tried anew from the start. Refused when none of this key was set aside."""
    message = OutboxMessage.objects.select_for_update().filter(effect_key=effect_key).first()
    if message is None or message.state != OutboxMessage.State.DEAD:
        found = "没有这件任务" if message is None else f"任务{message.get_state_display()}，没有被搁置"
        raise Refused(
            Problem(effect_key, found, "请用 manage.py outbox 查看被搁置的任务", code="not_set_aside")
        )
    message.state, message.tries, message.not_before = OutboxMessage.State.PENDING, 0, timezone.now()
    message.save(update_fields=["state", "tries", "not_before"])
    record(by=None, verb="outbox.again", subject=message, summary=f"重新办理：{effect_key}")
    transaction.on_commit(ring)
    return message


def drain(limit: int = 1000, *, kinds: Collection[str] | None = None) -> int:
    """Work until nothing (of these kinds) waits or `limit` messages are done; gives back how many were tried."""
    worked = 0
    while worked < limit and work_one(kinds):
        worked += 1
    return worked
