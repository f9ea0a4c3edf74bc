"""Pages of a claim's course: recognising the loss, mending, deferring, settling in stages, what the bank owes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kernel.days import today
from kernel.documents.papers import MEDIA_TYPES, MOST_BYTES, ending_of, paper_problem
from kernel.errors import Problem, Refused
from kernel.money import yuan_text
from kernel.pages import absent_is_404
from riskpool.claims import actions, mending, queries
from riskpool.claims.account import ceilings_of, receivables_of
from riskpool.claims.forms import (
    AnswerForm,
    ArrivalForm,
    ClawbackForm,
    FinalLossForm,
    ItemForm,
    RecognitionForm,
    SettlementForm,
    StrikeForm,
)
from riskpool.claims.models import Apportionment, Claim
from riskpool.claims.rules import COMPONENTS
from riskpool.claims.standing import STAGES, settlement_preview
from riskpool.claims.views import accepted_word, claim_page
from riskpool.pools import queries as pools
from riskpool.pools.models import PoolSeat
from riskpool.pools.versions import scheme_of

Seat = PoolSeat.Seat
FEWEST_ITEMS = 3  # rows of an empty notice
MORE_ITEMS = 3


def _at_desk(request: Any, claim_id: UUID, *seats: str) -> Claim:
    """The claim, for those with one of these seats at its pool; 404 for everybody else."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    if not pools.has_seat(viewer=request.viewer, pool=found.enrolment.agreement.pool, seats=seats):
        raise Http404
    return found


def _of_own_bank(request: Any, claim_id: UUID) -> Claim:
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    if found.enrolment.loan.bank_id != request.viewer.organisation_id:
        raise Http404
    return found


def _form_problems(form: Any) -> list[Problem]:
    """What the fields themselves refuse, as problems beside those of the action."""
    form.is_valid()
    return [
        Problem(str(form.fields[name].label) if name in form.fields else "", str(fault), _("请更正后重新提交"), "form")
        for name, faults in form.errors.items()
        for fault in faults
    ]  # fmt: skip


def _state_problem(found: Claim, wanted: Any) -> list[Problem]:
    return [Problem("补偿申请", f"{found.number} {found.get_state_display()}", str(wanted), "state")]


def _typed(loss: dict[str, int]) -> dict[str, str]:
    """What the bank stated, as it is typed; components of zero are left out."""
    return {name: yuan_text(fen) for name, fen in loss.items() if fen}


@require_http_methods(["GET", "POST"])
@absent_is_404
def recognise(request: Any, claim_id: UUID) -> HttpResponse:
    """Accept with a recognised loss and granted shares: first looked at, then accepted."""
    found = _at_desk(request, claim_id, Seat.BUREAU)
    if found.state not in (Claim.State.FILED, Claim.State.DEFERRED):
        return claim_page(request, claim_id, problems=_state_problem(found, _("只有待审核或暂缓时可办")))
    scheme = scheme_of(found.enrolment.scheme_id)
    ceilings = ceilings_of(scheme, queries.party_names(found, scheme))
    form = RecognitionForm(
        request.POST or None, ceilings=ceilings, initial=_typed(queries.stated_loss(found))
    )
    context: dict[str, Any] = {"claim": found, "form": form, "problems": ()}
    if request.method == "POST" and form.is_valid():
        try:
            if "do" in request.POST:
                accepted = actions.accept(
                    by=request.viewer, claim_id=claim_id, on=today(), recognised=form.recognised,
                    reasons=form.reasons, grants=form.grants, rest_later=form.cleaned_data["rest_later"],
                )  # fmt: skip
                messages.success(request, accepted_word(accepted))
                return redirect("claims:claim", claim_id)
            context["preview"] = queries.preview(found, today(), form.recognised, form.grants)
            context["problems"] = context["preview"].problems
        except Refused as refused:
            context["problems"] = refused.problems
    wrong = request.method == "POST" and (form.errors or context["problems"])
    return render(request, "claims/recognise.html", context, status=422 if wrong else 200)


@require_POST
@absent_is_404
def defer(request: Any, claim_id: UUID) -> HttpResponse:
    """Put a complete claim into the queue."""
    try:
        deferral = actions.defer(by=request.viewer, claim_id=claim_id, on=today())
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, _("已暂缓：%(why)s。") % {"why": deferral.get_cause_display()})
    return redirect("claims:claim", claim_id)


@require_http_methods(["GET", "POST"])
@absent_is_404
def notice(request: Any, claim_id: UUID) -> HttpResponse:
    """List what must be mended, row by row; empty rows are left out, more rows lose nothing that was typed."""
    found = _at_desk(request, claim_id, Seat.BUREAU)
    rows = FEWEST_ITEMS
    while f"row{rows}-what" in request.POST:
        rows += 1
    if "more" in request.POST:
        rows += MORE_ITEMS
    sent = (
        request.POST if request.method == "POST" else None
    )  # an empty answer is a form with nothing in it, not none
    forms = [ItemForm(sent, prefix=f"row{place}") for place in range(rows)]
    context: dict[str, Any] = {"claim": found, "forms": forms, "problems": ()}
    if request.method == "POST" and "more" not in request.POST:
        problems = [problem for form in forms for problem in _form_problems(form)]
        items = [actions.Asked(**form.cleaned_data) for form in forms if any(form.cleaned_data.values())]
        try:
            if not problems:
                actions.issue_notice(by=request.viewer, claim_id=claim_id, items=items, on=today())
                messages.success(request, _("补正通知已送达银行，审核时限中止。"))
                return redirect("claims:claim", claim_id)
        except Refused as refused:
            problems = list(refused.problems)
        context["problems"] = problems
    return render(request, "claims/notice.html", context, status=422 if context["problems"] else 200)


@require_http_methods(["GET", "POST"])
@absent_is_404
def answer(request: Any, claim_id: UUID) -> HttpResponse:
    """Answer the open items one by one, all or some; words are never lost, papers with a fault are named."""
    found = _of_own_bank(request, claim_id)
    open_items = [state for state in mending.open_items(found) if not state.answered]
    forms = [AnswerForm(request.POST or None, request.FILES or None, item=state.item) for state in open_items]
    context: dict[str, Any] = {"claim": found, "forms": forms, "problems": ()}
    if request.method == "POST":
        answers, problems = _answers(forms)
        try:
            if not problems:
                done = actions.answer_items(
                    by=request.viewer, claim_id=claim_id, answers=answers, on=today(), at=timezone.now()
                )
                back = done.state == Claim.State.FILED
                messages.success(
                    request, _("已逐项答复，交回审核。") if back else _("已保存，尚有未答复的事项。")
                )
                return redirect("claims:claim" if back else "claims:answer", claim_id)
        except Refused as refused:
            problems = list(refused.problems)
        context["problems"] = problems
    return render(request, "claims/answer.html", context, status=422 if context["problems"] else 200)


def _answers(forms: list[AnswerForm]) -> tuple[list[actions.Answered], list[Problem]]:
    answers, problems = [], []
    for form in forms:
        problems += _form_problems(form)
        kind, text = form.cleaned_data.get("kind", ""), form.cleaned_data.get("text", "")
        sent = form.cleaned_data.get("file")
        content = sent.read(MOST_BYTES + 1) if sent else b""
        fault = paper_problem(sent.name, content) if sent else None
        if fault is not None:
            problems.append(fault)
        elif sent and kind != "paper":
            problems.append(
                Problem(
                    f"补正事项 {form.item.place}",
                    _("上传了文件，答复方式却不是提交材料"),
                    _("请核对"),
                    "kind",
                )
            )
        elif not kind and text:
            problems.append(
                Problem(f"补正事项 {form.item.place}", _("没有选择答复方式"), _("请选择"), "kind")
            )
        elif kind:
            name = sent.name if sent else ""
            media = MEDIA_TYPES[ending_of(name)] if name else ""
            answers.append(actions.Answered(form.item.pk, kind, text, name, media, content))
    return answers, problems


@require_POST
@absent_is_404
def strike(request: Any, claim_id: UUID) -> HttpResponse:
    """Strike one item off."""
    _at_desk(request, claim_id, Seat.BUREAU)
    form = StrikeForm(request.POST)
    if not form.is_valid():
        return claim_page(request, claim_id, problems=_form_problems(form))
    try:
        actions.strike_off(
            by=request.viewer, claim_id=claim_id, item_id=form.cleaned_data["item"],
            outcome=form.cleaned_data["outcome"], note=form.cleaned_data["note"], on=today(),
        )  # fmt: skip
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, _("已销项。"))
    return redirect("claims:claim", claim_id)


@require_http_methods(["GET", "POST"])
@absent_is_404
def state_loss(request: Any, claim_id: UUID) -> HttpResponse:
    """The bank states the final loss of a claim in escrow."""
    found = _of_own_bank(request, claim_id)
    form = FinalLossForm(request.POST or None, initial=_typed(queries.stated_loss(found)))
    return _ask(
        request, found, form, _("申报最终损失"), _("提交"),
        lambda: actions.state_final_loss(
            by=request.viewer, claim_id=claim_id, loss=form.loss, statement=form.cleaned_data["statement"],
            on=today(),
        ),
        _("已申报最终损失，等待清算。"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@absent_is_404
def settle(request: Any, claim_id: UUID) -> HttpResponse:
    """Calculate anew on the running total: first shown what moves, then put to a colleague."""
    found = _at_desk(request, claim_id, Seat.BUREAU)
    if found.state not in STAGES or found.bank_year_id is not None:
        return claim_page(
            request, claim_id, problems=_state_problem(found, _("受理并支付或划入保证金后可办"))
        )
    stages = [(stage.value, stage.label) for stage in STAGES[Claim.State(found.state)]]
    form = SettlementForm(request.POST or None, stages=stages, initial=_typed(queries.stated_loss(found)))
    context: dict[str, Any] = {"claim": found, "form": form, "problems": ()}
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {
            "stage": Apportionment.Stage(form.cleaned_data["stage"]), "recognised": form.recognised,
            "reasons": form.reasons, "on": today(),
        }  # fmt: skip
        try:
            if "ask" in request.POST:
                approval = actions.propose_settlement(
                    by=request.viewer, claim_id=claim_id, reason=form.cleaned_data["reason"],
                    article=form.cleaned_data["article"], **asked,
                )  # fmt: skip
                messages.success(request, _("已提请本机构另一人签批。"))
                return redirect("approval", approval.pk)
            context["preview"] = settlement_preview(found, **asked)
            context["problems"] = context["preview"].problems
        except Refused as refused:
            context["problems"] = refused.problems
    wrong = request.method == "POST" and (form.errors or context["problems"])
    return render(request, "claims/settle.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
@absent_is_404
def clawback(request: Any, claim_id: UUID) -> HttpResponse:
    """Ask a colleague to claw back what was paid."""
    found = _at_desk(request, claim_id, Seat.BUREAU)
    form = ClawbackForm(request.POST or None)
    return _ask(
        request, found, form, _("追回补偿款"), _("提请另一人签批"),
        lambda: actions.propose_clawback(
            by=request.viewer, claim_id=claim_id, amount_fen=form.cleaned_data["amount"],
            interest_fen=form.cleaned_data["interest"], reason=form.cleaned_data["reason"],
            article=form.cleaned_data["article"], on=today(),
        ),
        _("已提请本机构另一人签批。"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@absent_is_404
def arrival(request: Any, claim_id: UUID, seq: int) -> HttpResponse:
    """Ask a colleague to record money of a receivable that has arrived."""
    found = _at_desk(request, claim_id, Seat.BUREAU, Seat.MANAGER)
    owed = next((row for row in receivables_of(found) if row["seq"] == seq), None)
    if owed is None:
        raise Http404
    form = ArrivalForm(
        request.POST or None, initial={"received_on": today(), "amount": yuan_text(owed["left"])}
    )
    return _ask(
        request, found, form, _("银行退回款到账"), _("提请另一人签批"),
        lambda: actions.propose_arrival(
            by=request.viewer, claim_id=claim_id, seq=seq, amount_fen=form.cleaned_data["amount"],
            received_on=form.cleaned_data["received_on"], reference=form.cleaned_data["reference"], on=today(),
        ),
        _("已提请本机构另一人签批。"),
    )  # fmt: skip


def _ask(request: Any, found: Claim, form: Any, title: str, button: str, act: Any, said: str) -> HttpResponse:
    """A page with one form that does one act, or says all at once what is wrong with it."""
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as refused:
            problems = list(refused.problems)
        else:
            messages.success(request, said)
            return redirect("claims:claim", found.pk)
    context = {"claim": found, "form": form, "title": title, "button": button, "problems": problems}
    context["losses"] = [(title, queries.stated_loss(found)[name]) for name, title in COMPONENTS.items()]
    wrong = request.method == "POST"
    return render(request, "claims/act.html", context, status=422 if wrong else 200)
