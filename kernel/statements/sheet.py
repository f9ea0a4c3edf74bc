"""A bank's statement of an account as a sheet: its columns, its chain of balances, its sum from opening to closing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.errors import Problem, refuse_if_any
from kernel.money.yuan import yuan_text
from kernel.sheets import Column, Form, RowFlaw, check_rows, read_rows
from kernel.sheets.figures import Amount, Day
from kernel.sheets.grammars import Code, Text


@dataclass(frozen=True)
class Stated:
    """A statement as two figures and a span around its file (fen; both days included)."""

    first: dt.date
    last: dt.date
    opening_fen: int
    closing_fen: int


def statement_lines(
    stated: Stated, *, name: str, content: bytes, on: date, form: Form
) -> list[dict[str, Any]]:
    """The lines of a statement's file as plain values. Refused with every fault: of the span, of cells, of the chain of
    balances, of the sum from opening to closing."""
    sheet = read_rows(content, name, form)
    context = {"span": (stated.first, stated.last), "opening": stated.opening_fen}
    checked = check_rows(sheet, form, on=on, context=context)
    problems = [fault.problem() for fault in checked.problems]
    if not any(problem.level == "error" for problem in problems):
        moved = sum((row.values["in_fen"] or 0) - (row.values["out_fen"] or 0) for row in checked.rows)
        problems += _closing_problems(stated, moved)
    refuse_if_any(problems)
    return [_line(row.file_row, row.values) for row in checked.rows]


def _closing_problems(stated: Stated, moved: int) -> list[Problem]:
    due = stated.opening_fen + moved
    if due == stated.closing_fen:
        return []
    opening, net = yuan_text(stated.opening_fen, grouped=True), yuan_text(moved, grouped=True)
    found = f"期初 {opening} 元加收支净额 {net} 元应为 {yuan_text(due, grouped=True)} 元"
    wanted = f"填写的期末为 {yuan_text(stated.closing_fen, grouped=True)} 元，请核对是否漏行"
    return [Problem("期末余额", found, wanted, "closing_breaks")]


def _line(file_row: int, values: Any) -> dict[str, Any]:
    came = values["in_fen"] or 0
    return {
        "row": file_row,
        "day": values["day"].isoformat(),
        "direction": "in" if came else "out",
        "fen": came or values["out_fen"],
        "counterparty": values.get("counterparty") or "",
        "memo": values.get("memo") or "",
        "reference": values.get("bank_reference") or "",
        "balance_fen": values.get("balance_fen"),
    }


def _one_direction(values: Mapping[str, Any], on: date, parameters: Any, context: Any) -> Iterable[RowFlaw]:
    if "in_fen" not in values or "out_fen" not in values:
        return
    came, went = values["in_fen"] or 0, values["out_fen"] or 0
    if bool(came) == bool(went):
        found = "收入和支出都有金额" if came else "收入和支出都没有金额"
        yield RowFlaw("in_fen", "one_direction", found, "一行只填收入或支出之一")
    first, last = context["span"]
    day = values.get("day")
    if day and not first <= day <= last:
        yield RowFlaw("day", "outside_span", f"{day} 不在对账单期间 {first} 至 {last} 内", "请核对期间或日期")


def _line_to_line(
    rows: Sequence[tuple[int, Mapping[str, Any]]], on: date, parameters: Any, context: Any
) -> Iterable[tuple[int, RowFlaw]]:
    """Where the bank prints a balance after each line, it must follow from the balance before."""
    left: int | None = context["opening"]
    for number, values in rows:
        if "in_fen" not in values or "out_fen" not in values or "balance_fen" not in values:
            left = None  # a row that cannot be read breaks the chain; its own fault is told
            continue
        moved = (values["in_fen"] or 0) - (values["out_fen"] or 0)
        stated = values["balance_fen"]
        due = None if left is None else left + moved
        if stated is not None and due is not None and stated != due:
            found = (
                f"余额 {yuan_text(stated, grouped=True)} 元，按上一余额应为 {yuan_text(due, grouped=True)} 元"
            )
            yield number, RowFlaw("balance_fen", "balance_breaks", found, "请核对是否漏行、错行或金额有误")
        left = stated if stated is not None else due


def _no_line_twice(
    rows: Sequence[tuple[int, Mapping[str, Any]]], on: date, parameters: Any, context: Any
) -> Iterable[tuple[int, RowFlaw]]:
    places: dict[tuple[Any, ...], list[int]] = {}
    for number, values in rows:
        if values.get("bank_reference"):
            key = (values["bank_reference"], values.get("in_fen") or 0, values.get("out_fen") or 0)
            places.setdefault(key, []).append(number)
    for (reference, *_), numbers in places.items():
        for number in numbers if len(numbers) > 1 else ():
            others = "、".join(str(other) for other in numbers if other != number)
            found = f"流水号 {reference} 与第 {others} 行重复"
            yield number, RowFlaw("bank_reference", "twice_in_file", found, "同一笔流水只保留一行")


def statement_form(*, act: str, title: str) -> Form:
    """The columns of a statement, under the name of the account that it is of."""
    return Form(
    act=act,
    title=title,
    version=1,
    columns=(
        Column("day", "交易日期", Day(), required=True, aliases=("记账日期", "日期"), example="2026-11-20"),
        Column(
            "in_fen", "收入金额（元）", units={"元": Amount("元", zero=True)},
            aliases=("贷方发生额", "贷方金额", "收入"), example="1000000.00", help="收到的款项；没有的留空或填 0",
        ),
        Column(
            "out_fen", "支出金额（元）", units={"元": Amount("元", zero=True)},
            aliases=("借方发生额", "借方金额", "支出"), example="", help="付出的款项；没有的留空或填 0",
        ),
        Column("counterparty", "对方户名", Text(120), aliases=("对方名称", "对方单位"), width=28),
        Column("memo", "摘要", Text(200), aliases=("用途", "附言"), width=28),
        Column("bank_reference", "银行流水号", Code("请填写银行流水号", longest=80), aliases=("流水号", "交易流水号")),
        Column("balance_fen", "账户余额（元）", units={"元": Amount("元", zero=True)}, aliases=("余额",)),
    ),
    identity=("bank_reference",),
    row_rules=(_one_direction,),
    across_rules=(_line_to_line, _no_line_twice),
    notes=("一行一笔流水，按银行的先后顺序。", "收入和支出只填一栏。"),
)  # fmt: skip
