"""The watch over a right for as long as the loan lives: what is due when, who does what. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.conditions import Answer
from kernel.days import WorkingCalendar

from .book import RuleBook, WatchRule, judge_cases
from .clocks import after
from .facts import Contract, Filing, Party, Pledge, Right
from .metrics import Known, known_of_pledge, known_of_pledged, known_of_right


@dataclass(frozen=True)
class Alert:
    """One thing to do: `step` is the threshold that was reached, in days before `due_on`; 0 on the day and after it, None
    for what is told at once. `unsure`: what is not known, so that this may not be so, or not on that day.

    (`rule`, `right`, `due_on`, `step`) is the same on every day until the next threshold, so that clearing it holds.
    """

    rule: str
    right: str
    title: str
    to_do: str
    who: str
    due_on: dt.date | None
    days_left: int | None
    step: int | None
    provisional: bool
    unsure: str
    article: str
    confidence: str
    parties: frozenset[Party]
    tells_of_loan: bool


def alerts(
    book: RuleBook, rights: Sequence[Right], pledge: Pledge, on: dt.date, calendar: WorkingCalendar
) -> tuple[Alert, ...]:
    """Every alert of a pledge's rights on a day, the most urgent first; of the pledge as a whole once (right is empty)."""
    about = known_of_pledge(pledge)
    debt = Contract(debt_ends_on=pledge.loan_ends_on)
    found: list[Alert] = []
    for right in rights:
        alone = Filing(right.kind, "", (right,), contract=debt)
        known = about | known_of_right(book, right, on, calendar) | known_of_pledged(book, right, alone, on)
        found += [
            one for rule in _of_right(book, True) if (one := _alert(rule, right.number, known, on, calendar))
        ]
    found += [one for rule in _of_right(book, False) if (one := _alert(rule, "", about, on, calendar))]
    return tuple(sorted(found, key=lambda one: (one.due_on or dt.date.min, one.right, one.rule)))


def _of_right(book: RuleBook, of_right: bool) -> list[WatchRule]:
    return [rule for rule in book.watch if _asks_of_right(rule) == of_right]


def _asks_of_right(rule: WatchRule) -> bool:
    asked = {condition.metric for case in rule.cases for condition in case} | {rule.counts_from}
    return any(name.startswith("right.") for name in asked)


def _alert(rule: WatchRule, right: str, known: Known, on: dt.date, calendar: WorkingCalendar) -> Alert | None:
    if not rule.basis.holds(on):
        return None
    cases = rule.cases or ((),)
    answer = judge_cases(cases, known.values).answer
    if not rule.counts_from:
        if answer is Answer.YES:
            return _made(rule, right, None, on, None, False, "")
        possible, unsure = known.possibly(condition.metric for case in cases for condition in case)
        so = unsure and judge_cases(cases, possible).answer is Answer.YES
        return _made(rule, right, None, on, None, False, unsure) if so else None
    start = known.days.get(rule.counts_from)
    if start is None or answer is Answer.NO:
        return None
    due = after(start, rule.length, rule.unit, calendar, rolls=rule.rolls)
    left = (due - on).days
    step = min((days for days in rule.at_days if left <= days), default=None)
    if step is None and not rule.at_once:
        return None
    uncounted = rule.unit == "working_days" or rule.rolls
    provisional = rule.counts_from in known.provisional or (uncounted and calendar.provisional(due, start))
    unsure = known.unsure.get(rule.counts_from, "")
    return _made(rule, right, due, on, step if left > 0 else 0, provisional, unsure)


def _made(
    rule: WatchRule,
    right: str,
    due: dt.date | None,
    on: dt.date,
    step: int | None,
    provisional: bool,
    unsure: str,
) -> Alert:
    return Alert(
        rule=rule.id,
        right=right,
        title=rule.title,
        to_do=rule.to_do,
        who=rule.who,
        due_on=due,
        days_left=None if due is None else (due - on).days,
        step=step,
        provisional=provisional,
        unsure=unsure,
        article=rule.basis.article,
        confidence=rule.basis.confidence,
        parties=rule.parties,
        tells_of_loan=rule.tells_of_loan,
    )


def why_gone(
    rule: str,
    right: str,
    due_on: dt.date | None,
    step: int | None,
    now: Sequence[Alert],
    since: Sequence[str],
) -> str:
    """Why an alert no longer holds beside those that hold `now`; `since`: what was recorded of its right meanwhile."""
    next_one = next((one for one in now if (one.rule, one.right) == (rule, right)), None)
    if next_one is not None and (next_one.due_on, next_one.step) == (due_on, step):
        return (
            f"仍未查明：{next_one.unsure}，另有提醒"
            if next_one.unsure
            else "原来不确定的，现已确定，另有提醒"
        )
    if next_one is not None and next_one.due_on == due_on:
        return f"到了下一提醒点：期限前 {next_one.step} 日" if next_one.step else "期限已到，另有提醒"
    if next_one is not None and next_one.due_on is not None:
        return f"期限改为 {next_one.due_on}"
    told = "按现有记录，所提醒的情形不再成立"
    return f"{told}；其间记录：{'、'.join(since)}" if since else told
