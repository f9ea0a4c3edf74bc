"""From a filter file to `Filter`: read strictly, compared with the shape, checked for meaning. All faults at once, each
with its place and line. Pure but for reading the file it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kernel.conditions import Answer, parse_conditions
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.shapes import placed, shape_problems
from kernel.strict_yaml import read_file, read_text
from valuation.loading import digest_of, plain_values
from valuation.terms import Scorecard
from valuation.whitelists.meaning import meaning_problems
from valuation.whitelists.shape import DESCRIBING, whitelist_shape
from valuation.whitelists.terms import ABSENT_MEANS, Criterion, Filter, Near, Ordering, Source

CardNamed = Callable[[str], Scorecard | None]
"""The scorecard of an id, None when there is none."""


def load_filter(path_or_text: Path | str, card_named: CardNamed) -> Filter:
    """One filter from a file (Path) or from YAML text (str); Refused with every fault, each with place and line."""
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    document = plain_values(written.values)
    if not isinstance(document, dict):
        raise Refused(Problem("文件", "内容不是映射", "第一层写 id、title、conditions 等键", "not_a_map"))
    named = document.get("card")
    card = card_named(named) if isinstance(named, str) else None
    problems = shape_problems(document, whitelist_shape, DESCRIBING)
    problems += meaning_problems(document, card)
    refuse_if_any(placed(problem, written) for problem in dict.fromkeys(problems))
    return filter_of(document)


def filter_of(document: Mapping[str, Any]) -> Filter:
    """The filter of plain values that were found sound before: of a file, or of the text kept with a list."""
    first, last = document["effective"]["from"], document["effective"].get("to")
    near = document["near"]
    return Filter(
        id=document["id"],
        title=document["title"],
        issuer=document["issuer"],
        sources=tuple(Source(one["what"], one["mark"], one.get("url") or "") for one in document["sources"]),
        regions=tuple(document["regions"]),
        card=document["card"],
        first=date.fromisoformat(first),
        last=date.fromisoformat(last) if last else None,
        valid_days=int(document["valid"]["days"]),
        valid_days_mark=document["valid"]["mark"],
        most=int(document["most"]["firms"]),
        most_mark=document["most"]["mark"],
        fewest_counted=int(document["fewest_counted"]["firms"]),
        near=Near(int(near["most_failed"]), int(near["most_unknown"])),
        criteria=tuple(_criterion(one, place) for place, one in enumerate(document["conditions"])),
        order=tuple(Ordering(one["by"], one["first"]) for one in document["order"]),
        digest=digest_of(document),
        document=document,
    )


def _criterion(written: Mapping[str, Any], place: int) -> Criterion:
    cases = tuple(
        parse_conditions(case, f"conditions[{place}].any[{number}]")
        for number, case in enumerate(written["any"])
    )
    return Criterion(
        id=written["id"],
        name=written["name"],
        of=written["of"],
        cases=cases,
        fewest=int(written.get("fewest", "1")),
        none=ABSENT_MEANS.get(written.get("none", ""), Answer.UNKNOWN),
        not_applicable=ABSENT_MEANS.get(written.get("not_applicable", ""), Answer.UNKNOWN),
        article=written["article"],
        reason=written["reason"],
        improve=written.get("improve") or "",
        mark=written["mark"],
    )
