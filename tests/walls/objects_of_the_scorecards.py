"""Objects of the scorecard desk for the walls: a draft of the district bureau beside the card in force."""

from __future__ import annotations

from kernel.policystore import actions
from tests.cards.conftest import ship_the_card
from tests.cards.drafts import NEXT
from tests.cast import Cast
from tests.walls.objects import Behind, behind


@behind("scorecards:version", "scorecards:file", "scorecards:difference", "scorecard_effect")
def a_draft_of_a_card(cast: Cast) -> Behind:
    """Its own bureau sees it; nobody else knows that it is there."""
    ship_the_card()
    bureau = cast.district_bureau
    draft = actions.keep_draft(by=bureau.officer, kind="scorecard", text=NEXT)
    return Behind({"version_id": draft.pk}, seen_by=(bureau.officer, bureau.approver))


@behind("scorecards:publish", "scorecards:withdraw")
def a_draft_that_may_be_worked(cast: Cast) -> Behind:
    return Behind(a_draft_of_a_card(cast).parameters, seen_by=(cast.district_bureau.officer,))
