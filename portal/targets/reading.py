"""Reading the files of targets: strict, every fault at once, also where targets, observations and keys do not fit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from fractions import Fraction

from kernel.reading import EVIDENCE, Entry, Reading
from kernel.strict_yaml import Written

from .rules import (
    COUNTS,
    MEASURES,
    MONEY,
    NATIONAL,
    OPS,
    SHARE,
    TIMES,
    Book,
    Meaning,
    Near,
    Observation,
    ServiceLimit,
    Target,
    same_measure,
)

_REGION = re.compile(r"\d{6}", re.ASCII)
_MARKS = {**{mark: mark for mark in EVIDENCE}, "SEEN_SECONDARY": "SEEN-COPY"}
_DECIMALS = 6


def read_book(targets: Written, keys: Written) -> Book:
    """Both files; refused with every fault of them, also where they do not fit each other."""
    meanings, words = _read_keys(keys)
    reading = Reading(targets, "kpi_file", bare=True)
    top = reading.top
    book = Book(
        targets=tuple(_target(one, meanings) for one in top.entries("kpi_targets", least=1)),
        observations=tuple(_observation(one, meanings) for one in top.entries("kpi_observations")),
        limits=tuple(_limit(one) for one in top.entries("service_deadlines")),
        keys=meanings,
        words=words,
    )
    top.only()
    _refuse_what_does_not_fit(reading, book)
    reading.refuse_if_any("targets.yaml")
    return book


def _refuse_what_does_not_fit(reading: Reading, book: Book) -> None:
    """Targets said twice, and figures that would be compared in units that cannot be compared."""
    said: set[tuple[str, str, dt.date, str]] = set()
    for index, one in enumerate(book.targets):
        place, meaning = f"kpi_targets[{index}]", book.keys.get(one.key)
        name = one.plan, one.region, one.by, one.key
        if name in said:
            reading.fault(place, f"{one.plan}的 {one.key} 到 {one.by} 已有一个目标", "同一目标只写一次")
        said.add(name)
        if meaning is None:
            continue
        if meaning.measure and one.unit not in MONEY:
            reading.fault(
                f"{place}.unit", f"{one.unit} 不是金额单位", f"平台测的是金额，可用：{'、'.join(MONEY)}"
            )
        if meaning.growth_of and one.unit != TIMES:
            reading.fault(f"{place}.unit", f"{one.unit} 不是{TIMES}", f"增长按基期的倍数写，单位写“{TIMES}”")
        if meaning.growth_of and not one.baseline_year:
            reading.fault(f"{place}.baseline_year", "缺少", "增长要有基期年份")
    first = {seen.key: seen.unit for seen in reversed(book.observations)}
    for index, seen in enumerate(book.observations):
        if not same_measure(seen.unit, first[seen.key]):
            found = f"{seen.key} 的观测值以“{seen.unit}”计，另一处以“{first[seen.key]}”计"
            reading.fault(f"kpi_observations[{index}].unit", found, "同一指标的观测值用能换算的单位")
        for one in book.targets:
            meaning = book.keys.get(one.key)
            keys = (one.key, *(near.key for near in meaning.near)) if meaning else ()
            if seen.region == one.region and seen.key in keys and not same_measure(seen.unit, one.unit):
                found = f"{seen.key} 的观测值以“{seen.unit}”计，目标以“{one.unit}”计"
                reading.fault(f"kpi_observations[{index}].unit", found, "两处单位写成一样，才能比较")
                break


def _read_keys(written: Written) -> tuple[Mapping[str, Meaning], Mapping[str, str]]:
    reading = Reading(written, "kpi_keys")
    top = reading.top
    words, entries, meanings = top.words("words"), top.needed("keys"), {}
    for key in entries.values:
        entry = entries.needed(key)
        near = []
        for one in entry.entries("near"):
            near.append(Near(one.text("key", among=tuple(entries.values)), one.text("warning")))
            one.only()
        meanings[key] = Meaning(
            name=entry.text("name"),
            counts=entry.text("counts", among=COUNTS),
            measure=entry.text("measure", "", among=MEASURES),
            warnings=entry.texts("warnings"),
            near=tuple(near),
            growth_of=entry.text("growth_of", "", among=tuple(entries.values)),
        )
        entry.only()
    top.only()
    reading.refuse_if_any("keys.yaml")
    return meanings, words


def _target(entry: Entry, keys: Mapping[str, Meaning]) -> Target:
    op = entry.text("op", among=tuple(OPS))
    unit = entry.text("unit")
    low, high = entry.span("value") if op == "range" else (_figure(entry, "value", unit), None)
    if low == 0:
        entry.fault("value", "0", "目标须大于零")
    baseline = entry.values.get("baseline")
    unknown = baseline is None or baseline == "unknown"
    if unknown:
        entry.text("baseline", "")
    elif not entry.whole("baseline_year", 0):
        entry.fault("baseline_year", "写了 baseline，没有写年份", "请写基期是哪一年")
    target = Target(
        plan=entry.text("plan"),
        region=_region(entry),
        by=_day(entry, "by"),
        key=entry.text("key", among=tuple(keys)),
        low=low,
        high=high,
        unit=unit,
        op=op,
        baseline_year=entry.whole("baseline_year", 0),
        baseline=None if unknown else _figure(entry, "baseline", unit),
        part_of=entry.text("part_of", "", among=tuple(keys)),
        includes=entry.text("includes", ""),
        wording=entry.text("wording", ""),
        window_from=entry.day("window_from"),
    )
    if target.window_from and target.window_from > target.by:
        entry.fault("window_from", f"{target.window_from} 晚于 {target.by}", "起算日须早于目标日")
    entry.only()
    return target


def _figure(entry: Entry, key: str, unit: str) -> Fraction:
    """A figure that can be printed whole; a share is of one, so that 42 for 42 % is a fault."""
    value = entry.decimal(key)
    if (value * 10**_DECIMALS).denominator != 1:
        entry.fault(key, f"{entry.values[key]}", f"最多 {_DECIMALS} 位小数")
    if unit == SHARE and value > 1:
        entry.fault(key, f"{entry.values[key]}", "比例以 1 为全部，42% 写成 '0.42'")
    return value


def _observation(entry: Entry, keys: Mapping[str, Meaning]) -> Observation:
    unit = entry.text("unit")
    seen = Observation(
        source=entry.text("source"),
        region=_region(entry),
        on=_day(entry, "observed_on"),
        key=entry.text("key", among=tuple(keys)),
        value=_figure(entry, "value", unit),
        unit=unit,
    )
    entry.only()
    return seen


def _limit(entry: Entry) -> ServiceLimit:
    limit = entry.needed("limit")
    days = {name: limit.whole(name) if name in limit else None for name in ("working_days", "days")}
    if (days["working_days"] is None) == (days["days"] is None):
        limit.fault("working_days", "缺少，或两种都写了", "写 working_days 或 days 之一")
    seed = entry.flag("seed", False)
    status = entry.text("evidence", "SEEN" if seed else None, among=tuple(_MARKS))
    read = ServiceLimit(
        source=entry.text("source"),
        region=_region(entry),
        services=entry.texts("service", least=1),
        before=entry.text("before", ""),
        working_days=days["working_days"],
        days=days["days"],
        note=entry.text("note", "") or limit.text("note", ""),
        status=_MARKS.get(status, status),
    )
    limit.text("note", "")
    limit.only()
    entry.only()
    return read


def _region(entry: Entry) -> str:
    region = entry.text("region")
    if not _REGION.fullmatch(region):
        entry.fault("region", f"“{region}”不是六位行政区划代码", f"全国写 '{NATIONAL}'")
    return region


def _day(entry: Entry, key: str) -> dt.date:
    day = entry.day(key)
    if day is None and key not in entry:
        entry.fault(key, "缺少", "请写成 YYYY-MM-DD")
    return day or dt.date.min
