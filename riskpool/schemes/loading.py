"""From a scheme file to `Scheme`: read strictly, compare with the shape, resolve `inherits`, check the meaning.

All faults of one stage come together, each with its place and line. A `Library` is a set of schemes among which
`inherits` is resolved and the version of a day is chosen. Pure but for reading the files it is given.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from kernel.errors import Problem, Refused, in_file, refuse_if_any
from kernel.strict_yaml import Bare, Written, read_file, read_text
from riskpool.schemes.building import scheme_of
from riskpool.schemes.meaning import meaning_problems
from riskpool.schemes.shape import INHERITED, REQUIRED, JsonSchema, scheme_shape
from riskpool.schemes.terms import Scheme

MOST_HINTS = 20
Document = Mapping[str, object]
Find = Callable[[str], Document | None]


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


def scheme_files(directory: Path) -> list[Path]:
    """The scheme files of a directory, in order of name."""
    if not directory.is_dir():
        return []
    return sorted(
        path
        for path in directory.iterdir()
        if path.suffix in (".yaml", ".yml") and not path.name.startswith(("_", ".")) and path.is_file()
    )


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
    shape = shape_problems(values)
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
    return [
        problem for problem in meaning_problems(json.loads(scheme.document)) if problem.level == "warning"
    ]


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
        unsound = shape_problems(parent)
        if unsound:
            found = f"所继承的“{name}”本身无效（{unsound[0]}）"
            return chain, [Problem("inherits", found, "请先改正那个方案", "inherits_invalid")]
        seen.append(name)
        chain.append(parent)
        current = parent
    return chain, []


def _whole_pattern(
    validator: object, pattern: str, instance: object, schema: object
) -> Iterator[ValidationError]:
    """`pattern` over the whole text: Python's `$` would let a line break pass behind a figure."""
    if isinstance(instance, str) and (instance.endswith("\n") or not re.search(pattern, instance)):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _whole_pattern})  # type: ignore[no-untyped-call]


@cache
def _validator(shape: Callable[[], JsonSchema]) -> Draft202012Validator:
    return cast(Draft202012Validator, _Validator(shape()))


def shape_problems(values: Document, shape: Callable[[], JsonSchema] = scheme_shape) -> list[Problem]:
    """Every place where the document departs from the shape, as sentences."""
    found = [problem for error in _validator(shape).iter_errors(values) for problem in _problems_of(error)]
    return list(dict.fromkeys(found))


def _problems_of(error: ValidationError) -> Iterator[Problem]:
    where = _path(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    wanted = str(schema.get("description", "请检查"))
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        names = [name for name in known if name not in ("note", "article", "title")]
        wanted = f"可用的键：{'、'.join(names)}"
        strange = [k for k in error.instance if k not in known and not (patterns and str(k).startswith("x-"))]
        for key in strange:
            place = f"{where}.{key[:80]}" if where else str(key)[:80]
            near = get_close_matches(str(key)[:80], names, 1) if len(strange) <= MOST_HINTS else []
            hint = f"是不是想写 {near[0]}？" if near and near[0][0] == key[0] else ""
            yield Problem(place, "不认识的键", hint + wanted, "unknown_key")
    elif error.validator == "required":
        for key in cast("list[str]", error.validator_value):
            if key not in cast("Mapping[str, object]", error.instance):
                yield Problem(f"{where}.{key}" if where else key, "没有写", wanted, "required")
    elif "propertyNames" in error.absolute_schema_path:
        yield Problem(f"{where}.{error.instance}", f"“{error.instance}”不是指标名", wanted, "metric_name")
    else:
        yield Problem(where or "文件", _shown(error.instance), wanted, str(error.validator))


def _path(parts: object) -> str:
    text = ""
    for part in list(parts):  # type: ignore[call-overload]
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _shown(instance: object) -> str:
    match instance:
        case str():
            return f"“{instance[:80]}”".replace("\n", "⏎") if instance else "是空的"
        case Bare():
            return str(instance)
        case None:
            return "是空的"
        case bool():
            return f"没有加引号的 {str(instance).lower()}"
        case list():
            return f"是{len(instance)}项的列表"
        case dict():
            return "是映射（" + "、".join(list(instance)[:6]) + "）" if instance else "是空的映射"
    return str(instance)


def with_lines(problems: list[Problem], written: Written, document: Document) -> list[Problem]:
    """Each place with its line in the file, or the remark that it was inherited."""
    placed = []
    for problem in problems:
        top = problem.where.partition(".")[0].partition("[")[0]
        line = written.line_of(problem.where)
        if isinstance(written.values, dict) and top in document and top not in written.values:
            placed.append(replace(problem, where=f"{problem.where}（继承自 {document.get('inherits')}）"))
        else:
            placed.append(replace(problem, where=f"{problem.where}（第{line}行）" if line else problem.where))
    return placed
