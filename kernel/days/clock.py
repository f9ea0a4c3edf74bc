"""The business day. Only views, commands and tasks ask for it; rules are given the day."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day in China now, wherever the machine stands and whatever zone it keeps."""
    return datetime.now(BUSINESS_ZONE).date()


def day_of(moment: datetime) -> date:
    """The business day on which a moment falls.

    >>> day_of(datetime.fromisoformat("2026-12-31T23:30:00+00:00"))
    datetime.date(2027, 1, 1)
    """
    return moment.astimezone(BUSINESS_ZONE).date()


def end_of(day: date) -> datetime:
    """The last moment of a business day: what was known on a day was known by then.

    >>> end_of(date(2026, 6, 30)).isoformat()
    '2026-06-30T23:59:59.999999+08:00'
    """
    return datetime.combine(day, time.max, tzinfo=BUSINESS_ZONE)
