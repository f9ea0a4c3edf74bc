"""What all rooms' views share: an object that a query does not give the viewer is a page that does not exist."""

from __future__ import annotations

import datetime as dt
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404

from kernel.days import end_of, today

if TYPE_CHECKING:
    from collections.abc import Callable


def absent_is_404(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view whose query finds nothing behind the viewer's wall answers 404, as for what never was."""

    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as absent:
            raise Http404 from absent

    return shown


def day_asked(request: Any, name: str = "on") -> dt.date:
    """The business day that an address asks about (`?on=2026-06-30`); today when it names none or no day."""
    try:
        return min(dt.date.fromisoformat(request.GET.get(name, "")), today())
    except ValueError:
        return today()


def known_asked(request: Any, name: str = "known") -> dt.datetime | None:
    """The moment as of which figures shall be known: the end of the day asked for, Shanghai; None for now."""
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return end_of(day)
