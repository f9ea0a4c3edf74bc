"""From a scorecard file to `Scorecard`: read strictly, compare with the shape, check the meaning. All faults at once, each
with its place and line. Pure but for reading the file it is given.

A number keeps its digits: with or without quotes it is text until `building` makes an exact decimal of it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.shapes import placed, shape_problems
from kernel.strict_yaml import Bare, Written, read_file, read_text
from valuation.building import scorecard_of
from valuation.meaning import meaning_problems
from valuation.shape import DESCRIBING, scorecard_shape
from valuation.short_form import completed, is_short
from valuation.short_shape import short_shape
from valuation.terms import Scorecard


def load_scorecard(path_or_text: Path | str, short_form: Path | None = None) -> Scorecard:
    """One scorecard from a file (Path) or from YAML text (str); Refused with every fault, each with place and line.

    With `short_form` (`policies/scorecards/_short_form.yaml`) the short form is read too.
    """
    return scorecard_from(sound_document(path_or_text, short_form))


def scorecard_from(document: Mapping[str, Any]) -> Scorecard:
    """The card of plain values that were found sound before, by this door: a stored version, its text put away as JSON."""
    return scorecard_of(document, digest_of(document))


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of what the document says, whatever its spacing, comments and order of keys."""
    said = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def sound_document(path_or_text: Path | str, short_form: Path | None = None) -> Mapping[str, Any]:
    """The plain values of a file that has no fault; of a short form those of the full document that it stands for."""
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    document = plain_values(written.values)
    if not isinstance(document, dict):
        raise Refused(Problem("文件", "内容不是映射", "第一层写 id、title、indicators 等键", "not_a_map"))
    if is_short(document):
        return _whole(document, written, short_form)
    problems = shape_problems(document, scorecard_shape, DESCRIBING)
    problems += meaning_problems(document)
    refuse_if_any(placed(problem, written) for problem in dict.fromkeys(problems))
    return document


def in_short_form(path: Path) -> bool:
    """Whether a sound file is written in the short form."""
    return is_short(plain_values(read_file(path).values))


def _whole(short: Mapping[str, Any], written: Written, short_form: Path | None) -> Mapping[str, Any]:
    """The full document of a short one. What is stored stands for itself: it is never completed from another file."""
    if short_form is None:
        wanted = "用全文：manage.py check_scorecards --full FILE 写出，再写编号、生效日和算例"
        raise Refused(
            Problem("文件", "这是评分卡的简写，有些项取自另一张评分卡，不能存档", wanted, "short_form")
        )
    words = plain_values(read_file(short_form).values)
    made = completed(short, sound_document(short_form.parent / words["takes_from"]), words)
    problems = shape_problems(short, short_shape, DESCRIBING) + made.problems
    told = {problem.where for problem in problems}
    further = [*shape_problems(made.document, scorecard_shape, DESCRIBING), *meaning_problems(made.document)]
    problems += [problem for one in further if (problem := made.placed(one)).where not in told]
    refuse_if_any(placed(problem, written) for problem in dict.fromkeys(problems))
    return made.document


def plain_values(value: object) -> Any:
    """Maps, lists, text, flags and null; what stands without quotes is its text."""
    if isinstance(value, dict):
        return {key: plain_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_values(item) for item in value]
    return value.text if isinstance(value, Bare) else value
