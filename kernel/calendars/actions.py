"""Loading the years' files. What a file changes is recorded as a new version; loading it again changes
nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from django.db import connection, transaction
from django.db.models.functions import Now

from kernel.calendars.models import CalendarYear, SpecialDay
from kernel.calendars.rules import AnnouncedYear, read_calendar
from kernel.errors import Problem, Refused

_ONE_LOADER_AT_A_TIME = 7_201_001  # advisory lock of the transaction


@dataclass(frozen=True)
class LoadedYear:
    """What loading did to a year, and the days that are worked or off differently from the version before."""

    year: int
    outcome: Literal["new", "changed", "same"]
    days_changed: tuple[date, ...] = ()


def load_calendars(paths: Iterable[Path]) -> list[LoadedYear]:
    """Load calendar files, all or none; Refused with every fault of every file."""
    announced = _read(sorted(paths))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_LOADER_AT_A_TIME])
        return [_record(year) for year in announced]


def _read(paths: list[Path]) -> list[AnnouncedYear]:
    years: dict[int, AnnouncedYear] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            year = read_calendar(path.read_text("utf-8"), where=path.name)
        except (OSError, UnicodeDecodeError) as fault:
            problems.append(
                Problem(path.name, f"无法读取（{fault}）", "请给出可读的 UTF-8 文件", "calendar_unreadable")
            )
        except Refused as refused:
            problems += refused.problems
        else:
            if year.year in years:
                found = f"{year.year}年已由另一份文件给出"
                problems.append(Problem(path.name, found, "每年一份文件", "calendar_year_twice"))
            years[year.year] = year
    if problems:
        raise Refused(problems)
    return list(years.values())


def _record(announced: AnnouncedYear) -> LoadedYear:
    before = CalendarYear.objects.filter(year=announced.year, superseded_at__isnull=True).first()
    if before and before.digest == announced.digest:
        return LoadedYear(announced.year, "same")
    worked_before = dict(before.special_days.values_list("day", "is_working")) if before else {}
    if before:
        CalendarYear.objects.filter(pk=before.pk).update(superseded_at=Now())
    _write(announced)
    worked = {special.day: special.is_working for special in announced.specials}
    changed = {
        day for day in worked.keys() | worked_before.keys() if worked.get(day) != worked_before.get(day)
    }
    return LoadedYear(announced.year, "changed" if before else "new", tuple(sorted(changed)))


def _write(announced: AnnouncedYear) -> None:
    calendar = CalendarYear.objects.create(
        year=announced.year,
        state=CalendarYear.State.ANNOUNCED if announced.announced else CalendarYear.State.PROVISIONAL,
        title=announced.title,
        doc_no=announced.doc_no,
        doc_date=announced.doc_date,
        source=announced.source,
        evidence=announced.evidence,
        digest=announced.digest,
    )
    SpecialDay.objects.bulk_create(
        SpecialDay(calendar=calendar, day=special.day, is_working=special.is_working, name=special.name)
        for special in announced.specials
    )
