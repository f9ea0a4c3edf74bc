"""The workbook (or CSV) on which many inputs come in: a row says of which enterprise which item, and where it is from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kernel.errors import Problem, refuse_if_any
from kernel.sheets import Column, Form, RowFlaw, check_rows, read_rows, write_template
from kernel.sheets.cells import Cell, tidied
from kernel.sheets.columns import Reading, unread
from kernel.sheets.figures import Day, decimal_text
from kernel.sheets.grammars import Choice, Code, Text
from valuation.scores.rules import STATES, Stated, faults_of, items_of

if TYPE_CHECKING:
    from kernel.sheets.columns import RowRule, Values
    from valuation.terms import Scorecard


FAULTS_SHOWN = 200
LONGEST = 200


@dataclass(frozen=True)
class FigureOrWord:
    """A figure with its sign, or a word of the card; which of them is wanted the item says, and the card's reader judges."""

    kind: str = "text"

    def read(self, cell: Cell) -> Reading:
        """The plain decimal, or the text as written. Nothing is taken off: without its sign a loss is a profit."""
        if cell.kind not in ("text", "number"):
            return unread("wrong_kind", f"单元格是{cell.kind}（{cell.text[:40]}）", "请填数字或文字")
        figure = decimal_text(cell)
        text = tidied(cell.text) if figure is None else figure
        if len(text) > LONGEST:
            return unread("too_long", f"有 {len(text)} 个字", f"最多 {LONGEST} 个字")
        return Reading(text)


COLUMNS = (
    Column("code", "统一社会信用代码", Code("18位代码", longest=18), required=True, width=24),
    Column("item", "项目", Text(200), required=True, help="评分卡里的名称或编号", width=36),
    Column("subject", "对象", Text(200), help="权利号或产品名称；企业的数据不写", width=24),
    Column("state", "状态", Choice(tuple(STATES)), help="不写为有数；没有查的不要写"),
    Column("value", "数值", FigureOrWord(), help="查无或不适用的留空", width=20),
    Column("source", "来源", Text(200), required=True, help="例如：2025年度审计报告", width=30),
    Column("known_on", "查询日", Day(), required=True, help="YYYY-MM-DD"),
)
_ANSWERS = ("state", "value", "source", "known_on")
_PLACES = {"对象": "subject", "状态": "state", "来源": "source", "查询日": "known_on"}


def form_of(card: Scorecard) -> Form:
    """The workbook for a card: every row is judged by the same reader that scores."""
    return Form(
        act="scores.inputs",
        title="评分数据",
        version=1,
        columns=COLUMNS,
        identity=("code", "item", "subject"),
        row_rules=(_rule(card),),
        notes=(
            "一行一项数据；同一企业同一项同一天再次填报，以后填的为准，原记录保留。",
            "没有查询的项目留空或删去：未查询不是零，也不是查无。",
            "项目：" + "、".join(f"{item.label}（{item.id}）" for item in items_of(card).values()),
        ),
    )


def _rule(card: Scorecard) -> RowRule:
    def can_be_true(values: Values, on: dt.date, parameters: Any, context: Any) -> Iterator[RowFlaw]:
        if not values.get("item"):
            return
        row = stated_of(
            values
        )  # a cell that cannot be read is told already: the rest is judged as if it were well
        row = replace(row, source=row.source or "—", known_on=row.known_on or on.isoformat())
        for one in faults_of(card, row, on):
            key = _PLACES.get(one.where.rpartition(" ")[2], "item" if one.code == "no_such_item" else "value")
            yield RowFlaw(key, one.code, one.found, one.wanted)

    return can_be_true


def stated_of(values: Values) -> Stated:
    """A row of the workbook as a statement."""
    state = STATES.get(values.get("state") or "", next(iter(STATES.values())))
    day = values.get("known_on")
    return Stated(
        item=values.get("item") or "",
        subject=values.get("subject") or "",
        state=str(state),
        value=values.get("value") or "",
        source=values.get("source") or "",
        known_on=day.isoformat() if isinstance(day, dt.date) else "",
    )


def rows_of(content: bytes, name: str, card: Scorecard, on: dt.date) -> list[tuple[str, str, Stated]]:
    """Every row of a file as (place, credit code, statement); Refused with every fault, each at its cell.

    A row of the template in which nothing was answered was not asked, and is passed over.
    """
    form = form_of(card)
    checked = check_rows(read_rows(content, name, form), form, on=on)
    filled = [row for row in checked.rows if any(row.raw.get(name, "").strip() for name in _ANSWERS)]
    faults = [fault.problem() for row in filled for fault in row.faults]
    rest = len(faults) - FAULTS_SHOWN
    more = [Problem("文件", f"另有{rest}处", "更正以上各处后再传", "more")] if rest > 0 else []
    refuse_if_any([*faults[:FAULTS_SHOWN], *more])
    return [
        (f"第{row.file_row}行", str(row.values.get("code") or ""), stated_of(row.values)) for row in filled
    ]


def template(card: Scorecard, codes: list[str], house: str, on: dt.date) -> bytes:
    """The workbook to fill in: every item of the card for each of these enterprises."""
    firm_items = [item for item in items_of(card).values() if item.scope in ("indicator", "firm")]
    rows = [{"code": code, "item": item.label} for code in codes for item in firm_items]
    return write_template(form_of(card), bank=house, month=f"{on:%Y%m}", prefilled=rows)
