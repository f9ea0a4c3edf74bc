"""`manage.py check_subsidies FILE...`: load each subsidy file and run its tests. Needs no database.

What stands beside the policies is told apart: `_model.yaml` (facts that tests take for granted), lists of instruments known
but incomplete, rate series, the names of facts and the Chinese of foreign texts are read and checked and have no tests; a
size standard runs its own.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from finance.parties.sizes import failing_examples, load_standard
from finance.subsidies.building import policy_of
from finance.subsidies.examples import MODEL_FILE, Defaults, load_defaults, run_examples
from finance.subsidies.incomplete import load_incomplete
from finance.subsidies.loading import sound_document
from finance.subsidies.loading import warnings_of_document as warnings_of
from finance.subsidies.rates import Series, load_series
from finance.subsidies.shape import subsidy_shape
from finance.subsidies.words import CHINESE, facts_known
from kernel.checking import CheckFiles, FileReport
from kernel.examples import Difference, ExampleResult
from kernel.shapes import JsonSchema
from kernel.strict_yaml import read_file
from kernel.word_lists import entries_of

RATE_TABLES = {"lpr_1y_5y", "pboc_benchmark_1y"}


def size_examples(path: Path) -> list[ExampleResult]:
    """The tests of a size standard."""
    standard = load_standard(path)
    failing = {one.name: found for one, found in failing_examples(standard)}
    return [
        ExampleResult(
            f"tests[{place}]“{one.name}”", one.name,
            (Difference("expect", one.expect, failing[one.name]),) if one.name in failing else (),
        )
        for place, one in enumerate(standard.examples)
    ]  # fmt: skip


class Command(CheckFiles):
    help = "核对贴息与补助政策文件：结构、含义和算例。退出码：0 全部符合，1 有算例不符，2 有文件无效。"
    folder = "subsidies"
    files_are = "政策"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--series", metavar="FILE", help="利率表；不写则用 policies/series/rates.yaml")

    def shape(self) -> JsonSchema:
        return subsidy_shape()

    def handle(self, *args: Any, **options: Any) -> None:
        rates = options.get("series") or Path(settings.POLICIES_DIR) / "series" / "rates.yaml"
        self.series: Series | None = None
        self.rates = Path(rates)
        super().handle(*args, **options)

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        written = read_file(path).values
        if isinstance(written, list):
            load_incomplete(path)
            return True
        if isinstance(written, dict) and "policy" not in written:
            if "fact_defaults" in written:
                load_defaults(path)
                return True
            if "sme_standard" in written:
                report.examples = size_examples(path)
                return True
            if set(written) & RATE_TABLES:
                load_series(path)
                return True
            if path.name == CHINESE.name:
                entries_of(path)
                return True
            if path.name.startswith("_"):
                facts_known(path)
                return True
        document = sound_document(path)
        policy = policy_of(document)
        report.id = policy.id
        report.warnings = tuple(warnings_of(document))
        if self.series is None:
            self.series = load_series(self.rates)
        report.examples = run_examples(policy, self.series, self._defaults(path))
        return True

    def _defaults(self, path: Path) -> Defaults:
        """Of the model file beside the policy, else of this house's."""
        beside = path.parent / MODEL_FILE
        return load_defaults(beside if beside.is_file() else self.home / MODEL_FILE)
