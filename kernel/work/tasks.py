"""The doorbell: tasks that carry no content, only the news that the outbox may hold work."""

from __future__ import annotations

from celery import shared_task

from kernel.acts.actions import seal, through

from . import outbox


@shared_task(name="kernel.work.tasks.drain_outbox")
def drain_outbox() -> int:
    """Work the outbox until it is empty; returns how many messages were tried."""
    with through("worker"):
        return outbox.drain()


@shared_task(name="kernel.work.tasks.sweep_outbox")
def sweep_outbox() -> int:
    """The same, on a timer: hears the bells that were lost."""
    with through("worker"):
        return outbox.drain()


@shared_task(name="kernel.work.tasks.seal_acts")
def seal_acts() -> int:
    """Seal the acts of finished transactions; returns how many acts the new seal covers."""
    sealed = seal()
    return sealed.count if sealed else 0
