"""Reading deficiency notices: which items are open, what was answered, what still keeps a claim from being decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.errors import Problem
from riskpool.claims.models import Claim, DeficiencyItem, DeficiencyNotice

if TYPE_CHECKING:
    from riskpool.claims.models import DeficiencyAnswer, DeficiencyClosing


@dataclass(frozen=True)
class ItemState:
    """One item with its answers in order and how it was struck off, if it was."""

    item: DeficiencyItem
    answers: tuple[DeficiencyAnswer, ...]
    closing: DeficiencyClosing | None

    @property
    def answered(self) -> bool:
        return bool(self.answers)

    @property
    def closed(self) -> bool:
        return self.closing is not None


@dataclass(frozen=True)
class NoticeState:
    """One round of mending as it stands."""

    notice: DeficiencyNotice
    items: tuple[ItemState, ...]

    @property
    def waits_for_bank(self) -> bool:
        return any(not item.answered and not item.closed for item in self.items)


def notices_of(claim: Claim) -> list[NoticeState]:
    """Every round of a claim, the first one first."""
    rows = claim.notices.prefetch_related("items__answers__file", "items__closing")
    return [
        NoticeState(
            notice,
            tuple(
                ItemState(item, tuple(item.answers.all()), getattr(item, "closing", None))
                for item in notice.items.all()
            ),
        )
        for notice in rows
    ]


def open_items(claim: Claim) -> list[ItemState]:
    """Items that nobody has struck off, over all rounds."""
    return [item for notice in notices_of(claim) for item in notice.items if not item.closed]


def open_problems(claim: Claim) -> list[Problem]:
    """One for each item that is not struck off: until then nothing is decided."""
    return [
        Problem(
            f"补正事项 {state.item.notice.round}.{state.item.place}", f"“{state.item.what}”尚未销项",
            "请先逐项销项" if state.answered else "等待银行答复", "item_open",
        )
        for state in open_items(claim)
    ]  # fmt: skip
