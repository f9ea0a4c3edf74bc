"""Worker processes of their own.

`python -m tests.work.worker drain` works the outbox until it is empty; `... die N` lets N children, one after the other,
take up what waits, each at once (the waiting times are set back); `... put NAME...` writes a message for each name and
prints how many seconds each commit took; `... stream FILE` writes messages until it is killed, and into FILE each name
whose commit was confirmed; `... naive` does one message the wrong way and waits between effect and mark.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

import django


def die_one_after_the_other(children: int) -> None:
    from django.db import connection

    from kernel.work.models import OutboxMessage
    from kernel.work.outbox import drain

    for _ in range(children):
        OutboxMessage.objects.filter(state="pending").update(not_before="2026-01-01T00:00+08:00")
        connection.close()
        child = os.fork()
        if child == 0:
            drain()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"killed by {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended", flush=True)


def put_and_say_how_long(effects: tuple[str, ...]) -> None:
    from django.db import transaction

    import config.celery  # noqa: F401  (the product's own broker settings)
    from kernel.work.outbox import put

    for effect in effects:
        began = time.monotonic()
        with transaction.atomic():
            put(kind="test.effect", payload={"effect": effect}, effect_key=f"test.effect:{effect}")
        print(time.monotonic() - began, flush=True)


def stream(said: Path) -> None:
    """Every other message dawdles, so that kills come in the middle; a database that is away is tried again."""
    from django.db import DatabaseError, InterfaceError, connection, transaction

    import config.celery  # noqa: F401  (the product's own broker settings)
    from kernel.work.outbox import put

    with said.open("a", buffering=1, encoding="utf-8") as out:
        for number in itertools.count():
            name, kind = f"{os.getpid()}-{number}", ("test.effect", "test.dawdles")[number % 2]
            try:
                with transaction.atomic():
                    put(kind=kind, payload={"effect": name}, effect_key=name)
            except (DatabaseError, InterfaceError):
                connection.close()
                time.sleep(0.1)
                continue
            out.write(f"{name}\n")
            time.sleep(0.01)


def do_one_the_wrong_way() -> None:
    from kernel.work.models import OutboxMessage
    from tests.work.handlers import write_effect

    message = OutboxMessage.objects.get(state="pending")
    write_effect(message.payload)
    print("effect committed", flush=True)
    time.sleep(600)
    OutboxMessage.objects.filter(pk=message.pk).update(state="done")


def main(mode: str, *words: str) -> None:
    django.setup()
    import tests.work.handlers  # noqa: F401  (they register themselves)
    from kernel.work.outbox import drain

    if mode == "put":
        put_and_say_how_long(words)
    elif mode == "stream":
        stream(Path(words[0]))
    elif mode == "naive":
        do_one_the_wrong_way()
    elif mode == "die":
        die_one_after_the_other(int(words[0]))
    else:
        print(drain(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
