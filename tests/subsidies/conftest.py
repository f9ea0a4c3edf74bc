"""The shipped policies, the rates and the facts that tests take for granted: read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from finance.subsidies import Library, Policy, Series, load_library, load_policy, load_series
from finance.subsidies.examples import Defaults, load_defaults

POLICIES = Path(__file__).parents[2] / "policies"
SAMPLE = Path(__file__).parents[1] / "samples" / "subsidies" / "strange-city.yaml"


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library(POLICIES / "subsidies")


@pytest.fixture(scope="session")
def series() -> Series:
    return load_series(POLICIES / "series" / "rates.yaml")


@pytest.fixture(scope="session")
def defaults() -> Defaults:
    return load_defaults(POLICIES / "subsidies" / "_model.yaml")


@pytest.fixture(scope="session")
def strange() -> Policy:
    return load_policy(SAMPLE)
