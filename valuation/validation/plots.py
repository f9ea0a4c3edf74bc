"""The report's pictures as SVG made here: no script, no library, the same on page and paper. Pure: figures in, text out.

Every picture names what its axes are; what it shows stands as figures in the table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 640, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 18, 28, 46
INK, FAINT, BLUE, RED, AMBER, GREEN, GREY = (
    "#1f2937", "#d8dee8", "#12315c", "#b3261e", "#b26a00", "#2f6f4f", "#8793a3",
)  # fmt: skip
LINES = (BLUE, GREEN, AMBER, GREY)


BARS_END = 0.88
"""Bars over time end here: the words of the limits stand to the right of them."""


class Sheet:
    """A plane with axes; x and y from 0 to 1 within the frame."""

    def __init__(self, title: str, height: int = HEIGHT, foot: int = 0) -> None:
        self.height, self.foot = height + foot, foot
        height += foot
        self.parts = [
            f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escape(title)}" font-family="Noto Sans SC, sans-serif" font-size="11" fill="{INK}">'
        ]

    def x(self, share: float) -> float:
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, share: float) -> float:
        under = BOTTOM + self.foot
        return round(self.height - under - share * (self.height - TOP - under), 1)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, dash: str = "", width: float = 1.6
    ) -> None:
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        )

    def text(self, x: float, y: float, words: str, anchor: str = "middle", colour: str = INK) -> None:
        """At pixels, not shares."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
        )

    def dot(self, x: float, y: float, colour: str, hollow: bool = False) -> None:
        fill = "#ffffff" if hollow else colour
        self.parts.append(
            f'<circle cx="{self.x(x)}" cy="{self.y(y)}" r="3.6" fill="{fill}" stroke="{colour}" stroke-width="1.4"/>'
        )

    def box(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """At pixels."""
        self.parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
        )

    def axes(
        self, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], names: tuple[str, str]
    ) -> None:
        for place, label in up:
            self.line([(0, place), (1, place)], FAINT, width=0.8)
            self.text(LEFT - 7, self.y(place) + 4, label, "end")
        for place, label in across:
            self.text(self.x(place), self.y(0) + 16, label)
        self.line([(0, 1), (0, 0), (1, 0)], GREY, width=1)
        self.text(self.x(0.5), self.height - self.foot - 8, names[0])
        self.text(LEFT - 48, TOP - 14, names[1], "start")

    def key(self, entries: Sequence[tuple[str, str, str]], left: float, top: float = TOP) -> None:
        """Colour, dash and word, one below the other; the place is at pixels. The dash "o" is the hollow mark."""
        for row, (colour, dash, word) in enumerate(entries):
            y = top + 12 + row * 16
            if dash == "o":
                self.parts.append(
                    f'<ellipse cx="{left + 11}" cy="{y - 4}" rx="3.6" ry="3.6" fill="#ffffff" stroke="{colour}"/>'
                )
                self.text(left + 28, y, word, "start")
                continue
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            self.parts.append(
                f'<line x1="{left}" y1="{y - 4}" x2="{left + 22}" y2="{y - 4}" stroke="{colour}"'
                f' stroke-width="1.8"{dashed}/>'
            )
            self.text(left + 28, y, word, "start")

    def key_below(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """One beside the other under the axis, where no figure can lie under them."""
        for entry, left in zip(entries, (LEFT, LEFT + 170, LEFT + 400), strict=True):
            self.key([entry], left, self.height - 16)

    def done(self) -> str:
        return "".join([*self.parts, "</svg>"])


def calibration_plot(grades: Sequence[Mapping[str, Any]], red_p: float, words: Mapping[str, str]) -> str:
    """Per grade the stated PD (hollow) and what came (full) with its 95 % interval, on a logarithmic axis."""
    sheet = Sheet(words["calibration"], foot=20)
    seen = [each for each in grades if each["rows"]]
    ends = [v for each in seen for v in (each["pd"], each["high"], each["low"]) if v]
    low, high = 10.0 ** floor(log10(min(ends, default=0.01))), max([*ends, 0.1])

    def up(value: float) -> float:
        return min(1.0, max(0.0, log10(max(value, low) / low) / log10(high * 1.15 / low)))

    ticks = [tick for power in range(-5, 1) for tick in (1 * 10.0**power, 2 * 10.0**power, 5 * 10.0**power)]
    across = [((i + 0.5) / len(grades), each["grade"]) for i, each in enumerate(grades)]
    sheet.axes(
        across, [(up(t), f"{t * 100:g}%") for t in ticks if low <= t <= high], (words["grade"], words["rate"])
    )
    for (x, _), each in zip(across, grades, strict=True):
        if each["rows"]:
            colour = RED if each["jeffreys_p"] < red_p else BLUE
            sheet.line([(x, up(each["low"])), (x, up(each["high"]))], colour, width=1.4)
            for end in (each["low"], each["high"]):
                sheet.line([(x - 0.012, up(end)), (x + 0.012, up(end))], colour, width=1.4)
            sheet.dot(x, up(each["default_rate"]), colour)
        sheet.dot(x, up(each["pd"]), GREY, hollow=True)
    entries = [(BLUE, "", words["observed"]), (RED, "", words["too_many"]), (GREY, "o", words["stated"])]
    sheet.key_below(entries)
    return sheet.done()


def cap_plot(
    curves: Sequence[tuple[str, Sequence[Sequence[float]]]], bad_share: float, words: Mapping[str, str]
) -> str:
    """Share of the rows, riskiest first, against the share of the bads caught; perfect and random beside."""
    sheet = Sheet(words["cap"])
    ticks = [(share / 5, f"{share * 20}%") for share in range(6)]
    sheet.axes(ticks, ticks, (words["cap_x"], words["cap_y"]))
    sheet.line([(0, 0), (1, 1)], GREY, "2 3", 1)
    sheet.line([(0, 0), (bad_share, 1), (1, 1)], GREY, "6 3", 1)
    entries = []
    for colour, (name, curve) in zip(LINES, curves, strict=False):
        sheet.line(_thinned([(x, y) for x, y in curve]), colour, width=1.7)
        entries.append((colour, "", name))
    beside = [(GREY, "6 3", words["perfect"]), (GREY, "2 3", words["random"])]
    sheet.key([*entries, *beside], sheet.x(0.62), sheet.y(0.42))
    return sheet.done()


def _thinned(curve: Sequence[tuple[float, float]], most: int = 200) -> list[tuple[float, float]]:
    """Enough points for the eye; the first and the last always."""
    step = max(1, len(curve) // most)
    return [*curve[:-1:step], curve[-1]]


def stability_plot(
    quarters: Sequence[Mapping[str, Any]], amber: float, red: float, words: Mapping[str, str]
) -> str:
    """PSI quarter by quarter against the development sample, with both lines."""
    sheet = Sheet(words["psi"], 260)
    top = max([red * 1.25, *(each["psi"] for each in quarters)]) * 1.05
    across = [
        (BARS_END * (i + 0.5) / max(1, len(quarters)), each["quarter"]) for i, each in enumerate(quarters)
    ]
    step = 0.05 if top < 0.6 else 0.2
    ticks = [(i * step / top, f"{i * step:.2f}") for i in range(int(top / step) + 1)]
    sheet.axes(across, ticks, (words["quarter"], "PSI"))
    for limit, colour, word in ((amber, AMBER, words["amber"]), (red, RED, words["red"])):
        sheet.line([(0, limit / top), (1, limit / top)], colour, "5 3", 1.1)
        sheet.text(WIDTH - RIGHT - 2, sheet.y(limit / top) - 4, f"{word} {limit:g}", "end", colour)
    wide = 26
    for (x, _), each in zip(across, quarters, strict=True):
        height = each["psi"] / top
        colour = RED if each["psi"] >= red else AMBER if each["psi"] >= amber else BLUE
        sheet.box(sheet.x(x) - wide / 2, sheet.y(height), wide, sheet.y(0) - sheet.y(height), colour)
        sheet.text(sheet.x(x), sheet.y(height) - 5, f"{each['psi']:.3f}")
    return sheet.done()


def migration_plot(grades: Sequence[str], matrix: Sequence[Sequence[int]], words: Mapping[str, str]) -> str:
    """A heat table: from each grade (row) to each (column); the deeper, the larger the share of its row."""
    cell_wide, cell_high = 48, 23
    sheet = Sheet(words["migration"], TOP + 22 + cell_high * len(grades) + 10)
    left, top = 110, TOP + 22
    sheet.text(left + cell_wide * len(grades) / 2, TOP - 6, words["now"])
    sheet.text(36, top + cell_high * len(grades) / 2, words["before"])
    for place, grade in enumerate(grades):
        sheet.text(left + cell_wide * (place + 0.5), top - 7, grade)
        sheet.text(left - 10, top + cell_high * (place + 0.5) + 4, grade, "end")
    for row, counts in enumerate(matrix):
        total = sum(counts)
        for column, count in enumerate(counts):
            share = count / total if total else 0.0
            x, y = left + cell_wide * column, top + cell_high * row
            sheet.box(x + 0.5, y + 0.5, cell_wide - 1, cell_high - 1, _shade(share))
            if count:
                colour = "#ffffff" if share > 0.5 else INK
                sheet.text(x + cell_wide / 2, y + cell_high / 2 + 4, str(count), colour=colour)
    return sheet.done()


def _shade(share: float) -> str:
    """From nearly white to the house's blue."""
    light, deep = (243, 246, 250), (18, 49, 92)
    mixed = (round(a + (b - a) * share) for a, b in zip(light, deep, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def bars_plot(entries: Sequence[tuple[str, float]], words: Mapping[str, str]) -> str:
    """Labelled bars from the left; for shares."""
    high = 22
    top = 6
    sheet = Sheet(words["title"], top + high * len(entries) + 8)
    most = max((share for _, share in entries), default=0) or 1
    left, wide = 250, WIDTH - 250 - 70
    for row, (label, share) in enumerate(entries):
        y = top + row * high
        sheet.text(left - 8, y + 12, label, "end")
        sheet.box(left, y + 2, max(1.0, wide * share / most), high - 9, BLUE)
        sheet.text(left + max(1.0, wide * share / most) + 6, y + 12, f"{share:.1%}", "start")
    return sheet.done()
