"""Pages that belong to no room: home, inbox and approvals, jobs, documents, the public check of a document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.defaults import bad_request, page_not_found

from finance.parties.actions import propose_payee_account
from finance.parties.queries import payee_in_force
from kernel.days import today
from kernel.documents.answers import document_answer
from kernel.documents.queries import by_verify_code, documents_behind, issued_as_file
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404, day_asked, day_to_act_on, known_asked
from kernel.problem_details import problem_answer
from kernel.work import approvals as deciding
from kernel.work import queries as work

from .approval_kinds import kind_of
from .forms import DeclineForm, PayeeForm, VerifyFileForm, VerifyForm
from .homes import home_of
from .middleware import SESSION_KEY, is_for_machines
from .position import ask_for_sheet, pool_page
from .step_up import password_page
from .turns import turns_of

JOBS_SHOWN = 50


def absent(request: Any, exception: Exception) -> HttpResponse:
    """The page of what is not there; whoever tries addresses costs no look at what waits for him."""
    request.counts_turns = False
    return page_not_found(request, exception)


def unreadable(request: Any, exception: Exception) -> HttpResponse:
    """The page of what was not read; what is too large is told with its size and the limit, to machines in JSON."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return bad_request(request, exception)
    sent, most = int(request.META.get("CONTENT_LENGTH") or 0), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    large = isinstance(exception, RequestDataTooBig)
    if is_for_machines(request):
        return problem_answer(
            413,
            [
                Problem(
                    "请求",
                    f"{sent} 字节" if large else "栏目过多",
                    f"一次最多 {most} 字节；请分批提交",
                    "too_large",
                )
            ],
        )
    request.counts_turns = False
    told = {"size": f"{sent / 2**20:.1f}" if large else "", "most": most // 2**20}
    context = told | {"fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
    return render(request, "413.html", context, status=413)


@require_GET
def home(request: Any) -> HttpResponse:
    """The guest area, or the home of the viewer's seat."""
    if not request.user.is_authenticated:
        return render(request, "portal/guest.html", {"form": VerifyForm()})
    if request.viewer is None:
        return render(request, "portal/no_role.html")
    template, context = home_of(request.viewer, today())
    return render(request, template, {**context, "waiting": turns_of(request)})


@require_GET
def memberships(request: Any) -> HttpResponse:
    """All roles of this account, to choose the one to act in."""
    return render(request, "portal/memberships.html", {"memberships": request.memberships})


@require_POST
def choose_membership(request: Any, membership_id: UUID) -> HttpResponse:
    """Act in another of one's own roles from the next request on."""
    if membership_id not in {membership.pk for membership in request.memberships}:
        raise Http404
    request.session[SESSION_KEY] = str(membership_id)
    return redirect("home")


@require_GET
def inbox(request: Any) -> HttpResponse:
    """What waits for me, and what I wait for."""
    asked = work.asked_and_waiting(viewer=request.viewer)
    return render(request, "portal/inbox.html", {"waiting": turns_of(request), "asked": named(asked)})


@require_GET
def inbox_count(request: Any) -> HttpResponse:
    """How much waits for me, for the menu: what it takes to know that no page waits for."""
    return render(request, "portal/inbox_count.html", {"count": len(turns_of(request))})


@require_GET
def approval(request: Any, approval_id: UUID) -> HttpResponse:
    """One approval with what it rests on."""
    return approval_page(request, approval_id)


@require_POST
def approve(request: Any, approval_id: UUID) -> HttpResponse:
    """Decide for it; money and payees ask for the password first."""
    asked = get_object_or_404(work.approvals(viewer=request.viewer), pk=approval_id)
    kind, page = kind_of(asked.kind), redirect("approval", approval_id)
    if kind.password_again and (ask_again := password_page(request, page.url)):
        messages.info(request, _("涉及资金，请再次输入密码，然后确认一次。"))
        return ask_again
    try:
        deciding.approve(by=request.viewer, approval_id=approval_id)
    except Refused as refused:
        return approval_page(request, approval_id, problems=refused.problems)
    messages.success(request, _("已通过并执行：%(summary)s") % {"summary": asked.summary})
    return page


@require_POST
def decline(request: Any, approval_id: UUID) -> HttpResponse:
    """Send it back with a reason."""
    get_object_or_404(work.approvals(viewer=request.viewer), pk=approval_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return approval_page(request, approval_id, form=form)
    try:
        deciding.decline(by=request.viewer, approval_id=approval_id, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return approval_page(request, approval_id, problems=refused.problems)
    messages.success(request, _("已退回经办人。"))
    return redirect("approval", approval_id)


@require_POST
def withdraw(request: Any, approval_id: UUID) -> HttpResponse:
    """Take back what one has asked oneself."""
    get_object_or_404(work.approvals(viewer=request.viewer), pk=approval_id)
    try:
        deciding.withdraw(by=request.viewer, approval_id=approval_id)
    except Refused as refused:
        return approval_page(request, approval_id, problems=refused.problems)
    messages.success(request, _("已撤回。"))
    return redirect("inbox")


def approval_page(request: Any, approval_id: UUID, *, form: Any = None, problems: Any = ()) -> HttpResponse:
    """The page of an approval, with what was wrong in the answer just given."""
    viewer = request.viewer
    found = get_object_or_404(work.approvals(viewer=viewer), pk=approval_id)
    waiting, kind = found.state == found.State.ASKED, kind_of(found.kind)
    context = {
        "approval": found,
        "kind": kind,
        "form": form or DeclineForm(),
        "problems": problems,
        "may_decide": waiting
        and viewer.seat in kind.deciders
        and found.maker_person != viewer.account.person_id,
        "may_withdraw": waiting and found.maker_id == viewer.account_id,
    }
    return render(request, "portal/approval.html", context, status=422 if problems or form else 200)


def named(waiting: Any) -> list[dict[str, Any]]:
    """Approvals with the name of their kind."""
    return [{"approval": asked, "title": kind_of(asked.kind).title} for asked in waiting]


@require_GET
def jobs(request: Any) -> HttpResponse:
    """The latest long pieces of work of one's own organisation."""
    return render(request, "portal/jobs.html", {"jobs": work.job_runs(viewer=request.viewer)[:JOBS_SHOWN]})


@require_GET
def job(request: Any, job_id: UUID) -> HttpResponse:
    """One run; asked for by the page itself it is only the part that moves."""
    found = get_object_or_404(work.job_runs(viewer=request.viewer), pk=job_id)
    moving = found.state in (found.State.QUEUED, found.State.RUNNING)
    template = "portal/job_progress.html" if request.htmx else "portal/job.html"
    # what a job leaves behind is a document to take, or a page of the product to look at
    is_paper = bool(found.outcome) and resolve(found.outcome).view_name == "document"
    return render(request, template, {"job": found, "moving": moving, "is_paper": is_paper})


@require_GET
def document(request: Any, document_id: UUID) -> HttpResponse:
    """The PDF of a document that one's own organisation owns; that it was taken is an act."""
    found = get_object_or_404(documents_behind([request.viewer.organisation_id]), pk=document_id)
    return document_answer(request.viewer, found)


@require_http_methods(["GET", "POST"])
def verify_document(request: Any, code: str = "") -> HttpResponse:
    """For anybody: does this code, or this very file, belong to a document that was issued here?"""
    typed = (code or request.GET.get("code", "")) if request.method == "GET" else ""
    form, file_form = VerifyForm(initial={"code": typed}), VerifyFileForm()
    context = {"form": form, "asked": bool(typed.strip()), "found": by_verify_code(typed) if typed else None}
    if request.method == "POST":
        file_form = VerifyFileForm(request.POST, request.FILES)
        if file_form.is_valid():
            context |= {
                "asked": True,
                "by_file": True,
                "found": issued_as_file(file_form.cleaned_data["pdf"].read()),
            }
    wrong = request.method == "POST" and not file_form.is_valid()
    context |= {"file_form": file_form}
    return render(request, "portal/verify.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
def payee_account(request: Any) -> HttpResponse:
    """The account we are paid on, and asking a colleague to change it."""
    form, problems = PayeeForm(request.POST or None), tuple[Problem, ...]()
    if request.method == "POST" and form.is_valid():
        try:
            asked = propose_payee_account(by=request.viewer, **form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已提请本机构另一人复核。"))
            return redirect("approval", asked.pk)
    wrong = request.method == "POST"
    context = {"form": form, "problems": problems, "payee": payee_in_force(request.viewer.organisation)}
    return render(request, "parties/payee_account.html", context, status=422 if wrong else 200)


@require_GET
@absent_is_404
def pool_position(request: Any, pool_id: UUID) -> HttpResponse:
    """The bureau's page: what the pool holds, what is promised, what could still come, on a day and as known on a day."""
    on, known_at = day_asked(request), known_asked(request)
    page = pool_page(request.viewer, pool_id, on=on, today=today(), known_at=known_at)
    return render(request, "portal/pool_position.html", {"page": page, "on": on, "known_on": known_at})


@require_POST
@absent_is_404
def issue_position(request: Any, pool_id: UUID) -> HttpResponse:
    """Let a worker issue the position of a day as a PDF, and show how far it is."""
    job = ask_for_sheet(by=request.viewer, pool_id=pool_id, on=day_to_act_on(request))
    return redirect("job", job.pk)
