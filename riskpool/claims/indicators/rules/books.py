"""What each kind of journal is in the identity of the pool's balance. A kind without a place here fails a test.

opening + contributions + interest + recoveries returned + clawbacks − payments − withdrawals and other = closing.
A failed payment counts against what was paid, a failed withdrawal against what was withdrawn. Reservations and escrow move
money within the balance; the burden book and what a bank owes are no money.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from riskpool.claims.indicators.facts import CASH, CashFact, Facts
from riskpool.claims.indicators.rules.values import Part, part

CONTRIBUTIONS, INTEREST, RECOVERIES, CLAWBACKS = "contributions", "interest", "recoveries", "clawbacks"
PAYMENTS, FAILED = "payments", "failed_payments"
WITHDRAWALS, WITHDRAWALS_FAILED, FEES = "withdrawals", "failed_withdrawals", "fees"
RESERVATIONS, RELEASES = "reservations", "releases"
INTO_ESCROW, SETTLED_BACK = "into_escrow", "settled_back"
NO_MONEY, AS_REVERSED = "no_money", "as_reversed"

# kind of journal -> its place; a reversal stands where the reversed journal stands, with the opposite sign
PLACES = {
    "contribution": CONTRIBUTIONS,
    "interest": INTEREST,
    "claim_reserved": RESERVATIONS,
    "claim_released": RELEASES,
    "claim_paid": PAYMENTS,
    "claim_escrowed": INTO_ESCROW,
    "claim_settled": SETTLED_BACK,
    "claim_borne": NO_MONEY,
    "claim_owed": NO_MONEY,
    "owed_arrived": CLAWBACKS,
    "recovery_received": RECOVERIES,
    "recovery_shared": NO_MONEY,
    "withdrawal": WITHDRAWALS,
    "account_fee": FEES,
    "payment_failed": FAILED,
    "reversal": AS_REVERSED,
}
LABELS = {
    CONTRIBUTIONS: "出资",
    INTEREST: "利息",
    RECOVERIES: "追偿返还",
    CLAWBACKS: "追回",
    PAYMENTS: "补偿支付",
    FAILED: "补偿付款失败退回",
    WITHDRAWALS: "出资方收回",
    WITHDRAWALS_FAILED: "收回付款失败退回",
    FEES: "专户费用",
    RESERVATIONS: "受理预留",
    RELEASES: "解除预留",
    INTO_ESCROW: "划入保证金",
    SETTLED_BACK: "清算退回",
}
INTO = (CONTRIBUTIONS, INTEREST, RECOVERIES, CLAWBACKS)
OUT_OF = {"补偿支付": (PAYMENTS, FAILED), "退出及其他支出": (WITHDRAWALS, WITHDRAWALS_FAILED, FEES)}
HOLDING = (
    RESERVATIONS,
    RELEASES,
    SETTLED_BACK,
)  # what an accepted claim takes of the free money and gives back


def place_of(row: CashFact) -> str:
    """The place of one movement: what failed without a claim was a withdrawal."""
    place = PLACES[row.kind]
    return WITHDRAWALS_FAILED if place == FAILED and not row.claim else place


def lines(
    facts: Facts, *places: str, since: dt.date | None = None, until: dt.date | None = None, role: str = CASH
) -> list[CashFact]:
    """The movements of some places on one role's accounts, from the first day to the last, both included."""
    return [
        row
        for row in facts.cash
        if row.role == role
        and place_of(row) in places
        and (since is None or row.day >= since)
        and (until is None or row.day <= until)
    ]


def money_in(label: str, rows: Iterable[CashFact]) -> Part:
    """A part of money that came in; what went out again counts against it."""
    return part(label, ((row, row.fen) for row in rows))


def money_out(label: str, rows: Iterable[CashFact]) -> Part:
    """A part of money that went out; what came back (a failed payment, a reversal) counts against it."""
    return part(label, ((row, -row.fen) for row in rows))


def paid(facts: Facts, *, since: dt.date | None = None, label: str = "累计补偿支付") -> Part:
    """What the pool has paid on claims up to the day, from a day on if one is given."""
    return money_out(label, paid_lines(facts, since=since))


def paid_lines(facts: Facts, *, since: dt.date | None = None) -> list[CashFact]:
    """The payments of claims, and those of them that came back."""
    return lines(facts, PAYMENTS, FAILED, since=since)


def returned(facts: Facts, *, since: dt.date | None = None, label: str = "累计追偿返还") -> Part:
    """What recoveries have brought back to the pool up to the day."""
    return money_in(label, lines(facts, RECOVERIES, since=since))


def balance(facts: Facts, label: str = "期末余额", until: dt.date | None = None) -> Part:
    """What the pool holds at the end of a day (that of the facts if none is given)."""
    rows = [row for row in facts.cash if row.role == CASH and (until is None or row.day <= until)]
    return money_in(label, rows)
