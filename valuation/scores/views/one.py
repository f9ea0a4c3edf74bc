"""One score: what made it, what would change it; a bank's line, override and answers; an enterprise's dispute and review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.days import today
from kernel.documents.answers import kept_answer
from kernel.documents.papers import ACCEPT
from kernel.errors import Refused
from kernel.money import wan_text
from kernel.pages import absent_is_404
from kernel.related import sections_of
from valuation.credit_line import EXISTING
from valuation.scores import actions, queries
from valuation.scores.forms import (
    STANDS,
    AnswerForm,
    DisputeForm,
    OverrideForm,
    QuoteForm,
    ReviewAnswerForm,
    ReviewForm,
)
from valuation.scores.queries import voices
from valuation.scores.queries.booked import owed_fen
from valuation.scores.queries.fates import fate_of, watched
from valuation.scores.queries.gathering import adoptable, item_name
from valuation.scores.queries.telling import disputes_named, told
from valuation.scores.rules import items_of

HISTORY = 20


def _seen(request: Any, score_id: UUID) -> Any:
    """A score of the viewer's own walls, or one that was made of his own enterprise."""
    own = queries.scores(viewer=request.viewer).filter(pk=score_id).first()
    return own or queries.scores_told(viewer=request.viewer).get(pk=score_id)


@require_GET
@absent_is_404
def score(request: Any, score_id: UUID) -> HttpResponse:
    """Everything of one score that the viewer may know."""
    return _page(request, _seen(request, score_id))


def _page(
    request: Any, row: Any, problems: Any = (), answering: tuple[UUID, Any] | None = None, **forms: Any
) -> HttpResponse:
    """The score; `answering` is what was typed to one dispute or request, which stands in that one's form alone."""
    viewer, page = request.viewer, told(row, request.viewer)
    own_book = not page.theirs and row.enterprise_id != viewer.organisation_id
    context = {
        "told": page,
        "own_book": own_book,
        "is_enterprise": row.enterprise_id == viewer.organisation_id,
        "problems": problems,
        "accept": ACCEPT,
        **(_of_a_bank(request, row, page) if own_book else _of_an_enterprise(request, row, page)),
        **forms,
    }
    if own_book:
        _each_with_its_form(context, answering)
    wrong = problems or forms or answering
    return render(request, "scores/score.html", context, status=422 if wrong else 200)


def _each_with_its_form(context: dict[str, Any], answering: tuple[UUID, Any] | None) -> None:
    """What waits for an answer, each with a form of its own: empty, or as it was typed to this one."""
    of, typed = answering or (None, None)
    context["disputes"] = list(context["disputes"])
    context["reviews"] = list(context["reviews"])
    for one, _name in context["disputes"]:
        one.form = typed if one.pk == of else _answer_form(one.pk)
    for one in context["reviews"]:
        one.form = typed if one.pk == of else _review_form(one.pk)


def _answer_form(dispute_id: UUID, typed: Any = None) -> AnswerForm:
    return AnswerForm(data=typed, auto_id=f"id_{dispute_id}_%s", initial={"known_on": today()})


def _review_form(review_id: UUID, typed: Any = None) -> ReviewAnswerForm:
    return ReviewAnswerForm(data=typed, auto_id=f"id_{review_id}_%s")


def _of_a_bank(request: Any, row: Any, page: Any) -> dict[str, Any]:
    share = request.GET.get("share", "")[:10]
    grades = [one.id for one in page.card.grades]
    owed = owed_fen(row.house, row.enterprise, today())
    return {
        "quotes": row.quotes.select_related("quoted_by__person").order_by("-quoted_at", "-pk")[:HISTORY],
        "overrides": _with_fates(request, row),
        "in_use": actions.grade_in_use(row),
        "history": queries.scores(viewer=request.viewer).filter(enterprise=row.enterprise_id)[:HISTORY],
        "disputes": disputes_named(voices.disputes(viewer=request.viewer).filter(score=row)),
        "reviews": voices.reviews(viewer=request.viewer).filter(score=row),
        "quote_form": QuoteForm(
            initial={EXISTING: wan_text(owed, places=4)} | ({"compensation_share": share} if share else {})
        ),
        "override_form": OverrideForm(grades=grades),
        "sections": sections_of(row, viewer=request.viewer),
        "adoptable": labelled(
            adoptable(viewer=request.viewer, enterprise=row.enterprise, on=today()), page.card
        ),
        "may_override": request.viewer.seat == "bank.maker" and row.usable,
    }


def _with_fates(request: Any, row: Any) -> list[tuple[Any, Any]]:
    """The overrides of a score, each with what became of its loans; without one nothing is looked up."""
    changed = list(row.overrides.order_by("recorded_at"))
    if not changed:
        return []
    seen = watched(viewer=request.viewer, on=today(), enterprise=row.enterprise_id)
    return [(one, fate_of(one, seen)) for one in changed]


def labelled(facts: Any, card: Any) -> list[tuple[Any, str]]:
    """Stated inputs, each with what people call it; what the card does not ask for is left out."""
    items = items_of(card)
    return [(one, items[item_name(one)].label) for one in facts if item_name(one) in items]


def _of_an_enterprise(request: Any, row: Any, page: Any) -> dict[str, Any]:
    return {
        "disputes": disputes_named(voices.own_disputes(viewer=request.viewer).filter(score=row)),
        "reviews": voices.own_reviews(viewer=request.viewer).filter(score=row),
        "dispute_form": DisputeForm(items=page.disputable),
        "review_form": ReviewForm() if page.theirs else None,
    }


@require_POST
@absent_is_404
def quote(request: Any, score_id: UUID) -> HttpResponse:
    """Work out a line on the score."""
    row, form = queries.score_of(viewer=request.viewer, score_id=score_id), QuoteForm(request.POST)
    if not form.is_valid():
        return _page(request, row, quote_form=form)
    try:
        actions.quote_line(by=request.viewer, score_id=score_id, asked=form.asked, on=today())
    except Refused as refused:
        return _page(request, row, form.by_label(refused.problems), quote_form=form)
    return redirect(f"{reverse('scores:score', args=[score_id])}#line")


@require_POST
@absent_is_404
def override(request: Any, score_id: UUID) -> HttpResponse:
    """Ask a second person to use another grade."""
    row = queries.score_of(viewer=request.viewer, score_id=score_id)
    form = OverrideForm(request.POST, grades=[one.id for one in told(row, request.viewer).card.grades])
    if not form.is_valid():
        return _page(request, row, override_form=form)
    try:
        asked = actions.propose_override(by=request.viewer, score_id=score_id, **form.cleaned_data)
    except Refused as refused:
        return _page(request, row, refused.problems, override_form=form)
    messages.success(request, _("已提请本机构另一人复核。"))
    return redirect("approval", asked.pk)


@require_POST
@absent_is_404
def dispute(request: Any, score_id: UUID) -> HttpResponse:
    """An enterprise says that an input is wrong."""
    row = queries.scores_told(viewer=request.viewer).get(pk=score_id)
    form = DisputeForm(request.POST, request.FILES, items=told(row, request.viewer).disputable)
    if not form.is_valid():
        return _page(request, row, dispute_form=form)
    sent, typed = form.cleaned_data["paper"], form.cleaned_data
    paper = (sent.name, sent.read()) if sent else None
    try:
        actions.dispute_input(
            by=request.viewer, score_id=score_id, item=typed["item"], says=typed["says"], paper=paper, on=today()
        )  # fmt: skip
    except Refused as refused:
        return _page(request, row, refused.problems, dispute_form=form)
    messages.success(request, _("异议已提交，答复会显示在本页。"))
    return redirect("scores:score", score_id)


@require_POST
@absent_is_404
def review(request: Any, score_id: UUID) -> HttpResponse:
    """An enterprise asks that a person look."""
    row = (
        queries.scores_told(viewer=request.viewer)
        .exclude(house=request.viewer.organisation_id)
        .get(pk=score_id)
    )
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, row, review_form=form)
    try:
        actions.ask_review(by=request.viewer, score_id=score_id, on=today(), **form.cleaned_data)
    except Refused as refused:
        return _page(request, row, refused.problems, review_form=form)
    messages.success(request, _("已请评分机构人工复核。"))
    return redirect("scores:score", score_id)


@require_POST
@absent_is_404
def answer_dispute(request: Any, dispute_id: UUID) -> HttpResponse:
    """The house answers a dispute."""
    asked = voices.dispute_to_answer(viewer=request.viewer, dispute_id=dispute_id)
    form = _answer_form(dispute_id, request.POST)
    if not form.is_valid():
        return _page(request, asked.score, answering=(dispute_id, form))
    upheld = form.cleaned_data["upheld"] == STANDS
    return _answered(
        request, asked.score, actions.answer_dispute, (dispute_id, form), dispute_id=dispute_id, upheld=upheld,
        words=form.cleaned_data["words"], correction=form.correction,
    )  # fmt: skip


@require_POST
@absent_is_404
def answer_review(request: Any, review_id: UUID) -> HttpResponse:
    """The house says what the person found."""
    asked = voices.review_to_answer(viewer=request.viewer, review_id=review_id)
    form = _review_form(review_id, request.POST)
    if not form.is_valid():
        return _page(request, asked.score, answering=(review_id, form))
    return _answered(
        request, asked.score, actions.answer_review, (review_id, form), review_id=review_id,
        **form.cleaned_data,
    )  # fmt: skip


def _answered(
    request: Any, row: Any, answer: Callable[..., Any], typed: tuple[UUID, Any], **said: Any
) -> HttpResponse:
    """Give an answer that the enterprise will see, or show the score with what stands against it."""
    try:
        answer(by=request.viewer, on=today(), **said)
    except Refused as refused:
        return _page(request, row, refused.problems, typed)
    messages.success(request, _("已答复，企业可以看到。"))
    return redirect("scores:score", row.pk)


@require_GET
@absent_is_404
def dispute_paper(request: Any, dispute_id: UUID) -> HttpResponse:
    """The paper of a dispute, for both sides."""
    mine = voices.disputes(viewer=request.viewer) | voices.own_disputes(viewer=request.viewer)
    found = mine.get(pk=dispute_id)
    if found.paper is None:
        raise Http404
    return kept_answer(found.paper)
