"""The calendar in the database: loaded once, changed by a new version, never overwritten."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from kernel.calendars.actions import load_calendars
from kernel.calendars.models import CalendarYear, SpecialDay
from kernel.calendars.queries import working_calendar, working_calendar_known_at
from kernel.errors import Refused

SHIPPED = Path(__file__).parents[2] / "policies" / "calendars"


@pytest.fixture
def amended(tmp_path):
    """The year 2026 as if a second notice had made 28 September a holiday, worked on 10 October no more."""
    text = (SHIPPED / "cn-2026.yaml").read_text("utf-8")
    text = text.replace("2026-09-27]", "2026-09-27, 2026-09-28]").replace(
        "2026-09-20, 2026-10-10", "2026-09-20"
    )
    path = tmp_path / "cn-2026.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.django_db
def test_the_shipped_years_are_loaded_once_and_loading_again_changes_nothing(capsys):
    call_command("load_calendars")
    rows = list(CalendarYear.objects.order_by("pk").values())
    days = SpecialDay.objects.count()
    assert [row["year"] for row in rows] == [2024, 2025, 2026]
    assert days == 28 + 8 + 28 + 5 + 33 + 6
    assert [year.outcome for year in load_calendars(SHIPPED.glob("*.yaml"))] == ["same"] * 3
    assert list(CalendarYear.objects.order_by("pk").values()) == rows
    assert SpecialDay.objects.count() == days
    assert "2026：新载入" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_amended_notice_is_a_new_version_and_the_old_one_stays(amended, capsys):
    load_calendars(SHIPPED.glob("*.yaml"))
    [changed] = load_calendars([amended])
    assert changed.outcome == "changed"
    assert changed.days_changed == (date(2026, 9, 28), date(2026, 10, 10))
    before, after = CalendarYear.objects.filter(year=2026).order_by("pk")
    assert before.superseded_at is not None
    assert after.superseded_at is None
    assert before.special_days.filter(day=date(2026, 10, 10), is_working=True).exists()
    assert not working_calendar().is_working(date(2026, 9, 28))
    call_command("load_calendars", str(SHIPPED / "cn-2026.yaml"))
    assert "变动日期：2026-09-28、2026-10-10" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_calendar_is_read_anew_when_a_version_was_added(amended, django_assert_num_queries):
    load_calendars(SHIPPED.glob("*.yaml"))
    first = working_calendar()
    assert first.add(date(2026, 9, 24), 1) == date(2026, 9, 28)
    with django_assert_num_queries(1):
        assert working_calendar() is first
    load_calendars([amended])
    assert working_calendar().add(date(2026, 9, 24), 1) == date(2026, 9, 29)


@pytest.mark.django_db
def test_a_year_not_loaded_or_not_announced_is_provisional(tmp_path):
    draft = tmp_path / "cn-2027.yaml"
    draft.write_text(
        "year: 2027\ntitle: 预计\ndoc_no: 未公布\ndoc_date: 2026-11-20\nannounced: false\nstatus: placeholder\n"
        "source: nobody\nholidays: []\n",
        "utf-8",
    )
    load_calendars([SHIPPED / "cn-2026.yaml", draft])
    assert CalendarYear.objects.get(year=2027).state == CalendarYear.State.PROVISIONAL
    calendar = working_calendar()
    assert calendar.provisional(date(2027, 1, 4))
    assert calendar.provisional(date(2028, 1, 4))
    assert calendar.provisional(date(2025, 12, 31))
    assert not calendar.provisional(date(2026, 12, 31))


@pytest.mark.django_db
def test_one_bad_file_stops_all_and_every_fault_of_every_file_is_told(tmp_path):
    for name, text in (("cn-2024.yaml", "year: x"), ("cn-2025.yaml", "- 1"), ("cn-2026.yaml", "title: ''")):
        (tmp_path / name).write_text(text, "utf-8")
    paths = [*tmp_path.glob("*.yaml"), tmp_path / "cn-2030.yaml", SHIPPED / "cn-2026.yaml"]
    with pytest.raises(Refused) as refused:
        load_calendars(paths)
    files = {problem.where.split()[0] for problem in refused.value.problems}
    assert files == {"cn-2024.yaml", "cn-2025.yaml", "cn-2026.yaml", "cn-2030.yaml"}
    assert not CalendarYear.objects.exists()
    with pytest.raises(CommandError, match=r"cn-2024\.yaml year：'x' 不符合要求"):
        call_command("load_calendars", *map(str, paths))


@pytest.mark.django_db
def test_two_files_of_one_year_are_refused(amended):
    with pytest.raises(Refused, match="2026年已由另一份文件给出"):
        load_calendars([SHIPPED / "cn-2026.yaml", amended])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE calendars_specialday SET is_working = NOT is_working",
        "DELETE FROM calendars_specialday",
        "UPDATE calendars_calendaryear SET doc_no = 'forged'",
        "DELETE FROM calendars_calendaryear",
        "INSERT INTO calendars_calendaryear (year, state, title, doc_no, doc_date, source, evidence, digest)"
        " SELECT year, state, title, doc_no, doc_date, source, evidence, 'another' FROM calendars_calendaryear",
    ],
)
def test_raw_sql_cannot_rewrite_a_recorded_calendar(statement):
    load_calendars([SHIPPED / "cn-2026.yaml"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_deadline_can_be_counted_as_it_was_known(own_database, amended):
    with own_database.as_default():
        load_calendars(SHIPPED.glob("*.yaml"))
        then = now()
        load_calendars([amended])
        assert working_calendar().add(date(2026, 9, 24), 1) == date(2026, 9, 29)
        assert working_calendar_known_at(then).add(date(2026, 9, 24), 1) == date(2026, 9, 28)
