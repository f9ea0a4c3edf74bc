"""Pages of a registration file: the list of each seat, the file with what it wants, and what each seat does with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.pledges import actions, forms
from finance.pledges.actions import Paper
from finance.pledges.books import interruption_kinds
from finance.pledges.models import FileAct, FilePaper, RegistrationFile
from finance.pledges.queries import of_claim, of_limits, of_making, of_rights, of_yeses
from finance.pledges.queries import of_files as reading
from finance.pledges.queries.of_lateness import kept_limits
from finance.pledges.queries.of_terms import right_terms
from finance.pledges.rules.asked import told_of
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.mark_users import users_on
from finance.pledges.rules.precheck import OUTCOME_WORDS
from finance.pledges.rules.stated import only_told
from finance.pledges.turns import WINDOW, whose_move
from finance.pledges.views.beside import refused
from finance.pledges.views.realising import realising
from finance.pledges.views.watch import watched
from finance.pledges.words import worded
from kernel.calendars.queries import working_calendar
from kernel.days import day_of, today
from kernel.documents.answers import kept_answer
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404, day_asked, known_asked

if TYPE_CHECKING:
    from finance.pledges.rules.book import RuleBook

ROWS_A_PAGE = 50
WEIGHTS = {
    "blocks": (_("不能登记"), "bad"), "to_cure": (_("需要补正"), "bad"), "to_declare": (_("需要双方声明"), "near"),
    "advises": (_("提示"), "near"), "unknown": (_("不知道"), "plain"),
}  # fmt: skip


@require_GET
def file_list(request: Any) -> HttpResponse:
    """The files of the viewer's seat, the latest first, with whose move each is."""
    found = reading.with_course(reading.files(viewer=request.viewer))
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        (one, reading.book_of(one).state(one.state), whose_move(one, request.viewer, today()))
        for one in page.object_list
    ]
    context = {
        "page": page,
        "rows": rows,
        "query": "",
        "at_window": request.viewer.seat == WINDOW,
        "may_open": request.viewer.organisation.kind == "bank",
        **(_desk(request.viewer) if request.viewer.seat == WINDOW and page.number == 1 else {}),
    }
    return render(request, "pledges/files.html", context)


def _desk(viewer: Any) -> dict[str, Any]:
    """How the window kept its limits in this month and the last."""
    on = today()
    begin = (on.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    limits = kept_limits(reading.files(viewer=viewer), begin=begin, on=on, calendar=working_calendar())
    return {"limits": limits, "begin": begin, "on": on}


@require_http_methods(["GET", "POST"])
def open_file(request: Any) -> HttpResponse:
    """A bank opens a file."""
    form, problems = forms.OpenFileForm(request.POST or None), ()
    if request.method == "POST" and form.is_valid():
        try:
            opened = actions.open_file(by=request.viewer, on=today(), **form.cleaned_data)
            return redirect("pledges:state_contents", opened.pk)
        except Refused as faults:
            problems = faults.problems  # type: ignore[assignment]
    elif code := form.cleaned_data.get("credit_code") if form.is_bound else "":
        pledgor = actions.pledgor_of(code)  # told beside what else is missing
        problems = (pledgor,) if isinstance(pledgor, Problem) else ()  # type: ignore[assignment]
    context = {"form": form, "problems": problems}
    return render(request, "pledges/open_file.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@absent_is_404
def file(request: Any, file_id: UUID) -> HttpResponse:
    """One file as it stands, and as it stood on a day as known on a day."""
    return file_page(request, reading.file(viewer=request.viewer, file_id=file_id))


def file_page(request: Any, found: RegistrationFile, problems: Any = (), **shown: Any) -> HttpResponse:
    book, last = reading.book_of(found), reading.last_statement(found)
    on, known = day_asked(request), known_asked(request)
    known_on = day_of(known) if known else today()
    numbers = [right["number"] for right in reading.contents_of(found)["rights"]]
    told = of_rights.told_events(found)
    run = found.prechecks.order_by("-pk").first()
    at_window = request.viewer.organisation_id == found.window_id
    context = {
        "file": found,
        "book": book,
        "state": book.state(found.state),
        "statement": last,
        "terms": right_terms(
            reading.book_for(found, on),
            of_rights.rights_on(found, on, known_on, with_pledges=False),
            on,
            working_calendar(),
        ),
        "registers": [
            (right["number"], users_on(right["users"], on))
            for right in reading.contents_of(found)["rights"]
            if right.get("users")
        ],
        "only_told": only_told(reading.contents_of(found)),
        "then": reading.status_on(found, on, known_on),
        "then_state": book.state(reading.status_on(found, on, known_on).state),
        "on": on,
        "known_on": known_on,
        "run": run,
        "outcome": worded(OUTCOME_WORDS.get(run.outcome, "")) if run else "",  # type: ignore[call-overload]
        "findings": [(one, *WEIGHTS[one["weight"]], CONFIDENCE[one["confidence"]][1]) for one in run.findings]
        if run
        else (),
        "clocks": of_limits.clocks_of(found, working_calendar(), today()),
        "waiting": of_yeses.waiting_assents(found),
        "moves": reading.possible(found, request.viewer),
        "my_move": whose_move(found, request.viewer, today()),
        **_course(found, book, told, on, known_on, at_window=at_window),
        "may_state": not at_window and book.state(found.state).kind == "open" and found.state != "submitted",
        "at_window": at_window,
        "paper_form": None if at_window else forms.PaperForm(book=book),
        "accept_form": forms.AcceptForm(initial={"on": today()}) if _to_accept(found, at_window) else None,
        "event_form": forms.RightEventForm(
            book=book, numbers=numbers, earlier=_standing(told), initial={"on": today()}
        )
        if numbers
        else None,
        **({} if at_window else _for_parties(request, found)),
        **(of_watch := watched(found, request.viewer, on, known_on)),
        **({} if _replays(on, known_on) else realising(found, request.viewer, of_watch.get("security"))),
        **_claim(found, request.viewer, known_on),
        "problems": problems,
        **shown,
    }
    return render(request, "pledges/file.html", context, status=422 if problems else 200)


def _replays(on: dt.date, known_on: dt.date) -> bool:
    """Whether the page shows another day than today, or what was known earlier."""
    return (on, known_on) != (today(), today())


def _course(
    found: RegistrationFile,
    book: RuleBook,
    told: list[of_rights.ToldEvent],
    on: dt.date,
    known_on: dt.date,
    *,
    at_window: bool,
) -> dict[str, Any]:
    """Steps, papers and events of the rights; in a replay those of the day asked about, as they were known then."""
    replays = _replays(on, known_on)
    then = (on, known_on) if replays else (dt.date.max, dt.date.max)
    ignored = of_rights.gone_back(found, told)
    titles = {one.id: one.title for one in book.materials}
    papers = reading.papers_on(found, *then)
    for one in papers:  # under the titles that the rule book gives them
        one.title = titles.get(one.material, "")  # type: ignore[attr-defined]
    return {
        "replays": replays,
        "acts": [
            (act, told_of(book, act.details.get("asked", {}), to_registry=at_window), _listed(act))
            for act in reading.acts_on(found, *then)
        ],
        "papers": papers,
        "events": [
            (one, one.row.pk in ignored, one.corrected_by_then(then[1]))
            for one in told
            if one.title and one.row.on <= then[0] and max(one.since, one.row.recorded_on) <= then[1]
        ],
    }


def _claim(found: RegistrationFile, viewer: Any, known_on: dt.date) -> dict[str, Any]:
    """What the parties are shown of the claim's limitation; the bank may add to it while the pledge was made."""
    if found.registration is None or reading.party_of(viewer, found) is None:
        return {}
    told: dict[str, Any] = {
        "interruptions": of_claim.standing_interruptions(found, known_on),
        "kinds": interruption_kinds(),
    }
    if reading.party_of(viewer, found) == "pledgee":
        earlier = earlier_interruptions(found)
        told["interruption_form"] = forms.InterruptionForm(earlier=earlier, initial={"on": today()})
    return told


def earlier_interruptions(found: RegistrationFile) -> list[tuple[int, str]]:
    """The records of interruptions that nothing corrects yet, in words."""
    rows = of_claim.standing_interruptions(found, dt.date.max)
    return [(one.pk, f"{one.on} {worded(interruption_kinds()[one.kind].title)} {one.told}") for one in rows]


def _for_parties(request: Any, found: RegistrationFile) -> dict[str, Any]:
    """What only the two parties are shown: papers to have made, workbooks of rights."""
    return {
        "papers_to_make": of_making.makeable(found, today()),
        "made": of_making.made(request.viewer, found),
        "sheets": of_making.sheets(request.viewer, found),
        "sheet_form": forms.RightsSheetForm(),
    }


def _standing(told: list[of_rights.ToldEvent]) -> list[tuple[int, str]]:
    """The file's own records that nothing corrects yet, in words."""
    return [
        (one.row.pk, f"{one.row.on} {worded(one.title)} {one.row.right.number}")
        for one in told
        if one.own and one.title and not one.corrected
    ]


def _listed(act: FileAct) -> list[str]:
    """What a notice asks for, or what was answered to it, item by item."""
    return [*act.details.get("items", ()), *act.details.get("answers", ())]


def _to_accept(found: RegistrationFile, at_window: bool) -> bool:
    acts = list(found.acts.all())
    return at_window and bool(acts) and acts[-1].actor != "registry"


@require_POST
@absent_is_404
def attach(request: Any, file_id: UUID) -> HttpResponse:
    """A paper comes into the file."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    form = forms.PaperForm(request.POST, request.FILES, book=reading.book_of(found))

    def act() -> None:
        sent, material = form.cleaned_data.get("file"), form.cleaned_data.get("material", "")
        paper = Paper(sent.name, sent.read()) if sent else None
        actions.attach(by=request.viewer, file_id=file_id, material=material, paper=paper, on=today())

    return _done(request, found, refused(form, act), paper_form=form)


@require_POST
@absent_is_404
def check(request: Any, file_id: UUID) -> HttpResponse:
    """Look at everything that stands against the application."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    try:
        actions.check(by=request.viewer, file_id=file_id, on=today())
    except Refused as faults:
        return file_page(request, found, faults.problems)
    return redirect("pledges:file", found.pk)


@require_POST
@absent_is_404
def accept(request: Any, file_id: UUID) -> HttpResponse:
    """The window has received the papers."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    form = forms.AcceptForm(request.POST)

    def act() -> None:
        actions.accept(by=request.viewer, file_id=file_id, today=today(), **form.typed)

    return _done(request, found, refused(form, act), accept_form=form)


@require_POST
@absent_is_404
def right_event(request: Any, file_id: UUID) -> HttpResponse:
    """What befell a right is recorded."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    numbers = [right["number"] for right in reading.contents_of(found)["rights"]]
    form = forms.RightEventForm(
        request.POST,
        book=reading.book_of(found),
        numbers=numbers,
        earlier=_standing(of_rights.told_events(found)),
    )

    def act() -> None:
        actions.record_event(by=request.viewer, file_id=file_id, today=today(), **form.typed)

    return _done(request, found, refused(form, act), event_form=form)


def _done(request: Any, found: RegistrationFile, problems: list[Problem], **shown: Any) -> HttpResponse:
    """Back to the file; what stood against it is told there with what was typed."""
    return file_page(request, found, problems, **shown) if problems else redirect("pledges:file", found.pk)


@require_GET
@absent_is_404
def paper(request: Any, file_id: UUID, paper_id: int) -> HttpResponse:
    """A paper of the file under its own name."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    kept: FilePaper = found.papers.select_related("stored").get(pk=paper_id)
    return kept_answer(kept.stored)


@require_GET
@absent_is_404
def decision(request: Any, file_id: UUID, seq: int) -> HttpResponse:
    """The registry's paper behind a step."""
    act: FileAct = reading.file(viewer=request.viewer, file_id=file_id).acts.get(seq=seq)
    if act.paper is None:
        raise Http404
    return kept_answer(act.paper)
