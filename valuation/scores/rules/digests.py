"""One digest over all that makes a score and all that it answered. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

WORKING = 2
"""How scores, values and lines are worked out here. Raised when the same inputs under the same card would be answered with
another text or figure: an older answer is then told by its digest and not called false by `manage.py verify`."""


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


def kept_answer(value: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as it is kept: plain JSON, with the working it came from.

    >>> kept_answer({"score": "81.78"}) == {"score": "81.78", "working": WORKING}
    True
    """
    return plain_json({**value, "working": WORKING})


def is_of_this_working(answer: Mapping[str, Any]) -> bool:
    """Whether a kept answer came from the working that is used now; the first answers kept did not name theirs."""
    return bool(answer.get("working", 1) == WORKING)


def digest_of(*parts: object) -> str:
    """SHA-256 (hex) of the canonical JSON of the parts, in their order.

    >>> digest_of({"b": 1, "a": 2}, None) == digest_of({"a": 2, "b": 1}, None) != digest_of(None, {"a": 2, "b": 1})
    True
    """
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
