"""Benchmark: a fresh database by our `migrate` beside Django's own. Run: `PYTHONPATH=bin python -m benchmarks.migrating`.

Gate first: both leave the same columns, constraints, triggers, indexes and functions. Then processor seconds of the two,
each in a process and a server of its own; only the ratio counts.
"""

import os
import resource
import subprocess
import sys

import psycopg
from stack.throwaway import ThrowawayCluster

GOAL_RATIO = 0.2
OURS = (
    "from django.core.management import call_command; call_command('migrate', verbosity=0, skip_checks=True)"
)
DJANGOS = (
    "from django.core.management import call_command; from django.core.management.commands.migrate import Command; "
    "call_command(Command(), verbosity=0, skip_checks=True)"
)
SCHEMA = (
    "SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
)


def migrated(program: str) -> tuple[float, list[tuple[object, ...]]]:
    """Processor seconds of migrating a fresh database, and what stands in it afterwards."""
    server = ThrowawayCluster()
    try:
        server.start()
        names = server.environment()
        environment = {
            **os.environ, **names, "DATABASE_URL": names["DATABASE_OWNER_URL"],
            "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "for a benchmark", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {program}"], env=environment, check=True
        )
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        with psycopg.connect(names["DATABASE_OWNER_URL"]) as database:
            return took, [row for question in SCHEMA for row in database.execute(question)]
    finally:
        server.stop()


def main() -> int:
    (ours, made), (djangos, wanted) = migrated(OURS), migrated(DJANGOS)
    if made != wanted:
        print(
            "the two databases differ:",
            [pair for pair in zip(made, wanted, strict=False) if pair[0] != pair[1]][:3],
        )
        return 1
    print(f"{len(made)} columns, constraints, triggers, indexes and functions are the same")
    print(f"ours {ours:.1f} s, Django's {djangos:.1f} s: {ours / djangos:.2f} (goal under {GOAL_RATIO})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
