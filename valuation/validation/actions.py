"""What an institution does with its outcomes: fit, let it run in the shadow, ask two persons, report, sign.

Lock order: approvals alone (through `cards.propose_parameters`). Everything else is an insert.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record as record_act
from kernel.chinese import in_chinese
from kernel.days import add_months, day_of
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.work import jobs, outbox
from valuation.cards.actions import propose_parameters
from valuation.cards.queries import card_of, standing_parameters, values_of
from valuation.learning.records import Condition, conditions, fitted
from valuation.learning.validation import validation_report
from valuation.validation.models import (
    ModelRecord,
    Opinion,
    Promotion,
    ShadowRun,
    SourceOutage,
    ValidationReport,
)
from valuation.validation.queries import method_now, period_from, sample_of, standing_promotion
from valuation.validation.rules import sha256_of, whole_months

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from kernel.policystore.models import PolicyVersion
    from kernel.work.models import JobRun
    from valuation.learning.period import Period
    from valuation.terms import Scorecard

MAKES, SIGNS = "bank.maker", "bank.checker"
DRAWN, PAPER = "validation.report", "validation.paper"


def effective_card(institution: Organisation, version: PolicyVersion, on: dt.date) -> Scorecard:
    """A version of the card with the institution's own parameters of a day."""
    return card_of(version, standing_parameters(institution, on, version.family))


def _period(
    institution: Organisation, version: PolicyVersion, begins: dt.date, ends: dt.date, known_at: dt.datetime
) -> tuple[Period, str]:
    """A period's arrays and the digest of its sample; Refused when there is nothing."""
    taken = sample_of(institution, version, begins, ends, known_at)
    if not any(case.usable for case in taken.cases):
        wanted = "请换一个期间，或先对企业评分"
        raise Refused(Problem("期间", f"{begins} 至 {ends} 没有本机构的评分", wanted, "no_scores"))
    card = effective_card(institution, version, ends)
    made_on = day_of(known_at)
    return period_from(taken, institution, card, begins=begins, ends=ends, made_on=made_on), taken.digest


@in_chinese
@transaction.atomic
def fit(
    *, by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date, at: dt.datetime | None = None
) -> ModelRecord:
    """Fit what the defaults of the period allow and keep it; nothing acts by that. Refused: no scores, a turned period."""
    permit(by, MAKES)
    return _kept(by, version, begins, ends, at or timezone.now(), ModelRecord.Purpose.FIT)


@in_chinese
@transaction.atomic
def recalibrate(
    *, by: Membership, version: PolicyVersion, on: dt.date, at: dt.datetime | None = None
) -> ModelRecord:
    """The quarter's intercept, from the half year of scores whose loans have all been watched to the end of their window."""
    permit(by, MAKES)
    last = ModelRecord.objects.filter(
        institution=by.organisation_id, card=version, purpose=ModelRecord.Purpose.RECALIBRATION
    ).first()
    due = add_months(last.made_on, method_now().recalibrate_months) if last else on
    if on < due:
        assert last is not None
        found = f"上次 {last.made_on}，下次不早于 {due}"
        raise Refused(Problem("季度重校", found, "请到期再办", "not_due"))
    method = method_now()
    ends = add_months(on, -method.default.window_months) - dt.timedelta(days=method.default.booking_days)
    begins = add_months(ends, -method.recalibrated_over_months)
    return _kept(by, version, begins, ends, at or timezone.now(), ModelRecord.Purpose.RECALIBRATION)


def _kept(
    by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date, at: dt.datetime, purpose: str
) -> ModelRecord:
    refuse_if_any(_turned(begins, ends, day_of(at)))
    period, sample = _period(by.organisation, version, begins, ends, at)
    found = fitted(period, method_now(), intercept_only=purpose == ModelRecord.Purpose.RECALIBRATION)
    method = sha256_of(repr(method_now()))
    told = {
        "figures": found.figures,
        "values": dict(found.values),
        "card": version.sha256,
        "sample": sample,
        "method": method,
    }
    row = ModelRecord.objects.create(
        institution=by.organisation, card=version, purpose=purpose, rung=found.rung, begins=begins, ends=ends,
        known_at=at, rows=found.rows, defaults=found.defaults, figures=found.figures, values=dict(found.values),
        sample_sha256=sample, method_sha256=method, digest=sha256_of(told), made_by=by.account, made_on=day_of(at),
    )  # fmt: skip
    summary = f"{row.get_purpose_display()}：{row.get_rung_display()}，违约 {row.defaults}/{row.rows}"
    record_act(by=by, verb="validation.fit", subject=row, summary=summary, facts={"digest": row.digest})
    return row


def _turned(begins: dt.date, ends: dt.date, today: dt.date) -> list[Problem]:
    problems = []
    if begins > ends:
        problems.append(Problem("期间", f"{begins} 晚于 {ends}", "起日不晚于止日", "turned"))
    if ends > today:
        problems.append(Problem("期间止日", f"{ends} 还没有到", f"不晚于 {today}", "future"))
    return problems


@in_chinese
@transaction.atomic
def begin_shadow(*, by: Membership, record: ModelRecord, on: dt.date) -> ShadowRun:
    """From today the record is worked out beside the champion. Refused: another institution's, begun before."""
    permit(by, MAKES)
    assert record.institution_id == by.organisation_id, "records are read through the viewer"
    if hasattr(record, "shadow"):
        raise Refused(Problem("影子运行", f"已于 {record.shadow.begun_on} 开始", "不必重复", "begun"))
    run = ShadowRun.objects.create(record=record, begun_on=on, begun_by=by.account)
    summary = f"影子运行自 {on} 起：{record.digest[:12]}"
    record_act(
        by=by, verb="validation.shadow", subject=record, summary=summary, facts={"from": on.isoformat()}
    )
    return run


def conditions_of(record: ModelRecord, on: dt.date, at: dt.datetime | None = None) -> list[Condition]:
    """How the conditions of a promotion stand today; all unmet before a shadow run."""
    if not hasattr(record, "shadow"):
        return [Condition("shadow", False, "尚未开始影子运行")]
    at = at or timezone.now()
    begun = record.shadow.begun_on
    then = sample_of(record.institution, record.card, record.begins, record.ends, record.known_at)
    taken = sample_of(record.institution, record.card, begun, max(begun, on), at)
    card = effective_card(record.institution, record.card, record.ends)
    period = period_from(
        taken, record.institution, card, begins=begun, ends=max(begun, on), made_on=on, development=then.cases
    )
    return conditions(period, record.figures, record.values, method_now(), months=whole_months(begun, on))


@in_chinese
@transaction.atomic
def propose_promotion(*, by: Membership, record: ModelRecord, since: dt.date, on: dt.date) -> Promotion:
    """Ask a second person to let the record's figures be the institution's own. Refused with every unmet condition."""
    permit(by, MAKES)
    assert record.institution_id == by.organisation_id, "records are read through the viewer"
    found = conditions_of(record, on)
    refuse_if_any(
        Problem("启用条件", one.told, "条件全部满足方可提出启用", one.name) for one in found if not one.met
    )
    standing = values_of(standing_parameters(by.organisation, since, record.card.family))
    told = [[one.name, one.told] for one in found]
    return _asked(by, record, Promotion.Way.FORWARD, {**standing, **record.values}, standing, since, on, told)


@in_chinese
@transaction.atomic
def propose_rollback(*, by: Membership, since: dt.date, on: dt.date, family: str) -> Promotion:
    """Ask a second person to have the parameters again that stood before the last promotion."""
    permit(by, MAKES)
    last = standing_promotion(by.organisation, family)
    if last is None or last.way == Promotion.Way.BACK:
        raise Refused(Problem("退回", "没有启用过的模型", "只能退回最近一次启用之前的参数", "nothing"))
    standing = values_of(standing_parameters(by.organisation, since, family))
    return _asked(by, last.record, Promotion.Way.BACK, dict(last.before), standing, since, on, [])


def _asked(
    by: Membership,
    record: ModelRecord,
    way: str,
    values: Any,
    before: Any,
    since: dt.date,
    on: dt.date,
    told: Sequence[Any],
) -> Promotion:
    approval = propose_parameters(by=by, values=values, since=since, on=on, family=record.card.family)
    row = Promotion.objects.create(
        record=record, way=way, values=dict(values), before=dict(before), since=since, conditions=list(told),
        approval=approval,
    )  # fmt: skip
    summary = f"{row.get_way_display()}模型 {record.digest[:12]}，自 {since} 起"
    record_act(
        by=by, verb="validation.promotion", subject=row, summary=summary, facts={"digest": record.digest}
    )
    return row


@in_chinese
@transaction.atomic
def ask_for_report(*, by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date) -> JobRun:
    """Let a worker make the report of a version and a period and issue it as a PDF."""
    permit(by, MAKES, SIGNS)
    refuse_if_any(_turned(begins, ends, day_of(timezone.now())))
    job = jobs.queue(kind=DRAWN, by=by, title=f"模型验证报告 {version.version} {begins} 至 {ends}")
    payload = {
        "job": str(job.pk), "membership": str(by.pk), "version": str(version.pk),
        "begins": begins.isoformat(), "ends": ends.isoformat(),
    }  # fmt: skip
    outbox.put(kind=DRAWN, payload=payload, effect_key=f"{DRAWN}:{job.pk}")
    return job


@in_chinese
@transaction.atomic
def ask_for_paper(*, by: Membership, report: ValidationReport) -> JobRun:
    """Let a worker issue a stored report again, with what was signed since."""
    permit(by, MAKES, SIGNS)
    assert report.institution_id == by.organisation_id, "reports are read through the viewer"
    job = jobs.queue(
        kind=PAPER, by=by, title=f"模型验证报告 PDF {report.card.version} {report.begins} 至 {report.ends}"
    )
    payload = {"job": str(job.pk), "membership": str(by.pk), "report": str(report.pk)}
    outbox.put(kind=PAPER, payload=payload, effect_key=f"{PAPER}:{job.pk}")
    return job


@in_chinese
@transaction.atomic
def make_report(
    *,
    by: Membership,
    version: PolicyVersion,
    begins: dt.date,
    ends: dt.date,
    job_id: UUID | None = None,
    at: dt.datetime | None = None,
) -> ValidationReport:
    """Take the sample as known now, work the report out, keep both."""
    at = at or timezone.now()
    institution, method, card = by.organisation, method_now(), effective_card(by.organisation, version, ends)
    taken = sample_of(institution, version, begins, ends, at)
    if not any(case.usable for case in taken.cases):
        raise Refused(Problem("期间", f"{begins} 至 {ends} 没有本机构的评分", "请换一个期间", "no_scores"))
    fit_before = ModelRecord.objects.filter(institution=institution, card=version, ends__lte=begins).first()
    development = (
        sample_of(institution, version, fit_before.begins, fit_before.ends, fit_before.known_at).cases
        if fit_before
        else ()
    )
    period = period_from(
        taken, institution, card, begins=begins, ends=ends, made_on=day_of(at), development=development,
        head=_head(institution, version, card, taken.digest),
    )  # fmt: skip
    told = validation_report(period, method)
    row = ValidationReport.objects.create(
        institution=institution, card=version, begins=begins, ends=ends, known_at=at, report=told,
        sample=list(taken.rows), report_sha256=sha256_of(told), sample_sha256=taken.digest, made_by=by.account,
        made_on=day_of(at), job_id=job_id,
    )  # fmt: skip
    facts = {"report_sha256": row.report_sha256, "sample_sha256": row.sample_sha256}
    summary = f"模型验证报告 {version.version} {begins} 至 {ends}"
    record_act(by=by, verb="validation.report", subject=row, summary=summary, facts=facts)
    return row


def _head(institution: Organisation, version: PolicyVersion, card: Scorecard, sample: str) -> dict[str, Any]:
    promotions = Promotion.objects.filter(record__institution=institution, record__card=version)
    changes = [[each.since.isoformat(), str(each.get_way_display()) + f" {each.record.digest[:12]}"]
               for each in promotions.select_related("record").order_by("since")]  # fmt: skip
    return {
        "purpose": "知识产权质押贷款免评估：准入、额度和贷后的排序参考，不作最终拒绝",
        "scope": f"{institution.name}自己的申请和贷款",
        "owner": institution.name,
        "digest": card.digest,
        "sample": sample,
        "changes": changes,
    }


@in_chinese
@transaction.atomic
def sign(*, by: Membership, report: ValidationReport, verdict: str, words: str, on: dt.date) -> Opinion:
    """The independent validator's opinion, once. Refused: the maker himself, no words, signed before."""
    permit(by, SIGNS)
    assert report.institution_id == by.organisation_id, "reports are read through the viewer"
    problems = []
    if report.made_by.person_id == by.account.person_id:
        problems.append(Problem("签署人", "与报告的制作人是同一人", "请由另一人独立验证", "same_person"))
    if hasattr(report, "opinion"):
        problems.append(Problem("验证意见", "已经签署", "不能改写；有新情况请另出报告", "signed"))
    if verdict not in Opinion.Verdict.values:
        problems.append(Problem("结论", "没有选择", "请选择一项", "verdict"))
    if not words.strip():
        problems.append(Problem("意见", "没有写", "请写明理由", "words"))
    refuse_if_any(problems)
    opinion = Opinion.objects.create(
        report=report, verdict=verdict, words=words.strip(), signed_by=by.account, signed_on=on
    )
    summary = f"签署验证意见：{opinion.get_verdict_display()}"
    record_act(by=by, verb="validation.sign", subject=report, summary=summary, facts={"verdict": verdict})
    return opinion


@in_chinese
@transaction.atomic
def state_outage(*, by: Membership, source: str, begins: dt.date, ends: dt.date, on: dt.date) -> SourceOutage:
    """That a source of inputs could not be asked for some days."""
    permit(by, MAKES)
    problems = _turned(begins, ends, on)
    if not source.strip():
        problems.append(Problem("数据来源", "没有写", "请写明来源", "source"))
    refuse_if_any(problems)
    row = SourceOutage.objects.create(
        institution=by.organisation, source=source.strip(), begins=begins, ends=ends, stated_by=by.account
    )
    record_act(
        by=by,
        verb="validation.outage",
        subject=row,
        summary=f"{row.source} 中断 {begins} 至 {ends}",
        facts={},
    )
    return row
