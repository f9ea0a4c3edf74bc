"""Pages of the watch over pledged rights: what is open for each seat, one alert and how it was worked off, a look now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.pledges import actions, forms
from finance.pledges.models import AlertClearing, RegistrationFile, WatchAlert
from finance.pledges.queries import of_watch as reading
from finance.pledges.rules.book import CONFIDENCE
from kernel.calendars.queries import working_calendar, working_calendar_known_at
from kernel.days import end_of, today
from kernel.documents.answers import kept_answer
from kernel.pages import absent_is_404

from .beside import refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kernel.days import WorkingCalendar

ALERTS_A_PAGE, ALERTS_A_RULE = 50, 5


def shown(found: Iterable[WatchAlert], viewer: Any) -> list[dict[str, Any]]:
    """Alerts as the pages tell them: how urgent, whether it is the viewer's, how well its rule is evidenced."""
    on, calendar = today(), working_calendar()
    return [
        {
            "alert": one,
            "urgency": _urgency(one, on),
            "mine": reading.has_it(one, viewer),
            "mark": CONFIDENCE[one.confidence][1],
            "provisional": reading.still_provisional(one, calendar),
            "clearings": list(one.clearings.all()),
        }
        for one in found
    ]


def _urgency(alert: WatchAlert, on: dt.date) -> tuple[str, str]:
    """A word and its tone."""
    if alert.due_on is None:
        return _("立即"), "bad"
    left = (alert.due_on - on).days
    if left < 0:
        return _("逾期 %(n)s 天") % {"n": -left}, "bad"
    return (_("还有 %(n)s 天") % {"n": left}, "near") if left else (_("今天到期"), "bad")


def watched(file: RegistrationFile, viewer: Any, on: dt.date, known_on: dt.date) -> dict[str, Any]:
    """What the page of a file tells of the watch: nothing before its pledge was registered."""
    if file.registration is None:
        return {}
    found = reading.alerts(viewer=viewer).filter(file=file)
    still = reading.open_alerts(viewer=viewer).filter(file=file)
    ended = found.exclude(clearings=None).distinct()
    firsts = reading.firsts_by_rule(still, ALERTS_A_RULE)
    count, ended_count = still.count(), ended.count()
    now = today()
    calendar = working_calendar() if known_on == now else working_calendar_known_at(end_of(known_on))
    return {
        "watch": True,
        "open_alerts": shown(firsts, viewer),
        "open_count": count,
        "more_alerts": count - len(firsts),
        "ended_alerts": shown(ended[:ALERTS_A_PAGE], viewer),
        "ended_count": ended_count,
        "last_look": reading.last_look(file),
        "replayed": None if (on, known_on) == (now, now) else _replayed(file, viewer, on, known_on, calendar),
        "security": reading.security_of(file, viewer=viewer, on=on, known_on=known_on, calendar=calendar),
    }


def _replayed(
    file: RegistrationFile, viewer: Any, on: dt.date, known_on: dt.date, calendar: WorkingCalendar
) -> Any:
    """What the rules would have told on another day."""
    at_window = viewer.organisation_id == file.window_id
    found = reading.alerts_on(file, on, known_on, calendar)
    return [(one, CONFIDENCE[one.confidence][1]) for one in found if not (at_window and one.tells_of_loan)]


@require_GET
def watch(request: Any) -> HttpResponse:
    """The open alerts of the viewer's files, or of one of them, the most urgent first."""
    found, query = reading.open_alerts(viewer=request.viewer), ""
    if asked := _file_asked(request):
        found, query = found.filter(file=asked), f"file={asked}&"
    page = Paginator(found, ALERTS_A_PAGE).get_page(request.GET.get("page"))
    rows = shown(page.object_list, request.viewer)
    context = {"page": page, "rows": rows, "query": query, "on": today()}
    return render(request, "pledges/watch.html", context)


def _file_asked(request: Any) -> UUID | None:
    """The file that an address names; none when it is not an identity."""
    try:
        return UUID(request.GET.get("file", ""))
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
@absent_is_404
def alert(request: Any, alert_id: UUID) -> HttpResponse:
    """One alert; who has it says what was done."""
    found = reading.alert(viewer=request.viewer, alert_id=alert_id)
    sent = request.method == "POST"
    typed = {"data": request.POST, "files": request.FILES} if sent else {}
    form, problems = forms.ClearingForm(**typed, initial={"on": today()}), []

    def act() -> None:
        actions.clear(
            by=request.viewer, alert_id=alert_id, paper=form.sent_paper, today=today(), **form.typed
        )

    if sent:
        problems = refused(form, act)
        if not problems:
            messages.success(request, _("已记录。情况未变的，到下一提醒点会再次提醒。"))
            return redirect("pledges:alert", alert_id)
    (row,) = shown([found], request.viewer)
    context = {**row, "form": form if row["mine"] and not row["clearings"] else None, "problems": problems}
    return render(request, "pledges/alert.html", context, status=422 if sent else 200)


@require_GET
@absent_is_404
def alert_paper(request: Any, alert_id: UUID) -> HttpResponse:
    """The paper by which an alert was worked off."""
    found = reading.alert(viewer=request.viewer, alert_id=alert_id)
    done = found.clearings.filter(how=AlertClearing.How.DONE).select_related("paper").first()
    if done is None or done.paper is None:
        raise Http404
    return kept_answer(done.paper)


@require_POST
@absent_is_404
def look(request: Any, file_id: UUID) -> HttpResponse:
    """Look at a file now."""
    run = actions.look(by=request.viewer, file_id=file_id, on=today())
    told = _("已监测：新增提醒 %(found)s 项，不再成立 %(closed)s 项") % {
        "found": run.found,
        "closed": run.closed,
    }
    messages.success(request, told)
    return redirect("pledges:file", file_id)
