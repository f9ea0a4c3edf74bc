"""The commands that bring a bank's workbook in: read the file, call the intake's action, tell, end with a code.

Exit codes: 0 everything good was entered (or the dry run found no failing row); 1 at least one row failed, whether or
not the good ones were entered; 2 the file or the bank cannot be used.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from finance.intake.actions import enter_from_command_line
from finance.intake.examination import Examination, examine
from finance.intake.outcomes import happened
from finance.intake.report import json_report, text_report
from finance.parties.queries import organisation_by_code
from kernel.acts.actions import through
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.sheets.limited import LIMITS
from kernel.work import outbox

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from finance.intake.models import Filing

ALL_GOOD, ROWS_FAILED, UNUSABLE = 0, 1, 2


class ImportCommand(BaseCommand):
    """One form's import; a subclass names the form."""

    form = ""
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="填好的工作簿（.xlsx 或 .csv）")
        parser.add_argument("--bank", required=True, metavar="CODE", help="报送银行的机构代码")
        parser.add_argument("--dry-run", action="store_true", help="只校验，不写入任何内容")
        parser.add_argument(
            "--good-rows", action="store_true", help="有错误的行时，先入库无误的行（缺省为全部无误才入库）"
        )
        parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")
        parser.add_argument("--on", metavar="YYYY-MM-DD", help="按哪一个营业日校验和记账，缺省为今天")

    def handle(self, *args: Any, **options: Any) -> None:
        name = Path(options["file"]).name
        head = {
            "file": name,
            "sha256": "",
            "bank": options["bank"],
            "form": self.form,
            "dry_run": options["dry_run"],
        }
        try:
            content = file_content(Path(options["file"]))
            head["sha256"] = hashlib.sha256(content).hexdigest()
            examination, filing = self.bring_in(name, content, options)
        except Refused as refused:
            self.tell_unusable(refused, head, as_json=options["json"])
            sys.exit(UNUSABLE)
        entered = filing.number if filing else None
        followed = happened(filing) if filing else None
        if options["json"]:
            told = json_report(examination, examination.warnings, followed, **head, filing=entered)
            self.print_json(told)
        else:
            given = {"form": self.form, "entered": entered, "dry_run": options["dry_run"]}
            for line in text_report(examination, **given, happened=followed):
                self.stdout.write(line)
        sys.exit(ROWS_FAILED if examination.counts["failed"] else ALL_GOOD)

    def bring_in(
        self, name: str, content: bytes, options: dict[str, Any]
    ) -> tuple[Examination, Filing | None]:
        """Examine, and unless it is a dry run, enter; what follows from it (enrolment, receipt) is done before it ends."""
        bank = organisation_by_code(options["bank"], kind="bank")
        given: dict[str, Any] = {
            "bank": bank,
            "form": self.form,
            "name": name,
            "content": content,
            "on": day(options["on"]),
        }
        if options["dry_run"]:
            return examine(**given), None
        with through("command"):
            outcome = enter_from_command_line(
                **given, good_rows=options["good_rows"], operator=getpass.getuser()
            )
            outbox.drain()
        return outcome

    def tell_unusable(self, refused: Refused, head: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.print_json(json_report(None, refused.problems, **head, filing=None))
        else:
            for problem in refused.problems:
                self.stderr.write(str(problem))

    def print_json(self, report: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))


def day(text: str | None) -> dt.date:
    """The business day that was asked for, today without one."""
    if text is None:
        return today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise Refused(
            Problem("--on", f"{text} 不是有效日期", "请按 YYYY-MM-DD 填写", code="not_a_date")
        ) from fault


def file_content(path: Path) -> bytes:
    """The bytes of a person's file; Refused when it is not there, is a folder, cannot be read or is too large."""
    where = f"文件 {path}"
    if not path.exists():
        raise Refused(Problem(where, "不存在", "请检查路径", code="no_file"))
    if not path.is_file():
        raise Refused(Problem(where, "不是文件", "请给出工作簿文件的路径", code="not_a_file"))
    if path.stat().st_size > LIMITS.bytes:
        most = LIMITS.bytes // 2**20
        raise Refused(Problem(where, f"超过 {most} MB", "请拆成几个文件分别导入", code="file_too_large"))
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refused(
            Problem(where, "无法读取", f"请检查权限（{fault.strerror}）", code="unreadable")
        ) from fault
