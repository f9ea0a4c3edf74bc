"""What the demonstration's bank can say of its model: a card of the year before whose loans have been watched to the end.

Under the card in force nobody can have an outcome for a year, so a bureau has published the same card for the year before,
and the bank scored its firms under it before it lent. What came of that is fitted and reported by the product's own actions;
with these few defaults the ladder lets nothing be fitted but each grade's default rate, and the pages say so.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.days import add_months
from kernel.policystore.actions import keep_draft, propose_publication
from portal.demo.telling import Story, sign
from valuation.cards.queries import card_for
from valuation.validation import actions

if TYPE_CHECKING:
    from kernel.policystore.models import PolicyVersion

SCORED_AGO = (17, 14)
"""In these months before this one the firms were scored, each before half a year of lending."""
DAY_OF_MONTH = 24
_CASES = (Path(__file__).parent / "card-of-the-year-before.yaml").read_text(encoding="utf-8")


def days_of_old(story: Story) -> tuple[dt.date, ...]:
    """When the firms were scored before the loans whose windows are over by now."""
    return tuple(add_months(story.this_month, -ago) + dt.timedelta(days=DAY_OF_MONTH) for ago in SCORED_AGO)


def publish_card_of_old(story: Story) -> None:
    """The bureau's two persons publish the shipped card for the year of the first of those days, if it was not in force."""
    version, _, card = card_for(None, story.day)
    first = days_of_old(story)[0]
    if first >= card.first:
        return
    family = version.family
    said = f"from: {card.first}, to: null"
    assert said in version.text, "the shipped card says since when it is in force"
    text = version.text.replace(f"id: {version.version}", f"id: {family}@{first.year}", 1)
    text = text.replace(said, f"from: {first.year}-01-01, to: null", 1)
    text += _CASES.format(on=first)
    officer, approver = story.world.member("cq-officer"), story.world.member("cq-approver")
    draft = keep_draft(by=officer, kind="scorecard", text=text, name=f"{family}@{first.year}.yaml")
    sign(approver, propose_publication(by=officer, version_id=draft.pk), first)


def tell(story: Story) -> None:
    """After the scores: a fit and a signed report on the year before, and a report on the card in force that waits."""
    maker, checker = story.world.member("yz-maker"), story.world.member("yz-checker")
    version, _, card = card_for(None, story.day)
    before, *_ = days_of_old(story)
    old, _, _ = card_for(None, before)
    ended = min(card.first - dt.timedelta(days=1), story.day) if old != version else story.day
    actions.fit(by=maker, version=old, begins=before, ends=ended)
    told = actions.make_report(by=maker, version=old, begins=before, ends=ended)
    known, bads = (told.report["population"][key] for key in ("outcome_known", "bads"))
    words = (
        f"结果已知只有 {known} 户次、违约 {bads}，分不清模型好坏；先作排序参考，每季度补充结果后再出报告。"
    )
    actions.sign(by=checker, report=told, verdict="conditions", words=words, on=story.day)
    if old != version:
        _of_today(story, version, card.first)
    story.say(f"模型验证：拟合一次，报告两份；上一年评分结果已知 {known} 户次，违约 {bads}")


def _of_today(story: Story, version: PolicyVersion, first: dt.date) -> None:
    """On the card in force: who was scored, with what; of outcomes nothing yet."""
    actions.make_report(
        by=story.world.member("yz-maker"), version=version, begins=max(first, story.day - dt.timedelta(days=365)),
        ends=story.day,
    )  # fmt: skip
