"""One line of a policy for a block of rows, up to its item cap: the twin of `lines.LineReading` without the working.

Amounts are exact fractions of fen until the one rounding; int64 as long as the largest values prove that every product
fits, Python's integers otherwise (`kernel.vectors`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from finance.subsidies.bulk.columns import NOT_A_DAY, Day64, Fen, Payments
from finance.subsidies.bulk.judging import NO, PENDING, UNKNOWN, YES, Answers, answers
from finance.subsidies.bulk.reading import DRAWS, ColumnReader, Lacks, Value, months_later
from finance.subsidies.lines import computable
from finance.subsidies.rates import PARAMETER
from finance.subsidies.terms import (
    DATES,
    DAY_COUNT,
    DAY_COUNTS,
    INTEREST,
    IP_SHARE,
    ApprovedAmount,
    Band,
    BankVolume,
    ByCase,
    CaseEntry,
    Constant,
    CostBound,
    FeePaid,
    Fixed,
    InterestPaid,
    Line,
    LoanAmount,
    MaxPeriod,
    NotionalInterest,
)
from kernel.vectors import (
    Exact,
    Mask,
    Whole,
    chosen,
    divided,
    exceeds,
    floored,
    greater,
    lesser,
    minus,
    multiplied,
    plus,
    quotient,
    smaller,
    times,
)

ABSENT, PAID, REFUSED, LOST, COUNTED_OUT, UNCOMPUTED = range(6)
STATES = ("", "paid", "refused", "lost", "counted_out", "not_computable")
SETTLED = "loan.settled_on"
_MONTHS_OF_ALL_TIME = 12 * 10_000


@dataclass
class LineColumn:
    """A line in every row: its state, its amount up to the cap, the first of its conditions that failed, what is open."""

    line: Line
    states: NDArray[np.int8]
    amounts: Whole
    failed: NDArray[np.int16]
    lacks: Lacks = field(default_factory=list)
    waits: Mask | None = None


def claimed(line: Line, reader: ColumnReader) -> Mask:
    """The rows whose application holds what the line's base reads."""
    book = reader.book
    match line.base:
        case FeePaid(fee=fee):
            return book.fees[fee].present if fee in book.fees else reader.nowhere
        case Fixed(count=path) | BankVolume(fact=path):
            return book.has_section(path.partition(".")[0])
        case ApprovedAmount():
            return reader.nowhere if book.approved_amount is None else book.approved_amount.present
    return book.has_section("loan")


class LineWork:
    """Works out one line for the rows in which it is claimed."""

    def __init__(self, line: Line, reader: ColumnReader, eligible: Mask) -> None:
        self.line = line
        self.reader = reader
        self.book = reader.book
        self.claimed: Mask = eligible & claimed(line, reader)
        count = reader.count
        self.found = LineColumn(
            line,
            np.zeros(count, dtype=np.int8),
            np.zeros(count, dtype=np.int64),
            np.full(count, -1, dtype=np.int16),
        )
        self.rows = self.claimed
        """The rows whose base is looked at."""
        self.waits: Mask = np.zeros(count, dtype=bool)

    def work_out(self) -> LineColumn:
        found, line = self.found, self.line
        if not computable(line):
            found.states[self.claimed] = UNCOMPUTED
            return found
        found.states[self.claimed] = PAID
        if self.claimed.any():
            self._require()
        if not self.rows.any():
            found.waits = self.waits
            return found
        base = self._base()
        amount = multiplied(multiplied(base, self._factor()), self._months())
        for bound in line.bounds:
            most = self._costs(bound) if isinstance(bound, CostBound) else self._notional(bound.interest)
            amount = smaller(amount, most)
        whole = greater(_half_up(amount), 0)
        cap = self._cap()
        whole = whole if cap is None else lesser(whole, cap)
        for _, mask in found.lacks:
            self.rows = self.rows & ~mask
        self.rows = self.rows & ~self.waits
        found.amounts = chosen(self.rows, whole, 0)
        found.waits = self.waits
        return found

    def _require(self) -> None:
        """The line's own conditions: refused by the first that fails; open where none fails and one is open."""
        found, rows = self.found, self.claimed
        judged = [answers(condition, self.reader, rows) for condition in self.line.requires]
        for place, each in enumerate(judged):
            found.failed[rows & (each.codes == NO) & (found.failed < 0)] = place
        refused = found.failed >= 0
        found.states[refused] = REFUSED
        held = rows & ~refused
        for condition, each in zip(self.line.requires, judged, strict=True):
            self._lack(condition.id, held & (each.codes == UNKNOWN))
            self._wait(held & (each.codes == PENDING))
            self.rows = self.rows & (each.codes == YES)
        self.rows = self.rows & ~refused

    def _lack(self, path: str, mask: Mask) -> None:
        if mask.any():
            self.found.lacks.append((path, mask))

    def _wait(self, mask: Mask) -> None:
        self.waits |= mask

    def _read(self, value: Value) -> Exact:
        """The value; what is open in it is noted."""
        for path, mask in value.lacks:
            self._lack(path, self.rows & mask)
        if value.waits is not None:
            self._wait(self.rows & value.waits)
        return value.exact

    # --- the base ----------------------------------------------------------------------------------------------

    def _base(self) -> Exact:
        match self.line.base:
            case NotionalInterest() as base:
                return self._notional(base)
            case InterestPaid() as base:
                return self._interest_paid(base)
            case LoanAmount() as base:
                return self._loan_amount(base)
            case FeePaid(fee=fee):
                return Exact(self.book.fees[fee].fen)
            case Fixed(unit_fen=unit, count=path):
                return multiplied(self._number(path), Exact(unit))
            case BankVolume(fact=path):
                return multiplied(self._number(path), Exact(100))
            case ApprovedAmount():
                assert self.book.approved_amount is not None
                return Exact(self.book.approved_amount.fen)
        raise AssertionError(self.line.base)

    def _number(self, path: str) -> Exact:
        return self._read(self.reader.number(path, self.rows))

    def _share(self, word: str) -> Exact:
        return self._number("pledge.ip_share") if word == IP_SHARE else Exact(1)

    def _notional(self, base: NotionalInterest) -> Exact:
        rate = self._read(self.reader.rate(base.rate, self.rows))
        years = self._year_fen(base.day_count, base.max_period)
        return multiplied(multiplied(years, rate), self._share(base.share))

    def _interest_paid(self, base: InterestPaid) -> Exact:
        """As given, or worked out at the contract rate; at most at the clamp. Whole fen before the share."""
        given = self.book.interest_paid
        is_given = self.reader.nowhere if given is None else given.present
        all_rows, computed = self.rows, self.rows & ~is_given
        contract, clamp = Exact(0), None
        if base.clamp is not None:
            contract = self._number("loan.rate")
            clamp = self._read(self.reader.rate(base.clamp, all_rows))
        elif computed.any():
            self.rows = computed
            contract = self._number("loan.rate")
        self.rows = computed
        years = self._year_fen(base.day_count, base.max_period) if computed.any() else Exact(0)
        self.rows = all_rows
        share = self._share(base.share)
        bites = np.broadcast_to(exceeds(contract, clamp) if clamp else False, computed.shape)
        rate = _either(bites, clamp, contract) if clamp else contract
        paid = _half_up(multiplied(years, rate))
        if given is not None:
            as_given: Whole = given.fen
            if clamp is not None and bites.any():
                ratio, by_zero = divided(clamp, contract)
                lowered = _half_up(multiplied(Exact(as_given), ratio))
                as_given = chosen(bites & ~np.asarray(by_zero), lowered, chosen(bites, 0, as_given))
            paid = chosen(is_given, as_given, paid)
        return multiplied(Exact(paid), share)

    def _loan_amount(self, base: LoanAmount) -> Exact:
        self._lack(DRAWS, self.rows & ~self.book.draws.present)
        amount = multiplied(Exact(self.book.drawn), self._share(base.share))
        held = ~self.reader.nowhere
        if base.most_when is not None:
            held = self._held(answers(base.most_when, self.reader, self.rows))
        if base.most_fen is None:
            return amount
        return _either(held & exceeds(amount, Exact(base.most_fen)), Exact(base.most_fen), amount)

    def _held(self, found: Answers) -> Mask:
        """Where a condition holds; where it is open, what is missing is noted."""
        for path, mask in found.lacks:
            self._lack(path, self.rows & mask & (found.codes == UNKNOWN))
        self._wait(self.rows & (found.codes == PENDING))
        held: Mask = found.codes == YES
        return held

    # --- days and balances -------------------------------------------------------------------------------------

    def _year_fen(self, day_count: str, longest: MaxPeriod | None) -> Exact:
        """Balance × years in fen: times a yearly rate it is the interest."""
        book = self.book
        flat, over = self._day_counts(day_count)
        settled = self.reader.day(SETTLED, self.rows)
        end = np.where(np.isnat(settled), book.cleared_on, settled)
        self._lack(DRAWS, self.rows & ~book.draws.present)
        self._lack(SETTLED, self.rows & np.isnat(np.where(book.draws.present, end, settled)) & ~flat)
        if flat.all():
            return Exact(book.drawn)
        first = book.first_draws
        last = end if longest is None else np.minimum(end, _latest_ends(first, longest))
        days = minus(_fen_days(book.draws, first, last), _fen_days(book.repaid, first, last))
        if not flat.any():
            return Exact(days, over)
        return _either(flat, Exact(book.drawn), Exact(days, over))

    def _day_counts(self, day_count: str) -> tuple[Mask, Whole]:
        """Which rows count no days, and the days of a year of the others."""
        written = DAY_COUNTS[day_count]
        stated = self.book.day_count
        if stated is None or not stated.present.any():
            return np.broadcast_to(written == 0, self.reader.count), written or 1
        bases = np.array([DAY_COUNTS[str(fact)] for fact in stated.facts] + [written], dtype=np.int64)
        per_row = bases[stated.which]
        return per_row == 0, np.where(per_row == 0, 1, per_row)

    # --- factor, pro rata, bounds, cap -------------------------------------------------------------------------

    def _factor(self) -> Exact:
        match self.line.factor:
            case Constant(value=value):
                return Exact(value.numerator, value.denominator)
            case Band(low=low, high=high):
                choice = self.book.band_choice
                if choice is None:
                    self._lack("band_choice", self.rows)
                    return Exact(0)
                self._lack("band_choice", self.rows & ~choice.present)
                exact, _ = choice.numbers
                outside = exceeds(_plain(low), exact) | exceeds(exact, _plain(high))
                self.reader.faulty |= self.rows & choice.present & outside
                return exact
            case ByCase(entries=entries):
                return self._of_case(entries)

    def _of_case(self, entries: tuple[CaseEntry, ...]) -> Exact:
        """The first entry that holds; one that is open before it makes the line open."""
        before, left = self.rows, self.rows
        taken = np.zeros(self.reader.count, dtype=np.intp)
        for place, entry in enumerate(entries):
            if entry.when is None:
                taken[left] = place
                break
            self.rows = left
            found = answers(entry.when, self.reader, left)
            taken[left & self._held(found)] = place
            left = left & (found.codes == NO)
        self.rows = before
        over = np.lcm.reduce([entry.value.denominator for entry in entries])
        units = np.array([int(entry.value * int(over)) for entry in entries], dtype=np.int64)
        return Exact(units[taken], int(over))

    def _months(self) -> Exact:
        full = self.line.prorate_full
        if full is None:
            return Exact(1)
        term = floored(self._number("loan.term_months"))
        return Exact(lesser(term, full), full)

    def _costs(self, bound: CostBound) -> Exact:
        """Fees not given are zero; interest is that on the whole loan, without clamp, share and longest period."""
        total: Whole = 0
        for fee in bound.of:
            if fee == INTEREST:
                total = plus(total, self._whole_interest())
            elif fee in self.book.fees:
                total = plus(total, _or_zero(self.book.fees[fee]))
        return Exact(total)

    def _whole_interest(self) -> Whole:
        given = self.book.interest_paid
        is_given = self.reader.nowhere if given is None else given.present
        before, self.rows = self.rows, self.rows & ~is_given
        worked_out: Whole = 0
        if self.rows.any():
            rate = self._number("loan.rate")
            worked_out = _half_up(multiplied(self._year_fen(DAY_COUNT, None), rate))
        self.rows = before
        return worked_out if given is None else chosen(is_given, given.fen, worked_out)

    def _cap(self) -> Whole | None:
        cap = self.line.cap
        if cap is None:
            return None
        if not cap.at:
            return cap.amounts[0][1]
        path = DATES[cap.at]
        day = self.reader.day(path, self.rows)
        self._lack(path, self.rows & np.isnat(day))
        most = np.zeros(self.reader.count, dtype=np.int64)
        valid = np.zeros(self.reader.count, dtype=bool)
        for start, fen in cap.amounts:
            here = day >= np.datetime64(start, "D")
            most, valid = np.where(here, fen, most), valid | here
        self._lack(PARAMETER, self.rows & ~np.isnat(day) & ~valid)
        return most


def _fen_days(payments: Payments, first: Day64, last: Day64) -> Whole:
    """The fen of each payment times its days until `last`, none before `first` counted, summed by row."""
    row = payments.row_of
    days = (last[row] - np.maximum(payments.when, first[row])).astype(np.int64)
    days[np.isnat(last[row]) | np.isnat(first[row])] = 0
    found: Whole = payments.sums(times(payments.fen, np.maximum(days, 0)))
    return found


def _latest_ends(first: Day64, longest: MaxPeriod) -> Day64:
    """The twin of `period.latest_end`; a period beyond the calendar ends nothing."""
    if longest.months > _MONTHS_OF_ALL_TIME:
        return np.full(len(first), np.datetime64("9999-12-31", "D"))
    there = ~np.isnat(first)
    ends = np.full(len(first), NOT_A_DAY)
    ends[there] = months_later(first[there], longest.months) + np.timedelta64(longest.days, "D")
    return ends


def _half_up(exact: Exact) -> Whole:
    """Whole fen, a half upwards.

    >>> _half_up(Exact(np.array([5, 249, 700]), np.array([2, 100, 100]))).tolist()
    [3, 2, 7]
    """
    if isinstance(exact.den, int) and exact.den == 1:
        return exact.num
    return quotient(plus(times(exact.num, 2), exact.den), times(exact.den, 2))


def _either(rows: Mask, here: Exact, elsewhere: Exact) -> Exact:
    """One fraction in these rows, another in all others."""
    return Exact(chosen(rows, here.num, elsewhere.num), chosen(rows, here.den, elsewhere.den))


def _or_zero(fen: Fen) -> Whole:
    return np.where(fen.present, fen.fen, 0)


def _plain(value: Fraction) -> Exact:
    return Exact(value.numerator, value.denominator)
