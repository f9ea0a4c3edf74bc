"""Evaluation-free credit of the demonstration: a bank's own parameters, and group credit for users of a regional mark."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from finance.loans.models import Loan
from finance.pledges import actions as pledges
from kernel.money.fields import fen_of
from portal.demo.setting import WAN
from portal.demo.telling import Story, sign
from valuation.cards.actions import propose_parameters
from valuation.facilities import actions

if TYPE_CHECKING:
    from finance.parties.models import Organisation

OPENED_AGO = 100
MARK, WORDS = "61570212", "缙云山茶"
WHY = "按使用人名册和往来记录核定，不按评分额度"


def tell(story: Story) -> None:
    """Two figures of the bank's own; a facility with three members, one linked draw, one that came back, one suspended."""
    maker, checker = story.world.member("yz-maker"), story.world.member("yz-checker")
    asked = propose_parameters(
        by=maker,
        values={"anchor_pd": "0.025", "pledge_rate.invention": "0.30"},
        since=story.day,
        on=story.day,
    )
    sign(checker, asked, story.day)
    opened = story.day - dt.timedelta(days=OPENED_AGO)
    holder, *users = _houses(story, opened)
    _group_credit(story, holder, users, opened)
    story.say("机构参数和一项集体授信已建立")


def _houses(story: Story, opened: dt.date) -> list[Organisation]:
    """Who holds the mark, and three who use it: the owner with a log-in, and two who borrowed of the bank since then."""
    owner = story.world.member("owner-cq").organisation
    loans = Loan.objects.filter(bank=story.world.organisations["yz_bank"]).exclude(borrower=owner)
    recent = [
        loan.borrower for loan in loans.filter(terms__disbursed_on__gte=opened).order_by("bank_loan_no")
    ]
    others = [loan.borrower for loan in loans.order_by("bank_loan_no")]
    first, second, holder = list(dict.fromkeys([*recent, *others]))[:3]
    return [holder, owner, first, second]


def _group_credit(story: Story, holder: Organisation, users: list[Organisation], opened: dt.date) -> None:
    maker, checker = story.world.member("yz-maker"), story.world.member("yz-checker")
    file = pledges.open_file(
        by=maker, kind="trademark", credit_code=holder.credit_code,
        window=story.world.organisations["cq_ip"], on=opened,
    )  # fmt: skip
    pledges.state_contents(by=maker, file_id=file.pk, contents=_contents(holder, users, opened), on=opened)
    asked = actions.propose_facility(
        by=maker, file_id=file.pk, right_number=MARK, total_fen=800 * WAN, first=opened,
        last=opened + dt.timedelta(days=365), purpose="鲜叶收购和加工周转", on=opened,
    )  # fmt: skip
    facility = sign(checker, asked, opened)
    members = []
    for house, limit in zip(users, (300, 500, 200), strict=True):
        asked = actions.propose_limit(
            by=maker,
            facility_id=facility.pk,
            credit_code=house.credit_code,
            limit_fen=limit * WAN,
            reason=WHY,
            on=opened,
        )
        members.append(sign(checker, asked, opened))
    _draws(story, facility, members, opened)
    actions.suspend(by=maker, member_id=members[2].pk, reason="停产检修，暂停用款", on=story.day)


def _draws(story: Story, facility: Any, members: list[Any], opened: dt.date) -> None:
    """A loan that the bank has filed, where one of a member fits, and two whose filing is still to come."""
    maker = story.world.member("yz-maker")
    for member in members[1:]:
        loans = Loan.objects.filter(
            bank=facility.bank, borrower=member.enterprise, terms__disbursed_on__gte=opened
        )
        for loan in loans.select_related("terms").order_by("bank_loan_no"):
            assert loan.terms is not None
            if fen_of(loan.terms.principal) <= fen_of(member.limit):
                actions.draw(
                    by=maker, member_id=member.pk, amount_fen=fen_of(loan.terms.principal), loan_no=loan.bank_loan_no,
                    day=loan.terms.disbursed_on, on=story.day,
                )  # fmt: skip
                break
    day = story.day - dt.timedelta(days=20)
    drawn = actions.draw(
        by=maker, member_id=members[0].pk, amount_fen=120 * WAN, loan_no="YZ70-JT-0001", day=day, on=story.day
    )
    actions.release(
        by=maker, draw_id=drawn.pk, amount_fen=40 * WAN, day=story.day - dt.timedelta(days=3), on=story.day
    )


def _contents(holder: Organisation, users: list[Organisation], on: dt.date) -> dict[str, Any]:
    """What the file says: a collective mark with its register of users; nothing is pledged by it."""
    since = (on - dt.timedelta(days=400)).isoformat()
    return {
        "contract": {"terms": [], "breaks_law": False},
        "filing": {"agent_used": False, "foreign_party": False, "foreign_papers": False},
        "rights": [
            {
                "number": MARK, "subtype": "collective", "status": "in_force", "owners": [{"name": holder.name}],
                "registered_on": (on - dt.timedelta(days=1500)).isoformat(), "preserved": False, "renewal_filed": False,
                "pledged_elsewhere": False, "mark": {"number": MARK, "words": WORDS, "classes": [30]},
                "users": [{"name": one.name, "credit_code": one.credit_code, "from": since} for one in users],
            }
        ],
        "owner_marks": [], "left_out": {},
    }  # fmt: skip
