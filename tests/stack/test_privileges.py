"""The tests feel what the product feels: its own role may use the tables, and may not empty, alter or own them."""

import subprocess
import sys

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.utils import ProgrammingError


def rows_by_hand() -> int:
    return ContentType.objects.filter(app_label="by_hand").count()


@pytest.mark.django_db
def test_the_product_logs_in_as_its_own_role():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("zhirong_app", False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE django_session",
        "ALTER TABLE django_session ADD COLUMN more text",
        "ALTER TABLE django_session DISABLE TRIGGER ALL",
        "DROP TABLE django_session",
        "CREATE TABLE of_my_own (a int)",
        "SET session_replication_role = replica",
        "SET ROLE zhirong_owner",
    ],
)
def test_the_product_cannot_change_the_shape_of_the_database_or_empty_a_table(statement):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_an_ordinary_test_writes():
    ContentType.objects.create(app_label="by_hand", model="row")
    assert rows_by_hand() == 1


@pytest.mark.django_db
def test_and_the_next_finds_nothing_of_it():
    assert rows_by_hand() == 0


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_commits():
    ContentType.objects.create(app_label="by_hand", model="row")
    settings = connection.settings_dict
    with psycopg.connect(host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"]) as other:
        assert other.execute(
            "SELECT count(*) FROM django_content_type WHERE app_label = 'by_hand'"
        ).fetchone() == (1,)


@pytest.mark.django_db(transaction=True)  # so that it runs after the one above
def test_and_its_database_was_made_anew_with_the_rows_of_the_migrations():
    assert rows_by_hand() == 0
    assert ContentType.objects.filter(app_label="parties").exists()


def test_another_process_sees_what_was_committed_in_an_own_database(own_database):
    with own_database.as_default():
        ContentType.objects.create(app_label="by_hand", model="row")
        question = "from django.contrib.contenttypes.models import ContentType as C; "
        question += "print(C.objects.filter(app_label='by_hand').count())"
        answer = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", question],
            env=own_database.environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert answer.stdout.strip() == "1"


def test_an_own_database_has_its_owner_too(own_database):
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("ALTER TABLE django_session ADD COLUMN more text")
    with psycopg.connect(own_database.superuser_url) as superuser:
        assert superuser.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (
            True,
        )
