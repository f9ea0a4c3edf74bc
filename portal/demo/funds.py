"""Money of the demonstration besides claims, and the limits it has come near: what a bureau does at the end of a quarter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kernel.days import add_months
from kernel.money.fields import fen_of
from kernel.work.approvals import approve, decline
from portal.demo.setting import WAN
from portal.demo.telling import Story, sign
from riskpool.claims import actions as claims
from riskpool.claims.models import Claim
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Agreement, Limit
from riskpool.treasury import actions as treasury
from riskpool.volumes.actions import propose_award

if TYPE_CHECKING:
    from riskpool.pools.models import Pool

NEAR = (84, 100)  # so much of a limit is used


def tell(story: Story) -> None:
    """A call, a withdrawal that was sent back, an award on volume, a limit that is near, one that is reached, a deferral."""
    home, other = story.pools
    _a_withdrawal_sent_back(story, home)
    _a_call(story, home)
    _an_award(story)
    _near(story, home)
    _reached(story, other)
    _deferred(story, other)


def _a_withdrawal_sent_back(story: Story, pool: Pool) -> None:
    officer, approver = story.seats(pool)
    source = next(one for one in pool_queries.sources_of(pool) if one.code == "district")
    asked = treasury.propose_withdrawal(
        by=officer, source=source, fen=100 * WAN, basis="区财政收回存量资金的通知", on=story.day
    )
    reason = "年末代偿集中，现有可用资金应留足，待明年一季度再议"
    decline(by=approver, approval_id=asked.pk, reason=reason)


def _a_call(story: Story, pool: Pool) -> None:
    """The pool shall come back to what was paid in at the beginning; a month is given."""
    officer, approver = story.seats(pool)
    asked = treasury.propose_call(
        by=officer, pool_id=pool.pk, target_fen=6_500 * WAN, due_on=story.day + dt.timedelta(days=30),
        basis="资金池管理协议：余额低于约定规模时由各方按比例补足（演示设定）", on=story.day,
    )  # fmt: skip
    sign(approver, asked, story.day)


def _an_award(story: Story) -> None:
    """A bank's volume of a quarter of last year is awarded; that of the next quarter waits for the second person."""
    officer, approver = story.world.member("yzcz-officer"), story.world.member("yzcz-approver")
    for months, signed in ((12, True), (9, False)):
        first = add_months(story.this_month, -months)
        asked = propose_award(
            by=officer, bank=story.world.organisations["yz_bank"], measure_id="yuzhong-volume-demo@2025",
            first=first, last=add_months(first, 3) - dt.timedelta(days=1), on=story.day,
        )  # fmt: skip
        if signed:
            approve(by=approver, approval_id=asked.pk)


def _agree(story: Story, pool: Pool, terms: Any) -> None:
    officer, approver = story.seats(pool)
    approve(by=approver, approval_id=pools.propose_limit(by=officer, pool=pool, terms=terms).pk)


def _near(story: Story, pool: Pool) -> None:
    """The pool's exposure comes near what two persons have now agreed: rounded up to ten million yuan."""
    used = fen_of(Limit.objects.get(pool=pool, scope="pool_exposure").used)
    part, whole = NEAR
    fen = -(-used * whole // part // (1_000 * WAN)) * 1_000 * WAN
    _agree(story, pool, pools.LimitTerms("pool_exposure", fen, "本年度合作规模（演示设定）"))


def _reached(story: Story, pool: Pool) -> None:
    """The year's budget for one bank is cut to what it has used."""
    agreement = Agreement.objects.get(pool=pool, bank=story.world.organisations["yh_bank"])
    rows = Limit.objects.filter(agreement=agreement, scope="bank_year_payout", year=story.day.year)
    used = fen_of(rows.get().used) or WAN
    _agree(
        story,
        pool,
        pools.LimitTerms(
            "bank_year_payout", used, "预算调剂：调减至已使用额（演示设定）", agreement, story.day.year
        ),
    )


def _deferred(story: Story, pool: Pool) -> None:
    """A complete claim for which the limit leaves no room waits in the queue."""
    officer, _ = story.seats(pool)
    filed = Claim.objects.filter(
        enrolment__agreement__pool=pool, enrolment__agreement__bank=story.world.organisations["yh_bank"],
        state=Claim.State.FILED, notices=None,
    )  # fmt: skip
    claims.defer(by=officer, claim_id=filed.earliest("filed_on", "number").pk, on=story.day)
