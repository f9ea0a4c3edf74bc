"""What each kind of journal is in the identity of the pool's balance. A kind without a place here fails a test.

opening + contributions + interest + recoveries returned + clawbacks − payments − withdrawals and other = closing.
Reservations move between free and reserved money and never touch the balance; the burden book is no money.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from riskpool.claims.indicators.facts import CASH, CashFact, Facts
from riskpool.claims.indicators.rules.values import Part, part

CONTRIBUTIONS, INTEREST, RECOVERIES, CLAWBACKS = "contributions", "interest", "recoveries", "clawbacks"
PAYMENTS, WITHDRAWALS, RESERVATIONS, RELEASES = "payments", "withdrawals", "reservations", "releases"
NO_MONEY, AS_REVERSED = "no_money", "as_reversed"

# kind of journal -> its place; a reversal stands where the reversed journal stands, with the opposite sign
PLACES = {
    "contribution": CONTRIBUTIONS,
    "interest": INTEREST,
    "claim_reserved": RESERVATIONS,
    "claim_released": RELEASES,
    "claim_paid": PAYMENTS,
    "claim_escrowed": NO_MONEY,  # from reserved to escrow: it stays in the account and was not free
    "claim_settled": RELEASES,
    "claim_owed": NO_MONEY,  # a memorandum until the money arrives
    "owed_arrived": CLAWBACKS,
    "claim_borne": NO_MONEY,
    "recovery_received": RECOVERIES,
    "recovery_shared": NO_MONEY,
    "withdrawal": WITHDRAWALS,
    "account_fee": WITHDRAWALS,
    "payment_failed": PAYMENTS,  # of a claim: the money is back and counts against what was paid
    "reversal": AS_REVERSED,
}
LABELS = {
    CONTRIBUTIONS: "出资",
    INTEREST: "利息",
    RECOVERIES: "追偿返还",
    CLAWBACKS: "追回",
    PAYMENTS: "补偿支付",
    WITHDRAWALS: "退出及其他支出",
    RESERVATIONS: "受理预留",
    RELEASES: "解除预留",
}
INTO, OUT_OF = (CONTRIBUTIONS, INTEREST, RECOVERIES, CLAWBACKS), (PAYMENTS, WITHDRAWALS)


def lines(
    facts: Facts, place: str, *, since: dt.date | None = None, until: dt.date | None = None, role: str = CASH
) -> list[CashFact]:
    """The movements of one place on one role's accounts, from the first day to the last, both included."""
    return [
        row
        for row in facts.cash
        if row.role == role
        and PLACES[row.kind] == place
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
    return money_out(label, lines(facts, PAYMENTS, since=since))


def returned(facts: Facts, *, since: dt.date | None = None, label: str = "累计追偿返还") -> Part:
    """What recoveries have brought back to the pool up to the day."""
    return money_in(label, lines(facts, RECOVERIES, since=since))


def balance(facts: Facts, label: str = "期末余额", until: dt.date | None = None) -> Part:
    """What the pool holds at the end of a day (that of the facts if none is given)."""
    rows = [row for row in facts.cash if row.role == CASH and (until is None or row.day <= until)]
    return money_in(label, rows)
