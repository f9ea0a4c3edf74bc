"""Random applications that fall on all sides of a policy's conditions, drawn from the values it compares with."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from finance.subsidies.facts import DAYS, Case, day_of, number_of
from finance.subsidies.metering import metered
from finance.subsidies.settling import Entered
from finance.subsidies.terms import (
    AllOf,
    AnyOf,
    Band,
    BankVolume,
    ByCase,
    Condition,
    CostBound,
    FactTest,
    FeePaid,
    Fixed,
    LoanAmount,
    Not,
    Policy,
)
from kernel.errors import Refused
from kernel.money import yuan_text

ODD = ("某词", "-3", "0.000001", True)
FAMILY = "book"


def tests_of(policy: Policy) -> Iterator[tuple[FactTest, bool]]:
    """Every comparison of a fact in a policy, and whether it shall hold."""
    conditions = [*policy.eligibility]
    for line in policy.lines:
        conditions += line.requires
        if isinstance(line.base, LoanAmount) and line.base.most_when:
            conditions.append(line.base.most_when)
        if isinstance(line.factor, ByCase):
            conditions += [entry.when for entry in line.factor.entries if entry.when]
    for condition in conditions:
        yield from _within(condition)


def _within(condition: Condition, holds: bool = True) -> Iterator[tuple[FactTest, bool]]:
    match condition.test:
        case FactTest() as test:
            yield test, holds
        case Not(part=part):
            yield from _within(part, not holds)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _within(part, holds)


def plain_case(policy: Policy, dice: random.Random, odd: float = 0.02, holds: float = 0.9) -> dict[str, Any]:
    """One application in plain values; `odd` is how often a fact is of a strange kind or missing, `holds` how often a
    comparison is met."""
    start = dt.date(2015, 1, 1) if dice.random() < 0.2 else dt.date(2023, 6, 1)
    signed = _within_ends(policy, "loan.contract_date", dice, holds)
    length = dt.timedelta(days=dice.choice((0, 31, 180, 365, 366, 800)))
    settled = _within_ends(policy, "loan.settled_on", dice, holds)
    settled = settled or (signed or start + dt.timedelta(days=dice.randrange(1500))) + length
    drawn = settled - length
    fen = dice.choice((0, 100, 300_000_00, 1_234_567_89, 5_000_000_00, 80_000_000_01))
    loan: dict[str, Any] = {
        "draws": [[drawn.isoformat(), yuan_text(fen)]],
        "rate": dice.choice(("0.0385", "0.05", "0.0345", "0", "0.123456")),
        "contract_date": (signed or drawn - dt.timedelta(days=dice.randrange(40))).isoformat(),
        "term_months": dice.choice(("12", "7.5", "36")),
        "settled_on": settled.isoformat(),
    }
    if dice.random() < 0.3:
        loan["draws"].append([(drawn + dt.timedelta(days=9)).isoformat(), "5000.05"])
    if dice.random() < 0.3:
        loan["repaid"] = [
            [(drawn + dt.timedelta(days=20)).isoformat(), yuan_text(fen // 3)],
            [settled.isoformat(), yuan_text(fen)],
        ]
        if dice.random() < 0.5:
            del loan["settled_on"]
    plain: dict[str, Any] = {
        "applicant": {}, "pledge": {"ip_share": dice.choice(("1", "0.6", "0.333"))}, "bank": {}, "event": {}, "loan": loan,
        "evaluated_on": (settled + dt.timedelta(days=dice.choice((0, 10, 400)))).isoformat(),
    }  # fmt: skip
    if dice.random() < 0.9:
        plain["application_date"] = (settled + dt.timedelta(days=dice.randrange(90))).isoformat()
    for test, wanted in tests_of(policy):
        _meet(plain, test, dice, holds if wanted else 1 - holds, odd)
    _costs(plain, policy, dice)
    if dice.random() < 3 * odd:
        loan.pop(dice.choice(("rate", "contract_date", "term_months", "draws")), None)
    if dice.random() < odd:
        plain[dice.choice(("loan", "applicant", "pledge", "bank", "event"))] = None
    if dice.random() < odd:
        plain["day_count_override"] = dice.choice(("ACT/360", "ACT/365", "FLAT_YEAR"))
    return plain


def _within_ends(policy: Policy, path: str, dice: random.Random, holds: float) -> dt.date | None:
    """A day within the days that the policy asks for, mostly."""
    for test, _ in tests_of(policy):
        if test.fact == path and isinstance(test.value, tuple) and dice.random() < holds:
            first, last = (day_of(str(end)) if end else None for end in test.value)
            first = first or (last or dt.date(2024, 1, 1)) - dt.timedelta(days=300)
            return first + dt.timedelta(days=dice.randrange(((last or first) - first).days + 1))
    return None


def _meet(plain: dict[str, Any], test: FactTest, dice: random.Random, holds: float, odd: float) -> None:
    section, _, name = test.fact.partition(".")
    if name in ("draws", "settled_on", "contract_date", "rate"):
        return
    facts = plain.setdefault(section, {})
    if test.op.endswith("_fact") and dice.random() < holds:
        beside, _, other = str(test.value).partition(".")
        plain.setdefault(beside, {}).setdefault(other, "100.00")
    if test.fact in DAYS:
        facts[name] = (
            plain["loan"]["draws"][0][0] if dice.random() < holds else dice.choice((None, "2030-01-01"))
        )
    elif dice.random() < odd:
        facts[name] = dice.choice((None, *ODD))
    elif dice.random() < holds:
        facts[name] = _value(test, dice)
    else:
        facts.setdefault(
            name, dice.choice(("370883", "micro", "7", "0", True, False, ["trademark"], "2023-05-05"))
        )


def _value(test: FactTest, dice: random.Random) -> Any:
    value = test.value
    if test.op.endswith("_fact"):
        return "100"
    if test.op == "exists":
        return "2023-03-01"
    if test.op == "within":
        code = str(value)
        return (
            code[: max(2, len(code.rstrip("0")))].ljust(4, "1").ljust(6, "3") if dice.random() < 0.5 else code
        )
    if isinstance(value, tuple):
        known = [each for each in value if each is not None]
        return dice.choice(known) if test.op != "subset" else dice.sample(known, dice.randint(1, len(known)))
    exact = number_of(value) if isinstance(value, str) else None
    if exact is not None and test.op != "eq":
        step = {"lt": -1, "lte": 0, "gt": 1, "gte": 0}[test.op]
        return str(int(exact) + step)
    return value


def _costs(plain: dict[str, Any], policy: Policy, dice: random.Random) -> None:
    fees = {line.base.fee for line in policy.lines if isinstance(line.base, FeePaid)}
    for line in policy.lines:
        fees |= {fee for bound in line.bounds if isinstance(bound, CostBound) for fee in bound.of} - {
            "interest"
        }
        if isinstance(line.base, Fixed | BankVolume):
            section, _, name = (
                line.base.count if isinstance(line.base, Fixed) else line.base.fact
            ).partition(".")
            if isinstance(plain.get(section), dict) and dice.random() < 0.9:
                plain[section][name] = dice.choice(("3", "12345.67", "0", "2.5"))
        if isinstance(line.factor, Band) and dice.random() < 0.9:
            plain["band_choice"] = dice.choice((*line.factor.texts, "0.7"))
    plain["fees"] = {
        fee: dice.choice(("8000", "0.01", "123456.78")) for fee in sorted(fees) if dice.random() < 0.7
    }
    if dice.random() < 0.5:
        plain["interest_paid"] = dice.choice(("12940.28", "0.01", "1999999.99"))
    if dice.random() < 0.5:
        plain["approved_amount"] = dice.choice(("100000.01", "30"))


def case_or_none(plain: dict[str, Any]) -> Case | None:
    """The application; None where its facts cannot be read at all (an application is refused at the door for that)."""
    try:
        return Case.from_plain(plain, believe=True)
    except Refused:
        return None


def parties(dice: random.Random, place: int, firms: int) -> dict[str, str]:
    """Who is who: firms with several loans, three banks, now and then no guarantor."""
    found = {
        "enterprise": f"e{dice.randrange(firms)}",
        "bank": f"b{dice.randrange(3)}",
        "project": f"p{place}",
        "loan": f"l{place}",
    }
    if dice.random() < 0.7:
        found["guarantor"] = f"g{dice.randrange(2)}"
    return found


def entered(policy: Policy, case: Case, who: dict[str, str]) -> Entered:
    return Entered(case, {each.limit: each.key for each in metered(policy, FAMILY, case, who)})
