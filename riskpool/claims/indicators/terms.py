"""Definitions of the indicators as data (policies/indicators): text in, frozen values or Refused with every fault out.

The file format is told in policies/indicators/_model.yaml. Code has one function an id; a test holds the two together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import yaml

from kernel.conditions import COMPARISONS
from kernel.errors import Problem, refuse_if_any
from kernel.expressions import exact_decimal
from riskpool.pools.procedure import MARKS

if TYPE_CHECKING:
    from pathlib import Path

UNITS = {"yuan": "元", "percent": "%", "points": "个百分点", "times": "倍", "days": "个工作日", "count": ""}
BANK = ("own", "no")


@dataclass(frozen=True)
class Marked:
    """A figure or a choice with the article it rests on and how sure we are of it."""

    value: Any
    article: str
    status: str


@dataclass(frozen=True)
class Line:
    """A warning line: `value` in the indicator's own unit (per cents as points of a hundred), met by `op`."""

    value: Fraction
    op: str
    article: str
    status: str

    def met_by(self, value: Fraction) -> bool:
        """Whether a value stands on or over the line, as its operator says."""
        return COMPARISONS[self.op](value, self.value)


@dataclass(frozen=True)
class Definition:
    """What one indicator is, in words that a reader sees; `open_to_bank`: a bank may see its own line of it."""

    id: str
    name: str
    group: str
    formula: str
    unit: str
    source: str
    status: str
    needs: tuple[str, ...]
    open_to_bank: bool
    note: str
    line: Line | None
    figures: Mapping[str, Marked]
    words: Mapping[str, Marked]

    def figure(self, name: str) -> Fraction:
        """A number that the calculation takes from the file."""
        value = self.figures[name].value
        assert isinstance(value, Fraction)
        return value


@dataclass(frozen=True)
class Catalogue:
    """All definitions in the order of the page, and the digest of the files they were read from."""

    definitions: tuple[Definition, ...]
    sha256: str

    def __getitem__(self, name: str) -> Definition:
        return next(one for one in self.definitions if one.id == name)

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(one.group for one in self.definitions))


def read_catalogue(folder: Path) -> Catalogue:
    """The definitions of a folder of YAML files; Refused with every fault of every file."""
    paths = sorted(folder.glob("[!_]*.yaml"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    problems: list[Problem] = []
    groups = []
    for path, text in zip(paths, texts, strict=True):
        reader = _Reader(path.name, problems)
        document = reader.document(text)
        group = reader.text(document, "group", "")
        order = reader.number(document, "order", "")
        found = [reader.definition(one, group, index) for index, one in enumerate(reader.listed(document))]
        groups.append((order, found))
    definitions = [one for _, found in sorted(groups, key=lambda pair: pair[0]) for one in found]
    names = [one.id for one in definitions]
    problems += [
        Problem("指标", f"“{name}”写了两次", "每个 id 只写一次", "indicator")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    refuse_if_any(problems)
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return Catalogue(tuple(definitions), digest)


class _Reader:
    """Reads one file and collects every fault with its place."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems

    def fault(self, where: str, found: str, wanted: str) -> None:
        self.problems.append(Problem(f"{self.file} {where}".strip(), found, wanted, "indicator"))

    def document(self, text: str) -> Mapping[str, Any]:
        try:
            written = yaml.safe_load(text)
        except yaml.YAMLError as fault:
            self.fault("", "不是有效的 YAML", f"请检查：{fault}")
            return {}
        if not isinstance(written, Mapping):
            self.fault("", "不是映射", "请按 _model.yaml 填写")
            return {}
        return written

    def listed(self, document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        written = document.get("indicators")
        if not isinstance(written, list) or not all(isinstance(one, Mapping) for one in written):
            self.fault("indicators", "缺少或不是列表", "请至少填写一项")
            return []
        return written

    def text(self, holder: Mapping[str, Any], key: str, where: str, *, needed: bool = True) -> str:
        value = holder.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(f"{where}{key}", "缺少或不是文字", "请填写文字（数字要加引号）")
            return ""
        return value

    def number(self, holder: Mapping[str, Any], key: str, where: str) -> Fraction:
        value = exact_decimal(self.text(holder, key, where))
        if value is None:
            self.fault(f"{where}{key}", f"“{holder.get(key)}”", "请填写加引号的小数")
        return value or Fraction(0)

    def one_of(self, holder: Mapping[str, Any], key: str, where: str, allowed: Sequence[str]) -> str:
        value = self.text(holder, key, where)
        if value and value not in allowed:
            self.fault(f"{where}{key}", f"“{value}”", "可用：" + "、".join(allowed))
        return value

    def marked(self, holder: Any, where: str, *, number: bool) -> Marked:
        if not isinstance(holder, Mapping):
            self.fault(where, "不是映射", "请写成 {value, article, status}")
            return Marked(Fraction(0), "", "")
        value: Any = self.number(holder, "value", where) if number else holder.get("value")
        if isinstance(value, list):
            value = tuple(str(one) for one in value)
        if not number and not value:
            self.fault(f"{where}value", "缺少", "请填写文字或列表")
        return Marked(value, self.text(holder, "article", where), self.one_of(holder, "status", where, MARKS))

    def line(self, holder: Any, where: str) -> Line | None:
        if holder is None:
            return None
        marked = self.marked(holder, where, number=True)
        op = self.one_of(holder, "op", where, (">", ">=")) if isinstance(holder, Mapping) else ">"
        if marked.value <= 0:
            self.fault(f"{where}value", "不大于零", "请填写大于零的警戒线")
        return Line(marked.value, op or ">", marked.article, marked.status)

    def definition(self, holder: Mapping[str, Any], group: str, index: int) -> Definition:
        name = self.text(holder, "id", f"indicators[{index}].")
        where = f"{name or f'indicators[{index}]'}."
        needs = holder.get("needs")
        if not isinstance(needs, list) or not needs:
            self.fault(f"{where}needs", "缺少或不是列表", "请写明要用到的事实")
            needs = []
        maps = {key: holder.get(key) or {} for key in ("figures", "words")}
        return Definition(
            id=name,
            name=self.text(holder, "name", where),
            group=group,
            formula=self.text(holder, "formula", where),
            unit=self.one_of(holder, "unit", where, tuple(UNITS)),
            source=self.text(holder, "source", where),
            status=self.one_of(holder, "status", where, MARKS),
            needs=tuple(str(need) for need in needs),
            open_to_bank=self.one_of(holder, "bank", where, BANK) == "own",
            note=self.text(holder, "note", where, needed=False),
            line=self.line(holder.get("line"), f"{where}line."),
            figures={
                key: self.marked(one, f"{where}figures.{key}.", number=True)
                for key, one in maps["figures"].items()
            },
            words={
                key: self.marked(one, f"{where}words.{key}.", number=False)
                for key, one in maps["words"].items()
            },
        )
