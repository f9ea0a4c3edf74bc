"""The report on paper: a numbered PDF that anybody can verify, its pictures drawn from the stored figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kernel.chinese import in_chinese
from kernel.documents.actions import issue
from valuation.validation.page import pieces
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
    told = [
        (plain, pieces(part, plain["tables"])) for plain, part in zip(content["sections"], parts, strict=True)
    ]
    return issue(
        by=by, at=timezone.now(), kind=KIND, title="评分模型验证报告", template="pdf/validation_report.html",
        content=content, subject=report, context={"numbered": told},
    )  # fmt: skip
