"""What the engine answers: status, amounts by line, reasons, what is missing or waited for, limits, and the working.

Everything goes into plain JSON values; amounts there are yuan with two decimals, exact figures are fractions as text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any

from finance.subsidies.facts import Case, as_plain
from finance.subsidies.rates import Reader, Row, Series, Waiting
from finance.subsidies.terms import COUNT_ENDING, Policy
from finance.subsidies.words import fact_name
from finance.subsidies.working import Step, sentences, steps_of
from kernel.money import yuan_text

Plain = dict[str, Any]


class Status(Enum):
    """The four answers; neither *unknown* nor *pending* is a no."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"
    PENDING = "pending"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Reason:
    """Why not: the key that tests use, the policy's own words, the facts it looked at with what was found, the article."""

    key: str
    condition: str
    text: str
    line: str = ""
    found: tuple[tuple[str, Any], ...] = ()
    ref: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class LineResult:
    """One claimed line. `raw` is exact fen before bounds; bounded, capped, paid as in 7.8; `bound_by` is what cut it.

    `granted_fen` is the officer's figure under a ceiling; `wants_figure` says that one is still to be entered.
    """

    id: str
    payee: str
    state: str
    raw: Fraction = Fraction(0)
    bounded_fen: int = 0
    capped_fen: int = 0
    granted_fen: int | None = None
    paid_fen: int = 0
    discretion: str = ""
    bound_by: tuple[str, ...] = ()
    wants_figure: bool = False
    once_per: str = ""

    @property
    def in_benefits(self) -> bool:
        return self.state in ("paid", "refused")


@dataclass(frozen=True)
class LimitTaken:
    """A limit as it stood for this application: what was used before it, what it took; None is no maximum."""

    id: str
    scope: tuple[str, ...]
    window: str
    window_key: str
    most_fen: int | None
    used_fen: int
    taken_fen: int
    cut_fen: int = 0


@dataclass(frozen=True)
class Missing:
    """A fact or a key of the application that nobody stated, by its Chinese name, and where it is needed."""

    path: str
    needed_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return fact_name(self.path)


@dataclass(frozen=True)
class Assumption:
    """Something not in the text that the result rests on: where it stands, and the words, or the fact that was filled in."""

    where: str
    words: str


@dataclass(frozen=True)
class NotComputable:
    """A line whose amount cannot be worked out, with its conditions in the policy's own words."""

    line: str
    payee: str
    conditions: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Given:
    """What replays a result: the policy's text, the case, the rates that were read, what was used before it."""

    policy: Policy
    case: Case
    series: Series
    used: Mapping[str, int]
    reader: Reader

    def plain(self) -> Plain:
        reader = self.reader
        rows = self.series.needed_for(reader.rows.values(), reader.asked, self.case.evaluated_on)
        return {
            "policy": self.policy.document,
            "case": self.case.plain(),
            "rows": [row.plain() for row in rows],
            "used": {
                key: str(used) if key.endswith(COUNT_ENDING) else yuan_text(used)
                for key, used in self.used.items()
            },
        }


@dataclass(frozen=True)
class Result:
    """The answer of one policy to one application."""

    policy: str
    status: Status
    lines: tuple[LineResult, ...] = ()
    keys: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    lost: tuple[Reason, ...] = ()
    missing: tuple[Missing, ...] = ()
    waits_for: tuple[Waiting, ...] = ()
    limits: tuple[LimitTaken, ...] = ()
    parameters: tuple[Row, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    not_computable: tuple[NotComputable, ...] = ()
    legal_status: str = ""
    trace: tuple[tuple[str, str, Mapping[str, Any]], ...] = field(default=(), repr=False, compare=False)
    given: Given | None = field(default=None, repr=False, compare=False)

    @property
    def total_fen(self) -> int:
        return sum(line.paid_fen for line in self.lines if line.in_benefits)

    @property
    def wants_figures(self) -> tuple[str, ...]:
        """The lines under a ceiling that still want an officer's figure."""
        return tuple(line.id for line in self.lines if line.wants_figure)

    @property
    def needs_release(self) -> bool:
        """Computed, but paid only after a release by hand."""
        return bool(self.legal_status)

    @cached_property
    def working(self) -> tuple[Step, ...]:
        return steps_of(self.trace, _articles(self.given.policy) if self.given else {})

    @property
    def sentences(self) -> list[str]:
        return sentences(self.working)

    def sentences_of(self, line_id: str) -> list[str]:
        """The working of one line alone."""
        return sentences(step for step in self.working if step.line == line_id)

    def line(self, line_id: str) -> LineResult | None:
        return next((line for line in self.lines if line.id == line_id), None)

    def as_expected(self) -> Plain:
        """The result in the words of `expect` (7.12): only what belongs there."""
        expected: Plain = {"status": self.status.value}
        if self.status in (Status.ELIGIBLE, Status.INELIGIBLE):
            expected["total"] = yuan_text(self.total_fen)
        expected["benefits"] = {line.id: yuan_text(line.paid_fen) for line in self.lines if line.in_benefits}
        expected["reasons"] = list(self.keys)
        return expected

    def plain(self) -> Plain:
        """All of it for JSON, with what replays it."""
        assert self.given is not None
        return {**self.answer(), "given": self.given.plain()}

    def answer(self) -> Plain:
        """All of it for JSON but what replays it."""
        return {
            "policy": self.policy,
            "status": self.status.value,
            "total": yuan_text(self.total_fen),
            "lines": [_line_plain(line) for line in self.lines],
            "keys": list(self.keys),
            "reasons": [_reason_plain(reason) for reason in self.reasons],
            "lost": [_reason_plain(reason) for reason in self.lost],
            "missing": [
                {"path": each.path, "name": each.name, "needed_by": list(each.needed_by)}
                for each in self.missing
            ],
            "waits_for": [wait.plain() | {"words": str(wait)} for wait in self.waits_for],
            "limits": [_limit_plain(limit) for limit in self.limits],
            "parameters": [row.plain() for row in self.parameters],
            "assumptions": [asdict(each) for each in self.assumptions],
            "not_computable": [
                {**asdict(each), "conditions": list(each.conditions)} for each in self.not_computable
            ],
            "legal_status": self.legal_status,
            "working": [step.plain() for step in self.working],
        }


def _articles(policy: Policy) -> dict[str, str]:
    articles = {line.id: line.remarks.ref for line in policy.lines}
    return articles | {limit.id: limit.remarks.ref for limit in policy.limits}


def _line_plain(line: LineResult) -> Plain:
    return {
        "id": line.id,
        "payee": line.payee,
        "state": line.state,
        "raw": str(line.raw),
        "bounded": yuan_text(line.bounded_fen),
        "capped": yuan_text(line.capped_fen),
        "granted": None if line.granted_fen is None else yuan_text(line.granted_fen),
        "paid": yuan_text(line.paid_fen),
        "discretion": line.discretion,
        "bound_by": list(line.bound_by),
        "wants_figure": line.wants_figure,
        "once_per": line.once_per,
    }


def _reason_plain(reason: Reason) -> Plain:
    return {
        **asdict(reason),
        "found": [{"path": path, "value": as_plain(value)} for path, value in reason.found],
    }


def _limit_plain(limit: LimitTaken) -> Plain:
    return {
        "id": limit.id,
        "scope": list(limit.scope),
        "window": limit.window,
        "window_key": limit.window_key,
        "max": None if limit.most_fen is None else yuan_text(limit.most_fen),
        "used": yuan_text(limit.used_fen),
        "taken": yuan_text(limit.taken_fen),
        "cut": yuan_text(limit.cut_fen),
    }
