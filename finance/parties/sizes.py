"""The size class of a firm by a dated standard (中小企业划型标准规定), with its working. Pure.

Large, medium and small each need every indicator of the industry at or above the bound; else the firm is one class down.
Staff are persons, revenue and assets 10,000 yuan (万元), exact. A missing indicator gives unknown: never a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from kernel.errors import Problem, Refused
from kernel.reading import Entry, Reading
from kernel.strict_yaml import read_file, read_text

CLASSES = ("large", "medium", "small", "micro")
UNKNOWN = "unknown"
CLASS_WORDS = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型", UNKNOWN: "不明"}
INDICATOR_WORDS = {
    "staff": ("从业人员", "人"),
    "revenue": ("营业收入", "万元"),
    "assets": ("资产总额", "万元"),
}
_MOST_PLACES = 6  # 万元 to the fen

Figure = int | Fraction


@dataclass(frozen=True)
class Industry:
    """One line of the standard: the lower bounds of large, medium and small by indicator."""

    code: str
    name: str
    bounds: Mapping[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Example:
    """A test that the file brings with it."""

    name: str
    industry: str
    figures: Mapping[str, Fraction]
    expect: str


@dataclass(frozen=True)
class Standard:
    """A size standard with its validity and what is known of its source."""

    title: str
    doc_no: str
    valid_from: dt.date
    valid_to: dt.date | None
    evidence: str
    revision: str
    industries: Mapping[str, Industry]
    examples: tuple[Example, ...]

    def in_force(self, on: dt.date) -> bool:
        """Both days included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Judged:
    """One indicator: its figure and the class that it alone would reach; both None when it is missing."""

    indicator: str
    figure: Fraction | None
    reaches: str | None


@dataclass(frozen=True)
class Gap:
    """How far an indicator is from a bound, and the class beyond it."""

    indicator: str
    bound: int
    by: Fraction
    to: str


@dataclass(frozen=True)
class Size:
    """A class with its working. `up`: what is lacking to the next class, all of it needed; `down`: what may be lost of each
    indicator before the class is lost, one is enough; nothing on either side of an unknown size."""

    size: str
    industry: Industry
    judged: tuple[Judged, ...]
    up: tuple[Gap, ...] = ()
    down: tuple[Gap, ...] = ()
    not_in_force: str = ""

    @property
    def word(self) -> str:
        """The class as people read it."""
        return CLASS_WORDS[self.size]

    @property
    def missing(self) -> tuple[str, ...]:
        """Indicators that the industry asks for and nobody stated."""
        return tuple(one.indicator for one in self.judged if one.figure is None)

    @property
    def decided_by(self) -> tuple[str, ...]:
        """The indicators that hold the firm in its class: the lowest."""
        return tuple(
            one.indicator for one in self.judged if self.size != UNKNOWN and one.reaches == self.size
        )

    @property
    def working(self) -> tuple[str, ...]:
        """The sentences by which a person can do it again."""
        return tuple(_working(self))


def size_class(
    standard: Standard, industry: str, figures: Mapping[str, Figure | None], on: dt.date | None = None
) -> Size:
    """The class of a firm; on a day when the standard is not in force, unknown. Refused: an industry that it does not have.

    `figures` may hold indicators that the industry does not look at.
    """
    line = standard.industries.get(industry)
    if line is None:
        known = "、".join(one.name for one in standard.industries.values())
        raise Refused(Problem("行业", f"没有“{industry}”", f"可用：{known}", "no_such_industry"))
    judged = tuple(_judged(line, indicator, figures.get(indicator)) for indicator in line.bounds)
    if on is not None and not standard.in_force(on):
        until = f"至 {standard.valid_to}" if standard.valid_to else "起"
        return Size(
            UNKNOWN, line, judged, not_in_force=f"{standard.title}自 {standard.valid_from} {until}施行"
        )
    places = [CLASSES.index(one.reaches) for one in judged if one.reaches is not None]
    if len(places) < len(judged):
        return Size(UNKNOWN, line, judged)
    lowest = max(places)
    return Size(
        CLASSES[lowest], line, judged, tuple(_up(line, judged, lowest)), tuple(_down(line, judged, lowest))
    )


def _judged(line: Industry, indicator: str, figure: Figure | None) -> Judged:
    if isinstance(figure, bool) or not isinstance(figure, int | Fraction | None):
        raise TypeError(f"{indicator} is a whole number or a Fraction, not {type(figure).__name__}")
    if figure is None:
        return Judged(indicator, None, None)
    reached = [place for place, bound in enumerate(line.bounds[indicator]) if figure >= bound]
    return Judged(indicator, Fraction(figure), CLASSES[min(reached, default=len(CLASSES) - 1)])


def _up(line: Industry, judged: tuple[Judged, ...], place: int) -> Iterator[Gap]:
    for one in judged if place else ():
        bound = line.bounds[one.indicator][place - 1]
        if one.figure is not None and one.figure < bound:
            yield Gap(one.indicator, bound, bound - one.figure, CLASSES[place - 1])


def _down(line: Industry, judged: tuple[Judged, ...], place: int) -> Iterator[Gap]:
    for one in judged if place < len(CLASSES) - 1 else ():
        bound = line.bounds[one.indicator][place]
        assert one.figure is not None
        yield Gap(one.indicator, bound, one.figure - bound, CLASSES[place + 1])


def _working(size: Size) -> Iterator[str]:
    yield f"行业：{size.industry.name}"
    if size.not_in_force:
        yield size.not_in_force
    for one in size.judged:
        name, unit = INDICATOR_WORDS[one.indicator]
        bounds = "、".join(
            f"{CLASS_WORDS[CLASSES[place]]} {bound:,}"
            for place, bound in enumerate(size.industry.bounds[one.indicator])
        )
        stated = "没有填报" if one.figure is None else f"{figure_text(one.figure)} {unit}"
        reaches = f"，单看此项为{CLASS_WORDS[one.reaches]}" if one.reaches else ""
        yield f"{name} {stated}（下限：{bounds} {unit}，等于即达到）{reaches}"
    if size.missing:
        yield f"缺{'、'.join(INDICATOR_WORDS[one][0] for one in size.missing)}，不判定"
    if size.size == UNKNOWN:
        return
    yield f"大、中、小型须全部指标达到下限，取最低：{size.word}"
    if size.up:
        yield f"距{CLASS_WORDS[size.up[0].to]}还差：{'、'.join(_gap_text(gap) for gap in size.up)}（须同时达到）"
    if size.down:
        told = "、".join(_gap_text(gap) for gap in size.down)
        yield f"高出本类下限：{told}；任一项降到下限以下即为{CLASS_WORDS[size.down[0].to]}"


def _gap_text(gap: Gap) -> str:
    name, unit = INDICATOR_WORDS[gap.indicator]
    return f"{name} {figure_text(gap.by)} {unit}"


def figure_text(figure: Fraction) -> str:
    """Exact, grouped, without idle noughts.

    >>> figure_text(Fraction(500000)), figure_text(Fraction("39999.99"))
    ('500,000', '39,999.99')
    """
    units = figure * 10**_MOST_PLACES
    assert units.denominator == 1, "a figure has at most six decimals"
    whole, rest = divmod(units.numerator, 10**_MOST_PLACES)
    decimals = f"{rest:0{_MOST_PLACES}d}".rstrip("0")
    return f"{whole:,}.{decimals}" if decimals else f"{whole:,}"


def failing_examples(standard: Standard) -> list[tuple[Example, str]]:
    """The examples of the file that come out otherwise, with what was found."""
    found = [(one, size_class(standard, one.industry, one.figures).size) for one in standard.examples]
    return [(one, size) for one, size in found if size != one.expect]


def load_standard(source: Path | str) -> Standard:
    """The standard of a file or of a text; refused with every fault and its place."""
    written = read_file(source) if isinstance(source, Path) else read_text(source)
    reading = Reading(written, "size_standard", bare=True)
    top = reading.top
    body = top.needed("sme_standard")
    force = body.needed("effective")
    first, last = force.day("from"), force.day("to")
    if first is None:
        force.fault("from", "缺少", "请写施行日期")
    if first and last and last < first:
        force.fault("to", f"{last} 早于施行日", "长期有效的写 null")
    force.only()
    units = body.words("units")
    if not units or set(units) - set(INDICATOR_WORDS):
        body.fault("units", "、".join(units) or "缺少", f"可用的指标：{'、'.join(INDICATOR_WORDS)}")
    industries = {line.code: line for line in _industries(body.needed("lower_bounds"), tuple(units))}
    standard = Standard(
        title=body.text("title"),
        doc_no=body.text("doc_no"),
        valid_from=first or dt.date.min,
        valid_to=last,
        evidence=body.text("evidence"),
        revision=body.text("revision", ""),
        industries=industries,
        examples=tuple(_examples(top, industries, tuple(units))),
    )
    for words in ("rule", "bounds"):
        body.text(words, "")
    body.only()
    top.only()
    reading.refuse_if_any(source.name if isinstance(source, Path) else "")
    return standard


def _industries(entry: Entry, indicators: tuple[str, ...]) -> Iterator[Industry]:
    for code in entry.values:
        line = entry.needed(code)
        name = line.text("name")
        bounds: dict[str, tuple[int, int, int]] = {}
        for indicator in [one for one in indicators if one in line]:
            steps = line.wholes(indicator)
            if len(steps) != len(CLASSES) - 1 or not steps[0] > steps[1] > steps[2] > 0:
                line.fault(
                    indicator,
                    "、".join(map(str, steps)) or "缺少",
                    "请依次写大、中、小型的下限，从大到小三个数",
                )
                continue
            bounds[indicator] = (steps[0], steps[1], steps[2])
        if not any(one in line for one in indicators):
            line.fault("name", "没有任何指标", f"至少一项：{'、'.join(indicators)}")
        line.only()
        yield Industry(code, name, bounds)
    if not entry.values:
        entry.fault("", "没有行业", "请逐个行业列出下限")


def _examples(
    top: Entry, industries: Mapping[str, Industry], indicators: tuple[str, ...]
) -> Iterator[Example]:
    names: set[str] = set()
    for entry in top.entries("tests"):
        name, given = entry.text("name"), entry.needed("input")
        if name in names:
            entry.fault("name", f"“{name}”已写过", "每个算例用不同的名称")
        names.add(name)
        figures = {one: given.decimal(one) for one in indicators if given.values.get(one) is not None}
        industry = entry.text("industry", among=tuple(industries))
        yield Example(name, industry, figures, entry.text("expect", among=(*CLASSES, UNKNOWN)))
        entry.only()
