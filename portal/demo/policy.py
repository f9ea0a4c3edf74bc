"""Policy in the demonstration: a version published and adopted, a stop-loss line met and lifted, facts, a faulty draft."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.days import add_months
from kernel.policystore.actions import keep_draft, propose_publication
from kernel.work.approvals import approve
from portal.demo.setting import POOLS
from portal.demo.telling import Story, sign
from riskpool.claims.models import Claim
from riskpool.pools import actions as pools
from riskpool.pools.models import Agreement

if TYPE_CHECKING:
    from riskpool.pools.models import Pool

ADOPTED_AGO = 5  # months
NPL_RATES = {4: "0.0312", 3: "0.0268", 0: "0.0241"}  # what the bank states of all its loans, by months ago
_TEXT = (Path(__file__).parent / "chongqing-knowledge-value.yaml").read_text(encoding="utf-8")
_FAMILY = "chongqing-knowledge-value"


def before_month(story: Story, months_ago: int) -> None:
    """The bureau publishes a version of its own and lets one bank's agreement follow it from a first of a month."""
    if months_ago != ADOPTED_AGO:
        return
    pool, first = story.pools[0], add_months(story.this_month, -months_ago)
    officer, approver = story.seats(pool)
    text = _TEXT.format(year=first.year, first=first, before=f"{_FAMILY}@2017", bank="250000.00")
    draft = keep_draft(by=officer, kind="scheme", text=text, name=f"{_FAMILY}@{first.year}.yaml")
    published = sign(approver, propose_publication(by=officer, version_id=draft.pk), first)
    bearers = next(terms["bearers"] for terms in POOLS if terms["code"] == pool.code)
    terms = pools.AdoptionTerms(published, first, bearers)
    agreement = _agreement(story, pool)
    sign(approver, pools.propose_adoption(by=officer, agreement=agreement, terms=terms), first)


def after_month(story: Story, months_ago: int) -> None:
    """The bank states its rate of bad loans, and the pool's lines are looked at: met one month, lifted the next."""
    if months_ago not in NPL_RATES:
        return
    pool = story.pools[0]
    on = story.by_now(add_months(story.this_month, -months_ago) + dt.timedelta(days=9))
    maker, checker = story.world.member("yz-maker"), story.world.member("yz-checker")
    about = on.replace(day=1) - dt.timedelta(days=1)
    terms = pools.FactTerms(
        "bank.npl_rate_all", NPL_RATES[months_ago], about, f"{about:%Y年%m月}监管报表 G11 第1行", "SEEN",
        agreement=_agreement(story, pool),
    )  # fmt: skip
    approve(by=checker, approval_id=pools.propose_fact(by=maker, pool=pool, terms=terms, on=on).pk)
    pools.watch_pool(by=None, pool_id=pool.pk, on=on)
    if months_ago == 0:
        _written_off(story, pool, on)


def _written_off(story: Story, pool: Pool, on: dt.date) -> None:
    """The bureau states that the loan of its oldest settled claim has been written off; another statement waits."""
    officer, approver = story.seats(pool)
    paid = Claim.objects.filter(enrolment__agreement__pool=pool, state=Claim.State.PAID).order_by("number")
    for nth, claim in enumerate(paid.select_related("enrolment__loan")[:2]):
        loan = claim.enrolment.loan
        source = f"呆账核销批复〔{on.year}〕{nth + 17}号"
        terms = pools.FactTerms("loan.written_off", "true", on, source, "SEEN", loan=loan)
        asked = pools.propose_fact(by=officer, pool=pool, terms=terms, on=on)
        if nth == 0:
            approve(by=approver, approval_id=asked.pk)


def leave_a_draft(story: Story) -> None:
    """Next year's text lies on the desk; its worked example does not come out, so that it cannot be published yet."""
    officer, _ = story.seats(story.pools[0])
    year = story.day.year + 1
    before = f"{_FAMILY}@{add_months(story.this_month, -ADOPTED_AGO).year}"
    text = _TEXT.format(year=year, first=dt.date(year, 1, 1), before=before, bank="250000.01")
    keep_draft(by=officer, kind="scheme", text=text, name=f"{_FAMILY}@{year}.yaml")


def _agreement(story: Story, pool: Pool) -> Agreement:
    return Agreement.objects.get(pool=pool, bank=story.world.organisations["yz_bank"])
