"""What the pages of docs/ and the README name is there: files, commands, constraints, triggers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
ROOMS = ("config", "kernel", "finance", "riskpool", "valuation", "portal", "bin", "tests")
NAMED = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def source() -> str:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.name != Path(__file__).name)


def words(page: Path) -> set[str]:
    """Everything that stands between single backticks."""
    return set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text(encoding="utf-8")))


@NAMED
def test_every_sentence_that_names_a_constraint_or_trigger_stands_in_the_source(page, source):
    sentences = {word for word in words(page) if re.fullmatch(r"[a-z]+(_[a-z]+){2,}", word)}
    assert {word for word in sentences if word not in source} == set()


@NAMED
def test_every_file_that_is_named_is_there(page):
    text = page.read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    missing = {link for link in links if not (page.parent / link).exists() and not link.endswith(".png")}
    rooms = "bin|docs|policies|tests|static|templates|benchmarks|config|kernel|finance|riskpool|portal"
    named = {word for word in words(page) if re.fullmatch(rf"({rooms})/[\w./@-]+|\w+/test_\w+\.py", word)}
    assert (
        missing | {word for word in named if not any((top / word).exists() for top in (ROOT, ROOT / "tests"))}
        == set()
    )


@NAMED
def test_every_command_that_is_named_is_there(page):
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8")))
    assert named - set(get_commands()) == set()


def test_the_pages_were_found():
    assert len(PAGES) > 12
