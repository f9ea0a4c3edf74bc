"""Scores of the demonstration: borrowers of the first bank allow it to score them. All were scored twice before the loans
whose windows are over by now (`validation`), a dozen of them once more this year, and today.

Firms whose loans went bad were weaker from the start, as they would be; one keeps its credit record to itself, one disputes
an input, one asks for a person, one grade is changed by two persons. The figures are made up with a fixed seed.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

from finance.loans.models import Loan
from portal.demo import validation
from portal.demo.telling import Story, sign
from portal.demo.world import enrol_owner
from valuation.cards.queries import card_for
from valuation.scores import actions
from valuation.scores.published import sources
from valuation.scores.queries.gathering import adoptable
from valuation.scores.rules import Stated

if TYPE_CHECKING:
    from collections.abc import Collection

    from finance.parties.models import Membership, Organisation
    from valuation.terms import Scorecard

FIRMS, OF_OLD = 12, 18
"""So many firms are scored to this day, and so many were scored in the year before: whoever borrowed then."""
BEFORE_DAYS = 300
LIKELY, UNLIKELY = 0.78, 0.38  # how far up its scale a sound firm stands, and one whose loan went bad
ODD = {"firm_age", "rd_intensity"}  # read by hand: more is not simply better


def tell(story: Story) -> None:
    """After the loans, their returns and the log-ins have been told."""
    chance, of_old = random.Random(20261206), random.Random(20250624)
    bank, maker = story.world.organisations["yz_bank"], story.world.member("yz-maker")
    _, _, card = card_for(None, story.day)
    validation.publish_card_of_old(story)
    lately = max(card.first + dt.timedelta(days=7), story.day - dt.timedelta(days=BEFORE_DAYS))
    days = (*validation.days_of_old(story), lately, story.day)
    made, rows = 0, []
    for number, firm in enumerate(_borrowers(story, bank)):
        owner = _owner(story, firm, number)
        kinds = [source.id for source in sources().asked_for if number != 1 or source.id != "credit_bureau"]
        last_day = story.day + dt.timedelta(days=sources().default_days)
        actions.give_consent(by=owner, receiver=bank, kinds=kinds, last_day=last_day, on=days[0])
        strength = _strength(bank, firm, chance if number < FIRMS else of_old)
        for day in days if number < FIRMS else days[:-2]:
            dice = of_old if day in days[:-2] else chance
            stated = [("", firm.credit_code, row) for row in _figures(card, strength, number, day, dice)]
            if dice is of_old:  # then the bank had asked for the figures itself, for what it may ask
                asked = [one for one in stated if _may_ask(one[2].item, kinds)]
                actions.record_inputs(by=maker, rows=asked, on=day)
            else:
                actions.record_inputs(by=owner, rows=stated, on=day)
                proven = [row.pk for row in adoptable(viewer=maker, enterprise=firm, on=day)]
                actions.adopt_inputs(by=maker, enterprise=firm, facts=proven, on=day)
            row = actions.score_enterprise(by=maker, enterprise=firm, on=day)
            if day == story.day:
                rows.append(row)
            made += 1
        if number < FIRMS:
            actions.score_enterprise(by=owner, enterprise=firm, on=story.day)
    _voices(story, rows, maker)
    story.say(f"评分：{made} 份")


def _may_ask(item: str, kinds: Collection[str]) -> bool:
    source = sources().of(item)
    return not source.consent or source.id in kinds


def _borrowers(story: Story, bank: Organisation) -> list[Organisation]:
    """Those with a log-in first, then by the order of their loans."""
    loans = Loan.objects.filter(bank=bank, borrower__region__startswith="50").select_related("borrower")
    firms = list(dict.fromkeys(loan.borrower for loan in loans.order_by("filed_on", "bank_loan_no")))
    known = story.world.members.get("owner-cq")
    own = [known.organisation] if known else []
    return [*own, *(firm for firm in firms if firm not in own)][:OF_OLD]


def _owner(story: Story, firm: Organisation, number: int) -> Membership:
    held = [member for member in story.world.members.values() if member.organisation == firm]
    owner = held[0] if held else enrol_owner(firm, f"owner-p{number}", f"演示负责人{number}")
    story.world.members.setdefault(owner.account.username, owner)
    return owner


def _strength(bank: Organisation, firm: Organisation, chance: random.Random) -> float:
    bad = Loan.objects.filter(bank=bank, borrower=firm, latest_return__overdue_since__isnull=False).exists()
    return min(max(chance.gauss(UNLIKELY if bad else LIKELY, 0.12), 0.05), 0.98)


def _figures(
    card: Scorecard, strength: float, number: int, day: dt.date, chance: random.Random
) -> list[Stated]:
    """A stated row for every item: the stronger a firm, the better its bins; some were asked and nothing was there."""
    known = (day - dt.timedelta(days=chance.randint(1, 12))).isoformat()
    rows = [Stated("firm_age", "", "value", str(2 + number % 9), "市场监管登记", known)]
    for name, (indicator, scale) in card.inputs.items():
        if name in ODD or (name == "rd_cost_share"):
            continue
        if number == 2 and name in ("ip_family", "ip_citations", "rd_staff"):
            continue  # nobody asked
        value = _value(scale, strength, chance)
        state = "value" if value else "queried_none"
        rows.append(Stated(name, "", state, value, f"{indicator.source}（演示）"[:200], known))
    rows.append(
        Stated("rd_intensity", "", "value", f"{1 + 6 * strength:.1f}", "研发费用辅助账（演示）", known)
    )
    revenue = str(int(4_000_000 + 30_000_000 * strength))
    rows += [
        Stated("firm.revenue_12m", "", "value", revenue, "增值税申报（演示）", known),
        Stated("firm.dishonest", "", "value", "否", "信用公示系统（演示）", known),
        Stated("firm.overdue_days_now", "", "value", "0", "征信报告（演示）", known),
    ]
    return rows + _right(number, strength, known)


def _value(scale: Any, strength: float, chance: random.Random) -> str:
    """A word or a figure of the bin at about that place among the bins from worst to best; nothing for nought."""
    ranked = sorted(scale.choices, key=lambda choice: choice[1])
    place = min(max(round(strength * (len(ranked) - 1) + chance.uniform(-0.7, 0.7)), 0), len(ranked) - 1)
    label = ranked[place][0]
    if scale.words:
        return str(label)
    hit = next(one for one in scale.bins if str(one) == label)
    low = hit.low if hit.low is not None else scale.allowed.low
    return str(max(low, scale.allowed.low))


def _right(number: int, strength: float, known: str) -> list[Stated]:
    """One invention with its product."""
    right, product = f"ZL2018107{number:05d}", "主导产品"
    said = {
        "right.kind": "invention", "right.product": product, "right.technology": "machinery",
        "right.holder_is_pledgor": "是", "right.encumbered": "否", "right.lapsed": "否", "right.abnormal": "否",
        "right.disputed": "否", "right.legal_years_left": f"{6 + number % 7}", "right.annual_fee": "2000",
    }  # fmt: skip
    rows = [Stated(name, right, "value", value, "专利登记簿（演示）", known) for name, value in said.items()]
    rows += [
        Stated(name, right, "queried_none", "", "专利登记簿（演示）", known)
        for name in ("right.months_since_transfer", "right.coowners_agree", "right.from_related_party")
    ]
    sales = str(int(2_000_000 + 12_000_000 * strength))
    return [
        *rows,
        Stated("product.revenue_12m", product, "value", sales, "增值税发票（演示）", known),
        Stated("product.growth_percent", product, "value", "8", "增值税发票（演示）", known),
    ]


def _voices(story: Story, rows: list[Any], maker: Membership) -> None:
    """Lines, an override by two persons, a dispute that waits, a person's look that was given."""
    for row in rows[:6]:
        actions.quote_line(
            by=maker, score_id=row.pk, asked={"request_wan": "300", "compensation_share": "0.8"}, on=story.day
        )
    usable = next((row for row in rows if row.usable and row.letter in ("A", "B", "C")), None)
    if usable is not None:
        asked = actions.propose_override(
            by=maker, score_id=usable.pk, grade="D1", reason="现场走访：主要客户合同到期未续"
        )
        sign(story.world.member("yz-checker"), asked, story.day)
    owner = _owner(story, rows[0].enterprise, 0)
    actions.dispute_input(
        by=owner,
        score_id=rows[0].pk,
        item="fin_leverage",
        says="年报已更正，资产负债率应为 46%",
        on=story.day,
    )
    place = min(3, len(rows) - 1)
    asker = _owner(story, rows[place].enterprise, place)
    review = actions.ask_review(
        by=asker, score_id=rows[place].pk, says="新签两年期订单未计入，请人工复核", on=story.day
    )
    actions.answer_review(
        by=maker, review_id=review.pk, words="已核订单合同，额度按人工意见另行审批；待下季数据重评。", on=story.day
    )  # fmt: skip
