"""Enrolled loans as facts on a day, as known at a moment: terms, balance, grade, and what they cover, weighed at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from finance.loans.models import LoanReturn, LoanTerms
from finance.loans.rules import last_of_month
from finance.parties.models import EnterpriseFact
from riskpool.claims.indicators.facts import LoanFact
from riskpool.pools.exposures import Case, Scales, Whose
from riskpool.pools.measures import written_off
from riskpool.pools.models import Enrolment
from riskpool.pools.rules import LoanFacts

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.claims.indicators.book import When
    from riskpool.pools.models import Pool

SECTOR = "sector"


@dataclass(frozen=True, slots=True)
class Reported:
    """What a bank's latest return by a day says of one loan (fen)."""

    balance: int
    grade: str
    overdue_since: dt.date | None


class Standing:
    """The loans of a pool (or of one bank in it) on a day, as known; can weigh them with other balances or terms.

    They are weighed on the pool's own scales (`pools.exposures`), by what was then known of pool, bank and loans.
    """

    def __init__(self, pool: Pool, bank: str, when: When) -> None:
        self.pool, self.when = pool, when
        self.scales = Scales(pool, when.on, when.known_at)
        rows = Enrolment.objects.filter(
            agreement__pool=pool, enrolled_on__lte=when.on, **when.known("recorded_at")
        )
        if bank:
            rows = rows.filter(loan__bank__code=bank)
        self.enrolments = list(
            rows.order_by("enrolled_on", "pk").values_list(
                "pk", "loan_id", "loan__bank_loan_no", "loan__bank__code", "loan__bank__short_name",
                "loan__borrower_id", "loan__borrower__name", "agreement_id", "scheme_id", "scheme__version",
                "enrolled_on",
            )
        )  # fmt: skip
        self.ids = rows.values("loan")
        self.terms = self._terms()
        self.reported = self.reported_by(when.on)

    def _terms(self) -> dict[UUID, Any]:
        """The last terms of each loan that were known."""
        rows = LoanTerms.objects.filter(loan__in=self.ids, **self.when.known("recorded_at"))
        plain = rows.order_by("loan", "-seq").distinct("loan").values_list(
            "loan_id", "principal", "ip_share_percent", "disbursed_on", "due_on", "district", "pledge_id",
            "evaluation_free", "first_loan", "security", "annual_rate_percent", named=True,
        )  # fmt: skip
        return {row.loan_id: row for row in plain}

    def reported_by(self, day: dt.date) -> dict[UUID, Reported]:
        """The latest month that was reported of each loan by a day, as known."""
        rows = LoanReturn.objects.filter(
            loan__in=self.ids, reported_on__lte=day, **self.when.known("recorded_at")
        )
        plain = rows.order_by("loan", "-period", "-seq").distinct("loan")
        return {
            loan: Reported(int(balance * 100), grade, since)
            for loan, balance, grade, since in plain.values_list(
                "loan_id", "balance", "grade", "overdue_since"
            )
        }

    def _npl_on(self, enrolments: Collection[str], grades: Collection[str]) -> dict[UUID, dt.date]:
        """The end of the first month reported with one of the grades, of the loans on which somebody has claimed."""
        loans = [row[1] for row in self.enrolments if str(row[0]) in enrolments]
        latest = LoanReturn.objects.filter(
            loan__in=loans, reported_on__lte=self.when.on, **self.when.known("recorded_at")
        )
        last_words = latest.order_by("loan", "period", "-seq").distinct("loan", "period").values("pk")
        first = LoanReturn.objects.filter(pk__in=last_words, grade__in=grades).order_by("loan", "period")
        return {
            loan: last_of_month(period)
            for loan, period in first.distinct("loan").values_list("loan_id", "period")
        }

    def _sectors(self) -> dict[UUID, str]:
        """In which sector each borrower works, as somebody has stated it (the fact of an enterprise named `sector`)."""
        stated = EnterpriseFact.objects.filter(
            enterprise__loans_taken__in=self.ids, name=SECTOR, about__lte=self.when.on,
            **self.when.known("recorded_at"),
        )  # fmt: skip
        latest = stated.order_by("enterprise", "-about", "-id").distinct("enterprise")
        return dict(latest.values_list("enterprise", "value"))

    def facts(self, row: Sequence[Any], terms: Any) -> LoanFacts:
        """What the schemes ask of a loan, from these terms of it."""
        return LoanFacts(
            principal_fen=int(terms.principal * 100),
            ip_share=Fraction(terms.ip_share_percent) / 100,
            disbursed_on=terms.disbursed_on,
            due_on=terms.due_on,
            district=terms.district,
            pledge_registered=terms.pledge_id is not None,
            evaluation_free=terms.evaluation_free,
            first_loan=terms.first_loan,
            purely_pledged=terms.security == LoanTerms.Security.PLEDGE,
            filed_on=row[10],
        )

    def weigh(self, asked: Sequence[tuple[Sequence[Any], LoanFacts, int]]) -> list[tuple[int, int]]:
        """(covered, the pool's part) of (enrolment, facts, balance), by what was known then."""
        return self.scales.weigh([_case(*each) for each in asked])

    def loans(
        self,
        begin: dt.date,
        compensated: Mapping[str, dt.date],
        claimed: Collection[str],
        grades: Collection[str] = (),
    ) -> tuple[LoanFact, ...]:
        """All enrolled loans as facts, for a period that begins on a day; `compensated`: enrolment -> day of settlement.

        Of loans on which somebody has claimed the first month with one of the grades is looked up.
        """
        eve = self.reported_by(begin - dt.timedelta(days=1))
        npl_on, sectors = self._npl_on(claimed, grades), self._sectors()
        gone = written_off(self.pool, self.when.on, self.when.known_at)
        known = [(row, self.facts(row, self.terms[row[1]])) for row in self.enrolments]
        whole = self.weigh([(row, facts, facts.principal_fen) for row, facts in known])
        standing = [(row, facts, balance_of(self.reported.get(row[1]), facts)) for row, facts in known]
        now, covered = self.weigh(standing), self.scales.covered([_case(*each) for each in standing])
        opening = self.weigh(
            [(row, facts, _opening(row, facts, eve, begin, compensated)) for row, facts in known]
        )
        return tuple(
            self._fact(
                row,
                facts,
                (lent[0], weighed, part, before[0]),
                compensated.get(str(row[0])),
                npl_on.get(row[1]),
                sectors.get(row[5], ""),
                row[1] in gone,
            )
            for (row, facts), lent, weighed, part, before in zip(
                known, whole, now, covered, opening, strict=True
            )
        )

    def _fact(
        self,
        row: Sequence[Any],
        facts: LoanFacts,
        weighed: tuple[int, tuple[int, int], int, int],
        compensated_on: dt.date | None,
        npl_on: dt.date | None,
        sector: str,
        gone: bool,
    ) -> LoanFact:
        key, loan, number, bank, bank_name, borrower, borrower_name, agreement, _, scheme, enrolled_on = row
        said, terms = self.reported.get(loan), self.terms[loan]
        lent, (exposure, committed), covered, opening = weighed
        return LoanFact(
            key=str(key), loan=str(loan), number=number, bank=bank, bank_name=bank_name,
            borrower=str(borrower), borrower_name=borrower_name, agreement=str(agreement), scheme=scheme,
            enrolled_on=enrolled_on, disbursed_on=terms.disbursed_on, due_on=terms.due_on,
            principal=facts.principal_fen, rate_percent=Fraction(terms.annual_rate_percent),
            ip_share=facts.ip_share, first_loan=facts.first_loan, pure=facts.purely_pledged,
            balance=balance_of(said, facts), reported=said is not None, grade=said.grade if said else "",
            overdue_since=said.overdue_since if said else None, covered_lent=lent, covered=covered,
            exposure=0 if compensated_on else exposure, committed=0 if compensated_on else committed,
            opening=opening, compensated_on=compensated_on, npl_on=npl_on,
            sector=sector, written_off=gone,
        )  # fmt: skip


def _case(row: Sequence[Any], facts: LoanFacts, balance: int) -> Case:
    return Case(row[8], row[7], facts, balance, Whose(row[1], row[5]))


def balance_of(said: Reported | None, facts: LoanFacts) -> int:
    """What is outstanding: as last reported, else the whole principal (fen)."""
    return said.balance if said is not None else facts.principal_fen


def _opening(
    row: Sequence[Any],
    facts: LoanFacts,
    eve: Mapping[UUID, Reported],
    begin: dt.date,
    compensated: Mapping[str, dt.date],
) -> int:
    """The balance on the eve of the period; 0 for a loan that had not entered yet or whose claim had been settled."""
    paid_on = compensated.get(str(row[0]))
    if row[10] >= begin or (paid_on is not None and paid_on < begin):
        return 0
    return balance_of(eve.get(row[1]), facts)
