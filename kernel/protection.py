"""Triggers that several rooms declare on their tables: what is written stays written, what takes two took two.

They live in the database, so that raw SQL by the application's own role meets them too (trust.md 2.1 L2, 2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pgtrigger


def approved_by_two(
    *,
    name: str = "it_was_approved_by_two_persons",
    told: str = "所依据的复核不成立",
    of: str = "true",
    earlier: bool = False,
    required: bool = True,
    operation: pgtrigger.Operation = pgtrigger.Insert,
    condition: pgtrigger.Condition | None = None,
) -> pgtrigger.Trigger:
    """A trigger that refuses a row unless its `approval` was executed, asked and decided by two accounts of two persons,
    in this very transaction: what was approved is carried out with the decision or not at all.

    `of` is SQL that ties the approval (`a`) to what the row (`NEW`) says. `earlier` lets a row repeat an approval of an
    earlier transaction. Without `required` a row may have none: a CHECK of its table says when it must. Rows that stood
    before the trigger are not looked at. The table is named with its schema, since a role may put a temporary table of the
    same name in front of it.
    """
    none = "" if required else "NEW.approval_id IS NOT NULL AND "
    now = "" if earlier else "AND a.decided_in = pg_current_xact_id()::text::bigint"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=condition,
        func=f"""
            IF {none}NOT EXISTS (
                SELECT 1 FROM public.work_approval a
                WHERE a.id = NEW.approval_id AND a.state = 'executed'
                    AND a.checker_id <> a.maker_id AND a.checker_person <> a.maker_person {now}
                    AND ({of})
            ) THEN
                RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - put together from the rooms' own declarations, when a migration is written
    )


def moves_only(field: str, moves: Mapping[str, Iterable[str]]) -> pgtrigger.Trigger:
    """A trigger that refuses a change of state that the table of moves (state -> next states) does not have."""
    pairs = [(before, after) for before, afters in moves.items() for after in sorted(afters)]
    return pgtrigger.FSM(name=f"{field}_moves_by_its_table", field=field, transitions=pairs)


def append_only(*, but: tuple[str, ...] = ()) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE of a table's rows.

    `but` names columns that may still change (a pointer, a state that has its own trigger); a change of any other
    column is refused.
    """
    deleted = pgtrigger.Trigger(
        name="rows_are_never_deleted", when=pgtrigger.Before, operation=pgtrigger.Delete, func=_REFUSE
    )
    return [never_edited(but=but), deleted, never_emptied()]


_REFUSE = "RAISE EXCEPTION '表 % 只能追加：不得%', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';"
REMOVED_AFTER = "rows_are_deleted_when_their_time_is_over"


def never_edited(*, but: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """A trigger that refuses UPDATE of a table's rows, `but` for the columns named."""
    return pgtrigger.Trigger(
        name="rows_are_never_edited",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(exclude=list(but)) if but else None,
        func=_REFUSE,
    )


def never_emptied() -> pgtrigger.Trigger:
    """A trigger that refuses TRUNCATE of a table."""
    return pgtrigger.Trigger(
        name="the_table_is_never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_REFUSE,
    )


def removed_after(last_day: str) -> pgtrigger.Trigger:
    """A trigger of a table whose rows are kept for a time and then deleted: not before the day after `last_day` in China.

    It alone lets `restrict_role` leave the product the right to delete.
    """
    return pgtrigger.Trigger(
        name=REMOVED_AFTER,
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=f"""
            IF OLD.{last_day} >= (now() AT TIME ZONE 'Asia/Shanghai')::date THEN
                RAISE EXCEPTION '保存期未满，不得删除' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        """,
    )


def totals_move_only_by_entries(
    *, totals: tuple[str, ...], fixed: tuple[str, ...], told: str
) -> list[pgtrigger.Trigger]:
    """Triggers of a table of running totals: a row opens at zero, is never deleted, and its totals are moved by a SECURITY
    DEFINER trigger of its entries alone (inside it the current user is the table's owner; anywhere else it is not).

    `fixed` names what says which row it is.
    """
    refuse = "USING ERRCODE = 'integrity_constraint_violation'"
    opened = pgtrigger.Q()
    for total in totals:
        opened |= pgtrigger.Q(**{f"new__{total}__gt": 0})
    only_by_entries = f"""
        IF pg_trigger_depth() < 2
            OR current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
        THEN
            RAISE EXCEPTION '{told}' {refuse};
        END IF;
        RETURN NEW;
    """  # noqa: S608 - put together from the rooms' own declarations, when a migration is written
    return [
        pgtrigger.Trigger(
            name="totals_open_at_zero",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=opened,
            func=f"RAISE EXCEPTION '新开计数必须为零' {refuse};",
        ),
        pgtrigger.Trigger(
            name="totals_move_only_with_an_entry",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(*totals, *fixed),
            func=only_by_entries,
        ),
        pgtrigger.Trigger(
            name="totals_are_never_deleted",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"RAISE EXCEPTION '计数不得删除' {refuse};",
        ),
        pgtrigger.Trigger(
            name="totals_are_never_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=f"RAISE EXCEPTION '计数表不得清空' {refuse};",
        ),
    ]
