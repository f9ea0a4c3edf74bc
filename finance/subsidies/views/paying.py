"""Pages of payment files and awards: what was sent, what the bank answered, what is asked back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.subsidies import actions
from finance.subsidies.columns import MOST_BYTES, results_in, results_template
from finance.subsidies.forms.deciding import (
    ClawBackForm,
    ReceiptForm,
    ResultFileForm,
    ResultForm,
    ReturnForm,
)
from finance.subsidies.models import AwardPayment, ClawBack
from finance.subsidies.pages.plans import award_page, file_page
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries import of_calls
from finance.subsidies.shelf import policy_of
from finance.subsidies.views.forms import done_or_shown
from kernel.days import today
from kernel.documents.answers import download, file_answer
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404


@require_GET
@absent_is_404
def payment_file(request: Any, file_id: UUID) -> HttpResponse:
    """One payment file."""
    return _file_page(request, file_id)


def _file_page(request: Any, file_id: UUID, *, problems: Any = (), rows: Any = None) -> HttpResponse:
    found = of_calls.payment_file(viewer=request.viewer, file_id=file_id)
    context = file_page(found, request.viewer, today()) | {"problems": list(problems)}
    if rows is not None:
        context["rows"] = rows
    return render(
        request, "subsidies/payment_file.html", context, status=422 if problems or rows is not None else 200
    )


@require_GET
@absent_is_404
def payment_csv(request: Any, file_id: UUID) -> HttpResponse:
    """The file with whole account numbers, for the house that pays."""
    found = of_calls.payment_file(viewer=request.viewer, file_id=file_id)
    if found.call.bureau_id != request.viewer.organisation_id:
        raise Http404
    return file_answer(request.viewer, found.file)


@require_GET
@absent_is_404
def results_csv(request: Any, file_id: UUID) -> HttpResponse:
    """The lines of the file with empty columns for what the bank answers."""
    found = of_calls.payment_file(viewer=request.viewer, file_id=file_id)
    return download(f"{found.number}_回盘.csv", results_template(found), "text/csv")


@require_POST
@absent_is_404
def enter_results(request: Any, file_id: UUID) -> HttpResponse:
    """The answers typed line by line; those without an outcome are left for later."""
    found = of_calls.payment_file(viewer=request.viewer, file_id=file_id)
    payments = found.payments.select_related("award__payee", "account").prefetch_related("results")
    rows = [
        (payment, ResultForm(request.POST, payment=payment) if payment.state != "failed" else None)
        for payment in payments.order_by("seq")
    ]
    forms = [form for _payment, form in rows if form is not None]
    if any(form.errors for form in forms):
        return _file_page(request, file_id, rows=rows)
    answers = [
        actions.Answered(
            form.payment.seq, form.cleaned_data["outcome"] == "ok", form.cleaned_data["day"],
            form.cleaned_data["reference"], form.cleaned_data["reason"],
        )
        for form in forms
        if form.cleaned_data["outcome"]
    ]  # fmt: skip
    try:
        actions.enter_results(by=request.viewer, file_id=file_id, answers=answers, on=today())
    except Refused as refused:
        return _file_page(request, file_id, problems=refused.problems, rows=rows)
    return _entered(request, file_id, len(answers))


@require_POST
@absent_is_404
def upload_results(request: Any, file_id: UUID) -> HttpResponse:
    """The answers in the bank's file; every fault with its row and column, nothing is taken while there is one."""
    found = of_calls.payment_file(viewer=request.viewer, file_id=file_id)
    form = ResultFileForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise Refused(Problem("回盘文件", "没有选择文件", "请选择填好结果的文件", "required"))
        sent = form.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            size = f"{sent.size / 2**20:.1f} MB"
            raise Refused(
                Problem("回盘文件", f"{size}，超过 2 MB", "请只上传这一份付款文件的回盘", "too_large")
            )
        said = results_in(found, name=sent.name, content=sent.read(), on=today())
        answers = [actions.Answered(**one) for one in said]
        actions.enter_results(by=request.viewer, file_id=file_id, answers=answers, on=today())
    except Refused as refused:
        return _file_page(request, file_id, problems=refused.problems)
    return _entered(request, file_id, len(answers))


def _entered(request: Any, file_id: UUID, count: int) -> HttpResponse:
    messages.success(request, _("已登记 %(n)s 笔结果；失败的列入下一份付款文件。") % {"n": count})
    return redirect("subsidies:payment_file", file_id)


@require_GET
@absent_is_404
def award(request: Any, award_id: UUID) -> HttpResponse:
    """One award."""
    return _award_page(request, award_id)


def _award_page(request: Any, award_id: UUID, *, problems: Any = (), **forms: Any) -> HttpResponse:
    found = asked.awards(viewer=request.viewer).get(pk=award_id)
    context = award_page(found, request.viewer, today()) | forms | {"problems": list(problems)}
    return render(request, "subsidies/award.html", context, status=422 if problems or forms else 200)


@require_POST
@absent_is_404
def claw_back(request: Any, award_id: UUID) -> HttpResponse:
    """Ask a second person to ask an award back."""
    found = asked.awards(viewer=request.viewer).get(pk=award_id)
    form = ClawBackForm(request.POST, recovery=policy_of(found.application.call.policy).recovery)

    def ask() -> HttpResponse:
        asked_for = actions.propose_claw_back(
            by=request.viewer, award_id=award_id, on=today(), **form.cleaned_data
        )
        messages.success(request, _("已提请本部门另一人签批追回。"))
        return redirect("approval", asked_for.pk)

    return _by_form(request, award_id, "claw_form", form, ask)


@require_POST
@absent_is_404
def returned(request: Any, award_id: UUID, payment_id: UUID) -> HttpResponse:
    """Ask a second person to enter that a payment came back."""
    found = asked.awards(viewer=request.viewer).get(pk=award_id)
    AwardPayment.objects.get(pk=payment_id, award=found)
    form = ReturnForm(request.POST)

    def ask() -> HttpResponse:
        asked_for = actions.propose_return(
            by=request.viewer, payment_id=payment_id, on=today(), **form.cleaned_data
        )
        messages.success(request, _("已提请本部门另一人签批退票。"))
        return redirect("approval", asked_for.pk)

    return _by_form(request, award_id, "return_form", form, ask)


@require_POST
@absent_is_404
def receive_back(request: Any, award_id: UUID, claw_back_id: UUID) -> HttpResponse:
    """Record money that came back."""
    found = asked.awards(viewer=request.viewer).get(pk=award_id)
    ClawBack.objects.get(pk=claw_back_id, award=found)
    form = ReceiptForm(request.POST)

    def enter() -> HttpResponse:
        actions.receive_back(by=request.viewer, claw_back_id=claw_back_id, on=today(), **form.cleaned_data)
        messages.success(request, _("已登记到账。"))
        return redirect("subsidies:award", award_id)

    return _by_form(request, award_id, "receipt_form", form, enter)


def _by_form(
    request: Any, award_id: UUID, name: str, form: Any, act: Callable[[], HttpResponse]
) -> HttpResponse:
    """Do what the form says; what cannot be read or is refused is shown on the award's page with what was typed."""
    return done_or_shown(
        form, act, lambda problems: _award_page(request, award_id, problems=problems, **{name: form})
    )
