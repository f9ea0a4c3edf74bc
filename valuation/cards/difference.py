"""What changes between two versions of a card, by meaning: each sentence beside the one of the same key. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kernel.versions import ABSENT, Change
from valuation.cards.aloud import Told, read_aloud
from valuation.terms import Scorecard


def differences(old: Scorecard, new: Scorecard) -> list[Change]:
    """Every difference in the order of the newer version; what only the older one says comes last."""
    before, after = _by_key(old), _by_key(new)
    names = {one.id: one.name for card in (old, new) for one in card.indicators.values()}
    changes = [
        Change(part, told.place, _label(key, part, told, names), _words(before.get(key)), told.text)
        for key, (part, told) in after.items()
        if _words(before.get(key)) != told.text
    ]
    changes += [
        Change(part, told.place, _label(key, part, told, names), told.text, ABSENT)
        for key, (part, told) in before.items()
        if key not in after
    ]
    return changes


def in_words(change: Change, words: Callable[[str], str]) -> Change:
    """The change in the words of another language; what it is about is then said by the sentence in that language."""
    said = replace(
        change,
        part=words(change.part),
        label=words(change.label),
        before=words(change.before),
        after=words(change.after),
    )
    told, so_far = (change.after, said.after) if change.after != ABSENT else (change.before, said.before)
    return replace(said, label=head(so_far, said.part)) if change.label == head(told, change.part) else said


def head(sentence: str, part: str) -> str:
    """What a sentence is about: what stands before its colon and its bracket, in Chinese or English; else its part.

    >>> head("许可费率（上下各 0.01）：一般：0.03", "价值"), head("Royalty rate (0.01 up and down): General: 0.03", "Value")
    ('许可费率', 'Royalty rate')
    >>> head("2026-01-01 起，没有写明截止日", "适用")
    '适用'
    """
    before, colon, _ = sentence.partition("：" if "：" in sentence else ": ")
    return before.partition("（")[0].partition(" (")[0] or part if colon else part


def _by_key(card: Scorecard) -> dict[str, tuple[str, Told]]:
    return {told.key: (section.title, told) for section in read_aloud(card) for told in section.lines}


def _words(found: tuple[str, Told] | None) -> str:
    return ABSENT if found is None else found[1].text


def _label(key: str, part: str, told: Told, names: dict[str, str]) -> str:
    """The indicator a sentence belongs to, or what the sentence is about."""
    return names.get(key.partition(".")[0]) or head(told.text, part)
