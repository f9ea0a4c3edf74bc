"""Subsidies of the demonstration: a measure of the city, one call decided and paid, one open, one without applications.

The measure is written for the demonstration and says so; the real measures of other cities are loaded beside it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finance.loans import queries as loans
from finance.parties.actions import enrol_person, propose_payee_account, record_fact
from finance.subsidies import actions
from finance.subsidies.models import Application
from kernel.days import add_months
from kernel.policystore.actions import keep_draft, propose_publication
from kernel.work.approvals import approve
from portal.demo.telling import Story, noon, sign
from portal.demo.world import enrol_owner

if TYPE_CHECKING:
    from finance.loans.models import Loan
    from finance.parties.models import Membership, Organisation
    from finance.subsidies.models import SubsidyCall
    from kernel.policystore.models import PolicyVersion

_TEXT = (Path(__file__).parent / "cq-demo-interest.yaml").read_text(encoding="utf-8")
_KNOWN = {"applicant.joint_punishment": "false"}
PAID_AGO, OPEN_AGO = 3, 1  # months since the calls opened
FIRMS = 4  # of those that have paid off a loan


def tell(story: Story) -> None:
    """After the loans and their returns have been told."""
    settled = _settled(story)
    firms = list(dict.fromkeys(loan.borrower for loan in settled))[:FIRMS]
    measure = _publish(story, add_months(story.this_month, -(PAID_AGO + 1)))
    owners = {firm.pk: _owner(story, firm, number) for number, firm in enumerate(firms, 1)}
    for firm in firms:
        for name, value in _KNOWN.items():
            record_fact(
                by=None, enterprise=firm, name=name, value=value, about=story.day - dt.timedelta(days=200),
                source="市公共信用信息平台查询（演示）",
            )  # fmt: skip
    first = add_months(story.this_month, -PAID_AGO) + dt.timedelta(days=4)
    early = [loan for loan in settled if _settled_on(loan) < first and loan.borrower_id in owners]
    done = _decided(story, measure, early, owners, first)
    _open_now(story, measure, [loan for loan in settled if loan.pk not in done], owners)


def _settled(story: Story) -> list[Loan]:
    """Loans of the district's pool that were paid off on time, the earliest first."""
    officer, _ = story.seats(story.pools[0])
    seen = loans.loans(viewer=officer, on=story.day).filter(latest_return__settled_on__isnull=False)
    return list(seen.order_by("latest_return__settled_on", "bank_loan_no"))


def _settled_on(loan: Loan) -> dt.date:
    assert loan.latest_return is not None, "asked of settled loans"
    assert loan.latest_return.settled_on is not None, "asked of settled loans"
    return loan.latest_return.settled_on


def _publish(story: Story, first: dt.date) -> PolicyVersion:
    officer, approver = story.seats(story.pools[0])
    text = _TEXT.format(year=first.year)
    draft = keep_draft(by=officer, kind="subsidy", text=text, name=f"cq-demo-{first.year}.yaml")
    published: PolicyVersion = sign(approver, propose_publication(by=officer, version_id=draft.pk), first)
    return published


def _owner(story: Story, firm: Organisation, number: int) -> Membership:
    """Somebody of the firm who may apply, with an account on which two of them have it paid."""
    held = [member for member in story.world.members.values() if member.organisation == firm]
    owner = held[0] if held else enrol_owner(firm, f"owner-s{number}", f"演示企业主{number}")
    story.world.members.setdefault(owner.account.username, owner)
    second = enrol_person(
        organisation=firm, role="owner", name=f"演示财务{number}", username=f"owner-s{number}-2"
    )
    story.world.members[second.account.username] = second
    account = propose_payee_account(
        by=owner,
        holder=firm.name,
        bank_name="渝州银行营业部",
        number=f"62225001030{number:02d}0{number}{number}",
    )
    approve(by=second, approval_id=account.pk)
    return owner


def _apply(by: Membership, call: SubsidyCall, loan: Loan, on: dt.date, **more: Any) -> Application:
    draft = actions.draft_application(by=by, call_id=call.pk, loan_id=loan.pk, on=on)
    actions.state_facts(by=by, application_id=draft.pk, stated=more, on=on)
    return actions.file_application(by=by, application_id=draft.pk, on=on, at=noon(on))


def _pass(story: Story, application: Application, on: dt.date) -> None:
    officer, _ = story.seats(story.pools[0])
    for path in application.facts.filter(standing="stated").values_list("path", flat=True).distinct():
        actions.judge_fact(
            by=officer,
            application_id=application.pk,
            path=path,
            standing="confirmed",
            reason="已核对企业提交的原件",
            on=on,
        )
    actions.review(by=officer, application_id=application.pk, granted={}, text="", on=on)


def _decided(
    story: Story, measure: PolicyVersion, early: list[Loan], owners: dict[Any, Membership], first: dt.date
) -> set[Any]:
    """A call of some months ago: applied for, passed, published, granted out of a pool that was a little short, paid; one
    payment came back."""
    officer, approver = story.seats(story.pools[0])
    call = actions.open_call(
        by=officer, policy=measure, title=f"{first.year}年第一批贴息申报", opens_on=first,
        closes_on=first + dt.timedelta(days=14), public_days=5, cure_days=5, on=first, pool_fen=100_000_00,
        basis="演示设定",
    )  # fmt: skip
    on = first + dt.timedelta(days=3)
    filed = [
        _apply(
            owners[loan.borrower_id], call, loan, on, **{"fees.appraisal": "12000.00"} if number == 0 else {}
        )
        for number, loan in enumerate(early[:3])
    ]
    for application in filed:
        _pass(story, application, on + dt.timedelta(days=7))
    closing = first + dt.timedelta(days=15)
    actions.close_call(by=officer, call_id=call.pk)
    if not filed:
        actions.cancel_call(by=officer, call_id=call.pk, on=closing)
        return set()
    plan = actions.draw_plan(by=officer, call_id=call.pk, on=closing)
    sign(approver, actions.propose_publication(by=officer, plan_id=plan.pk), closing)
    plan.refresh_from_db()
    assert plan.objections_until is not None, "it is public"
    granting = plan.objections_until + dt.timedelta(days=1)
    sign(approver, actions.propose_award(by=officer, plan_id=plan.pk, on=granting), granting)
    paying = granting + dt.timedelta(days=2)
    file = sign(approver, actions.propose_payment(by=officer, call_id=call.pk), paying)
    answers = [
        actions.Answered(payment.seq, payment.seq != file.count or file.count == 1, paying + dt.timedelta(days=1),
            f"GK{paying:%m%d}{payment.seq:03d}", "" if payment.seq != file.count or file.count == 1 else "收款账户户名不符")
        for payment in file.payments.order_by("seq")
    ]  # fmt: skip
    actions.enter_results(by=officer, file_id=file.pk, answers=answers, on=paying + dt.timedelta(days=1))
    return {application.loan_id for application in filed}


def _open_now(story: Story, measure: PolicyVersion, left: list[Loan], owners: dict[Any, Membership]) -> None:
    """Two calls that run: one with an application to look at and one sent back, one whose list was built from returns."""
    officer, _ = story.seats(story.pools[0])
    opened = story.by_now(add_months(story.this_month, -OPEN_AGO) + dt.timedelta(days=9))
    closes = story.day + dt.timedelta(days=30)
    call = actions.open_call(
        by=officer, policy=measure, title=f"{opened.year}年第二批贴息申报", opens_on=opened, closes_on=closes,
        public_days=5, cure_days=5, on=opened, pool_fen=200_000_00, offices=["税务局"], basis="演示设定",
    )  # fmt: skip
    own = [loan for loan in left if loan.borrower_id in owners]
    filed = [_apply(owners[loan.borrower_id], call, loan, opened) for loan in own[:2]]
    if len(filed) > 1:
        actions.give_notice(
            by=officer,
            application_id=filed[1].pk,
            items=["还款证明没有银行盖章", "请补评估发票，或撤回评估费补助"],
            on=story.day,
        )
    unasked = actions.open_call(
        by=officer, policy=measure, title=f"{opened.year}年贴息免申即享", opens_on=opened, closes_on=closes,
        public_days=5, cure_days=5, on=opened, unasked=True, basis="演示设定",
    )  # fmt: skip
    actions.build_list(by=officer, call_id=unasked.pk, on=story.day)
