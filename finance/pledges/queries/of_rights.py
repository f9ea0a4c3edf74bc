"""Reading the rights of a file: as they stood on a day, what befell them, other pledges they are under, the precheck."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery

from finance.pledges.books import book_on, turned_book
from finance.pledges.models import (
    FileAct,
    IPRight,
    PledgeEvent,
    PledgeRegistration,
    RegistrationFile,
    RightEvent,
    RunningPledge,
)
from finance.pledges.rules import right_key
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.bounds import FIRST_DAY, kept_day, within
from finance.pledges.rules.facts import Filing, OtherPledge, Owner, Right
from finance.pledges.rules.precheck import Precheck, precheck
from finance.pledges.rules.procedure import (
    PledgeStatus,
    awaits_extension,
    counted,
    goes_back,
    lapse_of,
    right_on,
)
from finance.pledges.rules.procedure import RightEvent as EventFact
from finance.pledges.rules.stated import filing_of, party_name, rights_of
from kernel.calendars.queries import working_calendar
from kernel.days import day_of, end_of

from .of_files import book_of, contents_of, contents_on, declared, materials_of, status_on

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from finance.pledges.rules.book import RuleBook

REGISTERED_ALREADY = "已有登记"
"""All that is said of another pledge: neither whose it is nor its number."""


def rights_on(
    file: RegistrationFile, on: dt.date, known_on: dt.date, *, with_pledges: bool = True
) -> tuple[Right, ...]:
    """The rights of the file as they stood on a day, as known on a day: what was stated, then what befell them.

    Whoever asks for their terms or status only leaves out what other pledges they are under, which is dear to find out.
    """
    contents = contents_on(file, known_on)
    numbers = [right["number"] for right in contents["rights"]] if with_pledges else []
    elsewhere = pledged_elsewhere(file, numbers, known_on) if numbers else {}
    book, events = book_of(file), events_of(file)
    return tuple(
        right_on(book, right, events.get(right_key(right.number), ()), on, known_on)
        for right in rights_of(contents, file.kind, elsewhere)
    )


def rights_stated(file: RegistrationFile) -> tuple[Right, ...]:
    """The rights as last stated, whatever befell them."""
    return rights_of(contents_of(file), file.kind)


@dataclass(frozen=True)
class ToldEvent:
    """What befell a right, as a file may tell it: of another file only that a public register has it (decision 0028).

    `mark` is how well it is evidenced that such an event is public; a row of another file that only takes back a public
    one has no `title`. The file knows it from `since` on, and of another file's no more from `until` on.
    """

    row: RightEvent
    own: bool
    title: str
    mark: str = ""
    since: dt.date = dt.date.min
    until: dt.date | None = None

    @property
    def source(self) -> str:
        return self.row.source if self.own else ""

    @property
    def corrected(self) -> RightEvent | None:
        """What stands in its place."""
        return getattr(self.row, "corrected_by", None)

    def corrected_by_then(self, known_on: dt.date) -> RightEvent | None:
        """What stood in its place as known on a day."""
        return self.corrected if self.corrected and self.corrected.recorded_on <= known_on else None


def told_events(file: RegistrationFile) -> list[ToldEvent]:
    """The file's own events, and the public ones of the same rights that files tell whose pledge was registered.

    A revoked pledge never was and tells nothing; a pledge that has ended tells only what was recorded while it ran.
    """
    return [told for told in _ever_told(file) if told.until is None]


def _ever_told(file: RegistrationFile) -> list[ToldEvent]:
    """Those too that other files told once: on days before the revocation was known they counted (replay)."""
    keys = [right_key(right["number"]) for right in contents_of(file)["rights"]]
    kinds = {kind.id: kind for kind in book_of(file).legal_events}
    public = {name for name, kind in kinds.items() if kind.public}
    of_rights = Q(right__kind=file.kind, right__number__in=keys)
    of_rights |= Q(corrects__right__kind=file.kind, corrects__right__number__in=keys)
    elsewhere = (Q(event__in=public) | Q(corrects__event__in=public)) & Q(made_known__isnull=False)
    acts, pledge = (
        FileAct.objects.filter(file=OuterRef("file")),
        RunningPledge.objects.filter(file=OuterRef("file")),
    )
    rows = (
        RightEvent.objects.annotate(
            made_known=Subquery(acts.filter(effect="creates").values("recorded_on")[:1]),
            voided_known=Subquery(acts.filter(effect="voids").values("recorded_on")[:1]),
            ended_known=Subquery(acts.filter(effect="ends").values("recorded_on")[:1]),
            pledge_last_day=Subquery(pledge.values("last_day")[:1]),
        )
        .filter(Q(file=file) | (of_rights & elsewhere))
        .select_related("right", "corrects__right", "corrected_by")
        .order_by("on", "pk")
    )
    told = []
    for row in rows:
        own, kind = row.file_id == file.pk, kinds.get(row.event)
        since, until = (row.recorded_on, None) if own else _while_told(row, public)
        if until is not None and until <= since:
            continue
        evidence = kind.public if kind and not own else ""
        title = kind.title if kind and (own or evidence) else ""
        told.append(ToldEvent(row, own, title, CONFIDENCE[evidence][1] if evidence else "", since, until))
    return told


def _while_told(row: Any, public: Collection[str]) -> tuple[dt.date, dt.date | None]:
    """Since which day another file tells an event, and from which day on no more.

    From the day its registration was known; until its revocation was known, or, of what was first recorded after the last
    day of its pledge, its end.
    """
    spoken = [one.recorded_on for one in (row, row.corrects) if one is not None and one.event in public]
    late = row.pledge_last_day is not None and row.pledge_last_day < min(spoken)
    return max(row.recorded_on, row.made_known), row.voided_known or (row.ended_known if late else None)


def events_of(
    file: RegistrationFile, told_already: Sequence[ToldEvent] | None = None
) -> dict[str, list[EventFact]]:
    """What befell the rights, by the key of a right."""
    found: dict[str, list[EventFact]] = {}
    for told in _ever_told(file) if told_already is None else told_already:
        row = told.row
        fact = EventFact(
            row.pk, row.event if told.title else "", max(row.on, FIRST_DAY), told.since,
            effective_on=within(row.effective_on), until=within(row.until), corrects=row.corrects_id,
            brings=brought(row.brings),
        )  # fmt: skip
        found.setdefault(row.right.number, []).append(fact)
        if told.until is not None:
            gone = replace(fact, seq=-row.pk, event="", known_on=told.until, corrects=row.pk)
            found[row.right.number].append(gone)
        if row.corrects is not None and row.corrects.right_id != row.right_id:
            found.setdefault(row.corrects.right.number, []).append(replace(fact, event=""))
    return found


def gone_back(file: RegistrationFile, told: Sequence[ToldEvent]) -> set[int]:
    """The events that tell of an earlier year of fees than the file knows to be paid: shown, not counted."""
    book, events = book_of(file), events_of(file, told)
    found: set[int] = set()
    for right in rights_stated(file):
        for event, _ in counted(book, right, events.get(right_key(right.number), ()), dt.date.max):
            if goes_back(right, event):
                found.add(event.seq)
            elif "fees_paid_through" in event.brings:
                right = replace(right, fees_paid_through=event.brings["fees_paid_through"])  # type: ignore[arg-type]
    return found


def brought(kept: dict[str, Any]) -> dict[str, object]:
    brings: dict[str, object] = dict(kept)
    for name in ("expires_on", "last_used_on"):
        if name in kept:
            brings[name] = kept_day(kept[name])
    if "owners" in kept:
        brings["owners"] = tuple(Owner(name) for name in kept["owners"])
    return brings


def pledged_elsewhere(
    file: RegistrationFile, numbers: Sequence[str], known_on: dt.date
) -> dict[str, tuple[OtherPledge, ...]]:
    """Registered pledges of these rights outside this file, of whichever bank, as known on a day; never whose (brief, 10.3).

    Two sources: files registered here, and registrations that banks stated with their loans.
    """
    keys = {right_key(number): number for number in numbers}
    found: dict[str, list[OtherPledge]] = {}
    rights = IPRight.objects.filter(kind=file.kind, number__in=keys)
    acts = Prefetch("file__acts", FileAct.objects.order_by("seq"))
    running = (
        RunningPledge.objects.filter(right__in=rights).exclude(file=file).select_related("right", "file")
    )
    stood: dict[UUID, PledgeStatus] = {}
    for held in running.prefetch_related(acts):
        if held.file_id not in stood:
            stood[held.file_id] = status_on(held.file, dt.date.max, known_on)
        then = stood[held.file_id]
        if then.created_on and not then.void_from_start:
            other = OtherPledge(REGISTERED_ALREADY, held.first_day, _end_of(held, then))
            found.setdefault(keys[held.right.number], []).append(other)
    told = PledgeRegistration.objects.filter(recorded_at__lte=end_of(known_on))
    later = told.filter(pledgee=OuterRef("pledgee"), number=OuterRef("number"), seq__gt=OuterRef("seq"))
    worked_here = RegistrationFile.objects.filter(
        registration__pledgee=OuterRef("pledgee"), registration__number=OuterRef("number")
    )
    stated = told.filter(~Exists(later), ~Exists(worked_here), rights__in=rights).distinct()
    for one in stated.prefetch_related("rights", "events"):
        ends = {event.kind: event.on for event in one.events.all() if day_of(event.recorded_at) <= known_on}
        if PledgeEvent.Kind.REVOKED in ends:
            continue
        other = OtherPledge(REGISTERED_ALREADY, one.registered_on, ends.get(PledgeEvent.Kind.RELEASED))
        for right in one.rights.all():
            if right.number in keys:
                found.setdefault(keys[right.number], []).append(other)
    return {number: tuple(pledges) for number, pledges in found.items()}


def _end_of(held: RunningPledge, then: PledgeStatus) -> dt.date | None:
    """The last day of a pledge, or of its registered period where it ends with that, noted or not.

    Open while an extension is decided.
    """
    if then.ended_on:
        return held.last_day
    book = book_of(held.file)
    ends_by_itself = lapse_of(book) is not None and not awaits_extension(book, then.state)
    return then.registered_until if ends_by_itself else None


def filing_on(
    file: RegistrationFile,
    on: dt.date,
    contents: dict[str, Any] | None = None,
    handed_in_on: dt.date | None = None,
) -> Filing:
    """The application as it stands on a day, or with other contents about the same rights, or handed in on a day."""
    stated = contents_of(file) if contents is None else contents
    filing = filing_of(
        stated,
        kind=file.kind,
        pledgor=party_name(stated, "pledgor", file.pledgor.name),
        rights=rights_on(file, on, on),
        materials=materials_of(file),
        declarations=declared(file),
    )
    return replace(filing, handed_in_on=handed_in_on or _handed_in_on(file))


def _handed_in_on(file: RegistrationFile) -> dt.date | None:
    """The day on which what lies with the registry was handed in or cured; None where the parties have it."""
    days = [act.on for act in file.acts.all() if act.action in ("submit", "cure")]
    return days[-1] if days and file.state == "submitted" else None


def checked(
    file: RegistrationFile,
    on: dt.date,
    contents: dict[str, Any] | None = None,
    handed_in_on: dt.date | None = None,
) -> tuple[RuleBook, Precheck]:
    """The precheck of what was last stated, by the rules in force on the day in the pledgor's region."""
    book = turned_book(book_on(file.kind, on), file.pledgor.region, on)
    return book, precheck(book, filing_on(file, on, contents, handed_in_on), on, working_calendar())
