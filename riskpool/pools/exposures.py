"""What loans cover and would cost the pool: the one weighing of many loans at once. Reads, never writes.

By the schemes' bulk path, to the fen what `rules.exposure_or_whole` says of each loan alone (tests hold them together),
but a hundred thousand loans in seconds. The pool's position, its limits of a past day, the indicators and the preview of
a draft scheme all weigh here, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from finance.loans.models import Loan
from kernel.errors import Refused
from kernel.money.yuan import yuan_text
from kernel.policystore.models import PolicyVersion
from riskpool.pools import metrics, rules, undecided
from riskpool.pools.models import Agreement
from riskpool.pools.versions import procedure_of, scheme_of
from riskpool.schemes.bulk import BulkApportionment, apportion_many
from riskpool.schemes.engine import needed_metrics

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from riskpool.pools.models import Pool
    from riskpool.schemes.terms import Scheme

    Known = Mapping[str, str]

LIABILITY = "claim.lender_liability"  # what the lender would be left with, if only this loan failed
OF_EACH_LOAN = ("loan.", "borrower.", "claim.")


def bearers(
    agreement: Agreement, scheme: Scheme, codes: Sequence[str] | None = None
) -> dict[str, rules.Bearer]:
    """Who stands behind each party of a scheme that an agreement follows or has followed; `codes` are those of the
    pool's sources, where the caller has read them."""
    if codes is None:
        codes = list(agreement.pool.sources.values_list("code", flat=True))
    return rules.bearers_of(scheme, bearers_written(agreement, scheme.id), codes)


def bearers_written(agreement: Agreement, version: str) -> Any:
    """What an agreement says of the parties of a version: with its adoption, or else when it was signed."""
    adopted = agreement.adopted_schemes.filter(version__version=version, bearers__isnull=False)
    return adopted.values_list("bearers", flat=True).first() or agreement.bearers


class Whose(NamedTuple):
    """A loan and its borrower: of whom something may have been stated."""

    loan: UUID
    borrower: UUID


class WeighingFacts:
    """The facts that a scheme needs to weigh loans alone: those of pool and bank, and what was stated of each loan, each
    read once."""

    def __init__(self, scheme: Scheme, asked: metrics.Asked) -> None:
        needed = rules.weighing_needs(scheme)
        self._asked = asked
        self._each = sorted(name for name in needed if name.startswith(OF_EACH_LOAN))
        shared = {name: metrics.value_of(name, asked) for name in needed if not name.startswith(OF_EACH_LOAN)}
        self._shared = metrics.texts(shared)
        self._stated: dict[str, metrics.StatedOfEach] = {}

    def of(self, of_loan: Known, loan: Loan | None) -> dict[str, str]:
        """All that is known to weigh one loan; `of_loan` are the facts of its terms."""
        return self.of_many([of_loan], [Whose(loan.pk, loan.borrower_id) if loan else None])[0]

    def of_many(self, of_loans: Sequence[Known], whose: Sequence[Whose | None]) -> list[dict[str, str]]:
        """The same of many loans, in a number of queries that does not grow with them."""
        found = [{**one, **self._shared} for one in of_loans]
        for name in self._each:
            places = [at for at, one in enumerate(of_loans) if name not in one and whose[at] is not None]
            if places:
                for at, text in zip(places, self._texts(name, of_loans, whose, places), strict=True):
                    if text is not None:
                        found[at][name] = text
        return found

    def _texts(
        self, name: str, of_loans: Sequence[Known], whose: Sequence[Whose | None], places: Sequence[int]
    ) -> list[str | None]:
        entry = metrics.catalogue().entry(name)
        if entry.is_computed and entry.source != metrics.TERMS:
            return self._one_by_one(name, of_loans, whose, places)
        if name not in self._stated:
            self._stated[name] = metrics.stated_of_each(entry, self._asked)
        stated = self._stated[name]
        return [stated.of(one.loan, one.borrower) for one in (whose[at] for at in places) if one is not None]

    def _one_by_one(
        self, name: str, of_loans: Sequence[Known], whose: Sequence[Whose | None], places: Sequence[int]
    ) -> list[str | None]:
        """A metric with a source of its own, which answers of one loan at a time."""
        loans = Loan.objects.in_bulk([one.loan for one in (whose[at] for at in places) if one is not None])
        found: list[str | None] = []
        for at in places:
            one = whose[at]
            assert one is not None, "only loans that stand are asked for"
            asked = replace(self._asked, loan=loans[one.loan], facts=of_loans[at])
            value = metrics.value_of(name, asked)
            found.append(value.text if isinstance(value, metrics.Value) else None)
        return found


@dataclass(frozen=True)
class Weights:
    """Many loans weighed under one scheme (fen): the covered part and the pool's part; `many` tells who was refused."""

    many: BulkApportionment
    covered: NDArray[np.int64]
    public: NDArray[np.int64]


def weigh_many(
    scheme: Scheme, bearers: Mapping[str, rules.Bearer], balances: Sequence[int], known: Sequence[Known]
) -> Weights:
    """`rules.exposure_of` of many loans at once; a loan that it would refuse is marked so."""
    many = _if_lost(scheme, balances, known)
    paying = np.array([bearers[code].kind in ("source", "pool") for code in scheme.codes], dtype=bool)
    public = many.borne[:, paying].sum(axis=1)
    for gates, places in _by_open_gates(scheme, known).items():
        ways = undecided.ways(scheme, gates)
        if ways is None:
            public[places] = many.covered[places]
            continue
        for way in ways[1:]:
            dearer = _if_lost(
                scheme, [balances[at] for at in places], [{**known[at], **way} for at in places]
            )
            costs = np.where(dearer.refused, many.covered[places], dearer.borne[:, paying].sum(axis=1))
            public[places] = np.maximum(public[places], costs)
    return Weights(many, many.covered, public)


def _by_open_gates(scheme: Scheme, known: Sequence[Known]) -> dict[tuple[str, ...], list[int]]:
    """The places of the loans of which facts are open that only decide conditions, by those facts."""
    assumed = {*rules.ALONE, LIABILITY}
    gates = undecided.open_gates(scheme, assumed)
    found: dict[tuple[str, ...], list[int]] = {}
    for at, one in enumerate(known if gates else ()):
        if wanting := tuple(name for name in gates if one.get(name) is None):
            found.setdefault(wanting, []).append(at)
    return found


def weighed_or_whole(
    scheme: Scheme, bearers: Mapping[str, rules.Bearer], balances: Sequence[int], known: Sequence[Known]
) -> list[tuple[int, int]]:
    """`rules.exposure_or_whole` of many loans at once: (covered, the pool's part) in fen."""
    places = [at for at, balance in enumerate(balances) if balance]  # of nothing no fact is asked
    weights = weigh_many(scheme, bearers, [balances[at] for at in places], [known[at] for at in places])
    _absent_facts_only(weights.many)
    weighed = [(0, 0)] * len(balances)
    found = zip(places, weights.many.refused, weights.covered, weights.public, strict=True)
    for at, refused, covered, public in found:
        weighed[at] = (balances[at], balances[at]) if refused else (int(covered), int(public))
    return weighed


def covered_or_whole(scheme: Scheme, balances: Sequence[int], known: Sequence[Known]) -> list[int]:
    """`rules.covered_if_lost` of many loans at once (fen): only the loss base is asked; all of it where its facts want."""
    many = _if_lost(replace(scheme, steps=(), stop_loss=()), balances, known)
    _absent_facts_only(many)
    return [
        balance if refused else int(covered)
        for balance, refused, covered in zip(balances, many.refused, many.covered, strict=True)
    ]


def _if_lost(scheme: Scheme, balances: Sequence[int], known: Sequence[Known]) -> BulkApportionment:
    """All of each balance lost, each loan alone, as `rules.exposure_of` supposes it of one."""
    columns: dict[str, Any] = {
        need.name: [one.get(need.name, rules.ALONE.get(need.name)) for one in known]
        for need in needed_metrics(scheme)
    }
    if LIABILITY in columns:
        columns[LIABILITY] = [
            yuan_text(balance) if text is None else text
            for balance, text in zip(balances, columns[LIABILITY], strict=True)
        ]
    lost = {rules.principal_of(scheme): np.array(balances, dtype=np.int64)}
    return apportion_many(scheme, lost, columns)


def _absent_facts_only(many: BulkApportionment) -> None:
    """Raise what refuses a row, unless it is the want of facts; rows that take one way through a scheme want the same."""
    asked = set()
    for row in map(int, np.flatnonzero(many.refused)):
        way = int(many.route_of[row])
        if many.routes[way].refused and way in asked:
            continue
        asked.add(way)
        rules.facts_absent(Refused(many.reasons(row)), "")


@dataclass(frozen=True, slots=True)
class Case:
    """A loan to be weighed: under which scheme and agreement, by which facts, at which outstanding balance (fen)."""

    scheme: UUID
    agreement: UUID
    facts: rules.LoanFacts
    balance: int
    whose: Whose | None = None


class Scales:
    """One pool on a day, as known at a moment: the facts that its schemes ask of pool, bank and loans, read once."""

    def __init__(self, pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> None:
        self._asked = metrics.Asked(pool=pool, on=on, known_at=known_at)
        self._districts = procedure_of(pool.procedure_id).districts
        self._agreements = {
            agreement.pk: agreement
            for agreement in Agreement.objects.filter(pool=pool).select_related("pool", "bank")
        }
        self._codes = list(pool.sources.values_list("code", flat=True))
        self._engines: dict[tuple[UUID, UUID], tuple[Scheme, dict[str, rules.Bearer], WeighingFacts]] = {}
        self._terms: dict[rules.LoanFacts, dict[str, str]] = {}

    def weigh(self, cases: Sequence[Case]) -> list[tuple[int, int]]:
        """(covered, the pool's part) in fen of each case, as if only that loan failed.

        A loan whose scheme needs facts that nobody has set counts in full; any other refusal is raised.
        """
        weighed = [(0, 0)] * len(cases)
        for key, places in _grouped(cases).items():
            scheme, behind, facts = self._engine(*key)
            chosen = [cases[at] for at in places]
            known = facts.of_many(
                [self._of_terms(one.facts) for one in chosen], [one.whose for one in chosen]
            )
            found = weighed_or_whole(scheme, behind, [one.balance for one in chosen], known)
            for at, answer in zip(places, found, strict=True):
                weighed[at] = answer
        return weighed

    def covered(self, cases: Sequence[Case]) -> list[int]:
        """The covered part of each balance (fen) by the loss base alone: what rates of a book count."""
        found = [0] * len(cases)
        for (scheme_id, _), places in _grouped(cases).items():
            known = [self._of_terms(cases[at].facts) for at in places]
            fen = covered_or_whole(scheme_of(scheme_id), [cases[at].balance for at in places], known)
            for at, covered in zip(places, fen, strict=True):
                found[at] = covered
        return found

    def _engine(
        self, scheme_id: UUID, agreement_id: UUID
    ) -> tuple[Scheme, dict[str, rules.Bearer], WeighingFacts]:
        key = scheme_id, agreement_id
        if key not in self._engines:
            scheme, agreement = scheme_of(scheme_id), self._agreements[agreement_id]
            version = PolicyVersion.objects.get(pk=scheme_id)
            asked = replace(self._asked, agreement=agreement, version=version)
            self._engines[key] = scheme, bearers(agreement, scheme, self._codes), WeighingFacts(scheme, asked)
        return self._engines[key]

    def _of_terms(self, facts: rules.LoanFacts) -> dict[str, str]:
        if facts not in self._terms:
            self._terms[facts] = rules.loan_metrics(facts, self._districts)
        return self._terms[facts]


def _grouped(cases: Iterable[Case]) -> dict[tuple[UUID, UUID], list[int]]:
    """The places of the cases with a balance, by scheme and agreement."""
    groups: dict[tuple[UUID, UUID], list[int]] = {}
    for place, case in enumerate(cases):
        if case.balance:
            groups.setdefault((case.scheme, case.agreement), []).append(place)
    return groups
