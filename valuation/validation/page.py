"""What the pages show beside a report's sections: the rows that stand behind them, and how far a fit has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from kernel.days import day_of
from kernel.documents.queries import documents_behind
from kernel.work.models import Approval
from valuation.cards.queries import standing_parameters, values_of
from valuation.cards.rules import owned_in
from valuation.cards.shelf import document_of, ownership
from valuation.learning.book import USABLE
from valuation.validation.models import Promotion
from valuation.validation.queries import method_now
from valuation.validation.sections.shape import percent
from valuation.validation.wording import report_words
from valuation.words import card_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

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


def ladder_told() -> list[dict[str, Any]]:
    """From how many defaults on what may be fitted, and why not more; in the language of the page."""
    rungs = method_now().ladder
    ends = [str(rung.least - 1) for rung in rungs[1:]] + [""]
    return [
        {"from": rung.least, "to": end, "title": report_words(rung.title), "why": report_words(rung.why)}
        for rung, end in zip(rungs, ends, strict=True)
    ]


def next_rung(record: ModelRecord) -> dict[str, Any] | None:
    """What more defaults would allow; None on the highest rung."""
    return next((rung for rung in ladder_told() if rung["from"] > record.defaults), None)


def values_told(record: ModelRecord, on: dt.date) -> list[dict[str, str]]:
    """What the record would set: each parameter by its name with its unit, as it stands on a day and as it would be."""
    standing = values_of(standing_parameters(record.institution, on, record.card.family))
    return [
        {
            "name": card_words(one.name), "unit": card_words(one.unit), "after": record.values[one.id],
            "before": standing.get(one.id, one.written),
        }
        for one in owned_in(document_of(record.card), ownership())
        if one.id in record.values
    ]  # fmt: skip


def records_told(records: Iterable[ModelRecord]) -> list[tuple[ModelRecord, str, str]]:
    """Each fit with how far it has come, and the tone of that."""
    told = []
    for one in records:
        last = one.promotions.select_related("approval").first()
        if last is not None:
            told.append((one, f"{last.get_way_display()}：{last.approval.get_state_display()}", "plain"))
        elif hasattr(one, "shadow"):
            told.append(
                (one, _("影子运行，自 %(day)s 起") % {"day": one.shadow.begun_on.isoformat()}, "near")
            )
        else:
            told.append((one, _("已留存"), "plain"))
    return told


def course_of(record: ModelRecord, promotions: Sequence[Promotion]) -> list[dict[str, Any]]:
    """The life of a fit as steps: fitted, in the shadow, asked for, confirmed by a second person. The latest comes first."""
    shadow = getattr(record, "shadow", None)
    forward = next((one for one in promotions if one.way == Promotion.Way.FORWARD), None)
    carried_out = [one for one in promotions if one.approval.state == Approval.State.EXECUTED]
    done = forward in carried_out
    acted = _("已退回") if carried_out[:1] != [forward] else carried_out[0].since.isoformat()
    if not record.values:  # nothing of it can act: its life ends here
        note = record.made_on.isoformat()
        return [
            {"title": _("拟合留存"), "note": note, "state": "done"},
            {"title": _("没有可启用的参数，到此为止"), "note": "", "state": "stopped"},
        ]
    steps = [
        (_("拟合留存"), True, record.made_on.isoformat()),
        (_("影子运行"), shadow is not None, shadow.begun_on.isoformat() if shadow else ""),
        (_("提出启用"), forward is not None, day_of(forward.asked_at).isoformat() if forward else ""),
        (_("另一人确认，起用"), done, acted if done else ""),
    ]
    current = next((place for place, step in enumerate(steps) if not step[1]), len(steps))
    return [
        {
            "title": title,
            "note": note,
            "state": "done" if reached else "current" if place == current else "todo",
        }
        for place, (title, reached, note) in enumerate(steps)
    ]
