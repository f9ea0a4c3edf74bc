"""Targets and figures in the words of the page: Chinese; on an English page by `policies/words/targets_en.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from kernel.chinese import page_is_english
from kernel.word_lists import entries_of
from portal.targets import rules
from portal.targets.rules import MONEY, SHARE, TIMES, Book, Figure, Growth, Seen, Target, beside

if TYPE_CHECKING:
    import datetime as dt


def own(words: str) -> str:
    """Words of the files as the page's reader reads them; titles and numbers of documents stay as they are."""
    if not page_is_english():
        return words
    return entries_of(settings.POLICIES_DIR / "words" / "targets_en.yaml").get(words, words)


def target_text(target: Target) -> str:
    """The target in words and figures."""
    if target.high is not None:
        return _("%(low)s 至 %(high)s") % {
            "low": _number(target.low, target.unit),
            "high": figure_text(target.high, target.unit),
        }
    figure = figure_text(target.low, target.unit)
    return (_("超过 %(figure)s") if target.op == "gt" else _("不少于 %(figure)s")) % {"figure": figure}


def figure_text(value: Fraction, unit: str) -> str:
    """A figure with its unit, exact, grouped; a share as percent.

    >>> figure_text(Fraction("0.185"), "比例"), figure_text(Fraction("44.42"), "件/万人"), figure_text(Fraction(5022), "件")
    ('18.5%', '44.42 件/万人', '5,022 件')
    """
    return _number(value, unit) if unit == SHARE else f"{_number(value, unit)} {own(unit)}"


def _number(value: Fraction, unit: str) -> str:
    scaled = (value * 100 if unit == SHARE else value) * 10**6
    assert scaled.denominator == 1 or unit in (*MONEY, TIMES), "a figure of a file has at most six decimals"
    whole, rest = divmod(scaled.numerator // scaled.denominator, 10**6)
    decimals = f"{rest:06d}".rstrip("0")
    text = f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
    return f"{text}%" if unit == SHARE else text


def warnings_of(book: Book, target: Target) -> tuple[str, ...]:
    """What to know of a target before any figure is set beside it."""
    return tuple(_warnings(book, target))


def _warnings(book: Book, target: Target) -> Iterator[str]:
    meaning = book.keys[target.key]
    if target.part_of:
        yield _("是“%(whole)s”的一部分，两项不相加") % {"whole": own(book.keys[target.part_of].name)}
    if target.includes:
        yield _("含%(part)s") % {"part": own(book.word(target.includes))}
    if target.wording:
        yield _("原文为%(words)s") % {"words": own(f"“{target.wording}”")}
    if target.baseline_year and not meaning.growth_of:
        known = _("不明") if target.baseline is None else figure_text(target.baseline, target.unit)
        yield _("基期 %(year)s 年：%(known)s") % {"year": target.baseline_year, "known": known}
    if meaning.counts == "cumulative":
        since = target.window_from
        yield _("累计自 %(day)s 起") % {"day": since} if since else _("没有写明累计自何时起，不算完成率")
    yield from map(own, meaning.warnings)


def observed(book: Book, target: Target, on: dt.date) -> tuple[tuple[Figure, ...], str]:
    """What documents say by the day, as figures, or why there is none."""
    if (grown := rules.growth(book, target, on)) is not None:
        return _growth(book, target, grown)
    figures = tuple(_seen(book, target, one) for one in rules.observed(book, target, on))
    return figures, "" if figures else _("文件没有数")


def _seen(book: Book, target: Target, one: Seen) -> Figure:
    caution = own(one.warning)
    if one.other_year:
        caution = _("这是 %(seen)s 年的数，不与 %(asked)s 年的目标相比") % {
            "seen": one.of.on.year, "asked": target.by.year,
        }  # fmt: skip
    label = _("%(name)s（%(day)s）") % {"name": own(book.keys[one.of.key].name), "day": one.of.on}
    return beside(
        target, one.value, compared=one.compared, label=label, source=own(one.of.source), caution=caution
    )


def _growth(book: Book, target: Target, grown: Growth) -> tuple[tuple[Figure, ...], str]:
    stock, year = own(book.keys[book.keys[target.key].growth_of].name), target.baseline_year
    if grown.base is None:
        return (), _("不算倍数：%(year)s 年的%(stock)s没有数") % {"year": year, "stock": stock}
    if grown.base == 0:
        return (), _("不算倍数：%(year)s 年的%(stock)s为零") % {"year": year, "stock": stock}
    if grown.now is None or grown.multiple is None:
        return (), _("不算倍数：%(year)s 年之后的%(stock)s没有数") % {"year": year, "stock": stock}
    label = _("%(now)s（%(day)s）÷ %(base)s（%(year)s 年）") % {
        "now": figure_text(grown.now.value, grown.now.unit), "day": grown.now.on,
        "base": figure_text(grown.base, grown.unit), "year": year,
    }  # fmt: skip
    return (beside(target, grown.multiple, label=label, source=own(grown.now.source)),), ""
