"""What `manage.py check` says of a machine on which something is wrong, and how it says it."""

import ctypes

import pytest
from django.core.checks import Error, Warning
from django.core.management import call_command

from config import checks


def test_a_healthy_machine_passes():
    call_command("check")


def test_another_database_than_postgresql_is_refused(monkeypatch):
    monkeypatch.setitem(checks.settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    (fault,) = checks.the_database_is_postgresql()
    assert (fault.id, "DATABASE_URL" in fault.hint) == ("zhirong.E001", True)


@pytest.mark.django_db
def test_the_role_of_the_product_has_no_excess_right():
    assert checks.the_product_is_neither_owner_nor_superuser(databases=["default"]) == []


@pytest.mark.parametrize(("role", "said"), [("zhirong_owner", "拥有"), ("zhirong_superuser", "超级用户")])
@pytest.mark.parametrize(("ours", "level"), [(True, Error), (False, Warning)])
def test_a_role_that_may_too_much_is_told(own_database, settings, role, said, ours, level):
    settings.PRIVATE_DATABASE = ours
    with own_database.as_default(role):
        faults = checks.the_product_is_neither_owner_nor_superuser(databases=["default"])
    assert any(said in fault.msg for fault in faults)
    assert {type(fault) for fault in faults} == {level}
    assert all("DATABASE_OWNER_URL" in fault.hint for fault in faults)


@pytest.mark.django_db
def test_a_year_without_a_calendar_is_told():
    (fault,) = checks.the_calendar_of_this_year_is_loaded(databases=["default"])
    assert fault.id == "zhirong.W003"


def test_missing_fonts_are_told_by_name(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    assert [fault.id for fault in checks.the_fonts_are_there()] == ["zhirong.E004"] * len(checks.FONTS)


def test_a_missing_library_names_its_package(monkeypatch):
    def cannot(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", cannot)
    hints = [fault.hint for fault in checks.the_pdf_libraries_load()]
    assert any("libharfbuzz-subset0" in hint for hint in hints)
    assert len(hints) == 3
