"""What a region's policies come to for a visitor's answers: every figure from `evaluate`, at the ends of his bands. Pure.

A missing fact is *unknown*, a value not published is *pending*: neither is a no. Where the ends of the bands disagree the
answer *depends*, and says on what.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from finance.parties.sizes import Standard
from finance.subsidies.conditions import judge, within
from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.guest.answers import Answers, Corner, corners, kinds_of
from finance.subsidies.guest.questions import Questions
from finance.subsidies.guest.supposing import Supposed, suppose
from finance.subsidies.incomplete import Incomplete, incomplete_in
from finance.subsidies.lines import claimed, computable
from finance.subsidies.nearly import Nearly, nearly
from finance.subsidies.rates import Reader, Series
from finance.subsidies.results import LineResult, Result, Status
from finance.subsidies.terms import ApprovedAmount, Condition, FactTest, FeePaid, Policy
from finance.subsidies.windows import Filing, all_windows, in_force
from finance.subsidies.words import fact_name
from finance.subsidies.working import FEE_WORDS
from kernel.conditions import Answer

FITS, DEPENDS, NEARLY, UNKNOWN, PENDING, UNCOMPUTABLE, BATCH_OVER, NO, NOT_IN_FORCE = GROUPS = (
    "fits", "depends", "nearly", "unknown", "pending", "uncomputable", "batch_over", "no", "not_in_force",
)  # fmt: skip
REGION, KINDS, REVENUE = "applicant.region", "pledge.kinds", "applicant.revenue"
NATION = "000000"
OWN_PAYEES = ("enterprise", "mark_owner")


@dataclass(frozen=True)
class Range:
    """An amount at the two ends, in fen."""

    low: int
    high: int

    @classmethod
    def of(cls, amounts: Iterable[int]) -> Range:
        found = list(amounts)
        return cls(min(found), max(found))


@dataclass(frozen=True)
class Outcome:
    """One policy's answer. `low` and `high` are the results in which the firm gets least and most."""

    policy: Policy
    group: str
    own: Range | None = None
    others: tuple[tuple[str, Range], ...] = ()
    low: Result | None = None
    high: Result | None = None
    missing: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    nearly: Nearly | None = None
    brings: Range | None = None
    supposed: Supposed | None = None
    only_kinds: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    filings: tuple[Filing, ...] = ()
    all_results: tuple[Result, ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """The two ends, once where they are the same: of the answer, or of what is supposed where there is none."""
        ends = (self.low, self.high)
        if self.own is None and self.supposed is not None:
            results = self.supposed.results
            ends = (min(results, key=own_fen), max(results, key=own_fen))
        return tuple(dict.fromkeys(one for one in ends if one is not None))

    @property
    def assumed_facts(self) -> tuple[str, ...]:
        """The paths of facts that nobody stated and this answer rests on."""
        notes = (note for result in self.results for note in result.assumptions)
        return tuple(dict.fromkeys(note.where for note in notes if note.words == "fact"))


@dataclass(frozen=True)
class Estimate:
    """Everything there is to say to one visitor on one day."""

    on: dt.date
    outcomes: tuple[Outcome, ...]
    incomplete: tuple[Incomplete, ...]
    elsewhere: int
    narrower: tuple[Policy, ...]
    corners: tuple[Corner, ...] = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """The size classes that the answers leave possible."""
        return tuple(dict.fromkeys(corner.size for corner in self.corners if corner.size))

    def of(self, group: str) -> list[Outcome]:
        """The outcomes of a group, what brings most first."""
        found = [one for one in self.outcomes if one.group == group]
        return sorted(found, key=lambda one: (-(one.own.high if one.own else 0), one.policy.id))

    @property
    def best(self) -> Outcome | None:
        """The fitting policy that brings the firm most."""
        return next((one for one in self.of(FITS) if one.own and one.own.high > 0), None)


@dataclass(frozen=True)
class Ground:
    """What answers rest on: policies, published rates, the size standard, the questions, and the day."""

    policies: Sequence[Policy]
    incomplete: Sequence[Incomplete]
    series: Series
    standard: Standard
    questions: Questions
    on: dt.date


def estimate(answers: Answers, ground: Ground) -> Estimate:
    """Every policy that is offered to firms of the region, answered."""
    here = [one for one in ground.policies if one.offered and covers(one, answers.region)]
    narrower = [
        one
        for one in ground.policies
        if one.offered and one not in here and within(one.region, answers.region)
    ]
    asker = _Asker(answers, ground, any(REVENUE in policy.document for policy in here))
    outcomes = tuple(asker.outcome(policy) for policy in here)
    known = [one for one in incomplete_in(ground.incomplete, answers.region) if one.region != NATION]
    offered = sum(one.offered for one in ground.policies)
    elsewhere = offered - len(here) - len(narrower)
    return Estimate(ground.on, outcomes, tuple(known), elsewhere, tuple(narrower), asker.corners())


def covers(policy: Policy, region: str) -> bool:
    """Whether a policy is for firms of a region: what its conditions on the region say, or the region of its file."""
    reader = Reader(Case(facts={REGION: region}), Series())
    asked = [condition for condition in policy.eligibility if _asks_region(condition)]
    if asked:
        return all(judge(condition, reader).answer is Answer.YES for condition in asked)
    return policy.region == NATION or within(region, policy.region)


def _asks_region(condition: Condition) -> bool:
    return isinstance(condition.test, FactTest) and condition.test.fact == REGION


class _Asker:
    """One visitor's applications, made once and put to policy after policy."""

    def __init__(self, answers: Answers, ground: Ground, by_revenue: bool) -> None:
        self.answers, self.ground, self.by_revenue = answers, ground, by_revenue
        self.kinds = kinds_of(answers, ground.questions)
        self._made: dict[tuple[str, ...], tuple[Corner, ...]] = {}

    def corners(self, kinds: tuple[str, ...] = ()) -> tuple[Corner, ...]:
        if kinds not in self._made:
            ground, by_revenue = self.ground, self.by_revenue
            self._made[kinds] = corners(
                self.answers, ground.questions, ground.standard, ground.on, kinds, by_revenue
            )
        return self._made[kinds]

    def outcome(self, policy: Policy) -> Outcome:
        """The answer with everything pledged, or with rights of one kind alone where only that would not be refused."""
        kinds = self._pledged(policy)
        return replace(self._outcome(policy, kinds), only_kinds=kinds)

    def _pledged(self, policy: Policy) -> tuple[str, ...]:
        """Nothing for all kinds of right; else the one kind under which no condition on the kinds says no."""
        for kinds in ((), *((kind,) for kind in self.kinds if len(self.kinds) > 1)):
            result = evaluate(policy, self.corners(kinds)[0].case, self.ground.series)
            if not any(
                path == KINDS for reason in (*result.reasons, *result.lost) for path, _ in reason.found
            ):
                return kinds
            if result.status is Status.UNKNOWN:
                return ()
        return ()

    def _outcome(self, policy: Policy, kinds: tuple[str, ...]) -> Outcome:
        on, series = self.ground.on, self.ground.series
        held = [(corner, in_force(policy, corner.case).answer) for corner in self.corners(kinds)]
        cases = [corner.case for corner, answer in held if answer]
        filings = tuple(all_windows(policy, self.corners(kinds)[0].case, on))
        if any(answer is None for _, answer in held):
            asked = in_force(policy, held[0][0].case).path
            return Outcome(policy, UNKNOWN, missing=(fact_name(asked),), filings=filings)
        if not cases:
            return Outcome(policy, NOT_IN_FORCE, filings=filings)
        results = [evaluate(policy, case, series) for case in cases]
        low, high = min(results, key=own_fen), max(results, key=own_fen)
        group = _group(policy, results)
        found = Outcome(policy, group, low=low, high=high, filings=filings, all_results=tuple(results))
        if len(cases) < len(held) and found.group == FITS:
            found = replace(found, group=DEPENDS, depends_on=(policy.effective.picked_by,))
        return self._explained(found, cases, results)

    def _explained(self, found: Outcome, cases: list[Case], results: list[Result]) -> Outcome:
        policy, series = found.policy, self.ground.series
        match found.group:
            case "fits" | "uncomputable":
                fees = tuple(_unclaimed_fees(policy, cases[0]))
                highest = cases[results.index(found.high)] if found.high else cases[-1]
                found = replace(
                    found, own=Range.of(map(own_fen, results)), others=others(results), unclaimed=fees,
                    nearly=nearly(policy, highest, series, result=found.high),
                )  # fmt: skip
                if found.group == FITS and not any(_in_benefits(result) for result in results):
                    return replace(
                        found, group=UNKNOWN, own=None, missing=tuple(FEE_WORDS.get(f, f) for f in fees)
                    )
                return found
            case "depends":
                reasons = [reason for one in results for reason in (*one.reasons, *one.lost)]
                failing = tuple(dict.fromkeys(reason.text for reason in reasons))
                on = found.depends_on or tuple(_deciding(cases, results))
                return replace(
                    found,
                    own=Range.of(map(own_fen, results)),
                    others=others(results),
                    failing=failing,
                    depends_on=on,
                )
            case "nearly" | "no":
                misses = [nearly(policy, case, series, result=one) for case, one in _ends(cases, results)]
                together = [one.together_fen for one in misses]
                brings = Range.of(fen for fen in together if fen) if all(together) else None
                group = NEARLY if brings else NO
                return replace(found, group=group, nearly=misses[0], brings=brings)
        names = dict.fromkeys(each.name for one in results for each in one.missing)
        supposed = suppose(policy, cases, results, series, self.ground.on)
        return replace(found, missing=tuple(names), supposed=supposed)


def own_fen(result: Result) -> int:
    """What the firm itself gets."""
    return sum(line.paid_fen for line in _in_benefits(result) if line.payee in OWN_PAYEES)


def _in_benefits(result: Result) -> list[LineResult]:
    return [line for line in result.lines if line.in_benefits]


def others(results: Iterable[Result]) -> tuple[tuple[str, Range], ...]:
    """What others get from the same application, by payee."""
    paid: dict[str, list[int]] = {}
    for result in results:
        sums: dict[str, int] = {}
        for line in _in_benefits(result):
            if line.payee not in OWN_PAYEES:
                sums[line.payee] = sums.get(line.payee, 0) + line.paid_fen
        for payee, fen in sums.items():
            paid.setdefault(payee, []).append(fen)
    return tuple((payee, Range.of(amounts)) for payee, amounts in paid.items())


def _group(policy: Policy, results: list[Result]) -> str:
    statuses = {result.status for result in results}
    if Status.UNKNOWN in statuses:
        return UNKNOWN
    if Status.PENDING in statuses:
        return PENDING
    if statuses == {Status.INELIGIBLE}:
        return BATCH_OVER if all(_only_of_a_batch(policy, result) for result in results) else NO
    if Status.INELIGIBLE in statuses:
        return DEPENDS
    bases = [line.base for line in policy.lines if computable(line)]
    decided_elsewhere = all(isinstance(base, ApprovedAmount) for base in bases)
    return UNCOMPUTABLE if decided_elsewhere else FITS


def _only_of_a_batch(policy: Policy, result: Result) -> bool:
    """Whether nothing stands against it but what was asked of one past call alone."""
    of_a_batch = {condition.id for condition in policy.eligibility if condition.per_batch}
    return {reason.condition for reason in result.reasons} <= of_a_batch


def _unclaimed_fees(policy: Policy, case: Case) -> Iterator[str]:
    """Fees on which a line rests that nobody stated."""
    for line in policy.lines:
        if isinstance(line.base, FeePaid) and not claimed(line, case):
            yield line.base.fee


def _deciding(cases: list[Case], results: list[Result]) -> Iterator[str]:
    """The names of facts of failing conditions that differ between the ends; of a comparison of rates, the contract's."""
    paths = [path for one in results for reason in one.reasons for path, _ in reason.found]
    for path in dict.fromkeys("loan.rate" if path in ("left", "right") else path for path in paths):
        if len({case.facts.get(path, case.assumed.get(path)) for case in cases}) > 1:
            yield fact_name(path)


def _ends(cases: list[Case], results: list[Result]) -> list[tuple[Case, Result]]:
    """The first and the last combination of ends, once where there is one."""
    both = list(zip(cases, results, strict=True))
    return both[:1] if len(both) == 1 else [both[0], both[-1]]
