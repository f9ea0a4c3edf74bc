"""Objects of the registration files for the walls: a file of bank A, handed in and registered, with its papers."""

from __future__ import annotations

from tests.cast import Cast
from tests.pledges.filed import Worked
from tests.walls.objects import Behind, behind

OF_FILE = (
    "pledges:file", "pledges:state_contents", "pledges:attach", "pledges:check", "pledges:step", "pledges:accept",
    "pledges:right_event", "pledges:paper", "pledges:decision",
)  # fmt: skip


@behind(*OF_FILE[:7])
def a_file_of_bank_a(cast: Cast) -> Behind:
    return Behind({"file_id": Worked(cast).handed_in().file.pk}, seen_by=_of_file(cast))


@behind("pledges:paper")
def a_paper_of_a_file(cast: Cast) -> Behind:
    file = Worked(cast).handed_in().file
    return Behind({"file_id": file.pk, "paper_id": file.papers.first().pk}, seen_by=_of_file(cast))


@behind("pledges:decision")
def a_decision_on_a_file(cast: Cast) -> Behind:
    file = Worked(cast).registered().file
    return Behind({"file_id": file.pk, "seq": file.acts.last().seq}, seen_by=_of_file(cast))


def _of_file(cast: Cast) -> tuple:  # type: ignore[type-arg]
    return (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner, cast.ip_bureau.clerk)
