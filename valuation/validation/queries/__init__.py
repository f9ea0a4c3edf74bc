"""Reading: the sample that an institution's own walls hold, and what was kept of fits and reports."""

from valuation.scores.published import method_now
from valuation.validation.queries.kept import (
    earlier_gain,
    fit_before,
    last_recalibration,
    recalibration_due,
    record,
    records,
    report,
    reports,
    standing_promotion,
)
from valuation.validation.queries.samples import Taken, period_from, sample_of

__all__ = [
    "Taken",
    "earlier_gain",
    "fit_before",
    "last_recalibration",
    "method_now",
    "period_from",
    "recalibration_due",
    "record",
    "records",
    "report",
    "reports",
    "sample_of",
    "standing_promotion",
]
