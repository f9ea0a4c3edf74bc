"""The content of a row apart from how it was written: a canonical form, its digest, and what changed.

The same row filed again must be known as the same, and another one under the same number shown field by
field.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import yuan_text
from kernel.sheets.columns import Form
from kernel.sheets.figures import Amount, Day, Percent, shortest_decimal

Plain = str | int | bool | None | list[Any]


def plain_value(value: Any) -> Plain:
    """A value as JSON can hold it without loss: dates and decimals as text, tuples as lists, fen as int.

    >>> plain_value(Decimal("3.850")), plain_value(date(2026, 6, 19)), plain_value(("甲", "乙"))
    ('3.85', '2026-06-19', ['甲', '乙'])
    """
    if isinstance(value, Decimal):
        return shortest_decimal(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain_value(one) for one in value]
    assert value is None or isinstance(value, str | int), f"a value of a row cannot be {type(value).__name__}"
    return value


def plain_values(values: Mapping[str, Any]) -> dict[str, Plain]:
    """All values of a row as JSON can hold them, without the blank ones."""
    return {key: plain_value(value) for key, value in values.items() if value is not None}


def restored_values(form: Form, plain: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `plain_values`, by the form's columns; blank columns come back as None."""
    restored: dict[str, Any] = {}
    for column in form.columns:
        value = plain.get(column.key)
        grammar = column.reader("")
        if value is not None and isinstance(grammar, Day):
            value = date.fromisoformat(value)
        elif value is not None and isinstance(grammar, Percent):
            value = Decimal(value)
        elif isinstance(value, list):
            value = tuple(value)
        restored[column.key] = value
    return restored


def row_digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of a row's canonical content: order of columns and ways of writing do not matter.

    >>> row_digest({"a": Decimal("3.850"), "b": None}) == row_digest({"a": Decimal("3.85")})
    True
    """
    text = json.dumps(plain_values(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def changes(form: Form, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(heading, old text, new text) of every column whose content differs."""
    return [
        (
            column.header,
            shown_value(form, column.key, old.get(column.key)),
            shown_value(form, column.key, new.get(column.key)),
        )
        for column in form.columns
        if plain_value(old.get(column.key)) != plain_value(new.get(column.key))
    ]


def shown_value(form: Form, key: str, value: Any) -> str:
    """A value as a person reads it; amounts in 元 with two decimals, whatever the file's unit was."""
    if value is None:
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple | list):
        return "；".join(str(one) for one in value)
    if isinstance(form.column(key).reader(""), Amount):
        return f"{yuan_text(value, grouped=True)} 元"
    if isinstance(form.column(key).reader(""), Percent):
        return f"{shortest_decimal(value)}%"
    return str(plain_value(value))
