"""`manage.py fit_scorecard CSV ...`: fit a scorecard on real outcomes and write what it is worth. Needs no database.

Exit codes: 0 fitted, the report is written; 2 the file or the request cannot be used (every fault told). With the day of
decision stated (`--decision-date`), a field asked for that was written after it cannot be used: the report then holds
`refused` and no scorecard. With `--date` alone such fields are left out and named. The report is
written whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand

from kernel.errors import Problem, Refused, in_file, refuse_if_any
from valuation.learning.arrays import Texts
from valuation.learning.binning import Direction
from valuation.learning.cells import days_of, is_code, kind_of, shown
from valuation.learning.fitting import fit_scorecard, found_leaks
from valuation.learning.leaks import Decision
from valuation.learning.method import FILE, Method, load_method
from valuation.learning.proposals import proposed
from valuation.learning.reading import Written, read_table
from valuation.learning.report import fit_report
from valuation.learning.sample import FIRST_ROW, Split, Table, read_sample

UNUSABLE = 2
USABLE = ("scorecard", "challenger")
"""Rungs of the ladder (scoring.md 7.1) on which a scorecard of its own may be put to use."""
ASKED = (
    "outcome", "features", "bad", "date", "train_from", "train_to", "test_to", "train_mod", "decision_date",
    "known_at", "direction", "leave_out_leaks", "as_given",
)  # fmt: skip
"""The options that decide what comes out; they stand in the report."""
FAULTS = {
    errno.ENOENT: "目录不存在",
    errno.ENOTDIR: "目录不存在",
    errno.EISDIR: "是目录，不是文件",
    errno.EACCES: "没有写入权限",
    errno.EROFS: "目录只读",
    errno.ENOSPC: "磁盘已满",
    errno.ENAMETOOLONG: "文件名过长",
}


class Command(BaseCommand):
    help = "用真实结果拟合单调 WoE 评分卡，写出训练集和检验集的区分度、校准、分箱和分值"
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", metavar="CSV", help="带表头的 CSV（UTF-8 或 GB18030），可用 xz、gzip 压缩")
        parser.add_argument(
            "--outcome", required=True, metavar="COLUMN", help="结果列：好、坏两种取值，未知留空"
        )
        named = "指标，逗号分开；可写 naics:2（前两位）、a/b（比值）、a=b（是否相同）"
        parser.add_argument("--features", required=True, metavar="A,B,...", help=named)
        parser.add_argument("--bad", default="", metavar="WORD", help="结果列中表示坏的取值；常用写法可不写")
        parser.add_argument("--date", default="", metavar="COLUMN", help="按日期划分所用的列（YYYY-MM-DD）")
        parser.add_argument("--train-from", metavar="DATE", help="训练期首日；不写则不限")
        parser.add_argument("--train-to", metavar="DATE", help="训练期末日；其后为检验期")
        parser.add_argument("--test-to", metavar="DATE", help="检验期末日")
        parser.add_argument(
            "--train-mod", metavar="M:K", help="没有日期时：行号（从0起）除以 M 的余数小于 K 的训练"
        )
        told = "决策日所在的列；不写则以 --date 列为决策日，查验事后写入的字段"
        parser.add_argument("--decision-date", default="", metavar="COLUMN", help=told)
        known = "字段何时可知：FIELD=COLUMN，逗号分开"
        parser.add_argument("--known-at", default="", metavar="FIELD=COLUMN,...", help=known)
        given = "业务上预期的方向：字段=rising（值越大坏账率越高）或 falling，逗号分开"
        parser.add_argument("--direction", default="", metavar="FIELD=WAY,...", help=given)
        leave = "说明决策日后，事后写入的字段剔除并继续；不写则拒绝"
        parser.add_argument("--leave-out-leaks", action="store_true", help=leave)
        plain = "只用所列指标，不按列的用语另提“两列是否相同”"
        parser.add_argument("--as-given", action="store_true", help=plain)
        parser.add_argument("--method", metavar="FILE", help=f"方法参数；不写则用 policies/scorecards/{FILE}")
        parser.add_argument("--report", required=True, metavar="OUT.json", help="报告写到这里")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = fitted(options)
            text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
            written_to(Path(options["report"]), text)
            refuse_if_any(_leaks_asked_for(report))
        except Refused as refusal:
            self._refuse(refusal)
        for each in report["dropped"]:
            self.stderr.write(f"剔除 {shown(each['feature'])}：{each['reason']}")
        for each in report["remarks"]:
            self.stderr.write(f"提醒 {shown(each['feature'])}：{each['reason']}")
        if report["ladder"]["may"] not in USABLE:
            told = (
                f"训练集坏样本 {report['ladder']['defaults']} 个，按方法文件只可“{report['ladder']['title']}”"
            )
            self.stderr.write(f"提醒：{told}；这张评分卡只供参考（{report['ladder']['why']}）")
        for part, name in (("train", "训练集"), ("test", "检验集")):
            told = report[part]
            figures = f"AUC {told['auc']:.4f}，KS {told['ks']:.4f}，Brier {told['brier']:.4f}"
            self.stdout.write(f"{name} {told['rows']} 行，坏样本 {told['bads']}：{figures}")

    def _refuse(self, refusal: Refused) -> NoReturn:
        for problem in refusal.problems:
            self.stderr.write(str(problem))
        sys.exit(UNUSABLE)


def fitted(options: dict[str, Any]) -> dict[str, Any]:
    """Read, fit, report; Refused with every fault of request, method, file and sample together."""
    faults: list[Problem] = []
    split, known_at, ways = _request(options, faults)
    method_file = Path(options["method"] or Path(settings.POLICIES_DIR) / "scorecards" / FILE)
    method = _method(method_file, faults)
    written = _written(Path(options["csv"]), faults)
    faults.extend(_report_faults(Path(options["report"]), Path(options["csv"]), method_file))
    if method is None or written is None:
        raise Refused(faults)
    table = written.table
    asked = tuple(name.strip() for name in options["features"].split(",")) if options["features"] else ()
    made = () if options["as_given"] else proposed(table, asked, method)
    decision = _decision(table, options, known_at, faults)
    directions = _directions(ways, table, (*asked, *made), method, faults)
    sample = read_sample(
        table,
        outcome=options["outcome"],
        features=(*asked, *made),
        split=split,
        method=method,
        bad_word=options["bad"],
        also=faults,
    )
    held = {name: cells[sample.positions] for name, cells in table.items()}
    if decision is not None:
        decision = Decision(decision.column, decision.days[sample.positions], known_at)
    head = {
        "file": Path(options["csv"]).name,
        "sha256": written.sha256,
        "method": {
            "file": method_file.name,
            "sha256": hashlib.sha256(method_file.read_bytes()).hexdigest(),
        },
        "request": {key: options[key] or None for key in ASKED},
        "decision_date": decision.column if decision else None,
        "made": list(made),
    }
    if decision is not None and options["decision_date"] and not options["leave_out_leaks"]:
        leaks = found_leaks(sample, method, held, decision)
        refused = [
            {"feature": name, "code": "leak", "reason": leaks[name]} for name in asked if name in leaks
        ]
        if refused:
            return head | {"refused": refused}
    return head | fit_report(fit_scorecard(sample, method, held, decision, directions), sample)


def _leaks_asked_for(report: dict[str, Any]) -> Iterator[Problem]:
    """The day of decision was stated: a field written after it is a fault of the request, each named."""
    for each in report.get("refused", ()):
        wanted = (
            "请从 --features 中删去；要剔除它们而继续拟合，请加 --leave-out-leaks；"
            "确在决策日前已知的，请用 --known-at 字段=可知日列 写明"
        )
        yield Problem(
            f"--features {shown(each['feature'])}", f"决策之后才写入：{each['reason']}", wanted, "leak"
        )


def _method(path: Path, faults: list[Problem]) -> Method | None:
    try:
        return load_method(path)
    except Refused as refusal:
        faults.extend(in_file(f"--method {shown(path.name)}", refusal.problems))
        return None


def _written(path: Path, faults: list[Problem]) -> Written | None:
    try:
        return read_table(path)
    except Refused as refusal:
        faults.extend(refusal.problems)
        return None


def _report_faults(path: Path, *read: Path) -> Iterator[Problem]:
    """What would keep the report from being written, seen before the work is done; the data are never written over."""
    try:
        same = any(path.exists() and other.exists() and path.samefile(other) for other in read)
        found = (
            FAULTS[errno.EISDIR] if path.is_dir() else "" if path.parent.is_dir() else FAULTS[errno.ENOENT]
        )
    except (OSError, ValueError) as fault:
        same, found = False, FAULTS.get(getattr(fault, "errno", None) or 0, "不是有效的文件名")
    if same:
        yield Problem("--report", f"{shown(path.name)} 是要读的文件", "请写到另一个文件", "report")
    if found:
        yield Problem("--report", f"写不进 {shown(path.name)}（{found}）", "请检查目录和权限", "report")


def written_to(path: Path, text: str) -> None:
    """Whole or not at all: beside its place first, then moved there. A device (/dev/stdout) is written to as it is."""
    beside: Path | None = None
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        place = path.resolve()
        beside = place.with_name(f".{os.getpid()}-{place.name[:100]}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(place)
    except OSError as fault:
        if beside is not None:
            beside.unlink(missing_ok=True)
        found = FAULTS.get(fault.errno or 0, "写入时出错")
        told = Problem("--report", f"写不进 {shown(path.name)}（{found}）", "请检查目录和权限", "report")
        raise Refused(told) from None


def _request(
    options: dict[str, Any], problems: list[Problem]
) -> tuple[Split, dict[str, str], dict[str, str]]:
    """What was asked on the command line: the split, when fields are known, which way they run."""
    days = {key: _day(options[key], key, problems) for key in ("train_from", "train_to", "test_to")}
    modulus, below = _modulus(options["train_mod"], problems)
    by_day = bool(options["date"])
    if by_day == bool(options["train_mod"]):
        wanted = "请写 --date COLUMN --train-to DATE --test-to DATE，或只写 --train-mod 10:7"
        problems.append(Problem("划分", "日期和取模" + ("都写了" if by_day else "都没有写"), wanted, "split"))
    for key in days:
        if by_day and not options[key] and key != "train_from":
            problems.append(Problem(_option(key), "没有写", "按日期划分须写明这一天", "split"))
        elif not by_day and options[key] and options["train_mod"]:
            problems.append(Problem(_option(key), "按取模划分时用不上", "请删去，或写 --date", "split"))
    ordered = [day for day in days.values() if day]
    if ordered != sorted(ordered) or (days["train_to"] and days["train_to"] == days["test_to"]):
        wanted = "应依次为训练期首日、训练期末日、检验期末日，检验期至少一天"
        problems.append(Problem("日期", "先后不对", wanted, "order"))
    known_at = _pairs(options["known_at"], "--known-at", problems)
    ways = _pairs(options["direction"], "--direction", problems)
    for name, way in ways.items():
        if way not in ("rising", "falling"):
            problems.append(
                Problem("--direction", f"{shown(name)} 写成“{shown(way)}”", "写 rising 或 falling", "way")
            )
    return Split(options["date"], modulus=modulus, below=below, **days), known_at, ways


def _directions(
    ways: dict[str, str], table: Table, features: tuple[str, ...], method: Method, problems: list[Problem]
) -> dict[str, Direction]:
    """The expected directions; one of a field that is not asked for, or is no number, is a fault and not passed over."""
    directions: dict[str, Direction] = {}
    for name, way in ways.items():
        cells = table[name][table[name] != ""] if name in table else None
        if name not in features:
            found, wanted = f"“{shown(name)}”不在 --features 之中", "请写所列指标的名字"
            problems.append(Problem("--direction", found, wanted, "no_feature"))
        elif cells is not None and (kind_of(cells, method) != "number" or is_code(cells, method)):
            found, wanted = f"“{shown(name)}”不是数值", "方向只用于数值指标，请删去"
            problems.append(Problem("--direction", found, wanted, "no_number"))
        else:
            directions[name] = "rising" if way == "rising" else "falling"
    return directions


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _day(text: str | None, key: str, problems: list[Problem]) -> dt.date | None:
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return dt.date.fromisoformat(text)
    except ValueError:  # 2004-02-30
        pass
    problems.append(Problem(_option(key), f"“{shown(text)}”不是有效日期", "请按 YYYY-MM-DD 填写", "day"))
    return None


def _modulus(text: str | None, problems: list[Problem]) -> tuple[int, int]:
    if not text:
        return 0, 0
    match = re.fullmatch(r"(\d{1,6}):(\d{1,6})", text, re.ASCII)
    if match and 0 < int(match[2]) < int(match[1]):
        return int(match[1]), int(match[2])
    wanted = "写成 M:K，K 大于 0 且小于 M，如 10:7"
    problems.append(Problem("--train-mod", f"“{shown(text)}”不能用", wanted, "modulus"))
    return 0, 0


def _pairs(text: str, option: str, problems: list[Problem]) -> dict[str, str]:
    pairs = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        left, mark, right = (part.strip() for part in each.rpartition("="))
        if not (left and mark and right):
            problems.append(Problem(option, f"“{shown(each)}”不能用", "写成 字段=取值，逗号分开", "pair"))
        if left in pairs:
            problems.append(Problem(option, f"“{shown(left)}”写了两次", "每个字段写一次", "twice"))
        pairs[left] = right
    return pairs


def _decision(
    table: Table, options: dict[str, Any], known_at: dict[str, str], problems: list[Problem]
) -> Decision | None:
    """The day of decision of each row; its faults join those of the sample."""
    for field, column in known_at.items():
        for name, where in ((field, "字段"), (column, "可知日")):
            if name not in table:
                told = f"文件没有“{shown(name)}”列（{where}）"
                problems.append(Problem("--known-at", told, "请写文件中的列名", "no_column"))
        if column in table:
            problems.extend(_not_days(column, table[column]))
    column = options["decision_date"] or options["date"]
    if not column:
        if known_at:
            wanted = "请同时写 --decision-date"
            problems.append(Problem("--known-at", "没有说哪一天是决策日", wanted, "no_decision"))
        return None
    if column not in table:
        if options["decision_date"]:
            told = f"文件没有“{shown(column)}”列"
            problems.append(Problem("--decision-date", told, "请写文件中的列名", "no_column"))
        return None
    days, readable = days_of(table[column])
    if options["decision_date"] and not readable.all():
        first = int(np.flatnonzero(~readable)[0])
        told = f"第{first + FIRST_ROW}行“{shown(str(table[column][first]))}”等 {int((~readable).sum())} 处读不出日期"
        problems.append(Problem(f"{column} 列（决策日）", told, "请按 YYYY-MM-DD 填写每一行", "date"))
    return Decision(column, days, known_at)


def _not_days(column: str, cells: Texts) -> Iterator[Problem]:
    """A column that is to say when a field was known must say days; blank is not known."""
    wrong = np.flatnonzero(~days_of(cells)[1] & (cells != ""))
    if len(wrong):
        told = f"第{wrong[0] + FIRST_ROW}行“{shown(str(cells[wrong[0]]))}”等 {len(wrong)} 处读不出日期"
        yield Problem(f"{shown(column)} 列（可知日）", told, "请按 YYYY-MM-DD 填写；不知道的留空", "date")
    elif not (cells != "").any():
        yield Problem(f"{shown(column)} 列（可知日）", "一个日期也没有", "请按 YYYY-MM-DD 填写", "date")
