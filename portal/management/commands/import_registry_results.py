"""`manage.py import_registry_results FILE --window CODE`: what a registry decided comes in as a file.

Exit codes: 0 every row is good; 1 at least one row failed and nothing was entered; 2 file or window cannot be used.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from finance.parties.queries import organisation_by_code
from finance.pledges.actions import Paper, enter_feed_from_command_line, look_at_feed
from kernel.acts.actions import through
from kernel.errors import Refused
from portal.management.importing import ALL_GOOD, ROWS_FAILED, UNUSABLE, day, file_content

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from finance.pledges.actions.feeding import Looked
    from kernel.errors import Problem


class Command(BaseCommand):
    help = "导入登记机构的办理结果文件：全部无误才办理，再次导入同一文件不产生变化"
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="登记机构的结果文件（.xlsx 或 .csv）")
        parser.add_argument("--window", required=True, metavar="CODE", help="受理窗口的机构代码")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不办理")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")
        parser.add_argument("--on", metavar="YYYY-MM-DD", help="按哪一个营业日核对和记录，缺省为今天")

    def handle(self, *args: Any, **options: Any) -> None:
        head = {"file": Path(options["file"]).name, "sha256": "", "window": options["window"]}
        try:
            content = file_content(Path(options["file"]))
            head["sha256"] = hashlib.sha256(content).hexdigest()
            looked, entered = self.bring_in(head["file"], content, options)
        except Refused as refused:
            self.tell_unusable(refused, head, as_json=options["json"])
            sys.exit(UNUSABLE)
        report = {**head, "dry_run": options["dry_run"], "entered": entered, **_told(looked)}
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            self.tell(report)
        sys.exit(ROWS_FAILED if looked.faults else ALL_GOOD)

    def bring_in(self, name: str, content: bytes, options: dict[str, Any]) -> tuple[Looked, bool]:
        """Look, and unless it is a dry run, enter."""
        window = organisation_by_code(options["window"], kind="ip_bureau")
        given: dict[str, Any] = {
            "window": window, "sheet": Paper(name, content), "today": day(options["on"])
        }  # fmt: skip
        if options["dry_run"]:
            return look_at_feed(by=None, **given), False
        with through("command"):
            looked, feed = enter_feed_from_command_line(**given, operator=getpass.getuser())
        return looked, feed is not None

    def tell(self, report: dict[str, Any]) -> None:
        for one in report["failed"]:
            self.stdout.write(f"第{one['row']}行 {one['column']}：{one['found']}。{one['wanted']}")
        counts = report["counts"]
        verb = "已办理" if report["entered"] else "未办理"
        self.stdout.write(f"新 {counts['new']}，相同 {counts['same']}，有误 {counts['failed']}；{verb}")

    def tell_unusable(self, refused: Refused, head: dict[str, Any], *, as_json: bool) -> None:
        if not as_json:
            for problem in refused.problems:
                self.stderr.write(str(problem))
            return
        problems = [_plain(problem) for problem in refused.problems]
        self.stdout.write(json.dumps({**head, "problems": problems}, ensure_ascii=False, indent=1))


def _plain(problem: Problem) -> dict[str, str]:
    return {
        "where": problem.where, "found": problem.found, "wanted": problem.wanted, "code": problem.code or "",
    }  # fmt: skip


def _told(looked: Looked) -> dict[str, Any]:
    rows: dict[str, list[dict[str, Any]]] = {"new": [], "same": []}
    for one in looked.results:
        rows[one.state].append({"row": one.row, "key": one.values["key"], "told": one.told})
    failed = [
        {"row": one.row, "column": one.heading, "code": one.code, "found": one.found, "wanted": one.wanted}
        for one in looked.faults
    ]
    many = len({one.row for one in looked.faults})
    counts = {"new": len(rows["new"]), "same": len(rows["same"]), "failed": many}
    return {"counts": counts, **rows, "failed": failed}
