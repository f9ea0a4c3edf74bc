"""The report as a reader meets it: sections with their formula, what they count, tables of text, pictures.

One shape for the page and for paper: `sections(report, method)` in the language of the reader. All figures are text here;
`pick` names the rows of the sample that stand behind a section. What is worked out stands in `valuation.learning`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.chinese import page_is_english
from valuation.learning.method import Method
from valuation.validation.sections.model import calibration, discrimination, stability
from valuation.validation.sections.sample import definition, findings, flow, head, quality, univariate
from valuation.validation.sections.shape import Report, Section, Table
from valuation.validation.sections.use import benchmark, fairness, limits, lines, losses, reasons, sensitivity
from valuation.validation.wording import report_words

__all__ = ["Report", "Section", "Table", "sections"]


def sections(report: Report, method: Method) -> list[Section]:
    """All of scoring.md 7.6, in its order; what the report itself says in Chinese is said in English on an English page."""
    told = [
        head(report),
        findings(report),
        flow(report),
        definition(report),
        quality(report),
        univariate(report),
        discrimination(report),
        calibration(report, method),
        stability(report, method),
        losses(report),
        lines(report),
        fairness(report, method),
        reasons(report),
        benchmark(report, method),
        sensitivity(report, method),
        limits(report),
    ]
    return [_in_english(one) for one in told] if page_is_english() else told


def _in_english(one: Section) -> Section:
    return replace(
        one,
        tables=[_table_in_english(table) for table in one.tables],
        details=[_table_in_english(table) for table in one.details],
        notes=_said(one.notes),
    )


def _table_in_english(table: Table) -> Table:
    rows = [_said(row) for row in table.rows]
    return replace(table, headings=_said(table.headings), rows=rows, caption=report_words(table.caption))


def _said(texts: Iterable[str]) -> list[str]:
    return [report_words(text) for text in texts]
