"""A rule book of registration: what one file of policies/registration says, as values. The format: `_model.yaml` there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kernel.conditions import Answer, Condition, Facts, Judgement, judge_all
from kernel.errors import Problem, Refused

from .facts import Party

Confidence = Literal["S", "S-old", "R", "R+", "V", "D"]
Mode = Literal["binding", "advisory"]
Route = Literal["refusal", "deficiency", "warning"]
Unit = Literal["working_days", "days", "months", "years"]
WorksFrom = Literal["", "beginning", "fee_due", "expiry", "lapse"]
Actor = Literal["both", "pledgor", "pledgee", "registry", "system", "clock"]

CONFIDENCE: dict[str, tuple[str, str]] = {
    "S": ("已见原文", "SEEN"),
    "S-old": ("仅见于已废止的文本", "SEEN-COPY"),
    "R": ("凭记忆，未核", "RECALLED"),
    "R+": ("凭记忆，有旁证", "RECALLED"),
    "V": ("经计算核实", "SEEN"),
    "D": ("设计建议，非法律", "assumed"),
}
"""Mark of evidence in these files -> its words, and the mark that all policy files use (kernel.marks)."""

START = "draft"
"""The state in which a file begins: the one of all states that the database knows by name (decision 0030)."""

SURE = ("S", "V", "D")
"""Evidence on which a rule may stop a filing; the others advise until an officer makes them binding (brief, 10.5)."""

Cases = tuple[tuple[Condition, ...], ...]

WHO: dict[str, tuple[Party, ...]] = {
    "出质人": ("pledgor",),
    "质权人": ("pledgee",),
    "双方": ("pledgor", "pledgee"),
}
"""Words by which a watch says who has it."""


@dataclass(frozen=True)
class Basis:
    """Where a rule stands, how sure we are of it, and from when to when it holds (both days included; None is open)."""

    article: str
    source: str
    confidence: Confidence
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    @property
    def status(self) -> str:
        """The mark of evidence as every policy file writes it."""
        return CONFIDENCE[self.confidence][1]


@dataclass(frozen=True)
class Rule:
    """What all rules have: an id of the brief, a text that an officer reads, its basis."""

    id: str
    title: str
    basis: Basis


@dataclass(frozen=True)
class UnifiedRegister(Rule):
    """Is the pledge entered in the unified register of movables and rights (中登网) too?"""

    enters: bool


@dataclass(frozen=True)
class Material(Rule):
    """A paper, the acts it is asked for, who asks (the bank's own papers never stop the registry), and when.

    One that is surely asked for is to be cured; one that is recalled only advises, until an officer makes it binding.
    """

    asked_by: Literal["registry", "bank"]
    mode: Mode
    acts: tuple[str, ...]
    cases: Cases


@dataclass(frozen=True)
class ContractTerm(Rule):
    mandatory: bool


@dataclass(frozen=True)
class Ground(Rule):
    """A reason to refuse, to send back, or to warn; it is met when all conditions of one case hold.

    `waivable`: both parties may declare that they know and go on. `to_do` is what the reader is told to do.
    """

    route: Route
    mode: Mode
    waivable: bool
    cases: Cases
    to_do: str


@dataclass(frozen=True)
class Term:
    """How long a kind of right lasts: `years` from a named day, for rights filed within the days given."""

    subtype: str
    counts_from: str
    years: int
    ends: Literal["day_before", "same_day", "year_end"]
    basis: Basis
    filed_from: dt.date | None = None
    filed_to: dt.date | None = None
    never_after_years: int | None = None  # of creation (layout designs)
    begins_within_years: int | None = (
        None  # of creation, or nothing is protected any more (works published late)
    )
    only_unpublished: bool = False  # a published work has another term


@dataclass(frozen=True)
class AnnualFee:
    """One surcharge in percent for each month of grace, so their number is the grace."""

    surcharges_percent: tuple[int, ...]
    basis: Basis

    @property
    def grace_months(self) -> int:
        return len(self.surcharges_percent)


@dataclass(frozen=True)
class Renewal:
    window_months: int
    grace_months: int
    years: int
    basis: Basis


@dataclass(frozen=True)
class Clock(Rule):
    """A time limit of the law or a promise of a window, for an act, a channel and a region ('' is any)."""

    kind: Literal["statutory", "promise"]
    act: str
    channel: str
    region: str
    length: int
    unit: Unit
    after_cure: Literal["restarts", "resumes"]


@dataclass(frozen=True)
class State:
    id: str
    title: str
    kind: Literal["open", "running", "ended"]


@dataclass(frozen=True)
class Guard:
    condition: Condition
    refusal: str


@dataclass(frozen=True)
class Transition(Rule):
    """Who may do what in which state. `paper`: the registry's own paper without which nobody may record it.

    `effect` on the pledge: creates it, ends it from that day, voids it from the beginning, extends its period, changes what
    it secures, or none. `asks`: what the step asks of whoever takes it, by the names of `asked.QUESTIONS`.
    """

    action: str
    before: tuple[str, ...]
    after: str
    actors: tuple[Actor, ...]
    evidence: tuple[str, ...]
    guards: tuple[Guard, ...]
    paper: str
    effect: Literal["none", "creates", "ends", "voids", "extends", "changes"]
    duty: str
    clock: str
    asks: tuple[str, ...]


@dataclass(frozen=True)
class LegalEvent(Rule):
    """What can happen to a right itself: a flag set or cleared, its end; some last only so many months.

    `brings`: facts of the right that the event states anew (its owners after a transfer, its last day after a renewal).
    `works_from`: since when it counts where that is not its own day: the beginning of the right, the due day of the fee that
    was not paid, the day after the last of the term, the day of the ending that it undoes.
    `public`: it stands in a public register or gazette, with the mark of evidence for that; empty: known to a file only.
    """

    sets: str
    clears: str
    status: str
    works_from: WorksFrom
    lasts_months: int | None
    brings: tuple[str, ...]
    public: str = ""


@dataclass(frozen=True)
class WatchRule(Rule):
    """One date or condition to watch: `counts_from` plus `length`, warned of at so many days before, and at once or not.

    Conditions of a dated watch only silence it by a sure no; without a date they must hold. `who` names the parties that
    have it, in words; `settles` is the fact that is proven once one of them has worked it off.
    """

    counts_from: str
    length: int
    unit: Unit
    rolls: bool
    cases: Cases
    at_days: tuple[int, ...]
    at_once: bool
    who: str
    to_do: str
    settles: str = ""

    @property
    def parties(self) -> frozenset[Party]:
        """Who has it.

        >>> sorted(WHO["双方"])
        ['pledgee', 'pledgor']
        """
        return frozenset(party for word, parties in WHO.items() if word in self.who for party in parties)

    @property
    def tells_of_loan(self) -> bool:
        """Whether its being there says whether the loan is repaid, which a registry does not learn from us."""
        return any(one.metric == "loan.repaid" and one.op == "==" for case in self.cases for one in case)


@dataclass(frozen=True)
class RuleBook:
    """All rules of registering the pledge of one kind of right, in one version."""

    id: str
    kind: str
    title: str
    registry: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    supersedes: str
    sources: Mapping[str, str]
    start: str
    unified_register: UnifiedRegister
    materials: tuple[Material, ...]
    contract_terms: tuple[ContractTerm, ...]
    grounds: tuple[Ground, ...]
    revocations: tuple[Rule, ...]
    endings: tuple[Rule, ...]
    notes: tuple[Rule, ...]
    subtypes: Mapping[str, str]
    number_types: Mapping[str, str]
    terms: tuple[Term, ...]
    annual_fee: AnnualFee | None
    renewal: Renewal | None
    clocks: tuple[Clock, ...]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    legal_events: tuple[LegalEvent, ...]
    watch: tuple[WatchRule, ...]

    @property
    def family(self) -> str:
        return self.id.partition("@")[0]

    def state(self, state_id: str) -> State:
        return next(state for state in self.states if state.id == state_id)

    def ground(self, ground_id: str) -> Ground:
        return next(ground for ground in self.grounds if ground.id == ground_id)

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(move.action for move in self.transitions))

    @property
    def turnable(self) -> tuple[Ground | Material, ...]:
        """What an officer may make binding or advisory: the grounds, and the papers that the registry asks for."""
        return (*self.grounds, *(one for one in self.materials if one.asked_by == "registry"))

    def with_modes(self, modes: Mapping[str, Mode]) -> RuleBook:
        """The book after an officer has made some rules binding or advisory; Refused for one it does not have."""
        if unknown := [name for name in modes if name not in {rule.id for rule in self.turnable}]:
            known = "、".join(rule.id for rule in self.turnable)
            raise Refused(
                Problem(self.id, f"没有编号为 {name} 的事由或材料", f"可用的编号：{known}")
                for name in unknown
            )
        grounds = (replace(ground, mode=modes.get(ground.id, ground.mode)) for ground in self.grounds)
        materials = (replace(paper, mode=modes.get(paper.id, paper.mode)) for paper in self.materials)
        return replace(self, grounds=tuple(grounds), materials=tuple(materials))


def judge_cases(cases: Cases, facts: Facts) -> Judgement:
    """One case must hold, in each all conditions. A yes decides; without one, unknown before pending before no.

    >>> old, rich = (Condition("firm.age", ">", "3"),), (Condition("firm.sales", ">", "9"),)
    >>> judge_cases((old, rich), {"firm.age": "2"}).answer, judge_cases((old, rich), {"firm.sales": "10"}).answer
    (<Answer.UNKNOWN: 'unknown'>, <Answer.YES: 'yes'>)
    """
    judgements = [judge_all(case, facts) for case in cases]
    for answer in (Answer.YES, Answer.UNKNOWN, Answer.PENDING):
        if such := [judgement for judgement in judgements if judgement.answer is answer]:
            missing = tuple(dict.fromkeys(name for judgement in such for name in judgement.missing))
            return Judgement(answer, tuple(reason for one in such for reason in one.reasons), missing)
    return Judgement(Answer.NO, tuple(reason for one in judgements for reason in one.reasons))
