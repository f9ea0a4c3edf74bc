"""The house's own scheme files, loaded once."""

from pathlib import Path

import pytest

from riskpool.schemes import Library, load_library

POLICIES = Path(__file__).parents[2] / "policies" / "schemes"


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library(POLICIES)
