"""Pages of applications: one application, its papers and working, and the acts of its owner and of the officer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.subsidies import actions
from finance.subsidies.forms.deciding import JudgeForm, NoticeForm, OfficeForm, ReasonForm, ReviewForm
from finance.subsidies.forms.facts import AnswerForm, FactForm, PaperForm
from finance.subsidies.models import Application
from finance.subsidies.pages.application import in_words, page_of
from finance.subsidies.pages.previewing import preview
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.shelf import policy_of
from kernel.days import today
from kernel.documents.answers import file_answer
from kernel.documents.papers import MOST_BYTES
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404


@require_GET
@absent_is_404
def application(request: Any, application_id: UUID) -> HttpResponse:
    """One application."""
    return _page(request, asked.application(viewer=request.viewer, application_id=application_id))


def _page(request: Any, found: Application, *, problems: Any = (), **forms: Any) -> HttpResponse:
    """The page, with what was wrong in the act just tried and the form that was sent."""
    context = page_of(found, request.viewer, today()) | forms | {"problems": in_words(problems)}
    status = 422 if problems or forms else 200
    return render(request, "subsidies/application.html", context, status=status)


@require_GET
@absent_is_404
def paper(request: Any, application_id: UUID, paper_id: int) -> HttpResponse:
    """One paper, to be saved."""
    found = asked.application(viewer=request.viewer, application_id=application_id)
    return file_answer(request.viewer, found.papers.select_related("file").get(pk=paper_id).file)


@require_GET
@absent_is_404
def working(request: Any, application_id: UUID) -> HttpResponse:
    """The last calculation as it is stored, with everything it read, so that it can be worked out again elsewhere."""
    found = asked.application(viewer=request.viewer, application_id=application_id)
    if found.calculation is None:
        raise Http404
    kept = found.calculation
    told = {
        "application": found.number, "purpose": kept.purpose, "on": kept.on, "sha256": kept.sha256,
        "result": kept.result,
    }  # fmt: skip
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})


class NotTyped(Exception):
    """A form could not be read; the page shows it again under its own name."""

    def __init__(self, name: str, form: Any) -> None:
        self.forms = {name: form}
        super().__init__(name)


def _typed(name: str, form: Any) -> Any:
    """The form, when it can be read."""
    if not form.is_valid():
        raise NotTyped(name, form)
    return form


def _done(request: Any, found: Application, acts: dict[str, _Act], act: str) -> HttpResponse:
    if act not in acts:
        raise Http404
    try:
        said = acts[act](request, found)
    except NotTyped as wrong:
        return _page(request, found, **wrong.forms)
    except Refused as refused:
        found = asked.application(viewer=request.viewer, application_id=found.pk)
        return _page(request, found, problems=refused.problems, **_kept(request, found, act))
    messages.success(request, said)
    return redirect("subsidies:application", found.pk)


def _kept(request: Any, found: Application, act: str) -> dict[str, Any]:
    """The long form whose facts were refused by the action: what was typed stays."""
    return {"fact_form": _fact_form(request, found)} if act == "facts" else {}


# --- the owner ---


def _fact_form(request: Any, found: Application) -> FactForm:
    policy, facts = policy_of(found.call.policy), asked.facts_of(found)
    return FactForm(request.POST, policy=policy, facts=facts, missing=preview(found, today()).missing)


def _facts_stated(request: Any, found: Application) -> Any:
    form = _typed("fact_form", _fact_form(request, found))
    actions.state_facts(by=request.viewer, application_id=found.pk, stated=form.stated, on=today())
    return _("已保存。") if form.stated else _("没有改动。")


def _paper_added(request: Any, found: Application) -> Any:
    form = _typed("paper_form", PaperForm(request.POST, request.FILES))
    sent = form.cleaned_data["file"]
    actions.add_paper(
        by=request.viewer, application_id=found.pk, material=form.cleaned_data["material"], name=sent.name,
        content=sent.read(MOST_BYTES + 1),
    )  # fmt: skip
    return _("材料已上传。")


def _filed(request: Any, found: Application) -> Any:
    filed = actions.file_application(by=request.viewer, application_id=found.pk, on=today())
    return _("已提交申报 %(number)s，所用限额已为您预留。") % {"number": filed.number}


def _confirmed(request: Any, found: Application) -> Any:
    actions.confirm_account(by=request.viewer, application_id=found.pk, on=today())
    return _("已确认收款账户，等待财政部门审核。")


def _answered(request: Any, found: Application) -> Any:
    form = _typed("answer_form", AnswerForm(request.POST))
    actions.answer_notice(
        by=request.viewer, application_id=found.pk, text=form.cleaned_data["text"], on=today()
    )
    return _("已提交补正答复。")


def _withdrawn(request: Any, found: Application) -> Any:
    actions.withdraw_application(by=request.viewer, application_id=found.pk, on=today())
    return _("已撤回，占用的限额已释放。")


_Act = Callable[[Any, Application], Any]
OF_THE_OWNER: dict[str, _Act] = {
    "facts": _facts_stated,
    "paper": _paper_added,
    "file": _filed,
    "confirm": _confirmed,
    "answer": _answered,
    "withdraw": _withdrawn,
}


@require_POST
@absent_is_404
def own_act(request: Any, application_id: UUID, act: str) -> HttpResponse:
    """An act of the owner."""
    found = asked.application(viewer=request.viewer, application_id=application_id)
    return _done(request, found, OF_THE_OWNER, act)


# --- the officer ---


def _judged(request: Any, found: Application) -> Any:
    path, policy = request.POST.get("path", "")[:80], policy_of(found.call.policy)
    stated = asked.facts_of(found).get(path)
    form = JudgeForm(request.POST, policy=policy, path=path, shown=stated.row.value if stated else None)
    if not form.is_valid():
        raise Refused(
            Problem(path if name == "value" else str(form.fields[name].label), str(fault), "请更正后重新提交", "form")
            for name, faults in form.errors.items()
            for fault in faults
        )  # fmt: skip
    row = actions.judge_fact(by=request.viewer, application_id=found.pk, path=path, on=today(), **form.judged)
    return f"{row.get_standing_display()}。"


def _office_heard(request: Any, found: Application) -> Any:
    form = _typed("office_form", OfficeForm(request.POST, offices=found.call.offices))
    actions.office_says(by=request.viewer, application_id=found.pk, on=today(), **form.cleaned_data)
    return _("已登记部门意见。")


def _noticed(request: Any, found: Application) -> Any:
    form = _typed("notice_form", NoticeForm(request.POST))
    actions.give_notice(
        by=request.viewer, application_id=found.pk, items=form.cleaned_data["items"], on=today()
    )
    return _("补正通知已送达企业。")


def _passed(request: Any, found: Application) -> Any:
    policy, ceilings = policy_of(found.call.policy), preview(found, today()).ceilings
    form = _typed("review_form", ReviewForm(request.POST, policy=policy, ceilings=ceilings))
    actions.review(
        by=request.viewer, application_id=found.pk, granted=form.granted, text=form.cleaned_data["text"],
        on=today(),
    )  # fmt: skip
    return _("审核通过。")


def _reopened(request: Any, found: Application) -> Any:
    form = _typed("reopen_form", ReasonForm(request.POST))
    actions.reopen(by=request.viewer, application_id=found.pk, on=today(), **form.cleaned_data)
    return _("已退回重新审核。")


def _refused(request: Any, found: Application) -> Any:
    form = _typed("refuse_form", ReasonForm(request.POST))
    actions.refuse(by=request.viewer, application_id=found.pk, on=today(), **form.cleaned_data)
    return _("已作不予补贴处理。")


OF_THE_OFFICER: dict[str, _Act] = {
    "judge": _judged,
    "office": _office_heard,
    "notice": _noticed,
    "pass": _passed,
    "reopen": _reopened,
    "refuse": _refused,
}


@require_POST
@absent_is_404
def review_act(request: Any, application_id: UUID, act: str) -> HttpResponse:
    """An act of the officer."""
    found = asked.application(viewer=request.viewer, application_id=application_id)
    return _done(request, found, OF_THE_OFFICER, act)
