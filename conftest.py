"""Gives every run of pytest its throw-away PostgreSQL, also when pytest was not started by bin/test.

Settings need a database address before anything is collected; the server itself starts with the first test that asks for
the database (tests/conftest.py). Each worker of pytest-xdist has a server of its own: transaction numbers, and so the
audit trail's seals, and locks belong to a whole server.
"""

import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bin"))

from stack.folders import CannotStart
from stack.throwaway import ThrowawayCluster

OWN_CLUSTER: ThrowawayCluster | None = None

if "ZHIRONG_SUPERUSER_URL" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
    try:
        OWN_CLUSTER = ThrowawayCluster()
    except CannotStart as refusal:
        pytest.exit(str(refusal), returncode=3)
    os.environ.update(OWN_CLUSTER.environment())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an ordered end, which removes the server
os.environ.setdefault("SECRET_KEY", "a key for tests only, never used where anybody could log in")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["ZHIRONG_TESTING"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-django find configured settings (it looks before this file could set the address)."""
    if not config.pluginmanager.is_blocked("django"):
        from django.conf import settings

        assert settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
    if getattr(
        config.option, "numprocesses", None
    ):  # workers would read the settings before their server is named
        del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    if OWN_CLUSTER is not None:
        OWN_CLUSTER.stop()


@pytest.fixture(scope="session")
def database_server() -> ThrowawayCluster | None:
    """The server of the throw-away cluster answers from here on; None where the server is another's."""
    if OWN_CLUSTER is not None:
        OWN_CLUSTER.start()
    return OWN_CLUSTER


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before -m chooses: the files of tests/thorough.txt, which `make test` leaves to `make check`, are marked so."""
    lines = (Path(__file__).parent / "tests" / "thorough.txt").read_text().splitlines()
    thorough = {line.partition("#")[0].strip() for line in lines}
    for item in items:
        if item.nodeid.partition("::")[0] in thorough:
            item.add_marker(pytest.mark.thorough)
