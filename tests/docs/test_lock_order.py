"""docs/lock-order.md says what each action locks; here the actions are run and what they lock is written down."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from finance.intake import actions as intake
from finance.parties import actions as parties
from finance.pledges import actions as pledges
from finance.pledges.books import library
from finance.pledges.queries import of_making
from finance.subsidies import actions as subsidies
from kernel.days import today
from kernel.identifiers import new_id
from kernel.policystore import actions as policies
from kernel.statements.sheet import Stated
from kernel.work import outbox
from kernel.work.approvals import approve, decline
from riskpool.claims import actions as claims
from riskpool.claims.models import BankYear
from riskpool.pools import actions as pools
from riskpool.pools import enrolling
from riskpool.pools.models import AdoptedScheme, Agreement
from riskpool.treasury import actions as treasury
from riskpool.treasury.queries import open_lines
from riskpool.volumes import actions as volumes
from tests.books import PAPERS, TODAY, noon, open_books
from tests.cards.conftest import ship_the_card
from tests.cast import PASSWORD
from tests.facilities.ground import MILLION, WHY, granted, mark_file, user
from tests.intake.workbooks import few, monthly_return
from tests.pledges.filed import HANDED_IN, MARK, REGISTERED, SIGNED, UNTIL, Worked, sound
from tests.policies.texts import NEXT
from tests.subsidies.ground import ON, open_subsidies
from tests.treasury import bank
from valuation.cards import actions as parameters
from valuation.facilities import actions as facilities
from valuation.whitelists import actions as white_lists

pytestmark = pytest.mark.django_db
QINGDAO = ("qingdao-qianfan@2015", {"city": {"source": "city"}})
PAGE = Path(__file__).resolve().parents[2] / "docs" / "lock-order.md"
TABLES = {
    "work_outboxmessage": "message", "work_approval": "approval", "pools_pool": "pool", "pools_limit": "limits",
    "loans_loan": "loans", "pools_enrolment": "enrolment", "claims_claim": "claim",
    "ledger_ledgeraccount": "accounts", "parties_organisation": "organisation", "parties_membership": "membership",
    "intake_filing": "filing", "pools_agreement": "agreement", "policystore_policyversion": "draft",
    "pledges_registrationfile": "file", "subsidies_subsidycall": "call", "subsidies_application": "application",
    "subsidies_meter": "meters", "whitelists_whitelist": "white list", "facilities_facility": "facility",
    "facilities_facilitymember": "member", "facilities_draw": "draw",
}  # fmt: skip
HOUSE = ("approval", "pool", "agreement", "limits", "loans", "enrolment", "claim", "accounts")
OF_WHITE_LISTS = ("approval", "white list")
OF_FACILITIES = ("approval", "facility", "member", "draw")
OF_SUBSIDIES = ("approval", "organisation", "call", "application", "meters")
SEVERAL = {
    "white list",
    "limits",
    "loans",
    "enrolment",
    "accounts",
    "file",
    "organisation",
    "application",
    "meters",
}


class Watch:
    """Notes each lock that passes, in order, repeated ones once."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        lock = self._lock(sql, params)
        if lock and (not self.taken or self.taken[-1] != lock):
            self.taken.append(lock)
        return execute(sql, params, many, context)

    def _lock(self, sql: str, params) -> str:
        if "pg_advisory_xact_lock" in sql:
            named = re.search(r"hashtext\('([^']+)'", sql)
            word = named[1] if named else str(params[0])
            return f"“{re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}.*', '…', word)}”"
        if "AS counter" in sql:
            return "number"
        if not re.search(r"FOR (NO KEY )?UPDATE", sql):
            return ""
        table = re.search(r'FROM "(\w+)"', sql)
        assert table, sql
        name = TABLES[table[1]]
        assert "FOR NO KEY UPDATE" in sql or name == "message", f"a lock that foreign keys wait for: {sql}"
        several = name in SEVERAL and " IN (" in sql
        assert not several or "ORDER BY" in sql, f"several rows locked in no order: {sql}"
        return name


@contextmanager
def watched(found: dict[str, list[str]], name: str):
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield
    found[name] = watch.taken


def _story(cast) -> dict[str, list[str]]:
    """Every action that locks, run once, with what it locked."""
    found = _year_story(cast)
    bank_a, bureau = cast.bank_a, cast.district_bureau
    books = open_books(cast)
    books.set_limit("pool_year_payout", 9_000_000_00, year=TODAY.year)
    asked = pools.propose_contribution(
        by=bureau.officer,
        source=books.source("city"),
        fen=4_000_000_00,
        day=TODAY,
        reference="HD-1",
        on=TODAY,
    )
    with watched(found, "pools.contribute"):
        approve(by=bureau.approver, approval_id=asked.pk)
    books.pay_in("district", 6_000_000_00)
    terms = pools.LimitTerms("pool_exposure", 90_000_000_00, "约定")
    asked = pools.propose_limit(by=bureau.officer, pool=books.pool, terms=terms)
    with watched(found, "pools.set_limit"):
        approve(by=bureau.approver, approval_id=asked.pk)
    terms = pools.AgreementTerms(
        number="乙行协议", bank=cast.bank_b.organisation, signed_on=TODAY, valid_from=TODAY, valid_to=None,
        scheme=AdoptedScheme.objects.get(agreement=books.agreement).version,
        bearers=books.agreement.bearers, exposure_limit_fen=1_000_000_00, basis="约定",
    )  # fmt: skip
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    with watched(found, "pools.sign_agreement"):
        approve(by=bureau.approver, approval_id=asked.pk)
    fact = pools.FactTerms("pool.mutual_balance", "100", TODAY, "凭证", "SEEN")
    asked = pools.propose_fact(by=bureau.officer, pool=books.pool, terms=fact, on=TODAY)
    with watched(found, "pools.state_fact"):
        approve(by=bureau.approver, approval_id=asked.pk)
    with watched(found, "pools.watch_pool"):
        pools.watch_pool(by=bureau.officer, pool_id=books.pool.pk, on=TODAY)
    asked = parties.propose_payee_account(
        by=bank_a.maker, holder="甲银行", bank_name="营业部", number="6222000011113333"
    )
    with watched(found, "parties.change_payee"):
        approve(by=bank_a.checker, approval_id=asked.pk)

    loan = books.lend(500_000_00)
    with watched(found, "pools.enrol_loans"):
        enrolling.enrol_loans(by=None, loans=[loan], on=dt.date(2026, 3, 2))
    with watched(found, "pools.follow_returns"):
        enrolling.follow_returns(by=None, loans=[loan.pk], on=TODAY)
    bad = [books.bad_loan(500_000_00) for _ in range(3)]
    loss = {"principal": 500_000_00}
    with watched(found, "claims.file_claim"):
        claim = claims.file_claim(
            by=bank_a.maker, enrolment_id=bad[0].pk, loss=loss, evidence=PAPERS, on=TODAY, at=timezone.now()
        )
    with watched(found, "claims.accept"):
        claims.accept(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    with watched(found, "claims.propose_payment"):
        asked = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    with watched(found, "approvals.decline"):
        decline(by=bureau.approver, approval_id=asked.pk, reason="再核")
    asked = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    with watched(found, "claims.pay"):
        approve(by=bureau.approver, approval_id=asked.pk, at=noon(TODAY))
    with watched(found, "claims.issue_proof"):
        outbox.drain()
    asked = claims.propose_recovery(
        by=bureau.officer,
        claim_id=claim.pk,
        gross_fen=100_000_00,
        costs_fen=0,
        received_on=TODAY,
        note="处置",
        on=TODAY,
    )
    with watched(found, "claims.recover"):
        approve(by=bureau.approver, approval_id=asked.pk)
    asked = claims.propose_clawback(
        by=bureau.officer, claim_id=claim.pk, amount_fen=100_00, interest_fen=0, reason="不实", article="第九条", on=TODAY
    )  # fmt: skip
    with watched(found, "claims.clawback"):
        approve(by=bureau.approver, approval_id=asked.pk, at=noon(TODAY))
    asked = claims.propose_arrival(
        by=bureau.officer, claim_id=claim.pk, seq=1, amount_fen=100_00, received_on=TODAY, reference="TH",
        on=TODAY,
    )  # fmt: skip
    with watched(found, "claims.arrival"):
        approve(by=bureau.approver, approval_id=asked.pk)
    with watched(found, "claims.propose_settlement"):
        asked = claims.propose_settlement(
            by=bureau.officer, claim_id=claim.pk, stage="repair", recognised={"principal": 400_000_00},
            reasons={"principal": "核减"}, reason="检查缺失", article="第七条", on=TODAY,
        )  # fmt: skip
    with watched(found, "claims.settle"):
        approve(by=bureau.approver, approval_id=asked.pk)
    refused = books.file(bad[1], 500_000_00)
    with watched(found, "claims.issue_notice"):
        claims.issue_notice(
            by=bureau.officer, claim_id=refused.pk, items=[claims.Asked("记录", "缺", "第五条")], on=TODAY
        )
    item = refused.notices.get().items.get()
    with watched(found, "claims.answer_items"):
        claims.answer_items(
            by=bank_a.maker, claim_id=refused.pk, answers=[claims.Answered(item.pk, "statement", "已补")], on=TODAY,
            at=timezone.now(),
        )  # fmt: skip
    with watched(found, "claims.strike_off"):
        claims.strike_off(by=bureau.officer, claim_id=refused.pk, item_id=item.pk, outcome="met", on=TODAY)
    books.accept(refused)
    asked = claims.propose_refusal(by=bureau.officer, claim_id=refused.pk, reason="不符", on=TODAY)
    with watched(found, "claims.refuse"):
        approve(by=bureau.approver, approval_id=asked.pk)
    withdrawn = books.accept(books.file(bad[2], 500_000_00))
    asked = claims.propose_taking_back(by=bureau.officer, claim_id=withdrawn.pk, reason="有误", on=TODAY)
    with watched(found, "claims.take_back"):
        approve(by=bureau.approver, approval_id=asked.pk)
    books.accept(withdrawn)
    with watched(found, "claims.withdraw"):
        claims.withdraw(by=bank_a.maker, claim_id=withdrawn.pk, reason="误报", on=TODAY)

    found |= _treasury_story(books) | _watch_story(cast)

    asked = volumes.propose_award(
        by=bureau.officer, bank=bank_a.organisation, measure_id="yuzhong-volume-demo@2025", first=dt.date(2026, 1, 1),
        last=dt.date(2026, 6, 30), on=TODAY,
    )  # fmt: skip
    with watched(found, "volumes.award"):
        award = approve(by=bureau.approver, approval_id=asked.pk)
    asked = volumes.propose_taking_back(by=bureau.officer, award_id=award.pk, reason="误计", article="第五条")
    with watched(found, "volumes.take_back"):
        approve(by=bureau.approver, approval_id=asked.pk)

    given = {"name": "备案.xlsx", "on": TODAY}
    with watched(found, "intake.receive"):
        filing = intake.receive(by=bank_a.maker, form="loans", content=few(without=(8, 10)), **given)
    with watched(found, "intake.check_filing"):
        intake.check_filing(filing_id=filing.pk)
    with watched(found, "intake.choose_and_submit"):
        asked = intake.choose_and_submit(by=bank_a.maker, filing_id=filing.pk, choice="all")
    with watched(found, "intake.withdraw"):
        intake.withdraw(by=bank_a.maker, filing_id=filing.pk)
    filing = intake.receive(by=bank_a.maker, form="loans", content=few(without=(8, 10)), **given)
    intake.check_filing(filing_id=filing.pk)
    asked = intake.choose_and_submit(by=bank_a.maker, filing_id=filing.pk, choice="all")
    with watched(found, "intake.enter"):
        approve(by=bank_a.checker, approval_id=asked.pk)
    month = monthly_return([[loan.bank_loan_no, "2026-10", "400000", None, "0", "正常", None]])
    with watched(found, "intake.enter_from_command_line"):
        intake.enter_from_command_line(
            bank=bank_a.organisation, form="returns", content=month, good_rows=False, operator="ops", **given
        )
    with watched(found, "policies.keep_draft"):
        draft = policies.keep_draft(by=bureau.officer, kind="scheme", text=NEXT)
    with watched(found, "policies.propose_publication"):
        asked = policies.propose_publication(by=bureau.officer, version_id=draft.pk)
    with watched(found, "policies.publish"):
        approve(by=bureau.approver, approval_id=asked.pk)
    draft.refresh_from_db()
    adoption = pools.AdoptionTerms(draft, dt.date(2026, 12, 1), books.agreement.bearers)
    asked = pools.propose_adoption(by=bureau.officer, agreement=books.agreement, terms=adoption)
    with watched(found, "pools.adopt_scheme"):
        approve(by=bureau.approver, approval_id=asked.pk)
    later = NEXT.replace("@2026", "@2027")
    given_up = policies.keep_draft(by=bureau.officer, kind="scheme", text=later)
    with watched(found, "policies.withdraw_draft"):
        policies.withdraw_draft(by=bureau.officer, version_id=given_up.pk)
    with watched(found, "parties.end_membership"):
        parties.end_membership(membership=cast.bank_b.maker)
    return found


def _watch_story(cast) -> dict[str, list[str]]:
    """A pledged patent that is looked at, and an alert that is worked off."""
    found: dict[str, list[str]] = {}
    worked = Worked(cast).registered()
    asked, on = {"file_id": worked.file.pk}, worked.today
    with watched(found, "pledges.look"):
        pledges.look(by=worked.clerk, on=on, **asked)
    with watched(found, "pledges.look_by_night"):
        pledges.look_by_night(files=[worked.file.pk, new_id()], on=on)
    alert = worked.file.alerts.get(rule="PAT-A09")
    with watched(found, "pledges.clear"):
        pledges.clear(by=worked.owner, alert_id=alert.pk, on=on, told="已公示", today=on)
    with watched(found, "pledges.interrupt"):
        pledges.interrupt(by=worked.bank.maker, kind="LIM-01", on=on, told="催收函", today=on, **asked)
    mark = Worked(cast, "trademark").handed_in()
    given = {
        "受理号": mark.file.number,
        "办理结果": "准予登记",
        "决定日": REGISTERED,
        "登记号": "T1",
        "登记期限至": UNTIL,
    }
    sheet = pledges.Paper(
        "结果.csv", "\n".join(",".join(map(str, row)) for row in (given, given.values())).encode()
    )
    window = cast.ip_bureau.organisation
    second = parties.enrol_person(
        organisation=window, role="clerk", name="唐二窗", username="clerk-2", password=PASSWORD
    )
    with watched(found, "pledges.bring_feed"):
        *_, asked_feed = pledges.bring_feed(by=mark.clerk, sheet=sheet, today=on)
    with watched(found, "pledges.enter_feed"):
        approve(by=second, approval_id=asked_feed.pk)
    return found


def _treasury_story(books) -> dict[str, list[str]]:
    """Money through the custodian bank: a batch, its answer, a statement, what nobody knew, money back to a source."""
    found: dict[str, list[str]] = {}
    bureau, pool = books.cast.district_bureau, books.pool
    claim = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.pay(claim)
    for row in [one for one in bank.waiting(books, "district") if one.subject_id == str(claim.pk)]:
        asked = treasury.propose_failure(
            by=bureau.officer, pool_id=pool.pk, instruction_id=row.pk, reason="暂缓", day=TODAY, on=TODAY
        )
        with watched(found, "treasury.take_back"):
            approve(by=bureau.approver, approval_id=asked.pk)
    with watched(found, "claims.propose_payment_again"):
        asked = claims.propose_payment_again(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    with watched(found, "claims.pay_again"):
        books.sign(asked)
    rows = bank.waiting(books, "city")
    asked = treasury.propose_batch(
        by=bureau.officer,
        pool_id=pool.pk,
        source_id=rows[0].source_id,
        instruction_ids=[rows[-1].pk],
    )
    with watched(found, "treasury.release"):
        approve(by=bureau.approver, approval_id=asked.pk)
    content = bank.answer([bank.failed(rows[-1])])
    asked = treasury.propose_return(
        by=bureau.officer, pool_id=pool.pk, name="a.csv", content=content, on=TODAY
    )
    with watched(found, "treasury.enter_return"):
        approve(by=bureau.approver, approval_id=asked.pk)
    asked = treasury.propose_interest(
        by=bureau.officer, source=books.source("city"), fen=100, day=TODAY, reference="JX", on=TODAY
    )
    with watched(found, "treasury.interest"):
        approve(by=bureau.approver, approval_id=asked.pk)
    asked = parties.propose_payee_account(
        by=bureau.officer, holder="财政局", bank_name="国库", number="5001000011112222"
    )
    approve(by=bureau.approver, approval_id=asked.pk)
    asked = treasury.propose_withdrawal(
        by=bureau.officer, source=books.source("district"), fen=100, basis="协议", on=TODAY
    )
    with watched(found, "treasury.withdraw"):
        approve(by=bureau.approver, approval_id=asked.pk)
    asked = treasury.propose_call(
        by=bureau.officer, pool_id=pool.pk, target_fen=90_000_000_00, due_on=TODAY, basis="办法", on=TODAY
    )
    with watched(found, "treasury.call"):
        books.sign(asked)
    line = (TODAY, "7.00", "", "", "结息", "K1", "")
    with watched(found, "treasury.enter_statement"):
        bank.state(books, "city", dt.date(2026, 1, 1), TODAY, 0, 700, bank.statement([line]))
    asked = treasury.propose_explanation(
        by=bureau.officer, pool_id=pool.pk, line_id=open_lines(pool)[0].pk, kind="interest", note="回单"
    )
    with watched(found, "treasury.explain"):
        approve(by=bureau.approver, approval_id=asked.pk)
    with watched(found, "treasury.match_again"):
        treasury.match_again(by=bureau.officer, pool_id=pool.pk)
    return found


def _year_story(cast) -> dict[str, list[str]]:
    """A bank's year: two claims come in and are settled together. Its agreement takes no further loans."""
    found: dict[str, list[str]] = {}
    books, officer = open_books(cast, *QINGDAO), cast.district_bureau.officer
    books.pay_in("city", 4_000_000_00)
    books.set_limit("pool_year_payout", 9_000_000_00, year=TODAY.year)
    first, second = [books.file(books.bad_loan(500_000_00), 500_000_00) for _ in range(2)]
    Agreement.objects.filter(pk=books.agreement.pk).update(
        validity=DateRange(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    )
    with watched(found, "claims.accept_into_year"):
        books.accept(first)
    books.accept(second)
    books.state("bank.year_end_balance", "10000000", agreement=books.agreement)
    year, after = BankYear.objects.get(), dt.date(TODAY.year + 1, 1, 10)
    with watched(found, "claims.propose_year"):
        asked = claims.propose_year(by=officer, year_id=year.pk, on=after)
    with watched(found, "claims.settle_year"):
        approve(by=cast.district_bureau.approver, approval_id=asked.pk, at=noon(after))
    outbox.drain()  # its proof sheets: another action's story
    return found


def _pledge_story(cast) -> dict[str, list[str]]:
    """A registration file from opening to its end, by three seats; a ground turned."""
    found: dict[str, list[str]] = {}
    with watched(found, "pledges.open_file"):
        worked = Worked(cast, "trademark")
    with watched(found, "pledges.state_contents"):
        worked.state()
    worked.attach().both("check_bundle", SIGNED)
    with watched(found, "pledges.enter_rights"):
        name, content = of_making.rights_template(worked.now, SIGNED)
        sheet = pledges.Paper(name, content)
        pledges.enter_rights(by=worked.bank.maker, file_id=worked.file.pk, sheet=sheet, on=SIGNED)
    with watched(found, "pledges.ask_for_paper"):
        pledges.ask_for_paper(by=worked.owner, file_id=worked.file.pk, name="schedule", on=SIGNED)
    with watched(found, "pledges.say"):
        worked.both("submit", HANDED_IN, channel="online")
    with watched(found, "pledges.accept"):
        pledges.accept(
            by=worked.clerk, file_id=worked.file.pk, receipt_no="1", on=HANDED_IN, today=worked.today
        )
    with watched(found, "pledges.take"):
        worked.decide("register", REGISTERED, number="Y1", until=UNTIL)
    with watched(found, "pledges.record_event"):
        pledges.record_event(
            by=worked.owner, file_id=worked.file.pk, number=MARK, event="preserved", on=REGISTERED, source="裁定书",
            today=worked.today,
        )  # fmt: skip
    with watched(found, "pledges.let_lapse"), transaction.atomic():
        pledges.let_lapse(by=worked.owner, file_id=worked.file.pk, action="lapse", today=worked.today)
        transaction.set_rollback(True)
    with watched(found, "pledges.lapse_by_night"):
        assert pledges.lapse_by_night(files=[worked.file.pk, new_id()], on=worked.today)
    book = library().books["patent@2021"]
    asked = pledges.propose_mode(
        by=cast.district_bureau.officer, book=book, ground="PAT-R01", mode="advisory", reason="律师意见",
        first_day=dt.date(2030, 1, 1), on=TODAY,
    )  # fmt: skip
    with watched(found, "pledges.turn_ground"):
        approve(by=cast.district_bureau.approver, approval_id=asked.pk)
    return found


def _subsidy_story(cast) -> dict[str, list[str]]:
    """A call from its opening to a claw-back."""
    found: dict[str, list[str]] = {}
    room = open_subsidies(cast)
    house, officer = cast.enterprise_a, room.officer
    loans = [room.settle(room.loan(house, number)) for number in ("YC1", "YC2", "YC3")]
    room.account(house)
    with watched(found, "subsidies.open_call"):
        call = room.open(pool_fen=3_000_00)
    with watched(found, "subsidies.draft_application"):
        draft = subsidies.draft_application(by=house.member, call_id=call.pk, loan_id=loans[0].pk, on=ON)
    with watched(found, "subsidies.state_facts"):
        subsidies.state_facts(
            by=house.member, application_id=draft.pk, stated={"applicant.joint_punishment": False}, on=ON
        )
    with watched(found, "subsidies.file_application"):
        subsidies.file_application(by=house.member, application_id=draft.pk, on=ON)
    with watched(found, "subsidies.give_notice"):
        subsidies.give_notice(by=officer, application_id=draft.pk, items=["缺还款证明"], on=ON)
    with watched(found, "subsidies.answer_notice"):
        subsidies.answer_notice(by=house.member, application_id=draft.pk, text="已补", on=ON)
    with watched(found, "subsidies.judge_fact"):
        subsidies.judge_fact(
            by=officer, application_id=draft.pk, path="applicant.joint_punishment", standing="confirmed", reason="查询单",
            on=ON,
        )  # fmt: skip
    with watched(found, "subsidies.review"):
        subsidies.review(by=officer, application_id=draft.pk, granted={}, text="", on=ON)
    second = room.apply(house, call, loans[1])
    with watched(found, "subsidies.withdraw_application"):
        subsidies.withdraw_application(by=house.member, application_id=second.pk, on=ON)
    third = room.apply(house, call, loans[2])
    with watched(found, "subsidies.refuse"):
        subsidies.refuse(by=officer, application_id=third.pk, reason="不符", on=ON)
    with watched(found, "subsidies.close_call"):
        subsidies.close_call(by=officer, call_id=call.pk)
    with watched(found, "subsidies.draw_plan"):
        plan = subsidies.draw_plan(by=officer, call_id=call.pk, on=ON)
    with watched(found, "subsidies.void_plan"):
        subsidies.void_plan(by=officer, plan_id=plan.pk, reason="更正", on=ON)
    plan = subsidies.draw_plan(by=officer, call_id=call.pk, on=ON)
    asked = subsidies.propose_publication(by=officer, plan_id=plan.pk)
    with watched(found, "subsidies.publish"):
        approve(by=room.approver, approval_id=asked.pk, at=noon(ON))
    later = ON + dt.timedelta(days=10)
    asked = subsidies.propose_award(by=officer, plan_id=plan.pk, on=later)
    with watched(found, "subsidies.award"):
        approve(by=room.approver, approval_id=asked.pk, at=noon(later))
    asked = subsidies.propose_payment(by=officer, call_id=call.pk)
    with watched(found, "subsidies.pay"):
        file = approve(by=room.approver, approval_id=asked.pk, at=noon(later))
    with watched(found, "subsidies.enter_results"):
        answers = [subsidies.Answered(1, True, later, "R1")]
        subsidies.enter_results(by=officer, file_id=file.pk, answers=answers, on=later)
    payment = file.payments.get()
    award = payment.award
    asked = subsidies.propose_return(
        by=officer, payment_id=payment.pk, day=later, reason="账户已销户", on=later
    )
    with watched(found, "subsidies.returned"):
        approve(by=room.approver, approval_id=asked.pk, at=noon(later))
    asked = subsidies.propose_claw_back(
        by=officer, award_id=award.pk, ground="overpaid", fen=1_00, text="多付", on=later
    )
    with watched(found, "subsidies.claw_back"):
        back = approve(by=room.approver, approval_id=asked.pk, at=noon(later))
    with watched(found, "subsidies.receive_back"):
        subsidies.receive_back(
            by=officer, claw_back_id=back.pk, fen=1_00, day=later, reference="GK1", on=later
        )
    content = "交易日期,收入金额（元）,支出金额（元）\n2026-11-20,,5.00\n".encode()
    with watched(found, "subsidies.enter_statement"):
        subsidies.enter_statement(
            by=officer, stated=Stated(ON, ON, 5_00, 0), name="对账单.csv", content=content, on=later
        )
    return found


def _white_list_story(cast) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    bureau, firm, day = cast.district_bureau, cast.enterprise_a.organisation, dt.date(2026, 6, 30)
    made = white_lists.make_list(by=bureau.officer, filter_id="ip-pledge-list@2026", on=day)
    with watched(found, "whitelists.change"):
        white_lists.change_by_hand(
            by=bureau.officer, list_id=made.pk, enterprise_id=firm.pk, kind="add", reason="重点企业"
        )
    asked = white_lists.ask_for_approval(by=bureau.officer, list_id=made.pk, on=today())
    with watched(found, "whitelists.approve"):
        approve(by=bureau.approver, approval_id=asked.pk, at=noon(day))
    with watched(found, "whitelists.push"):
        white_lists.push(by=bureau.officer, list_id=made.pk, banks=[cast.bank_a.organisation], on=day)
    with watched(found, "whitelists.wish"):
        white_lists.wish_to_be_taken_off(by=cast.enterprise_a.owner, list_id=made.pk, reason="", on=day)
    return found


def _facility_story(cast) -> dict[str, list[str]]:
    """What a bank does with group credit, and its own parameters, with what each locked."""
    found: dict[str, list[str]] = {}
    bank, worked, on = cast.bank_a, mark_file(cast), today()
    ship_the_card()
    asked = parameters.propose_parameters(by=bank.maker, values={"anchor_pd": "0.02"}, since=on, on=on)
    with watched(found, "cards.parameters"):
        approve(by=bank.checker, approval_id=asked.pk)
    asked = facilities.propose_facility(
        by=bank.maker, file_id=worked.file.pk, right_number=MARK, total_fen=3 * MILLION, first=on,
        last=on + dt.timedelta(days=365), purpose="收购", on=on,
    )  # fmt: skip
    with watched(found, "facilities.open"):
        facility = approve(by=bank.checker, approval_id=asked.pk)
    asked = facilities.propose_raise(
        by=bank.maker, facility_id=facility.pk, total_fen=4 * MILLION, reason="春茶"
    )
    with watched(found, "facilities.raise"):
        approve(by=bank.checker, approval_id=asked.pk)
    code = cast.enterprise_b.organisation.credit_code
    with watched(found, "facilities.propose_limit"):
        asked = facilities.propose_limit(
            by=bank.maker, facility_id=facility.pk, credit_code=code, limit_fen=MILLION, reason=WHY, on=on
        )
    with watched(found, "facilities.grant"):
        member = approve(by=bank.checker, approval_id=asked.pk)
    with watched(found, "facilities.draw"):
        drawn = facilities.draw(
            by=bank.maker, member_id=member.pk, amount_fen=100, loan_no="JJ-1", day=on, on=on
        )
    with watched(found, "facilities.release"):
        facilities.release(by=bank.maker, draw_id=drawn.pk, amount_fen=100, day=on, on=on)
    gone = (on - dt.timedelta(days=1)).isoformat()
    users = [user(cast.enterprise_b, to=gone)]
    worked.state(sound("trademark", subtype="collective", users=users))
    with watched(found, "facilities.watch"):
        facilities.watch_facilities(on=on)
    worked.state(sound("trademark", subtype="collective", users=[user(cast.enterprise_b)]))
    granted(cast, facility, cast.enterprise_b)
    with watched(found, "facilities.suspend"):
        facilities.suspend(by=bank.maker, member_id=member.pk, reason="停产", on=on)
    asked = facilities.propose_closing(by=bank.maker, facility_id=facility.pk, reason="产季结束")
    with watched(found, "facilities.close"):
        approve(by=bank.checker, approval_id=asked.pk)
    return found


def _written() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [lock for lock in locks.strip().split(" > ") if lock != "—"] for name, locks in rows}


def test_the_page_says_what_each_action_really_locks_and_all_keep_to_one_order(cast):
    of_subsidies = _subsidy_story(cast)
    for name, locks in of_subsidies.items():
        ordered = [lock for lock in locks if lock in OF_SUBSIDIES]
        assert ordered == sorted(ordered, key=OF_SUBSIDIES.index), f"{name} locks in another order: {locks}"
    of_facilities = _facility_story(cast)
    for name, locks in of_facilities.items():
        assert locks == sorted(locks, key=OF_FACILITIES.index), f"{name} locks in another order: {locks}"
    found = _story(cast) | _pledge_story(cast) | of_subsidies | of_facilities | _white_list_story(cast)
    for name, locks in found.items():
        assert "white list" not in locks or set(locks) <= set(OF_WHITE_LISTS), f"{name} holds more: {locks}"
        of_the_house = [lock for lock in locks if lock in HOUSE]
        if name != "claims.issue_proof":  # a worker's run: several transactions after each other
            assert of_the_house == sorted(of_the_house, key=HOUSE.index), (
                f"{name} locks in another order: {locks}"
            )
    assert _written() == found
