"""What is wrong, told to a person: a `Problem`; all that is wrong at once: `Refused`.

A person's errors are collected and raised together, so that one correction mends everything. A programmer's
error is never a Problem: it is an assertion or a TypeError. This file knows no domain and no Django.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One fault: where it stands, what was found there, what is wanted instead, in plain Chinese.

    `code` is for machines (a report's JSON, a test); a warning is shown but stops nothing.

    >>> str(Problem("第17行 到期日", "2024-02-30 不是有效日期", "请按 YYYY-MM-DD 填写"))
    '第17行 到期日：2024-02-30 不是有效日期。请按 YYYY-MM-DD 填写'
    """

    where: str
    found: str
    wanted: str
    code: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        place = f"{self.where}：" if self.where else ""
        return f"{place}{self.found.rstrip('。')}。{self.wanted}"


class Refused(Exception):
    """An act that was not done, with every reason. Nothing has been half-written when it is raised.

    >>> raise Refused(Problem("金额", "为空", "请填写金额"))
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: 金额：为空。请填写金额
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        assert self.problems, "a refusal without a reason"
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def in_file(name: str, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, each with the file's name before its place.

    >>> in_file("a.yaml", [Problem("id", "缺少", "请填写")])[0].where
    'a.yaml id'
    """
    return [replace(problem, where=f"{name} {problem.where}".rstrip()) for problem in problems]


def refuse_if_any(problems: Iterable[Problem]) -> None:
    """Raise all of `problems` together if one of them is an error; warnings alone stop nothing."""
    found = tuple(problems)
    if any(problem.level == "error" for problem in found):
        raise Refused(found)
