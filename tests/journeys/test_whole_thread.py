"""The whole way once, by people at browsers: from a bank's messy workbook to the finance bureau's page and its paper.

Figures by hand. The measure (chongqing-knowledge-value@2017) has the pool pay 80 % of the overdue principal, city to
district as 4 to 6; of 3,000,000 that is 2,400,000: city 960,000, district 1,440,000; the bank bears 600,000. Of
1,000,000 that comes back with costs of 100,000, net 900,000, the pool gets 80 %: 720,000.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from finance.loans.models import Loan
from riskpool.claims.models import Claim
from riskpool.pools.models import Enrolment
from tests.books import Books, open_books
from tests.cast import Cast
from tests.intake.workbooks import BAD_ROWS, monthly_return, sample_bytes
from tests.journeys.seats import Seat, Seats

pytestmark = pytest.mark.browser
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOAN = "YC700029"  # three million, lent on 2026-09-13 in 渝中区, filed within the days that the pool allows
PAPERS = ("contract", "pledge", "overdue", "grade")


@pytest.fixture
def books(seats: Seats, cast: Cast) -> Books:
    """The district bureau's pool with ten million in it and its agreement with bank A."""
    opened = open_books(cast)
    opened.pay_in("city", 4_000_000_00)
    opened.pay_in("district", 6_000_000_00)
    return opened


def drop(page: Page, name: str, content: bytes) -> None:
    """Let a file fall on the drop zone, as a hand would."""
    dropped = page.evaluate_handle(
        """([name, kind, content]) => {
            const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0));
            const carried = new DataTransfer();
            carried.items.add(new File([bytes], name, {type: kind}));
            return carried;
        }""",
        [name, XLSX, base64.b64encode(content).decode()],
    )
    page.dispatch_event("[data-drop-zone]", "drop", {"dataTransfer": dropped})
    expect(page.locator("[data-drop-name]")).to_contain_text(name)


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def file_by_dropping(seats: Seats, seat: Seat, form: str, name: str, content: bytes) -> None:
    seat.goto("intake:upload")
    seat.page.locator(f"input[name=form][value={form}]").check()
    drop(seat.page, name, content)
    seat.press("上传并校验")
    seats.work()
    expect(seat.page.locator("#filing .zr-stats")).to_be_visible()  # htmx looks every second


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.by_hand)])
def test_from_the_banks_workbook_to_the_bureaus_paper(
    seats: Seats, books: Books, cast: Cast, width: int
) -> None:
    maker = seats.log_in("a-maker", width)
    _loans_are_filed(seats, maker)
    _one_goes_bad(seats, maker)
    claim = _it_is_claimed_on(maker)
    _nobody_else_finds(seats, f"/claims/{claim.pk}/", f"/pools/{books.pool.pk}/")
    officer = seats.log_in("district-officer", width)
    _it_is_decided_and_paid(seats, officer, claim)
    _money_comes_back(seats, officer, claim)
    _the_bureau_sees_and_prints(seats, officer, books)


def _loans_are_filed(seats: Seats, maker: Seat) -> None:
    file_by_dropping(seats, maker, "loans", "十月备案.xlsx", sample_bytes())
    maker.shows("先入库无误的行", "有误")
    assert (
        maker.page.locator(".zr-stat", has_text="有误")
        .inner_text()
        .split("\n")[1]
        .startswith(str(len(BAD_ROWS)))
    )
    maker.fits()
    marked = maker.page.get_by_role("link", name="下载标注了错误的原文件")
    expect(marked).to_be_visible()
    home = openpyxl.load_workbook(io.BytesIO(maker.takes(str(marked.get_attribute("href")))))
    assert "校验结果" in home.sheetnames
    maker.page.locator("input[name=choice][value=good_rows]").check()
    maker.press("提交")
    filing = maker.page.url
    assert Loan.objects.count() == 0, "one person enters nothing"
    checker = seats.approve_as("a-checker", "十月备案|质押贷款备案")
    assert Loan.objects.count() == 200 - len(BAD_ROWS)
    seats.work()
    maker.page.goto(filing)
    receipt = maker.page.get_by_role("link", name="下载回执 PDF")
    expect(receipt).to_be_visible()
    paper = text_of(checker.takes(str(receipt.get_attribute("href"))))
    assert "人民币" in paper
    assert f"{200 - len(BAD_ROWS)}" in paper
    maker.goto("loans:list")
    maker.shows("YC70")
    assert Enrolment.objects.filter(loan__bank_loan_no=LOAN, state="live").exists(), "it stands in the pool"


def _one_goes_bad(seats: Seats, maker: Seat) -> None:
    rows: list[list[Any]] = [[LOAN, "2026-10", 3000000, "2026-09-19", 0, "关注", "停产"]]
    file_by_dropping(seats, maker, "returns", "十月月报.xlsx", monthly_return(rows))
    maker.page.locator("input[name=choice][value=all]").check()
    maker.press("提交")
    seats.approve_as("a-checker", "月报")
    seats.work()


def _it_is_claimed_on(maker: Seat) -> Claim:
    maker.goto("claims:list")
    maker.shows(LOAN)
    maker.page.locator("tr", has_text=LOAN).get_by_role("link", name="申请").click()
    maker.page.wait_for_url("**/claims/file/**")
    maker.page.fill("input[name=principal]", "3000000.00")
    for kind in PAPERS:
        field = maker.page.locator(f"input[name=paper_{kind}]")
        if field.count():
            field.set_input_files(
                {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 paper"}
            )
    maker.fits()
    maker.press("提交申请")
    claim = Claim.objects.get()
    maker.shows(claim.number, "3,000,000.00")
    return claim


def _nobody_else_finds(seats: Seats, *paths: str) -> None:
    """Another bank and a stranger meet the same page as for something that does not exist."""
    for username in ("b-maker", "stranger"):
        outsider = seats.log_in(username)
        for path in paths:
            assert outsider.status_of(path) == 404, (username, path)
            outsider.page.goto(seats.origin + path)
            expect(outsider.page.locator("body")).not_to_contain_text("3,000,000.00")


def _it_is_decided_and_paid(seats: Seats, officer: Seat, claim: Claim) -> None:
    officer.goto("claims:claim", claim.pk)
    officer.shows("2,400,000.00", "960,000.00", "1,440,000.00", "600,000.00")
    officer.fits()
    officer.press("受理并预留资金")
    officer.press("提请支付")
    claim.refresh_from_db()
    assert claim.state == "accepted", "asked for is not paid"
    seats.approve_as("district-approver", claim.number)
    claim.refresh_from_db()
    assert claim.state == "paid"
    seats.work()
    officer.goto("claims:claim", claim.pk)
    proof = officer.page.get_by_role("link", name="损失分担核定书")
    paper = text_of(officer.takes(str(proof.get_attribute("href"))))
    for figure in ("2,400,000.00", "960,000.00", "1,440,000.00", "贰佰肆拾万元整"):
        assert figure in paper


def _money_comes_back(seats: Seats, officer: Seat, claim: Claim) -> None:
    officer.goto("claims:recover", claim.pk)
    officer.page.fill("input[name=gross]", "1000000.00")
    officer.page.fill("input[name=costs]", "100000.00")
    officer.page.fill("[name=note]", "处置质押专利")
    for field in officer.page.locator("main input[type=date]").all():
        if not field.input_value():
            field.fill("2026-11-20")
    officer.press("试算如何返还")
    officer.shows("720,000.00")
    officer.fits()
    officer.press("提请另一人签批")
    seats.approve_as("district-approver", claim.number)
    claim.refresh_from_db()
    assert str(claim.returned.amount) == "720000.00"


def _the_bureau_sees_and_prints(seats: Seats, officer: Seat, books: Books) -> None:
    # ten million, less 2,400,000 paid, with 720,000 back: 8,320,000
    officer.goto("pool_position", books.pool.pk)
    officer.shows("832.00")
    officer.fits()
    officer.press("出具 PDF")
    seats.work()
    found = officer.page.url.removeprefix(seats.origin)
    officer.page.goto(officer.page.url)
    link = officer.page.locator("main a[href*='/documents/']").first
    href = link.get_attribute("href") if link.count() else found
    paper = text_of(officer.takes(str(href)))
    assert "8,320,000.00" in paper
    assert "捌佰叁拾贰万元整" in paper
