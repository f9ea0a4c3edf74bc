"""The first page of scores: an enterprise's own score and consents, or a bank's book of scored firms."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.parties.models import Organisation
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.identifiers import new_id
from kernel.pages import absent_is_404, text_asked
from valuation.scores import actions, queries
from valuation.scores.forms import ConsentForm, WithdrawalForm
from valuation.scores.queries import consents as consenting
from valuation.scores.queries import voices
from valuation.scores.queries.telling import disputes_named, told

ROWS_A_PAGE = 50
HISTORY = 20


@require_GET
def first_page(request: Any) -> HttpResponse:
    """Whose page it is follows from who looks."""
    if request.viewer.organisation.kind == Organisation.Kind.ENTERPRISE:
        return _own(request)
    return _book(request)


def _own(request: Any, problems: Any = ()) -> HttpResponse:
    """An enterprise's own last score with everything that made it, its history, what banks scored, its voices."""
    viewer = request.viewer
    made = queries.scores(viewer=viewer)
    last = made.first()
    context = {
        "told": told(last, viewer) if last else None,
        "history": made[:HISTORY],
        "by_banks": queries.scores_told(viewer=viewer).exclude(house=viewer.organisation_id)[:HISTORY],
        "consents": consenting.consents(viewer=viewer)[:HISTORY],
        "disputes": disputes_named(voices.own_disputes(viewer=viewer)[:HISTORY]),
        "reviews": voices.own_reviews(viewer=viewer)[:HISTORY],
        "on": today(),
        "problems": problems,
    }
    return render(request, "scores/own.html", context, status=422 if problems else 200)


def _book(request: Any, problems: Any = ()) -> HttpResponse:
    """The firms a bank has scored or may score, each with its last score."""
    viewer, q = request.viewer, text_asked(request)
    rows = queries.latest_scores(viewer=viewer)
    allowing = consenting.enterprises_allowing(viewer=viewer, on=today())
    if q:
        rows = rows.filter(enterprise__name__icontains=q)
        allowing = allowing.filter(name__icontains=q)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    scored = rows.order_by().values("enterprise")
    context = {
        "page": page,
        "unscored": allowing.exclude(pk__in=scored)[:ROWS_A_PAGE],
        "disputes": voices.disputes(viewer=viewer).filter(answer__isnull=True),
        "reviews": voices.reviews(viewer=viewer).filter(answer__isnull=True),
        "portfolio": len(actions.portfolio(viewer=viewer, on=today())),
        "q": q,
        "query": f"{urlencode({'q': q})}&" if q else "",
        "problems": problems,
    }
    return render(request, "scores/book.html", context, status=422 if problems else 200)


@require_POST
def make(request: Any) -> HttpResponse:
    """Score one's own enterprise, or one that allows it, as of today."""
    viewer = request.viewer
    own = viewer.organisation.kind == Organisation.Kind.ENTERPRISE
    try:
        firm = viewer.organisation if own else _allowed(request)
        row = actions.score_enterprise(by=viewer, enterprise=firm, on=today())
    except Refused as refused:
        return _own(request, refused.problems) if own else _book(request, refused.problems)
    messages.success(request, _("已评分。"))
    return redirect("scores:list") if own else redirect("scores:score", row.pk)


def _allowed(request: Any) -> Organisation:
    """The enterprise that was chosen; one that does not allow it is not told from one that does not exist."""
    try:
        chosen = UUID(request.POST.get("enterprise", ""))
    except ValueError:
        chosen = new_id()  # nobody's
    firm = consenting.enterprises_allowing(viewer=request.viewer, on=today()).filter(pk=chosen).first()
    if firm is None:
        raise Refused(Problem(_("企业"), _("没有授权本机构"), _("请从列表中选择已授权的企业"), "no_consent"))
    return firm


@require_POST
def rescore(request: Any) -> HttpResponse:
    """Score the whole portfolio again; the job goes on when the page is closed."""
    job = actions.rescore_portfolio(by=request.viewer, on=today())
    messages.success(request, _("已开始重评，可以关闭页面。"))
    return redirect("job", job.pk)


@require_http_methods(["GET", "POST"])
def consents(request: Any) -> HttpResponse:
    """What an enterprise allows, and to whom; a new consent is given here."""
    viewer, on = request.viewer, today()
    receivers = consenting.may_receive(viewer.organisation).exclude(pk=viewer.organisation_id)
    form = ConsentForm(request.POST or None, receivers=receivers, on=on)
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_consent(by=viewer, on=on, **form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("授权已记录，可随时撤回。"))
            return redirect("scores:consents")
    context = {
        "form": form, "problems": problems, "consents": consenting.consents(viewer=viewer), "on": on,
    }  # fmt: skip
    return render(request, "scores/consents.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@absent_is_404
def withdraw_consent(request: Any, consent_id: UUID) -> HttpResponse:
    """Take a consent back, from today."""
    consenting.consent(viewer=request.viewer, consent_id=consent_id)
    form = WithdrawalForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.withdraw_consent(by=request.viewer, consent_id=consent_id, reason=reason, on=today())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已撤回，自今日起不再使用。"))
    return redirect("scores:consents")
