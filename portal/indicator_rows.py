"""The rows behind a figure as a reader sees them: what each is, its day, what it brings, and where it stands in full."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from kernel.money import yuan_text
from riskpool.claims.indicators.facts import (
    ArrivalFact,
    CashFact,
    CeilingFact,
    ClaimFact,
    LoanFact,
    RecoveryFact,
    StatementFact,
    StopFact,
)
from riskpool.claims.indicators.rules.values import FEN, number_text
from riskpool.claims.wording import indicator_words
from riskpool.ledger.models import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from riskpool.claims.indicators.rules.values import Part


@dataclass(frozen=True)
class RowTold:
    """One row: words, day, the amount as text and (for a workbook) exactly, and the address of the thing itself."""

    label: str
    detail: str
    day: dt.date | None
    amount: str
    exact: Decimal | str
    url: str = ""


def behind(part: Part) -> Iterator[RowTold]:
    """The rows of a part, in their order."""
    for row, amount in part.rows:
        label, detail, day, url = _words(row)
        amount_text = number_text(amount, part.kind)
        yield RowTold(label, detail, day, amount_text, _exact(amount, part.kind), url)


def _exact(amount: int | Fraction, kind: str) -> Decimal | str:
    """Whole fen as exact yuan; anything else as a reader sees it."""
    if kind == FEN and amount.denominator == 1:
        return Decimal(yuan_text(amount.numerator))
    return number_text(amount, kind)


def _words(row: Any) -> tuple[str, str, dt.date | None, str]:
    """In the reader's language, but for what was written when it happened: the memo of a journal, the basis of a limit."""
    told = indicator_words
    if isinstance(row, LoanFact):
        words = f"{row.bank_name} · {row.borrower_name} · 未还 {yuan_text(row.balance, grouped=True)} 元"
        return row.number, told(words), row.disbursed_on, reverse("loans:loan", args=[row.loan])
    if isinstance(row, CashFact):
        url = reverse("claims:claim", args=[row.claim]) if row.claim else ""
        return str(Journal.Kind(row.kind).label), f"{row.source} · {row.memo}", row.day, url
    if isinstance(row, ClaimFact):
        return row.number, row.bank_name, row.filed_on, reverse("claims:claim", args=[row.key])
    if isinstance(row, RecoveryFact):
        words = f"{row.bank_name} · 收到 {row.received_on}，返还入账 {row.returned_on}"
        return row.number, told(words), row.returned_on, reverse("claims:claim", args=[row.claim])
    if isinstance(row, ArrivalFact):
        words = f"{row.title} · 另收利息 {yuan_text(row.interest, grouped=True)} 元"
        return row.number, words, row.day, reverse("claims:claim", args=[row.claim])
    if isinstance(row, StopFact):
        return told(row.told), f"{row.whose} · {told(row.article)}", row.day, reverse("pools:breakers")
    if isinstance(row, CeilingFact):
        return told(row.title), row.basis, None, reverse("pools:limits")
    if isinstance(row, StatementFact):
        return row.source, told("托管银行对账单与同日账面"), row.day, ""
    assert isinstance(row, str), f"no words for {type(row).__name__}"
    return told(row), "", None, ""
