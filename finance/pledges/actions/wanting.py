"""What stands against a step of a registration file, and what it still wants; the move, when nothing does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from finance.pledges.models import RegistrationFile
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_limits, of_rights
from finance.pledges.rules import right_key
from finance.pledges.rules.asked import CHANGES, QUESTIONS, changed, faults_of
from finance.pledges.rules.bounds import day_beyond
from finance.pledges.rules.clocks import asks_channel
from finance.pledges.rules.metrics import known_of_pledged, known_of_right
from finance.pledges.rules.procedure import against, awaits_extension, lapse_of, move_of
from finance.pledges.secured import loans_behind
from kernel.calendars.queries import working_calendar
from kernel.documents.papers import paper_problem
from kernel.errors import Problem, Refused, refuse_if_any

from .step import STATED_FACTS, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finance.parties.models import Membership
    from finance.pledges.rules.book import Actor, RuleBook, Transition
    from finance.pledges.rules.precheck import Finding


def day_faults(file: RegistrationFile, step: Step, today: dt.date, label: str = "办理日") -> list[Problem]:
    """Why a step cannot have been taken on its day: no real day, ahead of today, before the step before it or the draft.
    `label` is what the page calls that day."""
    last = file.acts.all()[len(file.acts.all()) - 1] if file.acts.all() else None
    if beyond := [*day_beyond(label, step.on), *day_beyond("登记期限至", step.until)]:
        return beyond
    if step.on > today:
        return [Problem(label, f"{step.on} 晚于今天（{today}）", "请填写实际办理的日期", "future")]
    if last is not None and step.on < last.on:
        told = f"{step.on} 早于上一步“{last.title}”的 {last.on}"
        return [Problem(label, told, "各步骤的日期应依次不早于上一步", "day_order")]
    if step.on < file.opened_on:
        return [Problem(label, f"{step.on} 早于起草日 {file.opened_on}", "请填写实际办理的日期", "day_order")]
    return []


def checked_move(
    by: Membership | None, file: RegistrationFile, book: RuleBook, step: Step, actor: Actor, today: dt.date
) -> Transition:
    """The move, after everything that its day, the book and this step ask for; all that is missing at once."""
    # the clock's day is reckoned, and may lie before a decision that was waited for
    problems = [*(day_faults(file, step, today) if actor != "clock" else ()), *_unfit_paper(step)]
    try:
        move = move_of(book, file.state, step.action)
    except Refused as refused:
        raise Refused([*problems, *refused.problems]) from refused
    if any(one.code == "day_bounds" for one in problems):
        raise Refused(problems)  # nothing can be reckoned with such a day
    uncured = list(_uncured(file, step, today)) if step.action == "cure" else []
    facts = _facts(file, book, move, step, actor, today)
    if step.action == "cure":
        facts["act.cured"] = "false" if uncured else "true"
    papers = reading.materials_of(file) | {term.id for term in book.contract_terms}
    until = reading.status_on(file, step.on, today).registered_until
    contents = reading.contents_of(file)
    refuse_if_any(
        [
            *problems,
            *against(book, move, actor, facts, papers),
            *faults_of(book, move, step.asked, contents, on=step.on, until=until),
            *uncured,
            *_wanting(file, book, move, step, today, until),
            *_after_the_period(book, file.state, step, actor, until),
        ]
    )
    return move


def _unfit_paper(step: Step) -> list[Problem]:
    fault = paper_problem(step.paper.name, step.paper.content) if step.paper else None
    return [fault] if fault else []


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
    known["act.registry_paper"] = step.paper is not None or step.told_by is not None
    until = reading.status_on(file, step.on, on).registered_until
    over = None if until is None else until < step.on and not awaits_extension(book, file.state)
    known["act.period_over"] = over
    known["act.before_period_end"] = None if until is None else step.on <= until
    if step.action == "check_bundle":
        known["act.bundle_settled"] = _bundle_settled(file, book, on)
    acts = list(file.acts.all())
    known["act.certificate_owed"] = reading.owes_certificate(file, acts)
    known["act.reissue_asked"] = reading.owes_reissue(acts)
    if any(guard.condition.metric == "act.cure_days_over" for guard in move.guards):
        clocks = of_limits.clocks_of(file, working_calendar(), on)
        cure = next((one.deadline for one in clocks if one.deadline.clock.act == "cure"), None)
        known["act.cure_days_over"] = cure.late(step.on) if cure else None
    found = {name: "true" if value else "false" for name, value in known.items() if value is not None}
    return found | _of_rights(file, move, step, on)


def _of_rights(file: RegistrationFile, move: Transition, step: Step, on: dt.date) -> dict[str, str]:
    """What guards ask of the rights concerned, of all where none are named: yes of one is yes, no only of every one."""
    asked = [guard.condition.metric for guard in move.guards if guard.condition.metric.startswith("right.")]
    if not asked:
        return {}
    concerned = {right_key(number) for number in step.asked.get("rights_concerned", ())}
    book, calendar = reading.book_for(file, step.on), working_calendar()
    known = [
        known_of_right(book, right, step.on, calendar).values
        for right in of_rights.rights_on(file, step.on, on, with_pledges=False)
        if not concerned or right_key(right.number) in concerned
    ]
    found = {}
    for name in asked:
        answers = {one.get(name) for one in known}
        if "true" in answers or answers == {"false"}:
            found[name] = "true" if "true" in answers else "false"
    return found


def _bundle_settled(file: RegistrationFile, book: RuleBook, on: dt.date) -> bool | None:
    """Whether every similar mark of the owner is in the file or left out for a stated reason; None: marks not stated."""
    filing = of_rights.filing_on(file, on)
    missing = [
        known_of_pledged(book, right, filing, on).values.get("right.missing_siblings")
        for right in filing.rights
    ]
    return None if None in missing else all(count == "0" for count in missing)


def _uncured(file: RegistrationFile, step: Step, on: dt.date) -> Iterator[Problem]:
    """Items of the notice without an answer, and what the precheck would still send back."""
    for place, item in enumerate(reading.items_asked(file)):
        if place >= len(step.answers) or not step.answers[place].strip():
            yield Problem(f"补正第{place + 1}项", f"“{item}”还没有答复", "请写明怎样补正", "unanswered")
    yield from _stands_against(file, step, on)


def _stands_against(file: RegistrationFile, step: Step, on: dt.date) -> Iterator[Problem]:
    """Everything for which the registry would refuse the application or send it back."""
    _, found = of_rights.checked(file, on, handed_in_on=step.on)
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
        yield from _stands_against(file, step, today)
    if step.action in of_limits.WAITS[:1] and not step.items:
        yield Problem("补正事项", "一项也没有", "每行写一项需要补正的材料或事实", "required")
    if step.action == "register":
        yield from _registers(step, today)
    if "default_event" in move.asks:
        yield from _unpaid_when_due(file, step, today)
    if "realised_on" in move.asks:
        yield from _realised_after_default(file, step)
    periods = any(move.effect == "extends" for move in book.transitions)
    if periods and step.action in ("register", "record_extension"):
        if step.until is None:
            yield Problem("登记期限至", "未填写", "请填写登记证上的期限末日", "required")
        elif step.until < step.on:
            yield Problem("登记期限至", f"{step.until} 早于 {step.on}", "请对照登记证填写", "day_order")
        elif move.effect == "extends" and until and step.until <= until:
            told = f"{step.until} 不晚于现期限末日 {until}"
            yield Problem("登记期限至", told, "请对照换发的登记证填写", "day_order")


def _due_by_the_returns(file: RegistrationFile, day: dt.date, today: dt.date) -> bool:
    """Whether a loan behind the file, or an instalment of one, was due before the contract's last day and is not paid."""
    return any(loan.due_by(day) for loan in loans_behind(file, viewer=None, on=today, known_on=today))


def _unpaid_when_due(file: RegistrationFile, step: Step, today: dt.date) -> Iterator[Problem]:
    """A debt is unpaid only once its day is over (民法典 436), the contract's or that of a loan or an instalment of it; what
    comes sooner is an agreed event or nothing."""
    unpaid_on = step.asked.get("default_on")
    if step.asked.get("default_event") != "unpaid" or not unpaid_on:
        return
    label, ends_on = QUESTIONS["default_on"].label, reading.contents_of(file)["contract"].get("debt_ends_on")
    if not ends_on:
        told = "案件没有写明债务履行期限届满日，不知道债务是否到期"
        yield Problem(label, told, "请先办理变更写明；发生约定情形的，改选该原因", "due_unknown")
    elif unpaid_on <= ends_on and not _due_by_the_returns(file, dt.date.fromisoformat(unpaid_on), today):
        told = f"{unpaid_on} 债务还没有到期：履行期限至 {ends_on} 届满"
        wanted = "届满的次日起才是到期不履行；期限以前发生约定情形的，改选该原因"
        yield Problem(label, told, wanted, "not_due")


def _realised_after_default(file: RegistrationFile, step: Step) -> Iterator[Problem]:
    enforced = [act for act in file.acts.all() if act.details.get("asked", {}).get("default_on")]
    since, realised = (
        enforced[-1].details["asked"]["default_on"] if enforced else "",
        step.asked.get("realised_on"),
    )
    if realised and realised < since:
        told = f"{realised} 早于到期未履行或情形发生之日 {since}"
        yield Problem(QUESTIONS["realised_on"].label, told, "请核对这两个日期", "day_order")


def _registers(step: Step, today: dt.date) -> Iterator[Problem]:
    if not step.number.strip():
        yield Problem("登记号", "未填写", "请填写登记通知书上的登记号", "required")
    certified = step.asked.get("certified_on")
    if certified and not step.on.isoformat() <= certified <= today.isoformat():
        told = f"{certified} 不在登记日 {step.on} 至今天（{today}）之间"
        yield Problem("登记证发出日", told, "请对照登记证填写；还没有发出的先不填", "day_order")


def _brought_on(file: RegistrationFile, step: Step, on: dt.date) -> Iterator[Problem]:
    """What would stand against the registration only because of this change: a debt that now outlives a right."""
    _, before = of_rights.checked(file, on)
    _, after = of_rights.checked(file, on, changed(reading.contents_of(file), step.asked))
    known = {(one.rule, one.right) for one in before.of("blocks")}
    yield from (_told(one) for one in after.of("blocks") if (one.rule, one.right) not in known)
