"""The sentences of the short form of a scorecard: stages, conditions, effects, the quality factor, read by patterns. Pure.

What a condition may say stands in `policies/scorecards/_short_form.yaml`. A sentence nobody can read comes back as such.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from valuation.short_shape import NUMBER

STAGE_WORDS = "写成 firm_age_y < 3、3 <= firm_age_y < 8、firm_age_y >= 8"
EFFECT_WORDS = (
    "写 reject、exclude、exclude from counts、value=0、value*0.5、cap grade C、if share > 20% cap grade D、"
    "result provisional，以分号分开"
)
QUALITY_WORDS = "写成 0.6 + 0.8 * ip_group_points / 50：组的编号，除以该组满分"
_OR = re.compile(r"[，；,;]\s*或")
_PLAIN_CONDITION = re.compile(r"((firm|right)\.[a-z][a-z0-9_]*) (==|!=|<=|>=|<|>) (\S+)")
_STAGES = (
    re.compile(rf"(?P<by>[a-z_]+) < (?P<to>{NUMBER})"),
    re.compile(rf"(?P<from>{NUMBER}) <= (?P<by>[a-z_]+) < (?P<to>{NUMBER})"),
    re.compile(rf"(?P<by>[a-z_]+) >= (?P<from>{NUMBER})"),
)
_QUALITY = re.compile(rf"({NUMBER}) \+ ({NUMBER}) \* ([a-z_]+)_group_points / ({NUMBER})")
Means = Callable[[re.Match[str]], list[Any]]
_EFFECTS: tuple[tuple[re.Pattern[str], Means], ...] = (
    (re.compile(r"reject"), lambda found: ["reject"]),
    (re.compile(r"exclude from counts"), lambda found: ["exclude"]),
    (re.compile(r"exclude"), lambda found: ["exclude", {"value": "0"}]),
    (re.compile(rf"value ?[=*] ?({NUMBER})"), lambda found: [{"value": found[1]}]),
    (re.compile(r"cap grade ([A-E])"), lambda found: [{"cap": found[1]}]),
    (
        re.compile(rf"if share > ({NUMBER}) ?% cap grade ([A-E])"),
        lambda found: [{"cap": found[2], "share_over": times(found[1], "0.01")}],
    ),
    (re.compile(r"(result )?provisional"), lambda found: ["provisional"]),
)


def times(figure: str, by: object) -> str:
    """A figure times another, as text.

    >>> times("200", "10000"), times("20", "0.01")
    ('2000000', '0.2')
    """
    return format((Decimal(figure) * Decimal(str(by))).normalize(), "f")


def stage_ends(rule: str, by: str) -> dict[str, str | None] | None:
    """From and to of a stage; None if it is not one.

    >>> stage_ends("3 <= firm_age_y < 8", "firm_age"), stage_ends("young", "firm_age")
    ({'from': '3', 'to': '8'}, None)
    """
    for pattern in _STAGES:
        found = pattern.fullmatch(rule)
        if found and found["by"] == f"{by}_y":
            ends = found.groupdict()
            return {"from": ends.get("from"), "to": ends.get("to")}
    return None


def effects(written: str) -> tuple[list[Any], list[str]]:
    """The effects of a gate, and the parts that say nothing known. “exclude” takes a right out of counts and value both.

    >>> effects("exclude; if share > 20% cap grade D"), effects("value*0.5; exclude from counts; explode")
    ((['exclude', {'value': '0'}, {'cap': 'D', 'share_over': '0.2'}], []), ([{'value': '0.5'}, 'exclude'], ['explode']))
    """
    read: list[Any] = []
    unread = []
    for part in re.split(r"[;；]", written):
        said = part.strip()
        found = next(((means, hit) for pattern, means in _EFFECTS if (hit := pattern.fullmatch(said))), None)
        if found:
            read += found[0](found[1])
        else:
            unread.append(said)
    return read, unread


def quality(written: str) -> tuple[str, str, str, str] | None:
    """Base, slope, group and the points of the whole group.

    >>> quality("0.6 + 0.8 * ip_group_points / 50")
    ('0.6', '0.8', 'ip', '50')
    """
    found = _QUALITY.fullmatch(written)
    return (found[1], found[2], found[3], found[4]) if found else None


class Conditions:
    """What conditions may say, from the words of the short form."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.phrases = [(_pattern(one["says"]), one) for one in words["conditions"]]
        said = "；".join(one["says"] for one in words["conditions"])
        self.wanted = f"写成：事实名 比较 值，或照已有的说法（{said}），几个说法用“，或”连接"

    def read(self, rule: str) -> tuple[set[str], list[Any], list[str]]:
        """Of whom a sentence asks, its conditions, and the parts that nobody can read."""
        whole = self._one(rule)
        parts = [rule] if whole else _OR.split(rule)
        read = [(part.strip(), self._one(part)) for part in parts]
        known = [one for _, one in read if one]
        conditions = [one for _, each in known for one in each]
        return {of for of, _ in known}, conditions, [part for part, one in read if not one]

    def _one(self, text: str) -> tuple[str, list[Any]] | None:
        written = text.strip()
        for pattern, one in self.phrases:
            if found := pattern.fullmatch(written):
                figure = times(found[1], one.get("times", "1")) if pattern.groups else ""
                return one["of"], [
                    {**each, "value": figure if each["value"] == "{n}" else each["value"]}
                    for each in one["any"]
                ]
        if found := _PLAIN_CONDITION.fullmatch(written):
            return found[2], [{"metric": found[1], "op": found[3], "value": found[4]}]
        return None


def _pattern(says: str) -> re.Pattern[str]:
    """A phrase, its {n} any number.

    >>> _pattern("逾期 > {n} 天").fullmatch("逾期 > 30 天")[1]
    '30'
    """
    return re.compile(re.escape(says).replace(r"\{n\}", f"({NUMBER})"), re.ASCII)
