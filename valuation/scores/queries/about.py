"""The firm as it was named and classed when it was scored: kept beside the score, so that a sample is the same years later.

None of it is scored: a report tells its figures apart by it, and asks whether the model is fair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.parties.queries import figures_known, size_of
from finance.parties.sizes import CLASS_WORDS

if TYPE_CHECKING:
    import datetime as dt

    from finance.parties.models import Organisation


def about_firm(enterprise: Organisation, on: dt.date) -> dict[str, str]:
    """Name, district, industry and size class as known on a day; what is not known is empty."""
    figures = figures_known(enterprise, on)
    size = size_of(figures) if figures else None
    return {
        "name": enterprise.name,
        "district": enterprise.district,
        "industry": size.industry.name if size else "",
        "size": CLASS_WORDS[size.size] if size else "",
    }
