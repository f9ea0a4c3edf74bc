"""Gives every run of pytest its throw-away PostgreSQL, also when pytest was not started by bin/test.

Settings need a database address before anything is collected; the server itself starts with the first test that asks for
the database (tests/conftest.py).
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bin"))

from stack.throwaway import ThrowawayCluster

OWN_CLUSTER: ThrowawayCluster | None = None

if "ZHIRONG_SUPERUSER_URL" not in os.environ:
    OWN_CLUSTER = ThrowawayCluster()
    os.environ.update(OWN_CLUSTER.environment())
os.environ.setdefault("SECRET_KEY", "a key for tests only, never used where anybody could log in")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["ZHIRONG_TESTING"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-django find configured settings (it looks before this file could set the address); start for xdist."""
    if OWN_CLUSTER is not None and getattr(config.option, "numprocesses", None):
        OWN_CLUSTER.start()
    if not config.pluginmanager.is_blocked("django"):
        from django.conf import settings

        assert settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"


def pytest_unconfigure() -> None:
    if OWN_CLUSTER is not None:
        OWN_CLUSTER.stop()


@pytest.fixture(scope="session")
def database_server() -> None:
    """The server of the throw-away cluster answers from here on."""
    if OWN_CLUSTER is not None:
        OWN_CLUSTER.start()
