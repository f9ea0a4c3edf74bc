"""Reading a strictly read file piece by piece: every fault is kept with its place and line, nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from kernel.conditions import Condition, parse_conditions
from kernel.errors import Problem, Refused, in_file
from kernel.expressions import exact_decimal
from kernel.strict_yaml import Bare, Written

EVIDENCE = ("SEEN", "SEEN-COPY", "RECALLED", "assumed", "placeholder")
_WHOLE = re.compile(r"-?\d{1,6}", re.ASCII)


class Reading:
    """One file being read. Each question gives a value of the right type even for a fault, which is then in `problems`.

    `code` marks its problems for machines. `bare` lets whole numbers and dates stand without quotes, where a file's format
    is given so; a bare number with a decimal point never passes.
    """

    def __init__(self, written: Written, code: str = "registration", *, bare: bool = False) -> None:
        self.written, self.code, self.bare = written, code, bare
        self.problems: list[Problem] = []

    @property
    def top(self) -> Entry:
        return self.entry(self.written.values, "")

    def fault(self, place: str, found: str, wanted: str) -> None:
        line = self.written.line_of(place)
        self.problems.append(Problem(f"{place}（第{line}行）" if line else place, found, wanted, self.code))

    def refuse_if_any(self, name: str = "") -> None:
        """Refused with every fault found so far, each after the name of the file."""
        if self.problems:
            raise Refused(in_file(name, self.problems) if name else self.problems)

    def entry(self, value: object, place: str) -> Entry:
        if isinstance(value, Mapping):
            return Entry(self, value, place)
        self.fault(place or "文件", "不是映射", "请按 _model.yaml 填写")
        return Entry(self, {}, place)


class Entry:
    """One mapping of the file. `only` is asked last: it faults what nobody asked for."""

    def __init__(self, reading: Reading, values: Mapping[str, object], place: str) -> None:
        self.reading, self.values, self.place = reading, values, place
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def fault(self, key: str, found: str, wanted: str) -> None:
        self.reading.fault(self.at(key), found, wanted)

    def text(self, key: str, default: str | None = None, among: Collection[str] = ()) -> str:
        value = self._ask(key)
        if value is None and default is not None and key not in self.values:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fault(key, "缺少" if value is None else f"{value} 不是文字", "请填写文字（数字要加引号）")
            return default or ""
        if among and value not in among:
            close = get_close_matches(value, among, 1)
            hint = f"是不是 {close[0]}？" if close else ""
            self.fault(key, f"没有“{value}”", f"{hint}可用：{'、'.join(among)}")
        return value.strip()

    def flag(self, key: str, default: bool | None = None) -> bool:
        value = self._ask(key)
        if isinstance(value, bool):
            return value
        if key in self.values or default is None:
            self.fault(key, "缺少或不是 true、false", "请填写 true 或 false，不加引号")
        return bool(default)

    def whole(self, key: str, default: int | None = None, least: int = 0) -> int:
        value = self._unquoted(key)
        if value is None and default is not None and key not in self.values:
            return default
        if isinstance(value, str) and _WHOLE.fullmatch(value) and int(value) >= least:
            return int(value)
        self.fault(key, f"{value if value is not None else '缺少'}", f"请填写加引号的整数，不小于 {least}")
        return least

    def decimal(self, key: str, default: Fraction | None = None) -> Fraction:
        """An exact number in quotes, not below zero."""
        value = self._unquoted(key)
        if value is None and default is not None and key not in self.values:
            return default
        exact = exact_decimal(value) if isinstance(value, str) else None
        if exact is None or exact < 0:
            self.fault(key, f"{value if value is not None else '缺少'}", "请填写加引号的数，例如 '0.42'")
            return Fraction(0)
        return exact

    def span(self, key: str) -> tuple[Fraction, Fraction]:
        """Two exact numbers, the lower first."""
        value = self._ask(key)
        ends = (
            [exact_decimal(one) if isinstance(one, str) else None for one in value]
            if isinstance(value, list)
            else []
        )
        if len(ends) != 2 or ends[0] is None or ends[1] is None or not 0 <= ends[0] <= ends[1]:
            self.fault(
                key,
                f"{value if value is not None else '缺少'}",
                "请写成两个加引号的数，小的在前，例如 ['0.3', '0.5']",
            )
            return Fraction(0), Fraction(0)
        return ends[0], ends[1]

    def mark(self, key: str = "status") -> str:
        """How well this is evidenced."""
        return self.text(key, among=EVIDENCE)

    def day(self, key: str) -> dt.date | None:
        value = self._unquoted(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        self.fault(key, f"{value} 不是日期", "请写成加引号的 YYYY-MM-DD")
        return None

    def texts(
        self, key: str, *, least: int = 0, among: Collection[str] = (), numbers: bool = False
    ) -> tuple[str, ...]:
        value = self._ask(key)
        if numbers and isinstance(value, list):
            value = [self._plain(one) for one in value]
        if key not in self.values and not least:
            return ()
        if (
            not isinstance(value, list)
            or len(value) < least
            or not all(isinstance(one, str) for one in value)
        ):
            self.fault(key, "缺少或不是文字的列表", "请写成 [甲, 乙]，数字要加引号")
            return ()
        for place, one in enumerate(value):
            if among and one not in among:
                self.fault(f"{key}[{place}]", f"没有“{one}”", f"可用：{'、'.join(among)}")
        return tuple(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        texts = self.texts(key, numbers=True)
        for one in texts:
            if not _WHOLE.fullmatch(one) or int(one) < 0:
                self.fault(key, f"“{one}”不是非负整数", "请写成加引号的整数，例如 ['90', '30', '7']")
                return ()
        return tuple(int(one) for one in texts)

    def words(self, key: str) -> dict[str, str]:
        """A mapping of text to text; empty if it is not there."""
        if key not in self.values:
            return {}
        entry = self.reading.entry(self._ask(key), self.at(key))
        return {name: entry.text(name) for name in entry.values}

    def entry(self, key: str) -> Entry | None:
        value = self._ask(key)
        return None if value is None else self.reading.entry(value, self.at(key))

    def needed(self, key: str) -> Entry:
        """A mapping that must be there."""
        value = self._ask(key)
        if value is None:
            self.fault(key, "缺少", "请填写")
        return self.reading.entry({} if value is None else value, self.at(key))

    def entries(self, key: str, *, least: int = 0) -> Iterator[Entry]:
        value = self._ask(key)
        if value is None and key not in self.values and not least:
            return
        if not isinstance(value, list) or len(value) < least:
            self.fault(key, "缺少或不是列表", f"请写成列表，至少 {least} 项")
            return
        for index, item in enumerate(value):
            yield self.reading.entry(item, f"{self.at(key)}[{index}]")

    def cases(
        self, key: str, metrics: Collection[str], *, least: int = 0
    ) -> tuple[tuple[Condition, ...], ...]:
        """A list of cases, each a list of conditions over known facts."""
        value = self._ask(key)
        if key not in self.values and not least:
            return ()
        if not isinstance(value, list) or len(value) < least:
            self.fault(key, "缺少或不是列表", "请写成情形的列表，每个情形是条件的列表")
            return ()
        return tuple(self._conditions(case, f"{self.at(key)}[{n}]", metrics) for n, case in enumerate(value))

    def condition(self, metrics: Collection[str]) -> Condition:
        """This entry's own metric, op and value."""
        written = {name: self._ask(name) for name in ("metric", "op", "value")}
        found = self._conditions([written], self.place, metrics)
        return found[0] if found else Condition("", "==", "")

    def only(self) -> None:
        for key in self.values:
            if key not in self._asked:
                close = get_close_matches(key, self._asked, 1)
                hint = f"是不是 {close[0]}？" if close else ""
                self.fault(key, "不认识的键", f"{hint}可用：{'、'.join(sorted(self._asked))}")

    def _ask(self, key: str) -> object:
        self._asked.add(key)
        return self.values.get(key)

    def _unquoted(self, key: str) -> object:
        """The value; of a whole number or a date that may stand without quotes here, its text."""
        return self._plain(self._ask(key))

    def _plain(self, value: object) -> object:
        return (
            value.text if self.reading.bare and isinstance(value, Bare) and "." not in value.text else value
        )

    def _conditions(self, written: object, place: str, metrics: Collection[str]) -> tuple[Condition, ...]:
        try:
            found = parse_conditions(written, place)
        except Refused as refused:
            for problem in refused.problems:
                self.reading.fault(problem.where, problem.found, problem.wanted)
            return ()
        for index, condition in enumerate(found):
            if condition.metric not in metrics:
                close = get_close_matches(condition.metric, metrics, 3)
                wanted = f"是不是 {'、'.join(close)}？" if close else "可用的事实见 _model.yaml"
                self.reading.fault(f"{place}[{index}].metric", f"没有“{condition.metric}”这个事实", wanted)
        return found
