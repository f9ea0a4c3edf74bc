"""The first of these tests would otherwise be measured with the loading of scipy and pandas in it."""

from __future__ import annotations

import pytest

from kernel.late import load_all


@pytest.fixture(scope="session", autouse=True)
def _libraries_at_hand() -> None:
    load_all()
