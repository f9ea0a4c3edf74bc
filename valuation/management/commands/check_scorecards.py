"""`manage.py check_scorecards FILE...`: load each scorecard and run the hand-worked firms beside it. Needs no database.

A card in the short form of the reference is completed first; `--full` writes the full form of it.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml

from kernel.checking import NOT_VALID, CheckFiles, FileReport
from kernel.errors import Problem, Refused
from kernel.shapes import JsonSchema
from valuation.examples import CASES, cases_beside, load_cases, run_cases
from valuation.loading import in_short_form, load_scorecard, sound_document
from valuation.shape import scorecard_shape

SHORT_FORM = "_short_form.yaml"


class Command(CheckFiles):
    help = "核对评分卡文件（全文或简写）：结构、含义和旁边 cases 目录里的算例。退出码：0 全部符合，1 算例不符，2 文件无效。"
    folder = "scorecards"
    files_are = "评分卡"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--full", metavar="FILE", help="把一份简写的全文写到标准输出后退出")

    def shape(self) -> JsonSchema:
        return scorecard_shape()

    def handle(self, *args: Any, **options: Any) -> None:
        if options["full"] is None:
            super().handle(*args, **options)
            return
        try:
            document = sound_document(Path(options["full"]), self.home / SHORT_FORM)
        except Refused as refusal:
            for problem in refusal.problems:
                self.stdout.write(f"{options['full']}：{problem}")
            raise SystemExit(NOT_VALID) from None
        self.stdout.write(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=10_000))

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        if path.name == "learning.yaml":  # the ladder of what may be fitted; `fit_scorecard` reads it
            return False
        card = load_scorecard(path, self.home / SHORT_FORM)
        report.id = card.id
        if in_short_form(path):
            found = "这是简写：没有写的各项取自 _short_form.yaml 所指的评分卡，数字的出处一律记作设定"
            wanted = "核对、试算可用；发布用全文（--full），并写编号、生效日和算例"
            report.warnings += (Problem("", found, wanted, "short_form", "warning"),)
        cases = cases_beside(path, card)
        if cases.is_file():
            report.examples = run_cases(card, load_cases(cases))
        else:
            report.warnings += (
                Problem("", f"没有算例（{CASES}/{cases.name}）", "请为每道门槛和每种缺失写算例", "no_examples", "warning"),
            )  # fmt: skip
        return True
