"""Stating registrations of pledges: rights found or recorded, a registration's next statement, the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from finance.parties.rules import name_key
from finance.parties.seats import permit
from finance.pledges.models import IPRight, PledgedRight, PledgeEvent, PledgeRegistration, RegistrationFile
from finance.pledges.statements import StatedPledge, StatedRight
from kernel.acts.actions import record
from kernel.errors import Problem
from kernel.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from finance.parties.models import Membership, Organisation


@transaction.atomic
def state_registration(
    *, by: Membership | None, pledgee: Organisation, stated: StatedPledge, source: str
) -> PledgeRegistration:
    """Record one registration that `pledgee` states; what stands already is found, a difference is a next statement."""
    (registration,) = state_registrations(by=by, pledgee=pledgee, stated=[stated], source=source)
    facts = {"number": registration.number, "seq": registration.seq, "source": source}
    summary = f"记录质押登记 {registration.number}"
    record(by=by, verb="pledge.state", subject=registration, summary=summary, facts=facts)
    return registration


@transaction.atomic
def state_registrations(
    *, by: Membership | None, pledgee: Organisation, stated: Sequence[StatedPledge], source: str
) -> list[PledgeRegistration]:
    """The registrations that stand for these statements, in their order, with few queries; the caller records the act.

    A statement equal to the last one under its number (day, pledgor and its name, rights) adds nothing.
    """
    permit(by, "bank.maker", "bank.checker", "ip_bureau.clerk")
    one_at_a_time(pledgee)
    rights = known_rights({right for one in stated for right in one.rights})
    last = _last_statements(pledgee, {one.number for one in stated})
    account = by.account if by else None
    new: list[tuple[PledgeRegistration, StatedPledge]] = []
    answer = []
    for one in stated:
        before = last.get(one.number)
        if before is None or before[1] != one.content:
            registration = PledgeRegistration(
                id=new_id(),
                pledgee=pledgee,
                pledgor_id=one.pledgor_id,
                stated_pledgor=one.pledgor_name,
                number=one.number,
                seq=before[0].seq + 1 if before else 1,
                registered_on=one.registered_on,
                recorded_by=account,
            )
            before = last[one.number] = (registration, one.content)
            new.append((registration, one))
        answer.append(before[0])
    PledgeRegistration.objects.bulk_create([registration for registration, _ in new], batch_size=1000)
    PledgedRight.objects.bulk_create(
        [
            PledgedRight(registration=registration, right=rights[right])
            for registration, one in new
            for right in dict.fromkeys(one.rights)
        ],
        batch_size=2000,
    )
    PledgeEvent.objects.bulk_create(
        [
            PledgeEvent(
                registration=registration,
                kind=PledgeEvent.Kind.REGISTERED,
                on=one.registered_on,
                source=source[:120],
                recorded_by=account,
            )
            for registration, one in new
        ],
        batch_size=1000,
    )
    return answer


def number_faults(file: RegistrationFile, number: str, rights: Iterable[IPRight]) -> list[Problem]:
    """Why a file may not take a number of its pledgee's registrations: another file has it, or it is of something else.

    Ask under `one_at_a_time`. Whose the number is stays unsaid.
    """
    told = Problem("登记号", f"{number} 已是另一登记的编号", "请对照登记通知书核对登记号", "number_taken")
    same = {"pledgee": file.pledgee_id, "number__iexact": number}  # y2026… is Y2026…
    elsewhere = RegistrationFile.objects.exclude(pk=file.pk).filter(
        registration__pledgee=file.pledgee_id, registration__number__iexact=number
    )
    last = PledgeRegistration.objects.filter(**same).order_by("seq").last()
    ours = last is None or (
        last.pledgor_id == file.pledgor_id and last.rights.filter(pk__in=[one.pk for one in rights]).exists()
    )
    return [] if ours and not elsewhere.exists() else [told]


def one_at_a_time(pledgee: Organisation) -> None:
    """Hold the pledgee's statements until this transaction ends, so that their numbering cannot race."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pledges of {pledgee.pk}"])


def known_rights(stated: Iterable[StatedRight]) -> dict[StatedRight, IPRight]:
    """The rights by statement; those never heard of are recorded, in one order for all, so that nobody deadlocks."""
    wanted = sorted(set(stated), key=lambda right: (right.kind, right.number))
    known = _rights_of(wanted)
    new = [IPRight(kind=right.kind, number=right.number) for right in wanted if right not in known]
    if new:
        IPRight.objects.bulk_create(new, ignore_conflicts=True, batch_size=2000)
        known = _rights_of(wanted)
    return known


def _rights_of(stated: Iterable[StatedRight]) -> dict[StatedRight, IPRight]:
    wanted = set(stated)
    found = IPRight.objects.filter(number__in={right.number for right in wanted})
    by_statement = {StatedRight(right.kind, right.number): right for right in found}
    return {right: row for right, row in by_statement.items() if right in wanted}


def _last_statements(
    pledgee: Organisation, numbers: Iterable[str]
) -> dict[str, tuple[PledgeRegistration, tuple[object, ...]]]:
    """Last statement under each number with its content: (day, pledgor, its name, rights)."""
    found = (
        PledgeRegistration.objects.filter(pledgee=pledgee, number__in=set(numbers))
        .order_by("number", "-seq")
        .distinct("number")
        .prefetch_related("rights")
    )
    return {
        one.number: (
            one,
            (
                one.registered_on,
                one.pledgor_id,
                name_key(one.stated_pledgor),
                frozenset(StatedRight(right.kind, right.number) for right in one.rights.all()),
            ),
        )
        for one in found
    }
