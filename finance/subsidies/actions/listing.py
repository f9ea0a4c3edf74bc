"""免申即享: the bureau builds the list from what banks returned, and the enterprise confirms its account only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.loans import queries as loans
from finance.parties.seats import permit
from finance.subsidies.actions.filing import add_numbered, take_facts
from finance.subsidies.actions.guarding import call_problems, standing_problems, use_problems
from finance.subsidies.actions.locking import PREPARES, lock_call
from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.metering import metered, used_of_limits
from finance.subsidies.models import OVER, Application, SubsidyCall
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.gathering import Known, known_of_each
from finance.subsidies.queries.of_applications import parties_of
from finance.subsidies.queries.of_knowledge import Knowledge, excluded
from finance.subsidies.queries.of_meters import meters_of
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of, rates
from finance.subsidies.stating import plain_of
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from finance.loans.models import Loan
    from finance.subsidies.metering import Metered, MeterKey
    from finance.subsidies.models import ClawBack
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
    """Put every settled loan that the bureau may see, that fits the call and that the policy would pay on the list, in
    a number of questions that does not grow with the loans.

    What the returns do not say is not assumed: such a loan is told with the fact that is missing. A loan that is on the
    list, or applied for, is passed over; one that was paid before or whose firm is kept out is told so. Refused for a call
    that takes applications only, and when there are too many loans for one go.
    """
    permit(by, PREPARES)
    asked.call(viewer=by, call_id=call_id)
    call = lock_call(call_id)
    refuse_if_any(_call_problems(call))
    built = Built()
    wanted = [_wanted(one, call, built) for one in _candidates(_settled_loans(by, call, on), call, by, on)]
    fit = [one for one in wanted if one is not None]
    add_numbered([one.application for one in fit], on)
    take_facts([(one.application, one.known) for one in fit], by)
    built.listed = [one.application for one in fit]
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


@dataclass(frozen=True)
class _Candidate:
    """A settled loan as an application that is not written yet, with what is known of it and what stands against it."""

    application: Application
    known: list[Known]
    case: Case
    limits: list[Metered]
    used: Mapping[MeterKey, int]
    kept_out: Mapping[UUID, ClawBack]


def _candidates(settled: list[Loan], call: SubsidyCall, by: Any, on: dt.date) -> list[_Candidate]:
    """The loans with everything that is asked of them, asked for together."""
    policy, family = policy_of(call.policy), call.policy.family
    each = known_of_each([(loan.borrower, loan, family) for loan in settled], on=on)
    # nobody applies here: what the firm says of itself would be judged by nobody
    known = [[one for one in mine if not one.unchecked] for mine in each]
    cases = [case_from(mine, on) for mine in known]
    limits = [
        metered(policy, family, case, parties_of(loan.borrower_id, loan))
        for loan, case in zip(settled, cases, strict=True)
    ]
    meters = meters_of(limit.key for mine in limits for limit in mine)
    kept_out = excluded({loan.borrower_id for loan in settled}, on)
    return [
        _Candidate(
            Application(
                call=call, enterprise=loan.borrower, loan=loan, state=Application.State.LISTED, recorded_by=by.account
            ),
            facts, case, mine,
            {limit.key: meters[limit.key].used if limit.key in meters else 0 for limit in mine}, kept_out,
        )
        for loan, facts, case, mine in zip(settled, known, cases, limits, strict=True)
    ]  # fmt: skip


def _wanted(one: _Candidate, call: SubsidyCall, built: Built) -> _Candidate | None:
    """The candidate, if the measure would pay it and its owner could confirm it; else it is told why not."""
    policy = policy_of(call.policy)
    result = evaluate(policy, one.case, rates(), used_of_limits(one.limits, one.used))
    why = _why_not(result)
    if not why:
        against = [
            *call_problems(call, policy, one.case),
            *use_problems(policy, one.application, result, one.limits, one.used),
            *standing_problems(one.application, Knowledge({}, []), one.kept_out),
        ]
        why = "；".join(dict.fromkeys(problem.found for problem in against))
    if why:
        assert one.application.loan is not None
        built.skip(why, one.application.loan)
    return None if why else one


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
    if result.total_fen:
        return ""
    return "限额已用完" if any(limit.cut_fen for limit in result.limits) else "测算为 0.00 元"
