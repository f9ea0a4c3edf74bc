"""The worker and its timetable. The schedule stands in code: what runs when is reviewed like everything else."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("zhirong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.update(
    timezone="Asia/Shanghai",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_soft_time_limit=600,
    task_time_limit=660,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_max_tasks_per_child=500,
)

app.conf.beat_schedule = {
    # hears the bells that were lost: nothing committed waits longer than this for a worker
    "sweep the outbox": {
        "task": "kernel.work.tasks.sweep_outbox",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "seal the audit trail": {
        "task": "kernel.work.tasks.seal_acts",
        "schedule": crontab(hour=0, minute=30),
    },
    "look at the stop-loss lines of every pool": {
        "task": "riskpool.pools.tasks.watch_pools",
        "schedule": crontab(hour=6, minute=0),
    },
    "look at every pledged right": {
        "task": "finance.pledges.tasks.watch_rights",
        "schedule": crontab(hour=5, minute=30),
    },
    "look whether members of group credit still use its mark": {
        "task": "valuation.facilities.tasks.watch_members",
        "schedule": crontab(hour=5, minute=50),
    },
    "forget the estimates whose time is over": {
        "task": "finance.subsidies.tasks.forget_estimates",
        "schedule": crontab(hour=3, minute=15),
    },
}


@worker_ready.connect
def _hear_what_rang_meanwhile(sender: object, **_: object) -> None:
    """A worker that has just come begins with what was left for it."""
    app.send_task("kernel.work.tasks.sweep_outbox", expires=60)


@app.on_configure.connect
def _transport_options(sender: Celery, **_: object) -> None:
    """What only one kind of broker understands: a folder needs its two ends, Redis a short patience when it is away."""
    from django.conf import settings

    url = settings.CELERY_BROKER_URL
    if url.startswith("filesystem:"):
        folder = settings.STATE_DIR / "broker"
        for name in ("messages", "control"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        sender.conf.broker_transport_options = {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
        }
    else:
        sender.conf.broker_transport_options = {"visibility_timeout": 1800, "socket_connect_timeout": 2}
