"""An approved list as a numbered PDF for its house, and what was pushed as one for the bank; made by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from finance.parties.published import region_name
from kernel.documents.actions import issue
from kernel.documents.queries import documents_behind
from kernel.marks import Mark

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kernel.documents.models import IssuedDocument
    from valuation.whitelists.models import ApprovedList, Push, WhiteList

KIND, TITLE, TEMPLATE = "white_list", "知识产权质押融资企业白名单", "pdf/white_list.html"


def issue_list(*, by: Any, approved: ApprovedList) -> IssuedDocument:
    """The whole approved list, for the house."""
    content = _content(approved, approved.content["firms"], digest=approved.digest)
    return issue(
        by=by, at=timezone.now(), kind=KIND, title=TITLE, template=TEMPLATE, content=content, subject=approved,
        wall=approved.white_list.house_id,
    )  # fmt: skip


def issue_push(*, by: Any, push: Push) -> IssuedDocument:
    """What a bank was given, behind the bank's wall."""
    firms = [firm.told for firm in push.firms.order_by("place")]
    content = _content(push.approved, firms, digest=push.digest) | {
        "bank": push.bank.name,
        "pushed_on": push.pushed_on.isoformat(),
    }
    return issue(
        by=by, at=timezone.now(), kind=KIND, title=TITLE, template=TEMPLATE, content=content, subject=push,
        wall=push.bank_id,
    )  # fmt: skip


def papers_of(subject: ApprovedList | Push, wall: Any) -> QuerySet[IssuedDocument]:
    """The papers issued of a list or of a push, behind one wall."""
    found = documents_behind([wall]).filter(
        subject_type=subject._meta.label_lower, subject_id=str(subject.pk)
    )
    return found.order_by("-issued_at")


def _content(approved: ApprovedList, firms: list[dict[str, Any]], *, digest: str) -> dict[str, Any]:
    made: WhiteList = approved.white_list
    kept = ("place", "name", "credit_code", "district", "by", "reason")
    return {
        "house": made.house.name,
        "region": region_name(made.region),
        "filter": made.filter,
        "filter_title": made.filter_text["title"],
        "filter_sha256": made.filter_sha256,
        "marks": [[one["what"], str(Mark(one["mark"]).word)] for one in made.filter_text["sources"]],
        "conditions": [one["name"] for one in made.filter_text["conditions"]],
        "on": made.on.isoformat(),
        "approved_on": approved.approved_on.isoformat(),
        "valid_to": approved.valid_to.isoformat(),
        "list_sha256": digest,
        "firms": [{key: firm[key] for key in kept} for firm in firms],
    }
