"""The two files that come from the bank, as forms of `kernel.sheets`: its answer to a batch, and its statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kernel.sheets import Column, Form, RowFlaw
from kernel.sheets.figures import Amount, Day
from kernel.sheets.grammars import Choice, Code, Text
from kernel.statements.sheet import statement_form

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

STATEMENT = statement_form(act="treasury_statement", title="专户对账单")
