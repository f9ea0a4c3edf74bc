"""How the pools' own metrics are computed: from terms, returns, enrolments and the ledger, as of a day and as then known.

What is counted in which rate is the catalogue's business (`settings` of its entry); here it is only carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from finance.loans.models import Loan, LoanReturn
from finance.loans.rules import overdue_days
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, Transfer
from riskpool.pools import queries, rules
from riskpool.pools.catalogue import Entry
from riskpool.pools.metrics import Asked, Unknown, Value, rate_text, source
from riskpool.pools.models import Enrolment
from riskpool.pools.monitoring import StatedFact
from riskpool.pools.versions import procedure_of, scheme_of

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.pools.models import PoolSource

WRITTEN_OFF = "loan.written_off"


@dataclass(frozen=True)
class BookLine:
    """One loan of a pool's book on a day: outstanding balance, its covered part (fen), and how it stands."""

    enrolment: Enrolment
    balance: int
    covered: int
    grade: str
    overdue_since: dt.date | None
    compensated: bool

    def counts(self, settings: Mapping[str, Any], on: dt.date) -> bool:
        """Whether the loan is bad in the sense of a rate's settings: by its grade, or by its days overdue."""
        if settings["counts"] == "npl":
            return self.grade in settings["grades"]
        return overdue_days(self.overdue_since, on) >= int(settings["overdue_days"])

    @property
    def grade_label(self) -> str:
        return str(LoanReturn.Grade(self.grade).label) if self.grade else ""

    def amount(self, settings: Mapping[str, Any]) -> int:
        return self.covered if settings["amount"] == "covered" else self.balance


@source("terms")
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
    bad, of = _sides(entry, asked, lines)
    numerator = sum(line.amount(entry.settings) for line in bad)
    denominator = sum(line.amount(entry.settings) for line in of)
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
    return _sides(entry, asked, lines)[0]


def _sides(entry: Entry, asked: Asked, lines: list[BookLine]) -> tuple[list[BookLine], list[BookLine]]:
    kept = entry.settings["compensated_in"]
    bad = [
        line
        for line in lines
        if line.counts(entry.settings, asked.on) and (not line.compensated or kept in ("both", "numerator"))
    ]
    of = [line for line in lines if not line.compensated or kept in ("both", "denominator")]
    return bad, of


def rate_rows(entry: Entry, asked: Asked) -> list[BookLine] | None:
    """The loans behind a rate; None when the one whose rate it is has not been named."""
    if entry.settings["of"] == "bank":
        return book(asked, agreement_id=asked.agreement.pk) if asked.agreement else None
    if entry.settings["of"] == "scheme":
        return book(asked, family=asked.version.family) if asked.version else None
    return book(asked)


def book(asked: Asked, *, agreement_id: UUID | None = None, family: str = "") -> list[BookLine]:
    """The loans of a pool's book with a balance at the end of a day: compensated ones too, written-off ones not."""
    rows = Enrolment.objects.filter(agreement__pool=asked.pool, enrolled_on__lte=asked.on)
    if asked.known_at is not None:
        rows = rows.filter(recorded_at__lte=asked.known_at)
    if agreement_id:
        rows = rows.filter(agreement=agreement_id)
    if family:
        rows = rows.filter(scheme__family=family)
    rows = rows.select_related("loan__terms", "loan__bank", "loan__borrower", "agreement__pool")
    found = list(rows.order_by("enrolled_on", "pk"))
    loans = [row.loan_id for row in found]
    returns = latest_returns(loans, asked.on, asked.known_at)
    known_terms = queries.terms_known(loans, asked.known_at)
    paid = queries.compensated(found, asked.on, asked.known_at)
    gone = _written_off(asked)
    districts = procedure_of(asked.pool.procedure_id).districts
    lines = []
    for row in found:
        terms = known_terms.get(row.loan_id) or row.loan.terms
        assert terms is not None, "an enrolled loan has terms"
        latest = returns.get(row.loan_id)
        balance = fen_of(latest.balance if latest else terms.principal)
        if balance == 0 or row.loan_id in gone:
            continue
        facts = rules.loan_metrics(queries.facts_of(row.loan, row.enrolled_on, terms), districts)
        covered = covered_part(row.scheme_id, balance, facts)
        grade, since = (latest.grade, latest.overdue_since) if latest else ("", None)
        lines.append(BookLine(row, balance, covered, grade, since, row.pk in paid))
    return lines


def covered_part(version_id: UUID, balance_fen: int, facts: Mapping[str, str]) -> int:
    """The part of a balance that a scheme covers (fen), before anybody shares it; all of it where facts are wanting."""
    try:
        return rules.covered_if_lost(scheme_of(version_id), balance_fen, facts)
    except Refused as refused:
        rules.facts_absent(refused, "")
        return balance_fen


def latest_returns(
    loans: Collection[UUID], on: dt.date, known_at: dt.datetime | None
) -> dict[UUID, LoanReturn]:
    """The latest return of each loan that was reported by a day, as known at a moment."""
    known = LoanReturn.objects.filter(loan__in=loans, reported_on__lte=on)
    if known_at is not None:
        known = known.filter(recorded_at__lte=known_at)
    return {row.loan_id: row for row in known.order_by("loan", "-period", "-seq").distinct("loan")}


def _written_off(asked: Asked) -> set[UUID]:
    """Loans whose last statement by the day says that they are written off."""
    rows = StatedFact.objects.filter(name=WRITTEN_OFF, pool=asked.pool, about__lte=asked.on)
    if asked.known_at is not None:
        rows = rows.filter(recorded_at__lte=asked.known_at)
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
    """What the pool has paid on claims over what has been contributed to it, both from the beginning, from the ledger.

    A payment that failed is none until it is made again; a failed withdrawal goes back to the free money and is another
    matter.
    """
    sources = queries.sources_of(asked.pool)
    accounts = [source.cash_id for source in sources]
    moved = Transfer.objects.filter(journal__day__lte=asked.on)
    if asked.known_at is not None:
        moved = moved.filter(journal__posted_at__lte=asked.known_at)
    contributed = queries.total_fen(moved.filter(debit__in=accounts, journal__kind=Journal.Kind.CONTRIBUTION))
    paid = queries.total_fen(moved.filter(credit__in=accounts, journal__kind=Journal.Kind.CLAIM_PAID))
    failed = moved.filter(debit__in=accounts, journal__kind=Journal.Kind.PAYMENT_FAILED)
    paid -= queries.total_fen(failed.exclude(credit__in=[source.free_id for source in sources]))
    if contributed == 0:
        return Unknown(entry.name, "资金池尚无出资到账")
    share = Fraction(paid, contributed)
    return Value(entry.name, rate_text(share), asked.on, numerator=paid, denominator=contributed)
