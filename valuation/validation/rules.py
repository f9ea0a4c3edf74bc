"""Months between two days, and the digest of what a report or a fit was made of. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from kernel.days import add_months


def whole_months(first: dt.date, last: dt.date) -> int:
    """How many whole months lie between two days.

    >>> whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 14)), whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 15))
    (5, 6)
    """
    found = (last.year - first.year) * 12 + last.month - first.month
    return max(0, found if add_months(first, found) <= last else found - 1)


def sha256_of(values: Any) -> str:
    """Of canonical JSON."""
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
