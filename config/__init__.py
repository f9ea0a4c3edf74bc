"""Settings, addresses, celery and the checks at start; nobody imports this room."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
