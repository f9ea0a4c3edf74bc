"""What a calendar file says, and whether it may be believed. Pure: text in, values or Problems out.

One file a year, `policies/calendars/cn-YYYY.yaml`: the State Council's notice, the days off and the weekend
days worked (调休). All faults of a file are told at once.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from kernel.errors import Problem, Refused

EVIDENCE = ("SEEN", "SEEN-COPY", "RECALLED", "assumed", "placeholder")
_TEXTS = ("title", "doc_no", "source")
_KEYS = ("year", *_TEXTS, "doc_date", "announced", "status", "holidays")
_SATURDAY = 5


@dataclass(frozen=True)
class Special:
    """A day that is not what its weekday says, or that the notice names as a holiday."""

    day: date
    is_working: bool
    name: str


@dataclass(frozen=True)
class AnnouncedYear:
    """A year's notice with its special days, in order of day."""

    year: int
    title: str
    doc_no: str
    doc_date: date
    announced: bool
    evidence: str
    source: str
    specials: tuple[Special, ...]

    @property
    def digest(self) -> str:
        """The same for files that say the same, whatever their comments and layout."""
        content = [getattr(self, key) for key in ("year", *_TEXTS, "doc_date", "announced", "evidence")]
        content += [[special.day, special.is_working, special.name] for special in self.specials]
        return hashlib.sha256(json.dumps(content, default=str, ensure_ascii=False).encode()).hexdigest()


def read_calendar(text: str, where: str = "日历文件") -> AnnouncedYear:
    """The year that a file's text announces; Refused with every fault of it."""
    try:
        written = yaml.load(text, Loader=_WithoutDuplicates)
    except (yaml.YAMLError, ValueError) as fault:  # ValueError: a date such as 2026-02-30
        found = " ".join(str(fault).split())
        raise Refused(
            Problem(where, f"不是有效的 YAML：{found}", "请修正文件格式", "calendar_yaml")
        ) from fault
    if not isinstance(written, dict):
        raise Refused(Problem(where, "文件不是键值结构", f"请写明 {'、'.join(_KEYS)}", "calendar_shape"))
    problems = list(_problems_of_head(written, where))
    specials: list[Special] = []
    if isinstance(written.get("holidays"), list) and isinstance(written.get("year"), int):
        problems += _read_holidays(written["holidays"], written["year"], where, specials)
    if problems:
        raise Refused(problems)
    return AnnouncedYear(
        year=written["year"],
        title=written["title"],
        doc_no=written["doc_no"],
        doc_date=written["doc_date"],
        announced=written["announced"],
        evidence=written["status"],
        source=written["source"],
        specials=tuple(sorted(specials, key=lambda special: special.day)),
    )


def _problems_of_head(written: dict[Any, Any], where: str) -> Iterator[Problem]:
    for key in written:
        if key not in _KEYS:
            yield Problem(f"{where} {key}", "不认识的键", f"只用 {'、'.join(_KEYS)}", "calendar_unknown_key")
    tests: dict[str, tuple[Callable[[Any], bool], str]] = {
        "year": (lambda it: type(it) is int and 1949 < it < 2200, "请填写四位年份，例如 2026"),
        "doc_date": (lambda it: type(it) is date, "请填写通知日期，例如 2025-11-04"),
        "announced": (lambda it: type(it) is bool, "已公布填 true，未公布填 false"),
        "status": (lambda it: it in EVIDENCE, f"请填写依据状态：{'、'.join(EVIDENCE)}"),
        "holidays": (lambda it: isinstance(it, list), "请列出各节日"),
        **{key: (lambda it: isinstance(it, str) and it.strip() != "", "请填写文字") for key in _TEXTS},
    }
    for key in _KEYS:
        passes, wanted = tests[key]
        if key not in written:
            yield Problem(f"{where} {key}", "缺少", wanted, "calendar_missing")
        elif not passes(written[key]):
            yield Problem(f"{where} {key}", f"{written[key]!r} 不符合要求", wanted, "calendar_value")


def _read_holidays(holidays: list[Any], year: int, where: str, specials: list[Special]) -> Iterator[Problem]:
    """Adds to `specials` what can be read; yields what cannot."""
    seen: set[date] = set()
    for number, holiday in enumerate(holidays, start=1):
        place = f"{where} holidays 第{number}项"
        if not isinstance(holiday, dict) or set(holiday) - {"name", "rest", "worked"}:
            yield Problem(place, "结构不符", "每项只有 name、rest、worked", "calendar_holiday")
            continue
        name = holiday.get("name")
        if not isinstance(name, str) or not name.strip():
            yield Problem(f"{place} name", "为空", "请填写节日名称", "calendar_holiday_name")
            continue
        for key, is_working in (("rest", False), ("worked", True)):
            days = holiday.get(key, [])
            if not isinstance(days, list):
                yield Problem(
                    f"{place} {key}", "不是列表", "请写成 [2026-01-01, 2026-01-02]", "calendar_days"
                )
                continue
            for day in days:
                fault = _fault_of_day(day, year, is_working, seen)
                if fault:
                    yield Problem(f"{place} {key}", f"{day} {fault[0]}", fault[1], "calendar_day")
                else:
                    seen.add(day)
                    specials.append(Special(day, is_working, name))


def _fault_of_day(day: Any, year: int, is_working: bool, seen: set[date]) -> tuple[str, str] | None:
    if type(day) is not date:
        return "不是日期", "请按 YYYY-MM-DD 填写"
    if day in seen:
        return "重复列出", "每个日期只列一次"
    if day.year != year and (day.year, day.month) != (year - 1, 12):
        return f"不属于{year}年", "只列本年（或上年12月随本年元旦调休）的日期"
    if is_working and day.weekday() < _SATURDAY:
        return "不是周末", "调休上班日只列周六、周日"
    return None


class _WithoutDuplicates(yaml.SafeLoader):
    """YAML that refuses a key written twice, of which the usual loader silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
            raise yaml.constructor.ConstructorError(None, None, f"键 {twice[0]} 重复", node.start_mark)
        return super().construct_mapping(node, deep)
