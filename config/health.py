"""Is it alive, is it ready: two pages for the supervisor and for whoever watches the machine."""

from functools import cache

from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerUnreachable

from config.celery import app


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each part told apart. Without the broker pages still work and the outbox keeps the work: degraded, not down."""
    parts = {"database": database_state(), "migrations": "unknown", "broker": broker_state()}
    if parts["database"] == "ok":
        parts["migrations"] = migrations_state()
    down = parts["database"] != "ok" or parts["migrations"] != "ok"
    status = "down" if down else "ok" if parts["broker"] == "ok" else "degraded"
    return JsonResponse({"status": status, **parts}, status=503 if down else 200)


def database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except OperationalError:
        return "unreachable"


def migrations_state() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "ok" if _newest_migrations() <= applied.keys() else "pending"


@cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app as this process was started with; reading the files takes half a second."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def broker_state() -> str:
    if not settings.CELERY_BROKER_URL:
        return "none"
    try:
        with app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
        return "ok"
    except (OSError, BrokerUnreachable):
        return "unreachable"
