"""The payment file as it comes back from the bank: its own columns and four more, every fault with row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from finance.subsidies.actions.paying import harmless
from kernel.errors import refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.sheets import Column, Form, RowFlaw, check_rows, read_rows
from kernel.sheets.figures import Amount, Day, Whole
from kernel.sheets.grammars import Choice, Code, Text

if TYPE_CHECKING:
    from finance.subsidies.models import AwardPayment, PaymentFile

SUCCEEDED, FAILED = "成功", "失败"
_OTHER_WORDS = {"付款成功": SUCCEEDED, "已到账": SUCCEEDED, "付款失败": FAILED, "退票": FAILED}
MOST_BYTES = 2 * 1024 * 1024
_OWN = ("序号", "收款户名", "金额（元）")
_FILLED_IN = ("结果", "日期", "回单号", "失败原因")


@dataclass(frozen=True)
class _Sent:
    """What the file that is answered says, for the rules of rows."""

    payments: Mapping[int, AwardPayment]
    released_on: date


def _of_this_file(values: Mapping[str, Any], on: date, parameters: Any, sent: _Sent) -> Iterable[RowFlaw]:
    """The row names a payment of this file, with its amount, and says something new of it on a day that can be."""
    seq = values.get("seq")
    payment = sent.payments.get(seq) if isinstance(seq, int) else None
    if isinstance(seq, int) and payment is None:
        yield RowFlaw("seq", "no_such_line", f"付款文件没有第 {seq} 笔", "请核对序号")
    if payment is not None and values.get("amount_fen") not in (None, fen_of(payment.amount)):
        found = f"{yuan_text(values['amount_fen'], grouped=True)} 元"
        wanted = (
            f"第 {seq} 笔是 {yuan_text(fen_of(payment.amount), grouped=True)} 元，请核对是不是这份付款文件"
        )
        yield RowFlaw("amount_fen", "other_amount", found, wanted)
    if not values.get("result"):
        return
    day = values.get("day")
    if "day" in values and day is None:
        yield RowFlaw("day", "required", "没有填写", "请填写银行处理当日")
    elif day is not None and not sent.released_on <= day <= on:
        yield RowFlaw("day", "day", f"{day}", f"应在 {sent.released_on} 至 {on}")
    if values["result"] == FAILED and "reason" in values and not values["reason"]:
        yield RowFlaw("reason", "required", "失败而没有原因", "请填写银行给出的原因")
    after = "succeeded" if values["result"] == SUCCEEDED else "failed"
    if payment is not None and payment.state in ("failed", after):
        yield RowFlaw("result", "answered", f"已是“{payment.get_state_display()}”", "已登记过的行请留空结果")


def _result_is_said(values: Mapping[str, Any], on: date, parameters: Any, sent: _Sent) -> Iterable[RowFlaw]:
    if "result" in values and not values["result"] and (values.get("reference") or values.get("reason")):
        yield RowFlaw("result", "required", "填了回单号或原因而没有结果", f"请填写“{SUCCEEDED}”或“{FAILED}”")


def _once(
    rows: Sequence[tuple[int, Mapping[str, Any]]], on: date, parameters: Any, sent: _Sent
) -> Iterable[tuple[int, RowFlaw]]:
    places: dict[int, list[int]] = {}
    for number, values in rows:
        if isinstance(values.get("seq"), int):
            places.setdefault(values["seq"], []).append(number)
    for seq, numbers in places.items():
        for number in numbers if len(numbers) > 1 else ():
            others = "、".join(str(other) for other in numbers if other != number)
            yield number, RowFlaw("seq", "twice", f"第 {seq} 笔与第 {others} 行重复", "每笔只写一次")


RESULTS = Form(
    act="subsidy_results",
    title="补贴付款回盘",
    version=1,
    columns=(
        Column("seq", "序号", Whole(least=1), required=True, example="1"),
        Column("holder", "收款户名", Text(200)),
        Column("number", "收款账号", Text(60)),
        Column("bank_name", "开户行", Text(200)),
        Column("amount_fen", "金额（元）", required=True, units={"元": Amount("元")}, aliases=("金额",)),
        Column("purpose", "用途", Text(200)),
        Column(
            "result", "结果", Choice((SUCCEEDED, FAILED), _OTHER_WORDS),
            aliases=("处理结果",), example=SUCCEEDED,
        ),
        Column("day", "日期", Day(), aliases=("处理日期",), example="2026-11-20"),
        Column("reference", "回单号", Code("请填写回单号"), aliases=("银行流水号",)),
        Column("reason", "失败原因", Text(200), aliases=("原因",)),
    ),
    identity=("seq",),
    row_rules=(_of_this_file, _result_is_said),
    across_rules=(_once,),
    notes=("一行一笔付款；没有结果的行留空，不读入。",),
)  # fmt: skip


def results_in(file: PaymentFile, *, name: str, content: bytes, on: date) -> list[dict[str, Any]]:
    """What the bank's file says, row by row of those that have a result; Refused with every fault, row and column."""
    sent = _Sent({one.seq: one for one in file.payments.all()}, file.released_on)
    checked = check_rows(read_rows(content, name, RESULTS), RESULTS, on=on, context=sent)
    refuse_if_any(fault.problem() for fault in checked.problems)
    said = [row.values for row in checked.rows if row.values["result"]]
    return [
        {
            "seq": row["seq"], "succeeded": row["result"] == SUCCEEDED, "day": row["day"],
            "reference": row["reference"] or "", "reason": row["reason"] or "",
        }
        for row in said
    ]  # fmt: skip


def results_template(file: PaymentFile) -> bytes:
    """The file's lines with four empty columns for the answer, as CSV that spreadsheets open; no account numbers in it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow((*_OWN, *_FILLED_IN))
    for one in file.payments.select_related("account").order_by("seq"):
        writer.writerow(
            (one.seq, harmless(one.account.holder), yuan_text(fen_of(one.amount)), "", "", "", "")
        )
    return ("\ufeff" + written.getvalue()).encode()
