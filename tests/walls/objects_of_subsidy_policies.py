"""Objects of the subsidy desk for the walls: a draft of the district bureau beside the measure in force."""

from __future__ import annotations

from kernel.policystore import actions
from tests.cast import Cast
from tests.subsidies.drafts import ENDED, NEXT
from tests.subsidies.ground import publish
from tests.walls.objects import Behind, behind


@behind(
    "subsidy_policies:version", "subsidy_policies:file", "subsidy_policies:trial", "subsidy_policies:difference",
    "subsidy_policies:backtest",
)  # fmt: skip
def a_draft_of_a_measure(cast: Cast) -> Behind:
    """Its own bureau sees it; the city, the enterprises, the IP bureau and the auditor do not know that it is there."""
    publish(ENDED)
    bureau = cast.district_bureau
    draft = actions.keep_draft(by=bureau.officer, kind="subsidy", text=NEXT)
    return Behind({"version_id": draft.pk}, seen_by=(bureau.officer, bureau.approver))


@behind("subsidy_policies:publish", "subsidy_policies:withdraw")
def a_draft_that_may_be_published(cast: Cast) -> Behind:
    return a_draft_of_a_measure(cast)
