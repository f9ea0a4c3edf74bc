"""The Chinese of the facts that policies read: their names, units, who can state them, whether they can be changed.

The table is data, `policies/subsidies/_facts.yaml`; a fact that is not there keeps its path as its name. Pure but for
reading that file, once a process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kernel.errors import Problem, refuse_if_any
from kernel.shapes import JsonSchema, choice, map_of, placed, shape_problems, text
from kernel.strict_yaml import read_file
from kernel.word_lists import entries_of

FACTS = Path(__file__).resolve().parents[2] / "policies" / "subsidies" / "_facts.yaml"
ENGLISH = FACTS.parents[1] / "words" / "subsidies_en.yaml"
CHINESE = FACTS.with_name("_zh.yaml")
_PAID_TO = re.compile(r"(.+)（付给(.+)）( .+)?")
_BY_FACT = re.compile(r"按(.+)的(补助|奖励)( .+)?")
UNITS = (
    "yuan",
    "rate",
    "share",
    "day",
    "months",
    "days",
    "count",
    "code",
    "word",
    "words",
    "yes_no",
    "dated_amounts",
    "year",
)
CHANGEABLE = ("own", "with_bank", "next_time", "no")
"""Whether the applicant can change a fact: by itself, with the bank's consent, only in the next loan, or not."""
STATED_BY = ("enterprise", "bank", "registry", "bureau", "platform")


@dataclass(frozen=True)
class FactWords:
    """One fact as people know it."""

    path: str
    name: str
    unit: str = "word"
    stated_by: str = ""
    change: str = "no"
    how: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def value_words(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.values.get(str(value).lower(), "是" if value else "否")
        if isinstance(value, tuple | list):
            return "、".join(self.value_words(item) for item in value)
        return self.values.get(str(value), str(value))


def fact_name(path: str) -> str:
    """The Chinese name of a fact or of a key of an application; its path if it has none.

    >>> fact_name("loan.settled_on"), fact_name("moon.phase")
    ('贷款结清日', 'moon.phase')
    """
    return fact_words(path).name


def in_english(words: str) -> str:
    """The English of a fact's name or value, a line, a payee; the words themselves where there is none.

    >>> in_english("担保费补助（付给担保机构）"), in_english("按商标件数的补助"), in_english("渝借〔2026〕1号")
    ('Subsidy of the guarantee fee (paid to the guarantor)', 'Subsidy by: Number of marks', '渝借〔2026〕1号')
    """
    known = english_known()
    if words in known:
        return known[words]
    name, apart, line = words.rpartition(" ")  # two lines of the same words are told apart by their ids
    if apart and name in known:
        return f"{known[name]} {line}"
    if found := _PAID_TO.fullmatch(words):
        return f"{in_english(found[1])} (paid to the {in_english(found[2])}){found[3] or ''}"
    if found := _BY_FACT.fullmatch(words):
        return f"Subsidy by: {in_english(found[1])}{found[3] or ''}"
    return words


def english_known() -> Mapping[str, str]:
    """The table, Chinese -> English; Refused where an entry is no words."""
    return entries_of(ENGLISH)


def in_chinese(text: str) -> str:
    """The Chinese of a text that a policy file has in English; the text itself if it has no entry.

    >>> in_chinese("official example, before the budget step"), in_chinese("按合同签订日")
    ('官方算例，预算分配之前', '按合同签订日')
    """
    return entries_of(CHINESE).get(text, text)


def fact_words(path: str) -> FactWords:
    return facts_known().get(path) or FactWords(path, path)


@cache
def facts_known(path: Path = FACTS) -> Mapping[str, FactWords]:
    """The table by path; Refused with every fault of the file."""
    written = read_file(path)
    problems: list[Problem] = []
    values = written.values if isinstance(written.values, dict) else {}
    if not values:
        problems.append(Problem("文件", "不是映射", "写成 事实名: {name, unit} 的映射", "not_a_map"))
    problems += shape_problems(values, facts_shape)
    refuse_if_any(placed(problem, written) for problem in problems)
    return {
        name: FactWords(
            name,
            entry["name"],
            entry.get("unit", "word"),
            entry.get("stated_by", ""),
            entry.get("change", "no"),
            entry.get("how", ""),
            entry.get("values") or {},
        )
        for name, entry in values.items()
    }


def facts_shape() -> JsonSchema:
    entry = map_of(
        {
            "name": text("中文名称"),
            "unit": choice("单位", *UNITS),
            "stated_by": choice("由谁说明", *STATED_BY),
            "change": choice("能否改变", *CHANGEABLE),
            "how": text("怎样改变：一句话"),
            "values": {
                "type": "object",
                "additionalProperties": text("中文"),
                "description": "值: 中文 的映射",
            },
            "note": text("说明"),
        },
        ("name",),
        "事实：name，可有 unit、stated_by、change、how、values",
    )
    return {"type": "object", "additionalProperties": entry, "description": "事实名: 说明 的映射"}
