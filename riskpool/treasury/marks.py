"""How well a rule of a pool's accounts is evidenced, as people read it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

WORDS = {
    "SEEN": gettext_lazy("已见原文"),
    "SEEN-COPY": gettext_lazy("已见转载"),
    "RECALLED": gettext_lazy("凭记忆，未核"),
    "assumed": gettext_lazy("设定，无出处"),
    "placeholder": gettext_lazy("占位，待确定"),
}


def cited(rule: Any) -> str:
    """The article of a figure or rule with how sure we are of it."""
    return f"{rule.article}；{WORDS[rule.status]}"
