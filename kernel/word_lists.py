"""Files of words in another language: one entry a text, what is written: the same in the other language.

What a policy file says, what was decided, what a person typed is kept in the words it was written with; a page shows beside
it what such a file has for it. Pure but for reading the file, once a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.strict_yaml import read_file


@cache
def entries_of(path: Path) -> Mapping[str, str]:
    """The entries of a file: a text -> the same in the other language. Refused with every fault of the file."""
    written = read_file(path)
    if not isinstance(written.values, dict):
        raise Refused(Problem(path.name, "内容不是映射", "每行写成 原文: 译文", "not_a_map"))
    refuse_if_any(
        Problem(
            f"{path.name} 第{written.lines[text]}行",
            f"“{text[:40]}”没有译文",
            "写一句译文，加引号",
            "no_words",
        )
        for text, other in written.values.items()
        if not isinstance(other, str) or not other.strip()
    )
    return written.values
