"""What all rooms' views share: an object that a query does not give the viewer is a page that does not exist."""

from __future__ import annotations

import datetime as dt
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from kernel.days import end_of, today

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_YEAR = 1949  # no business day of this house is older, and every month around it can be counted


def absent_is_404(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view whose query finds nothing behind the viewer's wall answers 404, as for what never was."""

    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as absent:
            raise Http404 from absent

    return shown


def no_larger_than(most: int) -> Callable[[Any], None]:
    """A validator of a form's file: one of more than `most` bytes is refused by its size, before anybody reads it."""

    def check(upload: Any) -> None:
        if upload.size > most:
            told = {"size": f"{upload.size / 2**20:.1f}", "most": most // 2**20}
            raise ValidationError(_("文件 %(size)s MB，超过 %(most)s MB，没有读取"), "too_large", told)

    return check


def day_asked(request: Any, name: str = "on") -> dt.date:
    """The business day that an address asks about (`?on=2026-06-30`); today when it names none or no day."""
    return min(_day(request, name) or today(), today())


def day_given(request: Any, name: str) -> dt.date | None:
    """The day that an address names under `name`; None when it names none or no day."""
    return _day(request, name)


def text_asked(request: Any, name: str = "q", most: int = 60) -> str:
    """What an address looks for (`?q=`), cut to a length; the sign that no text column can hold (NUL) is left out."""
    return str(request.GET.get(name, "")).replace("\x00", "").strip()[:most]


def _day(request: Any, name: str) -> dt.date | None:
    """The day an address names; None for no day, or one before all business (its neighbours may be no days at all)."""
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def known_asked(request: Any, name: str = "known") -> dt.datetime | None:
    """The moment as of which figures shall be known: the end of the day asked for, Shanghai; None for now."""
    day = _day(request, name)
    return end_of(min(day, today())) if day else None
