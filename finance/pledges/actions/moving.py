"""The steps of a registration file: what both parties say together, what the registry decides on its paper.

Which step is possible, who takes it and what it asks for stands in the rule book (`procedure.next_state`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Prefetch

from finance.parties.seats import permit
from finance.pledges.models import (
    Assent,
    FileAct,
    FileStatement,
    PledgeEvent,
    PledgeRegistration,
    RegistrationFile,
    RunningPledge,
)
from finance.pledges.queries import of_files as reading
from finance.pledges.rules import right_key
from finance.pledges.rules.asked import CHANGES, changed, faults_of, secured_fen
from finance.pledges.rules.bounds import day_beyond
from finance.pledges.rules.clocks import asks_channel, deadline
from finance.pledges.rules.metrics import known_of_pledged
from finance.pledges.rules.procedure import against, awaits_extension, lapse_of, move_of
from finance.pledges.rules.stated import party_name
from finance.pledges.statements import StatedPledge, StatedRight
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.documents.papers import paper_problem
from kernel.errors import Problem, Refused, refuse_if_any

from .files import PARTIES, WINDOW, Paper, keep, keep_precheck, locked
from .stating import known_rights, number_faults, one_at_a_time, state_registration
from .watching import look_soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.rules.book import Actor, RuleBook, Transition
    from finance.pledges.rules.facts import Party
    from finance.pledges.rules.precheck import Finding

STATED_FACTS = (
    "act.proceeds_settled", "act.default", "act.end_proven", "act.guarantee_letter", "act.legal_opinion",
)  # fmt: skip
"""Facts of a step that whoever takes it states; all others are found out."""
ANSWERED = {"act.proceeds_settled": "proceeds", "act.default": "default_on"}
"""Facts that the answer to a question already states, where the step asks it."""


@dataclass(frozen=True)
class Step:
    """One step as somebody asks for it: the action, its day, and what belongs to it.

    `number`: of the registration; `until`: the end of the registered period; `items`: what a notice asks for;
    `answers`: to these items, in their order; `declared`, (ground, right) each, is filled in for a declaration; `asked`: the
    answers to what the move asks (`rules.asked`).
    """

    action: str
    on: dt.date
    note: str = ""
    channel: str = ""
    number: str = ""
    until: dt.date | None = None
    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    stated: frozenset[str] = frozenset()
    paper: Paper | None = None
    declared: tuple[tuple[str, str], ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def details(self) -> dict[str, Any]:
        told = {"note": self.note, "channel": self.channel, "number": self.number, "asked": self.asked}
        lists = {
            "items": self.items,
            "answers": self.answers,
            "grounds": dict.fromkeys(ground for ground, _ in self.declared),
            "declared": (list(pair) for pair in self.declared),
            "stated": sorted(self.stated),
        }
        return {
            name: value for name, value in {**told, **{k: list(v) for k, v in lists.items()}}.items() if value
        }

    @property
    def declares(self) -> str:
        """A digest of what is declared, so that the database can tell whether two yeses declare the same."""
        return sha256(repr(self.declared).encode()).hexdigest() if self.declared else ""


def to_state(move: Transition) -> list[str]:
    """The facts of a step that whoever takes it states by themselves, no answer to a question doing so."""
    metrics = [guard.condition.metric for guard in move.guards]
    return [name for name in metrics if name in STATED_FACTS and ANSWERED.get(name) not in move.asks]


@transaction.atomic
def say(*, by: Membership, file_id: UUID, step: Step, today: dt.date) -> FileAct | None:
    """A party takes a step of its own, or says yes to one that takes both; the second yes takes it.

    The first yes is checked as if the other had been said too, so that a fault is told to whoever can mend it.
    """
    permit(by, *PARTIES)
    file = locked(by, file_id)
    book = reading.book_of(file)
    party: Party = "pledgor" if by.organisation_id == file.pledgor_id else "pledgee"  # others see no file
    refuse_if_any(_day_faults(file, step, today))
    move = move_of(book, file.state, step.action, among=("both", party))
    asks_consent = any(guard.condition.metric == "act.pledgee_consents" for guard in move.guards)
    if party in move.actors and not (asks_consent and party == "pledgor"):
        return _take(by, file, book, replace(step, paper=None), party, today)
    last = reading.last_statement(file)
    if last is None:
        raise Refused(Problem(move.title, "还没有填写内容", "请先填写合同与权利", "nothing_stated"))
    first = reading.said_by_other(file, step.action, party)
    declared = reading.to_declare(file, today) if step.action == "declare" else ()
    step = replace(_as_agreed(first, step), declared=declared)
    refuse_if_any(_against_yes(file, move, step, reading.said_by(file, step.action, party), first, by))
    if first is None:  # the second yes is looked at where it takes the step
        _checked_move(by, file, book, step, "both", today)
    Assent.objects.create(
        file=file, action=step.action, party=party, statement=last, after_seq=len(file.acts.all()),
        last_paper=reading.last_paper(file), declares=step.declares, details=step.details, on=step.on,
        recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="pledge_file.assent", subject=file, summary=f"{file.number} {move.title}：本方确认")
    return _take(by, file, book, step, "both", today) if first else None


def _against_yes(
    file: RegistrationFile,
    move: Transition,
    step: Step,
    own: Assent | None,
    first: Assent | None,
    by: Membership,
) -> Iterator[Problem]:
    """Why this party cannot say yes now: it did already, one person speaks for both, the other declared something else."""
    if own is not None and own.declares == step.declares:
        yield Problem(move.title, "本方已经确认", "请等待对方确认", "said_before")
    if first is None:
        return
    account = first.recorded_by
    if account is None or account == by.account or account.person_id == by.account.person_id:
        told = "对方的确认出自同一人"
        yield Problem(move.title, told, "双方须由两个人分别确认，请换人办理", "one_person")
    if first.declares != step.declares:
        said = {tuple(pair) for pair in first.details.get("declared", ())}
        came = "、".join(
            f"{ground} {right}".strip() for ground, right in step.declared if (ground, right) not in said
        )
        gone = "、".join(f"{ground} {right}".strip() for ground, right in sorted(said - {*step.declared}))
        moved = "；".join(f"{word}{which}" for word, which in (("增加", came), ("减少", gone)) if which)
        found = f"对方确认以后，须声明的事由有变：{moved}"
        yield Problem(move.title, found, "请对方按现在的事由重新确认，本方再确认", "grounds_moved")


def _as_agreed(first: Assent | None, step: Step) -> Step:
    """The second yes is to what the first one said; its day is the later one."""
    if first is None:
        return step
    said = first.details
    return replace(
        step,
        on=max(first.on, step.on),
        note=said.get("note", ""),
        channel=said.get("channel", ""),
        answers=tuple(said.get("answers", ())),
        stated=frozenset(said.get("stated", ())),
        asked=said.get("asked", {}),
    )


@transaction.atomic
def take(*, by: Membership, file_id: UUID, step: Step, today: dt.date) -> FileAct:
    """The window enters what the registry decided, on the registry's paper and not without."""
    permit(by, WINDOW)
    file = locked(by, file_id)
    problems = _day_faults(file, step, today)
    if step.paper is not None and (fault := paper_problem(step.paper.name, step.paper.content)):
        problems.append(fault)
    refuse_if_any(problems)
    return _take(by, file, reading.book_of(file), step, "registry", today)


@transaction.atomic
def let_lapse(*, by: Membership, file_id: UUID, action: str, today: dt.date) -> FileAct:
    """Note that the registered period is over: nobody decides it, and its day is the one after the period's last."""
    permit(by, *PARTIES, WINDOW)
    return _let_lapse(by, locked(by, file_id), action, today)


@transaction.atomic
def lapse_by_night(*, files: Iterable[UUID], on: dt.date) -> list[FileAct]:
    """Note it in those of these files whose registered period was over on a day, where nobody has."""
    rows = RegistrationFile.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=files)
    acts = []
    course = Prefetch("acts", FileAct.objects.order_by("seq"))
    for file in rows.select_related("pledgor", "registration").prefetch_related(course).order_by("pk"):
        then, book = reading.status_on(file, on, on), reading.book_of(file)
        move = lapse_of(book)
        if move is not None and then.over and then.ended_on is None and file.state in move.before:
            acts.append(_let_lapse(None, file, move.action, on))
    return acts


def _let_lapse(by: Membership | None, file: RegistrationFile, action: str, today: dt.date) -> FileAct:
    book = reading.book_of(file)
    move = move_of(book, file.state, action, among=("clock",))
    until = reading.status_on(file, today, today).registered_until
    on = today if until is None else min(until + dt.timedelta(days=1), today)
    return _take(by, file, book, Step(move.action, on), "clock", today)


@transaction.atomic
def accept(*, by: Membership, file_id: UUID, receipt_no: str, on: dt.date, today: dt.date) -> FileAct:
    """The window has received the papers: from this day the registry's limit runs. Moves no state."""
    permit(by, WINDOW)
    file = locked(by, file_id)
    acts = list(file.acts.all())
    problems = _day_faults(file, Step(reading.ACCEPTED, on), today)
    if not receipt_no.strip():
        problems.append(Problem("受理号", "未填写", "请填写受理通知上的编号", "required"))
    if acts[-1].actor == "registry":
        problems.append(Problem("受理", "没有待受理的材料", "双方提交以后才能受理", "nothing_handed_in"))
    refuse_if_any(problems)
    act = FileAct.objects.create(
        file=file, seq=len(acts) + 1, action=reading.ACCEPTED, rule="", title="窗口受理", before=file.state,
        after=file.state, actor="registry", on=on, details={"number": receipt_no.strip()}, recorded_on=today,
        recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="pledge_file.accept", subject=file, summary=f"受理 {file.number} {receipt_no}")
    return act


def _day_faults(file: RegistrationFile, step: Step, today: dt.date) -> list[Problem]:
    last = file.acts.all()[len(file.acts.all()) - 1] if file.acts.all() else None
    if beyond := [*day_beyond("日期", step.on), *day_beyond("登记期限至", step.until)]:
        return beyond
    if step.on > today:
        return [Problem("日期", f"{step.on} 晚于今天（{today}）", "请填写实际办理的日期", "future")]
    if last is not None and step.on < last.on:
        told = f"{step.on} 早于上一步“{last.title}”的 {last.on}"
        return [Problem("日期", told, "各步骤的日期应依次不早于上一步", "day_order")]
    if step.on < file.opened_on:
        return [
            Problem("日期", f"{step.on} 早于起草日 {file.opened_on}", "请填写实际办理的日期", "day_order")
        ]
    return []


def _checked_move(
    by: Membership | None, file: RegistrationFile, book: RuleBook, step: Step, actor: Actor, today: dt.date
) -> Transition:
    """The move, after everything that the book and this step ask for; all that is missing at once."""
    move = move_of(book, file.state, step.action)
    facts = _facts(file, book, move, step, actor, today)
    papers = reading.materials_of(file) | {term.id for term in book.contract_terms}
    until = reading.status_on(file, step.on, today).registered_until
    contents = reading.contents_of(file)
    refuse_if_any(
        [
            *against(book, move, actor, facts, papers),
            *faults_of(book, move, step.asked, contents, on=step.on, until=until),
            *_wanting(file, book, move, step, today, until),
            *_after_the_period(book, file.state, step, actor, until),
        ]
    )
    return move


def _after_the_period(
    book: RuleBook, state: str, step: Step, actor: Actor, until: dt.date | None
) -> Iterator[Problem]:
    """Once the registered period is over only that is noted, or an extension decided that was applied for in time."""
    lapse = lapse_of(book)
    if (
        lapse is None
        or until is None
        or step.on <= until
        or actor == "clock"
        or awaits_extension(book, state)
    ):
        return
    found = f"登记期限已于 {until} 届满，{step.on} 质权登记已失效"
    yield Problem("办理日", found, f"只能办理“{lapse.title}”；届满以前办理的填当时的日期", "period_over")


def _facts(
    file: RegistrationFile, book: RuleBook, move: Transition, step: Step, actor: Actor, on: dt.date
) -> dict[str, str]:
    """What is known of the step, in the words of the rule book's guards."""
    known: dict[str, bool | None] = {name: name in step.stated for name in STATED_FACTS}
    if "proceeds" in move.asks:
        known["act.proceeds_settled"] = step.asked.get("proceeds") == 0 or bool(step.asked.get("proceeds_to"))
    if "default_on" in move.asks:
        known["act.default"] = bool(step.asked.get("default_event") and step.asked.get("default_on"))
    known["act.signed_by_both"] = known["act.declared_by_both"] = actor == "both"
    known["act.pledgee_consents"] = actor in ("both", "pledgee")
    known["act.registry_paper"] = step.paper is not None
    until = reading.status_on(file, step.on, on).registered_until
    over = None if until is None else until < step.on and not awaits_extension(book, file.state)
    known["act.period_over"] = over
    known["act.before_period_end"] = None if until is None else step.on <= until
    if step.action == "cure":
        known["act.cured"] = not list(_uncured(file, step, on))
    if step.action == "check_bundle":
        known["act.bundle_settled"] = _bundle_settled(file, book, on)
    if any(guard.condition.metric == "act.cure_days_over" for guard in move.guards):
        clocks = reading.clocks_of(file, working_calendar(), on)
        cure = next((one.deadline for one in clocks if one.deadline.clock.act == "cure"), None)
        known["act.cure_days_over"] = cure.late(step.on) if cure else None
    return {name: "true" if value else "false" for name, value in known.items() if value is not None}


def _bundle_settled(file: RegistrationFile, book: RuleBook, on: dt.date) -> bool | None:
    """Whether every similar mark of the owner is in the file or left out for a stated reason; None: marks not stated."""
    filing = reading.filing_on(file, on)
    missing = [
        known_of_pledged(book, right, filing).values.get("right.missing_siblings") for right in filing.rights
    ]
    return None if None in missing else all(count == "0" for count in missing)


def _uncured(file: RegistrationFile, step: Step, on: dt.date) -> Iterator[Problem]:
    """Items of the notice without an answer, and what the precheck would still send back."""
    for place, item in enumerate(reading.items_asked(file)):
        if place >= len(step.answers) or not step.answers[place].strip():
            yield Problem(f"补正第{place + 1}项", f"“{item}”还没有答复", "请写明怎样补正", "unanswered")
    yield from _stands_against(file, on)


def _stands_against(file: RegistrationFile, on: dt.date) -> Iterator[Problem]:
    """Everything for which the registry would refuse the application or send it back."""
    _, found = reading.checked(file, on)
    yield from (_told(one) for one in (*found.of("blocks"), *found.of("to_cure")))


def _told(one: Finding) -> Problem:
    where = f"{one.right} {one.title}".strip()
    return Problem(where, one.found, f"{one.to_do}（{one.article}）", one.rule)


def _wanting(
    file: RegistrationFile,
    book: RuleBook,
    move: Transition,
    step: Step,
    today: dt.date,
    until: dt.date | None,
) -> Iterator[Problem]:
    """What a step needs beside the guards and the questions of the book; `until` is the end of the registered period."""
    if CHANGES.keys() & step.asked.keys() & set(move.asks):
        yield from _brought_on(file, step, today)
    if asks_channel(book, move) and step.channel not in ("online", "paper"):
        yield Problem("提交方式", "未选择", "请选择电子提交或纸件提交", "required")
    if step.action == "submit":
        if "check_bundle" in book.actions and not _bundle_settled(file, book, today):
            told = "核对以后内容有变，还有相同近似商标没有列入"
            yield Problem("相同近似商标", told, "请一并列入或写明理由", "bundle")
        yield from _stands_against(file, today)
    if step.action == "cure":
        yield from _uncured(file, step, today)
    if step.action in reading.WAITS[:1] and not step.items:
        yield Problem("补正事项", "一项也没有", "每行写一项需要补正的材料或事实", "required")
    if step.action == "register" and not step.number.strip():
        yield Problem("登记号", "未填写", "请填写登记通知书上的登记号", "required")
    periods = any(move.effect == "extends" for move in book.transitions)
    if periods and step.action in ("register", "record_extension"):
        if step.until is None:
            yield Problem("登记期限至", "未填写", "请填写登记证上的期限末日", "required")
        elif step.until < step.on:
            yield Problem("登记期限至", f"{step.until} 早于 {step.on}", "请对照登记证填写", "day_order")
        elif move.effect == "extends" and until and step.until <= until:
            told = f"{step.until} 不晚于现期限末日 {until}"
            yield Problem("登记期限至", told, "请对照换发的登记证填写", "day_order")


def _brought_on(file: RegistrationFile, step: Step, on: dt.date) -> Iterator[Problem]:
    """What would stand against the registration only because of this change: a debt that now outlives a right."""
    _, before = reading.checked(file, on)
    _, after = reading.checked(file, on, changed(reading.contents_of(file), step.asked))
    known = {(one.rule, one.right) for one in before.of("blocks")}
    yield from (_told(one) for one in after.of("blocks") if (one.rule, one.right) not in known)


def _take(
    by: Membership | None, file: RegistrationFile, book: RuleBook, step: Step, actor: Actor, today: dt.date
) -> FileAct:
    move = _checked_move(by, file, book, step, actor, today)
    last = reading.last_statement(file)
    if step.action == "submit" and last is not None and by is not None:
        keep_precheck(by, file, last, today)
    answers = reading.answers_before(file)
    act = FileAct.objects.create(
        file=file,
        seq=len(file.acts.all()) + 1,
        action=move.action,
        rule=move.id,
        title=move.title,
        before=file.state,
        after=move.after,
        actor=actor,
        effect="" if move.effect == "none" else move.effect,
        on=step.on,
        until=step.until,
        details=step.details | _found_out(file, book, move, step, answers),
        paper=keep(by, step.paper) if step.paper and by else None,
        recorded_on=today,
        recorded_by=by.account if by else None,
    )
    file.refresh_from_db(fields=["state"])  # the database moved it with the act
    _bring_about(by, file, move, act, answers)
    if move.effect != "none":
        look_soon([file.pk], on=today, cause=f"act:{act.pk}")
    record(
        by=by,
        verb=f"pledge_file.{move.action}",
        subject=file,
        summary=f"{file.number} {move.title} {step.on}",
    )
    return act


def _found_out(
    file: RegistrationFile, book: RuleBook, move: Transition, step: Step, answers: dict[str, Any]
) -> dict[str, Any]:
    """What follows from the step and is kept with it: the amount registered from now on, the limit of a change.

    The registry's paper goes before what the parties stated (担保解释 art. 15); without either there is no amount.
    """
    found: dict[str, Any] = {}
    if move.effect in ("creates", "changes"):
        stated = secured_fen(changed(reading.contents_of(file), answers))
        fen = step.asked.get("registered_amount") or stated
        found |= {} if fen is None else {"registered_fen": fen}
    limit = next((one for one in book.clocks if one.id == move.clock and one.act == "file_change"), None)
    if limit is not None and step.asked.get("changed_on"):
        due = deadline(limit, dt.date.fromisoformat(step.asked["changed_on"]), [], working_calendar())
        found |= {"due_on": due.due_on.isoformat() if due.due_on else "", "late": due.late(step.on)}
    return found


def _bring_about(
    by: Membership | None, file: RegistrationFile, move: Transition, act: FileAct, answers: dict[str, Any]
) -> None:
    """What a decision does to the pledge: it exists from registration, ends with cancellation or the day its period is over,
    never was when revoked; what the parties applied for takes effect in the statement."""
    if move.effect == "creates" and by is not None:
        _register(by, file, act)
    elif move.effect == "ends":
        lapsed = (
            reading.status_on(file, act.on, act.recorded_on).registered_until
            if act.actor == "clock"
            else None
        )
        _end(by, file, lapsed or act.on)
    elif move.effect == "voids":
        file.running.update(void=True)
        _tell(by, file, PledgeEvent.Kind.REVOKED, act.on)
    elif move.effect in ("changes", "extends") and by is not None:
        _change(by, file, act, answers)


def _end(by: Membership | None, file: RegistrationFile, last_day: dt.date) -> None:
    file.running.update(last_day=last_day)
    _tell(by, file, PledgeEvent.Kind.RELEASED, last_day)


def _change(by: Membership, file: RegistrationFile, act: FileAct, answers: dict[str, Any]) -> None:
    """The statement goes on with what was applied for; a new name of the pledgor is a next statement of the registration."""
    last = reading.last_statement(file)
    contents = reading.contents_of(file)
    after = changed(contents, answers)
    if last is None or after == contents:
        return
    FileStatement.objects.create(
        file=file, seq=last.seq + 1, contents=after, stated_on=act.on, recorded_on=act.recorded_on,
        recorded_by=by.account,
    )  # fmt: skip
    if "new_pledgor_name" in answers and file.registration is not None:
        _state(by, file, file.registration.number, file.registration.registered_on, after)


def _register(by: Membership, file: RegistrationFile, act: FileAct) -> None:
    """State the registration to which loans link, and hold its rights; a patent that another pledge holds is refused."""
    contents = reading.contents_of(file)
    rows = known_rights(_stated_rights(file, contents))
    one_at_a_time(file.pledgee)
    refuse_if_any(number_faults(file, act.details["number"], rows.values()))
    try:
        with transaction.atomic():
            RunningPledge.objects.bulk_create(
                RunningPledge(file=file, right=row, kind=file.kind, first_day=act.on)
                for row in sorted(rows.values(), key=lambda row: row.number)
            )
    except IntegrityError as fault:
        if "a_patent_is_under_one_registered_pledge_at_a_time" not in str(fault):
            raise
        told = Problem(
            "出质权利", f"其中有专利{reading.REGISTERED_ALREADY}", "等原登记注销的次日起再登记", "pledged"
        )
        raise Refused(told) from fault
    file.registration = _state(by, file, act.details["number"], act.on, contents)
    file.save(update_fields=["registration"])


def _state(
    by: Membership, file: RegistrationFile, number: str, on: dt.date, contents: dict[str, Any]
) -> PledgeRegistration:
    rights = _stated_rights(file, contents)
    pledgor = party_name(contents, "pledgor", file.pledgor.name)
    stated = StatedPledge(number, on, file.pledgor_id, rights, pledgor)
    source = f"登记案件 {file.number}"
    return state_registration(by=by, pledgee=file.pledgee, stated=stated, source=source)


def _stated_rights(file: RegistrationFile, contents: dict[str, Any]) -> tuple[StatedRight, ...]:
    return tuple(StatedRight(file.kind, right_key(right["number"])) for right in contents["rights"])  # type: ignore[arg-type]


def _tell(by: Membership | None, file: RegistrationFile, kind: str, on: dt.date) -> None:
    """Write the end of the pledge to the last statement of its registration, which may have been corrected since.

    A statement that names another pledgor under the number is not of this file.
    """
    told = file.registration
    own = PledgeRegistration.objects.filter(pledgee=file.pledgee_id, pledgor=file.pledgor_id)
    PledgeEvent.objects.get_or_create(
        registration=own.filter(number=told.number).order_by("seq").last() if told else None,
        kind=kind,
        defaults={
            "on": on, "source": f"登记案件 {file.number}", "recorded_by": by.account if by else None,
        },
    )  # fmt: skip
