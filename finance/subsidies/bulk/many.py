"""A whole book under one policy: to the fen what `settle` says of each application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finance.subsidies.application import Application
from finance.subsidies.bulk.amounts import (
    ABSENT,
    COUNTED_OUT,
    LOST,
    PAID,
    STATES,
    LineColumn,
    LineWork,
)
from finance.subsidies.bulk.book import Book
from finance.subsidies.bulk.columns import NOT_A_DAY, Day64
from finance.subsidies.bulk.judging import NO, PENDING, UNKNOWN, answers
from finance.subsidies.bulk.limits import Amounts, choose, count_out, meters, take_limits
from finance.subsidies.bulk.reading import DRAWS, ColumnReader, first_of
from finance.subsidies.engine import evaluate
from finance.subsidies.lines import Draft
from finance.subsidies.rates import PARAMETER, Reader, Series
from finance.subsidies.results import Result, Status
from finance.subsidies.terms import (
    DATES,
    BankVolume,
    Fixed,
    Policy,
    count_key,
    tests_in,
)
from kernel.errors import Problem, Refused
from kernel.vectors import LARGEST, Whole, size

ELIGIBLE, INELIGIBLE, OPEN, WAITING, FAULTY = range(5)
STATUSES = (Status.ELIGIBLE, Status.INELIGIBLE, Status.UNKNOWN, Status.PENDING, None)
"""The statuses by code; None is an application that the single path refuses to look at."""
_BLOCK = 16_384  # the columns of a block stay in the processor's caches
_STATE_CODES = {name: code for code, name in enumerate(STATES)}
_PAYMENTS = (DRAWS, "loan.repaid")


@dataclass(frozen=True)
class Many:
    """The answer of one policy to n applications.

    `status` int8[n] points into `STATUSES`; `reason` int32[n] into `reasons` (the first key of the single path, -1 is none);
    `asked` and `paid` give fen by line before and after the limits, `states` what became of it. `alone` are the rows that
    went through the single path, `in_turn` those whose limits depend on each other.
    """

    policy: Policy
    book: Book
    series: Series
    status: NDArray[np.int8]
    reason: NDArray[np.int32]
    reasons: tuple[str, ...]
    states: Mapping[str, NDArray[np.int8]]
    asked: Mapping[str, Whole]
    paid: Mapping[str, Whole]
    alone: NDArray[np.intp]
    in_turn: NDArray[np.intp]

    @cached_property
    def total(self) -> Whole:
        """Fen of all lines in every row."""
        zeros: Whole = np.zeros(len(self.book), dtype=np.int64)
        return sum((_wide(fen, len(self.paid)) for fen in self.paid.values()), zeros)

    def sum_of(self, line: str, rows: Any = slice(None)) -> int:
        """Fen of a line over rows, exact."""
        fen = self.paid[line]
        assert not isinstance(fen, int)
        return int(_wide(fen, len(self.book))[rows].sum())

    def status_of(self, row: int) -> Status | None:
        return STATUSES[self.status[row]]

    def reason_of(self, row: int) -> str:
        place = int(self.reason[row])
        return "" if place < 0 else self.reasons[place]

    def single(self, row: int) -> Result:
        """One row alone by the single path, before what it shares with others, with its working. Refused like it."""
        return evaluate(self.policy, self.book.case(row), self.series)

    def faults(self, row: int) -> tuple[Problem, ...]:
        """Why a row is refused; empty if it is not."""
        try:
            self.single(row)
        except Refused as refusal:
            return refusal.problems
        return ()


@dataclass
class _Table:
    """What is known of every row so far."""

    policy: Policy
    status: NDArray[np.int8]
    reason: NDArray[np.int32]
    states: dict[str, NDArray[np.int8]]
    amounts: Amounts
    failed: dict[str, NDArray[np.int16]]
    keys: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy, count: int) -> _Table:
        lines = [line.id for line in policy.lines]
        return cls(
            policy,
            np.zeros(count, dtype=np.int8),
            np.full(count, -1, dtype=np.int32),
            {line: np.zeros(count, dtype=np.int8) for line in lines},
            {line: np.zeros(count, dtype=np.int64) for line in lines},
            {line: np.full(count, -1, dtype=np.int16) for line in lines},
        )

    def key(self, name: str) -> int:
        return self.keys.setdefault(name, len(self.keys))

    def give(self, rows: Any, name: str) -> None:
        """A reason for rows that have none yet."""
        self.reason[rows] = np.where(self.reason[rows] < 0, self.key(name), self.reason[rows])

    def put(self, line: str, rows: Any, amounts: Any) -> None:
        """Amounts of rows, in Python's integers from the first on that does not fit."""
        whole = self.amounts[line]
        assert not isinstance(whole, int)
        if size(amounts) > LARGEST and whole.dtype != object:
            whole = self.amounts[line] = whole.astype(object)
        whole[rows] = amounts


def settle_many(
    policy: Policy, book: Book, series: Series, used: Mapping[str, NDArray[np.int64]] | None = None
) -> Many:
    """The book in its order, which is the order of application: each alone up to the exclusive choice, then counts over
    all of one meter, then limits (7.10).

    `used` gives by limit id (`<line>.count` for a count) what was used of each row's meter before: int64[n]. An application
    that the single path refuses is marked (`FAULTY`) and takes part in nothing.
    """
    count = len(book)
    table = _Table.of(policy, count)
    alone = dict(book.apart)
    if count and not in_columns(policy):
        alone = {row: _case(book, row) for row in range(count)}
    else:
        for start in range(0, count, _BLOCK):
            _work_out(policy, book, series, slice(start, min(start + _BLOCK, count)), table)
    for row, case in alone.items():
        _work_out_alone(policy, case, series, row, table)
    _why_refused(table)
    for name, lost in choose(policy, table.states, table.amounts):
        table.give(lost, name)
    meter = meters(policy, book, used or {}, _window_days(policy, book))
    for line in policy.lines:
        if line.count is not None:
            count_out(line, table.states[line.id], table.amounts[line.id], meter[count_key(line)])
            table.give(table.states[line.id] == COUNTED_OUT, count_key(line))
    asked: Amounts = {
        line: np.where(table.states[line] == PAID, amount, 0) for line, amount in table.amounts.items()
    }
    paid = {line: np.copy(amount) for line, amount in asked.items()}
    in_turn = take_limits(policy, paid, meter)
    rows = np.array(sorted(alone), dtype=np.intp)
    return Many(
        policy, book, series, table.status, table.reason, tuple(table.keys), table.states, asked, paid, rows, in_turn
    )  # fmt: skip


def in_columns(policy: Policy) -> bool:
    """Whether columns can hold what the policy reads: payments are no facts to compare, but whether there are any."""
    read = [line.base for line in policy.lines]
    if any(isinstance(base, Fixed) and base.count in _PAYMENTS for base in read):
        return False
    if any(isinstance(base, BankVolume) and base.fact in _PAYMENTS for base in read):
        return False
    return not any(
        test.op != "exists"
        and ({test.fact, test.value} if test.op.endswith("_fact") else {test.fact}) & {*_PAYMENTS}
        for test in tests_in((policy.eligibility, policy.lines))
    )


# --- each alone ----------------------------------------------------------------------------------------------------


def _work_out(policy: Policy, book: Book, series: Series, rows: slice, table: _Table) -> None:
    """A block of rows up to the item caps."""
    reader = ColumnReader(book.rows(rows), series)
    everywhere = ~reader.nowhere
    status = np.zeros(reader.count, dtype=np.int8)
    judged = [(condition, answers(condition, reader, everywhere)) for condition in policy.eligibility]
    for code, answer in ((WAITING, PENDING), (OPEN, UNKNOWN), (INELIGIBLE, NO)):  # the strongest last
        for _, found in judged:
            status[found.codes == answer] = code
    block = slice(rows.start, rows.stop)
    reason = table.reason[block]
    for condition, found in judged:
        for code, answer in ((INELIGIBLE, NO), (OPEN, UNKNOWN)):
            reason[(status == code) & (found.codes == answer) & (reason < 0)] = table.key(condition.id)
    lines = [LineWork(line, reader, status == ELIGIBLE).work_out() for line in policy.lines]
    _open_lines(lines, status, reason, table)
    reason[status == WAITING] = table.key(PARAMETER)
    status[reader.faulty] = FAULTY
    reason[reader.faulty] = -1
    table.status[block] = status
    decided = status == ELIGIBLE
    for column in lines:
        line = column.line.id
        table.states[line][block] = np.where(decided, column.states, ABSENT)
        table.put(line, block, np.where(decided, column.amounts, 0))
        table.failed[line][block] = np.where(decided, column.failed, -1)


def _open_lines(
    lines: list[LineColumn], status: NDArray[np.int8], reason: NDArray[np.int32], table: _Table
) -> None:
    """One line that lacks something leaves the application unknown, else one that waits leaves it pending."""
    lacking = np.zeros(len(status), dtype=bool)
    waiting = np.zeros(len(status), dtype=bool)
    for column in lines:
        for path, rows in first_of(column.lacks, ~lacking):
            reason[rows & (reason < 0)] = table.key(f"{column.line.id}.{path}")
        for _, rows in column.lacks:
            lacking |= rows
        if column.waits is not None:
            waiting |= column.waits
    status[waiting] = WAITING
    status[lacking] = OPEN


def _case(book: Book, row: int) -> Any:
    try:
        return book.case(row)
    except Refused:
        return None


def _work_out_alone(policy: Policy, case: Any, series: Series, row: int, table: _Table) -> None:
    """One row by the single path up to its item caps; the exclusive choice is undone, it comes for all rows together."""
    application = None if case is None else Application(policy, case, series)
    table.reason[row] = -1
    for line in policy.lines:
        table.states[line.id][row], table.failed[line.id][row] = ABSENT, -1
        table.put(line.id, row, 0)
    if application is None or application.reader.problems:
        table.status[row] = FAULTY
        return
    table.status[row] = STATUSES.index(application.status)
    if application.status is not Status.ELIGIBLE:
        _, keys, _, _ = application.why(())
        if keys:
            table.reason[row] = table.key(keys[0])
        return
    for draft in application.drafts:
        _put_draft(draft, row, table)


def _put_draft(draft: Draft, row: int, table: _Table) -> None:
    line = draft.line
    table.states[line.id][row] = PAID if draft.state == STATES[LOST] else _STATE_CODES[draft.state]
    table.put(line.id, row, draft.amount)
    if draft.failed:
        table.failed[line.id][row] = line.requires.index(draft.failed[0])


def _why_refused(table: _Table) -> None:
    """The first condition of a line that failed; exclusive choices and counts give their reasons after it."""
    for line in table.policy.lines:
        failed = table.failed[line.id]
        for place, condition in enumerate(line.requires):
            table.give(failed == place, f"{line.id}.{condition.id}")


def _window_days(policy: Policy, book: Book) -> dict[str, Day64]:
    """The days that name the windows: of the application, and of the date that picks the version."""
    asked = {"application_date", DATES.get(policy.effective.picked_by, "application_date")}
    reader = ColumnReader(book, Series())
    days = {path: np.array(reader.day(path, reader.nowhere)) for path in asked}
    for path, found in days.items():
        for row, case in book.apart.items():
            day = Reader(case, Series()).day(path)
            found[row] = NOT_A_DAY if day is None else np.datetime64(day, "D")
    return days


def _wide(whole: Whole, count: int) -> Any:
    """An array whose sum over `count` of its values is exact."""
    assert not isinstance(whole, int)
    return whole if size(whole) * max(count, 1) <= LARGEST else whole.astype(object)


__all__ = ["ELIGIBLE", "FAULTY", "INELIGIBLE", "OPEN", "STATUSES", "WAITING", "Many", "settle_many"]
