"""The pool's money: the identity of its balance, the gap to the custodian, what is available, what it has brought about."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from riskpool.claims.indicators.facts import ESCROW, FREE, RESERVED
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.values import (
    Part,
    Value,
    against_its_line,
    minus,
    missing,
    part,
    plus,
    ratio,
    summed,
)

if TYPE_CHECKING:
    import datetime as dt

    from riskpool.claims.indicators.facts import Facts, StatementFact
    from riskpool.claims.indicators.terms import Definition

NEVER_PAID = "没有补偿支付"


def pool_balance(facts: Facts, definition: Definition) -> list[Value]:
    """Opening and every kind of movement of the period; the closing balance is their sum and, by rows, the account's."""
    eve = _eve(facts)
    coming = [
        books.money_in(books.LABELS[place], books.lines(facts, place, since=facts.begin))
        for place in books.INTO
    ]
    going = [
        books.money_out(label, books.lines(facts, *places, since=facts.begin))
        for label, places in books.OUT_OF.items()
    ]
    value = summed(definition, (*plus(books.balance(facts, "期初余额", eve), *coming), *minus(*going)))
    assert value.amount == books.balance(facts).amount, (
        "a kind of journal moves cash and has no place in the identity"
    )
    return [value]


def _eve(facts: Facts) -> dt.date:
    return facts.begin.fromordinal(facts.begin.toordinal() - 1)


def custodian_gap(facts: Facts, definition: Definition) -> list[Value]:
    """The whole pool and each source: a source without a statement makes its own line and the whole's unknown."""
    by_source = {one.source: one for one in facts.statements}
    each = [
        _gap(definition, [by_source[name]], name)
        if name in by_source
        else missing(definition, f"{name}的对账单", subject=name)
        for name in facts.sources
    ]
    absent = [f"{name}的对账单" for name in facts.sources if name not in by_source]
    if absent or not facts.sources:
        return [missing(definition, *(absent or ["对账单"])), *each]
    return [_gap(definition, list(facts.statements), ""), *each]


def _gap(definition: Definition, statements: list[StatementFact], subject: str) -> Value:
    stated = part("对账单余额", ((one, one.stated) for one in statements))
    ledger = part("同日账面余额", ((one, one.ledger) for one in statements))
    value = summed(definition, (*plus(stated), *minus(ledger)), subject=subject)
    off = any(one.stated != one.ledger for one in statements)
    days = "、".join(sorted({one.day.isoformat() for one in statements}))
    return _toned(value, "bad" if off else "good", f"对账单日：{days}")


def _toned(value: Value, tone: str, note: str) -> Value:
    """A value whose tone is not that of a line, with a note."""
    return replace(value, tone=tone, notes=(*value.notes, note))


def available_balance(facts: Facts, definition: Definition) -> list[Value]:
    """The balance less what is held for something: in escrow, asked to be paid (or failed and to be paid again), waiting."""
    asked = {claim.key for claim in facts.claims if claim.asked or claim.pay_decided_on}
    held = [row for row in facts.cash if row.role == RESERVED]
    approved = part("已提请支付未支付", ((row, row.fen) for row in held if row.claim in asked))
    waiting = part("已受理待提请", ((row, row.fen) for row in held if row.claim not in asked))
    value = summed(
        definition,
        (*plus(books.balance(facts)), *minus(_prepaid(facts), approved, waiting)),
    )
    free = sum(row.fen for row in facts.cash if row.role == FREE)
    assert value.amount == free, (
        "cash is what is free, reserved and in escrow: what is available is what is free"
    )
    return [value]


def _prepaid(facts: Facts) -> Part:
    """What is set aside for claims on an estimate and not yet final."""
    return part("托管（预付）", ((row, row.fen) for row in facts.cash if row.role == ESCROW))


def money_per_result(facts: Facts, definition: Definition) -> list[Value]:
    """Covered lending of all years for each yuan of public money that is gone for good."""
    lent = part("累计保障放款", ((loan, loan.covered_lent) for loan in facts.loans))
    clawed = books.money_in("累计追回", books.lines(facts, books.CLAWBACKS))
    below = (*plus(books.paid(facts)), *minus(books.returned(facts), clawed))
    return [ratio(definition, plus(lent), below, "财政资金没有净支出")]


def fee_cover(facts: Facts, definition: Definition) -> list[Value]:
    """Payments over guarantee fees; fees are known only where somebody has stated them."""
    fees = facts.stated.get(("guarantor.fees_received", ""))
    if fees is None:
        return [missing(definition, "担保费收入")]
    received = part("累计担保费收入", [("担保费收入", Fraction(fees))])
    value = ratio(definition, plus(books.paid(facts)), plus(received), "没有担保费收入")
    return [against_its_line(definition, value, facts.warn_at)]


ALL = (pool_balance, custodian_gap, available_balance, money_per_result, fee_cover)
