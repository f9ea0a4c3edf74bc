"""Published rates and expressions over them: which row a selector takes, and when a value is still to come (7.5). Pure.

Rows are in percent a year and hold from their day until the next; only rows dated on or before `evaluated_on` are known.
A rate that depends on a fact nobody stated is *missing*; one that waits for a row to be published is *pending*.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from finance.subsidies.facts import Case, day_of, number_of
from finance.subsidies.terms import Const, ContractRate, Operation, Rate, Reference
from kernel.days import add_months
from kernel.errors import Problem, refuse_if_any
from kernel.shapes import placed
from kernel.strict_yaml import Bare, Written, read_file, read_text

PARAMETER = "parameter"
"""What is missing where a date lies before the first row of a series, and what is waited for (7.4, 7.5)."""
CONTRACT_DATE, DISBURSEMENT, MONTH_BEFORE, DECEMBER = (
    "contract_date", "disbursement_date", "month_before_contract", "december_of_settlement_year",
)  # fmt: skip
SELECTOR_WORDS = {
    CONTRACT_DATE: "合同签订日口径",
    DISBURSEMENT: "首次提款日口径",
    MONTH_BEFORE: "合同签订前一个月口径",
    DECEMBER: "结清当年12月口径",
}
SELECTOR_FACTS = {
    CONTRACT_DATE: "loan.contract_date",
    DISBURSEMENT: "loan.draws",
    MONTH_BEFORE: "loan.contract_date",
    DECEMBER: "loan.settled_on",
}


@dataclass(frozen=True)
class Named:
    """A reference rate of the policies: its column, its Chinese name, and whether a next value is always due."""

    series: str
    column: str
    words: str
    monthly: bool


NAMES = {
    "lpr_1y": Named("lpr_1y_5y", "one_year", "一年期LPR", True),
    "lpr_5y": Named("lpr_1y_5y", "five_year", "五年期LPR", True),
    "pboc_benchmark_1y": Named(
        "pboc_benchmark_1y", "one_year_and_under", "一年期（含）以内贷款基准利率", False
    ),
}


@dataclass(frozen=True)
class Row:
    """One published value: which rate, its day, the percent as written, and where it was seen."""

    name: str
    day: date
    percent: str
    source: str = ""

    @property
    def rate(self) -> Fraction:
        exact = number_of(self.percent)
        assert exact is not None, self.percent
        return exact / 100

    def plain(self) -> dict[str, str]:
        return {
            "name": self.name,
            "day": self.day.isoformat(),
            "percent": self.percent,
            "source": self.source,
        }


@dataclass(frozen=True)
class Waiting:
    """A value that is not published yet: which rate, by which selector, for which day."""

    name: str
    at: str
    day: date

    def __str__(self) -> str:
        when = f"{self.day.year}年12月" if self.at == DECEMBER else f"{self.day}"
        return f"{NAMES[self.name].words}（{SELECTOR_WORDS[self.at]}，{when}的值尚未公布）"

    def plain(self) -> dict[str, str]:
        return {"name": self.name, "at": self.at, "day": self.day.isoformat()}


@dataclass(frozen=True)
class Series:
    """Rows of each named rate in order of day."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    days: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Series":
        by_name: dict[str, list[Row]] = {}
        for row in sorted(rows, key=lambda row: row.day):
            by_name.setdefault(row.name, []).append(row)
        return cls(
            {name: tuple(found) for name, found in by_name.items()},
            {name: tuple(row.day for row in found) for name, found in by_name.items()},
        )

    def take(self, name: str, at: str, day: date, evaluated_on: date | None) -> Row | Waiting | None:
        """The row for the day asked for, or that it is waited for, or None if the series begins later."""
        rows, days = self.rows.get(name, ()), self.days.get(name, ())
        if not rows or day < days[0]:
            return None
        known = len(days) if evaluated_on is None else bisect_right(days, evaluated_on)
        if at == DECEMBER:
            place = bisect_right(days, day, 0, known)
            found = rows[place - 1] if place else None
            taken = found if found and (found.day.year, found.day.month) == (day.year, 12) else None
            return taken or Waiting(name, at, day)
        if known == 0 or (NAMES[name].monthly and day >= add_months(days[known - 1], 1)):
            return Waiting(name, at, day)
        place = bisect_right(days, day, 0, known)
        return rows[place - 1] if place else None

    def needed_for(self, rows: Iterable[Row], names: Iterable[str], evaluated_on: date | None) -> list[Row]:
        """The fewest rows that give the same answers again: those read, the first, and the last one known."""
        kept = dict.fromkeys(rows)
        for name in dict.fromkeys(names):
            all_rows, days = self.rows.get(name, ()), self.days.get(name, ())
            if all_rows:
                known = len(days) if evaluated_on is None else bisect_right(days, evaluated_on)
                kept.update(dict.fromkeys((all_rows[0], *all_rows[max(known - 1, 0) : known])))
        return sorted(kept, key=lambda row: (row.name, row.day))


@dataclass(frozen=True)
class RateValue:
    """What an expression comes to: exact, or None with what is missing, or else with what is waited for."""

    exact: Fraction | None
    missing: tuple[str, ...] = ()
    waits: tuple[Waiting, ...] = ()


class Reader:
    """Reads facts and rates of one case, and remembers what it read."""

    def __init__(self, case: Case, series: Series) -> None:
        self.case = case
        self.series = series
        self.rows: dict[tuple[str, str], Row] = {}
        self.asked: dict[str, None] = {}
        self.assumed: dict[str, None] = {}
        self.problems: list[Problem] = []

    def fact(self, path: str) -> Any:
        """The fact, or None if nobody stated it; what the caller assumed is remembered as such."""
        stated = self.case.facts.get(path)
        if stated is not None:
            return stated
        assumed = self.case.assumed.get(path)
        if assumed is not None:
            self.assumed[path] = None
        return assumed

    def number(self, path: str) -> Fraction | None:
        """The fact as a number; None if it is missing; a word there is a fault of the input."""
        fact = self.fact(path)
        if fact is None:
            return None
        exact = number_of(fact) if isinstance(fact, str) else None
        if exact is None:
            self.fault(path, fact, "写成加引号的小数或整数")
            return Fraction(0)
        return exact

    def day(self, path: str) -> date | None:
        """The day a fact or a key of the application states; `loan.draws` stands for the first draw."""
        match path:
            case "application_date":
                if self.case.application_date is not None:
                    return self.case.application_date
            case "loan.draws":
                return self.case.first_draw
        fact = self.fact(path)
        if fact is None:
            return None
        found = day_of(fact) if isinstance(fact, str) else None
        if found is None:
            self.fault(path, fact, "写成真实的日期 YYYY-MM-DD")
        return found

    def fault(self, path: str, found: object, wanted: str) -> None:
        shown = "、".join(map(str, found)) if isinstance(found, tuple) else str(found)
        problem = Problem(path, f"“{shown[:80]}”不能这样用", wanted, "fact_kind")
        if problem not in self.problems:
            self.problems.append(problem)

    def rate(self, rate: Rate) -> RateValue:
        """The exact rate; one operand missing makes the whole missing, else one pending makes it pending."""
        match rate:
            case Const(value=value):
                return RateValue(value)
            case ContractRate():
                stated = self.number("loan.rate")
                return RateValue(stated, () if stated is not None else ("loan.rate",))
            case Reference():
                return self._reference(rate)
            case Operation(name=name, parts=parts):
                return _combined(name, [self.rate(part) for part in parts])

    def _reference(self, reference: Reference) -> RateValue:
        path = SELECTOR_FACTS[reference.at]
        stated = self.day(path)
        if stated is None:
            return RateValue(None, (path,))
        self.asked[reference.name] = None
        day = asked_day(reference.at, stated)
        found = self.series.take(reference.name, reference.at, day, self.case.evaluated_on)
        match found:
            case None:
                return RateValue(None, (PARAMETER,))
            case Waiting():
                return RateValue(None, (), (found,))
        self.rows[reference.name, reference.at] = found
        return RateValue(found.rate)


def asked_day(at: str, stated: date) -> date:
    """The day whose value a selector asks for, from the day its fact states.

    >>> asked_day("month_before_contract", date(2024, 3, 31)), asked_day("december_of_settlement_year", date(2022, 3, 1))
    (datetime.date(2024, 2, 29), datetime.date(2022, 12, 31))
    """
    if at == MONTH_BEFORE:
        return stated.replace(day=1) - timedelta(days=1)
    if at == DECEMBER:
        return date(stated.year, 12, 31)
    return stated


def _combined(name: str, values: list[RateValue]) -> RateValue:
    missing = tuple(dict.fromkeys(path for value in values for path in value.missing))
    waits = tuple(dict.fromkeys(wait for value in values for wait in value.waits))
    known = [value.exact for value in values if value.exact is not None]
    if len(known) < len(values):
        return RateValue(None, missing, waits)
    first, *others = known
    match name:
        case "min":
            return RateValue(min(known))
        case "max":
            return RateValue(max(known))
        case "add":
            return RateValue(sum(known, Fraction(0)))
        case "sub":
            return RateValue(first - sum(others, Fraction(0)))
    assert name == "mul", name
    for other in others:
        first *= other
    return RateValue(first)


def references_in(rate: Rate) -> Iterable[Reference]:
    match rate:
        case Reference():
            yield rate
        case Operation(parts=parts):
            for part in parts:
                yield from references_in(part)


def load_series(path_or_text: Path | str) -> Series:
    """The rates of `policies/series/rates.yaml` that policies refer to; Refused with every fault.

    Each row needs a real day after the row before it and a quoted decimal in percent; other tables of the file are not
    read.
    """
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    problems: list[Problem] = []
    rows = [row for name in NAMES for row in _rows_of(name, written, problems)]
    refuse_if_any([placed(problem, written) for problem in dict.fromkeys(problems)])
    return Series.of(rows)


def _rows_of(name: str, written: Written, problems: list[Problem]) -> Iterable[Row]:
    named = NAMES[name]
    table = written.values.get(named.series) if isinstance(written.values, dict) else None
    if not isinstance(table, dict) or not isinstance(table.get("rows"), list):
        problems.append(
            Problem(named.series, "没有这张利率表", "写明 columns 和 rows，每行是日期和利率（%）", "series")
        )
        return
    columns = table.get("columns")
    if not isinstance(columns, list) or named.column not in columns:
        problems.append(
            Problem(f"{named.series}.columns", f"没有 {named.column} 这一列", "写明各列的名称", "columns")
        )
        return
    at, sources = columns.index(named.column), columns.index("sources") if "sources" in columns else None
    before: date | None = None
    for place, cells in enumerate(table["rows"]):
        where = f"{named.series}.rows[{place}]"
        if not isinstance(cells, list) or len(cells) != len(columns):
            problems.append(
                Problem(where, "列数不对", f"写{len(columns)}项：{'、'.join(map(str, columns))}", "row")
            )
            continue
        day = day_of(cells[0].text if isinstance(cells[0], Bare) else str(cells[0]))
        percent = cells[at] if isinstance(cells[at], str) else None
        if day is None or (before and day <= before):
            problems.append(
                Problem(
                    f"{where}[0]", f"“{cells[0]}”不是晚于上一行的日期", "按公布日先后写 YYYY-MM-DD", "day"
                )
            )
            continue
        if percent is None or (number_of(percent) or Fraction(-1)) < 0:
            problems.append(
                Problem(f"{where}[{at}]", f"“{cells[at]}”不是利率", "写成加引号的小数，例如 '3.45'", "rate")
            )
            continue
        before = day
        note = (
            f"{cells[sources].text if isinstance(cells[sources], Bare) else cells[sources]}份公开来源"
            if sources
            else ""
        )
        yield Row(name, day, percent, note or str(table.get("evidence", "")))  # fmt: skip


def series_of_rows(rows: Iterable[Mapping[str, str]]) -> Series:
    """The rows that were stored with a result."""
    return Series.of(
        Row(row["name"], date.fromisoformat(row["day"]), row["percent"], row["source"]) for row in rows
    )
