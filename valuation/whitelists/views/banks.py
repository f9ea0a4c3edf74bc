"""A bank's pages: lists pushed to it, one of them with filters, one firm with the bank's own answers."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel.days import today
from kernel.documents.answers import download
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Refused
from kernel.pages import absent_is_404, text_asked
from valuation.whitelists import actions, queries
from valuation.whitelists.actions.voices import ANSWERS
from valuation.whitelists.forms import AnswerForm
from valuation.whitelists.models import BankAnswer
from valuation.whitelists.papers import papers_of
from valuation.whitelists.sheets import workbook_of_bank

ROWS_A_PAGE = 50


@require_GET
def received(request: Any) -> HttpResponse:
    """Every list pushed to the bank."""
    pushes = Paginator(queries.received(viewer=request.viewer), ROWS_A_PAGE).get_page(request.GET.get("page"))
    said = queries.said_by_push(list(pushes))
    rows = [(push, _numbers(said.get(push.pk, Counter()))) for push in pushes]
    context = {"page": pushes, "rows": rows, "query": "", "on": today()}
    return render(request, "whitelists/received.html", context)


def _numbers(said: Counter[str]) -> dict[str, int]:
    return {"all": said.total(), "open": said[queries.OPEN], "granted": said[BankAnswer.Kind.GRANTED]}


@require_GET
@absent_is_404
def received_list(request: Any, push_id: UUID) -> HttpResponse:
    """The firms of a pushed list, found by name, district, what was said and whether the bank has a loan."""
    push = queries.received_list(viewer=request.viewer, push_id=push_id)
    everybody = queries.pushed_firms(viewer=request.viewer, push=push)
    firms = list(everybody)
    own = queries.own_loans(viewer=request.viewer, enterprises=[firm.enterprise_id for firm in firms])
    asked = {name: text_asked(request, name) for name in ("q", "said", "district", "loan")}
    borrowers = {
        "yes": list(own),
        "no": [firm.enterprise_id for firm in firms if firm.enterprise_id not in own],
    }
    found = queries.found(
        everybody, q=asked["q"], said=asked["said"], district=asked["district"],
        borrowers=borrowers.get(asked["loan"]),
    )  # fmt: skip
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    words = dict(BankAnswer.Kind.choices)
    context = {
        "push": push, "made": push.approved.white_list, "page": page, "asked": asked, "on": today(),
        "rows": [(firm, own.get(firm.enterprise_id, []), words.get(firm.said, "")) for firm in page],
        "districts": sorted({firm.told["district"] for firm in firms if firm.told["district"]}),
        "kinds": [(queries.OPEN, _("未反馈")), *BankAnswer.Kind.choices], "query": f"{urlencode(asked)}&",
        "papers": papers_of(push, push.bank_id), "conditions": push.approved.white_list.filter_text["conditions"],
    }  # fmt: skip
    return render(request, "whitelists/received_list.html", context)


@require_http_methods(["GET", "POST"])
@absent_is_404
def firm(request: Any, push_id: UUID, enterprise_id: UUID) -> HttpResponse:
    """One firm: how it came to the list, the bank's own loans to it, and what the bank said of it."""
    one = queries.pushed_firm(viewer=request.viewer, push_id=push_id, enterprise_id=enterprise_id)
    form = AnswerForm(request.POST or None, initial={"about": today()})
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer(
                by=request.viewer, push_id=push_id, enterprise_id=enterprise_id, on=today(), **form.cleaned_data
            )  # fmt: skip
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已记录反馈。"))
            return redirect("whitelists:firm", push_id, enterprise_id)
    own = queries.own_loans(viewer=request.viewer, enterprises=[enterprise_id]).get(enterprise_id, [])
    filed = {
        loan.bank_loan_no: loan for loan in own
    }  # a number said before its loan was filed is found afterwards
    context = {
        "one": one, "push": one.push, "made": one.push.approved.white_list, "form": form, "problems": problems,
        "answers": [(said, filed.get(said.loan_no)) for said in queries.answers_of(one)],
        "may_answer": request.viewer.seat in ANSWERS, "loans": own,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "whitelists/firm.html", context, status=status)


@require_GET
@absent_is_404
def workbook(request: Any, push_id: UUID) -> HttpResponse:
    """The firms of a pushed list as a workbook."""
    push = queries.received_list(viewer=request.viewer, push_id=push_id)
    name = f"白名单_{push.pushed_on.isoformat()}.xlsx"
    return download(name, workbook_of_bank(request.viewer, push), MEDIA_TYPES["xlsx"])
