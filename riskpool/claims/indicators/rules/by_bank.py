"""One line a bank, for the table under the indicators: what it lent, what stands, what was paid and came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.exposure import covered
from riskpool.claims.indicators.rules.values import Value, part, plus

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts
    from riskpool.claims.indicators.rules.values import Part

BY_BANK = "by_bank"
HEADINGS = ("累计保障放款", "保障贷款余额", "全部违约时池承担", "累计补偿支付", "累计追偿返还")
COMMITTED = HEADINGS.index("全部违约时池承担")


def by_bank(facts: Facts) -> list[Value]:
    """Of each bank the parts named in HEADINGS; money that belongs to no bank's claim stands in no line.

    A bank reads its own line without what the pool would bear: that may hang on the pool's balance.
    """
    bank_of = {claim.key: claim.bank for claim in facts.claims}

    def of(code: str) -> list[Part]:
        loans = [loan for loan in facts.loans if loan.bank == code]
        paid, back = (
            [row for row in rows if bank_of.get(row.claim) == code]
            for rows in (books.paid_lines(facts), books.lines(facts, books.RECOVERIES))
        )
        parts = [
            part(HEADINGS[0], ((loan, loan.covered_lent) for loan in loans)),
            covered(loans, HEADINGS[1]),
            part(HEADINGS[2], ((loan, loan.committed) for loan in loans)),
            books.money_out(HEADINGS[3], paid),
            books.money_in(HEADINGS[4], back),
        ]
        return [one for place, one in enumerate(parts) if not facts.bank or place != COMMITTED]

    return [
        Value(BY_BANK, "yuan", subject=name, bank=code, above=plus(*of(code)))
        for code, name in facts.banks.items()
    ]
