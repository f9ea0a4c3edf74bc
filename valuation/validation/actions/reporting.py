"""A validation report is made, kept, issued and signed; outages of sources are stated. Lock order: none, all inserts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record as record_act
from kernel.chinese import in_chinese
from kernel.days import day_of
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.typed import words_problems
from kernel.work import jobs, outbox
from kernel.work.models import Approval
from valuation.cards.queries import changes_told, standing_parameters, values_of
from valuation.learning.records import challenger_risk
from valuation.learning.validation import validation_report
from valuation.scores.models import Score
from valuation.validation.actions.fitting import MAKES, effective_card
from valuation.validation.models import ModelRecord, Opinion, Promotion, SourceOutage, ValidationReport
from valuation.validation.queries import earlier_gain, fit_before, method_now, period_from, sample_of
from valuation.validation.rules import digest_of_method, no_scores, sha256_of, turned

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from kernel.policystore.models import PolicyVersion
    from kernel.work.models import JobRun
    from valuation.terms import Scorecard
    from valuation.validation.queries import Taken

SIGNS = "bank.checker"
LONGEST_WORDS, LONGEST_SOURCE = 1000, 60
SIGNED = Problem("验证意见", "已经签署", "不能改写；有新情况请另出报告", "signed")
SHAPE = 3
"""What a report holds; raised when a section tells something else, so that an older one is not called false by `verify`."""
DRAWN, PAPER = "validation.report", "validation.paper"


@in_chinese
@transaction.atomic
def ask_for_report(*, by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date) -> JobRun:
    """Let a worker make the report of a version and a period and issue it as a PDF."""
    permit(by, MAKES, SIGNS)
    refuse_if_any(turned(begins, ends, day_of(timezone.now())))
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
    at, institution = at or timezone.now(), by.organisation
    taken = sample_of(institution, version, begins, ends, at)
    if not any(case.usable for case in taken.cases):
        raise Refused(no_scores(begins, ends))
    told = worked_out(institution, version, begins, ends, taken)
    row = ValidationReport.objects.create(
        institution=institution, card=version, begins=begins, ends=ends, known_at=at, report=told,
        sample=list(taken.rows), report_sha256=sha256_of(told), sample_sha256=taken.digest, made_by=by.account,
        made_on=day_of(at), job_id=job_id,
    )  # fmt: skip
    facts = {"report_sha256": row.report_sha256, "sample_sha256": row.sample_sha256}
    summary = f"模型验证报告 {version.version} {begins} 至 {ends}"
    record_act(by=by, verb="validation.report", subject=row, summary=summary, facts=facts)
    return row


def worked_out(
    institution: Organisation, version: PolicyVersion, begins: dt.date, ends: dt.date, taken: Taken
) -> dict[str, Any]:
    """What a report on a sample says, from what was known when the sample was."""
    at, card = taken.known_at, effective_card(institution, version, ends)
    before = fit_before(institution, version, begins, at)
    development = (
        sample_of(institution, version, before.begins, before.ends, before.known_at).cases if before else ()
    )
    period = period_from(
        taken, institution, card, begins=begins, ends=ends, made_on=day_of(at), development=development,
        head=_head(institution, version, card, taken, ends) | _development(before),
    )  # fmt: skip
    if before:
        period = replace(
            period,
            challenger_risk=challenger_risk(period, before.figures),
            earlier_gain=earlier_gain(institution, version, begins, at, before.digest),
        )
    return validation_report(period, method_now())


def _development(before: ModelRecord | None) -> dict[str, str]:
    """The fit whose sample the period is compared with."""
    if before is None:
        return {"fit": "", "development": "没有在本期以前的拟合记录"}
    told = f"拟合记录 {before.digest[:12]}（{before.begins} 至 {before.ends}）"
    return {"fit": before.digest, "development": told}


def _parameters(
    institution: Organisation, version: PolicyVersion, card: Scorecard, taken: Taken, ends: dt.date
) -> str:
    """The institution's own figures on the last day, and how many of the scores were made under others."""
    standing = standing_parameters(institution, ends, version.family)
    own = changes_told(version, {}, values_of(standing))
    told = "、".join(f"{name}＝{value}" for name, _, _, _, value in own) or "全部用评分卡的"
    if standing is not None and own:
        told = f"{told}（自 {standing.since} 起）"
    scored = Score.objects.filter(pk__in=[row["score"] for row in taken.rows])
    others = scored.exclude(scored_under=card.digest).count()
    return f"{told}；其中 {others} 户次评分时用的是别的参数" if others else told


def _head(
    institution: Organisation, version: PolicyVersion, card: Scorecard, taken: Taken, ends: dt.date
) -> dict[str, Any]:
    promotions = Promotion.objects.filter(
        record__institution=institution, record__card=version,
        approval__state=Approval.State.EXECUTED, approval__decided_at__lte=taken.known_at,
    )  # fmt: skip
    changes = [[each.since.isoformat(), str(each.get_way_display()) + f" {each.record.digest[:12]}"]
               for each in promotions.select_related("record").order_by("since")]  # fmt: skip
    return {
        "purpose": "知识产权质押贷款免评估：准入、额度和贷后的排序参考，不作最终拒绝",
        "scope": f"{institution.name}自己的申请和贷款",
        "owner": institution.name,
        "digest": card.digest,
        "sample": taken.digest,
        "method": digest_of_method(method_now()),
        "shape": SHAPE,
        "parameters": _parameters(institution, version, card, taken, ends),
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
        problems.append(SIGNED)
    if verdict not in Opinion.Verdict.values:
        problems.append(Problem("结论", "没有选择", "请选择一项", "verdict"))
    problems += words_problems("意见", words, LONGEST_WORDS)
    refuse_if_any(problems)
    opinion, signed = Opinion.objects.get_or_create(
        report=report,
        defaults={"verdict": verdict, "words": words.strip(), "signed_by": by.account, "signed_on": on},
    )
    if not signed:  # two signed in the same moment
        raise Refused(SIGNED)
    summary = f"签署验证意见：{opinion.get_verdict_display()}"
    record_act(by=by, verb="validation.sign", subject=report, summary=summary, facts={"verdict": verdict})
    return opinion


@in_chinese
@transaction.atomic
def state_outage(*, by: Membership, source: str, begins: dt.date, ends: dt.date, on: dt.date) -> SourceOutage:
    """That a source of inputs could not be asked for some days."""
    permit(by, MAKES)
    problems = turned(begins, ends, on)
    problems += words_problems("数据来源", source, LONGEST_SOURCE)
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
