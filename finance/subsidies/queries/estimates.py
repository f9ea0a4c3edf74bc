"""Finding a kept estimate by its code, while it is kept."""

from __future__ import annotations

import datetime as dt

from finance.subsidies.codes import hash_of
from finance.subsidies.models import Estimate


def kept_estimate(code: str, on: dt.date) -> Estimate:
    """The estimate of a code, as long as it is kept; Estimate.DoesNotExist for a wrong code or one whose time is over."""
    return Estimate.objects.get(code_hash=hash_of(code), expires_on__gte=on)
