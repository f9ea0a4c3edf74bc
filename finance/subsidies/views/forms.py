"""What pages do with a form that was sent: act on it, or show it again with everything that was wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse

from kernel.errors import Problem, Refused


def done_or_shown(
    form: Any, act: Callable[[], HttpResponse], shown: Callable[[Sequence[Problem]], HttpResponse]
) -> HttpResponse:
    """Where the act leads; the page again when the form cannot be read or the act is refused."""
    if not form.is_valid():
        return shown(())
    try:
        return act()
    except Refused as refused:
        return shown(refused.problems)
