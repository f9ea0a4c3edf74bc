"""Libraries that take seconds to load and that most processes never use: each is loaded when first used.

    special = late("scipy.special")
    ... special.expit(odds)

Every command, worker and test process imports the whole house; scipy and pandas were two thirds of its start. A process
that answers visitors loads them beforehand (`load_all`), so that nobody waits for them there.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """A module by its name; asking it for anything loads it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


_all: dict[str, Late] = {}


def late(name: str) -> Any:
    """The module of that name, as yet unloaded."""
    return _all.setdefault(name, Late(name))


def load_all() -> None:
    """Load all that has been named so far."""
    for name in _all:
        import_module(name)
