"""A house's pages: its lists, making one, one list with who is in, near, unknown and out, one firm with every condition."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.parties.published import region_name
from kernel.days import today
from kernel.documents.answers import download
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Refused
from kernel.pages import absent_is_404, text_asked
from valuation.whitelists import actions, counts, queries, wording
from valuation.whitelists.forms import ChangeForm, DropForm, MakingForm, PushForm
from valuation.whitelists.models import Candidate, HandChange, WhiteList
from valuation.whitelists.papers import papers_of
from valuation.whitelists.sheets import workbook_of_house

ROWS_A_PAGE = 50
GROUPS = ("on", "near", *Candidate.Answer.values)


@require_GET
def white_lists(request: Any) -> HttpResponse:
    """The lists of the house, the latest first."""
    page = Paginator(queries.white_lists(viewer=request.viewer), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "whitelists/list.html", {"page": page, "query": "", "may_make": _makes(request)})


@require_http_methods(["GET", "POST"])
def make(request: Any) -> HttpResponse:
    """Let a worker look at every firm of the region by a filter, as of a day."""
    region = request.viewer.organisation.region
    form = MakingForm(request.POST or None, region=region, initial={"on": today()})
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.look_at_region(by=request.viewer, **form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            return redirect("job", job.pk)
    context = {"form": form, "problems": problems, "region": region_name(region)}
    return render(request, "whitelists/make.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@absent_is_404
def white_list(request: Any, list_id: UUID) -> HttpResponse:
    """One list: who stands on it, who nearly does, of whom what is missing, who does not and why."""
    return _list_page(request, list_id)


def _list_page(request: Any, list_id: UUID, problems: Any = (), **forms: Any) -> HttpResponse:
    made = queries.white_list(viewer=request.viewer, list_id=list_id)
    group = request.GET.get("group", "on")
    group = group if group in GROUPS else "on"
    everybody = queries.candidates(made)
    on_list = queries.standing(made)
    numbers = {name: everybody.filter(_of_group(name)).count() for name in GROUPS[1:]} | {"on": len(on_list)}
    q = text_asked(request)
    rows = _rows(made, everybody, on_list, group, q)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    approved = getattr(made, "approved", None)
    conversions = queries.conversions(made)
    context = {
        "made": made, "approved": approved, "group": group, "numbers": numbers, "q": q, "page": page,
        "tabs": [(name, _group_words()[name], numbers[name]) for name in GROUPS if numbers[name] or name == "on"],
        "rows": [(place, one, change, wording.unmet_of(one, made)) for place, one, change in page],
        "rules": queries.filter_of_list(made), "region": region_name(made.region), "problems": list(problems),
        "query": f"{urlencode({'group': group, 'q': q})}&", "conversions": conversions,
        "totals": _totals(conversions), "wishes": queries.wishes_to(made.house).count(),
        "papers": papers_of(approved, made.house_id) if approved and _own(request, made) else (),
        "own": _own(request, made),
        "may_change": _makes(request) and made.state == WhiteList.State.DRAFT,
        "may_push": _makes(request) and approved is not None and approved.valid_to >= today(),
        "drop_form": forms.get("drop_form") or DropForm(),
        "push_form": forms.get("push_form") or PushForm(banks=queries.banks_to_push_to(made)),
    }  # fmt: skip
    return render(request, "whitelists/white_list.html", context, status=422 if problems or forms else 200)


def _rows(made: WhiteList, everybody: Any, on_list: Any, group: str, q: str) -> list[Any]:
    if group == "on":
        found = [(place, one, change) for place, (one, change) in enumerate(on_list, 1)]
        return [row for row in found if q in row[1].name or q in row[1].credit_code]
    if q:
        everybody = everybody.filter(Q(name__icontains=q) | Q(credit_code__icontains=q))
    changed = queries.last_changes(made)
    return [(one.place, one, changed.get(one.pk)) for one in everybody.filter(_of_group(group))]


def _of_group(name: str) -> Q:
    return Q(near=True) if name == "near" else Q(answer=name)


def _group_words() -> dict[str, Any]:
    return {"on": _("名单"), "near": _("差一点"), **dict(Candidate.Answer.choices)}


def _totals(conversions: list[queries.Conversion]) -> dict[str, int | None]:
    if not conversions:
        return {}
    names = conversions[0].counts
    return {name: counts.column_total([one.counts[name] for one in conversions]) for name in names} | {
        "pushed": sum(one.pushed for one in conversions)
    }


@require_http_methods(["GET", "POST"])
@absent_is_404
def candidate(request: Any, list_id: UUID, enterprise_id: UUID) -> HttpResponse:
    """One firm: every condition with what is known; putting it on or taking it off by hand."""
    one = queries.candidate(viewer=request.viewer, list_id=list_id, enterprise_id=enterprise_id)
    made = one.white_list
    stands = any(firm.pk == one.pk for firm, _change in queries.standing(made))
    turn = HandChange.Kind.REMOVE if stands else HandChange.Kind.ADD
    form = ChangeForm(request.POST or None, initial={"kind": turn})
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_by_hand(
                by=request.viewer, list_id=list_id, enterprise_id=enterprise_id, **form.cleaned_data
            )
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已调整。复核人会看到理由。"))
            return redirect("whitelists:candidate", list_id, enterprise_id)
    context = {
        "one": one, "made": made, "told": wording.told_of(one, made), "stands": stands, "form": form,
        "problems": problems, "turn": turn, "rules": queries.filter_of_list(made),
        "changes": one.hand_changes.select_related("made_by__person").order_by("-made_at", "-pk"),
        "may_change": _makes(request)
        and made.state == WhiteList.State.DRAFT
        and (stands or one.answer != Candidate.Answer.WISHED),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "whitelists/candidate.html", context, status=status)


@require_POST
@absent_is_404
def ask(request: Any, list_id: UUID) -> HttpResponse:
    """Put the draft to a second person."""
    try:
        asked = actions.ask_for_approval(by=request.viewer, list_id=list_id, on=today())
    except Refused as refused:
        return _list_page(request, list_id, refused.problems)
    messages.success(request, _("已提请本机构另一人复核。"))
    return redirect("approval", asked.pk)


@require_POST
@absent_is_404
def drop(request: Any, list_id: UUID) -> HttpResponse:
    """Give the draft up."""
    queries.white_list(viewer=request.viewer, list_id=list_id)
    form = DropForm(request.POST)
    if not form.is_valid():
        return _list_page(request, list_id, drop_form=form)
    try:
        actions.drop(by=request.viewer, list_id=list_id, **form.cleaned_data)
    except Refused as refused:
        return _list_page(request, list_id, refused.problems, drop_form=form)
    messages.success(request, _("草稿已作废。"))
    return redirect("whitelists:list")


@require_POST
@absent_is_404
def push(request: Any, list_id: UUID) -> HttpResponse:
    """Give the list to the banks chosen."""
    made = queries.white_list(viewer=request.viewer, list_id=list_id)
    form = PushForm(request.POST, banks=queries.banks_to_push_to(made))
    if not form.is_valid():
        return _list_page(request, list_id, push_form=form)
    try:
        given = actions.push(
            by=request.viewer, list_id=list_id, banks=list(form.cleaned_data["banks"]), on=today()
        )
    except Refused as refused:
        return _list_page(request, list_id, refused.problems, push_form=form)
    messages.success(request, _("已推送给 %(n)s 家银行。") % {"n": len(given)})
    if ended := actions.not_pushed(made, today()):
        names = "、".join(ended.values())
        messages.warning(request, _("授权已撤回或到期，未推送：%(names)s") % {"names": names})
    return redirect("whitelists:white_list", list_id)


@require_GET
@absent_is_404
def workbook(request: Any, list_id: UUID) -> HttpResponse:
    """The list and every firm looked at, as a workbook."""
    made = queries.white_list(viewer=request.viewer, list_id=list_id)
    return download(f"白名单_{made.on.isoformat()}.xlsx", workbook_of_house(made), MEDIA_TYPES["xlsx"])


def _own(request: Any, made: WhiteList) -> bool:
    return bool(made.house_id == request.viewer.organisation_id)


def _makes(request: Any) -> bool:
    return bool(request.viewer.seat in actions.MAKES)
