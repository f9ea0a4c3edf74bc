"""The two files that come from the bank, as forms of `kernel.sheets`: its answer to a batch, and its statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kernel.money import yuan_text
from kernel.sheets import Column, Form, RowFlaw
from kernel.sheets.figures import Amount, Day
from kernel.sheets.grammars import Choice, Code, Text

SUCCEEDED, FAILED = "成功", "失败"


def _needs_serial_or_reason(
    values: Mapping[str, Any], on: date, parameters: Any, context: Any
) -> Iterable[RowFlaw]:
    if values.get("result") == SUCCEEDED and "bank_serial" in values and not values["bank_serial"]:
        yield RowFlaw("bank_serial", "required", "付款成功但没有银行流水号", "请填写银行回单上的流水号")
    if values.get("result") == FAILED and "reason" in values and not values["reason"]:
        yield RowFlaw("reason", "required", "付款失败但没有写明原因", "请填写银行给出的失败原因")
    if (day := values.get("day")) and day > on:
        yield RowFlaw("day", "future", f"{day} 晚于今天（{on}）", "请填写银行处理当日")


def _once(key: str, found: str, wanted: str, code: str) -> Any:
    def rule(
        rows: Sequence[tuple[int, Mapping[str, Any]]], on: date, parameters: Any, context: Any
    ) -> Iterable[tuple[int, RowFlaw]]:
        places: dict[str, list[int]] = {}
        for number, values in rows:
            if values.get(key):
                places.setdefault(values[key], []).append(number)
        for value, numbers in places.items():
            for number in numbers if len(numbers) > 1 else ():
                others = "、".join(str(other) for other in numbers if other != number)
                yield number, RowFlaw(key, code, found.format(value=value, others=others), wanted)

    return rule


RETURN_FILE = Form(
    act="treasury_return",
    title="付款结果回盘",
    version=1,
    columns=(
        Column(
            "reference", "付款编号", Code("请填写付款批次文件里的付款编号", longest=60), required=True,
            aliases=("指令编号", "客户业务编号"), example="P1-ZF-000001", width=22,
        ),
        Column(
            "amount_fen", "付款金额（元）", required=True,
            units={"元": Amount("元"), "万元": Amount("万元")}, aliases=("金额", "交易金额"), example="400000.00",
        ),
        Column(
            "result", "处理结果", Choice((SUCCEEDED, FAILED), {"付款成功": SUCCEEDED, "付款失败": FAILED}),
            required=True, aliases=("结果", "交易状态"), example=SUCCEEDED,
        ),
        Column("reason", "失败原因", Text(200), aliases=("原因", "退票原因"), width=28),
        Column(
            "bank_serial", "银行流水号", Code("请填写银行流水号", longest=60), aliases=("流水号", "交易流水号"),
            example="B202611200001", width=22,
        ),
        Column("day", "处理日期", Day(), required=True, aliases=("交易日期",), example="2026-11-20"),
    ),
    identity=("reference",),
    row_rules=(_needs_serial_or_reason,),
    across_rules=(
        _once("reference", "付款编号 {value} 与第 {others} 行重复", "同一笔付款只能有一个结果", "twice_in_file"),
    ),
    notes=("一行一笔付款。", "付款编号与本行发出的批次文件一致。"),
    total="amount_fen",
)  # fmt: skip


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


STATEMENT = Form(
    act="treasury_statement",
    title="专户对账单",
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
