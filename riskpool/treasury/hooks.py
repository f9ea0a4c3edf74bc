"""What the rooms above tell the treasury: who stands behind an instruction, and what happens there when it fails.

The treasury knows a subject by its type and id alone. A room that orders payments registers one `Behind` for its type;
for a subject that nobody registered (a source that takes money back) the journal is all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import Problem


@dataclass(frozen=True)
class Behind:
    """`lock` takes the subjects' rows in the house's order, before any account; `problems` says why a payment (id, fen)
    cannot be taken back any more; `failed` does it (id, fen, reason, by)."""

    lock: Callable[[Sequence[str]], None]
    problems: Callable[[str, int], list[Problem]]
    failed: Callable[[str, int, str, Any], None]


_behind: dict[str, Behind] = {}


def register(subject_type: str, behind: Behind) -> None:
    """Name the room behind a type of subject."""
    assert subject_type not in _behind, f"two rooms behind {subject_type}"
    _behind[subject_type] = behind


def behind(subject_type: str) -> Behind | None:
    """The room behind a type of subject, None where the journal is all there is."""
    return _behind.get(subject_type)
