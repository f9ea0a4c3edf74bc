"""What follows in the same application from a fact that is changed: a smaller loan draws less and bears less interest, a
shorter one ends sooner. Pure.

A near miss promises what a change would bring; worked out with the old draws beside the new amount it would promise more
than anybody pays.
"""

from fractions import Fraction

from finance.subsidies.facts import Case, Dated, number_of
from finance.subsidies.period import cleared_on, fen_days, half_up, latest_end, segments_of
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import MaxPeriod
from kernel.money import split, yuan_text

AMOUNT, OUTSTANDING, TERM = "loan.amount", "loan.enterprise_outstanding", "loan.term_months"


def followed(case: Case, path: str, before: Case) -> Case | None:
    """The case in which what hangs together with the fact just stated fits it again; `before` is the case without it.

    None where what the changed loan would cost cannot be said.
    """
    now, was = _number(case, path), _number(before, path)
    if now is None:
        return case
    if path == AMOUNT and was:
        return _in_proportion(case, now / was)
    if path == OUTSTANDING and now * 100 < case.drawn_fen:
        smaller = _in_proportion(case, Fraction(now * 100, case.drawn_fen))
        return smaller.with_fact(AMOUNT, yuan_text(int(now * 100)))
    return _of_term(case, int(now)) if path == TERM else case


def _number(case: Case, path: str) -> Fraction | None:
    stated = case.facts.get(path)
    return number_of(stated) if isinstance(stated, str) else None


def _in_proportion(case: Case, part: Fraction) -> Case:
    """Draws, repayments and what was paid for the loan in proportion to its amount; a larger loan's fees stay as stated,
    which promises no more."""
    sized = case
    for path, dated in (("loan.draws", case.draws), ("loan.repaid", case.repaid)):
        if dated:
            sized = sized.with_fact(path, _sized(dated, int(sum(fen for _, fen in dated) * part)))
    sized = _with_interest(sized, part)
    return sized if part >= 1 else _with_fees(sized, part)


def _with_interest(case: Case, part: Fraction) -> Case:
    paid = case.interest_paid_fen
    return case if paid is None else case.with_fact("interest_paid", yuan_text(half_up(paid * part)))


def _with_fees(case: Case, part: Fraction) -> Case:
    if not case.fees:
        return case
    smaller = {name: yuan_text(half_up(fen * part)) for name, fen in case.fees.items()}
    return Case.from_plain({**case.plain(), "fees": smaller}, believe=True)


def _sized(dated: tuple[Dated, ...], fen: int) -> tuple[tuple[str, str], ...]:
    parts = split(fen, {str(place): amount for place, (_, amount) in enumerate(dated)})
    return tuple(
        (day.isoformat(), yuan_text(part)) for (day, _), part in zip(dated, parts.values(), strict=True)
    )


def _of_term(case: Case, months: int) -> Case | None:
    """A loan of fewer months is settled when they are over, for the interest of its days; one of more is left as it is,
    which promises no more. None for a loan that was still being drawn then."""
    first, settled = case.first_draw, Reader(case, Series()).day("loan.settled_on") or cleared_on(case)
    if first is None or settled is None:
        return case
    end = latest_end(first, MaxPeriod("", months=months))
    if not first < end < settled:
        return case
    if any(day >= end for day, _ in case.draws):
        return None
    whole, shorter = (fen_days(segments_of(case, first, last)) for last in (settled, end))
    kept = tuple((day.isoformat(), yuan_text(fen)) for day, fen in case.repaid if day < end)
    ended = case.with_fact("loan.settled_on", end.isoformat()).with_fact("loan.repaid", kept or None)
    return _with_interest(ended, Fraction(shorter, whole)) if whole else ended
