"""How a window kept its limits: decisions made in time and late, worked out from the acts of its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch

from finance.pledges.models import FileAct

from . import of_files, of_limits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile
    from finance.pledges.rules.book import Clock
    from kernel.days import WorkingCalendar


@dataclass
class KeptLimit:
    """One limit of one kind of right: how many decisions under it, how many late.

    `provisional`: of all, those whose last day lies in a year without announced holidays.
    """

    kind: str
    clock: Clock
    decided: int = 0
    late: int = 0
    provisional: int = 0

    @property
    def in_time(self) -> int:
        return self.decided - self.late


def kept_limits(
    *, viewer: Membership, begin: dt.date, on: dt.date, calendar: WorkingCalendar
) -> list[KeptLimit]:
    """Decisions of the viewer's files from one day to another, by limit: first those in law, then promises.

    A notice of deficiency decides nothing: given in time it stops the limit, given late it does not.
    """
    decided = FileAct.objects.filter(actor="registry", on__range=(begin, on)).exclude(rule="")
    files = of_files.files(viewer=viewer).filter(Exists(decided.filter(file=OuterRef("pk"))))
    found: dict[tuple[str, str], KeptLimit] = {}
    for file in files.prefetch_related(Prefetch("acts", FileAct.objects.order_by("seq"))):
        for act, limit in _decisions(file, calendar):
            if begin <= act.on <= on:
                clock = limit.deadline.clock
                kept = found.setdefault((file.book, clock.id), KeptLimit(file.get_kind_display(), clock))
                kept.decided += 1
                kept.late += limit.deadline.late(act.on)
                kept.provisional += limit.deadline.provisional
    return sorted(found.values(), key=lambda one: (one.clock.kind != "statutory", one.kind, one.clock.id))


def _decisions(
    file: RegistrationFile, calendar: WorkingCalendar
) -> Iterator[tuple[FileAct, of_limits.RunningClock]]:
    """Each decision of the registry with the limits under which it was made; those of the parties to cure are not its."""
    acts = list(file.acts.all())
    for place, act in enumerate(acts):
        if act.actor == "registry" and act.rule and act.action not in of_limits.WAITS:
            for limit in of_limits.limits_at(file, act.before, acts[:place], calendar):
                if limit.deadline.clock.act != "cure":
                    yield act, limit
