"""`manage.py check_schemes FILE...`: load each scheme file and run its worked examples. Needs no database.

Files of `kind: volume_subsidy`, one map or a list of them, are checked by their own rules in the same way.
"""

from pathlib import Path

from kernel.checking import CheckFiles, FileReport, is_directory
from kernel.shapes import JsonSchema
from kernel.strict_yaml import Written, read_file
from riskpool.schemes.building import scheme_of
from riskpool.schemes.examples import run_examples
from riskpool.schemes.loading import Find, finder, id_of, resolved, warnings_of
from riskpool.schemes.shape import scheme_shape
from riskpool.schemes.volume import is_volume, run_volume_examples, volume_schemes


class Command(CheckFiles):
    help = "核对损失分担方案文件：结构、含义和算例。退出码：0 全部符合，1 有算例不符，2 有文件无效。"
    folder = "schemes"
    files_are = "方案"

    def shape(self) -> JsonSchema:
        return scheme_shape()

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        """False for a `_...` file that states no scheme but describes others.

        What a scheme inherits is looked up in the files checked together, in its own folder, and in that of the house.
        """
        written = read_file(path)
        report.id = id_of(written.values)
        if path.name.startswith("_") and isinstance(written.values, dict) and "id" not in written.values:
            return False
        directories = [place for place in (path.parent, self.home) if is_directory(place)]
        _check_values(written, finder(directories, (other for other in chosen if other != path)), report)
        return True


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
