"""The district's measure, two enterprises with a settled loan each, and their applications on the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from finance.loans import actions as loans
from finance.loans.models import Loan
from finance.loans.rules import StatedReturn
from finance.parties.actions import enrol_person, propose_payee_account
from finance.parties.models import Membership
from finance.subsidies import actions
from finance.subsidies.keepers import SUBSIDY, read_policy
from finance.subsidies.models import Application, SubsidyCall
from kernel.calendars.actions import load_calendars
from kernel.money.fields import fen_of
from kernel.policystore.actions import settle_spans, ship
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import approve
from kernel.work.models import Approval
from tests.cast import Cast, House
from tests.loans.stated import stated_loan

ON = dt.date(2026, 11, 20)
LENT, SETTLED = dt.date(2026, 6, 10), dt.date(2026, 10, 9)

MEASURE = """
policy:
  id: cq-yuzhong-2026
  title: 渝中区知识产权质押贷款贴息办法（测试）
  issuer: [重庆市渝中区财政局]
  region: {code: '500103', name: 重庆市渝中区, level: district}
  effective: {from: 2026-01-01, to: null, version_picked_by: application_date}
  evidence: assumed
  sources: [{url: 测试, seen: 全文}]
  eligibility:
  - {id: region, fact: applicant.region, op: within, value: '500103', reason: 须在渝中区登记, ref: 第三条}
  - {id: settled, fact: loan.settled_on, op: exists, reason: 须已还清贷款, ref: 第四条}
  - {id: on_time, fact: loan.overdue_days, op: lte, value: 0, reason: 须按期还款, ref: 第四条}
  - {id: honest, fact: applicant.joint_punishment, op: eq, value: false, reason: 未被列入联合惩戒, ref: 第五条}
  benefits:
  - id: interest
    payee: enterprise
    base: {kind: interest_paid, share: ip_share}
    factor: '0.50'
    ref: 第六条
  - id: guarantee
    payee: guarantor
    discretion: ceiling
    base: {kind: fee_paid, fee: guarantee}
    factor: '0.50'
    cap: '5000'
    ref: 第七条
  limits:
  - {id: year, over: [interest], scope: [enterprise], window: application_year, max: '6000'}
  budget: {pool: '100000', window: calendar_year, over: pro_rata, rounding: largest_remainder}
tests:
- policy: cq-yuzhong-2026
  name: half of the interest on the share of the rights
  input:
    applicant: {region: '500103', joint_punishment: false}
    pledge: {ip_share: '0.60'}
    loan:
      draws: [[2026-06-10, '1000000']]
      settled_on: 2026-10-09
      rate: '0.0385'
    interest_paid: '12940.28'
  expect:
    status: eligible
    total: '3882.08'
    benefits: {interest: '3882.08'}
"""


def publish(text: str = MEASURE) -> PolicyVersion:
    """A measure as one that ships with the product."""
    checked = read_policy(text)
    assert not checked.blocks, checked.blocks
    ship(kind=SUBSIDY, text=text, checked=checked)
    settle_spans(kind=SUBSIDY, family=checked.family)
    return PolicyVersion.objects.get(kind=SUBSIDY, version=checked.version)


@dataclass
class Subsidies:
    """The people of the cast, the measure, and what they do."""

    cast: Cast
    measure: PolicyVersion

    @property
    def officer(self) -> Membership:
        return self.cast.district_bureau.officer

    @property
    def approver(self) -> Membership:
        return self.cast.district_bureau.approver

    def loan(self, house: House, number: str = "YC1", fen: int = 1_000_000_00, **other: Any) -> Loan:
        """A loan of bank A to an enterprise on a mark of its own, lent in June."""
        stated = stated_loan(
            bank_loan_no=number, contract_no=f"渝借〔2026〕{number}号", principal_fen=fen,
            borrower_name=house.organisation.name, credit_code=house.organisation.credit_code,
            pledge_number=f"Y2026980{number:0>6}",
            **({"pledge_kind": "trademark", "right_numbers": (f"700000{number[2:]}",)} | other),
        )  # fmt: skip
        return loans.enter_loan(
            by=self.cast.bank_a.checker, bank=self.cast.bank_a.organisation, stated=stated, on=ON
        )

    def settle(self, loan: Loan, paid_fen: int = 12_940_28, settled_on: dt.date = SETTLED) -> Loan:
        """Its returns from June to October: all interest in the last, paid off on a day."""
        for month in range(LENT.month, settled_on.month + 1):
            last = month == settled_on.month
            stated = StatedReturn(
                bank_loan_no=loan.bank_loan_no, period=dt.date(2026, month, 1),
                balance_fen=0 if last else fen_of(loan.terms.principal), overdue_since=None,
                interest_paid_fen=paid_fen if last else 0, grade="normal", settled_on=settled_on if last else None,
            )  # fmt: skip
            loans.enter_return(
                by=self.cast.bank_a.checker, bank=self.cast.bank_a.organisation, stated=stated, on=ON
            )
        loan.refresh_from_db()
        return loan

    def account(self, house: House, number: str = "6222021234567890") -> None:
        """A second owner joins, and the two register the account on which the enterprise is paid."""
        second = enrol_person(
            organisation=house.organisation, role=house.member.role, name="副总",
            username=f"second-{house.organisation.code}", password="知融测试口令-2026",
        )  # fmt: skip
        asked = propose_payee_account(
            by=house.member, holder=house.organisation.name, bank_name="渝中甲银行", number=number
        )
        approve(by=second, approval_id=asked.pk)

    def open(self, **other: Any) -> SubsidyCall:
        terms: dict[str, Any] = {
            "policy": self.measure, "title": "2026年贴息申报", "opens_on": ON, "closes_on": dt.date(2026, 12, 31),
            "public_days": 5, "cure_days": 5, "on": ON,
        }  # fmt: skip
        return actions.open_call(by=self.officer, **(terms | other))

    def apply(self, house: House, call: SubsidyCall, loan: Loan | None, **stated: Any) -> Application:
        """Drafted, what the platform does not know stated, handed in."""
        drafted = actions.draft_application(
            by=house.member, call_id=call.pk, loan_id=loan.pk if loan else None, on=ON
        )
        facts = {"applicant.joint_punishment": False, **stated}
        actions.state_facts(by=house.member, application_id=drafted.pk, stated=facts, on=ON)
        return actions.file_application(by=house.member, application_id=drafted.pk, on=ON)

    def pass_(self, application: Application, granted: dict[str, int] | None = None) -> Application:
        """The officer confirms what was stated and passes the application."""
        for path in ("applicant.joint_punishment", "fees.guarantee"):
            if application.facts.filter(path=path, standing="stated").exists():
                actions.judge_fact(
                    by=self.officer, application_id=application.pk, path=path, standing="confirmed",
                    reason="信用中国查询单 2026-11-20", on=ON,
                )  # fmt: skip
        return actions.review(
            by=self.officer, application_id=application.pk, granted=granted or {}, text="", on=ON
        )

    def sign(self, asked: Approval, at: dt.datetime | None = None) -> Any:
        return approve(by=self.approver, approval_id=asked.pk, at=at)


def open_subsidies(cast: Cast, measure: str = MEASURE) -> Subsidies:
    """With the calendars that the State Council has announced: public days are counted in no other."""
    load_calendars(sorted((settings.POLICIES_DIR / "calendars").glob("[!_]*.yaml")))
    return Subsidies(cast, publish(measure))


def two_firms(cast: Cast, measure: str = MEASURE) -> Subsidies:
    """The measure, two enterprises with a settled loan and an account each."""
    room = open_subsidies(cast, measure)
    for number, house in (("YC1", cast.enterprise_a), ("YC2", cast.enterprise_b)):
        room.settle(room.loan(house, number))
        room.account(house, f"62220212345678{number[-1]}0")
    return room


AT_NOON, AFTER = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC), dt.datetime(2026, 11, 30, 4, tzinfo=dt.UTC)


def in_every_state(cast: Cast) -> None:
    """Enterprise A was paid under one call, has a draft under another; enterprise B has filed there. For whoever looks."""
    room = two_firms(cast)
    houses = {"YC1": cast.enterprise_a, "YC2": cast.enterprise_b}
    loans = {
        number: house.organisation.loans_taken.get(bank_loan_no=number) for number, house in houses.items()
    }
    done = room.open(pool_fen=3_000_00)
    room.pass_(room.apply(cast.enterprise_a, done, loans["YC1"]))
    actions.close_call(by=room.officer, call_id=done.pk)
    plan = actions.draw_plan(by=room.officer, call_id=done.pk, on=ON)
    room.sign(actions.propose_publication(by=room.officer, plan_id=plan.pk), at=AT_NOON)
    actions.object_to(
        by=room.officer, plan_id=plan.pk, said_by="匿名", text="该企业已停产", received_on=ON, on=ON
    )
    actions.answer_objection(
        by=room.officer, objection_id=plan.objections.get().pk, upheld=False, text="经核实在营", on=ON
    )
    room.sign(actions.propose_award(by=room.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
    room.sign(actions.propose_payment(by=room.officer, call_id=done.pk), at=AFTER)
    again = room.open(title="第二批", offices=["税务局"])
    room.apply(cast.enterprise_b, again, loans["YC2"])
    actions.draft_application(by=cast.enterprise_a.member, call_id=again.pk, loan_id=None, on=ON)
