"""What a step of a registration file does once it is taken: to the pledge, the statement and the registration."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from finance.pledges.models import (
    FileAct,
    FileStatement,
    PledgeEvent,
    PledgeRegistration,
    RegistrationFile,
    RunningPledge,
)
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_rights
from finance.pledges.rules import right_key
from finance.pledges.rules.asked import changed, secured_fen
from finance.pledges.rules.clocks import deadline
from finance.pledges.rules.procedure import bound_after_change
from finance.pledges.rules.settlement import settled
from finance.pledges.rules.stated import party_name
from finance.pledges.statements import StatedPledge, StatedRight
from kernel.calendars.queries import working_calendar
from kernel.errors import Problem, Refused, refuse_if_any

from .stating import known_rights, number_faults, one_at_a_time, state_registration
from .step import Step

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from finance.pledges.rules.book import RuleBook, Transition


def found_out(
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
    found |= _not_bound_for(file, step)
    found |= _realised(file, move, step)
    limit = next((one for one in book.clocks if one.id == move.clock and one.act == "file_change"), None)
    if limit is not None and step.asked.get("changed_on"):
        due = deadline(limit, dt.date.fromisoformat(step.asked["changed_on"]), [], working_calendar())
        found |= {"due_on": due.due_on.isoformat() if due.due_on else "", "late": due.late(step.on)}
    return found


def _realised(file: RegistrationFile, move: Transition, step: Step) -> dict[str, Any]:
    """What the proceeds come to against the claim told: kept as amounts, with the ceiling that bound them."""
    if "realised" not in move.asks:
        return {}
    agreed = reading.contents_of(file)["contract"].get("ceiling_fen")
    registered = reading.registered_fen(file, step.on, dt.date.max)
    found = settled(step.asked, (registered or agreed) if agreed else None)
    if not found:
        return {}
    beyond = 0 if agreed or registered is None else max(step.asked["claim_principal"] - registered, 0)
    told = {"against_registered_fen": registered, "beyond_registered_fen": beyond} if beyond else {}
    return {"settlement": asdict(found), **told}


def _not_bound_for(file: RegistrationFile, step: Step) -> dict[str, Any]:
    """By how much the claim is to grow without the written consent of others who gave security (民法典 695)."""
    before = reading.contents_of(file)["contract"].get("amount_fen")
    after = step.asked.get("new_amount")
    if before is None or after is None or step.asked.get("guarantors_consent"):
        return {}
    free_of = bound_after_change(before, after, consents=False).free_of_fen
    return {"free_of_fen": free_of} if free_of else {}


def bring_about(
    by: Membership | None, file: RegistrationFile, move: Transition, act: FileAct, answers: dict[str, Any]
) -> None:
    """What a decision does to the pledge: it exists from registration, ends with cancellation or the day its period is over,
    never was when revoked; what the parties applied for takes effect in the statement."""
    if move.effect == "creates":
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
    elif move.effect in ("changes", "extends"):
        _change(by, file, act, answers)


def _end(by: Membership | None, file: RegistrationFile, last_day: dt.date) -> None:
    file.running.update(last_day=last_day)
    _tell(by, file, PledgeEvent.Kind.RELEASED, last_day)


def _change(by: Membership | None, file: RegistrationFile, act: FileAct, answers: dict[str, Any]) -> None:
    """The statement goes on with what was applied for; a new name of the pledgor is a next statement of the registration."""
    last = reading.last_statement(file)
    contents = reading.contents_of(file)
    after = changed(contents, answers)
    if last is None or after == contents:
        return
    FileStatement.objects.create(
        file=file, seq=last.seq + 1, contents=after, stated_on=act.on, recorded_on=act.recorded_on,
        recorded_by=by.account if by else None,
    )  # fmt: skip
    if "new_pledgor_name" in answers and file.registration is not None:
        _state(by, file, file.registration.number, file.registration.registered_on, after)


def _register(by: Membership | None, file: RegistrationFile, act: FileAct) -> None:
    """State the registration to which loans link, and hold its rights; a patent that another pledge holds is refused."""
    contents = reading.contents_of(file)
    rows = known_rights(_stated_rights(file, contents))
    one_at_a_time(file.pledgee)
    refuse_if_any(number_faults(file, act.details["number"], rows.values()))
    file.registration = _state(by, file, act.details["number"], act.on, contents)
    file.save(update_fields=["registration"])
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
            "出质权利", f"其中有专利{of_rights.REGISTERED_ALREADY}", "等原登记注销的次日起再登记", "pledged"
        )
        raise Refused(told) from fault


def _state(
    by: Membership | None, file: RegistrationFile, number: str, on: dt.date, contents: dict[str, Any]
) -> PledgeRegistration:
    rights = _stated_rights(file, contents)
    pledgor = party_name(contents, "pledgor", file.pledgor.name)
    stated = StatedPledge(number, on, file.pledgor_id, rights, pledgor)
    source = f"登记案件 {file.number}"
    return state_registration(by=by, pledgee=file.pledgee, stated=stated, source=source)


def _stated_rights(file: RegistrationFile, contents: dict[str, Any]) -> tuple[StatedRight, ...]:
    return tuple(StatedRight(file.kind, right_key(right["number"])) for right in contents["rights"])


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
