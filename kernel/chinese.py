"""What is kept is Chinese, in whatever language the page is on which a button was pressed; and whether a page is English."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")


def in_chinese(action: Callable[P, R]) -> Callable[P, R]:
    """An action whose acts, reasons, commands and problems name states and kinds by their labels."""

    @wraps(action)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(settings.LANGUAGE_CODE):
            return action(*args, **kwargs)

    return spoken


def page_is_english() -> bool:
    """Whether what is being drawn is in English."""
    return (translation.get_language() or "").startswith("en")
