"""A small book worked out on paper: facts made by hand, without a database. Yuan are written as whole fen.

The pool "池" on 2026-11-20, period from 2026-01-01. Sources: 市级, 区级.

    loans (all covered 100 %, the pool bears 80 %)
      L1 bank A, borrower X, lent 2025-03-03, 4,000,000 at 4.00 %, pure pledge, first loan; balance 4,000,000, loss;
         claim C1 paid on 2026-05-20 (3,200,000); still owed, so still in the NPL rate
      L2 bank A, borrower Y, lent 2026-03-02, 6,000,000 at 3.00 %, combined, IP part 60 %, 13 months;
         balance 5,000,000, substandard, overdue; claim C2 accepted, payment asked (4,000,000 reserved)
      L3 bank B, borrower X, lent 2026-04-01, 10,000,000 at 3.60 %, pure, 12 months; balance 10,000,000, normal
      L4 bank B, borrower Z, lent 2026-05-06, 2,000,000 at 5.00 %, combined, IP part 30 %, 72 months; repaid, balance 0
      L5 bank B, borrower W, lent 2025-06-02, 5,000,000 at 4.00 %, pure; balance 5,000,000, no return yet
    opening of the period (on 2025-12-31): L1 4,000,000, L5 5,000,000
    money
      2025-01-15 contributions 市级 8,000,000, 区级 12,000,000
      2026-02-02 contribution 区级 2,000,000; 2026-06-21 interest 市级 30,000.00
      2025-12-01 paid on an older claim C0 (loan L5, 1,000,000, of which 200,000 came back on 2025-12-20)
      2026-05-20 paid on C1 3,200,000 (市级); 2026-07-06 recovery on C1 800,000
      C2 reserved 4,000,000 (区级) on 2026-11-02; C3 reserved 500,000 (市级) on 2026-11-16, waiting
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from kernel.days import WorkingCalendar
from riskpool.claims.indicators.facts import (
    CashFact,
    CeilingFact,
    ClaimFact,
    Facts,
    LoanFact,
    Rates,
    RecoveryFact,
    StatementFact,
    StopFact,
)

ON, BEGIN = dt.date(2026, 11, 20), dt.date(2026, 1, 1)
WAN = 1_000_000
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def loan(
    key: str, bank: str, borrower: str, lent: dt.date, principal: int, rate: str, **more: Any
) -> LoanFact:
    balance = more.pop("balance", principal)
    paid = more.get("compensated_on") is not None
    facts: dict[str, Any] = {
        "loan": key, "number": f"贷{key}", "bank_name": f"{bank}银行", "borrower_name": f"{borrower}公司",
        "agreement": f"协议{bank}", "scheme": "half@2025", "enrolled_on": lent, "due_on": dt.date(2027, 3, 3),
        "ip_share": Fraction(1), "first_loan": False, "pure": True, "reported": True, "grade": "normal",
        "overdue_since": None, "covered_lent": principal, "covered": balance,
        "exposure": 0 if paid else balance, "committed": 0 if paid else balance * 4 // 5,
    }  # fmt: skip
    return LoanFact(
        key=key, bank=bank, borrower=borrower, disbursed_on=lent, principal=principal, balance=balance,
        rate_percent=Fraction(rate), **(facts | more),
    )  # fmt: skip


LOANS = (
    loan("L1", "A", "X", dt.date(2025, 3, 3), 400 * WAN, "4", first_loan=True, grade="loss", opening=400 * WAN,
         overdue_since=dt.date(2026, 1, 10), compensated_on=dt.date(2026, 5, 20), npl_on=dt.date(2026, 3, 31)),
    loan("L2", "A", "Y", dt.date(2026, 3, 2), 600 * WAN, "3", pure=False, ip_share=Fraction(3, 5), balance=500 * WAN,
         grade="substandard", overdue_since=dt.date(2026, 7, 1), due_on=dt.date(2027, 4, 2), npl_on=dt.date(2026, 9, 30)),
    loan("L3", "B", "X", dt.date(2026, 4, 1), 1000 * WAN, "3.6"),
    loan("L4", "B", "Z", dt.date(2026, 5, 6), 200 * WAN, "5", pure=False, ip_share=Fraction(3, 10), balance=0,
         due_on=dt.date(2032, 5, 6)),
    loan("L5", "B", "W", dt.date(2025, 6, 2), 500 * WAN, "4", reported=False, grade="", opening=500 * WAN),
)  # fmt: skip


def moved(day: str, kind: str, role: str, source: str, fen: int, claim: str = "") -> CashFact:
    return CashFact(f"{day}{kind}", dt.date.fromisoformat(day), NOON, kind, kind, role, source, fen, claim)


def in_cash(day: str, kind: str, source: str, fen: int, claim: str = "") -> tuple[CashFact, ...]:
    """Cash and free money move together."""
    return moved(day, kind, "cash", source, fen, claim), moved(day, kind, "free", source, fen, claim)


def held(day: str, source: str, fen: int, claim: str) -> tuple[CashFact, ...]:
    """Accepted: free money becomes reserved."""
    return (
        moved(day, "claim_reserved", "free", source, -fen, claim),
        moved(day, "claim_reserved", "reserved", source, fen, claim),
    )


def paid(day: str, source: str, fen: int, claim: str) -> tuple[CashFact, ...]:
    """Accepted before and paid: reserved money leaves with the cash."""
    return (
        *held(day, source, fen, claim),
        moved(day, "claim_paid", "reserved", source, -fen, claim),
        moved(day, "claim_paid", "cash", source, -fen, claim),
    )


CASH = (
    *in_cash("2025-01-15", "contribution", "市级", 800 * WAN),
    *in_cash("2025-01-15", "contribution", "区级", 1200 * WAN),
    *paid("2025-12-01", "市级", 100 * WAN, "C0"),
    *in_cash("2025-12-20", "recovery_received", "市级", 20 * WAN, "C0"),
    *in_cash("2026-02-02", "contribution", "区级", 200 * WAN),
    *in_cash("2026-06-21", "interest", "市级", 3 * WAN),
    *paid("2026-05-20", "市级", 320 * WAN, "C1"),
    *in_cash("2026-07-06", "recovery_received", "市级", 80 * WAN, "C1"),
    *held("2026-11-02", "区级", 400 * WAN, "C2"),
    *held("2026-11-16", "市级", 50 * WAN, "C3"),
)
CLAIMS = (
    ClaimFact("C0", "BC-0", "L5", "B", "B银行", dt.date(2025, 11, 3), dt.date(2025, 11, 17), dt.date(2025, 12, 1),
              dt.date(2025, 12, 1), pay_decided_on=dt.date(2025, 12, 1), settled_on=dt.date(2025, 12, 1)),
    ClaimFact("C1", "BC-1", "L1", "A", "A银行", dt.date(2026, 4, 14), dt.date(2026, 5, 14), dt.date(2026, 5, 18),
              dt.date(2026, 5, 20), pay_decided_on=dt.date(2026, 5, 18), settled_on=dt.date(2026, 5, 20)),
    ClaimFact("C2", "BC-2", "L2", "A", "A银行", dt.date(2026, 10, 20), dt.date(2026, 11, 2), dt.date(2026, 11, 16),
              None, asked=True),
    ClaimFact("C3", "BC-3", "L3", "B", "B银行", dt.date(2026, 11, 10), dt.date(2026, 11, 16)),
)  # fmt: skip
RECOVERIES = (
    RecoveryFact("R1", "BC-1", "C1", "A", "A银行", dt.date(2026, 6, 22), dt.date(2026, 7, 6), 80 * WAN),
    RecoveryFact("R0", "BC-0", "C0", "B", "B银行", dt.date(2025, 12, 1), dt.date(2025, 12, 20), 20 * WAN),
)
CEILINGS = (
    CeilingFact("p", "pool_exposure", "资金池放大倍数上限", "", "", "", None, 2500 * WAN, "以到位出资为基数"),
    CeilingFact("py", "pool_year_payout", "2026年资金池年度补偿上限", "", "", "", 2026, 1000 * WAN, "预算"),
    CeilingFact("a", "bank_exposure", "上限（A银行）", "协议A", "A", "A银行", None, 500 * WAN, "第三条"),
    CeilingFact("b", "bank_exposure", "上限（B银行）", "协议B", "B", "B银行", None, 2000 * WAN, "第三条"),
)
STATEMENTS = (
    StatementFact("s1", "市级", dt.date(2026, 11, 19), 48_300_000_0, 48_300_000_0),
    StatementFact("s2", "区级", dt.date(2026, 11, 19), 1400 * WAN - 1, 1400 * WAN),
)
RATES = Rates(
    ((dt.date(2026, 2, 20), Fraction(3), Fraction(7, 2)), (dt.date(2026, 4, 20), Fraction(3), Fraction(7, 2)),
     (dt.date(2026, 5, 20), Fraction(3), Fraction(7, 2))), 20,
)  # fmt: skip
STOPS = (
    StopFact("/half@2025/npl", "方案不良率达到37.5%", "池", "", "预警", "方案 止损线 npl", "rate", Fraction("0.375"),
             Fraction("0.375"), working="9,000,000.00 ÷ 24,000,000.00", distance=Fraction(0), met=True),
    StopFact("/half@2025/fees", "担保费倍数超过2", "池", "", "暂停补偿（暂缓办理）", "方案 止损线 fees", "class",
             Fraction(2), None, why="尚无陈述"),
)  # fmt: skip
COUNTING = {
    "of": "scheme", "counts": "npl", "grades": ["substandard", "doubtful", "loss"], "amount": "covered",
    "compensated_in": "both",
}  # fmt: skip
# the days off that fall into the book, as the State Council announced them for 2026
DAYS_OFF = {
    **{dt.date(2026, 10, day): False for day in range(1, 8)},
    dt.date(2026, 10, 10): True,
    dt.date(2026, 9, 20): True,
    dt.date(2026, 6, 19): False,
    **{dt.date(2026, 5, day): False for day in range(1, 6)},
    dt.date(2026, 5, 9): True,
    dt.date(2026, 4, 6): False,
}


def book(**changed: Any) -> Facts:
    """The book, or the same with other facts."""
    facts: dict[str, Any] = {
        "pool": "池", "on": ON, "begin": BEGIN, "calendar": WorkingCalendar(DAYS_OFF, {2025, 2026}),
        "warn_at": Fraction(4, 5), "decision_days": 20, "sources": ("市级", "区级"), "loans": LOANS, "cash": CASH,
        "claims": CLAIMS, "recoveries": RECOVERIES, "ceilings": CEILINGS, "statements": STATEMENTS, "stops": STOPS,
        "rates": RATES, "counting": COUNTING,
    }  # fmt: skip
    return Facts(**(facts | changed))


def empty() -> Facts:
    """A pool that has just been founded: no money, no loan, no claim."""
    return book(
        loans=(), cash=(), claims=(), recoveries=(), ceilings=(), statements=(), stops=(), sources=()
    )  # fmt: skip
