"""Reading registration files: the bank's own, the pledgor's own, and a window's once they were handed in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce

from finance.parties.models import Organisation
from finance.pledges.books import library
from finance.pledges.models import (
    FileAct,
    FilePaper,
    FileStatement,
    RegistrationFile,
)
from finance.pledges.rules import right_key
from finance.pledges.rules.bounds import kept_day, within
from finance.pledges.rules.facts import Party
from finance.pledges.rules.procedure import (
    Act,
    PledgeStatus,
    status,
)
from finance.pledges.rules.stated import EMPTY
from kernel.days import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from finance.pledges.rules.book import RuleBook, Transition

HANDED_IN = "submit"
ACCEPTED = "accept"
CERTIFY = "issue_certificate"
ASKS_ANEW, ANEW = "request_reissue", ("record_reissue", "refuse_reissue")
"""A lost certificate: the step that asks for another, and the registry's answers to it."""


def files(*, viewer: Membership) -> QuerySet[RegistrationFile]:
    """The files a viewer may see, the latest first."""
    organisation = viewer.organisation
    seen = RegistrationFile.objects.select_related("pledgee", "pledgor", "window", "registration")
    if organisation.kind == Organisation.Kind.BANK:
        seen = seen.filter(pledgee=organisation)
    elif organisation.kind == Organisation.Kind.ENTERPRISE:
        seen = seen.filter(pledgor=organisation)
    elif organisation.kind == Organisation.Kind.IP_BUREAU:
        seen = at_window(organisation)
    else:
        seen = seen.none()
    return seen.order_by("-recorded_at", "-id")


def at_window(window: Organisation) -> QuerySet[RegistrationFile]:
    """The files that were handed in at a window."""
    handed_in = FileAct.objects.filter(file=OuterRef("pk"), action=HANDED_IN)
    seen = RegistrationFile.objects.select_related("pledgee", "pledgor", "window", "registration")
    return seen.filter(Exists(handed_in), window=window)


def file(*, viewer: Membership, file_id: UUID) -> RegistrationFile:
    """One of them with its history; RegistrationFile.DoesNotExist for everybody else."""
    papers = Prefetch("acts", FileAct.objects.select_related("recorded_by__person").order_by("seq"))
    return files(viewer=viewer).prefetch_related(papers).get(pk=file_id)


def with_course(seen: QuerySet[RegistrationFile]) -> QuerySet[RegistrationFile]:
    """Files with all that says whose move each is, in as many queries for one as for many; statements without their text."""
    papers = FilePaper.objects.filter(file=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return seen.annotate(newest_paper=Coalesce(Subquery(papers), 0)).prefetch_related(
        Prefetch("acts", FileAct.objects.order_by("seq")),
        Prefetch("statements", FileStatement.objects.defer("contents")),
        "assents",
    )


def book_of(file: RegistrationFile) -> RuleBook:
    """The version under which the file was opened: its states and moves."""
    return library().books[file.book]


def book_for(file: RegistrationFile, on: dt.date) -> RuleBook:
    """The rules by which days are counted from a day on, in watch and limits; where none are in force, the file's own."""
    return library().on(file.kind, on) or book_of(file)


def last_statement(file: RegistrationFile) -> FileStatement | None:
    if "statements" in getattr(file, "_prefetched_objects_cache", {}):
        return max(file.statements.all(), key=lambda one: one.seq, default=None)
    return file.statements.order_by("-seq").first()


def contents_of(file: RegistrationFile) -> dict[str, Any]:
    """What the parties last stated; nothing yet is an empty statement."""
    last = last_statement(file)
    return last.contents if last else EMPTY


def party_of(viewer: Membership, file: RegistrationFile) -> Party | None:
    """On which side of the file the viewer sits."""
    sides: dict[UUID, Party] = {file.pledgor_id: "pledgor", file.pledgee_id: "pledgee"}
    return sides.get(viewer.organisation_id)


def acts_of(file: RegistrationFile) -> list[Act]:
    """The steps as replay takes them. Accepting the papers moves nothing, so it is not one."""
    return [
        Act(one.seq, one.action, one.on, one.recorded_on, within(one.until))
        for one in file.acts.all()
        if one.rule
    ]


def status_on(file: RegistrationFile, on: dt.date, known_on: dt.date) -> PledgeStatus:
    """How the file stood on a day as known on a day."""
    return status(book_of(file), acts_of(file), on, known_on)


def materials_of(file: RegistrationFile) -> set[str]:
    """The papers of the step that is under way: those that came since the registry's last decision on a running pledge."""
    running = {state.id for state in book_of(file).states if state.kind == "running"}
    decided = [
        act.seq
        for act in file.acts.all()
        if act.actor == "registry" and act.rule and act.after in running and act.before != act.after
    ]
    since = max(decided, default=0)
    return set(file.papers.filter(after_seq__gte=since).values_list("material", flat=True))


def declared(file: RegistrationFile) -> dict[tuple[str, str], frozenset[Party]]:
    """The grounds of rights that both parties have declared to know of, by the declarations taken in this file.

    Declarations from before decision 0030 name no right: they are of the rights that stood in the statement agreed to.
    """
    both: frozenset[Party] = frozenset(("pledgor", "pledgee"))
    found: dict[tuple[str, str], frozenset[Party]] = {}
    for act in file.acts.all():
        if act.action == "declare":
            pairs = act.details.get("declared")
            found |= {(one[0], right_key(one[1])): both for one in pairs or _declared_of_all(file, act)}
    return found


def _declared_of_all(file: RegistrationFile, act: FileAct) -> list[tuple[str, str]]:
    yes = file.assents.filter(action=act.action, after_seq=act.seq - 1).order_by("-pk").first()
    rights = yes.statement.contents["rights"] if yes else []
    numbers = ["", *(right["number"] for right in rights)]
    return [(ground, number) for ground in act.details.get("grounds", ()) for number in numbers]


def contents_on(file: RegistrationFile, known_on: dt.date) -> dict[str, Any]:
    """What was stated last by a day; nothing before anything was. Old statements know only the moment of their recording."""
    stated = [
        one
        for one in file.statements.order_by("seq")
        if (one.recorded_on or day_of(one.recorded_at)) <= known_on
    ]
    return stated[-1].contents if stated else EMPTY


def papers_on(file: RegistrationFile, on: dt.date, known_on: dt.date) -> list[FilePaper]:
    """The papers that the file had on a day, as known on a day, without their bytes. A paper is known when it is put in."""
    kept = file.papers.filter(attached_on__lte=min(on, known_on)).order_by("pk")
    return list(kept.defer("stored__content").select_related("stored"))


def acts_on(file: RegistrationFile, on: dt.date, known_on: dt.date) -> list[FileAct]:
    """The steps that had been taken by a day, as known on a day."""
    return [act for act in file.acts.all() if act.on <= on and act.recorded_on <= known_on]


def items_asked(file: RegistrationFile) -> list[str]:
    """What the last notice of deficiency asked for, item by item; nothing where none was sent."""
    return next((act.details["items"] for act in reversed(file.acts.all()) if "items" in act.details), [])


def answers_before(file: RegistrationFile) -> dict[str, Any]:
    """What the parties answered when they applied for what the registry now decides; nothing when nothing is pending."""
    last = next((act for act in reversed(file.acts.all()) if act.rule), None)
    if last is None or last.actor == "registry" or last.before == last.after:
        return {}
    answers: dict[str, Any] = last.details.get("asked", {})
    return answers


def registered_by(acts: Sequence[FileAct]) -> FileAct | None:
    """The act of these that made the pledge."""
    return next((act for act in acts if act.effect == "creates"), None)


def registered_fen(file: RegistrationFile, on: dt.date, known_on: dt.date) -> int | None:
    """The amount that the registry had registered by a day, as known on a day; None before it registered one."""
    told = [
        act.details["registered_fen"]
        for act in sorted(file.acts.all(), key=lambda act: act.seq)
        if "registered_fen" in act.details and act.on <= on and act.recorded_on <= known_on
    ]
    return told[-1] if told else None


def certified_on(acts: Sequence[FileAct]) -> dt.date | None:
    """When the certificate of a registration was issued: on the day told when it was registered, or by a later act."""
    made = registered_by(acts)
    told = made.details.get("asked", {}).get("certified_on") if made else None
    later = next((act.on for act in acts if act.action == CERTIFY), None)
    return kept_day(told) if told else later


def owes_certificate(file: RegistrationFile, acts: Sequence[FileAct]) -> bool:
    """Whether the registry has still to issue one: in kinds that know it, from registration on."""
    knows = any(move.action == CERTIFY for move in book_of(file).transitions)
    return knows and registered_by(acts) is not None and certified_on(acts) is None


def owes_reissue(acts: Sequence[FileAct]) -> bool:
    """Whether a lost certificate was told and the registry has not answered yet."""
    told = [act.action for act in acts if act.action in (ASKS_ANEW, *ANEW)]
    return bool(told) and told[-1] == ASKS_ANEW


def is_of_the_clock(move: Transition) -> bool:
    """A step that nobody decides: it is noted that a period is over."""
    return move.actors == ("clock",) and not move.paper


def possible(file: RegistrationFile, viewer: Membership) -> list[Transition]:
    """The steps that the viewer may take part in now; the registry's are entered by the window on its paper."""
    party = party_of(viewer, file)
    registry = viewer.organisation_id == file.window_id
    return [
        move
        for move in book_of(file).transitions
        if file.state in move.before
        and (move.action != CERTIFY or owes_certificate(file, list(file.acts.all())))
        and (move.action not in ANEW or owes_reissue(list(file.acts.all())))
        and (
            (registry and "registry" in move.actors)
            or (party and {"both", party} & set(move.actors))
            or (is_of_the_clock(move) and (registry or party))
        )
    ]
