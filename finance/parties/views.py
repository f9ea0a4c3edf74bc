"""Pages of enterprises: how one stands, stating its figures, recording and withdrawing a credit fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404, day_asked, text_asked

from . import queries, standing
from .forms import CreditForm, FiguresForm, WithdrawalForm
from .published import credit_kinds, region_name, size_note, size_standard

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from .models import Organisation

ROWS_A_PAGE = 50


@require_GET
def enterprise_list(request: Any) -> HttpResponse:
    """The enterprises of one's region, by name or credit code."""
    q = text_asked(request)
    page = Paginator(queries.enterprises(viewer=request.viewer, q=q), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [(one, one.district or region_name(one.region)) for one in page]
    query = f"{urlencode({'q': q})}&" if q else ""
    return render(request, "parties/enterprises.html", {"page": page, "rows": rows, "q": q, "query": query})


@require_GET
def own(request: Any) -> HttpResponse:
    """How the viewer's own enterprise stands."""
    return _standing_page(request, request.viewer.organisation)


@require_GET
@absent_is_404
def enterprise(request: Any, enterprise_id: UUID) -> HttpResponse:
    """How an enterprise of one's region stands."""
    return _standing_page(request, queries.enterprise(viewer=request.viewer, enterprise_id=enterprise_id))


@require_http_methods(["GET", "POST"])
@absent_is_404
def state_figures(request: Any, enterprise_id: UUID) -> HttpResponse:
    """State the figures of a year, or correct them."""
    of = queries.enterprise(viewer=request.viewer, enterprise_id=enterprise_id)
    form = FiguresForm(request.POST or None, initial={"year": today().year - 1})

    def act() -> str:
        standing.state_figures(by=request.viewer, enterprise=of, stated=form.stated, on=today())
        return _("已记录。更正请再填一次同一年度。")

    return _form_page(request, of, form, act, _("填报年度数据"), _("记录"))


@require_http_methods(["GET", "POST"])
@absent_is_404
def record_credit(request: Any, enterprise_id: UUID) -> HttpResponse:
    """Record a credit fact of an enterprise of one's region."""
    of = queries.enterprise(viewer=request.viewer, enterprise_id=enterprise_id)
    form = CreditForm(request.POST or None)

    def act() -> str:
        standing.record_credit_fact(by=request.viewer, enterprise=of, stated=form.stated, on=today())
        return _("已记录，企业可以看到。")

    return _form_page(request, of, form, act, _("记录信用事项"), _("记录"), kinds=credit_kinds().values())


@require_http_methods(["GET", "POST"])
@absent_is_404
def withdraw_credit(request: Any, enterprise_id: UUID, fact_id: UUID) -> HttpResponse:
    """Take back a credit fact that one's own house recorded."""
    of = queries.enterprise(viewer=request.viewer, enterprise_id=enterprise_id)
    facts = queries.credit_facts(viewer=request.viewer, enterprise=of, on=today())
    found = next((one for one in facts if one.fact.pk == fact_id), None)
    if found is None:
        raise Http404
    form = WithdrawalForm(request.POST or None, initial={"decided_on": today()})

    def act() -> str:
        standing.withdraw_credit_fact(by=request.viewer, fact_id=fact_id, on=today(), **form.cleaned_data)
        return _("已撤销；原记录仍可查。")

    return _form_page(request, of, form, act, _("撤销信用事项"), _("撤销"), withdrawn=found)


def _standing_page(request: Any, of: Organisation) -> HttpResponse:
    on, viewer = day_asked(request), request.viewer
    years = [(row, queries.size_of(row)) for row in queries.figures(viewer=viewer, enterprise=of, on=on)]
    return render(
        request, "parties/enterprise.html",
        {
            "enterprise": of, "on": on, "years": years, "standard": size_standard(),
            "note": size_note(),
            "facts": queries.credit_facts(viewer=viewer, enterprise=of, on=on),
            "is_own": viewer.organisation_id == of.pk,
            "may_state": viewer.seat in ("enterprise.owner", "finance_bureau.officer"),
            "may_record": viewer.seat in standing.RECORDERS,
            "region": region_name(of.region),
        },
    )  # fmt: skip


def _form_page(
    request: Any, of: Organisation, form: Any, act: Callable[[], str], title: str, button: str, **more: Any
) -> HttpResponse:
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, act())
        except Refused as refused:
            problems = refused.problems
        else:
            is_own = request.viewer.organisation_id == of.pk
            return redirect("parties:own") if is_own else redirect("parties:enterprise", of.pk)
    context = {"enterprise": of, "form": form, "problems": problems, "title": title, "button": button, **more}
    return render(request, "parties/state.html", context, status=422 if request.method == "POST" else 200)
