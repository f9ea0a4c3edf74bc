"""A record runs in the shadow, two persons let it act, two take it back. Lock order: approvals alone (through `cards`).

What was true when it was asked is worked out again when the second person confirms: the conditions, and that the record's
sample, taken anew as it was known then, is the sample that it was fitted on.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record as record_act
from kernel.chinese import in_chinese
from kernel.days import day_of
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.queries import version_on
from valuation.cards.actions import checked_when_confirmed, propose_parameters
from valuation.cards.queries import SCORECARD, standing_parameters, values_of
from valuation.learning.records import Condition, conditions, grades_moved
from valuation.validation.actions.fitting import MAKES, effective_card
from valuation.validation.models import ModelRecord, Promotion, ShadowRun
from valuation.validation.queries import method_now, period_from, sample_of, standing_promotion
from valuation.validation.rules import whole_months

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from finance.parties.models import Membership
    from kernel.work.models import Approval
    from valuation.learning.period import Period


SAME_SAMPLE = "重新取样与拟合时一致"
OTHER_SAMPLE = (
    "按拟合时已知的记录重新取样，与拟合所用的样本不一致：或者拟合之后样本增记了企业分类（行业、规模、地区、成立年限、"
    "补偿比例），或者当时的评分、贷款记录被改动。本次拟合不能启用；请在“模型验证”页按同一期间重新拟合，再开始影子运行"
)


@in_chinese
@transaction.atomic
def begin_shadow(*, by: Membership, record: ModelRecord, on: dt.date) -> ShadowRun:
    """From today the record is worked out beside the champion. Refused: another institution's, begun before."""
    permit(by, MAKES)
    assert record.institution_id == by.organisation_id, "records are read through the viewer"
    run, begun = ShadowRun.objects.get_or_create(
        record=record, defaults={"begun_on": on, "begun_by": by.account}
    )
    if not begun:  # also when two asked in the same moment
        raise Refused(Problem("影子运行", f"已于 {run.begun_on} 开始", "不必重复", "begun"))
    summary = f"影子运行自 {on} 起：{record.digest[:12]}"
    record_act(
        by=by, verb="validation.shadow", subject=record, summary=summary, facts={"from": on.isoformat()}
    )
    return run


def conditions_of(record: ModelRecord, on: dt.date, at: dt.datetime | None = None) -> list[Condition]:
    """How the conditions of a promotion stand on a day; before a shadow run that alone is told."""
    return _evidence(record, on, at)[0]


def _evidence(
    record: ModelRecord, on: dt.date, at: dt.datetime | None = None
) -> tuple[list[Condition], Period | None]:
    """The conditions, and what was scored since the shadow run began."""
    then = sample_of(record.institution, record.card, record.begins, record.ends, record.known_at)
    same = then.digest == record.sample_sha256
    found = [Condition("sample", same, SAME_SAMPLE if same else OTHER_SAMPLE)]
    if not hasattr(record, "shadow"):
        return [*found, Condition("shadow", False, "尚未开始影子运行")], None
    # What the figures were fitted on is no evidence for them: a shadow run may begin on the last day of their sample.
    begun = max(record.shadow.begun_on, record.ends + dt.timedelta(days=1))
    taken = sample_of(record.institution, record.card, begun, max(begun, on), at or timezone.now())
    card = effective_card(record.institution, record.card, record.ends)
    period = period_from(
        taken, record.institution, card, begins=begun, ends=max(begun, on), made_on=on, development=then.cases
    )
    months = whole_months(record.shadow.begun_on, on)
    return [
        *found,
        *conditions(period, record.figures, record.values, method_now(), months=months),
    ], period


@in_chinese
@transaction.atomic
def propose_promotion(*, by: Membership, record: ModelRecord, since: dt.date, on: dt.date) -> Promotion:
    """Ask a second person to let the record's figures be the institution's own. Refused with every unmet condition."""
    permit(by, MAKES)
    assert record.institution_id == by.organisation_id, "records are read through the viewer"
    found, period = _evidence(record, on)
    problems = [
        Problem("启用条件", one.told, "条件全部满足方可提出启用", one.name) for one in found if not one.met
    ]
    in_force = version_on(SCORECARD, record.card.family, max(since, on))
    if in_force is not None and in_force.pk != record.card_id:
        other = f"记录按评分卡 {record.card.version} 拟合，{since} 施行的是 {in_force.version}"
        problems.append(Problem("评分卡", other, "请按施行的版本重新拟合、影子运行", "other_card"))
    refuse_if_any(problems)
    standing = values_of(standing_parameters(by.organisation, since, record.card.family))
    told = [[one.name, one.told] for one in found]
    values = {**standing, **record.values}
    moved = grades_moved(period, record.values) if period else []
    return _asked(by, record, Promotion.Way.FORWARD, values, standing, since, on, told, moved)


@in_chinese
@transaction.atomic
def propose_rollback(*, by: Membership, since: dt.date, on: dt.date, family: str) -> Promotion:
    """Ask a second person to have the parameters again that stood before the last promotion."""
    permit(by, MAKES)
    last = standing_promotion(by.organisation, family, since)
    if last is None or last.way == Promotion.Way.BACK:
        raise Refused(Problem("退回", "没有启用过的模型", "只能退回最近一次启用之前的参数", "nothing"))
    standing = values_of(standing_parameters(by.organisation, since, family))
    return _asked(by, last.record, Promotion.Way.BACK, dict(last.before), standing, since, on, [])


def _asked(
    by: Membership,
    record: ModelRecord,
    way: str,
    values: Mapping[str, str],
    before: Mapping[str, str],
    since: dt.date,
    on: dt.date,
    told: Sequence[Any],
    moved: Sequence[tuple[str, int, int]] = (),
) -> Promotion:
    ground = {
        "way": way, "record": str(record.pk), "digest": record.digest, "rung": record.rung,
        "defaults": record.defaults, "rows": record.rows, "begins": record.begins.isoformat(),
        "ends": record.ends.isoformat(), "conditions": [line for _, line in told], "moved": [list(one) for one in moved],
    }  # fmt: skip
    approval = propose_parameters(
        by=by, values=values, since=since, on=on, family=record.card.family, ground=ground
    )
    row = Promotion.objects.create(
        record=record, way=way, values=dict(values), before=dict(before), since=since, conditions=list(told),
        approval=approval,
    )  # fmt: skip
    summary = f"{row.get_way_display()}模型 {record.digest[:12]}，自 {since} 起"
    record_act(
        by=by, verb="validation.promotion", subject=row, summary=summary, facts={"digest": record.digest}
    )
    return row


@checked_when_confirmed
def _still_as_asked(approval: Approval) -> list[Problem]:
    """Whatever of the conditions no longer holds when a promotion is confirmed."""
    asked = Promotion.objects.filter(approval=approval, way=Promotion.Way.FORWARD)
    promotion = asked.select_related("record__institution", "record__card", "record__shadow").first()
    if promotion is None or approval.decided_at is None:
        return []
    found = conditions_of(promotion.record, day_of(approval.decided_at), approval.decided_at)
    wanted = "提出之后有变；请退回，条件满足后由经办人重新提出"
    return [Problem("启用条件", one.told, wanted, one.name) for one in found if not one.met]
