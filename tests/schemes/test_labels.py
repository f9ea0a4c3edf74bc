"""Every heading and label that the rules have in Chinese alone has its English, and no entry is unused."""

from __future__ import annotations

from kernel.word_lists import entries_of
from riskpool.claims.indicators.bridges import TITLES
from riskpool.claims.indicators.gathering import catalogue
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.bridging import committed_bridge
from riskpool.claims.indicators.rules.by_bank import HEADINGS
from riskpool.pools.breakers import EFFECTS
from riskpool.pools.watched import STATES
from riskpool.schemes.aloud import read_aloud
from riskpool.schemes.difference import PARTS
from riskpool.schemes.loading import load_library
from riskpool.schemes.words import LABELS
from tests.schemes.conftest import POLICIES


def labels() -> set[str]:
    """All of them, from where they are made."""
    shown = {one.group for one in catalogue().definitions} | {one.name for one in catalogue().definitions}
    bars = committed_bridge("", "", ()).bars
    shown |= {bar.part.label for bar in bars} | set(books.LABELS.values()) | set(TITLES.values())
    for scheme in load_library(POLICIES):
        shown |= {section.title for section in read_aloud(scheme)}
    shown |= set(HEADINGS) | set(STATES) | set(EFFECTS.values())
    return shown | set(PARTS.values())


def test_every_label_has_its_english_and_no_entry_is_unused() -> None:
    assert set(entries_of(LABELS)) == labels()
