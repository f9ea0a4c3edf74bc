"""Files written by people, compared with a JSON Schema, each departure told as a sentence with its place and line.

The shape's `description` at the place is what the person reads under "wanted". The small helpers (`text`, `choice`,
`list_of`, `map_of`, `ref`) write such shapes so that no place is left without one. Pure; knows no kind of file.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from kernel.errors import Problem
from kernel.strict_yaml import Bare, Written

JsonSchema = dict[str, "object"]
Document = Mapping[str, object]
MOST_HINTS = 20
DESCRIBING = ("note", "article", "title")


def text(description: str, **limits: object) -> JsonSchema:
    return {"type": "string", "minLength": 1, "description": description, **limits}


def choice(description: str, *values: str) -> JsonSchema:
    return {
        "type": "string",
        "enum": list(values),
        "description": f"{description}，只能是：{'、'.join(values)}",
    }


def list_of(items: JsonSchema, description: str, fewest: int = 0) -> JsonSchema:
    return {"type": "array", "items": items, "minItems": fewest, "description": description}


def map_of(properties: JsonSchema, required: tuple[str, ...], description: str) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "description": description,
    }


def ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def yaml_files(directory: Path) -> list[Path]:
    """The `.yaml` files of a directory in order of name, but those whose name begins with `_` or a dot."""
    if not directory.is_dir():
        return []
    return sorted(
        path
        for path in directory.iterdir()
        if path.suffix in (".yaml", ".yml") and not path.name.startswith(("_", ".")) and path.is_file()
    )


def placed(problem: Problem, written: Written) -> Problem:
    """The problem with the line of its place, or of the nearest place above it that is written."""
    line = written.line_of(problem.where)
    return replace(problem, where=f"{problem.where}（第{line}行）") if line else problem


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


def shape_problems(
    values: Document, shape: Callable[[], JsonSchema], describing: tuple[str, ...] = DESCRIBING
) -> list[Problem]:
    """Every place where the document departs from the shape, as sentences; keys that only describe are not offered."""
    told: dict[
        tuple[str, str, str], Problem
    ] = {}  # a value of another kind is not among the choices either: one sentence
    for error in _validator(shape).iter_errors(values):
        for problem in _problems_of(error, describing):
            told.setdefault((problem.where, problem.found, problem.wanted), problem)
    return list(told.values())


def _problems_of(error: ValidationError, describing: tuple[str, ...]) -> Iterator[Problem]:
    where = _path(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    wanted = str(schema.get("description", "请检查"))
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        needed = schema.get("dependentRequired", {})
        names = [name for name in known if name not in describing or name in needed]
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
        kind = schema.get("title", "指标名")
        yield Problem(f"{where}.{error.instance}", f"“{error.instance}”不是{kind}", wanted, "metric_name")
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
