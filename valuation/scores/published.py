"""What the policies say of sources and of learning, read once a process."""

from functools import cache

from django.conf import settings

from valuation.learning.method import FILE as METHOD
from valuation.learning.method import Method, load_method
from valuation.scores.rules.sources import FILE, Sources, load_sources


@cache
def sources() -> Sources:
    """The kinds of source that the platform knows."""
    return load_sources(settings.POLICIES_DIR / "scorecards" / FILE)


@cache
def method_now() -> Method:
    """How one learns from outcomes, with what counts as a default."""
    return load_method(settings.POLICIES_DIR / "scorecards" / METHOD)
