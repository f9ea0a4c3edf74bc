"""For pages above this room: what became of the payments of a subject whose page the viewer was let in to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import template

from kernel.money import capitals
from riskpool.treasury import queries
from riskpool.treasury.models import PaymentInstruction, PaymentOutcome

register = template.Library()


@dataclass(frozen=True)
class Payment:
    """An instruction with the bank's last word on it, and whether it failed and nobody has paid it again."""

    row: PaymentInstruction
    outcome: PaymentOutcome | None
    owed: bool


@dataclass(frozen=True)
class Payments:
    """All of one subject; `owed` fen failed and were not paid again."""

    rows: list[Payment]
    owed: int


@register.simple_tag
def payments_of(subject_type: str, subject_id: Any) -> Payments:
    """The payments of a subject, in order."""
    owed = {row.pk for row in queries.to_pay_again(subject_type, subject_id)}
    rows = [
        Payment(row, max(row.outcomes.all(), key=lambda one: one.pk, default=None), row.pk in owed)
        for row in queries.of_subject(subject_type, subject_id)
    ]
    return Payments(rows, sum(queries.fen_of(one.row.amount) for one in rows if one.owed))


@register.filter
def outcome_of(row: PaymentInstruction) -> PaymentOutcome | None:
    """The bank's last word on an instruction."""
    return max(row.outcomes.all(), key=lambda one: one.pk, default=None)


@register.filter
def in_capitals(fen: int) -> str:
    """An amount in capitals, as on vouchers."""
    return capitals(fen)


@register.filter
def multiple(value: Fraction | None) -> str:
    """A leverage multiple with two decimals, cut off; a dash where there is no cash to divide by.

    >>> multiple(Fraction(79, 30)), multiple(None)
    ('2.63', '—')
    """
    if value is None:
        return "—"
    hundredths = value.numerator * 100 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}"
