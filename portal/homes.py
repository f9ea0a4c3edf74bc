"""What the home of each kind of house shows first: a sentence on what is to be done, then the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.work import queries as work

from .approval_kinds import decided_by

if TYPE_CHECKING:
    from finance.parties.models import Membership

LATEST_JOBS = 5


def home_of(viewer: Membership) -> tuple[str, dict[str, Any]]:
    """Template and context of the viewer's home."""
    context: dict[str, Any] = {
        "waiting": work.to_decide(viewer=viewer, kinds=decided_by(viewer)).count(),
        "asked": work.asked_and_waiting(viewer=viewer).count(),
        "jobs": work.job_runs(viewer=viewer)[:LATEST_JOBS],
    }
    return "portal/home.html", context
