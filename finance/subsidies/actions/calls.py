"""A call is opened, closed, opened again, cancelled. Its terms do not change once it is open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.regions import region_stem
from finance.parties.seats import permit
from finance.subsidies import shelf
from finance.subsidies.actions.locking import PREPARES, lock_applications, lock_call
from finance.subsidies.actions.stepping import move_on
from finance.subsidies.models import OVER, Application, Step, SubsidyCall
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import next_number
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import money_of
from kernel.policystore.models import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from finance.parties.models import Organisation
    from finance.subsidies.terms import Policy

State = SubsidyCall.State
LONGEST_TITLE = 120
MOST_DAYS = 366


def _problems(
    *, bureau: Organisation, policy: PolicyVersion, title: str, opens_on: dt.date, closes_on: dt.date,
    settled: tuple[Any, Any], pool_fen: int | None, public_days: int, cure_days: int,
) -> list[Problem]:  # fmt: skip
    problems = []
    if policy.kind != PolicyVersion.Kind.SUBSIDY or policy.state != PolicyVersion.State.PUBLISHED:
        problems.append(
            Problem("政策", f"{policy.version} 不是已发布的补贴政策", "请选择已发布的版本", "policy")
        )
    elif not shelf.policy_of(policy).offered:
        problems.append(
            Problem("政策", f"{policy.title}仅供研究，不对外办理", "请选择可以办理的政策", "not_offered")
        )
    else:
        problems += _policy_problems(shelf.policy_of(policy), bureau, opens_on, closes_on)
    if not title.strip():
        problems.append(Problem("标题", "未填写", "请填写申报通知的标题", "required"))
    problems += order_problems(opens_on, closes_on, settled)
    if pool_fen is not None and pool_fen <= 0:
        problems.append(Problem("资金额度", "不大于零", "没有确定额度的请留空", "not_positive"))
    for where, days in (("公示期", public_days), ("补正期限", cure_days)):
        if not 1 <= days <= MOST_DAYS:
            problems.append(Problem(where, f"{days} 个工作日", f"请填写 1 至 {MOST_DAYS}", "days"))
    return problems


def order_problems(
    opens_on: dt.date | None, closes_on: dt.date | None, settled: tuple[dt.date | None, dt.date | None]
) -> Iterator[Problem]:
    """Days in the wrong order; a form asks for them with those that it could read."""
    if opens_on and closes_on and closes_on < opens_on:
        yield Problem("截止日", f"{closes_on} 早于开始日 {opens_on}", "请核对两个日期", "order")
    first, last = settled
    if first and last and last < first:
        yield Problem("结清期间", f"{last} 早于 {first}", "请核对两个日期", "order")


def _policy_problems(
    policy: Policy, bureau: Organisation, opens_on: dt.date, closes_on: dt.date
) -> Iterator[Problem]:
    """A bureau applies the measures of its own region, of those above it and of those inside it, while they are in force."""
    theirs, ours = region_stem(policy.region), region_stem(bureau.region)
    if not (ours.startswith(theirs) or theirs.startswith(ours)):
        yield Problem(
            "政策", f"{policy.title}是{policy.region_name}的政策", "请选择本地区的政策", "other_region"
        )
    effective = policy.effective
    if effective.picked_by == "application_date" and (
        opens_on < effective.first or (effective.last is not None and closes_on > effective.last)
    ):
        found = (
            f"受理期 {opens_on} 至 {closes_on}，政策有效期 {effective.first} 至 {effective.last or '不限'}"
        )
        yield Problem("受理期", found, "申报日须在政策有效期内，请核对", "not_in_force")


@in_chinese
@transaction.atomic
def open_call(
    *,
    by: Any,
    policy: PolicyVersion,
    title: str,
    opens_on: dt.date,
    closes_on: dt.date,
    public_days: int,
    cure_days: int,
    on: dt.date,
    settled: tuple[dt.date | None, dt.date | None] = (None, None),
    pool_fen: int | None = None,
    unasked: bool = False,
    offices: list[str] | None = None,
    basis: str = "",
    released: str = "",
) -> SubsidyCall:
    """Open a call under a published policy; Refused with every fault. `basis` cites where the day limits come from,
    `released` on what ground a policy whose force is in doubt is applied."""
    permit(by, PREPARES)
    refuse_if_any(
        _problems(
            bureau=by.organisation, policy=policy, title=title, opens_on=opens_on, closes_on=closes_on,
            settled=settled, pool_fen=pool_fen,
            public_days=public_days, cure_days=cure_days,
        )
    )  # fmt: skip
    call = SubsidyCall.objects.create(
        number=f"BTZ{on:%Y%m%d}-{next_number(on):04d}", bureau=by.organisation, policy=policy,
        title=title.strip()[:LONGEST_TITLE], opens_on=opens_on, closes_on=closes_on, settled_from=settled[0],
        settled_to=settled[1], unasked=unasked, pool=None if pool_fen is None else money_of(pool_fen),
        public_days=public_days, cure_days=cure_days,
        offices=[name.strip()[:60] for name in offices or () if name.strip()],
        basis={"days": basis.strip()[:300], "released": released.strip()[:300]}, opened_by=by.account,
    )  # fmt: skip
    record(by=by, verb="subsidies.open", subject=call, summary=f"发布申报通知：{call.title}")
    return call


@in_chinese
@transaction.atomic
def close_call(*, by: Any, call_id: UUID) -> SubsidyCall:
    """Take no more applications."""
    return _move(by, call_id, State.CLOSED, "subsidies.close", "截止受理")


@in_chinese
@transaction.atomic
def reopen_call(*, by: Any, call_id: UUID, on: dt.date) -> SubsidyCall:
    """Take applications again; refused while a list is drawn or public, and once the days of the call are over."""
    call = _own_call(by, call_id)
    if on > call.closes_on:
        raise Refused(Problem("申报通知", f"受理期至 {call.closes_on}", "请另发一批通知", "over"))
    if call.plans.filter(state__in=["drawn", "public"]).exists():
        raise Refused(Problem("申报通知", "拟补贴名单已拟定", "请先作废名单", "planned"))
    return _move(by, call_id, State.OPEN, "subsidies.reopen", "恢复受理")


@in_chinese
@transaction.atomic
def cancel_call(*, by: Any, call_id: UUID, on: dt.date) -> SubsidyCall:
    """Give a call up; refused while an application stands under it. What was only listed lapses."""
    call = _own_call(by, call_id)
    unfiled = [*OVER, Application.State.DRAFT, Application.State.LISTED]
    standing = Application.objects.filter(call=call).exclude(state__in=unfiled).count()
    if standing:
        raise Refused(Problem("申报通知", f"还有 {standing} 件申报没有办结", "请先逐件办理", "applications"))
    lapse(lock_applications(call, Application.State.LISTED), by=by, on=on)
    return _move(by, call_id, State.CANCELLED, "subsidies.cancel", "取消申报通知")


def lapse(listed: Sequence[Application], *, by: Any, on: dt.date) -> None:
    """Nobody confirmed these while the call took confirmations: they are over, and held nothing. The caller locked them."""
    text = "未在受理期内确认收款账户"
    move_on(listed, Application.State.REFUSED, Step.Kind.REFUSED, by=by, on=on, text=text)


def _own_call(by: Any, call_id: UUID) -> SubsidyCall:
    """A call of the officer's own bureau, locked; what it says of others' calls is nothing."""
    permit(by, PREPARES)
    call = lock_call(call_id)
    if call.bureau_id != by.organisation_id:
        raise SubsidyCall.DoesNotExist
    return call


def _move(by: Any, call_id: UUID, state: str, verb: str, told: str) -> SubsidyCall:
    call = _own_call(by, call_id)
    allowed = {"closed": ("open",), "open": ("closed",), "cancelled": ("open", "closed")}[state]
    if call.state not in allowed:
        raise Refused(Problem("申报通知", f"现为“{call.get_state_display()}”", "请刷新页面", "wrong_state"))
    call.state = state
    call.save(update_fields=["state"])
    record(by=by, verb=verb, subject=call, summary=f"{told}：{call.title}")
    return call
