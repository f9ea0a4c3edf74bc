"""Cards as the product has them at hand: a text is read once, a card with own figures built once, both kept."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from valuation.cards.rules import FILE, Ownership, canonical, laid_over, load_ownership
from valuation.loading import scorecard_from, sound_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernel.policystore.models import PolicyVersion
    from valuation.terms import Scorecard


def card_with(version: PolicyVersion, values: Mapping[str, str]) -> Scorecard:
    """The card of a stored version with an institution's own figures; Refused where they do not go together."""
    return _built(version.text, canonical(values))


def document_of(version: PolicyVersion) -> Mapping[str, Any]:
    """What a stored version says; not to be changed."""
    return _read(version.text)


@lru_cache(maxsize=32)
def _read(text: str) -> Mapping[str, Any]:
    return sound_document(text)


@lru_cache(maxsize=128)
def _built(text: str, values: str) -> Scorecard:
    document, own = _read(text), json.loads(values)
    return scorecard_from(laid_over(document, ownership(), own) if own else document)


@lru_cache(maxsize=1)
def ownership() -> Ownership:
    """Which parameters institutions may set for themselves."""
    return load_ownership(Path(settings.POLICIES_DIR) / "scorecards" / FILE)
