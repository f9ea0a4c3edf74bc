"""The claim behind a file: how its limitation runs, and what transfers and licences of the rights bring in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.pledges.books import interruption_kinds
from finance.pledges.models import AlertClearing
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.bounds import kept_day
from finance.pledges.rules.limitation import COUNTS_FROM, Interruption, Limitation, limitation
from finance.pledges.rules.proceeds import Fall, Proceeds, confirmed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from finance.pledges.models import LimitationInterrupted, RegistrationFile
    from finance.pledges.rules.book import RuleBook, WatchRule
    from finance.pledges.secured import SecuredLoan
    from kernel.days import WorkingCalendar

PROCEEDS_DUE = "pledge.proceeds_due"


def limitation_of(
    file: RegistrationFile,
    book: RuleBook,
    debt_ends_on: dt.date | None,
    loans: Iterable[SecuredLoan],
    on: dt.date,
    known_on: dt.date,
    calendar: WorkingCalendar,
) -> Limitation | None:
    """How the period ran on a day as known on a day; None where no end of the debt is known, or the book knows no such
    period."""
    rule = _rule_of(book, COUNTS_FROM)
    if rule is None or debt_ends_on is None:
        return None
    told = [_fact(one.kind, one.on, one.told) for one in standing_interruptions(file, known_on)]
    told += [_fact("LIM-03", day, "银行月报显示余额下降，按月初计") for loan in loans for day in loan.paid_in]
    return limitation(debt_ends_on, [one for one in told if one.on <= on], rule, calendar)


def standing_interruptions(file: RegistrationFile, known_on: dt.date) -> list[LimitationInterrupted]:
    """What the bank told by a day and has not taken back or put otherwise by then, in the order of its days."""
    rows = list(file.interruptions.filter(recorded_on__lte=known_on).order_by("on", "pk"))
    corrected = {row.corrects_id for row in rows}
    return [row for row in rows if row.kind and row.pk not in corrected]


def _fact(kind: str, on: dt.date, told: str) -> Interruption:
    rule = interruption_kinds()[kind]
    mark = CONFIDENCE[rule.basis.confidence][1]
    return Interruption(on, f"{rule.title}：{told}", rule.basis.article, mark)


def _rule_of(book: RuleBook, counts_from: str) -> WatchRule | None:
    return next((rule for rule in book.watch if rule.counts_from == counts_from), None)


def proceeds_of(
    file: RegistrationFile,
    book: RuleBook,
    loans: Iterable[SecuredLoan],
    on: dt.date,
    known_on: dt.date,
) -> tuple[Proceeds, ...]:
    """What the steps up to a day told of proceeds, with what confirms each."""
    told = []
    for act in file.acts.all():
        asked = act.details.get("asked", {})
        if (
            asked.get("proceeds")
            and asked.get("proceeds_to")
            and act.on <= on
            and act.recorded_on <= known_on
        ):
            due = kept_day(asked["proceeds_by"]) if asked.get("proceeds_by") else act.on
            holder = asked.get("escrowed_at", "")
            told.append(Proceeds(act.on, asked["proceeds"], asked["proceeds_to"], due, holder))
    rule = _rule_of(book, PROCEEDS_DUE)
    if not told or rule is None:
        return tuple(told)
    falls = [Fall(month, fen) for loan in loans for month, fen in loan.falls]
    worked_off = AlertClearing.objects.filter(
        alert__file=file,
        alert__rule=rule.id,
        how=AlertClearing.How.DONE,
        on__lte=on,
        recorded_on__lte=known_on,
    )
    settled = set(worked_off.values_list("alert__due_on", flat=True))
    return confirmed(told, falls, settled)


def proceeds_awaited(told: Iterable[Proceeds]) -> Proceeds | None:
    """The proceeds that nothing confirms, the most urgent of them."""
    return min((one for one in told if not one.confirmed), key=lambda one: one.due_on, default=None)
