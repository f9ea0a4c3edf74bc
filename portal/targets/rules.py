"""Targets and observations as their file lists them, and how a figure stands to a target. Pure.

`targets.yaml` holds what documents say; `keys.yaml` what a key is called, how it counts, what of it the platform measures,
and the warnings without which a comparison misleads.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel.money.percent import percent_text
from kernel.reading import EVIDENCE, Entry, Reading
from kernel.strict_yaml import Written

OPS = {"ge": "不少于", "gt": "超过", "range": "介于"}
COUNTS = ("stock", "in_year", "cumulative")
MEASURES = ("pledge_financing", "fiscal_support")
NATIONAL = "000000"
YUAN, SHARE = "元", "比例"
_REGION = re.compile(r"\d{6}", re.ASCII)
_MARKS = {**{mark: mark for mark in EVIDENCE}, "SEEN_SECONDARY": "SEEN-COPY"}


@dataclass(frozen=True)
class Target:
    """What a plan asks of a region by a day. `high` only of a range. `baseline` None with a year: not known."""

    plan: str
    region: str
    by: dt.date
    key: str
    low: Fraction
    high: Fraction | None
    unit: str
    op: str
    baseline_year: int
    baseline: Fraction | None
    part_of: str
    includes: str
    wording: str
    window_from: dt.date | None

    def met_by(self, figure: Fraction) -> bool:
        """Whether the figure reaches the target; above a range is reached too."""
        return figure > self.low if self.op == "gt" else figure >= self.low

    def share_of(self, figure: Fraction) -> Fraction:
        """The figure as a share of the target, of a range's lower end."""
        return figure / self.low


@dataclass(frozen=True)
class Observation:
    """A figure that a document states of a day."""

    source: str
    region: str
    on: dt.date
    key: str
    value: Fraction
    unit: str


@dataclass(frozen=True)
class ServiceLimit:
    """How long a service may take, as promised."""

    source: str
    region: str
    services: tuple[str, ...]
    before: str
    working_days: int | None
    days: int | None
    note: str
    status: str


@dataclass(frozen=True)
class Near:
    """Another key whose observation is near this one's, and why it is not the same."""

    key: str
    warning: str


@dataclass(frozen=True)
class Meaning:
    """What a key is: its name, how it counts, what measures it here, what to know before comparing."""

    name: str
    counts: str
    measure: str
    warnings: tuple[str, ...]
    near: tuple[Near, ...]


@dataclass(frozen=True)
class Book:
    """All of it together."""

    targets: tuple[Target, ...]
    observations: tuple[Observation, ...]
    limits: tuple[ServiceLimit, ...]
    keys: Mapping[str, Meaning]
    words: Mapping[str, str]

    def word(self, text: str) -> str:
        """Words of the file in Chinese, where `keys.yaml` has them."""
        return self.words.get(text, text)


@dataclass(frozen=True)
class Figure:
    """A figure beside a target: what it is, the share and whether it reaches, or why neither is said.

    `at_least`: the platform sees a part only, so that a figure below the target says nothing.
    """

    label: str
    value: Fraction
    unit: str
    source: str
    share: Fraction | None
    met: bool | None
    caution: str = ""
    at_least: bool = False

    @property
    def text(self) -> str:
        return figure_text(self.value, self.unit)

    @property
    def share_text(self) -> str:
        return percent_text(self.share, 2) if self.share is not None else ""


def beside(
    target: Target, value: Fraction, *, compared: bool = True, at_least: bool = False, **told: str
) -> Figure:
    """The figure with its share and verdict; neither when it cannot be `compared`."""
    met = target.met_by(value) if compared else None
    if at_least and met is False:
        met = None
    share = target.share_of(value) if compared else None
    return Figure(value=value, unit=target.unit, share=share, met=met, at_least=at_least, **told)


def observed(book: Book, target: Target, on: dt.date) -> tuple[Figure, ...]:
    """The last observation of the target's own key and of its near ones, made by the day and by the target's end."""
    meaning = book.keys[target.key]
    found = []
    for key, caution in ((target.key, ""), *((near.key, near.warning) for near in meaning.near)):
        seen = [
            one for one in book.observations
            if (one.key, one.region) == (key, target.region) and one.on <= min(on, target.by)
        ]  # fmt: skip
        if not seen:
            continue
        last = max(seen, key=lambda one: one.on)
        of_year = meaning.counts != "in_year" or last.on.year == target.by.year
        compared = of_year and meaning.counts != "cumulative"
        if not of_year:
            caution = f"这是 {last.on.year} 年的数，不与 {target.by.year} 年的目标相比"
        label = f"{book.keys[key].name}（{last.on}）"
        found.append(
            beside(target, last.value, compared=compared, label=label, source=last.source, caution=caution)
        )
    return tuple(found)


def warnings_of(book: Book, target: Target) -> tuple[str, ...]:
    """What to know of a target before any figure is set beside it."""
    return tuple(_warnings(book, target))


def _warnings(book: Book, target: Target) -> Iterator[str]:
    if target.part_of:
        yield f"是“{book.keys[target.part_of].name}”的一部分，两项不相加"
    if target.includes:
        yield f"含{book.word(target.includes)}"
    if target.wording:
        yield f"原文为“{target.wording}”"
    if target.baseline_year:
        known = "不明" if target.baseline is None else figure_text(target.baseline, target.unit)
        yield f"基期 {target.baseline_year} 年：{known}"
    if book.keys[target.key].counts == "cumulative":
        since = target.window_from
        yield f"累计自 {since} 起" if since else "没有写明累计自何时起，不算完成率"
    yield from book.keys[target.key].warnings


def target_text(target: Target) -> str:
    """The target in words and figures."""
    low = figure_text(target.low, target.unit)
    if target.high is not None:
        low = low.removesuffix(f" {target.unit}")
        return f"{low} 至 {figure_text(target.high, target.unit)}"
    return f"{OPS[target.op]} {low}"


def figure_text(value: Fraction, unit: str) -> str:
    """A figure with its unit, exact, grouped; a share as percent.

    >>> figure_text(Fraction("0.185"), "比例"), figure_text(Fraction("44.42"), "件/万人"), figure_text(Fraction(5022), "件")
    ('18.5%', '44.42 件/万人', '5,022 件')
    """
    shown = value * 100 if unit == SHARE else value
    scaled = shown * 10**6
    assert scaled.denominator == 1, "a figure has at most six decimals"
    whole, rest = divmod(scaled.numerator, 10**6)
    decimals = f"{rest:06d}".rstrip("0")
    text = f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
    return f"{text}%" if unit == SHARE else f"{text} {unit}"


# --- reading ---


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
    reading.refuse_if_any("targets.yaml")
    return book


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
        )
        entry.only()
    top.only()
    reading.refuse_if_any("keys.yaml")
    return meanings, words


def _target(entry: Entry, keys: Mapping[str, Meaning]) -> Target:
    op = entry.text("op", among=tuple(OPS))
    low, high = entry.span("value") if op == "range" else (entry.decimal("value"), None)
    if low == 0:
        entry.fault("value", "0", "目标须大于零")
    baseline = entry.values.get("baseline")
    unknown = baseline is None or baseline == "unknown"
    if unknown:
        entry.text("baseline", "")
    target = Target(
        plan=entry.text("plan"),
        region=_region(entry),
        by=_day(entry, "by"),
        key=entry.text("key", among=tuple(keys)),
        low=low,
        high=high,
        unit=entry.text("unit"),
        op=op,
        baseline_year=entry.whole("baseline_year", 0),
        baseline=None if unknown else entry.decimal("baseline"),
        part_of=entry.text("part_of", "", among=tuple(keys)),
        includes=entry.text("includes", ""),
        wording=entry.text("wording", ""),
        window_from=entry.day("window_from"),
    )
    if target.window_from and target.window_from > target.by:
        entry.fault("window_from", f"{target.window_from} 晚于 {target.by}", "起算日须早于目标日")
    entry.only()
    return target


def _observation(entry: Entry, keys: Mapping[str, Meaning]) -> Observation:
    seen = Observation(
        source=entry.text("source"),
        region=_region(entry),
        on=_day(entry, "observed_on"),
        key=entry.text("key", among=tuple(keys)),
        value=entry.decimal("value"),
        unit=entry.text("unit"),
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
