"""What the command line tells of an examination, as JSON for machines and as text for a person. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from finance.intake.entering import fault_as_json, problem_as_json
from finance.intake.rows import FORMS
from kernel.money import yuan_text

if TYPE_CHECKING:
    from finance.intake.examination import Examination, ExaminedRow
    from finance.intake.outcomes import Happened
    from kernel.errors import Problem

NOTHING = {"rows": 0, "new": 0, "changed": 0, "same": 0, "failed": 0, "warnings": 0}
_WORDS = {"new": "新增", "changed": "变更", "same": "无变化", "failed": "有误"}


def json_report(
    examination: Examination | None,
    problems: Sequence[Problem],
    happened: Happened | None = None,
    **head: Any,
) -> dict[str, Any]:
    """The whole report: head, counts, sum of the good rows (yuan, text), every row, and the problems of the file.

    `lists` names the rows by outcome: new, changed, same, failed; and, beside these, `outside`, the good rows that would
    enter no pool. `effect` is a forecast in a dry run; once the file is entered it is what happened (`effect_is` says
    which), `outside` and each row's `pool` too. `effect_is` is `waiting` or `given_up` while, or because, a worker has not
    done it.
    """
    followed = (happened.rows or {}) if happened else {}
    rows = (
        [_row(row, followed.get(str(row.file_row)), happened) for row in examination.rows]
        if examination
        else []
    )
    lists = {kind: [row["row"] for row in rows if row["outcome"] == kind] for kind in _WORDS}
    return {
        **head,
        "counts": examination.counts if examination else NOTHING,
        "sum": yuan_text(examination.sum_fen if examination else 0),
        "lists": lists | {"outside": [row["row"] for row in rows if row["pool"]["what"] == "out"]},
        "rows": rows,
        "effect_is": (happened.stage if happened.stage != "done" else "happened") if happened else "forecast",
        "effect": ({"lines": list(happened.lines)} if happened else examination.effect)
        if examination
        else {},
        "problems": [problem_as_json(problem) for problem in problems],
    }


def _row(row: ExaminedRow, followed: dict[str, Any] | None, happened: Happened | None) -> dict[str, Any]:
    if happened is None:
        forecast = {"what": "out" if row.kept_out else "", "reasons": [one.as_json() for one in row.kept_out]}
    return {
        "pool": (followed or {"what": "", "reasons": []}) if happened else forecast,
        "row": row.file_row,
        "outcome": row.outcome,
        "key": row.key,
        "problems": [fault_as_json(fault) for fault in row.faults],
        "changes": [{"heading": heading, "old": old, "new": new} for heading, old, new in row.changes],
        "folded": list(row.folded),
    }


def text_report(
    examination: Examination,
    *,
    form: str,
    entered: str | None,
    dry_run: bool,
    happened: Happened | None = None,
) -> Iterator[str]:
    """Lines for a person: errors first, then warnings and changes, what the pools would do or have done, totals last."""
    for level, title in (("error", "错误"), ("warning", "提醒")):
        faults = [fault for fault in examination.faults if fault.level == level]
        if faults:
            yield f"{title}（{len(faults)} 处）"
        for fault in faults:
            yield f"  第{fault.row}行 {fault.letter}列 {fault.heading}：{fault.found}。{fault.wanted}"
    for problem in examination.warnings:
        yield f"提醒：{problem}"
    changed = [row for row in examination.rows if row.changes]
    if changed:
        yield f"变更（{len(changed)} 行）"
    for row in changed:
        for heading, old, new in row.changes:
            yield f"  第{row.file_row}行 {row.key} {heading}：{old} → {new}"
    yield from _pools_told(examination, happened)
    counts = examination.counts
    tally = "，".join(f"{word} {counts[kind]}" for kind, word in _WORDS.items())
    yield f"{FORMS[form].title}：共 {counts['rows']} 行，{tally}；另有 {counts['warnings']} 行只有提醒。"
    yield f"无误的行合计 {yuan_text(examination.sum_fen, grouped=True)} 元。"
    yield ending(counts, entered=entered, dry_run=dry_run)


def _pools_told(examination: Examination, happened: Happened | None) -> Iterator[str]:
    """Limits and the rows outside every pool: as it happened when the file has been entered, else as forecast."""
    lines: Sequence[dict[str, str]] = happened.lines if happened else examination.effect.get("lines", [])
    for line in lines:
        figures = (
            f"{line['before']} → {line['after']}（上限 {line['ceiling']} 元）" if line["ceiling"] else ""
        )
        yield f"{'限额' if happened else '限额（试算）'} {line['label']}：{figures}{line['note']}"
    if happened:
        for where, rule, count in happened.by_place:
            yield f"入池 {where}：{count} 笔，锁定方案 {rule}"
        if happened.stage == "waiting":
            yield "入池尚未办理，由后台继续。"
        if happened.stage == "given_up":
            yield f"入池未完成：{happened.told}"
        outside = {row: said["reasons"] for row, said in happened.of("out").items()}
    else:
        outside = {
            row.file_row: [one.as_json() for one in row.kept_out] for row in examination.rows if row.kept_out
        }
    if outside:
        yield f"{'未入池' if happened else '不能入池'}（{len(outside)} 行）"
    by_row = {row.file_row: row for row in examination.rows}
    for row, reasons in outside.items():
        told = "；".join(
            f"{one['reason']}（{one['where']} {one['article']}）".replace("（ ", "（") for one in reasons
        )
        yield f"  第{row}行 {by_row[row].key} {by_row[row].title}：{told}"


def ending(counts: dict[str, int], *, entered: str | None, dry_run: bool) -> str:
    """The last sentence: what was done.

    >>> ending({**NOTHING, "rows": 3, "same": 3}, entered=None, dry_run=False)
    '没有新内容，未作任何改动。'
    """
    if dry_run:
        return "试运行：未写入任何内容。"
    if entered:
        return f"已入库，编号 {entered}。"
    if counts["new"] + counts["changed"] == 0 and not counts["failed"]:
        return "没有新内容，未作任何改动。"
    if counts["new"] + counts["changed"] == 0:
        return "没有可入库的行，未作任何改动。"
    return "有错误的行，全部未入库。改好后重试，或加 --good-rows 先入库无误的行。"
