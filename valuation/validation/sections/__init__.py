"""The report as a reader meets it: sections with their formula, what they count, tables of text, pictures.

One shape for the page and for paper: `sections(report, method)` in the language of the reader. All figures are text here;
`pick` names the rows of the sample that stand behind a section. What is worked out stands in `valuation.learning`.
"""

from __future__ import annotations

from valuation.learning.method import Method
from valuation.validation.sections.model import calibration, discrimination, stability
from valuation.validation.sections.sample import definition, findings, flow, head, quality, univariate
from valuation.validation.sections.shape import Report, Section, Table
from valuation.validation.sections.use import benchmark, fairness, limits, lines, losses, reasons, sensitivity

__all__ = ["Report", "Section", "Table", "sections"]


def sections(report: Report, method: Method) -> list[Section]:
    """All of scoring.md 7.6, in its order."""
    return [
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
