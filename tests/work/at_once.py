"""Several threads let go at one moment, each with a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
from django.db import connection


def at_once(*acts: Callable[[], Any], patience: float = 30) -> list[Any]:
    """What each gave, or the exception it raised, in order."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(patience)
            return act()
        except Exception as refused:  # noqa: BLE001  (it is the answer)
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def from_the_line(superuser_url: str, line: int, *acts: Callable[[], Any]) -> list[Any]:
    """What each gave, in order: all are let go when each waits for the shared advisory lock `line` in its own transaction,
    or when one that does not wait has ended. An act closes its connection itself; what it raises is raised."""
    with psycopg.connect(superuser_url, autocommit=True) as starter:
        starter.execute("SELECT pg_advisory_lock(%s)", [line])
        with ThreadPoolExecutor(len(acts)) as threads:
            runners = [threads.submit(act) for act in acts]
            until = time.monotonic() + 60
            while time.monotonic() < until and not any(runner.done() for runner in runners):
                (ready,) = starter.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
                    [line],
                ).fetchone()
                if ready == len(acts):
                    break
                time.sleep(0.01)
            starter.execute("SELECT pg_advisory_unlock(%s)", [line])
            return [runner.result(timeout=60) for runner in runners]
