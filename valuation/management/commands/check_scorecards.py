"""`manage.py check_scorecards FILE...`: load each scorecard and run the hand-worked firms beside it. Needs no database."""

from pathlib import Path

from kernel.checking import CheckFiles, FileReport
from kernel.errors import Problem
from kernel.shapes import JsonSchema
from valuation.examples import CASES, cases_beside, load_cases, run_cases
from valuation.loading import load_scorecard
from valuation.shape import scorecard_shape


class Command(CheckFiles):
    help = "核对评分卡文件：结构、含义和旁边 cases 目录里的算例。退出码：0 全部符合，1 有算例不符，2 有文件无效。"
    folder = "scorecards"
    files_are = "评分卡"

    def shape(self) -> JsonSchema:
        return scorecard_shape()

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        if path.name == "learning.yaml":  # the ladder of what may be fitted; `fit_scorecard` reads it
            return False
        card = load_scorecard(path)
        report.id = card.id
        cases = cases_beside(path, card)
        if cases.is_file():
            report.examples = run_cases(card, load_cases(cases))
        else:
            report.warnings = (
                Problem("", f"没有算例（{CASES}/{cases.name}）", "请为每道门槛和每种缺失写算例", "no_examples", "warning"),
            )  # fmt: skip
        return True
