"""The list of the room for each kind of house, and the page of one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import Sum

from finance.parties.models import Organisation
from finance.subsidies.actions.locking import OWNS, PREPARES
from finance.subsidies.actions.paying import PAY, payable
from finance.subsidies.models import Application, Award, SubsidyCall
from finance.subsidies.pages.policies import policy_page
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries import of_calls
from finance.subsidies.queries.changed import changed_awards
from finance.subsidies.queries.of_meters import BUDGET, budgets_now
from finance.subsidies.reads import line_name
from finance.subsidies.shelf import policy_of
from kernel.money.fields import fen_of
from kernel.work.models import Approval

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from finance.parties.models import Membership

Kind = Organisation.Kind
State = Application.State
ROWS_A_PAGE = 50


def list_page(viewer: Membership, on: dt.date) -> tuple[str, dict[str, Any]]:
    """Template and context of the list that a house of this kind sees."""
    template, tell = _LISTS.get(Kind(viewer.organisation.kind), ("subsidies/list_payee.html", _of_a_payee))
    return template, {"on": on, "awards": award_rows(asked.awards(viewer=viewer)), **tell(viewer, on)}


def _of_an_enterprise(viewer: Membership, on: dt.date) -> dict[str, Any]:
    rows = asked.applications(viewer=viewer).order_by("-recorded_at", "-id")
    return {
        "listed": [one for one in rows if one.state == State.LISTED],
        "applications": [one for one in rows if one.state != State.LISTED],
        "open_calls": of_calls.open_to(viewer=viewer, on=on),
        "failed": of_calls.failed_payments(viewer=viewer),
        "own": viewer.seat == OWNS,
    }


def _of_a_bureau(viewer: Membership, on: dt.date) -> dict[str, Any]:
    return {
        "calls": [
            (call, [(State(state).label, state, n) for state, n in counts.items()])
            for call, counts in of_calls.calls_with_counts(viewer=viewer)
        ],
        "failed": of_calls.failed_payments(viewer=viewer),
        "changed": changed_awards(viewer=viewer, on=on),
        "may_open": viewer.seat == PREPARES,
    }


def _of_a_payee(viewer: Membership, on: dt.date) -> dict[str, Any]:
    return {"failed": of_calls.failed_payments(viewer=viewer)}


_LISTS: dict[str, tuple[str, Callable[[Membership, dt.date], dict[str, Any]]]] = {
    Kind.ENTERPRISE: ("subsidies/list_enterprise.html", _of_an_enterprise),
    Kind.FINANCE_BUREAU: ("subsidies/list_bureau.html", _of_a_bureau),
    Kind.AUDITOR: ("subsidies/list_bureau.html", _of_a_bureau),
}


def award_rows(awards: Iterable[Award]) -> list[dict[str, Any]]:
    """Awards with the words of their line, what was asked back, and how their money stands."""
    rows = awards.select_related(  # type: ignore[attr-defined]
        "application__call__policy", "application__enterprise"
    ).prefetch_related("payments", "claw_backs")
    return [
        {
            "award": award,
            "line": line_name(policy_of(award.application.call.policy), award.line),
            "payment": max(award.payments.all(), key=lambda one: one.recorded_at, default=None),
            "back_fen": sum(fen_of(one.amount) for one in award.claw_backs.all()),
        }
        for award in rows[:ROWS_A_PAGE]
    ]


def call_page(
    call: SubsidyCall, viewer: Membership, on: dt.date, *, state: str = "", page: Any = 1
) -> dict[str, Any]:
    """The context of the page of a call; the viewer was let in to it."""
    enterprise = viewer.organisation.kind == Kind.ENTERPRISE
    rows = asked.applications(viewer=viewer).filter(call=call)
    counts = dict.fromkeys(State.values, 0) | dict(of_calls.calls_with_counts(viewer=viewer, only=call)[0][1])
    if state in State.values:
        rows = rows.filter(state=state)
    context = {
        "call": call,
        "on": on,
        "page": Paginator(rows, ROWS_A_PAGE).get_page(page),
        "states": [(key, State(key).label, n) for key, n in counts.items() if n],
        "state": state,
        "query": f"state={state}&" if state else "",
        "officer": viewer.seat == PREPARES and call.bureau_id == viewer.organisation_id,
        **policy_page(call.policy),
    }
    if enterprise:
        return context | {
            "choices": of_calls.loans_to_choose(call, viewer=viewer) if viewer.seat == OWNS else [],
            "without_loan": rows.filter(loan=None)
            .exclude(state__in=[State.WITHDRAWN, State.REFUSED])
            .first(),
            "taking": call.state == SubsidyCall.State.OPEN and call.opens_on <= on <= call.closes_on,
            "is_enterprise": True,
        }
    waiting = payable(call)
    return context | {
        "budgets": _budgets(call),
        "plans": call.plans.order_by("-seq"),
        "files": of_calls.payment_files(viewer=viewer).filter(call=call),
        "payable": waiting,
        "payable_fen": sum(one.fen for one in waiting),
        "without_account": [one for one in waiting if one.account is None],
        "asked_payment": asked_of(call, PAY) if call.bureau_id == viewer.organisation_id else None,
        "granted": Award.objects.filter(application__call=call).aggregate(sum=Sum("amount"))["sum"] or 0,
        "plan_stands": call.plans.filter(state__in=["drawn", "public"]).exists(),
    }  # fmt: skip


def _budgets(call: SubsidyCall) -> list[dict[str, Any]]:
    """The pools of a call in fen: all of it, reserved by lists, granted, left; `own`: laid down by the call itself."""
    return [
        {
            "own": one.key.limit == BUDGET, "window": one.key.window_key, "pool": one.most or 0, "reserved": reserved,
            "granted": granted, "used": reserved + granted, "left": (one.most or 0) - reserved - granted,
        }
        for one, reserved, granted in budgets_now(call, policy_of(call.policy))
    ]  # fmt: skip


def asked_of(subject: Any, *kinds: str) -> Approval | None:
    """What a colleague has asked of an object and nobody has decided yet."""
    return Approval.objects.filter(
        kind__in=kinds, state=Approval.State.ASKED, subject_type=subject._meta.label_lower, subject_id=str(subject.pk)
    ).select_related("maker__person").first()  # fmt: skip
