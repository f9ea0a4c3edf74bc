"""For `manage.py verify`: what was kept of reports and fits against its digests, and every report worked out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.scores.models import Score
from valuation.validation.actions.reporting import SHAPE, worked_out
from valuation.validation.models import ModelRecord, ValidationReport
from valuation.validation.queries import method_now, sample_of
from valuation.validation.rules import digest_of_fit, digest_of_method, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def faults() -> list[str]:
    """Sentences naming each report and each fit that is not what its digest says."""
    reports = ValidationReport.objects.select_related("card", "institution").order_by("pk")
    records = ModelRecord.objects.select_related("card").order_by("pk")
    found = [sentence for row in reports.iterator(chunk_size=20) for sentence in _of_report(row)]
    return found + [
        f"拟合记录 {row.pk}：拟合结果与摘要不符"
        for row in records.iterator(chunk_size=200)
        if digest_of_fit(row.figures, row.values, row.card.sha256, row.sample_sha256, row.method_sha256) != row.digest
    ]  # fmt: skip


def held_by_digest() -> int:
    """How many reports are of another method or shape than today's: their sample is taken again, the report is only held by
    its digest."""
    ground = {"report__head__method": digest_of_method(method_now()), "report__head__shape": SHAPE}
    return ValidationReport.objects.count() - ValidationReport.objects.filter(**ground).count()


def _of_report(row: ValidationReport) -> Iterator[str]:
    name = f"模型验证报告 {row.pk}"
    if sha256_of(row.report) != row.report_sha256:
        yield f"{name}：报告内容与摘要不符"
    if sha256_of(row.sample) != row.sample_sha256:
        yield f"{name}：样本与摘要不符"
    named = {one["score"]: one["digest"] for one in row.sample}
    kept = {str(pk): digest for pk, digest in Score.objects.filter(pk__in=named).values_list("pk", "digest")}
    if kept != named:
        yield f"{name}：样本所列评分与存档的评分不符"
    yield from _worked_out_again(row, name)


def _worked_out_again(row: ValidationReport, name: str) -> Iterator[str]:
    """The sample as it was known then, taken again, and what a report on it says; a report by another method, by other
    parameters or of another shape than today's is not worked out again, only its sample is taken."""
    taken = sample_of(row.institution, row.card, row.begins, row.ends, row.known_at)
    if taken.digest != row.sample_sha256:
        yield f"{name}：按当时已知重新取样，与存档的样本不符"
        return
    told = worked_out(row.institution, row.card, row.begins, row.ends, taken)
    ground = ("digest", "method", "shape")
    same_ground = [told["head"][key] for key in ground] == [row.report["head"].get(key) for key in ground]
    if same_ground and sha256_of(told) != row.report_sha256:
        yield f"{name}：按当时已知重算，与存档的报告不符"
