"""The cast's rows, made once by the product's own actions and put back by COPY for every further test of the run.

Founding everybody takes some thousand statements, a quarter of the time of a test with a database. What the database
itself fills in (moments, transaction numbers, serial numbers) is left out and filled in anew, so that the rows are this
test's own: its transaction, its clock.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from psycopg import sql

from tests.cast import make_cast

if TYPE_CHECKING:
    from tests.cast import Cast


@dataclass(frozen=True)
class Remembered:
    cast: Cast
    tables: tuple[tuple[str, tuple[str, ...], bytes], ...]


_remembered: list[Remembered] = []


def founded_cast() -> Cast:
    """Everybody, as make_cast founds them; a copy of his own for every test, since tests change what they hold."""
    if _remembered:
        _put_back(_remembered[0])
    else:
        empty = not any(_counts().get(table) for table in ("parties_organisation", "acts_act"))
        before = _counts()
        cast = make_cast()
        if not empty:  # somebody was here first: what is his and what the cast's could not be told apart
            return cast
        _remembered.append(Remembered(cast, tuple(_grown(before))))
    return copy.deepcopy(_remembered[0].cast)


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
        return dict(cursor.fetchall())


def _grown(before: dict[str, int]) -> Any:
    """Every table that has rows now and had none, with what stands in it."""
    for table, count in _counts().items():
        if count == before[table]:
            continue
        assert before[table] == 0, f"{table} held rows before the cast was founded"
        yield table, (columns := _given_columns(table)), _copied(table, columns)


def _given_columns(table: str) -> tuple[str, ...]:
    """The columns that the database does not fill in by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
            "AND column_default IS NULL AND is_identity = 'NO' ORDER BY ordinal_position",
            [table],
        )
        return tuple(name for (name,) in cursor.fetchall())


def _copied(table: str, columns: tuple[str, ...]) -> bytes:
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as out:
        return b"".join(bytes(piece) for piece in out)


def _put_back(what: Remembered) -> None:
    # one transaction, also where a test commits: foreign keys are looked at when all is there
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, rows in what.tables:
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with cursor.cursor.copy(statement) as into:
                into.write(rows)
