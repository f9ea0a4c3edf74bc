"""The glossary has a line for every model and every choice of ours, and for nothing else."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from django.apps import apps
from django.db import models
from django.utils import translation

ROOMS = ("kernel.", "finance.", "riskpool.", "valuation.", "valuation", "portal")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"


def lines() -> list[list[str]]:
    """The cells of every line of every table."""
    rows = re.findall(r"^\| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [row.split(" | ") for row in rows]
    return [row for row in cells if row[0] not in ("中文", "---")]


def in_code() -> dict[str, str]:
    """Identifier as the glossary writes it -> Chinese label of a choice, "" for a model."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        if not model.__module__.startswith(ROOMS):
            continue
        found[model.__name__] = ""
        for name, kind in inspect.getmembers_static(model):  # those of an abstract base too
            if isinstance(kind, type) and issubclass(kind, models.TextChoices):
                with translation.override("zh-hans"):
                    found |= {f"{model.__name__}.{name}.{value}": str(label) for value, label in kind.choices}
    return found


def told() -> dict[str, str]:
    """The same from the tables in code: identifier -> Chinese."""
    return {row[1].strip("`"): row[0] for row in lines() if row[1].startswith("`")}


def test_every_model_and_choice_has_a_line_and_every_line_a_model_or_choice():
    assert sorted(told()) == sorted(in_code())


def test_a_choice_is_called_in_the_glossary_what_people_read():
    words = told()
    assert {name: words[name] for name, label in in_code().items() if label} == {
        name: label for name, label in in_code().items() if label
    }


def test_every_line_is_whole_and_nothing_is_told_twice():
    for row in lines():
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
    identifiers = [row[1] for row in lines()]
    assert len(identifiers) == len(set(identifiers))


def test_there_are_as_many_lines_as_there_are_tables_and_more():
    assert len(in_code()) > 100, "the registry was not read"
    assert len(lines()) > len(in_code()), "the words of the trade are missing"
