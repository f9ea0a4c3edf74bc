"""The report on paper: a numbered PDF that anybody can verify, its pictures drawn from the stored figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.safestring import mark_safe

from kernel.chinese import in_chinese
from kernel.documents.actions import issue
from valuation.validation.queries import method_now
from valuation.validation.sections import sections

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from kernel.documents.models import IssuedDocument
    from valuation.validation.models import ValidationReport

KIND = "validation_report"
PICKED = {"all": "全部评分户次", "known": "结果已知户次", "bad": "违约户次", "booked": "放款户次", "": ""}


@in_chinese
def issue_report(*, by: Membership, report: ValidationReport) -> IssuedDocument:
    """Issue what is stored, with the opinion if there is one; asked again after signing it is another document."""
    parts = sections(report.report, method_now())
    opinion = getattr(report, "opinion", None)
    content: dict[str, Any] = {
        "institution": report.institution.name,
        "version": report.card.version,
        "begins": report.begins.isoformat(),
        "ends": report.ends.isoformat(),
        "sections": [part.plain() | {"pick_word": PICKED[part.pick]} for part in parts],
        "report_sha256": report.report_sha256,
        "sample_sha256": report.sample_sha256,
        "made_by": report.made_by.person.name,
        "opinion": f"{opinion.get_verdict_display()}：{opinion.words}" if opinion else "",
        "signed_by": opinion.signed_by.person.name if opinion else "",
        "signed_on": opinion.signed_on.isoformat() if opinion else "",
    }
    # drawn here from figures, every word in them escaped by `plots`
    drawn = [[mark_safe(plot) for plot in part.plots] for part in parts]
    return issue(
        by=by, at=timezone.now(), kind=KIND, title="评分模型验证报告", template="pdf/validation_report.html",
        content=content, subject=report, context={"numbered": list(zip(content["sections"], drawn, strict=True))},
    )  # fmt: skip
