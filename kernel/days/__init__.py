"""Days: the business day, counting days, months and working days. Pure but for `today()`, the one look at
the clock."""

from kernel.days.clock import BUSINESS_ZONE, day_of, end_of, today
from kernel.days.counting import add_months, add_years, day_count, days_in_year, year_fraction
from kernel.days.working import WorkingCalendar

__all__ = [
    "BUSINESS_ZONE",
    "WorkingCalendar",
    "add_months",
    "add_years",
    "day_count",
    "day_of",
    "days_in_year",
    "end_of",
    "today",
    "year_fraction",
]
