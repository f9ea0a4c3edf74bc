"""Finds the header row and binds columns by the heading's name, keeping its coordinates.

Spaces, full- and half-width brackets, stars and units are ignored in comparing; the unit itself is
kept, because a column may be declared in 万元 or in 元.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import Problem
from kernel.sheets.cells import Cell, column_letter, excerpt, folded
from kernel.sheets.columns import Column

SEARCHED_ROWS = 15
_BRACKETED = re.compile(r"[(\[【「〔](.*?)[)\]】」〕]")
_UNITS = ("亿元", "万元", "千元", "百元", "元", "%", "‰", "bp")
_NOISE = re.compile(r"[\s*＊:：_\-—/]+")


@dataclass(frozen=True)
class Heading:
    """A heading as it stands in the file: its column (from nought), letter, text and the unit it names,
    if any.
    """

    index: int
    text: str
    unit: str = ""

    @property
    def letter(self) -> str:
        """The column's letter as the person sees it."""
        return column_letter(self.index)


def heading_key(text: str) -> tuple[str, str]:
    """What is compared of a heading, and its unit.

    >>> {heading_key(text) for text in ("贷款金额（万元）", " *贷款 金额(单位：万元) ", "贷款金额万元")}
    {('贷款金额', '万元')}
    >>> heading_key("贷款金额（元）"), heading_key("年利率%"), heading_key("到期日（YYYY-MM-DD）")
    (('贷款金额', '元'), ('年利率', '%'), ('到期日', ''))
    """
    plain = folded(text).lower()
    unit = ""
    for inside in _BRACKETED.findall(plain):
        unit = next((one for one in _UNITS if inside.replace("人民币", "").strip().endswith(one)), unit)
    name = _NOISE.sub("", _BRACKETED.sub("", plain))
    for one in _UNITS:
        if name.endswith(one) and len(name) > len(one):
            name, unit = name[: -len(one)], unit or one
            break
    return name, unit


Row = tuple[int, Mapping[int, Cell]]


def known_names(columns: Sequence[Column]) -> dict[str, Column]:
    """Every compared name, of headings and aliases, to its column; two columns may not share one."""
    names: dict[str, Column] = {}
    for column in columns:
        for text in (column.header, *column.aliases):
            name = heading_key(text)[0]
            assert names.setdefault(name, column) is column, f"two columns answer to the heading {text}"
    return names


def matches(row: Mapping[int, Cell], names: Mapping[str, Column]) -> int:
    """How many different columns a row's cells name."""
    found = {names[name].key for cell in row.values() if (name := heading_key(cell.text)[0]) in names}
    return len(found)


def header_row(rows: Sequence[Row], names: Mapping[str, Column]) -> tuple[int, int]:
    """Place in `rows` and number of matches of the best header among the first fifteen file rows; (-1,
    0) for none.
    """
    best, most = -1, 0
    for at, (number, cells) in enumerate(rows):
        if number > SEARCHED_ROWS:
            break
        if (count := matches(cells, names)) > most:
            best, most = at, count
    return best, most


@dataclass(frozen=True)
class Binding:
    """Columns bound to headings by key, headings nobody knows, and what is wrong with the header."""

    bound: Mapping[str, Heading]
    unknown: tuple[Heading, ...]
    problems: tuple[Problem, ...]


def bind(cells: Mapping[int, Cell], columns: Sequence[Column], names: Mapping[str, Column]) -> Binding:
    """Bind one header row; duplicate, missing and undeclared units are errors, unknown headings only told."""
    bound: dict[str, Heading] = {}
    unknown: list[Heading] = []
    problems: list[Problem] = []
    for index in sorted(cells):
        text = cells[index].text
        name, unit = heading_key(text)
        heading = Heading(index, excerpt(text), unit)
        column = names.get(name)
        if column is None:
            if folded(text):
                unknown.append(heading)
        elif column.key in bound:
            first = bound[column.key]
            problems.append(
                Problem(
                    f"表头 {first.letter} 列和 {heading.letter} 列",
                    f"“{column.header}”出现了两次",
                    "请只留一列，并检查是否把两张表并排放在了一起",
                    code="duplicate_heading",
                )
            )
        else:
            bound[column.key] = heading
            problems += unit_problem(column, heading)
    missing = [column.header for column in columns if column.required and column.key not in bound]
    if missing:
        problems.append(
            Problem(
                "表头",
                f"缺少必填列：{'、'.join(missing)}",
                "请补上这些列，或下载最新模板填写",
                code="missing_heading",
            )
        )
    return Binding(bound, tuple(unknown), tuple(problems))


def unit_problem(column: Column, heading: Heading) -> list[Problem]:
    """A heading whose unit is not declared, or is one this column cannot be read in."""
    where = f"表头 {heading.letter} 列"
    if column.units and not heading.unit:
        wanted = "请在表头写明单位：" + "或".join(f"{heading.text}（{unit}）" for unit in column.units)
        return [Problem(where, f"“{heading.text}”没有写单位", wanted, code="no_unit")]
    allowed = tuple(column.units) or (heading_key(column.header)[1],)
    if heading.unit and heading.unit not in allowed:
        wanted = f"请改为“{column.header}”，数字也按这个单位填写"
        return [Problem(where, f"“{heading.text}”的单位是{heading.unit}", wanted, code="wrong_unit")]
    return []
