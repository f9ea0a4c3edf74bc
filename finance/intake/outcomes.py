"""What became of an entered filing in the rooms above: they tell it once, the bank's pages and reports read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.intake.events import ENTERED
from finance.intake.models import Filing, FilingOutcome
from kernel.acts.queries import acts_of
from kernel.work import outbox
from kernel.work.models import OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from finance.intake.effects import Followed

GIVEN_UP = "filing.follow_given_up"


def tell_outcome(
    *, filing: Filing, room: str, lines: Sequence[Mapping[str, str]], rows: Mapping[int, Followed]
) -> FilingOutcome:
    """Write down what a room has done, in the transaction that did it; `rows` by the row of the bank's file."""
    return FilingOutcome.objects.create(
        filing=filing,
        room=room,
        lines=[dict(line) for line in lines],
        rows={str(row): followed.as_json() for row, followed in rows.items()},
    )


@dataclass(frozen=True)
class Happened:
    """What happened after a filing was entered, of all rooms together.

    `stage` is waiting (a worker will do it), done, given_up (it failed for good, `told` says what), or untold (nothing was
    to follow, or it was done before outcomes were kept).
    """

    stage: str
    lines: tuple[dict[str, str], ...] = ()
    rows: Mapping[str, dict[str, Any]] | None = None
    told: str = ""

    def of(self, what: str) -> dict[int, dict[str, Any]]:
        """The rows of the file to which this happened, in its order."""
        found = (self.rows or {}).items()
        return {
            int(row): said
            for row, said in sorted(found, key=lambda pair: int(pair[0]))
            if said["what"] == what
        }

    @property
    def moved_rows(self) -> dict[int, dict[str, Any]]:
        """Rows whose loan was in a pool already and whose exposure there has changed."""
        return self.of("moved")

    @property
    def by_place(self) -> list[tuple[str, str, int]]:
        """(pool, scheme version, how many loans entered), in the order of the file."""
        counted: dict[tuple[str, str], int] = {}
        for said in self.of("in").values():
            key = (said["where"], said["rule"])
            counted[key] = counted.get(key, 0) + 1
        return [(where, rule, count) for (where, rule), count in counted.items()]


def happened(filing: Filing) -> Happened | None:
    """What followed from an entered filing; None while it is not entered. The caller was let in to the filing."""
    if filing.state != Filing.State.ENTERED:
        return None
    told = list(filing.outcomes.order_by("pk"))
    if told:
        rows = {row: said for one in told for row, said in one.rows.items()}
        return Happened("done", tuple(line for one in told for line in one.lines), rows)
    kind = ENTERED[filing.form]
    message = OutboxMessage.objects.filter(effect_key=f"{kind}:{filing.pk}").first()
    if message is None or message.state == OutboxMessage.State.DONE or not outbox.is_handled(kind):
        return Happened("untold")
    if message.state == OutboxMessage.State.DEAD:
        act = acts_of(filing).filter(verb=GIVEN_UP).last()
        return Happened("given_up", told=act.summary if act else "")
    return Happened("waiting")
