"""No process loads scipy or pandas before it needs them: they are two thirds of the time that the house takes to load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kernel.late import late

ROOT = Path(__file__).resolve().parents[2]


def test_the_house_starts_without_the_heavy_libraries() -> None:
    asked = "import django; django.setup(); import sys; print(sorted({'pandas', 'scipy', 'weasyprint'} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == "[]", told.stderr


def test_what_is_late_is_there_when_asked() -> None:
    """logit(1/2) = 0, and the half of a chance of even odds."""
    special = late("scipy.special")
    assert (special.logit(0.5), special.expit(0.0)) == (0.0, 0.5)
    assert late("scipy.special") is special
