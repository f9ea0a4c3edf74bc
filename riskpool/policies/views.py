"""Pages of the policy desk: the schemes, one version, upload, trial, what changes, whom it would touch, publication."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from kernel.policystore import actions, queries
from kernel.policystore.models import PolicyVersion
from kernel.strict_yaml import text_of
from riskpool.claims.backtest import backtest as tried_on_claims
from riskpool.policies import page
from riskpool.policies.forms import TrialForm, UploadForm
from riskpool.pools.effect import effect_on_live_loans

SCHEME = PolicyVersion.Kind.SCHEME


def read_or_told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of a kept text that the loader of today refuses tells the faults, as the upload would have."""

    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return render(request, "policies/unreadable.html", {"problems": refused.problems}, status=422)

    return shown


@require_GET
def family_list(request: Any) -> HttpResponse:
    """All schemes with their versions."""
    context = {"families": page.families(request.viewer)}
    return render(request, "policies/list.html", context | {"may_upload": _prepares(request)})


@require_http_methods(["GET", "POST"])
def upload(request: Any) -> HttpResponse:
    """A file becomes a draft, or is told all its faults; of a faulty file nothing is kept."""
    form = UploadForm(request.POST or None, request.FILES or None)
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        content = given.read()
        try:
            draft = actions.keep_draft(by=request.viewer, kind=SCHEME, text=text_of(content), name=given.name)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _kept_words(content))
            return redirect("policies:version", draft.pk)
    context = {"form": form, "problems": problems, "largest_kb": settings.POLICY_FILE_LARGEST_BYTES // 1024}
    return render(request, "policies/upload.html", context, status=422 if request.method == "POST" else 200)


def _kept_words(content: bytes) -> str:
    kept = _("已存为草稿，只有本机构可见。算例已全部运行，结果见下。")
    return kept + _("文件开头的 BOM 标记已去掉。") if content.startswith(b"\xef\xbb\xbf") else kept


@require_GET
@absent_is_404
@read_or_told
def version(request: Any, version_id: UUID) -> HttpResponse:
    """One version."""
    return _version_page(request, version_id)


def _version_page(request: Any, version_id: UUID, problems: Any = ()) -> HttpResponse:
    context = page.version_page(_seen(request, version_id), request.viewer) | {"problems": list(problems)}
    return render(request, "policies/version.html", context, status=422 if problems else 200)


@require_GET
@absent_is_404
def file(request: Any, version_id: UUID) -> HttpResponse:
    """The file as it was loaded."""
    row = _seen(request, version_id)
    answer = HttpResponse(row.text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.version, safe='')}.yaml"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "POST"])
@absent_is_404
@read_or_told
def trial(request: Any, version_id: UUID) -> HttpResponse:
    """Type a loss and see who would bear what; nothing is stored."""
    row = _seen(request, version_id)
    scheme = page.scheme_in(row)
    form = TrialForm(request.POST or None, scheme=scheme)
    context: dict[str, Any] = {"row": row, "scheme": scheme, "form": form, "problems": (), "tried": None}
    if request.method == "POST" and form.is_valid():
        context["tried"], context["problems"] = page.try_loss(scheme, form)
    wrong = request.method == "POST" and context["tried"] is None
    return render(request, "policies/trial.html", context, status=422 if wrong else 200)


@require_GET
@absent_is_404
@read_or_told
def difference(request: Any, version_id: UUID) -> HttpResponse:
    """What changes from the version before."""
    row = _seen(request, version_id)
    context = page.difference_page(row, request.viewer, request.GET.get("with", ""))
    return render(request, "policies/difference.html", context)


@require_GET
@absent_is_404
@read_or_told
def effect(request: Any, version_id: UUID) -> HttpResponse:
    """What the version would mean to the live loans of one's pools."""
    row = _seen(request, version_id)
    found = effect_on_live_loans(viewer=request.viewer, scheme=page.scheme_in(row), on=today(), version=row)
    return render(request, "policies/effect.html", {"row": row, "effect": found})


@require_GET
@absent_is_404
@read_or_told
def backtest(request: Any, version_id: UUID) -> HttpResponse:
    """What the version would have paid of the claims of one's pools."""
    row = _seen(request, version_id)
    found = tried_on_claims(viewer=request.viewer, scheme=page.scheme_in(row))
    return render(request, "policies/backtest.html", {"row": row, "backtest": found})


@require_POST
@absent_is_404
@read_or_told
def publish(request: Any, version_id: UUID) -> HttpResponse:
    """Put a draft to a second person."""
    try:
        asked = actions.propose_publication(by=request.viewer, version_id=version_id)
    except Refused as refused:
        return _version_page(request, version_id, refused.problems)
    messages.success(request, _("已提请本机构另一人签批。"))
    return redirect("approval", asked.pk)


@require_POST
@absent_is_404
@read_or_told
def withdraw(request: Any, version_id: UUID) -> HttpResponse:
    """Give a draft up."""
    try:
        actions.withdraw_draft(by=request.viewer, version_id=version_id)
    except Refused as refused:
        return _version_page(request, version_id, refused.problems)
    messages.success(request, _("草稿已撤回。"))
    return redirect("policies:list")


def _seen(request: Any, version_id: UUID) -> PolicyVersion:
    return queries.version(viewer=request.viewer, kind=SCHEME, version_id=version_id)


def _prepares(request: Any) -> bool:
    return bool(request.viewer.seat == "finance_bureau.officer")
