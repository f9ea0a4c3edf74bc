"""An enterprise's page: on which lists it stands and why, who was told, and asking to be taken off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from valuation.whitelists import actions, queries, wording
from valuation.whitelists.forms import WishForm


@require_GET
def own(request: Any) -> HttpResponse:
    """Where the viewer's own enterprise stands."""
    return _own_page(request)


def _own_page(request: Any, problems: Any = (), form: WishForm | None = None) -> HttpResponse:
    standings = queries.own_standings(viewer=request.viewer)
    rows = [(one, wording.told_of(one.candidate, one.approved.white_list)) for one in standings]
    context = {
        "rows": rows, "wishes": queries.own_wishes(viewer=request.viewer), "form": form or WishForm(),
        "problems": list(problems), "on": today(),
    }  # fmt: skip
    return render(request, "whitelists/own.html", context, status=422 if problems or form else 200)


@require_POST
@absent_is_404
def wish(request: Any, list_id: UUID) -> HttpResponse:
    """Ask the house of a list to take the enterprise off."""
    queries.listing_house(viewer=request.viewer, list_id=list_id)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _own_page(request, form=form)
    try:
        actions.wish_to_be_taken_off(
            by=request.viewer, list_id=list_id, on=today(), reason=form.cleaned_data["reason"]
        )
    except Refused as refused:
        return _own_page(request, refused.problems, form)
    messages.success(request, _("已记录。自现在起不再推送；此前收到名单的银行会看到您的要求。"))
    return redirect("whitelists:own")


@require_POST
@absent_is_404
def take_back(request: Any, wish_id: UUID) -> HttpResponse:
    """Let oneself be listed again."""
    try:
        actions.take_back_wish(by=request.viewer, wish_id=wish_id, on=today())
    except Refused as refused:
        return _own_page(request, refused.problems)
    messages.success(request, _("已撤回移出请求；以后编制的名单可以列入本企业。"))
    return redirect("whitelists:own")
