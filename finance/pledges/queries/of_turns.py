"""Which files and alerts can wait for a seat, found by the database before anything of them is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from finance.pledges.books import library
from finance.pledges.models import Assent, FileAct

from . import of_files, of_watch

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile
    from finance.pledges.rules.book import RuleBook

FOR_THE_PARTIES = ("deficient", "declaration_needed")
"""States in which the registry waits for the parties."""


def is_decided_by_registry(book: RuleBook, state: str) -> bool:
    """Whether a state waits for a decision of the registry; that it may always revoke makes nothing wait."""
    return state not in FOR_THE_PARTIES and any(
        state in move.before
        and "registry" in move.actors
        and move.action not in ("revoke", of_files.CERTIFY, *of_files.ANEW)
        for move in book.transitions
    )


def files_that_may_wait(viewer: Membership, *, at_window: bool) -> QuerySet[RegistrationFile]:
    """The viewer's files in states that wait for somebody, or with a yes that waits for the other's; with their course.

    A file whose pledge simply runs is not among them, however many there are.
    """
    if at_window:
        waiting = Q(state__in=FOR_THE_PARTIES) | awaiting_registry()
    else:
        waiting = _open_to_parties()
        done = FileAct.objects.filter(file=OuterRef("file")).order_by("-seq").values("seq")[:1]
        said = Assent.objects.filter(file=OuterRef("pk"), after_seq=Coalesce(Subquery(done), 0))
        waiting |= Q(Exists(said.order_by()))
    return of_files.with_course(of_files.files(viewer=viewer).filter(waiting))


def _open_to_parties() -> Q:
    waiting = Q(pk__in=())
    for book in library().books.values():
        states = [one.id for one in book.states if one.id in FOR_THE_PARTIES or one.kind == "open"]
        waiting |= Q(book=book.id, state__in=states)
    return waiting


def awaiting_registry() -> Q:
    """Files that wait for a decision or a certificate of the registry."""
    waiting = Q(pk__in=())
    for book in library().books.values():
        states = [state.id for state in book.states if is_decided_by_registry(book, state.id)]
        waiting |= Q(book=book.id, state__in=states)
    return waiting | _owe_certificates() | _ask_anew()


def _ask_anew() -> Q:
    """Files of which a certificate was lost and the registry has not answered."""
    answered = FileAct.objects.filter(
        file=OuterRef("file"), action__in=of_files.ANEW, seq__gt=OuterRef("seq")
    )
    asked = FileAct.objects.filter(file=OuterRef("pk"), action=of_files.ASKS_ANEW)
    return Q(Exists(asked.filter(~Exists(answered.order_by())).order_by()))


def _owe_certificates() -> Q:
    """Files whose pledge runs and whose certificate nobody has told to be issued."""
    certifying = {
        (book.id, state)
        for book in library().books.values()
        for move in book.transitions
        if move.action == of_files.CERTIFY
        for state in move.before
    }
    told = Q(action=of_files.CERTIFY) | Q(details__asked__has_key="certified_on")
    issued = FileAct.objects.filter(told, file=OuterRef("pk")).order_by()
    owing = Q(pk__in=())
    for book, state in certifying:
        owing |= Q(~Exists(issued), book=book, state=state)
    return owing


@dataclass(frozen=True)
class AlertsOfARule:
    """The open alerts of one rule in one file that one side has: how many, one of them, the earliest days."""

    file_id: UUID
    file_number: str
    title: str
    unsure: bool
    to_do: str
    many: int
    one: str
    right: str
    since: dt.date
    due_on: dt.date | None


def open_alerts_by_rule(viewer: Membership) -> list[AlertsOfARule]:
    """What the viewer's side has, by file and rule: 500 patents whose fees are due are one thing to do."""
    mine = Q(for_pledgor=True, file__pledgor=viewer.organisation_id)
    mine |= Q(for_pledgee=True, file__pledgee=viewer.organisation_id)
    found = (
        of_watch.open_alerts(viewer=viewer)
        .filter(mine)
        .order_by()
        .select_related(None)
        .prefetch_related(None)
    )
    rows = (
        found.annotate(is_unsure=~Q(unsure=""))
        .values("file_id", "file__number", "rule", "title", "is_unsure", "to_do")
        .annotate(
            many=Count("pk"), one=Min(Cast("pk", TextField())), right_no=Max("right__number"),
            since=Min("seen_on"), due=Min("due_on"),
        )
        .order_by(F("due").asc(nulls_first=True), "since", "file__number", "rule")
    )  # fmt: skip
    return [
        AlertsOfARule(
            row["file_id"], row["file__number"], row["title"], row["is_unsure"], row["to_do"], row["many"], row["one"],
            row["right_no"] or "", row["since"], row["due"],
        )
        for row in rows
    ]  # fmt: skip


def provisional_days(viewer: Membership) -> list[tuple[dt.date, dt.date, int]]:
    """(due, seen, how many) of the open alerts whose days were counted without a year's holidays."""
    found = of_watch.open_alerts(viewer=viewer).filter(provisional=True, due_on__isnull=False)
    found = found.order_by().select_related(None).prefetch_related(None)
    return list(found.values_list("due_on", "seen_on").annotate(Count("pk")))
