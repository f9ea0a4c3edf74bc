"""Worked examples inside a file, compared figure by figure: what was expected, what was found, and where. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = "（没有此项）"


@dataclass(frozen=True)
class Difference:
    """One figure that is not as expected."""

    path: str
    expected: str
    found: str


@dataclass(frozen=True)
class ExampleResult:
    """An example with its differences; it has passed if there is none."""

    id: str
    title: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def differences(path: str, expected: Any, found: Any) -> Iterator[Difference]:
    """Every leaf of two plain values that is not the same: none missing, none extra.

    >>> list(differences("", {"a": "1", "b": []}, {"a": "2", "b": ["x"]}))
    [Difference(path='a', expected='1', found='2'), Difference(path='b[0]', expected='（没有此项）', found='x')]
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in [*expected, *(key for key in found if key not in expected)]:
            place = f"{path}.{key}" if path else str(key)
            yield from differences(place, expected.get(key, ABSENT), found.get(key, ABSENT))
    elif isinstance(expected, list) and isinstance(found, list):
        for index in range(max(len(expected), len(found))):
            pair = [values[index] if index < len(values) else ABSENT for values in (expected, found)]
            yield from differences(f"{path}[{index}]", *pair)
    elif expected != found:
        yield Difference(path, plain_text(expected), plain_text(found))


def plain_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
