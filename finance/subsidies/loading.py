"""From a subsidy file to `Policy`: read strictly, compare with the shape, check the meaning (7.1). All faults at once,
each with its place and line. Pure but for reading the files it is given.

Days and integers may stand without quotes; a number with a fraction may not, wherever it stands: unquoted it would have
been a float.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finance.subsidies.building import policy_of
from finance.subsidies.doubts import doubts
from finance.subsidies.facts import day_of
from finance.subsidies.incomplete import Incomplete, load_incomplete
from finance.subsidies.meaning import meaning_problems
from finance.subsidies.shape import DESCRIBING, subsidy_shape
from finance.subsidies.terms import Policy
from kernel.errors import Problem, Refused, in_file, refuse_if_any
from kernel.shapes import placed, shape_problems, yaml_files
from kernel.strict_yaml import Bare, Written, read_file, read_text

INCOMPLETE_FILE = "_known_incomplete.yaml"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,29})", re.ASCII)
_WANT_QUOTES = "数字写成整数，或加引号的小数，例如 '0.60'"


@dataclass(frozen=True)
class Library:
    """Policies by id, and what is known of others that can yield no amount."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    incomplete: tuple[Incomplete, ...] = ()

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.policies.values())

    def __getitem__(self, policy_id: str) -> Policy:
        return self.policies[policy_id]

    def __len__(self) -> int:
        return len(self.policies)

    def offered(self) -> Iterator[Policy]:
        """The policies that may be offered to anybody: not those marked `load: never`."""
        return (policy for policy in self if policy.offered)


def load_policy(path_or_text: Path | str) -> Policy:
    """One policy from a file (Path) or from YAML text (str); Refused with every fault, each with place and line."""
    return policy_of(sound_document(path_or_text))


def load_library(directory: Path) -> Library:
    """All policies of a directory: its `.yaml` files but those whose name begins with `_`; all faults together."""
    problems: list[Problem] = []
    policies: dict[str, Policy] = {}
    for path in yaml_files(directory):
        try:
            policy = load_policy(path)
        except Refused as refusal:
            problems.extend(in_file(path.name, refusal.problems))
            continue
        if policy.id in policies:
            found = f"“{policy.id}”与另一文件重复"
            problems.append(Problem(f"{path.name} policy.id", found, "每个政策用不同的编号", "duplicate"))
        policies[policy.id] = policy
    incomplete: tuple[Incomplete, ...] = ()
    if (directory / INCOMPLETE_FILE).is_file():
        try:
            incomplete = load_incomplete(directory / INCOMPLETE_FILE)
        except Refused as refusal:
            problems.extend(in_file(INCOMPLETE_FILE, refusal.problems))
    refuse_if_any(problems)
    return Library(policies, incomplete)


def sound_document(path_or_text: Path | str) -> Mapping[str, Any]:
    """The plain values of a file that has no fault."""
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    document, problems = plain_values(written)
    if not isinstance(document, dict):
        raise Refused(Problem("文件", "内容不是映射", "第一层写 policy，以及 tests 等键", "not_a_map"))
    try:
        told = {problem.where for problem in problems}  # what stands there in the document is a stand-in
        found = (*shape_problems(document, subsidy_shape, DESCRIBING), *meaning_problems(document))
        problems += [problem for problem in found if problem.where not in told]
    except RecursionError:  # within what the reader allows, but we may stand deep in other calls
        problems.append(Problem("文件", "嵌套太深", "请拆开书写", "yaml"))
    refuse_if_any(placed(problem, written) for problem in dict.fromkeys(problems) if problem.level == "error")
    return document


def warnings_of_document(document: Mapping[str, Any]) -> list[Problem]:
    """What is worth a look in a sound file: no source, no example, a limit without a number, a fact nearly known."""
    warnings = [problem for problem in meaning_problems(document) if problem.level == "warning"]
    return [*warnings, *doubts(document["policy"])]


def plain_values(written: Written) -> tuple[Any, list[Problem]]:
    """The values with bare integers as numbers and bare days as text; every other number without quotes is a fault."""
    problems: list[Problem] = []
    return _plain(written.values, "", problems), problems


def _plain(value: object, where: str, problems: list[Problem]) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(item, f"{where}.{key}" if where else key, problems) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_plain(item, f"{where}[{place}]", problems) for place, item in enumerate(value)]
    if not isinstance(value, Bare):
        return value
    if value.kind == "日期":
        if day_of(value.text) is None:
            problems.append(Problem(where, f"{value.text} 不是真实的日期", "写成 YYYY-MM-DD", "date"))
        return value.text
    if not _INTEGER.fullmatch(value.text):
        problems.append(Problem(where, str(value), _WANT_QUOTES, "float"))
        return "0"
    return int(value.text)
