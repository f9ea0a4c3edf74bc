"""`manage.py restrict_role`: after migrating, as the owner, take from the product's role what it must never do.

The triggers of `kernel.protection` already refuse a change of what is append-only. This is the ring around them: the role
that the product logs in as has no privilege left to try it. Rows of our own rooms are never deleted by the product, but
those that a trigger lets go when their time is over; append-only rows are never updated; the totals of the ledger are
moved by the database alone.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

from kernel.protection import REMOVED_AFTER
from riskpool.ledger.models import LedgerAccount

OUR_ROOMS = ("kernel.", "finance.", "riskpool.", "valuation", "portal")
HARMLESS = "touched"  # SELECT ... FOR NO KEY UPDATE asks for UPDATE on one column at least
MIGRATIONS = "django_migrations"


class Command(BaseCommand):
    help = "（迁移后，以所有者身份）收回应用角色对只追加表的修改、删除、清空权限"
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.APPLICATION_ROLE
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user, %s IN (SELECT rolname FROM pg_roles)", [role])
            owner, known = cursor.fetchone()
            if not role or role == owner:
                self.stdout.write(
                    f"应用与表的所有者同为 {owner}，权限未作收紧：所有者的权限收不回来，只有触发器把守。"
                )
                return
            if not known:
                raise CommandError(f"数据库没有角色 {role}（DATABASE_URL 的用户名）")
            for statement in statements(role):
                cursor.execute(statement)
            cursor.execute(
                STILL_ALLOWED,
                {
                    "role": role,
                    "closed": closed_to_updates(),
                    "kept": never_deleted(),
                    "emptied": never_emptied(),
                },
            )
            left = [f"{privilege} {table}" for table, privilege in cursor.fetchall()]
            if left:
                raise CommandError(
                    f"{role} 仍有以下权限（来自 PUBLIC 或其他角色），请由授予者收回：{'、'.join(left)}"
                )
        self.stdout.write(
            f"已收紧角色 {role}：{len(never_deleted())} 张表不得删除与清空，其中 {len(closed_to_updates())} 张不得修改"
        )


def never_deleted() -> list[str]:
    """Tables of our own rooms but those kept for a time, and the record of migrations."""
    return sorted({*never_emptied(), MIGRATIONS} - set(kept_for_a_time()))


def never_emptied() -> list[str]:
    """Every table of our own rooms."""
    ours = [model for model in apps.get_models() if model.__module__.startswith(OUR_ROOMS)]
    return sorted({model._meta.db_table for model in ours} | {MIGRATIONS})


def kept_for_a_time() -> list[str]:
    """Tables whose rows a trigger lets go once their last day is past."""
    return sorted(
        model._meta.db_table for model, trigger in pgtrigger.registered() if trigger.name == REMOVED_AFTER
    )


def closed_to_updates() -> list[str]:
    """Tables whose every column is append-only (`append_only()` without `but`), and those that only the database moves."""
    append_only = {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if trigger.name == "rows_are_never_edited" and trigger.condition is None
    }
    return sorted(append_only | {LedgerAccount._meta.db_table, MIGRATIONS})


def statements(role: str) -> list[sql.Composed]:
    """What is taken, and the one column given back. Repeating it changes nothing."""
    to = sql.Identifier(role)
    taken = [
        *(("DELETE", never_deleted()), ("TRUNCATE", never_emptied())),
        *(("UPDATE", closed_to_updates()), ("INSERT", [MIGRATIONS])),
    ]
    found = [
        sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(rights), sql.Identifier(table), to)
        for rights, tables in taken
        for table in tables
    ]
    given = sql.SQL("GRANT UPDATE ({}) ON {} TO {}")
    return [*found, given.format(sql.Identifier(HARMLESS), sql.Identifier(LedgerAccount._meta.db_table), to)]


STILL_ALLOWED = """
SELECT table_name, privilege FROM (
    SELECT unnest(%(closed)s::text[]) AS table_name, 'UPDATE' AS privilege
    UNION ALL SELECT unnest(%(kept)s::text[]), 'DELETE'
    UNION ALL SELECT unnest(%(emptied)s::text[]), 'TRUNCATE'
) AS asked
WHERE has_table_privilege(%(role)s, quote_ident(table_name), privilege)
ORDER BY 1, 2
"""
