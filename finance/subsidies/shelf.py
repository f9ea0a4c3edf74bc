"""Policies and rate series as the product has them at hand: read once, kept by the digest of their text."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from finance.subsidies.examples import MODEL_FILE, Defaults, load_defaults
from finance.subsidies.loading import load_policy
from finance.subsidies.rates import load_series

if TYPE_CHECKING:
    from finance.subsidies.rates import Series
    from finance.subsidies.terms import Policy
    from kernel.policystore.models import PolicyVersion


def policy_of(version: PolicyVersion) -> Policy:
    """The policy of a stored version."""
    return policy_in(version.text)


@lru_cache(maxsize=128)
def policy_in(text: str) -> Policy:
    """The policy of a file's text, read once in a process."""
    return load_policy(text)


@lru_cache(maxsize=1)
def rates() -> Series:
    """The rate series that ship with the product: published figures, each with its day and its source."""
    return load_series(Path(settings.POLICIES_DIR) / "series" / "rates.yaml")


@lru_cache(maxsize=1)
def taken_for_granted() -> Defaults:
    """What the tests inside policy files take for granted; nothing else ever does."""
    return load_defaults(Path(settings.POLICIES_DIR) / "subsidies" / MODEL_FILE)
