"""Regions by the six digits of GB/T 2260: names, and what lies in what. Pure: text in, values or Refused out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Region:
    """One region; `parent` is the code of the next region above that the file knows, or empty."""

    code: str
    name: str
    parent: str = ""


def parent_codes(code: str) -> tuple[str, ...]:
    """Codes of the prefecture and the province above, nearest first; districts of a municipality have no prefecture.

    >>> parent_codes("370883"), parent_codes("370800"), parent_codes("370000")
    (('370800', '370000'), ('370000',), ())
    """
    above = (code[:4] + "00", code[:2] + "0000")
    return tuple(dict.fromkeys(parent for parent in above if parent != code))


def region_stem(region: str) -> str:
    """The digits that the codes of a region and of everything inside it begin with (GB/T 2260).

    >>> region_stem("500000"), region_stem("370800"), region_stem("500103"), region_stem("")
    ('50', '3708', '500103', '')
    """
    for length in (2, 4):
        if region and region[length:] == "0" * (6 - length):
            return region[:length]
    return region


def read_regions(text: str, where: str = "regions.yaml") -> Mapping[str, Region]:
    """The regions written in `text` (YAML), by code; Refused with every fault of it.

    >>> regions = read_regions('regions: {"500000": 重庆市, "500103": 渝中区}')
    >>> regions["500103"]
    Region(code='500103', name='渝中区', parent='500000')
    >>> read_regions('regions: {"5001": 渝中}')
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: regions.yaml 5001：不是六位数字的代码和名称。请写成 "500103": 渝中区
    """
    try:
        written = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise Refused(Problem(where, "不是有效的 YAML", f"请检查：{fault}", code="yaml")) from fault
    named = written.get("regions") if isinstance(written, dict) else None
    if not isinstance(named, dict) or not named:
        raise Refused(Problem(where, "缺少 regions", '请列出地区，如 "500103": 渝中区', code="regions"))
    refuse_if_any(
        Problem(f"{where} {code}", "不是六位数字的代码和名称", '请写成 "500103": 渝中区', code="region")
        for code, name in named.items()
        if not (
            isinstance(code, str)
            and len(code) == 6
            and code.isdigit()
            and isinstance(name, str)
            and name.strip()
        )
    )
    return {
        code: Region(code, name.strip(), next((above for above in parent_codes(code) if above in named), ""))
        for code, name in named.items()
    }
