"""Pages on which a bureau enters what it has before it on paper: money arrived, a statement, an agreement, a limit.

Each but the statement is put to a second person; nothing is in force before he has approved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404

from . import actions, queries
from .forms import AdoptionForm, AgreementForm, ContributionForm, LimitForm, StatementForm, VersionForm
from .models import Pool, PoolSeat
from .page import agreed_bearers

if TYPE_CHECKING:
    from django import forms

    from kernel.policystore.models import PolicyVersion
    from kernel.work.models import Approval

Seat = PoolSeat.Seat


@require_http_methods(["GET", "POST"])
@absent_is_404
def contribute(request: Any, pool_id: UUID) -> HttpResponse:
    """Money that has arrived from a source."""
    pool = _own_pool(request, pool_id, Seat.BUREAU, Seat.MANAGER)
    form = ContributionForm(request.POST or None, pool=pool, initial={"day": today()})
    return _propose(
        request,
        pool,
        form,
        _("登记出资到账"),
        lambda typed: actions.propose_contribution(by=request.viewer, on=today(), **typed),
    )


@require_http_methods(["GET", "POST"])
@absent_is_404
def sign_agreement(request: Any, pool_id: UUID) -> HttpResponse:
    """An agreement with a bank: first its scheme, then its terms, with who stands behind each party."""
    pool = _own_pool(request, pool_id, Seat.BUREAU)
    title, choice, version = _("登记合作协议"), *_version_chosen(request)
    if version is None:
        return _choose_version(request, pool, choice, title)
    title = _("登记合作协议，按 %(version)s") % {"version": version.version}
    form = AgreementForm(request.POST or None, pool=pool, version=version)
    return _propose(
        request, pool, form, title, lambda typed: actions.propose_agreement(by=request.viewer, pool=pool, terms=form.terms)
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@absent_is_404
def adopt(request: Any, agreement_id: UUID) -> HttpResponse:
    """An agreement follows another version from a day: first which, then the day and who stands behind each party."""
    agreement = queries.agreements(viewer=request.viewer).get(pk=agreement_id)
    pool = _own_pool(request, agreement.pool_id, Seat.BUREAU)
    title = _("协议 %(number)s 采用另一版本") % {"number": agreement.number}
    choice, version = _version_chosen(request)
    if version is None:
        return _choose_version(request, pool, choice, title)
    names = {"number": agreement.number, "version": version.version}
    title = _("协议 %(number)s 采用 %(version)s") % names
    form = AdoptionForm(
        request.POST or None, pool=pool, version=version, initial=agreed_bearers(agreement, version)
    )
    return _propose(
        request, pool, form, title,
        lambda typed: actions.propose_adoption(by=request.viewer, agreement=agreement, terms=form.terms),
    )  # fmt: skip


def _version_chosen(request: Any) -> tuple[VersionForm, PolicyVersion | None]:
    """The form of the first step and what was chosen in it, on the address or in the second step's form."""
    given = request.POST if "scheme" in request.POST else request.GET
    choice = VersionForm(given if "scheme" in given or request.method == "POST" else None)
    return choice, choice.cleaned_data["scheme"] if choice.is_bound and choice.is_valid() else None


def _choose_version(request: Any, pool: Pool, choice: VersionForm, title: str) -> HttpResponse:
    context = {"pool": pool, "form": choice, "title": title}
    return render(request, "pools/choose_version.html", context, status=422 if choice.is_bound else 200)


@require_http_methods(["GET", "POST"])
@absent_is_404
def set_limit(request: Any, pool_id: UUID) -> HttpResponse:
    """A new limit, or another ceiling of one that stands."""
    pool = _own_pool(request, pool_id, Seat.BUREAU)
    form = LimitForm(request.POST or None, pool=pool)
    return _propose(
        request, pool, form, _("设定限额"),
        lambda typed: actions.propose_limit(by=request.viewer, pool=pool, terms=actions.LimitTerms(**typed), on=today()),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@absent_is_404
def state_balance(request: Any, pool_id: UUID) -> HttpResponse:
    """The custodian bank's statement: a fact, recorded at once."""
    pool = _own_pool(request, pool_id, Seat.BUREAU, Seat.MANAGER)
    form = StatementForm(request.POST or None, pool=pool, initial={"day": today()})
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        source = form.cleaned_data["source"]
        act = actions.propose_statement if actions.unexplained(source) else actions.state_balance
        try:
            done = act(by=request.viewer, on=today(), **form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            if act is actions.propose_statement:
                messages.success(request, _("上一份对账单的差异尚未解除，已提请另一人复核。"))
                return redirect("approval", done.pk)
            messages.success(request, _("对账单余额已登记。"))
            return redirect("pool_position", pool.pk)
    return _form_page(request, pool, form, _("登记对账单余额"), problems)


def _own_pool(request: Any, pool_id: UUID, *seats: str) -> Pool:
    pool = queries.pool(viewer=request.viewer, pool_id=pool_id)
    if not queries.has_seat(viewer=request.viewer, pool=pool, seats=seats):
        raise Http404
    return pool


def _propose(
    request: Any, pool: Pool, form: forms.Form, title: str, ask: Callable[[dict[str, Any]], Approval]
) -> HttpResponse:
    """Show the form, or put what was typed to a second person."""
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            asked = ask(form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已提请本机构另一人签批。"))
            return redirect("approval", asked.pk)
    return _form_page(request, pool, form, title, problems)


def _form_page(request: Any, pool: Pool, form: forms.Form, title: str, problems: Any) -> HttpResponse:
    context = {"pool": pool, "form": form, "title": title, "problems": problems}
    return render(request, "pools/propose.html", context, status=422 if request.method == "POST" else 200)
