"""The pages of a list (before, while and after it is public), of a payment file and of an award."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from finance.subsidies.actions.clawing import CLAW_BACK, left_of
from finance.subsidies.actions.locking import PREPARES, SIGNS
from finance.subsidies.actions.paying import AWARD, award_problems
from finance.subsidies.actions.planning import PUBLISH
from finance.subsidies.aloud import ROUNDING_WORDS, recovery_words
from finance.subsidies.forms.deciding import (
    ClawBackForm,
    ObjectionForm,
    OutcomeForm,
    ReasonForm,
    ReceiptForm,
    ResultFileForm,
    ResultForm,
    ReturnForm,
)
from finance.subsidies.models import Award, ClawBack, PaymentFile, Plan, PlanLine
from finance.subsidies.pages.application import shown_result
from finance.subsidies.pages.calls import asked_of
from finance.subsidies.pages.policies import policy_page
from finance.subsidies.queries.changed import changed
from finance.subsidies.reads import line_name
from finance.subsidies.saying import said
from finance.subsidies.shelf import policy_of
from finance.subsidies.terms import FIRST_COME, FLOOR_CENT
from kernel.days import add_years
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    import datetime as dt

    from finance.parties.models import Membership
    from finance.subsidies.terms import Policy

CODE_SHOWN = 4


def masked_code(code: str) -> str:
    """A credit code of which only both ends are shown.

    >>> masked_code("91500103MA5U0ABC1X"), masked_code("")
    ('9150**********BC1X', '')
    """
    return code and code[:CODE_SHOWN] + "*" * (len(code) - 2 * CODE_SHOWN) + code[-CODE_SHOWN:]


def plan_lines(plan: Plan) -> list[dict[str, Any]]:
    """The lines of a list with the firm, the words of the line and the purses they come from."""
    policy = policy_of(plan.call.policy)
    rows = plan.lines.select_related("application__enterprise", "payee").order_by("seq")
    return [
        {
            "line": row,
            "name": line_name(policy, row.line),
            "code": masked_code(row.application.enterprise.credit_code),
            "cut": fen_of(row.amount) < fen_of(row.asked),
        }
        for row in rows
    ]


def plan_page(plan: Plan, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page of a list; the viewer was let in to it."""
    asked, total = fen_of(plan.asked), fen_of(plan.total)
    own = plan.call.bureau_id == viewer.organisation_id
    officer = own and viewer.seat == PREPARES
    waiting = asked_of(plan, PUBLISH, AWARD) if own else None
    objections = plan.objections.select_related("outcome", "application__enterprise").order_by("-id")
    return {
        "plan": plan,
        "call": plan.call,
        "on": on,
        "lines": plan_lines(plan),
        "short_fen": max(0, asked - fen_of(plan.left)) if plan.left is not None else 0,
        "cut_fen": asked - total,
        "officer": officer,
        "waiting": waiting,
        "objections": [(one, OutcomeForm(auto_id=f"id_{one.pk}_%s")) for one in objections],
        "stands_against": list(award_problems(plan, on)) if plan.state == Plan.State.PUBLIC else [],
        "void_form": ReasonForm() if officer and plan.state in ("drawn", "public") else None,
        "objection_form": ObjectionForm(plan=plan, initial={"received_on": on})
        if officer and plan.state == Plan.State.PUBLIC
        else None,
        **policy_page(plan.call.policy),
    }


def file_page(file: PaymentFile, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page of a payment file, with a form for each line that may still be answered."""
    own = file.call.bureau_id == viewer.organisation_id
    officer = own and viewer.seat == PREPARES
    payments = file.payments.select_related("award__payee", "award__application__enterprise", "account")
    rows = [
        (payment, ResultForm(payment=payment) if officer and payment.state != "failed" else None)
        for payment in payments.prefetch_related("results").order_by("seq")
    ]
    return {
        "file": file,
        "call": file.call,
        "on": on,
        "rows": rows,
        "officer": officer,
        "takes": own and viewer.seat in (PREPARES, SIGNS),
        "failed": sum(payment.state == "failed" for payment, _form in rows),
        "file_form": ResultFileForm() if officer else None,
    }


def award_page(award: Award, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page of an award. Whoever is only paid sees his line and his money, not the application."""
    call = award.application.call
    own = call.bureau_id == viewer.organisation_id
    officer = own and viewer.seat == PREPARES
    inside = viewer.organisation.kind in (Organisation.Kind.FINANCE_BUREAU, Organisation.Kind.AUDITOR)
    inside = inside or award.application.enterprise_id == viewer.organisation_id
    policy = policy_of(call.policy)
    result = award.plan_line.calculation.result
    told, loan = shown_result(policy, result), result["given"]["case"].get("loan") or {}
    moved = changed(award, on=on) if inside else None
    tries = award.payments.select_related("account", "file")
    claw_backs = award.claw_backs.prefetch_related("receipts")
    return {
        "award": award,
        "call": call,
        "on": on,
        "name": line_name(policy, award.line),
        "line": next((line for line in told["lines"] if line["id"] == award.line), None),
        "cut": fen_of(award.plan_line.asked) - fen_of(award.amount),
        "cut_words": cut_words(award.plan_line),
        "lent_on": loan["draws"][0][0] if loan.get("draws") else "",
        "settled_on": loan.get("settled_on"),
        "inside": inside,
        "officer": officer,
        "payments": tries.prefetch_related("results").order_by("file__released_on", "id"),
        "claw_backs": [(one, due_of(one)) for one in claw_backs.order_by("decided_on", "id")],
        "left_fen": left_of(award),
        "waiting": asked_of(award, CLAW_BACK) if own else None,
        "changed": moved,
        "claw_form": claw_form(policy, moved, on) if officer and left_of(award) else None,
        "recovery": recovery_words(policy.recovery),
        "return_form": ReturnForm(initial={"day": on}) if officer else None,
        "receipt_form": ReceiptForm(initial={"day": on}) if officer else None,
        **policy_page(call.policy),
    }  # fmt: skip


def cut_words(line: PlanLine) -> str:
    """How the pool of a list cut one of its lines; empty where it did not."""
    plan = line.plan
    if line.amount == line.asked or plan.left is None:
        return ""
    asked, amount, left, total = (
        yuan_text(fen_of(one), grouped=True) for one in (line.asked, line.amount, plan.left, plan.asked)
    )
    short = _("名单按办法合计 %(total)s 元，可用资金 %(left)s 元，") % {"total": total, "left": left}
    if plan.rule == FIRST_COME:
        return short + _("按申报先后，轮到本项时余 %(amount)s 元") % {"amount": amount}
    budget = policy_of(plan.call.policy).budget
    rounding = ROUNDING_WORDS[budget.rounding if budget else FLOOR_CENT]
    told = {"asked": asked, "left": left, "total": total, "amount": amount, "rounding": said(rounding)}
    return short + _("按比例核减：%(asked)s 元 × %(left)s ÷ %(total)s = %(amount)s 元（%(rounding)s）") % told


def claw_form(policy: Policy, moved: Any, on: dt.date) -> ClawBackForm:
    """The form to ask an award back, as far as the measure and what has changed fill it in."""
    years = policy.recovery.exclusion_years
    until = {"excluded_until": add_years(on, years)} if years else {}
    return ClawBackForm(recovery=policy.recovery, initial={**until, **_prefilled(moved)})


def _prefilled(moved: Any) -> dict[str, Any]:
    """What the officer finds typed already when facts have changed."""
    if moved is None or not moved.over_fen:
        return {}
    told = "；".join(
        f"{one.name}有变化（{one.source}）" for one in moved.moved
    )  # is kept: Chinese on every page
    early = any(one.path == "loan.settled_on" for one in moved.moved)
    return {
        "ground": ClawBack.Ground.EARLY_REPAYMENT if early else ClawBack.Ground.OVERPAID,
        "fen": yuan_text(moved.over_fen),
        "text": told[:500],
    }


def due_of(claw_back: ClawBack) -> int:
    """What of a claw-back has not come back yet (fen)."""
    asked_back = fen_of(claw_back.amount) + fen_of(claw_back.interest)
    return asked_back - sum(fen_of(one.amount) for one in claw_back.receipts.all())
