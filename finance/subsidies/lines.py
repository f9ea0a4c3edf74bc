"""One line of a policy for one application, up to its item cap: claimed, requires, base, factor, pro rata, bounds,
rounding, cap (7.7, 7.8). Pure; exact fractions of fen until the one rounding.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from finance.subsidies.conditions import Judged, judge
from finance.subsidies.facts import Case
from finance.subsidies.period import Period, half_up, period_of
from finance.subsidies.rates import PARAMETER, RateValue, Reader, Waiting
from finance.subsidies.terms import (
    DATES,
    DAY_COUNT,
    INTEREST,
    IP_SHARE,
    ApprovedAmount,
    Band,
    BankVolume,
    ByCase,
    Condition,
    Constant,
    CostBound,
    FeePaid,
    Fixed,
    InterestPaid,
    Line,
    LoanAmount,
    MaxPeriod,
    NotionalInterest,
    Rate,
    Reference,
    TierAmount,
)
from kernel.conditions import Answer
from kernel.expressions import exact_text

Trace = list[tuple[str, str, dict[str, Any]]]
"""Steps as they happen: kind, line, raw figures; `working` puts them into exact text and into sentences."""
PAID, REFUSED, LOST, COUNTED_OUT, UNCOMPUTED = "paid", "refused", "lost", "counted_out", "not_computable"


@dataclass
class Draft:
    """A claimed line on its way: `amount` is what is left of it after the steps so far."""

    line: Line
    state: str = PAID
    raw: Fraction = Fraction(0)
    bounded: int = 0
    capped: int = 0
    granted: int | None = None
    amount: int = 0
    failed: list[Condition] = field(default_factory=list)
    lacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What is missing: the reason's own part (a condition, a path, a key), and the facts behind it."""
    waits: dict[Waiting, None] = field(default_factory=dict)
    bound_by: list[str] = field(default_factory=list)

    def lack(self, *paths: str) -> None:
        for path in paths:
            self.lacks[path] = (path,)

    def wait(self, waits: tuple[Waiting, ...]) -> None:
        self.waits.update(dict.fromkeys(waits))


def claimed(line: Line, case: Case) -> bool:
    """Whether the application holds what the line's base reads."""
    match line.base:
        case FeePaid(fee=fee):
            return fee in case.fees
        case Fixed(count=path) | BankVolume(fact=path):
            return path.partition(".")[0] in case.sections
        case ApprovedAmount():
            return case.approved_fen is not None
    return "loan" in case.sections


def computable(line: Line) -> bool:
    return line.computable and not isinstance(line.base, TierAmount)


class LineReading:
    """Works out one claimed line."""

    def __init__(self, line: Line, reader: Reader, trace: Trace) -> None:
        self.line = line
        self.reader = reader
        self.case = reader.case
        self.draft = Draft(line)
        self.trace = trace

    def step(self, kind: str, **figures: Any) -> None:
        self.trace.append((kind, self.line.id, figures))

    def work_out(self) -> Draft:
        draft, line = self.draft, self.line
        if not computable(line):
            draft.state = UNCOMPUTED
            return draft
        if not self._required():
            return draft
        base = self._base()
        factor = self._factor()
        months = self._months()
        bounds = [self._bound(place) for place in range(len(line.bounds))]
        cap = self._cap()
        if draft.lacks or draft.waits or base is None or factor is None or months is None:
            return draft
        self._multiply(base, factor, months)
        bounded = draft.raw
        for place, bound in enumerate(bounds):
            assert bound is not None
            self.step("bound", before=bounded, most=bound, amount=min(bound, bounded))
            if bound < bounded:
                bounded = bound
                draft.bound_by.append(f"bounds[{place}]")
        draft.bounded = draft.capped = max(0, half_up(bounded))
        self.step("rounded", exact=bounded, amount=draft.bounded, after_bound=bool(bounds))
        if cap is not None and cap < draft.capped:
            draft.capped = cap
            draft.bound_by.append("cap")
        if cap is not None:
            self.step("cap", before=draft.bounded, most=cap, amount=draft.capped)
        draft.amount = draft.capped
        return draft

    def _required(self) -> bool:
        """Whether the line's own conditions hold; if not, the draft says why and the base is not looked at."""
        draft = self.draft
        judged = [(condition, judge(condition, self.reader)) for condition in self.line.requires]
        draft.failed = [condition for condition, found in judged if found.answer is Answer.NO]
        if draft.failed:
            draft.state = REFUSED
            return False
        for condition, found in judged:
            if found.answer is Answer.UNKNOWN:
                draft.lacks[condition.id] = found.missing
            elif found.answer is Answer.PENDING:
                draft.wait(found.waits)
        return not draft.lacks and not draft.waits

    # --- the base ----------------------------------------------------------------------------------------------

    def _base(self) -> Fraction | None:
        """The amount before the factor, shared; None with what is missing or waited for in the draft."""
        match self.line.base:
            case NotionalInterest() as base:
                return self._notional(base)
            case InterestPaid() as base:
                return self._interest_paid(base)
            case LoanAmount() as base:
                return self._loan_amount(base)
            case FeePaid(fee=fee):
                self.step("fee", name=fee, amount=self.case.fees[fee])
                return Fraction(self.case.fees[fee])
            case Fixed(unit_fen=unit, count=path):
                count = self._number(path)
                if count is not None:
                    self.step("fixed", unit=unit, count=count, fact=path, amount=unit * count)
                return None if count is None else unit * count
            case BankVolume(fact=path):
                yuan = self._number(path)
                if yuan is not None:
                    self.step("volume", fact=path, amount=yuan * 100)
                return None if yuan is None else yuan * 100
            case ApprovedAmount():
                approved = self.case.approved_fen
                assert approved is not None
                self.step("approved", amount=approved)
                return Fraction(approved)
        raise AssertionError(self.line.base)

    def _notional(self, base: NotionalInterest, of: str = "notional") -> Fraction | None:
        rate = self._rate(base.rate)
        period = self._period(base.day_count, base.max_period)
        share = self._share(base.share)
        if rate is None or period is None or share is None:
            return None
        self._tell_rate(base.rate, rate)
        interest = period.year_fen * rate
        self.step(of, rate=rate, amount=interest)
        return self._shared(interest, share, base.share)

    def _interest_paid(self, base: InterestPaid) -> Fraction | None:
        given = self.case.interest_paid_fen
        contract = None
        if given is None or base.clamp is not None:
            contract = self._number("loan.rate")
        clamp = None if base.clamp is None else self._rate(base.clamp)
        period = self._period(base.day_count, base.max_period) if given is None else None
        share = self._share(base.share)
        if (
            share is None
            or (base.clamp is not None and clamp is None)
            or (given is None and period is None)
            or (contract is None and (given is None or base.clamp is not None))
        ):
            return None
        bites = clamp is not None and contract is not None and contract > clamp
        if clamp is not None and base.clamp is not None:
            self._tell_rate(base.clamp, clamp)
            self.step("clamp", contract=contract, clamp=clamp, bites=bites)
        if given is not None:
            paid = given
            self.step("interest_given", amount=given)
            if bites:
                assert clamp is not None
                assert contract is not None
                paid = (
                    half_up(given * clamp / contract) if contract else 0
                )  # only a clamp below zero bites on 0 %
                self.step("interest_clamped", before=given, clamp=clamp, contract=contract, amount=paid)
        else:
            assert period is not None
            assert contract is not None
            rate = clamp if bites and clamp is not None else contract
            exact = period.year_fen * rate
            paid = half_up(exact)
            self.step("interest_worked_out", rate=rate, exact=exact, amount=paid)
        return self._shared(Fraction(paid), share, base.share)

    def _loan_amount(self, base: LoanAmount) -> Fraction | None:
        if not self.case.draws:
            self.draft.lack("loan.draws")
        share = self._share(base.share)
        held = Judged(Answer.YES) if base.most_when is None else judge(base.most_when, self.reader)
        self.draft.lack(*held.missing)
        self.draft.wait(held.waits)
        if not self.case.draws or share is None or held.answer in (Answer.UNKNOWN, Answer.PENDING):
            return None
        self.step("loan", amount=self.case.drawn_fen)
        amount = self._shared(Fraction(self.case.drawn_fen), share, base.share)
        if base.most_fen is not None and held.answer is Answer.YES and base.most_fen < amount:
            self.step("most_principal", before=amount, amount=base.most_fen)
            self.draft.bound_by.append("max_principal")
            return Fraction(base.most_fen)
        return amount

    def _shared(self, amount: Fraction, share: Fraction, word: str) -> Fraction:
        if word == IP_SHARE:
            self.step("ip_share", before=amount, share=share, amount=amount * share)
        return amount * share

    # --- what is read ------------------------------------------------------------------------------------------

    def _number(self, path: str) -> Fraction | None:
        found = self.reader.number(path)
        if found is None:
            self.draft.lack(path)
        return found

    def _rate(self, rate: Rate) -> Fraction | None:
        found: RateValue = self.reader.rate(rate)
        self.draft.lack(*found.missing)
        self.draft.wait(found.waits)
        return found.exact

    def _tell_rate(self, rate: Rate, value: Fraction) -> None:
        rows = {
            (row_name, at): row
            for (row_name, at), row in self.reader.rows.items()
            if _names(rate, row_name, at)
        }
        self.step(
            "rate", written=rate, rows=rows, contract=self.reader.case.facts.get("loan.rate"), rate=value
        )

    def _share(self, word: str) -> Fraction | None:
        return self._number("pledge.ip_share") if word == IP_SHARE else Fraction(1)

    def _period(self, day_count: str, longest: MaxPeriod | None) -> Period | None:
        period = period_of(self.reader, day_count, longest)
        if period.missing:
            self.draft.lack(*period.missing)
            return None
        self.step("period", period=period)
        return period

    # --- factor, pro rata, bounds, cap -------------------------------------------------------------------------

    def _factor(self) -> Fraction | None:
        match self.line.factor:
            case Constant(value=value):
                return value
            case Band(low=low, high=high, texts=texts):
                choice = self.case.band_choice
                if choice is None:
                    self.draft.lack("band_choice")
                elif not low <= choice <= high:
                    self.reader.fault(
                        "band_choice", exact_text(choice), f"写{texts[0]}到{texts[1]}之间的比例，含两端"
                    )
                return choice
            case ByCase(entries=entries):
                return self._of_case(entries)

    def _of_case(self, entries: Any) -> Fraction | None:
        for place, entry in enumerate(entries):
            if entry.when is None:
                self.step("case", place=place, otherwise=True, factor=entry.value)
                return Fraction(entry.value)
            held = judge(entry.when, self.reader)
            if held.answer is Answer.YES:
                self.step("case", place=place, otherwise=False, factor=entry.value)
                return Fraction(entry.value)
            if held.answer is not Answer.NO:
                self.draft.lack(*held.missing)
                self.draft.wait(held.waits)
                return None
        raise AssertionError("a case without otherwise is refused when it is loaded")

    def _months(self) -> Fraction | None:
        """The pro rata part of one; one where the line has none."""
        full = self.line.prorate_full
        if full is None:
            return Fraction(1)
        term = self._number("loan.term_months")
        return None if term is None else Fraction(min(int(term // 1), full), full)

    def _bound(self, place: int) -> Fraction | None:
        bound = self.line.bounds[place]
        if not isinstance(bound, CostBound):
            return self._notional(bound.interest, "bound_interest")
        costs = {fee: Fraction(self.case.fees.get(fee, 0)) for fee in bound.of if fee != INTEREST}
        if INTEREST in bound.of:
            paid = self._whole_interest()
            if paid is None:
                return None
            costs[INTEREST] = Fraction(paid)
        total = sum(costs.values(), Fraction(0))
        self.step("bound_costs", costs=costs, amount=total)
        return total

    def _whole_interest(self) -> int | None:
        """Interest paid on the whole loan: no clamp, no share, no longest period."""
        if self.case.interest_paid_fen is not None:
            return self.case.interest_paid_fen
        rate = self._number("loan.rate")
        period = self._period(DAY_COUNT, None)
        return None if rate is None or period is None else half_up(period.year_fen * rate)

    def _cap(self) -> int | None:
        cap = self.line.cap
        if cap is None:
            return None
        if not cap.at:
            return cap.amounts[0][1]
        day = self.reader.day(DATES[cap.at])
        if day is None:
            self.draft.lack(DATES[cap.at])
            return None
        valid = [fen for start, fen in cap.amounts if start is not None and start <= day]
        if not valid:
            self.draft.lack(PARAMETER)
            return None
        return valid[-1]

    def _multiply(self, base: Fraction, factor: Fraction, months: Fraction) -> None:
        self.draft.raw = base * factor * months
        self.step("factor", before=base, factor=factor, amount=base * factor)
        if self.line.prorate_full is not None:
            full = self.line.prorate_full
            months_paid = int(months * full)
            self.step("prorate", before=base * factor, months=months_paid, full=full, amount=self.draft.raw)


def _names(rate: Rate, name: str, at: str) -> bool:
    if isinstance(rate, Reference):
        return (rate.name, rate.at) == (name, at)
    return any(_names(part, name, at) for part in getattr(rate, "parts", ()))
