"""What all rooms' views share: an object that a query does not give the viewer is a page that does not exist."""

from __future__ import annotations

import datetime as dt
import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.days import end_of, today
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_YEAR = 1949  # no business day of this house is older, and every month around it can be counted
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHOWN = 30  # of a wrong day, as many signs as are repeated to the reader
_NAMES = {"on": gettext_lazy("截至日"), "known": gettext_lazy("按哪天已知")}


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
            raise ValidationError(
                gettext_lazy("文件 %(size)s MB，超过 %(most)s MB，没有读取"), "too_large", told
            )

    return check


def day_asked(request: Any, name: str = "on") -> dt.date:
    """The business day that an address asks about (`?on=2026-06-30`); today when it names none.

    What is no day, or one that cannot be shown, is told on the page (`wrongly_asked`), which then shows today.
    """
    return _day(request, name, _("本页按今天的数显示")) or today()


def known_asked(request: Any, name: str = "known") -> dt.datetime | None:
    """The moment as of which figures shall be known: the end of the day asked for, Shanghai; None for now.

    What is no day is told on the page like a wrong `on`, and what is known now is shown.
    """
    day = _day(request, name, _("本页按现在已知的记录显示"))
    return end_of(day) if day else None


def day_to_act_on(request: Any, name: str = "on") -> dt.date:
    """As `day_asked`, for an act instead of a look: nothing is done on another day than the one named. Refused."""
    day = _day(request, name, _("没有办理"))
    if day is None and wrongly_asked(request):
        raise Refused(wrongly_asked(request))
    return day or today()


def wrongly_asked(request: Any) -> list[Problem]:
    """What the address of this request asked for in vain so far; every page shows it (base.html)."""
    problems: list[Problem] = request.__dict__.setdefault("_wrongly_asked", [])
    return problems


def day_given(request: Any, name: str) -> dt.date | None:
    """The day that an address names under `name`; None when it names none, or what is no day, which is told on the page."""
    return _day(request, name, _("本页按没有这个日期显示"))


def text_asked(request: Any, name: str = "q", most: int = 60) -> str:
    """What an address looks for (`?q=`), cut to a length; the sign that no text column can hold (NUL) is left out."""
    return str(request.GET.get(name, "")).replace("\x00", "").strip()[:most]


def _day(request: Any, name: str, instead: Any) -> dt.date | None:
    """The day an address names, from 1949 to today; None when it names none, or a wrong one, which is then told."""
    asked = request.GET.get(name, "").replace("\x00", "").strip()
    if not asked:
        return None
    latest = today()
    try:
        day = dt.date.fromisoformat(asked if _WRITTEN.fullmatch(asked) else "")
    except ValueError:
        found = _("%(asked)s 不是有效日期") % {"asked": asked[:_SHOWN]}
    else:
        if day.year >= FIRST_YEAR and day <= latest:
            return day
        found = (
            _("%(asked)s 晚于今天（%(today)s）") % {"asked": asked, "today": latest.isoformat()}
            if day > latest
            else _("%(asked)s 太早") % {"asked": asked}
        )
    wanted = _("请填 %(first)s-01-01 至今天之间的日期，写成 YYYY-MM-DD；%(instead)s") % {
        "first": FIRST_YEAR,
        "instead": instead,
    }
    problem = Problem(str(_NAMES.get(name, name)), str(found), str(wanted), "wrong_day")
    if problem not in wrongly_asked(request):
        wrongly_asked(request).append(problem)
    return None
