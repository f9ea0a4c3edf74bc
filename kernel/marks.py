"""How well a rule is evidenced, in the word that a reader sees: the marks of every policy file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

MARKS = {
    "SEEN": gettext_lazy("已见原文"),
    "SEEN-COPY": gettext_lazy("已见转载"),
    "SEEN_SECONDARY": gettext_lazy("只见转述"),
    "RECALLED": gettext_lazy("凭记忆，未核"),
    "assumed": gettext_lazy("设定，无出处"),
    "placeholder": gettext_lazy("占位，待确定"),
}
MARK_TONES = {
    "SEEN": "good",
    "SEEN-COPY": "good",
    "SEEN_SECONDARY": "near",
    "RECALLED": "near",
    "assumed": "near",
    "placeholder": "bad",
}


@dataclass(frozen=True)
class Mark:
    """How well a rule is evidenced: the word that stands for its status, and its tone."""

    status: str

    @property
    def word(self) -> Any:
        return MARKS.get(self.status, self.status)

    @property
    def tone(self) -> str:
        return MARK_TONES.get(self.status, "near")
