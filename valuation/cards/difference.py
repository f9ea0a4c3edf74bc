"""What changes between two versions of a card, by meaning: each sentence beside the one of the same key. Pure."""

from __future__ import annotations

from kernel.versions import ABSENT, Change
from valuation.cards.aloud import Told, read_aloud
from valuation.terms import Scorecard


def differences(old: Scorecard, new: Scorecard) -> list[Change]:
    """Every difference in the order of the newer version; what only the older one says comes last."""
    before, after = _by_key(old), _by_key(new)
    names = {one.id: one.name for card in (old, new) for one in card.indicators.values()}
    changes = [
        Change(part, told.place, _label(key, names), _words(before.get(key)), _words((part, told)))
        for key, (part, told) in after.items()
        if _words(before.get(key)) != _words((part, told))
    ]
    changes += [
        Change(part, told.place, _label(key, names), _words((part, told)), ABSENT)
        for key, (part, told) in before.items()
        if key not in after
    ]
    return changes


def _by_key(card: Scorecard) -> dict[str, tuple[str, Told]]:
    return {told.key: (section.title, told) for section in read_aloud(card) for told in section.lines}


def _words(found: tuple[str, Told] | None) -> str:
    return ABSENT if found is None else found[1].text


def _label(key: str, names: dict[str, str]) -> str:
    """The indicator a sentence belongs to, or the sentence's own key."""
    return names.get(key.partition(".")[0], key)
