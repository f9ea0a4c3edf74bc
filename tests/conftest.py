"""The database of the tests: migrated as its owner, used as the product's own role, so that tests feel real privileges.

Ordinary `@pytest.mark.django_db` tests run in a transaction that is rolled back, on rows laid once (tests/ground.py).
Tests that need real commits, threads or other processes take `own_database`; `transactional_db` and `live_server` work
too: their database is made anew afterwards from the migrated template, never emptied, so no append-only trigger has to
give way.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests.ground import GROUND, chain_of, commits, in_order_of_their_ground, laid

if TYPE_CHECKING:
    from tests.cast import Cast

TEMPLATE = "zhirong_template"
ONE_AT_A_TIME = 20_260_101  # advisory lock: parallel workers make the template once
_clone_numbers = itertools.count(1)


def url_of(role: str, database: str) -> str:
    """The address of a database of this cluster for the role `application`, `owner` or `superuser`."""
    variable = {
        "application": "DATABASE_URL",
        "owner": "DATABASE_OWNER_URL",
        "superuser": "ZHIRONG_SUPERUSER_URL",
    }
    return urlunsplit(urlsplit(os.environ[variable[role]])._replace(path=f"/{database}"))


def as_superuser(statement: str, *names: str, database: str = "postgres") -> None:
    with psycopg.connect(url_of("superuser", database), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def clone_template(name: str) -> None:
    as_superuser("CREATE DATABASE {} TEMPLATE {} OWNER {}", name, TEMPLATE, "zhirong_owner")


def drop_database(name: str) -> None:
    as_superuser("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextmanager
def default_connection_to(name: str, user: str = "zhirong_app") -> Iterator[None]:
    """Point Django's default connection, of this thread and of threads started meanwhile, to another database."""
    assert not connection.in_atomic_block, "a test with own_database must not be marked django_db"
    place = connection.settings_dict
    before = place["NAME"], place["USER"]
    connections.close_all()
    place["NAME"], place["USER"] = name, user
    try:
        yield
    finally:
        connections.close_all()
        place["NAME"], place["USER"] = before


def make_template() -> None:
    """Migrate once, as the owner, whichever worker comes first."""
    with psycopg.connect(url_of("superuser", "postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        ready = server.execute(
            "SELECT datistemplate FROM pg_database WHERE datname = %s", (TEMPLATE,)
        ).fetchone()
        if ready and ready[0]:
            return
        drop_database(TEMPLATE)
        # `zhirong` was made by the stack with the default privileges of the product's role; it stays empty in tests.
        as_superuser("CREATE DATABASE {} TEMPLATE {} OWNER {}", TEMPLATE, "zhirong", "zhirong_owner")
        with default_connection_to(TEMPLATE, "zhirong_owner"):
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
            call_command("restrict_role", stdout=io.StringIO())
        as_superuser("ALTER DATABASE {} IS_TEMPLATE true", TEMPLATE)
        if "ZHIRONG_TEMPLATE_IS_MADE" in os.environ:
            Path(os.environ["ZHIRONG_TEMPLATE_IS_MADE"]).touch()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    database_server: object,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Replaces pytest-django's: no CREATEDB for the product's role, no migration under it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name = f"test_zhirong_{worker}"
    with django_db_blocker.unblock():
        make_template()
        drop_database(name)
        clone_template(name)
        with default_connection_to(name):
            django_db_blocker.block()
            yield
            django_db_blocker.unblock()
            GROUND.clear()
        drop_database(name)


@pytest.fixture(autouse=True)
def _every_test_begins_in_chinese() -> None:
    """A page that was read in English leaves its language in the thread; the next test is not to speak it."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _transactional_tests_start_from_the_template() -> Iterator[None]:
    """Django would empty all tables after a transactional test; TRUNCATE is refused, to the role and by triggers."""
    usual = TransactionTestCase._fixture_teardown

    def made_anew(self: TransactionTestCase) -> None:
        name = connection.settings_dict["NAME"]
        connections.close_all()
        drop_database(name)
        clone_template(name)

    TransactionTestCase._fixture_teardown = made_anew
    yield
    TransactionTestCase._fixture_teardown = usual


@dataclass(frozen=True)
class OwnDatabase:
    """A fresh clone of the migrated database, for tests with real commits or other processes."""

    name: str

    @property
    def url(self) -> str:
        return url_of("application", self.name)

    @property
    def owner_url(self) -> str:
        return url_of("owner", self.name)

    @property
    def superuser_url(self) -> str:
        return url_of("superuser", self.name)

    @property
    def environment(self) -> dict[str, str]:
        """For other processes: `subprocess.Popen(..., env=own_database.environment)`."""
        return {**os.environ, "DATABASE_URL": self.url, "DATABASE_OWNER_URL": self.owner_url}

    def as_default(self, user: str = "zhirong_app") -> AbstractContextManager[None]:
        """`with own_database.as_default():` Django's default connection works here, as the product's role."""
        return default_connection_to(self.name, user)


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnDatabase]:
    """A database of this test's own, migrated, empty of domain rows; dropped afterwards with whoever is still connected."""
    made = OwnDatabase(f"own_{os.getpid()}_{next(_clone_numbers)}")
    with django_db_blocker.unblock():
        # An open transaction anywhere in the server holds back what may be sealed (pg_snapshot_xmin counts them all).
        GROUND.clear()
        clone_template(made.name)
        yield made
        connections.close_all()
    drop_database(made.name)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> object | None:
    """Before pytest-django opens the test's own transaction, the ground is laid on which the test stands."""
    if fixturedef.argname == "_django_db_helper":
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock():
            if commits(request):
                GROUND.clear()
            elif (own := getattr(request.module, "lay_ground", None)) is None or not own(request.node):
                GROUND.stand_on(chain_of(request.node))
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order_of_their_ground(items)


@laid
def cast() -> Cast:
    """Everybody: two banks, a guarantor, bureaus, enterprises, an auditor, a stranger (tests/cast.py)."""
    from tests.remembered import founded_cast

    return founded_cast()


def _leave_the_database(blocker: DjangoDbBlocker) -> None:
    with blocker.unblock():
        GROUND.clear()
        connections.close_all()


@pytest.fixture(scope="module")
def browser(django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    """The system's Chromium, for one file of tests: Playwright's event loop shall not run under the tests after it.

    Where there is no Chromium the test is skipped with the remedy; in CI it fails.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no Chromium on this machine: apt-get install -y --no-install-recommends chromium")
    # Under Playwright's event loop this thread has other connections of Django's than without it: neither outlives the
    # change, or it would be found dead when its database has been made anew meanwhile.
    _leave_the_database(django_db_blocker)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own event loop runs in this thread; Django would take our ordinary queries for asynchronous ones.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        _leave_the_database(django_db_blocker)
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at desktop width, Chinese; with `live_server` and the marker `browser`."""
    with browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}) as context:
        yield context.new_page()
