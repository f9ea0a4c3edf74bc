"""Reading what a bridge between two reports of a pool needs: the book as it stood, as it is retold, and as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernel.errors import Problem, refuse_if_any
from riskpool.claims.indicators import ledger_facts
from riskpool.claims.indicators.facts import CASH, ESCROW, FREE, RESERVED, LoanFact
from riskpool.claims.indicators.loan_facts import Standing, balance_of
from riskpool.claims.indicators.rules.bridging import Bridge, LoanStages, committed_bridge, money_bridge
from riskpool.pools import queries as pools

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.claims.indicators.book import When
    from riskpool.pools.models import Pool

TITLES = {
    "cash": "账面余额",
    "committed": "全部违约时池承担",
    FREE: "可用余额",
    RESERVED: "已预留",
    ESCROW: "托管（预付）",
}


@dataclass(frozen=True)
class Bridges:
    """The bridges of one pool between two reports: cash and its parts, and the committed exposure."""

    pool: Pool
    first: When
    second: When
    each: tuple[Bridge, ...]


def order_problems(first: When, second: When) -> list[Problem]:
    """Why two reports cannot be bridged in this order."""
    problems = []
    if first.on > second.on:
        found = f"{first.on} 晚于后一期 {second.on}"
        problems.append(Problem("前一期截至日", found, "请让前一期不晚于后一期", "order"))
    known_now = first.known_at is None and second.known_at is not None
    if known_now or (first.known_at and second.known_at and first.known_at > second.known_at):
        wanted = "前一期按哪天已知须不晚于后一期"
        problems.append(Problem("前一期按哪天已知", "晚于后一期", wanted, "order"))
    return problems


def bridges(*, viewer: Any, pool_id: UUID, first: When, second: When) -> Bridges:
    """Cash with its parts and committed exposure of a pool from one report to the other; only for a seat at the pool."""
    pool = pools.pool(viewer=viewer, pool_id=pool_id)
    refuse_if_any(order_problems(first, second))
    sources = pools.sources_of(pool)
    moved = ledger_facts.cash(sources, second)
    stages = _Book(pool, first, second).stages()
    return Bridges(
        pool,
        first,
        second,
        (
            money_bridge("cash", TITLES["cash"], moved, CASH, first.on, first.known_at),
            committed_bridge("committed", TITLES["committed"], stages),
            *(
                money_bridge(role, TITLES[role], moved, role, first.on, first.known_at)
                for role in (FREE, RESERVED, ESCROW)
            ),
        ),
    )


class _Book:
    """The enrolled loans three times: first report, the first day as known now, second report."""

    def __init__(self, pool: Pool, first: When, second: When) -> None:
        whens = (first, type(first)(first.on, second.known_at), second)
        self.books = [Standing(pool, "", when) for when in whens]
        self.paid = [ledger_facts.compensated(ledger_facts.claims(pool, "", when)) for when in whens]
        self.second = second

    def stages(self) -> list[LoanStages]:
        """Each loan's way from the first report to the second."""
        first, retold, last = self.books
        rows = {row[0]: row for row in last.enrolments}
        facts = {pk: last.facts(row, last.terms[row[1]]) for pk, row in rows.items()}
        told_first = {row[0]: first.facts(row, first.terms[row[1]]) for row in first.enrolments}
        on_first_day = {row[0] for row in retold.enrolments}
        before = [pk for pk in rows if pk in told_first and str(pk) not in self.paid[0]]
        between = [pk for pk in rows if pk in on_first_day and str(pk) not in self.paid[1]]
        entered = [pk for pk in rows if pk not in on_first_day]

        def borne(
            book: Standing, who: list[Any], terms: dict[Any, Any], balances: Standing
        ) -> dict[Any, int]:
            asked = [
                (rows[pk], terms[pk], balance_of(balances.reported.get(rows[pk][1]), terms[pk])) for pk in who
            ]
            return {pk: public for pk, (_, public) in zip(who, book.weigh(asked), strict=True)}

        whole = last.weigh([(rows[pk], facts[pk], facts[pk].principal_fen) for pk in entered])
        as_first, as_retold = borne(first, before, told_first, first), borne(first, before, facts, first)
        restated, repaid = borne(retold, between, facts, retold), borne(retold, between, facts, last)
        standing = borne(last, [*between, *entered], facts, last)
        came = {pk: public for pk, (_, public) in zip(entered, whole, strict=True)}
        repaid |= {pk: standing[pk] for pk in entered}
        return [
            LoanStages(
                loan, as_first.get(pk, 0), as_retold.get(pk, 0), restated.get(pk, 0), came.get(pk, 0),
                repaid.get(pk, 0), standing.get(pk, 0),
                0 if str(pk) in self.paid[2] else standing.get(pk, 0),
            )
            for pk, loan in self._told(rows).items()
        ]  # fmt: skip

    def _told(self, rows: dict[Any, Any]) -> dict[Any, LoanFact]:
        loans = self.books[2].loans(self.second.on, self.paid[2], ())
        return dict(zip(rows, loans, strict=True))
