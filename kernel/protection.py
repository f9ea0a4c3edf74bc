"""Triggers that several rooms declare on their tables: what is written stays written.

They live in the database, so that raw SQL by the application's own role meets them too (trust.md 2.1 L2, 2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pgtrigger


def moves_only(field: str, moves: Mapping[str, Iterable[str]]) -> pgtrigger.Trigger:
    """A trigger that refuses a change of state that the table of moves (state -> next states) does not have."""
    pairs = [(before, after) for before, afters in moves.items() for after in sorted(afters)]
    return pgtrigger.FSM(name=f"{field}_moves_by_its_table", field=field, transitions=pairs)


def append_only(*, but: tuple[str, ...] = ()) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE of a table's rows.

    `but` names columns that may still change (a pointer, a state that has its own trigger); a change of any other
    column is refused.
    """
    refuse = "RAISE EXCEPTION '表 % 只能追加：不得%', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';"
    update_condition = pgtrigger.AnyChange(exclude=list(but)) if but else None
    return [
        pgtrigger.Trigger(
            name="rows_are_never_edited",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=update_condition,
            func=refuse,
        ),
        pgtrigger.Trigger(
            name="rows_are_never_deleted",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=refuse,
        ),
        pgtrigger.Trigger(
            name="the_table_is_never_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=refuse,
        ),
    ]
