"""Objects of the policy desk for the walls: a draft of the district bureau, a published scheme, an agreement of bank A."""

from __future__ import annotations

from kernel.policystore import actions
from tests.books import scheme_version
from tests.cast import Cast
from tests.policies.texts import NEXT
from tests.walls.objects import Behind, behind
from tests.walls.objects_of_the_pool import at_the_pool, funded, of_bank_a


@behind("policies:version", "policies:file", "policies:trial", "policies:difference", "policies:effect")
def a_draft_of_the_district(cast: Cast) -> Behind:
    """Its own bureau sees it; the city, the banks and the auditor do not know that it is there."""
    scheme_version("chongqing-knowledge-value@2017")
    bureau = cast.district_bureau
    draft = actions.keep_draft(by=bureau.officer, kind="scheme", text=NEXT)
    return Behind({"version_id": draft.pk}, seen_by=(bureau.officer, bureau.approver))


@behind("policies:backtest", "policies:publish", "policies:withdraw")
def another_draft_of_the_district(cast: Cast) -> Behind:
    return a_draft_of_the_district(cast)


@behind("pools:agreement")
def an_agreement_of_bank_a(cast: Cast) -> Behind:
    return Behind({"agreement_id": funded(cast).agreement.pk}, seen_by=(*of_bank_a(cast), *at_the_pool(cast)))


@behind("pools:adopt")
def an_agreement_that_its_bureau_may_change(cast: Cast) -> Behind:
    """The contributor looks on; the pool's own bureau decides what its agreements follow."""
    return Behind({"agreement_id": funded(cast).agreement.pk}, seen_by=(cast.district_bureau.officer,))
