"""What follows in the same application from a fact that is changed: a smaller loan draws less and bears less interest, a
shorter one ends sooner. Pure.

A near miss promises what a change would bring; worked out with the old draws beside the new amount it would promise more
than anybody pays.
"""

from fractions import Fraction

from finance.subsidies.facts import Case, Dated, number_of
from finance.subsidies.period import half_up, latest_end
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import MaxPeriod
from kernel.money import split, yuan_text

AMOUNT, OUTSTANDING, TERM = "loan.amount", "loan.enterprise_outstanding", "loan.term_months"


def followed(case: Case, path: str) -> Case:
    """The case in which what hangs together with the fact just stated fits it again."""
    stated = case.facts.get(path)
    number = number_of(stated) if isinstance(stated, str) else None
    if number is None:
        return case
    if path == AMOUNT or (path == OUTSTANDING and number * 100 < case.drawn_fen):
        return _of_amount(case, int(number * 100))
    return _of_term(case, int(number)) if path == TERM else case


def _of_amount(case: Case, fen: int) -> Case:
    """Draws, repayments and the interest paid in proportion to the new amount."""
    before = case.drawn_fen
    if not before or fen == before:
        return case
    sized = case.with_fact("loan.draws", _sized(case.draws, fen)).with_fact(AMOUNT, yuan_text(fen))
    if case.repaid:
        back = sum(each for _, each in case.repaid) * fen // before
        sized = sized.with_fact("loan.repaid", _sized(case.repaid, back))
    if case.interest_paid_fen is None:
        return sized
    return sized.with_fact(
        "interest_paid", yuan_text(half_up(Fraction(case.interest_paid_fen * fen, before)))
    )


def _sized(dated: tuple[Dated, ...], fen: int) -> tuple[tuple[str, str], ...]:
    parts = split(fen, {str(place): amount for place, (_, amount) in enumerate(dated)})
    return tuple(
        (day.isoformat(), yuan_text(part)) for (day, _), part in zip(dated, parts.values(), strict=True)
    )


def _of_term(case: Case, months: int) -> Case:
    """A loan of fewer months is settled when they are over; one of more is left as it is, which promises no more."""
    first, settled = case.first_draw, Reader(case, Series()).day("loan.settled_on")
    if first is None or settled is None:
        return case
    end = latest_end(first, MaxPeriod("", months=months))
    return case.with_fact("loan.settled_on", end.isoformat()) if first < end < settled else case
