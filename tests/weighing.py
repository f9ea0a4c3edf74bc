"""What each file of tests costs: `python -m pytest -n 2 -p tests.weighing` writes processor seconds to `var/weights`.

The files of tests/thorough.txt are chosen by it. The database's own seconds are not in it; they go with the others.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "var" / "weights"
seconds: dict[str, float] = defaultdict(float)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """One test with its fixtures."""
    before = time.process_time()
    try:
        return (yield)
    finally:
        seconds[item.nodeid.partition("::")[0]] += time.process_time() - before


def pytest_sessionfinish() -> None:
    """A line a file, the heaviest first; a worker writes its own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [f"{took:.2f}\t{name}" for name, took in sorted(seconds.items(), key=lambda one: -one[1])]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "all")
    (FOLDER / f"{worker}.tsv").write_text("\n".join(lines) + "\n")
