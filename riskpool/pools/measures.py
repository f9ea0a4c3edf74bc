"""How the pools' own metrics are computed: from terms, returns, enrolments and the ledger, as of a day and as then known.

What is counted in which rate is the catalogue's business (`settings` of its entry); here it is only carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q

from finance.loans.models import Loan, LoanReturn
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, Transfer
from riskpool.pools import queries, rates
from riskpool.pools.catalogue import Entry
from riskpool.pools.exposures import Case, Scales
from riskpool.pools.metrics import TERMS, Asked, Unknown, Value, rate_text, source
from riskpool.pools.models import Enrolment
from riskpool.pools.monitoring import StatedFact
from riskpool.pools.weighed import bare

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from riskpool.pools.models import Pool, PoolSource
    from riskpool.pools.weighed import Bare

WRITTEN_OFF = "loan.written_off"


@dataclass(frozen=True)
class BookLine:
    """One loan of a pool's book on a day: outstanding balance, its covered part (fen), and how it stands."""

    row: Bare
    balance: int
    covered: int
    grade: str
    overdue_since: dt.date | None
    compensated: bool

    @property
    def grade_label(self) -> str:
        return str(LoanReturn.Grade(self.grade).label) if self.grade else ""


@source(TERMS)
def of_terms(entry: Entry, asked: Asked) -> Value | Unknown:
    """A fact of the loan's terms in force, which the asker has at hand."""
    text = asked.facts.get(entry.name)
    return Value(entry.name, text, asked.on) if text is not None else Unknown(entry.name, "贷款要素中没有")


@source("free_balance")
def free_balance(entry: Entry, asked: Asked) -> Value | Unknown:
    """Money available in the pool's sources chosen by the settings: now, or at the end of the day."""
    chosen = [source for source in queries.sources_of(asked.pool) if _chosen(entry.settings, source)]
    if not chosen:
        return Unknown(entry.name, "资金池没有这一类资金来源")
    fen = sum(
        ledger.balance(source.free) if asked.now else ledger.balance_on(source.free, asked.on, asked.known_at)
        for source in chosen
    )
    told = tuple((source.name, "可用余额") for source in chosen)
    return Value(entry.name, yuan_text(fen), asked.on, numerator=fen, rows=len(chosen), told=told)


def _chosen(settings: Mapping[str, Any], source: PoolSource) -> bool:
    which, code = settings["sources"], settings.get("code")
    return which == "all" or (source.code == code) == (which == "only")


@source("rate")
def rate(entry: Entry, asked: Asked) -> Value | Unknown:
    """Part of a book that is bad, exact; a book without loans has a rate of 0.

    Settings: `of` whose book; `counts` what is bad; `amount` covered or balance; `compensated_in` both, numerator,
    denominator or neither: loans that the pool has paid for, until they are repaid or written off.
    """
    lines = rate_rows(entry, asked)
    if lines is None:
        return Unknown(entry.name, "没有指明银行或方案")
    bad, of = rates.sides(lines, entry.settings, asked.on)
    numerator = sum(rates.amount(line, entry.settings) for line in bad)
    denominator = sum(rates.amount(line, entry.settings) for line in of)
    share = Fraction(numerator, denominator) if denominator else Fraction(0)
    told = (
        ("计入分子的贷款", f"{len(bad)} 笔"),
        ("其中已补偿未收回", f"{sum(line.compensated for line in bad)} 笔"),
    )
    return Value(
        entry.name, rate_text(share), asked.on,
        numerator=numerator, denominator=denominator, rows=len(of), told=told,
    )  # fmt: skip


def numerator_of(entry: Entry, asked: Asked, lines: list[BookLine]) -> list[BookLine]:
    """Those of a rate's rows that are counted as bad."""
    return rates.sides(lines, entry.settings, asked.on)[0]


def rate_rows(entry: Entry, asked: Asked) -> list[BookLine] | None:
    """The loans behind a rate; None when the one whose rate it is has not been named."""
    if entry.settings["of"] == "bank":
        return book(asked, agreement_id=asked.agreement.pk) if asked.agreement else None
    if entry.settings["of"] == "scheme":
        return book(asked, family=asked.version.family) if asked.version else None
    return book(asked)


def book(asked: Asked, *, agreement_id: UUID | None = None, family: str = "") -> list[BookLine]:
    """The loans of a pool's book with a balance at the end of a day: compensated ones too, written-off ones not."""
    key = (asked.pool.pk, asked.on, asked.known_at)
    if key not in asked.read:
        asked.read[key] = _whole_book(asked)
    return [
        line
        for line in asked.read[key]
        if (agreement_id is None or line.row.agreement == agreement_id)
        and (not family or line.row.family == family)
    ]


def _whole_book(asked: Asked) -> list[BookLine]:
    rows = Enrolment.objects.filter(agreement__pool=asked.pool, enrolled_on__lte=asked.on)
    if asked.known_at is not None:
        rows = rows.filter(recorded_at__lte=asked.known_at)
    found = bare(rows, asked.known_at)
    returns = _latest_returns([row.loan for row in found], asked.on, asked.known_at)
    paid = queries.compensated(found, asked.on, asked.known_at)
    gone = written_off(asked.pool, asked.on, asked.known_at)
    cases = []
    for row in found:
        balance = returns[row.loan].balance if row.loan in returns else row.facts.principal_fen
        cases.append(Case(row.scheme, row.agreement, row.facts, 0 if row.loan in gone else balance))
    covered = Scales(asked.pool, asked.on, asked.known_at).covered(cases)
    lines = []
    for row, case, part in zip(found, cases, covered, strict=True):
        if case.balance:
            told = returns.get(row.loan, _NO_RETURN)
            lines.append(BookLine(row, case.balance, part, told.grade, told.overdue_since, row.pk in paid))
    return lines


class _Return(NamedTuple):
    """What the latest return of a loan told."""

    balance: int
    grade: str
    overdue_since: dt.date | None


_NO_RETURN = _Return(0, "", None)


def _latest_returns(
    loans: Collection[UUID], on: dt.date, known_at: dt.datetime | None
) -> dict[UUID, _Return]:
    """The latest return of each loan that was reported by a day, as known at a moment."""
    known = LoanReturn.objects.filter(loan__in=loans, reported_on__lte=on)
    if known_at is not None:
        known = known.filter(recorded_at__lte=known_at)
    latest = known.order_by("loan", "-period", "-seq").distinct("loan")
    rows = latest.values_list("loan", "balance", "grade", "overdue_since")
    return {loan: _Return(int(balance * 100), grade, since) for loan, balance, grade, since in rows}


def written_off(pool: Pool, on: dt.date, known_at: dt.datetime | None) -> set[UUID]:
    """Loans whose last statement by the day says that they are written off."""
    rows = StatedFact.objects.filter(name=WRITTEN_OFF, pool=pool, about__lte=on)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    latest = rows.order_by("loan", "-about", "-pk").distinct("loan")
    return {row.loan_id for row in latest if row.value == "true" and row.loan_id}


@source("year_end_balance")
def year_end_balance(entry: Entry, asked: Asked) -> Value | Unknown:
    """Outstanding principal of a bank's loans in the pool at the end of a year, from the December returns.

    Known only when the year is over and every loan then in the pool has been reported for December or as repaid; a bank
    without a loan in the pool then has said nothing here, so that the figure must be stated.
    """
    if asked.agreement is None:
        return Unknown(entry.name, "没有指明银行")
    year = asked.on.year - int(entry.settings["years_back"])
    last = dt.date(year, 12, 31)
    if asked.on < last:
        return Unknown(entry.name, f"{year} 年尚未结束")
    loans = Loan.objects.filter(
        enrolment__agreement__pool=asked.pool, enrolment__agreement__bank=asked.agreement.bank_id,
        enrolment__enrolled_on__lte=last,
    ).values_list("pk", flat=True)  # fmt: skip
    returns = LoanReturn.objects.filter(loan__in=loans, period__lte=dt.date(year, 12, 1))
    if asked.known_at is not None:
        returns = returns.filter(recorded_at__lte=asked.known_at)
    latest = {row.loan_id: row for row in returns.order_by("loan", "-period", "-seq").distinct("loan")}
    if not latest:
        return Unknown(entry.name, f"没有 {year} 年12月的月报")
    wanting = [
        pk
        for pk in loans
        if pk not in latest or (latest[pk].period.month != 12 and fen_of(latest[pk].balance))
    ]
    if wanting:
        return Unknown(entry.name, f"{year} 年12月的月报缺 {len(wanting)} 笔")
    fen = sum(fen_of(row.balance) for row in latest.values())
    return Value(entry.name, yuan_text(fen), last, numerator=fen, rows=len(latest))


@source("paid_ratio")
def paid_ratio(entry: Entry, asked: Asked) -> Value | Unknown:
    """What the pool has paid on claims over what has been contributed to it, both from the beginning, from the ledger."""
    sources = queries.sources_of(asked.pool)
    moved = Transfer.objects.filter(journal__day__lte=asked.on)
    if asked.known_at is not None:
        moved = moved.filter(journal__posted_at__lte=asked.known_at)
    cash = [source.cash_id for source in sources]
    contributed = _net(moved, cash, journal__kind=Journal.Kind.CONTRIBUTION)
    paid = -_net(moved, cash, journal__kind=Journal.Kind.CLAIM_PAID)
    # a failed payment of a claim goes back to where it was set aside; what fails of a withdrawal goes back to free money
    failed = moved.exclude(credit__in=[source.free_id for source in sources])
    paid -= _net(failed, cash, journal__kind=Journal.Kind.PAYMENT_FAILED)
    if contributed == 0:
        return Unknown(entry.name, "资金池尚无出资到账")
    share = Fraction(paid, contributed)
    return Value(entry.name, rate_text(share), asked.on, numerator=paid, denominator=contributed)


def _net(moved: QuerySet[Transfer], cash: Collection[int], **kind: str) -> int:
    """What came into these accounts less what left them (fen) by journals of a kind and those that reverse them."""
    reverses = {name.replace("journal__", "journal__reverses__"): value for name, value in kind.items()}
    rows = moved.filter(Q(**kind) | Q(**reverses))
    return queries.total_fen(rows.filter(debit__in=cash)) - queries.total_fen(rows.filter(credit__in=cash))
