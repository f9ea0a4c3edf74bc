"""Targets and observations as `reading` takes them from their files, and how a figure stands to a target. Pure.

`targets.yaml` holds what documents say; `keys.yaml` what a key is called, how it counts, what of it the platform measures,
and the warnings without which a comparison misleads. The words of a page stand in `saying`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel.money.percent import percent_text

OPS = ("ge", "gt", "range")
COUNTS = ("stock", "in_year", "cumulative")
MEASURES = ("pledge_financing", "fiscal_support")
NATIONAL = "000000"
SHARE, TIMES = "比例", "倍"
MONEY = {"元": 1, "万元": 10**4, "亿元": 10**8}
"""Yuan in one of each unit of money."""


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
    """What a key is: its name, how it counts, what measures it here, what to know before comparing.

    `growth_of` names the stock of which this is the multiple: the stock of the day ÷ that of the baseline year.
    """

    name: str
    counts: str
    measure: str
    warnings: tuple[str, ...]
    near: tuple[Near, ...]
    growth_of: str = ""


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

    `unit` is the target's. `at_least`: the platform sees a part only, so that a figure below the target says nothing.
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


@dataclass(frozen=True)
class Seen:
    """An observation that stands beside a target; `warning` is the file's own word on a near key."""

    of: Observation
    value: Fraction
    warning: str
    other_year: bool
    compared: bool


@dataclass(frozen=True)
class Growth:
    """The stock now and in the baseline year, and their quotient; None where one is missing or the base is zero.

    `base` is counted in `unit`, `now` in its own.
    """

    now: Observation | None
    base: Fraction | None
    unit: str

    @property
    def multiple(self) -> Fraction | None:
        return (
            in_unit(self.now.value, self.now.unit, self.unit) / self.base if self.now and self.base else None
        )


def same_measure(unit: str, other: str) -> bool:
    """Whether figures of both units may be set side by side.

    >>> same_measure("件", "件"), same_measure("元", "亿元"), same_measure("件", "家")
    (True, True, False)
    """
    return unit == other or (unit in MONEY and other in MONEY)


def in_unit(value: Fraction, unit: str, wanted: str) -> Fraction:
    """The same amount in another unit of money; as it is in the same unit.

    >>> in_unit(Fraction("1.5"), "亿元", "元"), in_unit(Fraction(70_000_000), "元", "万元"), in_unit(Fraction(5), "件", "件")
    (Fraction(150000000, 1), Fraction(7000, 1), Fraction(5, 1))
    """
    assert same_measure(unit, wanted), f"{unit} is not measured as {wanted}"
    return value if unit == wanted else value * MONEY[unit] / MONEY[wanted]


def observed(book: Book, target: Target, on: dt.date) -> tuple[Seen, ...]:
    """The last observation of the target's own key and of its near ones, made by the day and by the target's end."""
    meaning = book.keys[target.key]
    found = []
    for key, warning in ((target.key, ""), *((near.key, near.warning) for near in meaning.near)):
        last = _last(book, key, target.region, min(on, target.by))
        if last is None:
            continue
        other_year = meaning.counts == "in_year" and last.on.year != target.by.year
        compared = not other_year and meaning.counts != "cumulative"
        value = in_unit(last.value, last.unit, target.unit)
        found.append(Seen(last, value, warning, other_year, compared))
    return tuple(found)


def growth(book: Book, target: Target, on: dt.date) -> Growth | None:
    """How often the baseline year's stock is reached; None for a target that is no growth.

    The base is what the plan states, else the last observation of the baseline year. Nothing else is taken for it.
    """
    key = book.keys[target.key].growth_of
    if not key:
        return None
    base = target.baseline
    units = [(one.key, one.unit) for one in book.observations] + [(one.key, one.unit) for one in book.targets]
    unit = dict(reversed(units)).get(key, "")
    then = _last(book, key, target.region, dt.date(target.baseline_year, 12, 31))
    if base is None and then is not None and then.on.year == target.baseline_year:
        base = in_unit(then.value, then.unit, unit)
    now = _last(book, key, target.region, min(on, target.by))
    return Growth(now if now and now.on.year > target.baseline_year else None, base, unit)


def _last(book: Book, key: str, region: str, day: dt.date) -> Observation | None:
    seen = [one for one in book.observations if (one.key, one.region) == (key, region) and one.on <= day]
    return max(seen, key=lambda one: one.on, default=None)
