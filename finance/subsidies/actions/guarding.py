"""What keeps an application from being filed, passed or planned besides the policy's own conditions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from finance.subsidies.aloud import SCOPE_WORDS
from finance.subsidies.facts import day_of
from finance.subsidies.metering import (
    PROJECT,
    numbers_of,
    numbers_path,
    paid_before,
    project_of,
    reads_loan,
)
from finance.subsidies.terms import LIFETIME, Fixed
from finance.subsidies.windows import in_force
from kernel.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from finance.subsidies.facts import Case
    from finance.subsidies.metering import Metered, MeterKey
    from finance.subsidies.models import Application, ClawBack, SubsidyCall
    from finance.subsidies.queries.of_knowledge import Knowledge
    from finance.subsidies.results import Result
    from finance.subsidies.terms import Policy


def call_problems(call: SubsidyCall, policy: Policy, case: Case) -> Iterator[Problem]:
    """The version that the call applies is not the one in force for this application, or the loan was settled outside the
    days of the call."""
    version = in_force(policy, case)
    if version.answer is None:
        yield Problem("适用版本", version.words, "请填写该日期", "not_in_force")
    elif not version.answer:
        yield Problem("适用版本", version.words, "请按有效的版本申报", "not_in_force")
    if call.settled_from is None and call.settled_to is None:
        return
    stated = case.facts.get("loan.settled_on")
    settled = day_of(stated) if isinstance(stated, str) else None
    days = f"{call.settled_from or '不限'} 至 {call.settled_to or '不限'}"
    if settled is None:
        yield Problem("结清日", "没有填写", f"本次只受理 {days} 结清的贷款", "settled_outside")
    elif settled < (call.settled_from or dt.date.min) or settled > (call.settled_to or dt.date.max):
        yield Problem("结清日", f"{settled}", f"本次只受理 {days} 结清的贷款", "settled_outside")


def _once_problems(
    policy: Policy, case: Case, result: Result, limits: Iterable[Metered], used: Mapping[MeterKey, int]
) -> Iterator[Problem]:
    """A loan or a thing that was paid for before, and things that are counted but not named."""
    paid = {line.id: line.paid_fen for line in result.lines}
    for limit in paid_before(limits, used, paid):
        thing, _, number = limit.key.scope_key.partition("=")
        year = "" if limit.key.window_key == LIFETIME else f" {limit.key.window_key} 年的利息"
        what = f"这笔贷款{year}" if thing == "loan" else number
        yield Problem(
            limit.against[0], f"{what}已按本办法享受或正在申报该项补贴", "同一对象只补贴一次", "once"
        )
    for line in policy.lines:
        if not line.once_per or not paid.get(line.id):
            continue
        path, numbers = numbers_path(line.once_per), numbers_of(line, case)
        counted = case.facts.get(line.base.count) if isinstance(line.base, Fixed) else None
        if len(set(numbers)) != len(numbers) or (counted is not None and str(len(numbers)) != str(counted)):
            told = f"写了 {len(set(numbers))} 个，申报 {counted or '若干'} 件"
            yield Problem(path, told, "请逐件写明编号，件数与编号一致", "once_unnamed")


def standing_problems(
    application: Application, knowledge: Knowledge, out: Mapping[UUID, ClawBack]
) -> Iterator[Problem]:
    """The enterprise is kept out after a claw-back (`out`: who is), or the platform knows by now what was not looked at."""
    kept_out = out.get(application.enterprise_id)
    if kept_out is not None:
        found = f"因{kept_out.get_ground_display()}被追回补贴，{kept_out.excluded_until} 前不得申报"
        yield Problem("申报资格", found, "期满后再申报", "excluded")
    for one in knowledge.moved:
        found = f"平台记录已变为“{_told(one.now)}”（{one.source}），申报里是“{_told(one.was)}”"
        yield Problem(one.name, found, "请退回审核，更新平台记录后再办理", "moved")


def _told(value: object) -> str:
    match value:
        case None:
            return "没有"
        case bool():
            return "是" if value else "否"
        case list():
            return "、".join(_told(item) for item in value)
    return str(value)


def use_problems(
    policy: Policy, application: Application, result: Result, limits: Sequence[Metered], used: Mapping[MeterKey, int]
) -> Iterator[Problem]:  # fmt: skip
    """What the use of limits has against a result: nobody can count it, or it was paid for before."""
    assert result.given is not None, "fresh from the engine"
    case = result.given.case
    yield from _limit_problems(policy, application, case, result, limits)
    yield from _once_problems(policy, case, result, limits, used)


def _limit_problems(
    policy: Policy, application: Application, case: Case, result: Result, limits: Iterable[Metered]
) -> Iterator[Problem]:
    """A line that would be paid although nobody can count it: it reads a loan that is not of this platform, or a limit
    over it names somebody who is not there."""
    paid = {line.id for line in result.lines if line.paid_fen}
    counted = {limit.limit for limit in limits}
    for line in policy.lines:
        if line.id in paid and application.loan_id is None and reads_loan(line):
            yield Problem(line.id, "没有选择本平台在册的贷款", "请从本企业的贷款中选择后申报", "no_loan")
    for limit in policy.limits:
        if paid & set(limit.over) and limit.most_fen is not None and limit.id not in counted:
            whose = "、".join(SCOPE_WORDS[part] for part in limit.scope)
            without_project = "project" in limit.scope and not project_of(case)
            yield Problem(
                PROJECT if without_project else "限额",
                f"限额 {limit.id} 按{whose}累计，申报里没有",
                "请填写项目编号" if without_project else "请核对贷款的担保机构等信息",
                "no_scope",
            )
