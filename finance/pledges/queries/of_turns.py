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
        state in move.before and "registry" in move.actors and move.action != "revoke"
        for move in book.transitions
    )


def files_that_may_wait(viewer: Membership, *, at_window: bool) -> QuerySet[RegistrationFile]:
    """The viewer's files in states that wait for somebody, or with a yes that waits for the other's; with their course.

    A file whose pledge simply runs is not among them, however many there are.
    """
    states = {
        (book.id, state.id)
        for book in library().books.values()
        for state in book.states
        if state.id in FOR_THE_PARTIES
        or (is_decided_by_registry(book, state.id) if at_window else state.kind == "open")
    }
    waiting = Q(pk__in=())
    for book in sorted({book for book, _ in states}):
        waiting |= Q(book=book, state__in=sorted(state for of, state in states if of == book))
    if not at_window:
        done = FileAct.objects.filter(file=OuterRef("file")).order_by("-seq").values("seq")[:1]
        said = Assent.objects.filter(file=OuterRef("pk"), after_seq=Coalesce(Subquery(done), 0))
        waiting |= Q(Exists(said))
    return of_files.with_course(of_files.files(viewer=viewer).filter(waiting))


@dataclass(frozen=True)
class AlertsOfARule:
    """The open alerts of one rule in one file that one side has: how many, one of them, the earliest days."""

    file_id: UUID
    file_number: str
    title: str
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
        found.values("file_id", "file__number", "rule", "title", "to_do")
        .annotate(
            many=Count("pk"), one=Min(Cast("pk", TextField())), right_no=Max("right__number"),
            since=Min("seen_on"), due=Min("due_on"),
        )
        .order_by(F("due").asc(nulls_first=True), "since", "file__number", "rule")
    )  # fmt: skip
    return [
        AlertsOfARule(
            row["file_id"], row["file__number"], row["title"], row["to_do"], row["many"], row["one"],
            row["right_no"] or "", row["since"], row["due"],
        )
        for row in rows
    ]  # fmt: skip


def provisional_days(viewer: Membership) -> list[tuple[dt.date, dt.date, int]]:
    """(due, seen, how many) of the open alerts whose days were counted without a year's holidays."""
    found = of_watch.open_alerts(viewer=viewer).filter(provisional=True, due_on__isnull=False)
    found = found.order_by().select_related(None).prefetch_related(None)
    return list(found.values_list("due_on", "seen_on").annotate(Count("pk")))
