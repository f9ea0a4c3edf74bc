"""How windows kept their limits: decisions made in time and late, worked out from the acts of their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q

from finance.pledges.models import FileAct, RegistrationFile
from finance.pledges.rules.clocks import days_over

from . import of_files, of_limits, of_turns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.pledges.rules.book import Clock
    from kernel.days import WorkingCalendar


@dataclass
class KeptLimit:
    """One limit of one kind of right at one window: how many decisions under it, how many late and by how much.

    Days over are in the limit's own unit. `overdue`: not decided on the last day although the limit is over. `provisional`:
    of all, those whose last day lies in a year without announced holidays.
    """

    window: str
    kind: str
    clock: Clock
    decided: int = 0
    late: int = 0
    days_over: int = 0
    longest: int = 0
    overdue: int = 0
    provisional: int = 0

    @property
    def in_time(self) -> int:
        return self.decided - self.late


def at_windows(stem: str) -> QuerySet[RegistrationFile]:
    """The files at the windows of a region, for sums only: whoever opens one asks `of_files.files` (decision 0026)."""
    handed_in = FileAct.objects.filter(file=OuterRef("pk"), action=of_files.HANDED_IN)
    return RegistrationFile.objects.filter(Exists(handed_in), window__region__startswith=stem)


def kept_limits(
    files: QuerySet[RegistrationFile],
    *,
    begin: dt.date,
    on: dt.date,
    calendar: WorkingCalendar,
    known: Q | None = None,
) -> list[KeptLimit]:
    """Decisions in these files from one day to another, by window and limit: first those in law, then promises.

    A notice of deficiency decides nothing: given in time it stops the limit, given late it does not. `known` narrows the
    acts to those that had been recorded.
    """
    acts = FileAct.objects.filter(known or Q(), on__lte=on).order_by("seq")
    found: dict[tuple[UUID, str, str], KeptLimit] = {}

    def kept(file: RegistrationFile, clock: Clock) -> KeptLimit:
        key = (file.window_id, file.book, clock.id)
        return found.setdefault(key, KeptLimit(file.window.name, file.get_kind_display(), clock))

    told = files.filter(_may_tell(begin, on, known)).select_related("window")
    for file in told.prefetch_related(Prefetch("acts", acts)):
        for day, limit in _decisions(file, calendar):
            if begin <= day <= on:
                _count(kept(file, limit.deadline.clock), limit, day, calendar)
        for limit in _standing(file, calendar):
            if limit.deadline.late(on):
                kept(file, limit.deadline.clock).overdue += 1
    order = {"statutory": 0, "promise": 1}
    return sorted(found.values(), key=lambda one: (order[one.clock.kind], one.window, one.kind, one.clock.id))


def _may_tell(begin: dt.date, on: dt.date, known: Q | None) -> Q:
    """Files with a decision in the time asked about, with one that is awaited, or that went on since."""
    of_file = FileAct.objects.filter(file=OuterRef("pk")).order_by()
    decided = of_file.filter(actor="registry", on__range=(begin, on)).exclude(rule="")
    since = of_file.filter(~known) if known is not None else of_file.none()
    return (
        Q(Exists(decided))
        | Q(Exists(of_file.filter(on__gt=on)))
        | Q(Exists(since))
        | of_turns.awaiting_registry()
    )


def _count(kept: KeptLimit, limit: of_limits.RunningClock, day: dt.date, calendar: WorkingCalendar) -> None:
    over = days_over(limit.deadline, day, calendar)
    kept.decided += 1
    kept.late += over > 0
    kept.days_over += over
    kept.longest = max(kept.longest, over)
    kept.provisional += limit.deadline.provisional


def _decisions(
    file: RegistrationFile, calendar: WorkingCalendar
) -> Iterator[tuple[dt.date, of_limits.RunningClock]]:
    """Each decision of the registry, and each certificate, with its day and the limits under which it was made; those of the
    parties to cure are not its."""
    acts = list(file.acts.all())
    for place, act in enumerate(acts):
        before = acts[:place]
        if act.action == of_files.CERTIFY:
            yield from ((act.on, one) for one in of_limits.certificate_limits(file, before, calendar))
        elif act.actor == "registry" and act.rule and act.action not in of_limits.WAITS:
            for limit in of_limits.limits_at(file, act.before, before, calendar):
                if limit.deadline.clock.act != "cure":
                    yield act.on, limit
        told = of_files.certified_on([act])
        if act.effect == "creates" and told is not None:
            yield from ((told, one) for one in of_limits.certifying(file, act, calendar))


def _standing(file: RegistrationFile, calendar: WorkingCalendar) -> Iterator[of_limits.RunningClock]:
    """The limits of the registry that run once these acts are done."""
    acts = list(file.acts.all())
    if not acts or of_files.book_of(file).state(acts[-1].after).kind == "ended":
        return
    for limit in of_limits.limits_at(file, acts[-1].after, acts, calendar):
        if limit.deadline.clock.act != "cure":
            yield limit
    yield from of_limits.certificate_limits(file, acts, calendar)
