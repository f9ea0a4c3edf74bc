"""The pool run as a fund, by people at browsers: a scheme is published and adopted, a cap cuts, a breaker stops and lets go.

Figures by hand. The bureau's new text (below) has the pool pay 70 % of the principal, city to district as 4 to 6, one claim
at most half of what is left of 2,000,000 for the bank's year, and no claim while 30 % of the bank's loans are overdue.

Effect on the one live loan, 1,500,000, if it failed: 80 % of it 1,200,000 by the old text; 70 % of it 1,050,000, cut to half
of 2,000,000, that is 1,000,000, by the new one: 200,000 less. The loan keeps the old text all the same.

Book: 1,500,000 of before, then 1,000,000, 1,000,000, 200,000, 800,000 and 5,500,000: 10,000,000 in all.

Claim 1, 1,000,000: 700,000 (half of 2,000,000 is more): city 280,000, district 420,000, bank 300,000.
Claim 2, 1,000,000: 700,000 again, cut to half of 2,000,000 - 700,000 = 650,000: city 260,000, district 390,000, bank
350,000.
Claims 1 and 2 are 2,000,000 of 10,000,000 overdue, 20 %. With 200,000 and 800,000 more it is 30 %: the line is reached,
claim 3 waits. The 800,000 is paid up: 2,200,000 of 10,000,000, 22 %, the line is lifted.
Claim 3, 200,000, of which 150,000 is recognised first: 105,000 (half of 650,000 is more), city 42,000, district 63,000, bank
45,000; then all of it, 140,000: 35,000 more, in all city 56,000, district 84,000, bank 60,000.
Back come 50,000 with costs of 10,000, net 40,000: city 28 % 11,200, district 42 % 16,800, bank 30 % 12,000; the pool 28,000.
Left in the pool: city 4,000,000 - 280,000 - 260,000 - 56,000 + 11,200 = 3,415,200, district 6,000,000 - 420,000 - 390,000
- 84,000 + 16,800 = 5,122,800, together 8,538,000.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from finance.loans.models import Loan
from kernel.money.fields import fen_of
from kernel.policystore.models import PolicyVersion
from riskpool.claims import verifying
from riskpool.claims.models import Claim, ReturnedShare
from riskpool.ledger import queries as ledger
from riskpool.pools import breakers
from riskpool.pools import queries as pools
from riskpool.pools.models import BreakerState, Enrolment
from riskpool.schemes import engine
from tests.books import TODAY, Books, go_bad, open_books
from tests.cast import Cast
from tests.journeys.seats import Seat, Seats
from tests.policies.texts import NEW, OLD

pytestmark = pytest.mark.browser
FIRST = dt.date(2026, 8, 1)
LENT = dt.date(2026, 8, 10)
OVERDUE = dt.date(2026, 9, 1)
PAPERS = ("contract", "pledge", "overdue")
PAPER = {"mimeType": "application/pdf", "buffer": b"%PDF-1.7 paper"}
LINE = "银行在池贷款逾期率达到30%"

TEXT = f"""\
id: {NEW}
name: 重庆市知识价值信用贷款（2026年）
valid_from: '{FIRST}'
supersedes: {OLD}
currency: CNY
as_of: loan_disbursement_date
lender: bank
parties:
- {{code: bank, role: lender}}
- {{code: fund, role: joint fund (passes through)}}
- {{code: fund_city, role: city share}}
- {{code: fund_district, role: district share}}
loss_base:
  include: [principal]
stop_loss:
- {{id: overdue_30, metric: bank.overdue_rate, op: '>=', value: '0.30', action: suspend_claims, affects: [fund]}}
steps:
- type: transfer
  from: bank
  of: loss
  shares: {{fund: '0.70'}}
- type: cap
  id: half_of_the_rest
  parties: [fund]
  limit: {{mul: ['0.5', {{max: ['0', {{sub: ['2000000', bank.paid_this_year]}}]}}]}}
  overflow_to: bank
- type: transfer
  from: fund
  of: borne:fund
  shares: {{fund_city: '0.40', fund_district: '0.60'}}
recovery:
  deduct_costs: first
  distribution: pro_rata_borne
  attribution: pro_rata_principal
sources:
- {{url: 'https://example.org/2026', status: SEEN, what: 基金承担七成，单笔不超过银行当年余额的一半}}
examples:
- id: e1
  title: plain
  loss: {{principal: '1000000.00'}}
  metrics: {{bank.paid_this_year: '0', bank.overdue_rate: '0.20'}}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {{bank: '300000.00', fund: '0.00', fund_city: '280000.00', fund_district: '420000.00'}}
- id: e2
  title: cut to half of the rest
  loss: {{principal: '1000000.00'}}
  metrics: {{bank.paid_this_year: '700000', bank.overdue_rate: '0.20'}}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {{bank: '350000.00', fund: '0.00', fund_city: '260000.00', fund_district: '390000.00'}}
    notes: [cap half_of_the_rest binds at 650000.00]
- id: e3
  title: at the line the fund waits
  loss: {{principal: '1000000.00'}}
  metrics: {{bank.paid_this_year: '0', bank.overdue_rate: '0.30'}}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {{bank: '1000000.00', fund: '0.00', fund_city: '0.00', fund_district: '0.00'}}
    notes: ['stop-loss overdue_30: suspend_claims']
"""
FAULTY = TEXT.replace("fund: '0.70'", "fund: 0.70").replace("overflow_to: bank", "overflow_to: bunk")


@pytest.fixture
def books(seats: Seats, cast: Cast) -> Books:
    """The district bureau's pool with ten million in it and its agreement with bank A, one loan of before in it."""
    opened = open_books(cast)
    opened.pay_in("city", 4_000_000_00)
    opened.pay_in("district", 6_000_000_00)
    opened.enrol(opened.lend(1_500_000_00))
    return opened


@pytest.mark.long
def test_a_pool_is_run_as_a_fund(seats: Seats, books: Books) -> None:
    officer = seats.log_in("district-officer")
    maker = seats.log_in("a-maker")
    version = _a_scheme_is_published(seats, officer)
    _the_agreement_adopts_it(seats, officer, books, version)
    first, second, third, worse = _loans_enter_under_it(officer, books)

    claim = _filed(maker, first, "1000000.00")
    _a_paper_is_asked_for_and_comes(officer, maker, claim)
    _accepted_and_paid(seats, officer, claim, "700,000.00", "280,000.00", "420,000.00", "300,000.00")
    cut = _filed(maker, second, "1000000.00")
    _the_cap_is_seen_before_it_cuts(officer, cut)
    _accepted_and_paid(seats, officer, cut, "650,000.00", "260,000.00", "390,000.00", "350,000.00")

    _a_breaker_is_met(officer, maker, books, third, worse)
    deferred = _filed(maker, third, "200000.00")
    _it_waits(officer, maker, deferred)
    _the_breaker_is_lifted(officer, worse)
    _it_is_taken_up_in_part_and_settled(seats, officer, deferred)
    _money_comes_back_to_each_source(seats, officer, deferred)

    _the_sheet_of_the_cut_claim_tells_the_bank_its_own_figures(maker, cut)
    _the_sheet_tells_every_stage_and_the_working_replays(officer, deferred)
    officer.goto("pool_position", books.pool.pk)
    officer.shows("853.80", "市级资金", "区级资金")
    officer.looked_at("position")
    position = pools.position(viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    assert [source.free for source in position.sources] == [3_415_200_00, 5_122_800_00]
    assert [*ledger.faults(), *pools.faults(), *verifying.faults(), *breakers.faults()] == []


def _a_scheme_is_published(seats: Seats, officer: Seat) -> PolicyVersion:
    officer.goto("policies:upload")
    _drop(officer, FAULTY)
    officer.shows("没有加引号的数字 0.70", "bunk")
    officer.looked_at("faulty")
    assert not PolicyVersion.objects.filter(state="draft").exists(), "of a faulty file nothing is kept"
    _drop(officer, TEXT)
    draft = PolicyVersion.objects.get(state="draft")
    expect(officer.page.locator("details summary", has_text="相符")).to_have_count(3)
    officer.shows("至 2026-07-31", "2026-08-01 起")
    officer.looked_at("draft")
    officer.page.get_by_role("link", name="与前一版本对比").click()
    officer.shows("80%", "70%", "half_of_the_rest", "overdue_30")
    officer.looked_at("difference")
    officer.page.get_by_role("link", name="对在池贷款的影响").click()
    officer.shows("1,500,000.00", "1,200,000.00", "1,000,000.00", "-200,000.00", "一笔也不会改变")
    officer.looked_at("effect")
    officer.goto("policies:version", draft.pk)
    officer.press("提请发布")
    draft.refresh_from_db()
    assert draft.state == "draft", "asked for is not published"
    seats.approve_as("district-approver", "发布")
    draft.refresh_from_db()
    assert draft.state == "published"
    return draft


def _drop(officer: Seat, text: str) -> None:
    file: Any = {"name": "方案.yaml", "mimeType": "application/yaml", "buffer": text.encode()}
    officer.page.set_input_files("input[name=file]", file)
    officer.press("上传并检查")


def _the_agreement_adopts_it(seats: Seats, officer: Seat, books: Books, version: PolicyVersion) -> None:
    officer.goto("pools:agreement", books.agreement.pk)
    officer.page.get_by_role("link", name="采用另一版本").click()
    officer.page.select_option("select[name=scheme]", str(version.pk))
    officer.press("下一步")
    for place, bearer in enumerate(("passes", "source:city", "source:district")):
        officer.page.select_option(f"select[name=bearer_{place}]", bearer)
    officer.page.fill("input[name=first]", FIRST.isoformat())
    officer.looked_at("adopt")
    officer.press("提交")
    seats.approve_as("district-approver", re.escape(NEW))
    officer.goto("pools:agreement", books.agreement.pk)
    officer.shows(f"{FIRST} 起", NEW)


def _loans_enter_under_it(officer: Seat, books: Books) -> list[Loan]:
    """Five loans lent after the day; the first two go bad."""
    amounts = (1_000_000_00, 1_000_000_00, 200_000_00, 800_000_00, 5_500_000_00)
    loans = [books.lend(fen, disbursed_on=LENT, signed_on=LENT) for fen in amounts]
    assert {row.scheme.version for row in books.enrol(*loans, on=LENT)} == {NEW}
    assert Enrolment.objects.get(scheme__version=OLD).loan.terms.disbursed_on < FIRST
    for loan in loans[:2]:
        go_bad(loan, fen_of(loan.terms.principal), OVERDUE)
    officer.goto("pools:loans", books.pool.pk)
    officer.shows(*(loan.bank_loan_no for loan in loans))
    return loans[:4]


def _filed(maker: Seat, loan: Loan, principal: str) -> Claim:
    maker.goto("claims:list")
    maker.page.locator("tr", has_text=loan.bank_loan_no).get_by_role("link", name="申请").click()
    maker.page.wait_for_url("**/claims/file/**")
    maker.page.fill("input[name=principal]", principal)
    for kind in PAPERS:
        maker.page.set_input_files(f"input[name=paper_{kind}]", [{"name": f"{kind}.pdf", **PAPER}])
    maker.press("提交申请")
    return Claim.objects.get(enrolment__loan=loan)


def _a_paper_is_asked_for_and_comes(officer: Seat, maker: Seat, claim: Claim) -> None:
    officer.goto("claims:claim", claim.pk)
    officer.page.get_by_role("link", name="发补正通知").click()
    for field, words in (("what", "9月催收记录"), ("why", "只有10月的"), ("article", "办事规则第五条")):
        officer.page.fill(f"[name=row0-{field}]", words)
    officer.press("送达补正通知")
    officer.shows("中止", "尚未答复")
    maker.goto("claims:claim", claim.pk)
    maker.page.get_by_role("link", name="逐项答复").click()
    maker.shows("9月催收记录", "只有10月的", "办事规则第五条")
    maker.page.locator("select[name$=-kind]").select_option("paper")
    maker.page.locator("input[name$=-file]").set_input_files([{"name": "9月催收.pdf", **PAPER}])
    maker.looked_at("answer")
    maker.press("保存答复")
    officer.goto("claims:claim", claim.pk)
    officer.shows("9月催收.pdf", "现在不能受理")
    officer.looked_at("answered")
    officer.press("销项")
    officer.shows("已补正")


def _accepted_and_paid(seats: Seats, officer: Seat, claim: Claim, *figures: str) -> None:
    officer.goto("claims:claim", claim.pk)
    officer.shows(*figures)
    officer.press("受理并预留资金")
    officer.press("提请支付")
    claim.refresh_from_db()
    assert claim.state == "accepted", "asked for is not paid"
    seats.approve_as("district-approver", claim.number)
    claim.refresh_from_db()
    assert (claim.state, fen_of(claim.paid)) == ("paid", int(re.sub(r"\D", "", figures[0])))
    seats.work()


def _the_cap_is_seen_before_it_cuts(officer: Seat, claim: Claim) -> None:
    officer.goto("claims:claim", claim.pk)
    officer.shows("试算，未写入", "half_of_the_rest", "650,000.00")
    assert Claim.objects.get(pk=claim.pk).state == "filed", "looking writes nothing"
    officer.looked_at("cap")


def _a_breaker_is_met(officer: Seat, maker: Seat, books: Books, *loans: Loan) -> None:
    _judged_anew(officer)
    officer.shows(LINE, "20%", "2,000,000.00 / 10,000,000.00")
    for loan in loans:
        go_bad(loan, fen_of(loan.terms.principal), OVERDUE)
    _judged_anew(officer)
    officer.shows(LINE, "3,000,000.00 / 10,000,000.00", "暂停补偿", "2026-11-20 起")
    officer.looked_at("breaker")
    assert [row.met for row in BreakerState.objects.order_by("recorded_at")] == [False, True]
    maker.goto("pools:breakers")
    maker.shows(LINE, "3,000,000.00 / 10,000,000.00", "暂停补偿")


def _judged_anew(officer: Seat) -> None:
    officer.goto("pools:breakers")
    officer.press("现在重新计算并记录")


def _it_waits(officer: Seat, maker: Seat, claim: Claim) -> None:
    officer.goto("claims:claim", claim.pk)
    officer.shows("现在不能受理", "银行在池贷款逾期率达到 30%，方案暂停补偿")
    expect(officer.page.get_by_role("button", name="受理并预留资金")).to_have_count(0)
    officer.press("暂缓并排队")
    officer.shows("银行在池贷款逾期率达到 30%，方案暂停补偿", "排第 1 位")
    officer.looked_at("deferred")
    maker.goto("claims:claim", claim.pk)
    maker.shows("暂缓", "2026-11-20")
    assert Claim.objects.get(pk=claim.pk).state == "deferred"


def _the_breaker_is_lifted(officer: Seat, worse: Loan) -> None:
    go_bad(worse, fen_of(worse.terms.principal), None)
    _judged_anew(officer)
    officer.shows("22%", "2,200,000.00 / 10,000,000.00")
    assert not BreakerState.objects.order_by("recorded_at").last().met


def _it_is_taken_up_in_part_and_settled(seats: Seats, officer: Seat, claim: Claim) -> None:
    officer.goto("claims:recognise", claim.pk)
    officer.page.fill("input[name=principal]", "150000.00")
    officer.page.fill("[name=reason_principal]", "质物处置未完")
    officer.page.check("input[name=rest_later]")
    officer.press("试算")
    officer.shows("105,000.00", "42,000.00", "63,000.00", "45,000.00")
    officer.press("受理并预留资金")
    officer.press("提请支付")
    seats.approve_as("district-approver", claim.number)
    claim.refresh_from_db()
    assert (claim.state, fen_of(claim.paid)) == ("part_paid", 105_000_00)
    seats.work()
    officer.goto("claims:settle", claim.pk)
    officer.page.select_option("select[name=stage]", "final")
    officer.page.fill("input[name=principal]", "200000.00")
    officer.press("试算")
    officer.shows("140,000.00", "56,000.00", "84,000.00", "60,000.00", "35,000.00")
    officer.looked_at("settle")
    officer.press("提请另一人签批")
    seats.approve_as("district-approver", claim.number)
    claim.refresh_from_db()
    assert (claim.state, fen_of(claim.paid)) == ("paid", 140_000_00)
    seats.work()


def _money_comes_back_to_each_source(seats: Seats, officer: Seat, claim: Claim) -> None:
    officer.goto("claims:recover", claim.pk)
    officer.page.fill("input[name=gross]", "50000.00")
    officer.page.fill("input[name=costs]", "10000.00")
    officer.page.fill("[name=note]", "处置质押专利")
    officer.press("试算如何返还")
    officer.shows("11,200.00", "16,800.00", "12,000.00", "28,000.00")
    officer.looked_at("recover")
    officer.press("提请另一人签批")
    seats.approve_as("district-approver", claim.number)
    rows = ReturnedShare.objects.filter(recovery__claim=claim, share__source__isnull=False)
    returned = {row.share.source.code: fen_of(row.amount) for row in rows}
    assert returned == {"city": 11_200_00, "district": 16_800_00}


def _sheet(seat: Seat, claim: Claim) -> tuple[str, dict[str, Any]]:
    """The words of the proof sheet, white space left out, and the data attached to it."""
    seat.goto("claims:claim", claim.pk)
    link = seat.page.get_by_role("link", name="损失分担核定书")
    paper = PdfReader(io.BytesIO(seat.takes(str(link.get_attribute("href")))))
    ((content,),) = paper.attachments.values()
    return re.sub(r"\s", "", "".join(page.extract_text() for page in paper.pages)), json.loads(content)


def _the_sheet_of_the_cut_claim_tells_the_bank_its_own_figures(maker: Seat, claim: Claim) -> None:
    words, data = _sheet(maker, claim)
    for told in ("650,000.00", "陆拾伍万元整", "260,000.00", "390,000.00", "350,000.00", "half_of_the_rest"):
        assert told in words
    assert (
        data["metrics"]["bank.paid_this_year"] == "700000.00"
    )  # by the same agreement: the bank may replay it


def _the_sheet_tells_every_stage_and_the_working_replays(officer: Seat, claim: Claim) -> None:
    words, data = _sheet(officer, claim)
    for told in (
        "1.部分认定",
        "150,000.00",
        "105,000.00",
        "2.最终认定",
        "200,000.00",
        "140,000.00",
        "35,000.00",
    ):
        assert told in words
    officer.looked_at("claim")
    assert [(row["entitled"], row["paid"]) for row in data["stages"]] == [
        ("105000.00", "105000.00"),
        ("140000.00", "35000.00"),
    ]
    link = officer.page.get_by_role("link", name="计算过程（JSON）")
    told = json.loads(officer.takes(str(link.get_attribute("href"))))
    again = engine.replay(told["stored"])
    assert again.digest == data["apportionment_sha256"]
    assert again.digest in words
    assert {party: fen for party, fen in again.borne.items() if fen} == {
        "bank": 60_000_00,
        "fund_city": 56_000_00,
        "fund_district": 84_000_00,
    }
