"""The working days in force, as one pure value. Everybody may see them: no viewer."""

from datetime import datetime

from django.db.models import Count, Max, Q

from kernel.calendars.models import CalendarYear, SpecialDay
from kernel.days import WorkingCalendar

_cached: tuple[tuple[int | None, int], WorkingCalendar] | None = None


def working_calendar() -> WorkingCalendar:
    """The calendar in force now. Kept by the process and read anew when a version has been added: one small
    query."""
    global _cached
    counted = CalendarYear.objects.aggregate(latest=Max("pk"), versions=Count("pk"))
    stamp = (counted["latest"], counted["versions"])
    if _cached is None or _cached[0] != stamp:
        _cached = stamp, _calendar(Q(superseded_at__isnull=True))
    return _cached[1]


def working_calendar_known_at(moment: datetime) -> WorkingCalendar:
    """The calendar as it had been recorded by `moment`: what a deadline was counted with then."""
    not_yet_superseded = Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment)
    return _calendar(Q(recorded_at__lte=moment) & not_yet_superseded)


def _calendar(which: Q) -> WorkingCalendar:
    years = CalendarYear.objects.filter(which)
    days = SpecialDay.objects.filter(calendar__in=years).order_by("calendar__year")  # a later notice prevails
    return WorkingCalendar(
        special_days=dict(days.values_list("day", "is_working")),
        announced_years=set(years.filter(state=CalendarYear.State.ANNOUNCED).values_list("year", flat=True)),
    )
