"""Who knows what stands in a scorecard file, told to the store of versions.

A card's family is its id without the year. From its own first day a version takes over from every version of its family that
began before. The hand-worked cases inside a file are run; without one that comes out a draft is not published.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finance.parties.seats import permit
from kernel.errors import Problem
from kernel.policystore.actions import Checked, Keeper, keeps
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from kernel.policystore.rules import Stated
from valuation.examples import cases_in, run_cases
from valuation.loading import load_scorecard

if TYPE_CHECKING:
    from valuation.terms import Scorecard

DRAFTS, PUBLISHES = "finance_bureau.officer", "finance_bureau.approver"
SCORECARD = PolicyVersion.Kind.SCORECARD


def read_card(text: str) -> Checked:
    """A card's text, checked, with its cases run; cases that do not come out keep it from publication."""
    card = load_scorecard(text)
    return checked_card(card, blocks=tuple(case_problems(card)))


def checked_card(card: Scorecard, blocks: tuple[Problem, ...] = ()) -> Checked:
    """What the store keeps of a card."""
    family = card.id.partition("@")[0]
    return Checked(card.id, family, card.title, card.first, card.last, card.evidence, card.digest, blocks)


def case_problems(card: Scorecard) -> list[Problem]:
    """Every case of the card that does not come out, figure by figure; or that it has none."""
    cases = cases_in(card.document)
    if not cases:
        return [Problem("cases", "没有算例", "写至少一个手工核算的企业，与文件一起存档", "no_case")]
    return [
        Problem(
            f"算例 {case.title or case.id}",
            "；".join(f"{one.path} 应为 {one.expected}，算得 {one.found}" for one in case.differences),
            "请更正算例或评分卡；算例全部相符方可发布",
            "example",
        )
        for case in run_cases(card, cases)
        if not case.passed
    ]


def family_of_cards(family: str, draft: str | None) -> Sequence[Stated]:
    """What the published versions of a card state of their days, with a draft beside them."""
    texts = list(published(SCORECARD).filter(family=family).values_list("text", flat=True))
    cards = [load_scorecard(text) for text in (*texts, *([draft] if draft is not None else []))]
    return [
        Stated(
            card.id,
            card.first,
            card.last,
            frozenset(other.id for other in cards if other.first < card.first),
        )
        for card in cards
    ]


def may_draft(by: Any) -> None:
    """A bureau's officer prepares."""
    permit(by, DRAFTS)


def may_publish(by: Any) -> None:
    """A bureau's approver publishes."""
    permit(by, PUBLISHES)


keeps(SCORECARD, Keeper(read_card, family_of_cards, may_draft, may_publish))
