"""Instruments that are known but can yield no amount: what is known of them, what is missing, whom to ask. Pure.

They are never computed (`policies/subsidies/_known_incomplete.yaml`); the product names them so that nobody concludes that
there is nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finance.subsidies.conditions import within
from kernel.errors import Problem, refuse_if_any
from kernel.shapes import placed
from kernel.strict_yaml import Bare, read_file, read_text

REQUIRED = ("id", "title", "region", "evidence", "known", "missing")
KEYS = (
    *REQUIRED,
    "doc_no",
    "date",
    "url",
    "matters_for",
    "status",
    "effective_from",
    "effective_years",
    "office",
    "note",
)


@dataclass(frozen=True)
class Incomplete:
    """One instrument whose amount cannot be worked out."""

    id: str
    title: str
    region: str
    evidence: str
    known: str
    missing: str
    doc_no: str = ""
    date: str = ""
    url: str = ""
    office: str = ""
    matters_for: str = ""
    status: str = ""

    def of_region(self, code: str) -> bool:
        """Whether a firm in that region may come under it."""
        return within(code, self.region) or self.region == "000000"


def load_incomplete(path_or_text: Path | str) -> tuple[Incomplete, ...]:
    """The entries of a list; Refused with every fault."""
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    entries = written.values
    problems: list[Problem] = []
    if not isinstance(entries, list):
        problems.append(
            Problem("文件", "不是列表", "写成各文件的列表，每项有 id、title、known、missing", "not_a_list")
        )
        entries = []
    seen: set[str] = set()
    found = []
    for place, entry in enumerate(entries):
        faults = list(_faults(f"[{place}]", entry, seen))
        problems += faults
        if not faults:
            texts = {key: _text(entry.get(key)) for key in KEYS}
            found.append(Incomplete(**{key: texts[key] for key in Incomplete.__dataclass_fields__}))
    refuse_if_any(placed(problem, written) for problem in problems)
    return tuple(found)


def incomplete_in(entries: Iterable[Incomplete], region: str) -> list[Incomplete]:
    """Those that a firm of a region should know of, the nearest level first."""
    return sorted(
        (each for each in entries if each.of_region(region)), key=lambda each: each.region, reverse=True
    )


def _faults(where: str, entry: Any, seen: set[str]) -> Iterable[Problem]:
    if not isinstance(entry, dict):
        yield Problem(where, "不是映射", f"写明{'、'.join(REQUIRED)}", "not_a_map")
        return
    for key in REQUIRED:
        if not _text(entry.get(key)):
            yield Problem(f"{where}.{key}", "没有写", f"写明{'、'.join(REQUIRED)}", "required")
    for key, value in entry.items():
        if key not in KEYS:
            yield Problem(f"{where}.{key}", "不认识的键", f"可用的键：{'、'.join(KEYS)}", "unknown_key")
        elif isinstance(value, dict | list):
            yield Problem(f"{where}.{key}", "不是文字", "写成文字", "type")
    region = _text(entry.get("region"))
    if region and not (region.isascii() and region.isdigit() and len(region) == 6):
        yield Problem(f"{where}.region", f"“{region}”不是地区代码", "写成加引号的六位数字", "region")
    if (name := _text(entry.get("id"))) in seen:
        yield Problem(f"{where}.id", f"“{name}”重复", "每项用不同的编号", "duplicate")
    seen.add(_text(entry.get("id")))


def _text(value: object) -> str:
    return value.text if isinstance(value, Bare) else value if isinstance(value, str) else ""
