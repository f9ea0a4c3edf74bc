"""Handlers that misbehave on purpose. An effect is a person written under a name: how many there are is how often it
happened."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from django.db import connection
from django.utils.translation import gettext

from finance.parties.models import Person
from kernel.work.outbox import handles, is_handled, when_set_aside

AT_WORK = 20_260_721  # advisory lock: a slow handler holds it while it is in the middle of its work


def write_effect(payload: dict[str, Any]) -> None:
    Person.objects.create(name=payload["effect"])


def effects(name: str) -> int:
    return Person.objects.filter(name=name).count()


if not is_handled("test.effect"):

    @handles("test.effect")
    def do_effect(payload: dict[str, Any]) -> None:
        write_effect(payload)

    @handles("test.slow")
    def do_effect_slowly(payload: dict[str, Any]) -> None:
        """Writes first, then takes its time unless this process is in a hurry: whoever kills it kills it half-way."""
        write_effect(payload)
        if "SLOW" in os.environ:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AT_WORK])
            time.sleep(60)

    @handles("test.dawdles")
    def do_effect_dawdling(payload: dict[str, Any]) -> None:
        """Writes first and then holds its transaction open for a moment, in which it may be killed."""
        write_effect(payload)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")

    @handles("test.speaks")
    def write_in_the_language_of_the_hour(payload: dict[str, Any]) -> None:
        write_effect({"effect": gettext("损失分担核定书")})

    @handles("test.fails")
    def fail_half_way(payload: dict[str, Any]) -> None:
        write_effect(payload)
        raise RuntimeError("the printer is on fire")

    @handles("test.kills")
    def kill_the_worker(payload: dict[str, Any]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @when_set_aside("test.fails")
    def tell_that_it_was_given_up(payload: dict[str, Any]) -> None:
        write_effect({"effect": f"{payload['effect']} given up"})
