"""免申即享: the bureau builds the list from what banks returned, and the enterprise confirms its account only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.loans import queries as loans
from finance.parties.seats import permit
from finance.subsidies.actions.filing import new_application, take_facts
from finance.subsidies.actions.locking import PREPARES, lock_call
from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.models import OVER, Application, SubsidyCall
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.gathering import Known, known_of_each
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of, rates
from finance.subsidies.stating import plain_of
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.loans.models import Loan
    from finance.subsidies.results import Result

MOST_LOANS = 2000


@dataclass
class Built:
    """What became of the loans that were looked at: those put on the list, and the others by the reason."""

    listed: list[Application] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, why: str, loan: Loan) -> None:
        self.skipped.setdefault(why, []).append(loan.bank_loan_no)


@in_chinese
@transaction.atomic
def build_list(*, by: Any, call_id: UUID, on: dt.date) -> Built:
    """Put every settled loan that the bureau may see, that fits the call and that the policy would pay on the list.

    What the returns do not say is not assumed: such a loan is told with the fact that is missing. A loan that is on the
    list, or applied for, is passed over. Refused for a call that takes applications only, and when there are too many loans
    for one go.
    """
    permit(by, PREPARES)
    asked.call(viewer=by, call_id=call_id)
    call = lock_call(call_id)
    refuse_if_any(_call_problems(call))
    policy = policy_of(call.policy)
    built = Built()
    settled = _settled_loans(by, call, on)
    each = known_of_each([(loan.borrower, loan, call.policy.family) for loan in settled], on=on)
    for loan, all_known in zip(settled, each, strict=True):
        # nobody applies here: what the firm says of itself would be judged by nobody
        known = [one for one in all_known if not one.unchecked]
        result = evaluate(policy, case_from(known, on), rates(), {})
        why = _why_not(result)
        if why:
            built.skip(why, loan)
            continue
        application = new_application(
            call=call, enterprise=loan.borrower, loan=loan, state=Application.State.LISTED, by=by, on=on
        )
        take_facts(application, known, by)
        built.listed.append(application)
    told = f"生成免申即享名单：{call.title} {len(built.listed)} 件"
    facts = {"skipped": {why: len(numbers) for why, numbers in built.skipped.items()}}
    record(by=by, verb="subsidies.list", subject=call, summary=told, facts=facts)
    return built


def _call_problems(call: SubsidyCall) -> Iterator[Problem]:
    if not call.unasked:
        yield Problem("申报通知", "不是免申即享", "请企业自行申报", "not_unasked")
    if call.state != SubsidyCall.State.OPEN:
        yield Problem("申报通知", f"现为“{call.get_state_display()}”", "受理中才能生成名单", "wrong_state")


def _settled_loans(by: Any, call: SubsidyCall, on: dt.date) -> list[Loan]:
    seen = loans.loans(viewer=by, on=on).filter(latest_return__settled_on__isnull=False)
    if call.settled_from:
        seen = seen.filter(latest_return__settled_on__gte=call.settled_from)
    if call.settled_to:
        seen = seen.filter(latest_return__settled_on__lte=call.settled_to)
    taken = Application.objects.filter(call=call, loan__isnull=False).exclude(state__in=OVER).values("loan")
    declined = Application.objects.filter(call=call, state=Application.State.WITHDRAWN).values("loan")
    found = list(
        seen.exclude(pk__in=taken).exclude(pk__in=declined).order_by("bank_loan_no")[: MOST_LOANS + 1]
    )
    if len(found) > MOST_LOANS:
        raise Refused(Problem("贷款", f"超过 {MOST_LOANS} 笔", "请用结清期间分几批生成", "too_many"))
    return found


def case_from(known: list[Known], on: dt.date) -> Case:
    """The case of what the platform knows, evaluated and applied for on a day."""
    facts = plain_of({one.path: one.value for one in known})
    return Case.from_plain({**facts, "evaluated_on": on.isoformat(), "application_date": on.isoformat()})


def _why_not(result: Result) -> str:
    """Why a loan does not go on the list, in words; empty when it does."""
    if result.status is Status.INELIGIBLE:
        return "不符合：" + "；".join(one.text for one in result.reasons)
    if result.status is Status.UNKNOWN:
        return "缺少事实：" + "、".join(one.name for one in result.missing)
    if result.status is Status.PENDING:
        return "等待公布：" + "、".join(str(one) for one in result.waits_for)
    return "" if result.total_fen else "测算为 0.00 元"
