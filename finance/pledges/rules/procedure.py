"""The course of a registration: what may be done in which state, and what stood on any day as known on any day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from kernel.conditions import Answer, judge
from kernel.days import add_months
from kernel.errors import Problem, Refused, refuse_if_any

from .book import Actor, LegalEvent, RuleBook, Transition
from .facts import Right
from .metrics import METRICS
from .terms import expiry, fee_due_on

ACTOR_WORDS: dict[Actor, str] = {
    "both": "双方共同",
    "pledgor": "出质人",
    "pledgee": "质权人",
    "registry": "登记机构（凭文书录入）",
    "system": "系统预检",
    "clock": "期限届满",
}


class RecordedFact(Protocol):
    """What replay needs of a fact: a number in its file, when it was known, and the number of the one it corrects."""

    @property
    def seq(self) -> int: ...
    @property
    def known_on(self) -> dt.date: ...
    @property
    def corrects(self) -> int | None: ...


@dataclass(frozen=True)
class Act:
    """One step of a registration as a fact: the action, its day, the day it was recorded.

    `until` is the registered period that it brings (trademarks). An act with no action takes back the one it corrects.
    """

    seq: int
    action: str
    on: dt.date
    known_on: dt.date
    until: dt.date | None = None
    corrects: int | None = None


@dataclass(frozen=True)
class RightEvent:
    """Something that happened to a right itself; `effective_on` where that is another day than the event's.

    `brings`: the facts that its kind says it states anew, by the name of the right's field.
    """

    seq: int
    event: str
    on: dt.date
    known_on: dt.date
    effective_on: dt.date | None = None
    until: dt.date | None = None
    corrects: int | None = None
    brings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PledgeStatus:
    """How a registration stands. The pledge exists from `created_on`; a revoked one never did (`void_from_start`).

    `unfitting`: recorded acts that the rules do not allow in the state they met; they changed nothing and want a look.
    `over`: the registered period has run out, whether or not somebody has noted it.
    """

    state: str
    created_on: dt.date | None = None
    ended_on: dt.date | None = None
    registered_until: dt.date | None = None
    void_from_start: bool = False
    unfitting: tuple[Act, ...] = ()
    over: bool = False

    @property
    def in_force(self) -> bool:
        exists = self.created_on is not None and not self.void_from_start
        return exists and self.ended_on is None and not self.over

    @property
    def not_yet(self) -> bool:
        """There was no pledge on the day: none had been registered by then."""
        return self.created_on is None and not self.void_from_start


def lapse_of(book: RuleBook) -> Transition | None:
    """The move by which a pledge ends with its registered period; None where the kind knows no such end."""
    return next((move for move in book.transitions if move.effect == "ends" and "clock" in move.actors), None)


def awaits_extension(book: RuleBook, state: str) -> bool:
    """Whether an extension was applied for and is not decided: until then nobody may note that the period is over."""
    return any(move.effect == "extends" for move in moves_from(book, state))


def moves_from(book: RuleBook, state: str) -> tuple[Transition, ...]:
    return tuple(move for move in book.transitions if state in move.before)


def move_of(book: RuleBook, state: str, action: str, among: Sequence[Actor] = ()) -> Transition:
    """The move of an action in a state; Refused when there is none, or none of `among` (empty: anybody) may make it."""
    move = next((move for move in moves_from(book, state) if move.action == action), None)
    if move is None:
        possible = "、".join(one.title for one in moves_from(book, state)) or "没有下一步"
        words = next((one.title for one in book.transitions if one.action == action), action)
        found = f"“{book.state(state).title}”状态下不能“{words}”"
        raise Refused(Problem(book.title, found, f"此时可以：{possible}", "no_such_move"))
    if among and not set(among) & set(move.actors):
        raise Refused(_not_by(move, among[-1]))
    return move


def next_state(
    book: RuleBook,
    state: str,
    action: str,
    *,
    actor: Actor,
    facts: Mapping[str, str],
    papers: Collection[str] | None = None,
) -> Transition:
    """The move that an action makes; `move.after` is the state it leads to.

    Refused with every reason: not possible in this state, not this actor's, a guard that fails or is not known, a paper
    that is missing (`papers` None: not looked at).
    """
    move = move_of(book, state, action)
    refuse_if_any(against(book, move, actor, facts, papers))
    return move


def _not_by(move: Transition, actor: Actor) -> Problem:
    who = "、".join(ACTOR_WORDS[one] for one in move.actors)
    wanted = f"应由{who}办理（{move.basis.article}）"
    return Problem(move.title, f"不由{ACTOR_WORDS[actor]}办理", wanted, "actor")


def against(
    book: RuleBook, move: Transition, actor: Actor, facts: Mapping[str, str], papers: Collection[str] | None
) -> Iterable[Problem]:
    """Everything that the book has against a move by this actor with these facts and papers."""
    if actor not in move.actors:
        yield _not_by(move, actor)
    if move.paper and facts.get("act.registry_paper") != "true":
        yield Problem(move.title, f"没有{move.paper}", "请上传登记机构出具的文书；平台不能自行认定", "paper")
    for guard in move.guards:
        judgement = judge(guard.condition, facts)
        if judgement.answer is Answer.NO:
            yield Problem(move.title, guard.refusal, f"依据：{move.basis.article}", "guard")
        elif not judgement.holds:
            missing = "、".join(METRICS.get(name, name) for name in judgement.missing)
            yield Problem(move.title, f"不知道“{missing}”", f"请先查明：{guard.refusal}", "guard_unknown")
    titles = {rule.id: rule.title for rule in (*book.materials, *book.contract_terms)}
    for name in move.evidence:
        if papers is not None and name not in papers:
            yield Problem(move.title, f"缺少{titles[name]}（{name}）", "请补交后再办理", "material")


def status(book: RuleBook, acts: Iterable[Act], on: dt.date, known_on: dt.date) -> PledgeStatus:
    """How a registration stood on `on` as known on `known_on`, whatever order the acts come in.

    An act that voids the pledge works back to its beginning as soon as it is known, on every day asked about; an extension
    goes on from the last day of the period before.
    """
    known = sorted(_standing(acts, known_on), key=lambda act: (act.on, act.seq))
    then, now = _fold(book, [act for act in known if act.on <= on]), _fold(book, known)
    if then.created_on and now.void_from_start:
        then = replace(then, created_on=None, void_from_start=True)
    until = now.registered_until if then.created_on and lapse_of(book) else None
    return replace(then, over=until is not None and until < on)


def _fold(book: RuleBook, acts: Sequence[Act]) -> PledgeStatus:
    now = PledgeStatus(book.start)
    for act in acts:
        move = next((move for move in moves_from(book, now.state) if move.action == act.action), None)
        if move is None:
            now = replace(now, unfitting=(*now.unfitting, act))
            continue
        now = replace(now, state=move.after, registered_until=act.until or now.registered_until)
        if move.effect == "creates":
            now = replace(now, created_on=act.on)
        elif move.effect == "ends":
            now = replace(now, ended_on=act.on)
        elif move.effect == "voids":
            now = replace(now, created_on=None, void_from_start=True)
    return now


def right_on(
    book: RuleBook, right: Right, events: Iterable[RightEvent], on: dt.date, known_on: dt.date
) -> Right:
    """The right with the legal situation that events had brought about by `on`, as known on `known_on`.

    Events follow each other by their own days; since when one counts decides only whether it shows on the day asked. What
    no event speaks of stays as the right states it.
    """
    then = right
    for event, since in counted(book, right, events, known_on):
        if since <= on:
            then = _after(_kind(book, event), then, event, on)
    return then


def counted(
    book: RuleBook, right: Right, events: Iterable[RightEvent], known_on: dt.date
) -> Iterator[tuple[RightEvent, dt.date]]:
    """The events known by a day in their order, each with the day since which it counts.

    That day is the one that was told; else it is worked out from what had befallen the right before, never later than the
    event itself. What cannot be worked out counts from the event's own day.
    """
    then, ended = right, None
    for event in sorted(_standing(events, known_on), key=lambda event: (event.on, event.seq)):
        kind = _kind(book, event)
        since = event.effective_on or min(_worked_out(book, kind, then, ended) or event.on, event.on)
        if kind.status in ("ended", "invalidated"):
            ended = since
        then = _after(kind, then, event, event.on)
        yield event, since


def _worked_out(book: RuleBook, kind: LegalEvent, then: Right, ended: dt.date | None) -> dt.date | None:
    if kind.works_from == "beginning":
        return dt.date.min
    if kind.works_from == "fee_due":
        return fee_due_on(book, then)
    if kind.works_from == "expiry":
        last = expiry(book, then)
        return last.last_day + dt.timedelta(days=1) if last else None
    return ended if kind.works_from == "lapse" else None


def _after(kind: LegalEvent, right: Right, event: RightEvent, on: dt.date) -> Right:
    """The right after an event as it stands on a day; years of fees that were paid stay paid."""
    changed: dict[str, object] = _flag(kind, event, on) if kind.sets else {}
    if kind.clears:
        changed[kind.clears] = False
    if kind.status:
        changed["status"] = kind.status
    changed |= {name: event.brings[name] for name in kind.brings if name in event.brings}
    if goes_back(right, event):
        changed.pop("fees_paid_through", None)
    return replace(right, **changed)  # type: ignore[arg-type]


def goes_back(right: Right, event: RightEvent) -> bool:
    """Whether an event tells of an earlier year of fees than is known to be paid."""
    paid = event.brings.get("fees_paid_through")
    return isinstance(paid, int) and right.fees_paid_through is not None and paid < right.fees_paid_through


def _kind(book: RuleBook, event: RightEvent) -> LegalEvent:
    return next(kind for kind in book.legal_events if kind.id == event.event)


def _flag(kind: LegalEvent, event: RightEvent, on: dt.date) -> dict[str, object]:
    until = event.until
    if until is None and kind.lasts_months is not None:
        until = add_months(event.on, kind.lasts_months)
    changed: dict[str, object] = {kind.sets: until is None or on <= until}
    if kind.sets == "preserved":
        changed["preserved_until"] = until
    return changed


F = TypeVar("F", bound=RecordedFact)


def _standing(facts: Iterable[F], known_on: dt.date) -> list[F]:
    """The facts known by a day that no fact known by that day corrects; those that only take back are gone too."""
    known = [fact for fact in facts if fact.known_on <= known_on]
    corrected = {fact.corrects for fact in known if fact.corrects is not None}
    return [
        fact
        for fact in known
        if fact.seq not in corrected and (getattr(fact, "action", None) or getattr(fact, "event", None))
    ]


@dataclass(frozen=True)
class MixedStanding:
    """A loan's registrations together: each stands for itself, one per registry (民法典 444)."""

    registered: tuple[str, ...]
    ended: tuple[str, ...]
    under_way: tuple[str, ...]
    due_in_unified_register: tuple[str, ...]

    @property
    def all_registered(self) -> bool:
        """The usual condition precedent of drawing the loan."""
        return bool(self.registered) and not self.ended and not self.under_way


def mixed_standing(parts: Sequence[tuple[str, RuleBook, PledgeStatus]]) -> MixedStanding:
    """By the name of each part; which of them are to be entered in the unified register too, the rule books say."""
    registered = tuple(name for name, _, one in parts if one.in_force)
    ended = tuple(
        name
        for name, book, one in parts
        if not one.in_force and (one.void_from_start or one.over or book.state(one.state).kind == "ended")
    )
    under_way = tuple(name for name, _, _ in parts if name not in registered and name not in ended)
    entered = tuple(name for name, book, one in parts if one.in_force and book.unified_register.enters)
    return MixedStanding(registered, ended, under_way, entered)


@dataclass(frozen=True)
class BoundFor:
    """For how much of a changed debt somebody who gave security stands, and how much of an increase he is free of."""

    amount_fen: int
    free_of_fen: int


def bound_after_change(before_fen: int, after_fen: int, *, consents: bool) -> BoundFor:
    """Who did not consent in writing is bound for the lighter of the two (民法典 695; third-party pledgors: 担保解释 20).

    >>> bound_after_change(300_00, 500_00, consents=False)
    BoundFor(amount_fen=30000, free_of_fen=20000)
    """
    amount = after_fen if consents else min(before_fen, after_fen)
    return BoundFor(amount, after_fen - amount)
