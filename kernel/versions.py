"""What two versions of a text say differently: one thing a change, the old words beside the new. Knows no text."""

from __future__ import annotations

from dataclasses import dataclass

ABSENT = "（无）"


@dataclass(frozen=True)
class Change:
    """One thing that two versions say differently: in which part, at which place of the text, what it is about."""

    part: str
    path: str
    label: str
    before: str
    after: str
