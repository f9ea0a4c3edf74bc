"""How long a job takes, for the benchmarks that compare two ways to the same figures."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(job: Callable[[], object]) -> float:
    """The processor's time for a job."""
    start = time.process_time()
    job()
    return time.process_time() - start
