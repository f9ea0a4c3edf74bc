"""The rule files of registration as the store of versions keeps them: by their digest, so that none changes in use.

The room reads its rules from the files; the store has no say in which of them holds on a day. What it holds is that the
text under a version stays the one that was loaded: files, acts and prechecks name that version, and a replay of an earlier
day reads it. A mended rule is a next version.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from finance.pledges.rules.loading import load_library
from kernel.chinese import in_chinese
from kernel.errors import Problem
from kernel.policystore.actions import Checked, sha256_of
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTRATION = PolicyVersion.Kind.REGISTRATION
SHARED = ("common", "realising")
"""Folders beside the rule books whose files are versions too. Forms of papers are none: what was issued keeps its text."""


def directory() -> Path:
    return settings.POLICIES_DIR / "registration"


def versioned() -> Iterator[Path]:
    """Every file that is a version: `name@year.yaml`."""
    for folder in (directory(), *(directory() / name for name in SHARED)):
        yield from sorted(folder.glob("[!_.]*@*.yaml"))


def shipped() -> Iterator[tuple[Path, Checked]]:
    """The files with what the store keeps of each. Refused: a rule book that cannot be read."""
    books = load_library(directory()).books
    for path in versioned():
        values = read_file(path).values
        book = books.get(path.stem)
        family = path.stem.partition("@")[0]
        title = book.title if book else _title(values, family)
        first = book.valid_from if book else None
        last = book.valid_to if book else None
        yield path, Checked(path.stem, family, title, first, last, "", sha256_of(path.read_text("utf-8")))


def _title(values: object, otherwise: str) -> str:
    title = values.get("title") if isinstance(values, dict) else None
    return title if isinstance(title, str) else otherwise


@in_chinese
def changed_since_loaded() -> list[Problem]:
    """The files whose text is another one than was loaded under their version, and loaded versions without a file.

    Nothing before anything was loaded: a new installation reads them for the first time.
    """
    loaded: Mapping[str, str] = dict(published(REGISTRATION).values_list("version", "sha256"))
    if not loaded:
        return []
    found = {path.stem: path for path in versioned()}
    wanted = "已载入的版本不得改动：请恢复原文件，修改后的规则另立新的编号"
    changed = [
        Problem(f"{name}.yaml", f"内容与载入时不同（载入的摘要 {loaded[name][:12]}）", wanted, "changed")
        for name, path in found.items()
        if name in loaded and sha256_of(path.read_text("utf-8")) != loaded[name]
    ]
    gone = [
        Problem(f"{name}.yaml", "已载入的版本没有文件了", wanted, "gone")
        for name in sorted(set(loaded) - set(found))
    ]
    return changed + gone
