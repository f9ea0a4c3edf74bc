"""Stating inputs: one on the page, many by a workbook or CSV; and what was stated so far."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.parties.models import Organisation
from kernel.days import today
from kernel.documents.actions import keep_file
from kernel.documents.answers import download
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Refused
from kernel.pages import absent_is_404
from valuation.cards.queries import card_for
from valuation.scores import actions, queries, sheets
from valuation.scores.forms import InputForm, UploadForm
from valuation.scores.queries.gathering import inputs_stated
from valuation.scores.rules import items_of, words_of

ROWS_A_PAGE = 30
MOST_FIRMS = 20  # in a prefilled workbook


@require_http_methods(["GET", "POST"])
def inputs(request: Any) -> HttpResponse:
    """State one input; the page keeps what was typed after a fault."""
    viewer, on = request.viewer, today()
    try:
        card = card_for(None, on)[2]
    except Refused as refused:  # a house without a scorecard asks for nothing
        return render(request, "scores/no_card.html", {"problems": refused.problems})
    form = _form(viewer, card, on, request.POST or None)
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        rows = [("", form.cleaned_data["firm"].credit_code, form.stated)]
        try:
            actions.record_inputs(by=viewer, rows=rows, on=on)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已录入，下次评分时使用。"))
            return redirect("scores:inputs")
    return _page(request, form, problems, posted=request.method == "POST")


def _form(viewer: Any, card: Any, on: Any, typed: Any = None) -> InputForm:
    firms = actions.may_state_of(viewer=viewer, on=on)
    return InputForm(
        typed, firms=firms, items=items_of(card).values(), own=_own(viewer),
        initial={"known_on": on, "firm": firms.first() if firms.count() == 1 else None},
    )  # fmt: skip


def _own(viewer: Any) -> bool:
    """Whether an enterprise states its own inputs: then whose they are is not asked and not told on every row."""
    return bool(viewer.organisation.kind == Organisation.Kind.ENTERPRISE)


def _page(request: Any, form: Any, problems: Any = (), *, posted: bool, upload: Any = None) -> HttpResponse:
    rows = inputs_stated(viewer=request.viewer)
    card = card_for(None, today())[2]
    items, words = items_of(card), words_of(card)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    labels = {(one.scope, one.name): one.label for one in items.values()}
    context = {
        "form": form, "problems": problems, "upload": upload or UploadForm(), "page": page, "query": "",
        "own": _own(request.viewer),
        "rows": [
            (row, labels.get((row.scope, row.name), row.name), words.get((row.scope, row.name, row.value), row.value))
            for row in page
        ],
    }  # fmt: skip
    return render(request, "scores/inputs.html", context, status=422 if posted else 200)


@require_POST
def upload(request: Any) -> HttpResponse:
    """Take in a workbook or CSV whole, or tell every fault with its cell."""
    viewer, on, sent = request.viewer, today(), UploadForm(request.POST, request.FILES)
    card = card_for(None, on)[2]
    blank = _form(viewer, card, on)
    if not sent.is_valid():
        return _page(request, blank, posted=True, upload=sent)
    file = sent.cleaned_data["file"]
    content = file.read()
    try:
        rows = sheets.rows_of(content, file.name, card, on)
        with transaction.atomic():
            kept = keep_file(
                by=viewer, at=timezone.now(), name=file.name, content=content,
                media_type=MEDIA_TYPES["xlsx"] if content.startswith(b"PK") else "text/csv",
            )  # fmt: skip
            facts = actions.record_inputs(by=viewer, rows=rows, on=on, file=kept)
    except Refused as refused:
        return _page(request, blank, refused.problems, posted=True, upload=sent)
    messages.success(request, _("已录入 %(n)s 项。") % {"n": len(facts)})
    return redirect("scores:inputs")


@require_GET
def template(request: Any) -> HttpResponse:
    """The workbook to fill in, with the items of the card for the enterprises one may state of."""
    viewer, on = request.viewer, today()
    try:
        card = card_for(None, on)[2]
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("scores:inputs")
    firms = actions.may_state_of(viewer=viewer, on=on).exclude(credit_code="")[:MOST_FIRMS]
    content = sheets.template(card, [firm.credit_code for firm in firms], viewer.organisation.short_name, on)
    return download(f"评分数据_{on:%Y%m%d}.xlsx", content, MEDIA_TYPES["xlsx"])


@require_POST
@absent_is_404
def adopt(request: Any, score_id: UUID) -> HttpResponse:
    """A bank takes over what the scored enterprise said of itself, item by item, after it has seen the proof."""
    row = queries.score_of(viewer=request.viewer, score_id=score_id)
    try:
        facts = [UUID(chosen) for chosen in request.POST.getlist("fact")]
    except ValueError:
        facts = []  # mangled on its way: nothing was chosen
    try:
        kept = actions.adopt_inputs(by=request.viewer, enterprise=row.enterprise, facts=facts, on=today())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已采用 %(count)s 项，重新评分后起作用。") % {"count": len(kept)})
    return redirect("scores:score", score_id)
