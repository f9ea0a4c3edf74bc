"""A command that checks policy files: which files are meant, a line for each fault, exit codes. Needs no database.

Each kind of file has its own command above this one, which says how a file is loaded and its examples are run.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand

from kernel.errors import Problem, Refused
from kernel.examples import ExampleResult
from kernel.shapes import JsonSchema, yaml_files

PASSED, FAILED, NOT_VALID = 0, 1, 2


@dataclass
class FileReport:
    """One file: its faults if it is not valid, otherwise its examples."""

    file: str
    id: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    examples: list[ExampleResult] = field(default_factory=list)


class CheckFiles(BaseCommand):
    """`FILE...`, `--json`, `--write-shape`; exit 0 all pass, 1 an example fails, 2 a file is not valid."""

    requires_system_checks = []
    folder: ClassVar[str]
    """The files of this house, under POLICIES_DIR."""
    files_are: ClassVar[str]
    """What the files are called in a sentence."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        named = f"{self.files_are}文件或目录；不写则核对全部{self.files_are}"
        parser.add_argument("files", nargs="*", metavar="FILE", help=named)
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")
        written = f"把{self.files_are}文件的结构写入 schema.json 后退出"
        parser.add_argument("--write-shape", action="store_true", help=written)

    def shape(self) -> JsonSchema:
        raise NotImplementedError

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        """Fill the report of one file, Refused if it is not valid; False if the file is none of this kind."""
        raise NotImplementedError

    @property
    def home(self) -> Path:
        return Path(settings.POLICIES_DIR) / self.folder

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write_shape"]:
            (self.home / "schema.json").write_text(shape_text(self.shape()), encoding="utf-8")
            return
        chosen = chosen_files(options["files"] or [str(self.home)])
        reports = [report for path in chosen if (report := self._report(path, chosen)) is not None]
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

    def _report(self, path: Path, chosen: list[Path]) -> FileReport | None:
        report = FileReport(_printable(str(path)))
        try:
            return report if self.examine(path, report, chosen) else None
        except Refused as refusal:
            report.problems = refusal.problems
        return report

    def _print(self, reports: Iterable[FileReport]) -> None:
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
            self.stdout.write(f"没有可核对的{self.files_are}文件。请给出 .yaml 文件或含有它们的目录")


def shape_text(shape: JsonSchema) -> str:
    """A JSON Schema as it stands in a `schema.json` beside the files."""
    return json.dumps(shape, ensure_ascii=False, indent=2) + "\n"


def chosen_files(named: list[str]) -> list[Path]:
    """The files named, and those of each directory named but `_...`; a directory that holds none stands for itself."""
    paths = [Path(name) for name in named]
    return [file for path in paths for file in ((_files_in(path) if is_directory(path) else []) or [path])]


def is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder closed to us: reading the file says so, in words
        return False


def _files_in(directory: Path) -> list[Path]:
    try:
        return yaml_files(directory)
    except OSError:  # as above
        return []


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
