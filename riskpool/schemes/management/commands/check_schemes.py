"""`manage.py check_schemes FILE...`: load each scheme file and run its worked examples. Needs no database.

Files of `kind: volume_subsidy`, one map or a list of them, are checked by their own rules in the same way.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kernel.errors import Problem, Refused
from kernel.strict_yaml import Written, read_file
from riskpool.schemes.building import scheme_of
from riskpool.schemes.examples import ExampleResult, run_examples
from riskpool.schemes.loading import Find, finder, id_of, resolved, scheme_files, warnings_of
from riskpool.schemes.shape import scheme_shape
from riskpool.schemes.volume import is_volume, run_volume_examples, volume_schemes

PASSED, FAILED, NOT_VALID = 0, 1, 2


@dataclass
class FileReport:
    """One file: its faults if it is not valid, otherwise its examples."""

    file: str
    id: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    examples: list[ExampleResult] = field(default_factory=list)


class Command(BaseCommand):
    help = "核对损失分担方案文件：结构、含义和算例。退出码：0 全部符合，1 有算例不符，2 有文件无效。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="方案文件或目录；不写则核对全部方案")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")
        parser.add_argument(
            "--write-shape", action="store_true", help="把方案文件的结构写入 schema.json 后退出"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        home = Path(settings.POLICIES_DIR) / "schemes"
        if options["write_shape"]:
            (home / "schema.json").write_text(shape_text(), encoding="utf-8")
            return
        chosen = chosen_files(options["files"] or [str(home)])
        reports = [report for path in chosen if (report := check_file(path, [home], chosen)) is not None]
        examples = [example for report in reports for example in report.examples]
        failed = sum(not example.passed for example in examples)
        passed = len(examples) - failed
        if options["json"]:
            self.stdout.write(_as_json(reports, passed, failed))
        else:
            self._print(reports)
            self.stdout.write(f"{passed} passed, {failed} failed")
        not_valid = not reports or any(report.problems for report in reports)
        raise SystemExit(NOT_VALID if not_valid else FAILED if failed else PASSED)

    def _print(self, reports: list[FileReport]) -> None:
        for report in reports:
            for problem in report.problems:
                self.stdout.write(f"{report.file}：{problem}")
            for warning in report.warnings:
                self.stderr.write(f"提醒 {report.file}：{warning}")
            for example in report.examples:
                if not example.passed:
                    differences = "；".join(
                        f"{each.path} 应为（expected）{each.expected}，算得（found）{each.found}"
                        for each in example.differences
                    )
                    self.stdout.write(f"{report.file} 算例 {example.id} 不符：{differences}")
        if not reports:
            self.stdout.write("没有可核对的方案文件。请给出 .yaml 文件或含有它们的目录")


def shape_text() -> str:
    """The JSON Schema of a scheme file, as it stands in `policies/schemes/schema.json`."""
    return json.dumps(scheme_shape(), ensure_ascii=False, indent=2) + "\n"


def chosen_files(named: list[str]) -> list[Path]:
    """The files named, and those of each directory named but `_...`; a directory that holds none stands for itself."""
    paths = [Path(name) for name in named]
    return [file for path in paths for file in ((_files_in(path) if _is_directory(path) else []) or [path])]


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder closed to us: reading the file says so, in words
        return False


def _files_in(directory: Path) -> list[Path]:
    try:
        return scheme_files(directory)
    except OSError:  # as above
        return []


def check_file(path: Path, homes: list[Path], beside: list[Path]) -> FileReport | None:
    """Load one file and run its examples; None for a `_...` file that states no scheme but describes others.

    What it inherits is looked up in `beside` (the files checked together), in its own folder, and in `homes`.
    """
    report = FileReport(_printable(str(path)))
    try:
        written = read_file(path)
        report.id = id_of(written.values)
        if path.name.startswith("_") and isinstance(written.values, dict) and "id" not in written.values:
            return None
        directories = [place for place in (path.parent, *homes) if _is_directory(place)]
        _check_values(written, finder(directories, (other for other in beside if other != path)), report)
    except Refused as refusal:
        report.problems = refusal.problems
    return report


def _check_values(written: Written, find: Find, report: FileReport) -> None:
    if is_volume(written.values):
        entries = written.values if isinstance(written.values, list) else [written.values]
        for subsidy, entry in zip(volume_schemes(written), entries, strict=True):
            report.id = report.id or subsidy.id
            report.examples += run_volume_examples(subsidy, entry)
        return
    scheme = scheme_of(resolved(written, find))
    report.warnings = tuple(warnings_of(scheme))
    report.examples = run_examples(scheme)


def _printable(name: str) -> str:
    """A file name whose bytes are no text still has a line of its own."""
    return name.encode("utf-8", "backslashreplace").decode()


def _as_json(reports: list[FileReport], passed: int, failed: int) -> str:
    files = [
        {
            "file": report.file,
            "id": report.id,
            "valid": not report.problems,
            "problems": [asdict(problem) for problem in report.problems],
            "warnings": [asdict(problem) for problem in report.warnings],
            "examples": [
                {
                    "id": example.id,
                    "title": example.title,
                    "passed": example.passed,
                    "differences": [asdict(difference) for difference in example.differences],
                }
                for example in report.examples
            ],
        }
        for report in reports
    ]
    not_valid = sum(bool(report.problems) for report in reports)
    totals = {"passed": passed, "failed": failed, "not_valid": not_valid}
    return json.dumps({"files": files, **totals}, ensure_ascii=False, indent=2)
