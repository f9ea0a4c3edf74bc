"""Was a field written after the decision? Such a field knows the outcome, and makes a score that is worthless in use.

    term: known alone, AUC 0.85; rare values alone tell the bad rows: it was rewritten when the loan went bad

Judged once the day of the decision is told: by the day each field was known, by days that stand in the table, and by what
the data betray (scoring.md 7.7, pitfall 3). Without a day of decision the same signs are only pointed out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats, Ints
from valuation.learning.binning import Binning
from valuation.learning.cells import days_of
from valuation.learning.discrimination import auc_value
from valuation.learning.method import Method
from valuation.learning.sample import Feature, Table

pd = late("pandas")

LONG_STEM = 4
DATE_ENDING = re.compile(r"[_ ]?(date|day|dt|on|at|日期|日|时间)$", re.IGNORECASE)


@dataclass(frozen=True)
class Leak:
    """`certain` if a date says so; otherwise the data make it more than likely."""

    feature: str
    code: str
    why: str
    certain: bool


@dataclass(frozen=True)
class Decision:
    """The day of decision of each row, and for a field the column with the day on which it was known."""

    column: str
    days: Ints
    known_at: Mapping[str, str]


def leaks_of(
    feature: Feature,
    binning: Binning | None,
    bad: Flags,
    table: Table,
    decision: Decision | None,
    method: Method,
) -> Iterator[Leak]:
    """Every sign that this feature was written after the decision. All rows are those of the training set."""
    if decision is not None:
        stated = [name for name in feature.columns if name in decision.known_at]
        for name in stated:
            late = _late(table, decision.known_at[name], decision)
            if late:
                why = f"按 {decision.known_at[name]}，{late} 行在决策日（{decision.column}）之后才可知"
                yield Leak(feature.name, "known_later", why, True)
        if len(stated) == len(feature.columns):
            return
        yield from _dated_later(feature, table, decision, method)
    if binning is not None:
        alone = auc_value(-binning.woe_of(feature.values), bad)
        if alone >= method.leak_auc:
            why = f"单独一项的 AUC 就有 {alone:.3f}（界限 {method.leak_auc:g}），多半是事后写入"
            yield Leak(feature.name, "implausible", why, False)
    rare = auc_value(-_frequency(feature), bad)
    if rare >= method.rewritten_auc:
        why = f"只看取值是否罕见，AUC 就有 {rare:.3f}（界限 {method.rewritten_auc:g}）：转坏时多半被改写过"
        yield Leak(feature.name, "rewritten", why, False)


def _dated_later(feature: Feature, table: Table, decision: Decision, method: Method) -> Iterator[Leak]:
    if feature.kind == "date":
        late = int((feature.values > decision.days).sum())
        if late:
            why = f"{late} 行的日期晚于决策日（{decision.column}）"
            yield Leak(feature.name, "date_after", why, True)
    for column in feature.columns:
        for companion in _companions(column, table, decision.column):
            _, readable = days_of(table[companion])
            present = table[companion] != ""
            if not present.any() or readable[present].mean() < method.mostly:
                continue
            late = _late(table, companion, decision)
            if late:
                why = f"与 {companion} 同时写入，其中 {late} 行晚于决策日（{decision.column}）"
                yield Leak(feature.name, "written_with", why, True)


def _companions(column: str, table: Table, decision: str) -> Iterator[str]:
    """Columns with the day on which this one was written, by their names: chg_off_prin_gr goes with chg_off_date.

    A short stem must be a whole word of the other name: `d_on` is not the day of `debt`.
    """
    written = column.lower()
    for name in table:
        stem = DATE_ENDING.sub("", name).lower()
        if name in (column, decision) or not stem or stem == name.lower() or not written.startswith(stem):
            continue
        after = written[len(stem) : len(stem) + 1]
        if len(stem) >= LONG_STEM or not stem.isascii() or not after or after in "_- ./":
            yield name


def _late(table: Table, column: str, decision: Decision) -> int:
    days, readable = days_of(table[column])
    return int((readable & (days > decision.days)).sum())


def _frequency(feature: Feature) -> Floats:
    """Of each row, how often its value occurs; a field that holds a different value in each row says nothing here."""
    places, _ = pd.factorize(feature.values, use_na_sentinel=False)
    often: Floats = np.bincount(places)[places].astype(np.float64)
    return often
