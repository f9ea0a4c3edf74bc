"""One document of policies/registration/ built into a rule book; what no single entry shows is checked at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar, cast, get_args

from kernel.reading import Entry, Reading

from .asked import QUESTIONS
from .book import (
    CONFIDENCE,
    START,
    SURE,
    WHO,
    Actor,
    AnnualFee,
    Basis,
    Clock,
    ContractTerm,
    Ground,
    Guard,
    LegalEvent,
    Material,
    Mode,
    Renewal,
    Route,
    Rule,
    RuleBook,
    State,
    Term,
    Transition,
    UnifiedRegister,
    Unit,
    WatchRule,
    WorksFrom,
)
from .identifiers import RightKind
from .metrics import DATES, METRICS
from .terms import COUNTS_FROM

# Where a text of a file goes into a Literal, `among` has held it to those words; mypy does not follow that: [arg-type].
EFFECTS = ("none", "creates", "ends", "voids", "extends", "changes")
ACTS = ("register", "change", "extend", "cancel", "reissue")
CLOCK_ACTS = (*ACTS, "cure", "certificate", "file_change")
CHANNELS = ("any", "online", "paper")
FLAGS = ("suspended", "preserved", "under_invalidation", "same_day_invention", "disputed", "renewal_filed")
BROUGHT = ("expires_on", "fees_paid_through", "last_used_on", "owners")
SETTLED = ("pledge.published",)
STATUSES = ("pending", "in_force", "ended", "invalidated")
UNITS = get_args(Unit)
WORKS_FROM = get_args(WorksFrom)[1:]
YEARS_OF_CREATION = ("never_after_years", "begins_within_years")

R = TypeVar("R", bound=Rule)


class BookReading:
    """Reads one document into a book, top down; faults go to the reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.top = reading, reading.top
        self.sources = self.top.words("sources")
        self.valid_from, self.valid_to = self.top.day("valid_from"), self.top.day("valid_to")

    def book(self) -> RuleBook:
        top = self.top
        kinds = get_args(RightKind)
        states = tuple(self.states())
        names = [state.id for state in states]
        book = RuleBook(
            id=top.text("id"),
            kind=top.text("kind", among=kinds),
            title=top.text("title"),
            registry=top.text("registry"),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            supersedes=top.text("supersedes", ""),
            sources=self.sources,
            start=top.text("start", among=names),
            unified_register=self.unified_register(),
            materials=self.rules("materials", self.material),
            contract_terms=self.rules("contract_terms", self.contract_term),
            grounds=self.rules("grounds", self.ground),
            revocations=self.rules("revocations", self.plain),
            endings=self.rules("endings", self.plain),
            notes=self.rules("notes", self.plain),
            subtypes=top.words("subtypes"),
            number_types=top.words("number_types"),
            terms=tuple(self.term(entry) for entry in top.entries("terms")),
            annual_fee=self.annual_fee(),
            renewal=self.renewal(),
            clocks=self.rules("clocks", self.clock),
            states=states,
            transitions=self.rules("transitions", lambda entry: self.transition(entry, names)),
            legal_events=self.rules("legal_events", self.legal_event),
            watch=self.rules("watch", self.watch),
        )
        top.only()
        self.cross_check(book)
        return book

    def rules(self, key: str, read: Callable[[Entry], R]) -> tuple[R, ...]:
        """The entries of a list, each with an id of its own."""
        found: dict[str, R] = {}
        for entry in self.top.entries(key):
            rule = read(entry)
            if rule.id in found:
                entry.fault("id", f"“{rule.id}”已写过", "每条规则用不同的编号")
            found[rule.id] = rule
        return tuple(found.values())

    def basis(self, entry: Entry) -> Basis:
        default = next(iter(self.sources), "")
        valid_from, valid_to = entry.day("valid_from"), entry.day("valid_to")
        if valid_from and valid_to and valid_to < valid_from:
            entry.fault("valid_to", f"{valid_to} 早于 {valid_from}", "末日不早于首日")
        return Basis(
            article=entry.text("article"),
            source=entry.text("source", default, among=tuple(self.sources)),
            confidence=entry.text("confidence", among=tuple(CONFIDENCE)),  # type: ignore[arg-type]
            valid_from=valid_from or self.valid_from,
            valid_to=valid_to or self.valid_to,
        )

    def head(self, entry: Entry) -> dict[str, Any]:
        return {"id": entry.text("id"), "title": entry.text("title"), "basis": self.basis(entry)}

    def plain(self, entry: Entry) -> Rule:
        rule = Rule(**self.head(entry))
        entry.only()
        return rule

    def material(self, entry: Entry) -> Material:
        head = self.head(entry)
        rule = Material(
            **head,
            mode="binding" if head["basis"].confidence in SURE else "advisory",
            asked_by=entry.text("asked_by", "registry", among=("registry", "bank")),  # type: ignore[arg-type]
            acts=entry.texts("acts", among=ACTS) or ("register",),
            cases=entry.cases("when", METRICS),
        )
        entry.only()
        return rule

    def unified_register(self) -> UnifiedRegister:
        entry = self.top.entry("unified_register") or self.reading.entry({}, "unified_register")
        rule = UnifiedRegister(**self.head(entry), enters=entry.flag("enters"))
        entry.only()
        return rule

    def contract_term(self, entry: Entry) -> ContractTerm:
        rule = ContractTerm(**self.head(entry), mandatory=entry.flag("mandatory"))
        entry.only()
        return rule

    def ground(self, entry: Entry) -> Ground:
        head = self.head(entry)
        sure: Mode = "binding" if head["basis"].confidence in SURE else "advisory"
        route = cast("Route", entry.text("route", "refusal", among=get_args(Route)))
        rule = Ground(
            **head,
            route=route,
            mode=cast("Mode", entry.text("mode", sure, among=get_args(Mode))),
            waivable=entry.flag("waivable", False),
            cases=entry.cases("when", METRICS, least=1),
            to_do=entry.text("to_do"),
        )
        entry.only()
        return rule

    def term(self, entry: Entry) -> Term:
        term = Term(
            subtype=entry.text("subtype", ""),
            counts_from=entry.text("counts_from", among=tuple(COUNTS_FROM)),
            years=entry.whole("years", least=1),
            ends=entry.text("ends", "day_before", among=("day_before", "same_day", "year_end")),  # type: ignore[arg-type]
            basis=self.basis(entry),
            filed_from=entry.day("filed_from"),
            filed_to=entry.day("filed_to"),
            **{name: entry.whole(name, least=1) if name in entry else None for name in YEARS_OF_CREATION},
            only_unpublished=entry.flag("only_unpublished", default=False),
        )
        entry.only()
        return term

    def annual_fee(self) -> AnnualFee | None:
        entry = self.top.entry("annual_fee")
        if entry is None:
            return None
        fee = AnnualFee(entry.wholes("surcharges_percent"), self.basis(entry))
        if not fee.surcharges_percent:
            entry.fault("surcharges_percent", "缺少", "请按月列出滞纳金的百分数")
        entry.only()
        return fee

    def renewal(self) -> Renewal | None:
        entry = self.top.entry("renewal")
        if entry is None:
            return None
        months = {key: entry.whole(key, least=1) for key in ("window_months", "grace_months", "years")}
        renewal = Renewal(**months, basis=self.basis(entry))
        entry.only()
        return renewal

    def clock(self, entry: Entry) -> Clock:
        clock = Clock(
            **self.head(entry),
            kind=entry.text("kind", among=("statutory", "promise")),  # type: ignore[arg-type]
            act=entry.text("act", among=CLOCK_ACTS),
            channel=entry.text("channel", "any", among=CHANNELS),
            region=entry.text("region", ""),
            length=entry.whole("length", least=1),
            unit=entry.text("unit", among=UNITS),  # type: ignore[arg-type]
            after_cure=entry.text("after_cure", "resumes", among=("restarts", "resumes")),  # type: ignore[arg-type]
        )
        entry.only()
        return clock

    def states(self) -> Iterable[State]:
        seen: set[str] = set()
        for entry in self.top.entries("states", least=2):
            kind = entry.text("kind", among=("open", "running", "ended"))
            state = State(entry.text("id"), entry.text("title"), kind)  # type: ignore[arg-type]
            entry.only()
            if state.id in seen:
                entry.fault("id", f"“{state.id}”已写过", "每个状态只写一次")
            seen.add(state.id)
            yield state

    def transition(self, entry: Entry, names: Collection[str]) -> Transition:
        guards = []
        for guard in entry.entries("guards"):
            guards.append(Guard(guard.condition(METRICS), guard.text("refusal")))
            guard.only()
        rule = Transition(
            **self.head(entry),
            action=entry.text("action"),
            before=entry.texts("from", least=1, among=names),
            after=entry.text("to", among=names),
            actors=cast("tuple[Actor, ...]", entry.texts("actors", least=1, among=get_args(Actor))),
            evidence=entry.texts("evidence"),
            guards=tuple(guards),
            paper=entry.text("paper", ""),
            effect=entry.text("effect", "none", among=EFFECTS),  # type: ignore[arg-type]
            duty=entry.text("duty", ""),
            clock=entry.text("clock", ""),
            asks=entry.texts("asks", among=tuple(QUESTIONS)),
        )
        entry.only()
        return rule

    def legal_event(self, entry: Entry) -> LegalEvent:
        rule = LegalEvent(
            **self.head(entry),
            sets=entry.text("sets", "", among=FLAGS),
            clears=entry.text("clears", "", among=FLAGS),
            status=entry.text("status", "", among=STATUSES),
            works_from=entry.text("works_from", "", among=WORKS_FROM),  # type: ignore[arg-type]
            lasts_months=entry.whole("lasts_months", least=1) if "lasts_months" in entry else None,
            brings=entry.texts("brings", among=BROUGHT),
            public=entry.text("public", "", among=tuple(CONFIDENCE)),
        )
        entry.only()
        return rule

    def watch(self, entry: Entry) -> WatchRule:
        rule = WatchRule(
            **self.head(entry),
            counts_from=entry.text("counts_from", "", among=tuple(DATES)),
            length=entry.whole("length", 0, least=-10_000),
            unit=entry.text("unit", "days", among=UNITS),  # type: ignore[arg-type]
            rolls=entry.flag("rolls", False),
            cases=entry.cases("when", METRICS),
            at_days=entry.wholes("at_days"),
            at_once=entry.flag("at_once", False),
            who=entry.text("who"),
            to_do=entry.text("to_do"),
            settles=entry.text("settles", "", among=SETTLED),
        )
        if rule.who and not rule.parties:
            entry.fault("who", f"“{rule.who}”没有写明由哪一方办", f"写明{'、'.join(WHO)}")
        if not rule.counts_from and not (rule.at_once and rule.cases):
            entry.fault(
                "counts_from", "既没有起算日，也不是立即提醒", "写明 counts_from，或写 at_once 和 when"
            )
        if rule.counts_from and not rule.at_days:
            entry.fault("at_days", "缺少", "写明提前几天提醒，例如 ['90', '30', '7']")
        entry.only()
        return rule

    def cross_check(self, book: RuleBook) -> None:
        """What no single entry shows: unknown ids, two moves for one action, states that nothing leads to or from."""
        fault = self.reading.fault
        known = {rule.id for rule in (*book.materials, *book.contract_terms)}
        clocks = {clock.id for clock in book.clocks}
        seen: dict[tuple[str, str], str] = {}
        for n, move in enumerate(book.transitions):
            for name in move.evidence:
                if name not in known:
                    fault(f"transitions[{n}].evidence", f"没有编号为 {name} 的材料", "先写在 materials 里")
            for name in move.asks:
                among = QUESTIONS[name].among if name in QUESTIONS else ""
                if among and not getattr(book, among):
                    fault(f"transitions[{n}].asks", f"{name} 要从 {among} 中选，那里一条也没有", "先写上事由")
            if move.clock and move.clock not in clocks:
                fault(f"transitions[{n}].clock", f"没有编号为 {move.clock} 的期限", "先写在 clocks 里")
            if "registry" in move.actors and not move.paper:
                fault(f"transitions[{n}].paper", "登记机构的决定没有写明文书", "写明以哪一种文书为凭")
            for before in move.before:
                other = seen.setdefault((before, move.action), move.id)
                if other != move.id:
                    fault(
                        f"transitions[{n}].action",
                        f"{before} 状态下 {move.action} 已写在 {other}",
                        "同一状态同一动作只写一条",
                    )
        self._check_states(book)
        for n, term in enumerate(book.terms):
            if term.subtype and term.subtype not in book.subtypes:
                fault(
                    f"terms[{n}].subtype",
                    f"没有“{term.subtype}”这个类型",
                    f"可用：{'、'.join(book.subtypes)}",
                )
        if book.valid_from and book.valid_to and book.valid_to < book.valid_from:
            fault("valid_to", f"{book.valid_to} 早于 {book.valid_from}", "末日不早于首日")

    def _check_states(self, book: RuleBook) -> None:
        if book.start and book.start != START:
            self.reading.fault(
                "start", book.start, f"数据库只收从 {START} 开始的案件，请把起始状态写成 {START}"
            )
        reached, grown = {book.start}, True
        while grown:
            more = {m.after for m in book.transitions if reached & set(m.before)} - reached
            grown = bool(more)
            reached |= more
        leaving = {before for move in book.transitions for before in move.before if move.after != before}
        for n, state in enumerate(book.states):
            if state.id not in reached:
                self.reading.fault(
                    f"states[{n}]", f"状态 {state.id} 到不了", f"写明从 {book.start} 到它的步骤，或删去"
                )
            if state.kind != "ended" and state.id not in leaving:
                self.reading.fault(
                    f"states[{n}]", f"状态 {state.id} 没有出路", "写明下一步，或把 kind 写成 ended"
                )
            if state.kind == "ended" and state.id in leaving:
                self.reading.fault(f"states[{n}]", f"终结状态 {state.id} 还有下一步", "删去这一步，或改 kind")
