"""The file in which a registry tells what it decided: its columns, and a row as a step of the rule book.

Read, checked and marked by `kernel.sheets` like the workbooks of loans; whether a result can be true of its file is found by
the step itself (`actions.feeding`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.sheets import Column, Form, RowFlaw
from kernel.sheets.columns import Values
from kernel.sheets.figures import Amount, Day
from kernel.sheets.grammars import Choice, Code, Text

MOST_ROWS = 200
"""As many as a second person can look through."""

DECISIONS = {
    "准予登记": "register", "不予登记": "refuse", "通知补正": "notify_deficiency", "告知需要声明": "advise_declaration",
    "准予变更": "record_change", "不予变更": "refuse_change", "准予延期": "record_extension", "不予延期": "refuse_extension",
    "准予注销": "cancel", "不予注销": "refuse_cancellation", "撤销登记": "revoke", "发出登记证": "issue_certificate",
    "补发登记证": "record_reissue", "不予补发": "refuse_reissue",
}  # fmt: skip
"""What a registry decides, by the name of the step in every rule book."""

BECAUSE = {"refuse": "refused_because", "revoke": "revoked_because"}
COLUMNS = {
    "登记号": "number", "登记期限至": "until", "办理日": "on", "登记证发出日": "certified_on",
    "登记的担保数额（元）": "amount", "不予登记的事由": "ground", "撤销事由": "ground", "补正事项": "items",
}  # fmt: skip
"""In which column a fault of a step is mended; all others are the file's."""

FORM = Form(
    act="registry.results",
    title="登记机构办理结果",
    version=1,
    columns=(
        Column("key", "受理号或案件编号", Code("请照受理通知填写受理号，或填案件编号", longest=40), required=True,
               aliases=("受理号", "案件编号"), example="ZY-20261116-0001", width=24),
        Column("decision", "办理结果", Choice(tuple(DECISIONS)), required=True, aliases=("结果", "决定"), width=16),
        Column("on", "决定日", Day(), required=True, aliases=("登记日", "办理日"), help="YYYY-MM-DD"),
        Column("number", "登记号", Text(40), aliases=("质押登记号",), help="准予登记的填写", width=24),
        Column("until", "登记期限至", Day(), help="登记证载有期限的填写"),
        Column("amount", "登记的担保数额（元）", units={"元": Amount("元"), "万元": Amount("万元")},
               help="文书载明数额的填写"),
        Column("certified_on", "登记证发出日", Day(), help="商标准予登记的，已发证时填写"),
        Column("ground", "事由编号", Code("请填规则中的编号，例如 PAT-R06", longest=20), help="不予登记、撤销登记的填写"),
        Column("items", "补正事项", Text(500), help="多项用“；”分隔", width=36),
        Column("note", "说明", Text(200), width=30),
    ),
    identity=("key", "decision", "on"),
    across_rules=(lambda rows, on, parameters, context: _once(rows),),
    notes=(
        "一行一项决定；同一案件的几项按先后各填一行。",
        "全部无误才提请确认，由本窗口另一人确认后办理；已经办理过的行不再办理。",
    ),
)  # fmt: skip


def _once(rows: Sequence[tuple[int, Values]]) -> Iterator[tuple[int, RowFlaw]]:
    places: dict[tuple[Any, ...], int] = {}
    for row, values in rows:
        what = tuple(values.get(name) for name in FORM.identity)
        if None in what:
            continue
        if what in places:
            told = f"与第{places[what]}行是同一项决定"
            yield row, RowFlaw("key", "twice", told, "同一项决定只填一行")
        places.setdefault(what, row)


def asked_of(values: Mapping[str, Any], asks: Sequence[str]) -> tuple[dict[str, Any], list[RowFlaw]]:
    """The answers that a row gives to what the step asks, and the cells that this step has no use for.

    >>> asked_of({"decision": "不予登记", "ground": "PAT-R06", "amount": 5}, ("refused_because",))[0]
    {'refused_because': 'PAT-R06'}
    """
    action = DECISIONS[values["decision"]]
    told = {
        "amount": ("registered_amount", values.get("amount")),
        "certified_on": ("certified_on", _iso(values.get("certified_on"))),
        "ground": (BECAUSE.get(action, ""), values.get("ground")),
    }
    given, flaws = {}, []
    for column, (name, value) in told.items():
        if value is None:
            continue
        if name in asks:
            given[name] = value
        else:
            flaws.append(
                RowFlaw(column, "not_asked", f"“{values['decision']}”不填这一栏", "请删去，或核对办理结果")
            )
    return given, flaws


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
