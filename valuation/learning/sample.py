"""A table of texts becomes a sample: outcomes, features as numbers or categories, who trains and who tests.

A feature is a column, or is made of columns: `naics:2` (the first two characters), `a/b` (a ratio), `a=b` (whether two
columns say the same). Blank is missing, and stays so. All faults are told at once, with the row of the file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kernel.errors import Problem, refuse_if_any
from valuation.learning.arrays import Flags, Floats, Ints, Texts, levels_of
from valuation.learning.cells import (
    NOT_FINITE,
    NUMBER,
    Kind,
    day_number,
    days_of,
    is_code,
    kind_of,
    shown,
)
from valuation.learning.method import Method

Table = Mapping[str, Texts]
"""Each column's cells as stripped texts; "" is blank."""
FIRST_ROW = 2
"""Of the values in the file: the headings stand in row 1."""
SHOWN = 3
DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Feature:
    name: str
    kind: Kind
    values: Floats | Texts
    """NaN and "" are missing; a date is days since 1970."""
    columns: tuple[str, ...]
    leading: int = 0
    """A code is compared by so many of its first characters; 0 is by all."""


@dataclass(frozen=True)
class Split:
    """By day (train up to `train_to`, test after it up to `test_to`) or by the position of the row (mod)."""

    date: str = ""
    train_from: dt.date | None = None
    train_to: dt.date | None = None
    test_to: dt.date | None = None
    modulus: int = 0
    below: int = 0


@dataclass(frozen=True)
class Sample:
    features: tuple[Feature, ...]
    bad: Flags
    train: Flags
    test: Flags
    days: Ints | None
    """Of each row, days since 1970, where the split is by day."""
    positions: Ints
    """Of each row among those of the file, from 0."""
    counts: dict[str, int]
    words: dict[str, list[str]]
    """Which texts of the outcome were read as bad and as good."""

    def taken(self, rows: Flags) -> Sample:
        return Sample(
            tuple(
                Feature(each.name, each.kind, each.values[rows], each.columns, each.leading)
                for each in self.features
            ),
            self.bad[rows],
            self.train[rows],
            self.test[rows],
            None if self.days is None else self.days[rows],
            self.positions[rows],
            self.counts,
            self.words,
        )


@dataclass
class _Reading:
    table: Table
    method: Method
    problems: list[Problem] = field(default_factory=list)

    def column(self, name: str, where: str) -> Texts | None:
        if name in self.table:
            return self.table[name]
        self.problems.append(
            Problem(
                where,
                f"文件没有“{shown(name)}”列",
                f"可用的列：{'、'.join(shown(head) for head in list(self.table)[:60])}",
                "no_column",
            )
        )
        return None

    def cells(self, where: str, wrong: Flags, cells: Texts, wanted: str, code: str) -> None:
        """One problem for all wrong cells of a column: the first of them, and how many there are."""
        places = np.flatnonzero(wrong)
        if not len(places):
            return
        first = "；".join(f"第{i + FIRST_ROW}行“{shown(str(cells[i]))}”" for i in places[:SHOWN])
        more = f" 等 {len(places)} 处" if len(places) > SHOWN else ""
        self.problems.append(Problem(where, first + more, wanted, code))


def read_sample(
    table: Table,
    *,
    outcome: str,
    features: Sequence[str],
    split: Split,
    method: Method,
    bad_word: str = "",
    also: Sequence[Problem] = (),
) -> Sample:
    """Refused with every fault: a missing column, an outcome that is not two-valued, an unreadable day, an empty split."""
    reading = _Reading(table, method, list(also))
    bad, known, words = _outcomes(reading, outcome, bad_word)
    days, train, test = _split(reading, split)
    made = [
        each for name in _once(reading, features) if (each := _feature(reading, name, outcome)) is not None
    ]
    if not features:
        reading.problems.append(
            Problem("--features", "没有列出指标", "请至少列出一列，用逗号分开", "no_features")
        )
    refuse_if_any(reading.problems)
    train, test = train & known, test & known
    refuse_if_any(_thin(bad, train, "训练集") + _thin(bad, test, "检验集"))
    counts = {
        "rows": len(bad),
        "outcome_unknown": int((~known).sum()),
        "train": int(train.sum()),
        "test": int(test.sum()),
        "outside": int((known & ~train & ~test).sum()),
    }
    whole = Sample(tuple(made), bad, train, test, days, np.arange(len(bad)), counts, words)
    return whole.taken(train | test)


def _once(reading: _Reading, names: Iterable[str]) -> list[str]:
    seen: list[str] = []
    for name in names:
        if name in seen:
            reading.problems.append(
                Problem("--features", f"“{shown(name)}”写了两次", "每项指标写一次", "twice")
            )
        else:
            seen.append(name)
    return seen


def _thin(bad: Flags, inside: Flags, name: str) -> list[Problem]:
    rows, bads = int(inside.sum()), int(bad[inside].sum())
    if not rows:
        return [Problem(name, "一行也没有", "请检查日期范围或取模的写法", "empty_split")]
    if bads < 2 or rows - bads < 2:
        return [Problem(name, f"{rows} 行中坏样本 {bads} 个", "好样本和坏样本都至少要有 2 个", "one_outcome")]
    return []


def _outcomes(reading: _Reading, name: str, bad_word: str) -> tuple[Flags, Flags, dict[str, list[str]]]:
    cells = reading.column(name, "--outcome")
    if cells is None:
        none = np.zeros(0, dtype=bool)
        return none, none, {}
    found = sorted({str(cell) for cell in cells} - {""})
    where = f"{name} 列（结果）"
    if len(found) != 2:
        kinds = "、".join(f"“{shown(word)}”" for word in found[:6]) + ("……" if len(found) > 6 else "")
        told = f"有 {len(found)} 种取值" + (f"（{kinds}）" if found else "")
        wanted = "结果只能有好、坏两种取值；没有结果的行请留空"
        reading.problems.append(Problem(where, told, wanted, "not_binary"))
    bad_words, good_words = reading.method.bad_words, reading.method.good_words
    bads = [word for word in found if (word == bad_word if bad_word else word.lower() in bad_words)]
    goods = [word for word in found if (word != bad_word if bad_word else word.lower() in good_words)]
    if bad_word and bad_word not in found:
        told = f"{where}没有“{shown(bad_word)}”这个取值"
        reading.problems.append(Problem("--bad", told, "请照文件中的写法填写", "no_bad_word"))
    elif len(found) == 2 and (len(bads), len(goods)) != (1, 1):
        told = f"看不出“{shown(found[0])}”和“{shown(found[1])}”哪个是坏"
        reading.problems.append(Problem(where, told, "请用 --bad 写出表示坏的取值", "which_is_bad"))
    return np.isin(cells, bads), cells != "", {"bad": bads, "good": goods}


def _split(reading: _Reading, split: Split) -> tuple[Ints | None, Flags, Flags]:
    """Who trains and who tests; nobody where the request was faulty, which is told elsewhere."""
    size = len(next(iter(reading.table.values()), ()))
    nobody = np.zeros(size, dtype=bool)
    if not split.date:
        position = np.arange(size) % max(split.modulus, 1)
        return None, position < split.below, position >= split.below
    cells = reading.column(split.date, "--date")
    if cells is None:
        return None, nobody, nobody
    days, readable = days_of(cells)
    where = f"{split.date} 列（日期）"
    reading.cells(where, ~readable, cells, "请按 YYYY-MM-DD 填写每一行的日期", "date")
    if split.train_to is None or split.test_to is None:
        return None, nobody, nobody
    until = readable & (days <= day_number(split.train_to))
    start = (
        day_number(split.train_from) if split.train_from else _after_the_break(days[until], reading.method)
    )
    test = readable & (days > day_number(split.train_to)) & (days <= day_number(split.test_to))
    return days, until & (days >= start), test


def _after_the_break(days: Ints, method: Method) -> int:
    """The first day after the last break of so many years: what lay before it was another book of loans.

    `days` are those up to the end of training: a gap between training and test takes nothing away."""
    found = np.unique(days)
    breaks = np.flatnonzero(np.diff(found) > method.longest_break_years * DAYS_OF_YEAR)
    return int(found[breaks[-1] + 1]) if len(breaks) else int(found[0]) if len(found) else 0


def _feature(reading: _Reading, written: str, outcome: str) -> Feature | None:
    where = f"--features {shown(written)}"
    before = len(reading.problems)
    if not written:
        reading.problems.append(Problem("--features", "有空的一项", "请删去多余的逗号", "empty"))
        return None
    names, make = _recipe(reading, written)
    cells = [reading.column(name, where) for name in names]
    if outcome in names:
        reading.problems.append(Problem(where, "用了结果列本身", "结果不能作为指标", "outcome_as_feature"))
    if len(reading.problems) > before:
        return None
    return make([each for each in cells if each is not None])


def _recipe(
    reading: _Reading, written: str
) -> tuple[tuple[str, ...], Callable[[list[Texts]], Feature | None]]:
    """The columns a feature is made of, and how; a column of just that name comes first."""
    if written in reading.table:
        return (written,), lambda cells: _plain(reading, written, cells[0])
    if match := re.fullmatch(r"(.+):([1-9]\d?)", written):
        name, leading = match[1], int(match[2])
        return (name,), lambda cells: _code(written, name, cells[0], leading)
    if written.count("/") == 1:
        top, bottom = written.split("/")
        return (top, bottom), lambda cells: _ratio(reading, written, (top, bottom), cells)
    if written.count("=") == 1:
        left, right = written.split("=")
        return (left, right), lambda cells: _same(written, (left, right), cells)
    return (written,), lambda cells: None


def _plain(reading: _Reading, name: str, cells: Texts) -> Feature | None:
    present = cells != ""
    kind = kind_of(cells[present], reading.method)
    if kind == "date":
        days, readable = days_of(cells)
        return Feature(name, "date", np.where(readable, days, np.nan), (name,))
    if kind == "category":
        texts, places = levels_of(cells)
        odd = np.array([text.lower() in NOT_FINITE for text in texts])[places]
        reading.cells(f"{name} 列", odd, cells, "没有值请留空，不写 NaN、NULL 或 inf", "not_finite")
        return Feature(name, "category", cells, (name,))
    if is_code(cells[present], reading.method):
        recorded = np.where(cells == "0", "", cells).astype(object)  # no class is numbered 0: nobody looked
        return _code(name, name, recorded, reading.method.code_leading)
    return Feature(name, "number", _numbers(reading, name, cells), (name,))


def _code(name: str, column: str, cells: Texts, leading: int) -> Feature:
    first = np.array([str(cell)[:leading] for cell in cells], dtype=object)
    return Feature(name, "category", first, (column,), leading)


def _numbers(reading: _Reading, name: str, cells: Texts) -> Floats:
    texts, places = levels_of(cells)
    values = np.array([float(text) if NUMBER.fullmatch(text) else np.nan for text in texts])
    wrong = np.array([text != "" for text in texts]) & ~np.isfinite(values)
    reading.cells(
        f"{name} 列", wrong[places], cells, "请填数字；没有值请留空，不写 NaN、NULL 或 inf", "not_number"
    )
    return values[places]


def _ratio(reading: _Reading, written: str, names: tuple[str, str], cells: list[Texts]) -> Feature:
    top, bottom = (_numbers(reading, name, column) for name, column in zip(names, cells, strict=True))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = top / bottom
    return Feature(written, "number", np.where(np.isfinite(ratio), ratio, np.nan), names)


def _same(written: str, names: tuple[str, str], cells: list[Texts]) -> Feature:
    same = np.where(cells[0] == cells[1], "相同", "不同").astype(object)
    same[(cells[0] == "") | (cells[1] == "")] = ""
    return Feature(written, "category", same, names)
