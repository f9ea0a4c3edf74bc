"""The business day. Only views, commands and tasks ask for it; rules are given the day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day in China now, wherever the machine stands and whatever zone it keeps."""
    return datetime.now(BUSINESS_ZONE).date()
