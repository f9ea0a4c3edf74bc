"""How long a right lasts and when its fees fall due, each answer with its working. Pure.

Priority never counts (专利法实施细则 art. 12); a term does not move for holidays, a fee's last day does (art. 5). What the
register says of the end of a term (compensation, renewal) is a stored fact and goes before the formula.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from kernel.days import WorkingCalendar, add_months, add_years

from .book import AnnualFee, RuleBook, Term
from .bounds import MOST_FEE_YEARS
from .facts import Right

_DAY = dt.timedelta(days=1)
COUNTS_FROM = {
    "filed_on": "申请日",
    "registered_on": "注册日",
    "first_published_on": "首次发表日",
    "completed_on": "完成日",
    "author_died_on": "作者死亡日",
    "filed_or_first_used": "申请日与首次商业利用日中较早的一日",
}


@dataclass(frozen=True)
class Expiry:
    """The last day on which the right is valid, how it was found, and what to look at.

    `bound`: a fact is missing, so that the right ends on this day or later (earliest), or on this day or sooner (latest);
    the day is provisional then, and the warnings say what is missing.
    """

    last_day: dt.date
    working: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    bound: Literal["", "earliest", "latest"] = ""

    def over(self, on: dt.date) -> bool | None:
        """Whether the right has ended by a day; None where that is not known."""
        if self.last_day < on:
            return None if self.bound == "earliest" else True
        return None if self.bound == "latest" else False

    def may_be_over(self, on: dt.date) -> bool:
        """Whether the day shown has passed and the right may nevertheless last longer.

        A right that ends on its day or sooner may have ended on any day: nothing that comes up on a day would be told.
        """
        return self.bound == "earliest" and self.last_day < on

    @property
    def unsure(self) -> str:
        """What is not known and would give another last day."""
        return "；".join(self.warnings) if self.bound else ""


@dataclass(frozen=True)
class FeeDue:
    """The fee of one year of a patent that has not been paid: its due day, the last day without and with surcharge."""

    year: int
    due_on: dt.date
    payable_until: dt.date
    grace_ends_on: dt.date
    provisional: bool
    working: tuple[str, ...]

    def overdue(self, on: dt.date) -> bool:
        return self.payable_until < on

    def lapsed(self, on: dt.date) -> bool:
        return self.grace_ends_on < on


def expiry(book: RuleBook, right: Right) -> Expiry | None:
    """The last valid day of a right by the first term that applies, or None if a fact for it is missing."""
    if right.expires_on is not None:
        return Expiry(right.expires_on, (f"登记簿所载届满日 {right.expires_on}",))
    return next((one for term in book.terms if (one := _by_term(term, right))), None)


def _by_term(term: Term, right: Right) -> Expiry | None:
    if term.subtype and term.subtype != right.subtype:
        return None
    start = _start(term, right)
    if start is None:
        return None
    if (term.filed_from and start < term.filed_from) or (term.filed_to and term.filed_to < start):
        return None
    if late := _begun_too_late(term, right, start):
        return late
    same_day = add_years(start, term.years)
    ends = {"day_before": same_day - _DAY, "same_day": same_day, "year_end": dt.date(same_day.year, 12, 31)}
    last = ends[term.ends]
    working = [
        f"{COUNTS_FROM[term.counts_from]} {start}，期限 {term.years} 年，末日 {last}（{term.basis.article}）"
    ]
    warnings, bound = _missing(term, right)
    if (start.month, start.day) == (2, 29) and same_day.day == 28:
        warnings.append("起算日是2月29日，按较早的一日计算，请以登记机构为准")
    if right.priority_on:
        working.append(f"优先权日 {right.priority_on} 不参与计算")
    if term.never_after_years is not None and right.completed_on:
        latest = add_years(right.completed_on, term.never_after_years) - _DAY
        if latest < last:
            last = latest
            working.append(f"自创作完成 {right.completed_on} 起最长 {term.never_after_years} 年，末日 {last}")
    return Expiry(last, tuple(working), tuple(warnings), bound)


def _missing(term: Term, right: Right) -> tuple[list[str], Literal["", "earliest", "latest"]]:
    """What is not known and would give another last day, in words, and on which side of the day shown that lies.

    A work published within its time lasts to the end of a year that is not before the unpublished work's last day.
    """
    if term.only_unpublished and right.published is None:
        return ["暂定：没有写明是否已经发表；已发表的，届满日不早于此"], "earliest"
    if term.only_unpublished and right.published:
        return ["暂定：已发表而没有写明首次发表日；届满日不早于此"], "earliest"
    if term.counts_from == "filed_or_first_used" and None in (right.filed_on, right.first_used_on):
        return ["暂定：申请日、首次商业利用日没有都写明；另一日较早的，届满日不晚于此"], "latest"
    return [], ""


def _begun_too_late(term: Term, right: Right, start: dt.date) -> Expiry | None:
    """The end of a work first published after so many years: it came with them, and publishing brings nothing back."""
    if term.begins_within_years is None or right.completed_on is None:
        return None
    last = add_years(right.completed_on, term.begins_within_years)
    if start <= last:
        return None
    word, years = COUNTS_FROM[term.counts_from], term.begins_within_years
    told = f"{word} {start} 晚于完成日 {right.completed_on} 满 {years} 年的 {last}，此后不再保护"
    return Expiry(last, (f"{told}（{term.basis.article}）",))


def _start(term: Term, right: Right) -> dt.date | None:
    if term.counts_from == "filed_or_first_used":
        return min((day for day in (right.filed_on, right.first_used_on) if day), default=None)
    return getattr(right, term.counts_from)  # type: ignore[no-any-return]


def fee_due_on(book: RuleBook, right: Right) -> dt.date | None:
    """The day by which the first unpaid annual fee is due, holidays aside; None as for `next_fee`."""
    if book.annual_fee is None or right.filed_on is None or right.fees_paid_through is None:
        return None
    due = add_years(right.filed_on, min(right.fees_paid_through, MOST_FEE_YEARS))
    last = expiry(book, right)
    return None if last is not None and last.last_day < due else due


def next_fee(book: RuleBook, right: Right, calendar: WorkingCalendar) -> FeeDue | None:
    """The first annual fee that has not been paid; None if the filing day or the payments are not known, or if the right
    ends before another fee is due.

    The fee of a year is due by the anniversary of filing on which that year begins; a holiday moves the last day. The
    grace is counted from the day before it was moved, the earlier reading of an open question (brief, Q9).
    """
    fee, due = book.annual_fee, fee_due_on(book, right)
    if fee is None or due is None or right.fees_paid_through is None:
        return None
    year = right.fees_paid_through + 1
    payable = calendar.on_or_after(due)
    grace = calendar.on_or_after(add_months(due, fee.grace_months))
    working = [
        f"第{year}年度年费于申请日 {right.filed_on} 的第{year - 1}个周年日 {due} 届满（{fee.basis.article}）"
    ]
    if payable != due:
        working.append(f"{due} 是节假日，顺延至 {payable}")
    return FeeDue(year, due, payable, grace, calendar.provisional(grace, due), tuple(working))


def surcharge_percent(fee: AnnualFee, due: FeeDue, on: dt.date) -> int | None:
    """The late surcharge on a day, in percent of the full fee; None when the grace is over (the right has ended).

    >>> from .book import Basis
    >>> rule = AnnualFee((0, 5, 10), Basis("", "", "S"))
    >>> day = dt.date(2026, 3, 2)
    >>> one = FeeDue(7, day, day, dt.date(2026, 6, 2), False, ())
    >>> [surcharge_percent(rule, one, dt.date(2026, month, 3)) for month in (2, 3, 4, 6)]
    [0, 0, 5, None]
    """
    if not due.overdue(on):
        return 0
    if due.lapsed(on):
        return None
    begun = sum(add_months(due.due_on, months) < on for months in range(fee.grace_months))
    return fee.surcharges_percent[max(begun, 1) - 1]
