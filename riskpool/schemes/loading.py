"""From a scheme file to `Scheme`: read strictly, compare with the shape, resolve `inherits`, check the meaning.

All faults of one stage come together, each with its place and line. A `Library` is a set of schemes among which
`inherits` is resolved and the version of a day is chosen. Pure but for reading the files it is given.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from kernel.errors import Problem, Refused, in_file, refuse_if_any
from kernel.shapes import placed, shape_problems, yaml_files
from kernel.strict_yaml import Written, read_file, read_text
from riskpool.schemes.building import scheme_of
from riskpool.schemes.doubts import doubts
from riskpool.schemes.meaning import meaning_problems
from riskpool.schemes.shape import INHERITED, REQUIRED, scheme_shape
from riskpool.schemes.terms import Scheme

Document = Mapping[str, object]
Find = Callable[[str], Document | None]
scheme_files = yaml_files


@dataclass(frozen=True)
class Library:
    """Schemes by id."""

    schemes: Mapping[str, Scheme] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Scheme]:
        return iter(self.schemes.values())

    def document(self, scheme_id: str) -> Document | None:
        """The resolved text of a scheme, for one that inherits from it."""
        scheme = self.schemes.get(scheme_id)
        return json.loads(scheme.document) if scheme else None


def load_scheme(path_or_text: Path | str, library: Library | None = None) -> Scheme:
    """One scheme from a file (Path) or from YAML text (str); `inherits` is looked up in the library.

    Refused with every fault of shape, or else every fault of meaning, each `path（第N行）：found。wanted`.
    """
    written = read_file(path_or_text) if isinstance(path_or_text, Path) else read_text(path_or_text)
    return scheme_of(resolved(written, (library or Library()).document))


def load_library(directory: Path) -> Library:
    """All schemes of a directory: its `.yaml` files but those whose name begins with `_`; all faults together."""
    problems: list[Problem] = []
    documents: dict[str, tuple[Path, Written]] = {}
    for path in scheme_files(directory):
        try:
            written = read_file(path)
        except Refused as refusal:
            problems.extend(in_file(path.name, refusal.problems))
            continue
        scheme_id = id_of(written.values)
        if scheme_id in documents:
            other = documents[scheme_id][0].name
            problems.append(
                Problem(
                    f"{path.name} id", f"“{scheme_id}”与 {other} 重复", "每个方案用不同的编号", "duplicate"
                )
            )
            continue
        documents[scheme_id] = (path, written)

    def find(scheme_id: str) -> Document | None:
        values = documents[scheme_id][1].values if scheme_id in documents else None
        return values if isinstance(values, dict) else None

    schemes: dict[str, Scheme] = {}
    for scheme_id, (path, written) in documents.items():
        try:
            schemes[scheme_id] = scheme_of(resolved(written, find))
        except Refused as refusal:
            problems.extend(in_file(path.name, refusal.problems))
    refuse_if_any(problems)
    return Library(schemes)


def finder(directories: Iterable[Path], files: Iterable[Path] = ()) -> Find:
    """Looks up an inherited scheme by its id in these files, then in the files of these directories, in order.

    Broken neighbours are passed over. The file that bears the id as its name is tried first, so that nothing else need
    be read.
    """
    places, first = list(dict.fromkeys(directories)), list(dict.fromkeys(files))

    def find(scheme_id: str) -> Document | None:
        paths = [*first, *(path for place in places for path in scheme_files(place))]
        for path in sorted(paths, key=lambda path: path.stem != scheme_id):
            try:
                values = read_file(path).values
            except Refused:
                continue
            if isinstance(values, dict) and id_of(values) == scheme_id:
                return values
        return None

    return find


def id_of(values: object) -> str:
    """The id a document states, or an empty text."""
    stated = values.get("id") if isinstance(values, dict) else None
    return stated if isinstance(stated, str) else ""


def version_on(library: Library, family: str, day: date) -> Scheme | None:
    """The version of a scheme in force on the loan's date; None if there is none.

    First and last day are both included. Where an old version and one that supersedes it (directly or through others,
    by id or by number of document) are both valid, the newer is used. Refused: two versions valid on one day of which
    neither supersedes the other, for then the files do not say what to pay.
    """
    valid = [scheme for scheme in library if scheme.family == family and scheme.valid_on(day)]
    replaced = {old for scheme in valid for old in replaced_by(scheme, library)}
    left = [scheme for scheme in valid if scheme.id not in replaced]
    if valid and not left:
        ids = "、".join(sorted(scheme.id for scheme in valid))
        found = f"{day} 有效的版本互相取代：{ids}"
        raise Refused(Problem(family, found, "去掉其中一处 supersedes", "supersedes_circle"))
    if len(left) > 1:
        ids = "、".join(sorted(scheme.id for scheme in left))
        wanted = "请以 supersedes 或 valid_to 写明哪一个被取代"
        raise Refused(Problem(family, f"{day} 有几个版本同时有效：{ids}", wanted, "two_versions"))
    return left[0] if left else None


def replaced_by(scheme: Scheme, library: Library) -> set[str]:
    """The ids of all in the library that a scheme replaces, also through others; never itself."""
    found: set[str] = set()
    waiting = [scheme]
    while waiting:
        target = waiting.pop().supersedes
        for other in library:
            if target and target in (other.id, other.doc_no) and other.id not in found | {scheme.id}:
                found.add(other.id)
                waiting.append(other)
    return found


def resolved(written: Written, find: Find) -> Document:
    """The document with its inherited keys in place, checked for shape and meaning; Refused with all faults."""
    values = written.values
    if not isinstance(values, dict):
        raise Refused(Problem("文件", "内容不是映射", "第一层写 id、lender、parties 等键", "not_a_map"))
    shape = shape_problems(values, scheme_shape)
    parents, faults = _ancestors(values, find)
    document = dict(values)
    for parent in parents:
        document |= {key: parent[key] for key in INHERITED if key in parent and key not in document}
    faults += [
        Problem(key, "没有写，也没有继承到", "写明这一项", "required")
        for key in REQUIRED
        if "inherits" in values and not faults and key not in document
    ]
    problems = list(dict.fromkeys([*shape, *faults, *meaning_problems(document)]))
    errors = [problem for problem in problems if problem.level == "error"]
    refuse_if_any(with_lines(errors, written, document))
    return document


def warnings_of(scheme: Scheme) -> list[Problem]:
    """What is worth a look in a valid scheme: steps that can never act, no source, no example."""
    of_meaning = meaning_problems(json.loads(scheme.document))
    return [*(problem for problem in of_meaning if problem.level == "warning"), *doubts(scheme)]


def _ancestors(values: Document, find: Find) -> tuple[list[Document], list[Problem]]:
    """The documents inherited from, nearest first, each of sound shape."""
    chain: list[Document] = []
    seen = [id_of(values)]
    current: Document = values
    while isinstance(current.get("inherits"), str):
        name = str(current["inherits"])
        if name in seen:
            found = "继承成了圈：" + " → ".join([*seen, name])
            return chain, [Problem("inherits", found, "去掉其中一处 inherits", "inherits_cycle")]
        parent = find(name)
        if parent is None:
            wanted = "请把它的文件放在同一目录，或检查编号"
            return chain, [Problem("inherits", f"找不到方案“{name}”", wanted, "inherits_unknown")]
        unsound = shape_problems(parent, scheme_shape)
        if unsound:
            found = f"所继承的“{name}”本身无效（{unsound[0]}）"
            return chain, [Problem("inherits", found, "请先改正那个方案", "inherits_invalid")]
        seen.append(name)
        chain.append(parent)
        current = parent
    return chain, []


def with_lines(problems: list[Problem], written: Written, document: Document) -> list[Problem]:
    """Each place with its line in the file, or the remark that it was inherited."""
    own = written.values if isinstance(written.values, dict) else document
    inherited = set(document) - set(own)
    return [
        replace(problem, where=f"{problem.where}（继承自 {document.get('inherits')}）")
        if re.split(r"[.\[]", problem.where, maxsplit=1)[0] in inherited
        else placed(problem, written)
        for problem in problems
    ]
