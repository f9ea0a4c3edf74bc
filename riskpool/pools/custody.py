"""The part of a pool's procedure that speaks of its bank accounts: matching, explanations, interest, withdrawal. Pure.

The section `custody` of the file is told in policies/procedures/_model.yaml; a procedure without it has no rules for the
accounts, and what would need them is refused in words, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

DIRECTIONS = ("in", "out")
EFFECTS = ("none", "interest", "fee")


class FigureLike(Protocol):
    """A number with its article and mark, as `procedure.Figure` is."""

    @property
    def value(self) -> Any: ...
    @property
    def whole(self) -> int: ...
    @property
    def article(self) -> str: ...
    @property
    def status(self) -> str: ...


class Reader(Protocol):
    """What this section asks of the reader of the whole file: it collects every fault with its place."""

    def fault(self, where: str, found: str, wanted: str) -> None: ...
    def text(self, holder: Mapping[str, Any], key: str, where: str) -> str: ...
    def map(self, holder: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]: ...
    def list(self, holder: Mapping[str, Any], key: str, where: str = "") -> list[Any]: ...
    def mark(self, holder: Mapping[str, Any], where: str) -> str: ...
    def figure(
        self, holder: Mapping[str, Any], key: str, where: str, *, whole: bool = True
    ) -> FigureLike: ...


@dataclass(frozen=True)
class ExplanationKind:
    """A way in which a line of a statement may be explained: its direction at the bank, and what it does to our books.

    `effect`: none (a known item of the bank that is not the pool's), interest (booked as interest of the source), fee
    (booked as a cost of the source's account).
    """

    kind: str
    title: str
    direction: str
    effect: str
    article: str
    status: str


@dataclass(frozen=True)
class InterestRule:
    """Whether interest of an account stays in the pool, as money of the source whose account bore it."""

    rolls_in: bool
    article: str
    status: str


@dataclass(frozen=True)
class Custody:
    """Days are calendar days; `least_balance` is yuan that must stay in the pool, `most_leverage` exposure over cash."""

    match_window_days: FigureLike
    transit_days: FigureLike
    least_balance: FigureLike
    most_leverage: FigureLike
    interest: InterestRule
    explanations: tuple[ExplanationKind, ...]

    def explanation(self, kind: str) -> ExplanationKind | None:
        """The kind of this name, if the procedure has it."""
        return next((one for one in self.explanations if one.kind == kind), None)


def read_custody(document: Mapping[str, Any], reader: Reader) -> Custody | None:
    """The section of a document, None where it has none; every fault goes to the reader."""
    if "custody" not in document:
        return None
    written = reader.map(document, "custody")
    interest = reader.map(written, "interest", "custody.")
    if not isinstance(interest.get("rolls_in"), bool):
        reader.fault("custody.interest.rolls_in", "缺少或不是是非值", "请填写 true 或 false")
    return Custody(
        match_window_days=reader.figure(written, "match_window_days", "custody."),
        transit_days=reader.figure(written, "transit_days", "custody."),
        least_balance=reader.figure(written, "least_balance", "custody.", whole=False),
        most_leverage=reader.figure(written, "most_leverage", "custody.", whole=False),
        interest=InterestRule(
            interest.get("rolls_in") is True,
            reader.text(interest, "article", "custody.interest."),
            reader.mark(interest, "custody.interest."),
        ),
        explanations=tuple(_explanations(written, reader)),
    )


def _explanations(written: Mapping[str, Any], reader: Reader) -> list[ExplanationKind]:
    found: list[ExplanationKind] = []
    for index, one in enumerate(reader.list(written, "explanations", "custody.")):
        where = f"custody.explanations[{index}]."
        if not isinstance(one, Mapping):
            reader.fault(where, "不是映射", "请写明 kind、title、direction、effect、article、status")
            continue
        direction, effect = str(one.get("direction")), str(one.get("effect"))
        if direction not in DIRECTIONS:
            reader.fault(f"{where}direction", f"“{direction}”", "请填写 in 或 out")
        if effect not in EFFECTS:
            reader.fault(f"{where}effect", f"“{effect}”", "可用：" + "、".join(EFFECTS))
        if (direction, effect) in (("out", "interest"), ("in", "fee")):
            reader.fault(f"{where}effect", f"{direction} 与 {effect} 不相容", "利息是 in，费用是 out")
        kind = reader.text(one, "kind", where)
        if kind in {earlier.kind for earlier in found}:
            reader.fault(f"{where}kind", f"“{kind}”重复", "每种只写一次")
        title, article = reader.text(one, "title", where), reader.text(one, "article", where)
        found.append(ExplanationKind(kind, title, direction, effect, article, reader.mark(one, where)))
    return found
