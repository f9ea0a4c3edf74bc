"""One digest over all that makes a score and all that it answered. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def plain_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON keeps it: pairs are lists, days are text; floats are refused.

    >>> plain_json({"pd": ("1", "2")})
    {'pd': ['1', '2']}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    found: dict[str, Any] = json.loads(text, parse_float=_never)
    return found


def _never(text: str) -> Any:
    raise TypeError(f"a float never stands in a score: {text}")


def digest_of(*parts: object) -> str:
    """SHA-256 (hex) of the canonical JSON of the parts, in their order.

    >>> digest_of({"b": 1, "a": 2}, None) == digest_of({"a": 2, "b": 1}, None) != digest_of(None, {"a": 2, "b": 1})
    True
    """
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
