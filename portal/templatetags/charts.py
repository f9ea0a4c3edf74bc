"""Small charts as inline SVG, made on the server: no script, no style rule, so they print and stand under any policy.

Everything is set by presentation attributes, because rules in a page's style sheet do not reach text inside an SVG when
a PDF is made. Lengths are whole units of a view box; amounts are whole fen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

FONT = "Noto Sans SC, Zhirong Rare SC, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Zhirong Sans SC, sans-serif"
INK, TRACK, NEGATIVE = "#1c2430", "#e7ebf1", "#8a5a00"
SHADES = ("#12315c", "#2f68b0", "#8fb3de", "#c9a24a", "#6b7788", "#b9c3d1")
WIDTH, ROW = 440, 40


def bars(rows: Sequence[tuple[str, int, str]], title: str = "") -> SafeString:
    """One row each (label, amount, text beside it): the words above, under them a bar as long as the amount against the
    largest. A negative amount is drawn by its size in another colour; its text carries the sign.
    """
    largest = max((abs(amount) for _label, amount, _text in rows), default=0) or 1
    drawn = [
        (
            *(number * ROW + 14, FONT, INK, label),
            *(WIDTH, number * ROW + 14, FONT, INK, text),
            *(number * ROW + 20, WIDTH, TRACK),
            *(number * ROW + 20, WIDTH * abs(amount) // largest, NEGATIVE if amount < 0 else SHADES[1]),
        )
        for number, (label, amount, text) in enumerate(rows)
    ]
    body = format_html_join(
        "",
        '<text x="0" y="{}" font-family="{}" font-size="12" fill="{}">{}</text>'
        '<text x="{}" y="{}" font-family="{}" font-size="12" text-anchor="end" fill="{}">{}</text>'
        '<rect x="0" y="{}" width="{}" height="10" fill="{}"/>'
        '<rect x="0" y="{}" width="{}" height="10" fill="{}"/>',
        drawn,
    )
    return _svg(body, ROW * max(len(rows), 1), title or "、".join(f"{row[0]} {row[2]}" for row in rows))


def stack(parts: Sequence[tuple[str, int, str]], title: str = "") -> SafeString:
    """One bar cut into parts (label, amount, text) that together make the whole, with a legend under it.

    The cuts stand at the running sums, so the drawn parts fill the bar exactly. Amounts must not be negative.
    """
    assert all(amount >= 0 for _label, amount, _text in parts), "a part of a whole is not negative"
    whole = sum(amount for _label, amount, _text in parts) or 1
    pieces, legend, before = [], [], 0
    for number, (label, amount, text) in enumerate(parts):
        shade = SHADES[number % len(SHADES)]
        left, right = WIDTH * before // whole, WIDTH * (before + amount) // whole
        pieces.append((left, right - left, shade))
        x, y = (number % 2) * (WIDTH // 2), 44 + number // 2 * 22
        legend.append((x, y - 10, shade, x + 18, y, FONT, INK, label, text))
        before += amount
    body = format_html_join(
        "", '<rect x="{}" y="2" width="{}" height="20" fill="{}"/>', pieces
    ) + format_html_join(
        "",
        '<rect x="{}" y="{}" width="12" height="12" fill="{}"/>'
        '<text x="{}" y="{}" font-family="{}" font-size="12" fill="{}">{} {}</text>',
        legend,
    )
    height = 34 + 22 * ((len(parts) + 1) // 2)
    return _svg(body, height, title or "、".join(f"{part[0]} {part[2]}" for part in parts))


def waterfall(
    opening: tuple[str, int, str], steps: Sequence[tuple[str, int, str]], closing: tuple[str, int, str]
) -> SafeString:
    """A bridge from one amount to another, a row a step: words and signed text above, under them a bar from where the
    running sum stood to where it stands then. Opening and closing begin at nought. A step down has another colour.
    """
    assert opening[1] + sum(fen for _label, fen, _text in steps) == closing[1], (
        "a bridge reaches its other end"
    )
    spans = [(*opening, 0, opening[1], SHADES[0])]
    reached = opening[1]
    for label, fen, text in steps:
        spans.append((label, fen, text, reached, reached + fen, SHADES[1] if fen >= 0 else NEGATIVE))
        reached += fen
    spans.append((*closing, 0, closing[1], SHADES[0]))
    low = min(0, *(min(start, end) for _l, _f, _t, start, end, _c in spans))
    width = max(0, *(max(start, end) for _l, _f, _t, start, end, _c in spans)) - low or 1
    drawn = []
    for number, (label, _fen, text, start, end, colour) in enumerate(spans):
        left, right = (WIDTH * (min(start, end) - low) // width, WIDTH * (max(start, end) - low) // width)
        top = number * ROW
        drawn.append(
            (
                *(top + 14, FONT, INK, label, WIDTH, top + 14, FONT, INK, text),
                *(
                    top + 20,
                    WIDTH,
                    TRACK,
                    left,
                    top + 20,
                    max(right - left, 1 if start != end else 0),
                    colour,
                ),
            )
        )
    body = format_html_join(
        "",
        '<text x="0" y="{}" font-family="{}" font-size="12" fill="{}">{}</text>'
        '<text x="{}" y="{}" font-family="{}" font-size="12" text-anchor="end" fill="{}">{}</text>'
        '<rect x="0" y="{}" width="{}" height="10" fill="{}"/>'
        '<rect x="{}" y="{}" width="{}" height="10" fill="{}"/>',
        drawn,
    )
    return _svg(body, ROW * len(spans), "、".join(f"{label} {text}" for label, _f, text, *_rest in spans))


def _svg(body: SafeString, height: int, title: str) -> SafeString:
    return format_html(
        '<svg class="zr-chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        height,
        title,
        body,
    )
