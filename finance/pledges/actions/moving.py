"""The steps of a registration file: what both parties say together, what the registry decides on its paper.

Which step is possible, who takes it and what it asks for stands in the rule book (`procedure.next_state`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Prefetch

from finance.parties.seats import permit
from finance.pledges.models import Assent, FileAct, RegistrationFile
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_yeses
from finance.pledges.rules.procedure import lapse_of, move_of
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any

from .bringing_about import bring_about, found_out
from .files import PARTIES, WINDOW, keep, keep_precheck, locked
from .step import Step
from .wanting import checked_move, day_faults
from .watching import look_soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.rules.book import Actor, RuleBook, Transition
    from finance.pledges.rules.facts import Party
    from kernel.documents.models import StoredFile


@transaction.atomic
def say(*, by: Membership, file_id: UUID, step: Step, today: dt.date) -> FileAct | None:
    """A party takes a step of its own, or says yes to one that takes both; the second yes takes it.

    The first yes is checked as if the other had been said too, so that a fault is told to whoever can mend it.
    """
    permit(by, *PARTIES)
    file = locked(by, file_id)
    book = reading.book_of(file)
    party: Party = "pledgor" if by.organisation_id == file.pledgor_id else "pledgee"  # others see no file
    move = move_of(book, file.state, step.action, among=("both", party))
    asks_consent = any(guard.condition.metric == "act.pledgee_consents" for guard in move.guards)
    if party in move.actors and not (asks_consent and party == "pledgor"):
        return _take(by, file, book, replace(step, paper=None), party, today)
    last = reading.last_statement(file)
    if last is None:
        raise Refused(Problem(move.title, "还没有填写内容", "请先填写合同与权利", "nothing_stated"))
    first = of_yeses.said_by_other(file, step.action, party)
    declared = of_yeses.to_declare(file, today) if step.action == "declare" else ()
    step = replace(_as_agreed(first, step), declared=declared)
    own = of_yeses.said_by(file, step.action, party)
    refuse_if_any(_against_yes(file, move, step, own, first, by))
    if first is None:  # the second yes is looked at where it takes the step
        checked_move(by, file, book, step, "both", today)
    Assent.objects.create(
        file=file, action=step.action, party=party, statement=last, after_seq=len(file.acts.all()),
        last_paper=of_yeses.last_paper(file), declares=step.declares, details=step.details, on=step.on,
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
        moved = "；".join([*([f"增加{came}"] if came else ()), *([f"减少{gone}"] if gone else ())])
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
    return decide(by, locked(by, file_id), step, today)


def decide(by: Membership | None, file: RegistrationFile, step: Step, today: dt.date) -> FileAct:
    """What the registry decided about a file under lock, on its paper or as its feed tells."""
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
def accept(*, by: Membership, file_id: UUID, receipt_no: str, on: dt.date | None, today: dt.date) -> FileAct:
    """The window has received the papers: from this day the registry's limit runs. Moves no state. Refused with every fault,
    a day that a form could not read (None) among them."""
    permit(by, WINDOW)
    file = locked(by, file_id)
    acts = list(file.acts.all())
    if on is None:
        problems = [Problem("收到日", "未填写", "请填写实际收到的日期", "required")]
    else:
        problems = day_faults(file, Step(reading.ACCEPTED, on), today, "收到日")
    if not receipt_no.strip():
        problems.append(Problem("受理号", "未填写", "请填写受理通知上的编号", "required"))
    if acts[-1].actor == "registry":
        problems.append(Problem("受理", "没有待受理的材料", "双方提交以后才能受理", "nothing_handed_in"))
    refuse_if_any(problems)
    assert on is not None, "a missing day is a fault"
    act = FileAct.objects.create(
        file=file, seq=len(acts) + 1, action=reading.ACCEPTED, rule="", title="窗口受理", before=file.state,
        after=file.state, actor="registry", on=on, details={"number": receipt_no.strip()}, recorded_on=today,
        recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="pledge_file.accept", subject=file, summary=f"受理 {file.number} {receipt_no}")
    return act


def _paper_of(by: Membership | None, step: Step) -> StoredFile | None:
    if step.told_by is not None:
        return step.told_by.extract
    return keep(by, step.paper) if step.paper and by else None


def _take(
    by: Membership | None, file: RegistrationFile, book: RuleBook, step: Step, actor: Actor, today: dt.date
) -> FileAct:
    move = checked_move(by, file, book, step, actor, today)
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
        details=step.details | found_out(file, book, move, step, answers),
        paper=_paper_of(by, step),
        feed=step.told_by.feed if step.told_by else None,
        recorded_on=today,
        recorded_by=by.account if by else None,
    )
    file.refresh_from_db(fields=["state"])  # the database moved it with the act
    bring_about(by, file, move, act, answers)
    if move.effect != "none":
        look_soon([file.pk], on=today, cause=f"act:{act.pk}")
    record(
        by=by,
        verb=f"pledge_file.{move.action}",
        subject=file,
        summary=f"{file.number} {move.title} {step.on}",
    )
    return act
