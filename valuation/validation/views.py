"""Pages of model validation: reports with the rows behind every figure, fits, shadow runs, promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import add_months, today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from valuation.validation import actions, queries
from valuation.validation.forms import OpinionForm, OutageForm, PeriodForm, SinceForm
from valuation.validation.page import (
    chosen,
    course_of,
    grades_of,
    ladder_told,
    next_rung,
    papers_of,
    pieces,
    records_told,
    rows_behind,
    values_told,
)
from valuation.validation.sections import sections
from valuation.validation.wording import report_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

ROWS_A_PAGE = 50


@require_GET
def overview(request: Any) -> HttpResponse:
    """Reports and fits of one's own institution; an auditor sees those of all."""
    context = {
        "reports": queries.reports(viewer=request.viewer)[:50],
        "records": records_told(queries.records(viewer=request.viewer)[:50]),
        "ladder": ladder_told(),
        "may_make": request.viewer.seat == actions.MAKES,
        "may_ask": request.viewer.seat in (actions.MAKES, actions.SIGNS),
    }
    return render(request, "validation/overview.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: Any) -> HttpResponse:
    """Have a report made."""
    form = PeriodForm(request.POST or None, initial=_lately())

    def act() -> Any:
        return redirect("job", actions.ask_for_report(by=request.viewer, **form.cleaned_data).pk)

    hints = [
        _("报告只用本机构在这一期间的评分和据以发放的贷款，在后台制作，完成后同时出具 PDF。"), _known_by(),
        _("制作不改变任何评分；做成后由另一名复核人员签署验证意见。"),
    ]  # fmt: skip
    return _form_page(request, form, act, _("出具验证报告"), _("出具"), hints)


@require_http_methods(["GET", "POST"])
def fit(request: Any) -> HttpResponse:
    """Fit what the defaults allow."""
    form = PeriodForm(request.POST or None, initial=_long_ago())

    def act() -> Any:
        record = actions.fit(by=request.viewer, **form.cleaned_data)
        messages.success(request, _("已拟合并留存；不改变任何评分。"))
        return redirect("validation:record", record.pk)

    hints = [
        _("违约越多，可以拟合的越多；结果另存一条记录，不改变任何评分。"), _known_by(),
        _("启用还要影子运行、条件全部满足，并由另一人确认。"),
    ]  # fmt: skip
    return _form_page(request, form, act, _("按违约户数拟合"), _("拟合"), hints, ladder_told())


@require_http_methods(["GET", "POST"])
def outage(request: Any) -> HttpResponse:
    """State that a source could not be asked."""
    form = OutageForm(request.POST or None)

    def act() -> Any:
        actions.state_outage(by=request.viewer, on=today(), **form.cleaned_data)
        messages.success(request, _("已登记，以后的验证报告会写明。"))
        return redirect("validation:overview")

    hints = [_("写明某一数据来源哪些天查不到；期间相交的验证报告会列出，并数出受影响的户次。登记后不能改。")]
    return _form_page(request, form, act, _("登记数据源中断"), _("登记"), hints)


@require_GET
@absent_is_404
def report(request: Any, report_id: UUID) -> HttpResponse:
    """A stored report, its sections in the reader's language."""
    return _report_page(request, report_id, OpinionForm())


@require_GET
@absent_is_404
def rows(request: Any, report_id: UUID, pick: str) -> HttpResponse:
    """The rows of the sample behind a section, each with its score and its loans."""
    found = queries.report(viewer=request.viewer, report_id=report_id)
    if pick not in chosen():
        raise Http404
    own = found.institution_id == request.viewer.organisation_id
    page = Paginator(rows_behind(found, pick), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"report": found, "page": page, "pick": chosen()[pick], "own": own, "query": ""}
    return render(request, "validation/rows.html", context)


@require_POST
@absent_is_404
def sign(request: Any, report_id: UUID) -> HttpResponse:
    """The independent validator's opinion."""
    found = queries.report(viewer=request.viewer, report_id=report_id)
    form = OpinionForm(request.POST)
    problems: Any = ()
    if form.is_valid():
        try:
            actions.sign(by=request.viewer, report=found, on=today(), **form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已签署。"))
            return redirect("validation:report", found.pk)
    return _report_page(request, report_id, form, problems, status=422)


@require_POST
@absent_is_404
def issue(request: Any, report_id: UUID) -> HttpResponse:
    """Let a worker issue the stored report as a PDF once more, with the opinion."""
    found = queries.report(viewer=request.viewer, report_id=report_id)
    return redirect("job", actions.ask_for_paper(by=request.viewer, report=found).pk)


@require_GET
@absent_is_404
def record(request: Any, record_id: UUID) -> HttpResponse:
    """A fit: its rung, figures, digests, how the conditions stand."""
    return _record_page(request, record_id)


@require_POST
@absent_is_404
def shadow(request: Any, record_id: UUID) -> HttpResponse:
    """Begin the shadow run."""
    found = queries.record(viewer=request.viewer, record_id=record_id)
    return _acted(
        request, record_id, lambda: actions.begin_shadow(by=request.viewer, record=found, on=today()),
        _("影子运行已开始。"),
    )  # fmt: skip


@require_POST
@absent_is_404
def promote(request: Any, record_id: UUID) -> HttpResponse:
    """Ask a second person to let it act."""
    found, form = queries.record(viewer=request.viewer, record_id=record_id), SinceForm(request.POST)

    def act() -> Any:
        return actions.propose_promotion(by=request.viewer, record=found, on=today(), **form.cleaned_data)

    return _acted(request, record_id, act, _("已提出，请另一人在待办中确认。"), form)


@require_POST
@absent_is_404
def roll_back(request: Any, record_id: UUID) -> HttpResponse:
    """Ask a second person to have the figures again that stood before."""
    found, form = queries.record(viewer=request.viewer, record_id=record_id), SinceForm(request.POST)

    def act() -> Any:
        since, family = form.cleaned_data["since"], found.card.family
        return actions.propose_rollback(by=request.viewer, since=since, on=today(), family=family)

    return _acted(request, record_id, act, _("已提出，请另一人在待办中确认。"), form)


@require_POST
@absent_is_404
def recalibrate(request: Any, record_id: UUID) -> HttpResponse:
    """The quarter's intercept for the card of this record."""
    found = queries.record(viewer=request.viewer, record_id=record_id)
    return _acted(
        request, record_id, lambda: actions.recalibrate(by=request.viewer, version=found.card, on=today()),
        _("已重校并留存；启用仍须影子运行和两人确认。"),
    )  # fmt: skip


def _lately() -> dict[str, Any]:
    return {"begins": add_months(today(), -24), "ends": today()}


def _long_ago() -> dict[str, Any]:
    """Two years of scores whose loans have been watched to the end of their window."""
    ends = add_months(today(), -queries.method_now().default.window_months)
    return {"begins": add_months(ends, -24), "ends": ends}


def _known_by() -> str:
    terms = queries.method_now().default
    return _("观察期 %(months)d 个月：%(day)s 以前发放的贷款才有结果，以后的只计入户次。") % {
        "months": terms.window_months, "day": add_months(today(), -terms.window_months).isoformat(),
    }  # fmt: skip


def _report_page(
    request: Any, report_id: UUID, form: OpinionForm, problems: Any = (), status: int = 200
) -> HttpResponse:
    found = queries.report(viewer=request.viewer, report_id=report_id)
    parts = sections(found.report, queries.method_now())
    drawn = [(part, pieces(part, part.tables)) for part in parts]
    own = found.institution_id == request.viewer.organisation_id
    context = {
        "report": found, "parts": drawn, "form": form, "problems": problems, "own": own,
        "opinion": getattr(found, "opinion", None),
        "may_sign": own and request.viewer.seat == actions.SIGNS and not hasattr(found, "opinion"),
        "documents": papers_of(found) if own else (),
    }  # fmt: skip
    return render(request, "validation/report.html", context, status=status)


def _record_page(request: Any, record_id: UUID, problems: Any = (), status: int = 200) -> HttpResponse:
    found = queries.record(viewer=request.viewer, record_id=record_id)
    own = found.institution_id == request.viewer.organisation_id
    conditions = actions.conditions_of(found, today())
    promotions = list(found.promotions.select_related("approval__maker__person", "approval__checker__person"))
    acting = queries.standing_promotion(found.institution, found.card.family, today())
    due = queries.recalibration_due(found.institution, found.card)
    acts = acting is not None and acting.record_id == found.pk and acting.way == "forward"
    context = {
        "record": found, "grades": grades_of(found), "problems": problems, "own": own,
        "form": SinceForm(initial={"since": today()}),
        "may_make": own and request.viewer.seat == actions.MAKES,
        "conditions": [(one, report_words(one.told)) for one in conditions],
        "all_met": all(one.met for one in conditions),
        "shadow": getattr(found, "shadow", None), "values": values_told(found, today()),
        "next_rung": next_rung(found), "promotions": promotions, "acts": acts,
        "asked": next((one for one in promotions if one.approval.state == "asked"), None),
        "steps": course_of(found, promotions),
        "recalibration_due": due if due is not None and due > today() else None,
    }  # fmt: skip
    return render(request, "validation/record.html", context, status=status)


def _acted(
    request: Any, record_id: UUID, act: Callable[[], Any], told: str, form: SinceForm | None = None
) -> HttpResponse:
    if form is not None and not form.is_valid():
        messages.error(request, _("请填起用日。"))
        return redirect("validation:record", record_id)
    try:
        act()
    except Refused as refused:
        return _record_page(request, record_id, refused.problems, status=422)
    messages.success(request, told)
    return redirect("validation:record", record_id)


def _form_page(
    request: Any, form: Any, act: Callable[[], Any], title: str, button: str, hints: Sequence[str], ladder: Any = ()
) -> HttpResponse:  # fmt: skip
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            return act()
        except Refused as refused:
            problems = refused.problems
    context = {
        "form": form, "problems": problems, "title": title, "button": button, "hints": hints, "ladder": ladder,
    }  # fmt: skip
    return render(request, "validation/form.html", context, status=422 if request.method == "POST" else 200)
