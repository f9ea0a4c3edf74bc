"""What two persons approve: the firms of a list in their order, and why each stands there, as plain values. Pure.

First those who meet the filter in the filter's order, then those put on by hand in the order in which that was done. The
content names each firm's ground by a digest: a finding that changes makes another list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

BY_FILTER, BY_HAND = "filter", "hand"


@dataclass(frozen=True)
class Standing:
    """A firm that stands on a list: who it is, how it came there, and the ground (what was given and found)."""

    enterprise: str
    credit_code: str
    name: str
    district: str
    by: str
    reason: str
    ground: Any

    def plain(self, place: int) -> dict[str, Any]:
        return {
            "place": place,
            "enterprise": self.enterprise,
            "credit_code": self.credit_code,
            "name": self.name,
            "district": self.district,
            "by": self.by,
            "reason": self.reason,
            "ground_sha256": sha256_of(self.ground),
        }


def content_of(named: dict[str, Any], firms: Iterable[Standing]) -> dict[str, Any]:
    """The whole content: what list it is (`named`), and its firms by place."""
    return {**named, "firms": [firm.plain(place) for place, firm in enumerate(firms, 1)]}


def sha256_of(value: Any) -> str:
    """SHA-256 of canonical JSON.

    >>> sha256_of({"b": 1, "a": "元"}) == sha256_of({"a": "元", "b": 1})
    True
    """
    said = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
