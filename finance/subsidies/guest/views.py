"""Pages of the guest calculator: the questions, the answers, keeping them under a code, taking them over after log-in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.parties.published import region_name, regions, size_standard
from finance.parties.queries import fact_of
from finance.parties.sizes import CLASS_WORDS
from finance.subsidies.actions.estimates import keep_estimate, take_facts
from finance.subsidies.codes import printed_code, typed_code
from finance.subsidies.guest.answers import Answers, region_path
from finance.subsidies.guest.asking import Form, hidden
from finance.subsidies.guest.at_hand import answers_of, ground, incomplete, policies, questions
from finance.subsidies.guest.outcomes import NOT_IN_FORCE, Outcome, estimate
from finance.subsidies.guest.showing import named, shown, shown_groups
from finance.subsidies.guest.taking import Offered, offered_facts
from finance.subsidies.guest.telling import changes, expiries, told, undated
from finance.subsidies.models import Estimate
from finance.subsidies.queries.estimates import kept_estimate
from finance.subsidies.words import fact_words
from kernel.days import today
from kernel.documents.qr import qr_svg
from kernel.errors import Problem, Refused

_MOST_FIELDS = 80


@require_http_methods(["GET", "POST"])
def calculator(request: Any) -> HttpResponse:
    """The six questions; what is sent leads to a page of answers that can be loaded again."""
    if request.method == "GET":
        return _ask(request, _given(request.GET))
    try:
        answers = answers_of(_given(request.POST), today())
    except Refused as refused:
        return _ask(request, _given(request.POST), refused.problems)
    return redirect(f"{reverse('calculator_answers')}?{urlencode(answers.written)}")


@require_GET
def answers(request: Any) -> HttpResponse:
    """The answers to what stands in the address; nothing is stored."""
    given = _given(request.GET)
    if not given:
        return redirect("calculator")
    try:
        return render(request, "calculator/answers.html", _answered(answers_of(given, today())))
    except Refused as refused:
        return _ask(request, given, refused.problems)


@require_POST
def keep(request: Any) -> HttpResponse:
    """Keep the answers under a code."""
    given, on = _given(request.POST), today()
    try:
        read = answers_of(given, on)
        words = told(estimate(read, ground(on)))
        code, _row = keep_estimate(answers=read.written, told=words, questions=questions(), on=on)
    except Refused as refused:
        return _ask(request, given, refused.problems)
    return redirect("calculator_kept", code)


@require_GET
def kept(request: Any, code: str) -> HttpResponse:
    """The same answers, worked out again today, with what has changed since they were kept."""
    on = today()
    try:
        row = kept_estimate(typed_code(code), on)
    except Estimate.DoesNotExist:
        return _ask(request, {}, (_no_such(code),), status=404)
    try:
        context = _answered(answers_of(row.answers, on))
    except Refused as refused:  # the questions have changed since
        return _ask(request, row.answers, refused.problems)
    address = settings.PUBLIC_ADDRESS + reverse("calculator_kept", args=[typed_code(code)])
    return render(
        request,
        "calculator/answers.html",
        {
            **context,
            "kept": row,
            "code": printed_code(typed_code(code)),
            "address": address,
            "qr": qr_svg(address),
            "changes": changes(row.told, context["found"]),
        },
    )


@require_GET
def find(request: Any) -> HttpResponse:
    """From a typed code to its page."""
    typed = request.GET.get("code", "").replace("\x00", "").strip()
    if not typed:
        return redirect("calculator")
    code = typed_code(typed)
    return redirect("calculator_kept", code) if code else _ask(request, {}, (_no_such(typed),), status=404)


@require_GET
def all_policies(request: Any) -> HttpResponse:
    """Every policy that the calculator knows, and the instruments that it knows of and cannot work out."""
    on = today()
    offered = [shown(Outcome(policy, NOT_IN_FORCE), questions()) for policy in policies() if policy.offered]
    return render(
        request,
        "calculator/policies.html",
        {
            "on": on,
            "policies": sorted(offered, key=lambda one: (one.policy.region, one.policy.id)),
            "incomplete": [named(entry) for entry in sorted(incomplete(), key=lambda one: one.region)],
        },
    )


@require_http_methods(["GET", "POST"])
def take(request: Any) -> HttpResponse:
    """After log-in: an owner types the code and ticks what becomes a fact of his enterprise."""
    on, viewer = today(), request.viewer
    typed = (request.POST if request.method == "POST" else request.GET).get("code", "")[:40]
    problems: tuple[Problem, ...] = ()
    row, offered = _offered(typed, on)
    if (typed or request.method == "POST") and row is None:
        problems = (_no_such(typed),)
    elif request.method == "POST":
        try:
            facts = take_facts(
                by=viewer, code=typed_code(typed), offered=offered, ticked=request.POST.getlist("fact"), on=on
            )
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已记入 %(n)s 项；与平台现有相同的没有重复记。") % {"n": len(facts)})
            return redirect("home")
    rows = [(one, _recorded(viewer.organisation, one, on)) for one in offered]
    context = {"code": typed, "row": row, "offered": rows, "problems": problems}
    return render(request, "calculator/take.html", context, status=422 if problems else 200)


def _offered(typed: str, on: Any) -> tuple[Estimate | None, list[Offered]]:
    try:
        row = kept_estimate(typed_code(typed), on)
        return row, list(offered_facts(answers_of(row.answers, on), size_standard(), on))
    except (Estimate.DoesNotExist, Refused):
        return None, []


def _recorded(enterprise: Any, offered: Offered, on: Any) -> str:
    """What the platform has of the same fact today."""
    value = fact_of(enterprise, offered.path, on)
    if value is None:
        return ""
    return fact_words(offered.path).value_words({"true": True, "false": False}.get(value, value))


def _answered(read: Answers) -> dict[str, Any]:
    """Everything the page of the answers shows."""
    base = ground(today())
    found = estimate(read, base)
    groups = shown_groups(found, base.questions)
    written = urlencode(read.written)
    return {
        "answers": read,
        "found": found,
        "groups": groups,
        "open_facts": list(
            dict(fact for _, policies in groups for one in policies for fact in one.yes_no).items()
        ),
        "fitting": len(found.of("fits")),
        "best": shown(found.best, base.questions) if found.best else None,
        "incomplete": [named(entry) for entry in found.incomplete],
        "narrower": sorted({policy.region_name for policy in found.narrower}),
        "region": region_path(read.region, regions()),
        "place": region_name(read.region),
        "sizes": "、".join(CLASS_WORDS[size] for size in found.sizes),
        "expiries": list(expiries(read, base.questions, found.corners)),
        "undated": undated(read, base.questions),
        "hidden": hidden(read.written),
        "edit": f"{reverse('calculator')}?{written}",
        "kept_days": base.questions.kept_days,
        "on": base.on,
    }


def _ask(
    request: Any, given: dict[str, str], problems: tuple[Problem, ...] = (), status: int = 0
) -> HttpResponse:
    form = Form(given, questions(), tuple(problems))
    context = {"form": form, "given": given, "problems": problems, "kept_days": questions().kept_days}
    return render(request, "calculator/ask.html", context, status=status or (422 if problems else 200))


def _given(sent: Any) -> dict[str, str]:
    """What was sent, a text a field."""
    names = [name for name in sent if name != "csrfmiddlewaretoken"][:_MOST_FIELDS]
    return {name: text for name in names if (text := sent[name].strip())}


def _no_such(typed: str) -> Problem:
    found = _("没有“%(typed)s”") % {"typed": typed[:20]} if typed else _("没有填")
    wanted = _("请核对八个字母和数字（没有 0、1、I、L、O）；满保存期的已经删除，请重新测算")
    return Problem(_("测算码"), found, wanted, "code")
