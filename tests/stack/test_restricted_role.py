"""Behind the triggers stands a second ring: the product's role has no privilege to change what is append-only."""

import io

import pgtrigger
import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ProgrammingError

from kernel.protection import REMOVED_AFTER, append_only
from portal.management.commands.restrict_role import closed_to_updates, kept_for_a_time, never_deleted
from riskpool.ledger.actions import lock_accounts, open_account
from riskpool.ledger.models import Transfer


def privileges_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p FROM unnest(%s::text[]) AS p WHERE has_table_privilege(%s, p)",
            [["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"], table],
        )
        return {privilege for (privilege,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET {} = {}",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
    ],
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("ledger_transfer", "amount"),
        ("ledger_journal", "day"),
        ("ledger_statedbalance", "amount"),
        ("claims_payment", "amount"),
        ("claims_borneshare", "borne"),
        ("acts_act", "summary"),
        ("acts_seal", "digest"),
        ("loans_loanreturn", "balance"),
        ("documents_issueddocument", "pdf"),
        ("django_migrations", "name"),
    ],
)
def test_raw_sql_of_the_product_is_denied_on_what_is_append_only(table, column, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


@pytest.mark.django_db
def test_every_append_only_table_can_be_read_and_added_to_and_nothing_else():
    others = {"ledger_ledgeraccount", "django_migrations", *kept_for_a_time()}
    ours = set(closed_to_updates()) - others
    assert {"ledger_transfer", "claims_recovery", "acts_act", "intake_filingrow"} <= ours
    assert {table: privileges_of(table) for table in ours} == {table: {"SELECT", "INSERT"} for table in ours}


@pytest.mark.django_db
def test_nothing_of_our_own_is_deleted_but_a_session_is():
    assert "work_approval" in never_deleted()
    assert privileges_of("work_approval") == {"SELECT", "INSERT", "UPDATE"}
    assert privileges_of("claims_claim") == {"SELECT", "INSERT", "UPDATE"}
    assert privileges_of("django_migrations") == {"SELECT"}
    assert "DELETE" in privileges_of("django_session")


@pytest.mark.django_db
def test_what_is_kept_for_a_time_is_added_and_deleted_and_never_edited_or_emptied():
    """Whose time is over is the trigger's business (tests/subsidies/test_calculator.py)."""
    assert kept_for_a_time() == ["subsidies_estimate"]
    assert privileges_of("subsidies_estimate") == {"SELECT", "INSERT", "DELETE"}


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["debits", "credits", "bound", "book", "code", "title"])
def test_an_accounts_totals_and_bound_are_out_of_the_products_reach(column):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_ledgeraccount SET {column} = {column}")


@pytest.mark.django_db
def test_and_yet_an_account_can_be_locked():
    account = open_account(code="custody/r/cash", title="现金", book="custody", bound="debit")
    assert lock_accounts([account.pk]) == {account.pk: account}


def test_the_owner_meets_the_triggers_where_no_privilege_stops_him(own_database):
    """The inner ring holds alone, on every table that declares it: read from the database, not from the models."""
    wanted = {trigger.name for trigger in append_only()}
    with psycopg.connect(own_database.owner_url) as owner:
        rows = owner.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        ).fetchall()
        with pytest.raises(psycopg.IntegrityError, match="只能追加"):
            owner.execute(f"TRUNCATE {Transfer._meta.db_table}")
    found: dict[str, set[str]] = {}
    for table, name in rows:
        found.setdefault(table, set()).add(name.removeprefix("pgtrigger_").rpartition("_")[0])
    declared = {model._meta.db_table for model, trigger in pgtrigger.registered() if trigger.name in wanted}
    kept = wanted - {"rows_are_never_deleted"} | {REMOVED_AFTER}
    assert len(declared) > 20
    lacking = {
        table: (kept if table in kept_for_a_time() else wanted) - found.get(table, set())
        for table in declared
    }
    assert lacking == {table: set() for table in declared}


def test_it_is_done_again_without_change_and_mends_what_was_given_back(own_database):
    with own_database.as_default("zhirong_owner"):
        with connection.cursor() as cursor:
            cursor.execute("GRANT UPDATE, DELETE ON acts_act TO zhirong_app")
        told = io.StringIO()
        call_command("restrict_role", stdout=told)
    with own_database.as_default():
        assert privileges_of("acts_act") == {"SELECT", "INSERT"}
    assert told.getvalue().startswith("已收紧角色 zhirong_app")


def test_a_privilege_that_comes_from_everybody_is_told_not_overlooked(own_database):
    with own_database.as_default("zhirong_owner"):
        with connection.cursor() as cursor:
            cursor.execute("GRANT DELETE ON acts_act TO PUBLIC")
        with pytest.raises(CommandError, match="DELETE acts_act"):
            call_command("restrict_role", stdout=io.StringIO())


def test_where_the_owner_is_the_product_it_says_so_and_does_nothing(own_database, monkeypatch):
    monkeypatch.setattr(settings, "APPLICATION_ROLE", "zhirong_owner")
    told = io.StringIO()
    with own_database.as_default("zhirong_owner"):
        call_command("restrict_role", stdout=told)
        assert "UPDATE" in privileges_of("acts_act")
    assert "权限未作收紧" in told.getvalue()
