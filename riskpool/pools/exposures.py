"""What many enrolled loans cover and would cost the pool, weighed at once by the schemes' bulk path. Reads, never writes.

To the fen what `rules.exposure_or_whole` says of each loan alone (a test holds them together), but a hundred thousand
loans in seconds: for indicators and reports that look at the whole book on several days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kernel.errors import Refused
from riskpool.pools import queries, rules
from riskpool.pools.models import Agreement
from riskpool.pools.versions import scheme_of
from riskpool.schemes.bulk import BulkApportionment, apportion_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from riskpool.schemes.terms import Scheme


@dataclass(frozen=True, slots=True)
class Case:
    """A loan to be weighed: under which scheme and agreement, by which facts, at which outstanding balance (fen)."""

    scheme: UUID
    agreement: UUID
    facts: rules.LoanFacts
    balance: int


class Scales:
    """The schemes and bearers of one pool's agreements, read once."""

    def __init__(self, pool: Any, districts: Sequence[str]) -> None:
        self.districts = tuple(districts)
        agreements = Agreement.objects.filter(pool=pool).select_related("pool")
        self.agreements = {agreement.pk: agreement for agreement in agreements}
        self.engines: dict[tuple[UUID, UUID], tuple[Scheme, dict[str, rules.Bearer]]] = {}
        self.metrics: dict[rules.LoanFacts, dict[str, str]] = {}

    def engine(self, scheme_id: UUID, agreement_id: UUID) -> tuple[Scheme, dict[str, rules.Bearer]]:
        """A scheme and who stands behind its parties under an agreement of the pool."""
        key = scheme_id, agreement_id
        if key not in self.engines:
            scheme = scheme_of(scheme_id)
            self.engines[key] = scheme, queries.bearers(self.agreements[agreement_id], scheme)
        return self.engines[key]

    def weigh(self, cases: Sequence[Case], shared: Mapping[str, str]) -> list[tuple[int, int]]:
        """(covered, the pool's part) in fen of each case, as if only that loan failed; `shared` is the pool's state.

        A loan whose scheme needs facts that nobody has set counts in full; any other refusal is raised.
        """
        weighed = [(0, 0)] * len(cases)
        groups: dict[tuple[UUID, UUID], list[int]] = {}
        for place, case in enumerate(cases):
            if case.balance:
                groups.setdefault((case.scheme, case.agreement), []).append(place)
        for key, places in groups.items():
            scheme, bearers = self.engine(*key)
            for place, answer in zip(
                places, self._weigh(scheme, bearers, [cases[place] for place in places], shared), strict=True
            ):
                weighed[place] = answer
        return weighed

    def _weigh(
        self,
        scheme: Scheme,
        bearers: Mapping[str, rules.Bearer],
        cases: Sequence[Case],
        shared: Mapping[str, str],
    ) -> list[tuple[int, int]]:
        principal = "principal_net" if "principal_net" in scheme.loss_base.include else "principal"
        own = [self._metrics_of(case.facts) for case in cases]
        columns: dict[str, Any] = {name: [facts[name] for facts in own] for name in own[0]}
        balances = np.array([case.balance for case in cases], dtype=np.int64)
        many = apportion_many(scheme, {principal: balances}, {**rules.ALONE, **columns, **shared})
        public = [bearers[code].kind in ("source", "pool") for code in scheme.codes]
        borne = many.borne[:, np.array(public, dtype=bool)].sum(axis=1)
        _absent_facts_only(many)
        return [
            (balance, balance) if refused else (int(covered), int(fen))
            for balance, refused, covered, fen in zip(
                balances.tolist(), many.refused, many.covered, borne, strict=True
            )
        ]

    def _metrics_of(self, facts: rules.LoanFacts) -> dict[str, str]:
        if facts not in self.metrics:
            self.metrics[facts] = rules.loan_metrics(facts, self.districts)
        return self.metrics[facts]


def _absent_facts_only(many: BulkApportionment) -> None:
    """Raise what refuses a row, unless it is the want of facts; rows that take one way through a scheme want the same."""
    asked = set()
    for row in map(int, np.flatnonzero(many.refused)):
        way = int(many.route_of[row])
        if many.routes[way].refused and way in asked:
            continue
        asked.add(way)
        rules.facts_absent(Refused(many.reasons(row)), "")
