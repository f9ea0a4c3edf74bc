"""Pages of the claims: list, filing, one claim with its preview and decision, recovery, papers, proof sheet, working."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.calendars.queries import working_calendar
from kernel.days import today
from kernel.documents.answers import document_answer, file_answer
from kernel.errors import Refused, refuse_if_any
from kernel.money import yuan_text
from kernel.pages import absent_is_404
from riskpool.claims import actions, due, queries
from riskpool.claims.filing import filing_context, read_filing
from riskpool.claims.forms import ClaimForm, ReasonForm, RecoveryForm
from riskpool.claims.handing_back import recovery_shares
from riskpool.claims.models import Claim, DeficiencyAnswer
from riskpool.claims.openness import reader_of
from riskpool.claims.page import page_of
from riskpool.claims.proof import proof_of
from riskpool.claims.years import lowered_losses, years
from riskpool.pools import queries as pools
from riskpool.pools.models import PoolSeat
from riskpool.schemes import engine

ROWS_A_PAGE = 50


@require_GET
def claim_list(request: Any) -> HttpResponse:
    """The claims that the viewer may know of; for a bank also the overdue loans on which it may claim."""
    viewer, on = request.viewer, today()
    state = request.GET.get("state", "")
    rows = queries.claims(viewer=viewer)
    if state in Claim.State.values:
        rows = rows.filter(state=state)
    is_bank = viewer.organisation.kind == "bank"
    context = {
        "page": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "states": Claim.State.choices,
        "state": state,
        "query": f"state={state}&" if state else "",
        "on": on,
        "turns": due.waiting(viewer=viewer, on=on, calendar=working_calendar()),
        "lateness": due.lateness(viewer=viewer, on=on, calendar=working_calendar()),
        "claimable": due.claimable(viewer=viewer, on=on) if is_bank else [],
        "may_file": viewer.seat == "bank.maker",
        "has_years": years(viewer=viewer).exists(),
    }
    return render(request, "claims/list.html", context)


@require_http_methods(["GET", "POST"])
@absent_is_404
def file(request: Any, enrolment_id: UUID) -> HttpResponse:
    """File a claim on one's own overdue loan; nothing typed is lost, every fault is told at once."""
    enrolment = pools.enrolments(viewer=request.viewer).get(
        pk=enrolment_id, loan__bank=request.viewer.organisation_id
    )
    on = today()
    if request.method == "GET":
        known = {"principal": yuan_text(due.default_of(enrolment).balance_fen)}
        return render(request, "claims/file.html", filing_context(enrolment, ClaimForm(initial=known), on))
    form = ClaimForm(request.POST)
    papers, problems = read_filing(enrolment, form, request.FILES, on)
    if not problems:
        try:
            filed = actions.file_claim(
                by=request.viewer, enrolment_id=enrolment.pk, loss=form.loss, evidence=papers, on=on,
                at=timezone.now(), statement=form.cleaned_data["statement"],
            )  # fmt: skip
        except Refused as refused:
            problems = list(refused.problems)
        else:
            messages.success(request, _("已提交补偿申请 %(number)s。") % {"number": filed.number})
            return redirect("claims:claim", filed.pk)
    context = filing_context(enrolment, form, on) | {"problems": problems, "chosen": len(papers)}
    return render(request, "claims/file.html", context, status=422)


@require_GET
@absent_is_404
def claim(request: Any, claim_id: UUID) -> HttpResponse:
    """One claim."""
    return claim_page(request, claim_id)


def claim_page(request: Any, claim_id: UUID, *, problems: Any = (), form: Any = None) -> HttpResponse:
    """The page of a claim, with what was wrong in the act just tried."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    context = page_of(found, request.viewer, today())
    context |= {"problems": list(problems), "form": form or ReasonForm()}
    return render(request, "claims/claim.html", context, status=422 if problems or form else 200)


@require_POST
@absent_is_404
def accept(request: Any, claim_id: UUID) -> HttpResponse:
    """Accept: the split is kept, each source's part reserved."""
    try:
        accepted = actions.accept(by=request.viewer, claim_id=claim_id, on=today())
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, accepted_word(accepted))
    return redirect("claims:claim", claim_id)


def accepted_word(accepted: Claim) -> str:
    """What an acceptance did."""
    if accepted.state == Claim.State.IN_YEAR:
        return _("已受理，计入本年度，待年度结算。")
    return _("已受理，资金已预留。")


@require_POST
@absent_is_404
def refuse(request: Any, claim_id: UUID) -> HttpResponse:
    """Refuse with a reason; a claim for which money is held is put to a colleague."""
    held = queries.claim(viewer=request.viewer, claim_id=claim_id).state in queries.HOLDING
    act = actions.propose_refusal if held else actions.refuse
    said = _("已提请本机构另一人签批。") if held else _("已作不予补偿处理。")
    return _end(request, claim_id, act, said, (PoolSeat.Seat.BUREAU,))


@require_POST
@absent_is_404
def take_back(request: Any, claim_id: UUID) -> HttpResponse:
    """Ask a colleague to take an accepted claim back into review."""
    said = _("已提请本机构另一人签批。")
    return _end(request, claim_id, actions.propose_taking_back, said, (PoolSeat.Seat.BUREAU,))


@require_POST
@absent_is_404
def withdraw(request: Any, claim_id: UUID) -> HttpResponse:
    """The bank takes its claim back."""
    return _end(request, claim_id, actions.withdraw, _("已撤回补偿申请。"), ())


def _end(request: Any, claim_id: UUID, act: Any, said: str, seats: tuple[str, ...]) -> HttpResponse:
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    pool = found.enrolment.agreement.pool
    if seats and not pools.has_seat(viewer=request.viewer, pool=pool, seats=seats):
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return claim_page(request, claim_id, form=form)
    try:
        act(by=request.viewer, claim_id=claim_id, reason=form.cleaned_data["reason"], on=today())
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, said)
    return redirect("claims:claim", claim_id)


@require_POST
@absent_is_404
def pay(request: Any, claim_id: UUID) -> HttpResponse:
    """Ask a colleague to pay an accepted claim."""
    try:
        asked = actions.propose_payment(by=request.viewer, claim_id=claim_id, on=today())
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, _("已提请本机构另一人签批支付。"))
    return redirect("approval", asked.pk)


@require_POST
@absent_is_404
def pay_again(request: Any, claim_id: UUID) -> HttpResponse:
    """Ask a second person to pay again what the bank could not pay."""
    try:
        asked = actions.propose_payment_again(by=request.viewer, claim_id=claim_id, on=today())
    except Refused as refused:
        return claim_page(request, claim_id, problems=refused.problems)
    messages.success(request, _("已提请重付，须由本机构另一人签批。"))
    return redirect("approval", asked.pk)


@require_http_methods(["GET", "POST"])
@absent_is_404
def recover(request: Any, claim_id: UUID) -> HttpResponse:
    """Record money that came back: first shown how it will be handed back, then put to a colleague."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    seats = (PoolSeat.Seat.BUREAU, PoolSeat.Seat.MANAGER)
    if not pools.has_seat(viewer=request.viewer, pool=found.enrolment.agreement.pool, seats=seats):
        raise Http404
    in_year = found.bank_year_id is not None
    if found.state not in (
        Claim.State.PART_PAID,
        Claim.State.PAID,
        *([Claim.State.IN_YEAR] if in_year else []),
    ):
        return claim_page(request, claim_id, problems=due.not_paid_problems(found))
    form = RecoveryForm(request.POST or None, initial={"received_on": today()})
    context: dict[str, Any] = {"claim": found, "form": form, "problems": ()}
    if request.method == "POST" and form.is_valid():
        asked = {key: form.cleaned_data[key] for key in ("received_on", "note")}
        amounts = {"gross_fen": form.cleaned_data["gross"], "costs_fen": form.cleaned_data["costs"]}
        try:
            if "ask" in request.POST:
                approval = actions.propose_recovery(
                    by=request.viewer, claim_id=claim_id, on=today(), **amounts, **asked
                )
                messages.success(request, _("已提请本机构另一人签批。"))
                return redirect("approval", approval.pk)
            refuse_if_any(
                actions.recovery_problems(found, **amounts, received_on=asked["received_on"], on=today())
            )
            context["preview"] = (lowered_losses if in_year else recovery_shares)(found, **amounts)
        except Refused as refused:
            context["problems"] = refused.problems
    wrong = request.method == "POST" and (not form.is_valid() or context["problems"])
    return render(request, "claims/recover.html", context, status=422 if wrong else 200)


@require_GET
@absent_is_404
def working(request: Any, claim_id: UUID) -> HttpResponse:
    """The working as JSON: the decided one, as far as the viewer may read it, or before the decision the preview for
    those who sit at the pool."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    answer: dict[str, Any] = {"claim": found.number, "decided": False}
    if found.state in queries.DECIDED:
        said = proof_of(found, reader_of(request.viewer, found))
        answer |= {"decided": True, "proof": said, "stored": said["stored"]}
    elif found.state == Claim.State.FILED and reader_of(request.viewer, found).seated:
        try:
            preview = queries.preview(found, today())
        except Refused as refused:
            return JsonResponse({"problems": [str(problem) for problem in refused.problems]}, status=422)
        answer["stored"] = engine.stored(preview.scheme, preview.apportionment)
    else:
        raise Http404
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_GET
@absent_is_404
def proof(request: Any, claim_id: UUID) -> HttpResponse:
    """The proof sheet of a paid claim, for everybody who may know of the claim."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    if found.proof is None:
        raise Http404
    return document_answer(request.viewer, found.proof)


@require_GET
@absent_is_404
def paper(request: Any, claim_id: UUID, paper_id: int) -> HttpResponse:
    """One paper of the evidence, to be saved."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    return file_answer(request.viewer, found.evidence.select_related("file").get(pk=paper_id).file)


@require_GET
@absent_is_404
def answer_paper(request: Any, claim_id: UUID, answer_id: int) -> HttpResponse:
    """A paper with which the bank answered an item, to be saved."""
    found = queries.claim(viewer=request.viewer, claim_id=claim_id)
    answers = DeficiencyAnswer.objects.filter(item__notice__claim=found, file__isnull=False)
    file = answers.select_related("file").get(pk=answer_id).file
    assert file is not None, "only answers with a paper were asked for"
    return file_answer(request.viewer, file)
