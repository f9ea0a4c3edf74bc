"""What the platform itself knows of an enterprise, as inputs: its credit record, overdue loans, figures, rights.

Known bad news speaks; that none is known is never good news: a bank's own loans without delay say nothing of other lenders,
no listing here says nothing of lists nobody looked at. Rows of another bank are not read: every question takes the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from finance.loans.models import Loan
from finance.loans.queries import state_of
from finance.parties.models import EnterpriseFigures, Organisation
from finance.parties.queries import counting_against
from finance.pledges.models import RegistrationFile
from finance.pledges.queries import of_files, of_rights
from finance.pledges.rules.metrics import known_of_right
from finance.pledges.rules.terms import expiry
from kernel.calendars.queries import working_calendar
from kernel.days import day_of
from kernel.money.fields import fen_of
from valuation.scores.rules import Known

if TYPE_CHECKING:
    import datetime as dt

    from finance.pledges.rules.book import RuleBook
    from finance.pledges.rules.facts import Right

HERE = "本平台"
KINDS = {
    ("patent", "invention"): "invention",
    ("patent", "utility_model"): "utility_model",
    ("patent", "design"): "design",
}
YES = "是"
LAST = "~"  # what is known here on the day goes before what was stated on it
BAD_NEWS = {
    "lapsed": ("right.ended",),
    "encumbered": ("right.running_pledge", "right.preserved"),
    "disputed": ("right.under_invalidation", "right.disputed"),
}
"""By fact of a card what says *yes* to it, if one of them is so; together, because of two answers only one would be kept."""
DAYS_A_YEAR = Fraction(36525, 100)


def known_here(house: Organisation, enterprise: Organisation, on: dt.date) -> Iterator[Known]:
    """Everything, each with its source and the day it was known."""
    yield from _credit(enterprise, on)
    yield from _overdue(house, enterprise, on)
    yield from _figures(enterprise, on)
    yield from _rights(house, enterprise, on)


def _credit(enterprise: Organisation, on: dt.date) -> Iterator[Known]:
    """A listing that counts on the day; it is looked at on the day itself."""
    for fact in list(counting_against(enterprise, on).values())[:1]:
        source = f"{HERE}信用记录：{fact.source} {fact.document_no}"
        yield Known("firm.dishonest", "", "value", YES, source[:200], on, LAST)


def _overdue(house: Organisation, enterprise: Organisation, on: dt.date) -> Iterator[Known]:
    """The longest delay among the loans that the house may see; nothing where there is none."""
    loans = Loan.objects.filter(borrower=enterprise)
    if house.kind == Organisation.Kind.BANK:
        loans = loans.filter(bank=house)
    elif house.pk != enterprise.pk:
        return
    states = [(loan, state) for loan in loans if (state := state_of(loan, on=on)) and not state.settled]
    late = max(((state.overdue_days, loan) for loan, state in states), key=lambda one: one[0], default=None)
    if late and late[0] > 0:
        source = f"{HERE}贷款月报：{late[1].bank_loan_no}"
        yield Known("firm.overdue_days_now", "", "value", str(late[0]), source, on, LAST, own=True)


def _figures(enterprise: Organisation, on: dt.date) -> Iterator[Known]:
    """Growth of revenue between the two last years whose originals were seen."""
    rows = EnterpriseFigures.objects.filter(
        enterprise=enterprise, known_on__lte=on, evidence=EnterpriseFigures.Evidence.SEEN,
        revenue__isnull=False,
    )  # fmt: skip
    years = {
        row.year: (fen_of(row.revenue), row.known_on)
        for row in rows.order_by("pk")
        if row.revenue is not None
    }
    if not years or (last := max(years)) - 1 not in years:
        return
    (now, known_now), (before, known_before) = years[last], years[last - 1]
    if before:
        text = str((Decimal(100 * (now - before)) / before).quantize(Decimal("0.01")))
        source = f"{HERE}企业年度数据（已核原件）：{last - 1}、{last}年"
        yield Known("fin_growth", "", "value", text, source, max(known_now, known_before))


def _rights(house: Organisation, enterprise: Organisation, on: dt.date) -> Iterator[Known]:
    """Of every right in a registration file of the house with this enterprise: its kind, its bad news, its years left."""
    files = RegistrationFile.objects.filter(pledgor=enterprise, opened_on__lte=on)
    if house.pk != enterprise.pk:
        files = files.filter(pledgee=house)
    for file in files.order_by("opened_on", "pk"):
        last = of_files.last_statement(file)
        if last is None:
            continue
        known_on = min(last.stated_on or day_of(last.recorded_at), on)
        for right in of_rights.rights_on(file, on, on):
            yield from _of_right(of_files.book_of(file), right, on, known_on, f"{HERE}登记案件 {file.number}")


def _of_right(book: RuleBook, right: Right, on: dt.date, known_on: dt.date, source: str) -> Iterator[Known]:
    kind = KINDS.get((right.kind, right.subtype or ""), "trademark" if right.kind == "trademark" else "")
    facts = known_of_right(book, right, on, working_calendar()).values

    def said(name: str, value: str, order: str = "") -> Known:
        return Known(f"right.{name}", right.number or source, "value", value, source, known_on, order)

    if kind:  # of a kind that no card values the bad news is still told
        yield said("kind", kind)
    for name, bad in BAD_NEWS.items():
        if any(facts.get(fact) == "true" for fact in bad):
            yield said(name, YES, LAST)
    end = expiry(book, right) if kind else None  # years of a work or a layout design would value nothing
    if end is not None:
        tenths = max(int(Fraction((end.last_day - on).days) / DAYS_A_YEAR * 10), 0)
        yield said("legal_years_left", f"{tenths // 10}.{tenths % 10}")
