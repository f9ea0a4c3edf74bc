"""What the pages show beside a report's sections: the rows that stand behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from kernel.documents.queries import documents_behind
from valuation.learning.book import USABLE
from valuation.validation.sections.shape import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuation.validation.models import ModelRecord, ValidationReport
    from valuation.validation.sections import Section


def chosen() -> dict[str, Any]:
    """Which rows may be asked for, and what they are called."""
    return {
        "all": _("全部评分户次"),
        "known": _("结果已知户次"),
        "bad": _("违约户次"),
        "booked": _("放款户次"),
    }


def rows_behind(report: ValidationReport, pick: str) -> list[dict[str, Any]]:
    """The rows of the stored sample that a section counted."""
    scored = [row for row in report.sample if row["status"] in USABLE]
    if pick == "all":
        return scored
    if pick == "booked":
        return [row for row in scored if row["loans"]]
    return [row for row in scored if (row["bad"] if pick == "bad" else row["bad"] is not None)]


def pieces(part: Section, tables: Sequence[Any]) -> list[dict[str, Any]]:
    """The section's tables in their order, each picture before the table it draws; `tables` is its own, or plain."""
    # drawn here from figures, every word in them escaped by `plots`
    drawn = [{"title": one.title, "svg": mark_safe(one.svg), "before": one.before} for one in part.plots]
    return [
        {"plots": [one for one in drawn if one["before"] == place], "table": table}
        for place, table in enumerate(tables)
    ]


def grades_of(record: ModelRecord) -> list[dict[str, Any]]:
    """Each grade's PD before and after the institution's own outcomes, as text."""
    return [
        each | {key: percent(each[key], 2) for key in ("prior", "mean", "upper")}
        for each in record.figures["grades"]
    ]


def papers_of(report: ValidationReport) -> Any:
    """The PDFs that were issued of it, the latest first."""
    issued = documents_behind([report.institution_id])
    return issued.filter(subject_type=report._meta.label_lower, subject_id=str(report.pk))


def picks(report: ValidationReport) -> dict[str, int]:
    """How many rows stand behind each."""
    return {pick: len(rows_behind(report, pick)) for pick in chosen()}
