"""What the guest calculator asks and what it assumes, as data. Pure but for reading the file it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from kernel.expressions import exact_text
from kernel.reading import Entry, Reading
from kernel.strict_yaml import read_file

KINDS_OF_BAND = ("staff", "revenue_wan", "assets_wan", "amount_wan", "rate_percent", "term_months")


@dataclass(frozen=True)
class Band:
    """A range of a figure, both ends in it."""

    low: Fraction
    high: Fraction

    @property
    def id(self) -> str:
        """What the form sends.

        >>> Band(Fraction(100), Fraction("299.99")).id
        '100-299.99'
        """
        return f"{exact_text(self.low)}-{exact_text(self.high)}"


@dataclass(frozen=True)
class RightKind:
    """A kind of right that one may hold: the policies' word for it, its name, its term in years from filing."""

    id: str
    kind: str
    name: str
    years: int | None
    renewable: bool
    ref: str
    evidence: str


@dataclass(frozen=True)
class Assumed:
    """A fact that is taken so where nobody was asked, and how that is told."""

    path: str
    value: str | bool
    words: str


@dataclass(frozen=True)
class Questions:
    kept_days: int
    most_a_minute: int
    most_a_day: int
    bands: Mapping[str, tuple[Band, ...]]
    within_months: int
    rights: Mapping[str, RightKind]
    assumed: Mapping[str, Assumed]
    filled: Mapping[str, str]
    remarks: Mapping[str, str]

    def words_of_assumed(self, path: str) -> str:
        """How an assumed fact is told; empty for one that the visitor stated himself."""
        assumed = self.assumed.get(path)
        return assumed.words if assumed else self.filled.get(path, "")


def load_questions(path: Path) -> Questions:
    """The questions of a file; Refused with every fault and its line."""
    reading = Reading(read_file(path), "guest")
    top = reading.top
    top.text("title")
    top.mark()
    most = top.needed("most_saved")
    questions = Questions(
        kept_days=top.whole("kept_days", least=1),
        most_a_minute=most.whole("a_minute", least=1),
        most_a_day=most.whole("a_day", least=1),
        bands={kind: _bands(top.needed("bands"), kind) for kind in KINDS_OF_BAND},
        within_months=top.whole("within_months", least=1),
        rights={id_: _right(id_, entry) for id_, entry in _entries(top.needed("rights"))},
        assumed={path: _assumed(path, entry) for path, entry in _entries(top.needed("assumed"))},
        filled=_texts(top.needed("filled")),
        remarks=_texts(top.needed("remarks")),
    )
    top.only()
    reading.refuse_if_any(path.name)
    return questions


def _entries(entry: Entry) -> list[tuple[str, Entry]]:
    return [(key, entry.needed(key)) for key in entry.values]


def _texts(entry: Entry) -> dict[str, str]:
    return {key: entry.text(key) for key in entry.values}


def _bands(entry: Entry, kind: str) -> tuple[Band, ...]:
    """The bands of one figure; each begins where the one before has ended, or after it."""
    pairs = entry.values.get(kind)
    found: list[Band] = []
    for place, _ in enumerate(pairs if isinstance(pairs, list) else ()):
        one = Entry(entry.reading, {str(place): pairs[place]}, entry.at(kind))  # type: ignore[index]
        low, high = one.span(str(place))
        if found and low < found[-1].high:
            one.fault(str(place), f"下端 {exact_text(low)} 与上一档重叠", "从上一档的上端之后开始")
        found.append(Band(low, high))
    if not found:
        entry.fault(kind, "没有区间", "请写明各档的两端")
    return tuple(found)


def _right(id_: str, entry: Entry) -> RightKind:
    years = entry.whole("years", 0)
    found = RightKind(
        id_,
        entry.text("kind"),
        entry.text("name"),
        years or None,
        entry.flag("renewable", False),
        entry.text("ref", ""),
        entry.mark() if years else "",
    )
    entry.only()
    return found


def _assumed(path: str, entry: Entry) -> Assumed:
    value = entry.values.get("value")
    found = Assumed(
        path, entry.flag("value") if isinstance(value, bool) else entry.text("value"), entry.text("words")
    )
    entry.only()
    return found
