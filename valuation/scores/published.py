"""The published list of sources, read once a process."""

from functools import cache

from django.conf import settings

from valuation.scores.rules.sources import FILE, Sources, load_sources


@cache
def sources() -> Sources:
    """The kinds of source that the platform knows."""
    return load_sources(settings.POLICIES_DIR / "scorecards" / FILE)
