"""Pages of a pool's bank accounts: what is to be paid, batches, what came back, one payment taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404
from riskpool.treasury import actions, page, queries
from riskpool.treasury.batchfile import FORMS, batch_file
from riskpool.treasury.forms import ReturnFileForm, TakeBackForm
from riskpool.treasury.models import PaymentInstruction

ROWS_A_PAGE = 50


@require_GET
def pool_list(request: Any) -> HttpResponse:
    """The pools at which the viewer's house sits; of a single one, its page at once."""
    held = list(queries.pools.pools(viewer=request.viewer))
    if len(held) == 1:
        return redirect("treasury:overview", held[0].pk)
    return render(request, "treasury/list.html", {"pools": [(pool, page.counts_of(pool)) for pool in held]})


@require_GET
@absent_is_404
def overview(request: Any, pool_id: UUID) -> HttpResponse:
    """What waits to be sent by account, what failed, batches and the bank's answers."""
    return overview_page(request, pool_id)


def overview_page(request: Any, pool_id: UUID, problems: Any = ()) -> HttpResponse:
    """The page, with what was wrong in the act just tried."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    context = page.overview_of(pool, request.viewer) | {"problems": list(problems)}
    return render(request, "treasury/overview.html", context, status=422 if problems else 200)


@require_POST
@absent_is_404
def release(request: Any, pool_id: UUID) -> HttpResponse:
    """Put the chosen payments of one account together and ask for their release."""
    ids, problems = page.ids_sent(request)
    source_id = page.uuid_sent(request, "source")
    if source_id is None or problems:
        problems = problems or [Problem(_("付款账户"), _("未选择"), _("请在一个账户下选择付款"), "required")]
        return overview_page(request, page.own_pool(request, pool_id).pk, problems)
    try:
        asked = actions.propose_batch(
            by=request.viewer, pool_id=pool_id, source_id=source_id, instruction_ids=ids
        )
    except Refused as refused:
        return overview_page(request, pool_id, refused.problems)
    messages.success(request, _("已提请本机构另一人放行。"))
    return redirect("approval", asked.pk)


@require_GET
@absent_is_404
def instructions(request: Any, pool_id: UUID) -> HttpResponse:
    """Every instruction of the pool with its state, the newest first."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    state = request.GET.get("state", "")
    rows = queries.instructions(viewer=request.viewer, pool=pool).prefetch_related("outcomes")
    if state in PaymentInstruction.State.values:
        rows = rows.filter(state=state)
    shown = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"pool": pool, "page": shown, "states": PaymentInstruction.State.choices, "state": state}
    context |= {
        "query": f"state={state}&" if state else "",
        "may_prepare": page.may_prepare(pool, request.viewer),
    }
    return render(request, "treasury/instructions.html", context)


@require_GET
@absent_is_404
def batch(request: Any, pool_id: UUID, batch_id: UUID) -> HttpResponse:
    """One batch: its head, its lines with their state, its files."""
    found = queries.batch(viewer=request.viewer, pool_id=pool_id, batch_id=batch_id)
    rows = found.instructions.select_related("payee").prefetch_related("outcomes").order_by("reference")
    context = {"batch": found, "pool": found.source.pool, "rows": rows, "fen": queries.fen_of(found.amount)}
    return render(
        request, "treasury/batch.html", context | {"may_take": page.sits(found.source.pool, request.viewer)}
    )


@require_GET
@absent_is_404
def file_of_batch(request: Any, pool_id: UUID, batch_id: UUID, form: str) -> HttpResponse:
    """The batch as a file for the bank; only for the houses that move the pool's money."""
    found = queries.batch(viewer=request.viewer, pool_id=pool_id, batch_id=batch_id)
    if form not in FORMS or not page.sits(found.source.pool, request.viewer):
        raise Http404
    return page.batch_answer(request.viewer, found, batch_file(found, form))


@require_http_methods(["GET", "POST"])
@absent_is_404
def upload_return(request: Any, pool_id: UUID) -> HttpResponse:
    """The bank's answer: every fault at once, or to a second person."""
    pool = page.own_pool(request, pool_id)
    problems: Any = ()
    form = ReturnFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.propose_return(
                by=request.viewer, pool_id=pool.pk, on=today(), **page.file_sent(form),
                good_rows=form.cleaned_data["good_rows"],
            )  # fmt: skip
        except Refused as refused:
            problems = refused.problems
        else:
            if asked is not None:
                messages.success(request, _("已提请本机构另一人复核入账。"))
                return redirect("approval", asked.pk)
            messages.info(request, _("文件中的结果都已登记过，没有任何改动。"))
            return redirect("treasury:overview", pool.pk)
    return page.form_page(request, pool, form, _("上传付款回盘"), problems, page.return_help())


@require_http_methods(["GET", "POST"])
@absent_is_404
def take_back(request: Any, pool_id: UUID, instruction_id: UUID) -> HttpResponse:
    """Stop a payment that was not sent, or record one that came back after it had succeeded."""
    pool = page.own_pool(request, pool_id)
    row = queries.instructions(viewer=request.viewer, pool=pool).get(pk=instruction_id)
    form = TakeBackForm(request.POST or None, initial={"day": today()})
    return page.propose(
        request, pool, form, _("撤回或退票：%(reference)s") % {"reference": row.reference},
        lambda typed: actions.propose_failure(
            by=request.viewer, pool_id=pool.pk, instruction_id=row.pk, on=today(), **typed
        ),
    )  # fmt: skip
