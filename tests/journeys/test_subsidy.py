"""A subsidy once, by people at browsers: from six questions on a phone to the money, with the working of every figure.

By hand. Paid interest 12,940.28 on a loan of 1,000,000, of which the rights are 60 %: the firm gets half of 7,764.168, that
is 3,882.08; its bank one thousandth of 600,000, that is 600.00. Of the 4,482.08 the call has 4,000.00, shared pro rata:
3,464.5343... and 535.4656..., the missing fen to the larger remainder: 3,464.53 and 535.47.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from finance.parties.actions import propose_payee_account
from finance.subsidies.models import Application, Award, PaymentFile, SubsidyCall
from kernel.work.approvals import approve
from tests.subsidies.drafts import WITH_A_BANK
from tests.subsidies.ground import ON, Subsidies, open_subsidies
from tests.subsidies.pages import Today

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.journeys.seats import Seat, Seats

PHONE, DESK = 390, 1280
AFTER = dt.date(2026, 11, 30)
PAPER = {"name": "还款证明.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 paper"}


@pytest.fixture
def today(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> Today:
    return Today(monkeypatch, ON)


@pytest.fixture
def room(seats: Seats, cast: Cast) -> Subsidies:
    """The district's measure, a settled loan of enterprise A, accounts of the firm and of its bank."""
    opened = open_subsidies(cast, WITH_A_BANK)
    opened.settle(opened.loan(cast.enterprise_a, "YC1"))
    opened.account(cast.enterprise_a, "6222021234567810")
    asked = propose_payee_account(
        by=cast.bank_a.maker,
        holder=cast.bank_a.organisation.name,
        bank_name="渝中甲银行",
        number="6222021234567820",
    )
    approve(by=cast.bank_a.checker, approval_id=asked.pk)
    return opened


def looked_at(seat: Seat, name: str) -> None:
    """Photographed at the width of a phone and of a desk; neither sticks out."""
    width = seat.page.viewport_size["width"]
    for one in (PHONE, DESK):
        seat.page.set_viewport_size({"width": one, "height": 900})
        seat.looked_at(f"subsidy-{name}-{one}")
    seat.page.set_viewport_size({"width": width, "height": 900})


def choose(seat: Seat, name: str, value: str) -> None:
    seat.page.locator(f'.zr-choice:has(input[name="{name}"][value="{value}"])').click()


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_from_the_question_on_a_phone_to_the_money_with_its_working(
    seats: Seats, room: Subsidies, today: Today
) -> None:
    code = _asks_as_a_guest(seats.sit_down(PHONE))
    owner = seats.log_in("owner-a", PHONE)
    _takes_over(owner, code)
    officer = seats.log_in("district-officer")
    call = _opens(officer, room)
    one = _applies(owner, call)
    _is_asked_and_cures(officer, owner, one)
    _is_passed(officer, one)
    _is_listed_and_granted(seats, officer, call, today)
    _is_paid(seats, officer, call)
    _owner_sees_the_money(owner)
    _bank_sees_its_part(seats)


def _asks_as_a_guest(visitor: Seat) -> str:
    visitor.goto("calculator")
    visitor.page.fill("#region", "渝中")
    visitor.page.select_option("#industry", "industry")
    visitor.page.fill("input[name=right_trademark]", "1")
    answers = {
        **{"legal_person": "yes", "staff": "20-99", "revenue_wan": "2000-4999.99", "amount_wan": "100-200"},
        **{"term_months": "3-6", "rate_percent": "3.5-4", "stage": "borrowed", "cover": "none"},
    }
    for name, value in answers.items():
        choose(visitor, name, value)
    visitor.press("看能拿多少")
    visitor.shows("渝中区知识产权质押贷款贴息办法（测试）", "第六条")
    for summary in visitor.page.locator(".zr-found summary").all():
        summary.click()
    looked_at(visitor, "01-estimate")
    visitor.press("给我一个测算码")
    code = visitor.page.locator(".zr-kept-code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", code)
    return code


def _takes_over(owner: Seat, code: str) -> None:
    owner.goto("home")
    owner.page.fill("#code", code)
    owner.press("取出答案")
    looked_at(owner, "02-taking")
    for box in owner.page.locator("main .zr-choice").all():
        box.click()
    owner.press("记为本企业情况")
    owner.shows("已记入")


def _opens(officer: Seat, room: Subsidies) -> SubsidyCall:
    officer.goto("subsidies:list")
    officer.page.get_by_role("link", name="发布申报通知").click()
    officer.page.wait_for_url("**/calls/new/")
    officer.page.select_option("[name=policy]", str(room.measure.pk))
    typed = {
        "title": "2026年贴息申报", "opens_on": str(ON), "closes_on": "2026-12-31", "pool_fen": "4000.00",
        "public_days": "5", "cure_days": "5", "basis": "本部门设定", "offices": "税务局\n市场监管局",
    }  # fmt: skip
    for name, value in typed.items():
        officer.page.fill(f"[name={name}]", value)
    looked_at(officer, "03-opening")
    officer.press("发布")
    looked_at(officer, "04-call-of-the-bureau")
    return SubsidyCall.objects.get()


def _applies(owner: Seat, call: SubsidyCall) -> Application:
    owner.goto("subsidies:list")
    owner.shows("2026年贴息申报")
    looked_at(owner, "05-list-of-the-owner")
    owner.page.get_by_role("link", name="2026年贴息申报").first.click()
    owner.page.wait_for_url("**/calls/**")
    looked_at(owner, "06-call-of-the-owner")
    owner.press("用这笔贷款申报")  # one click: the rest is there
    owner.shows("还缺", "在失信联合惩戒名单内", "月报（至 2026-10）")
    looked_at(owner, "07-missing")
    owner.press("提交申报")
    owner.shows("在失信联合惩戒名单内")
    owner.page.select_option("[name='applicant.joint_punishment']", "false")
    owner.press("保存并重新测算")
    owner.shows(
        "12,940.28 元 × 知识产权份额 60% × 50% = 3,882.08 元（由 3,882.084 元四舍五入到分）",
        "1,000,000.00 元 × 知识产权份额 60% × 0.1% = 600.00 元",
        "第六条",
    )
    looked_at(owner, "08-ready")
    owner.press("提交申报")
    owner.shows("待审核")
    looked_at(owner, "09-filed")
    return Application.objects.get()


def _is_asked_and_cures(officer: Seat, owner: Seat, one: Application) -> None:
    officer.goto("inbox")
    officer.page.get_by_role("link", name="审核补贴申报").first.click()
    officer.page.wait_for_url("**/applications/**")
    looked_at(officer, "10-to-review")
    officer.press("审核通过")
    officer.shows("企业填报，尚未认定")
    looked_at(officer, "11-not-yet")
    officer.page.fill("[name=items]", "缺银行还款证明\n缺贷款合同复印件")
    officer.press("发补正通知")
    owner.goto("inbox")
    owner.shows("答复补贴补正通知", "2 项")
    owner.page.get_by_role("link", name="答复补贴补正通知").first.click()
    owner.page.wait_for_url("**/applications/**")
    owner.shows("缺银行还款证明", "请于 2026-11-27 前答复")
    looked_at(owner, "12-deficient")
    owner.page.fill("[name=material]", "还款证明")
    owner.page.set_input_files("input[name=file]", PAPER)
    owner.press("上传")
    owner.page.locator("form[action$='answer/'] [name=text]").fill("两项均已上传")
    owner.press("提交补正答复")
    owner.shows("待审核")


def _is_passed(officer: Seat, one: Application) -> None:
    officer.goto("subsidies:application", one.pk)
    row = officer.page.locator("tr", has_text="在失信联合惩戒名单内")
    row.get_by_text("认定", exact=True).first.click()
    row.locator("[name=reason]").fill("信用中国查询单 2026-11-20")
    with officer.page.expect_navigation():
        row.get_by_role("button", name="记录认定").click()
    for office in ("税务局", "市场监管局"):
        officer.page.get_by_text("登记意见").click()
        officer.page.select_option("[name=office]", office)
        officer.page.select_option("[name=outcome]", "clear")
        with officer.page.expect_navigation():
            officer.page.locator("form[action$='office/'] button").click()
    officer.press("审核通过")
    expect(officer.page.locator(".zr-lead")).to_contain_text("审核通过")
    looked_at(officer, "13-passed")


def _is_listed_and_granted(seats: Seats, officer: Seat, call: SubsidyCall, today: Today) -> None:
    officer.goto("subsidies:call", call.pk)
    officer.press("截止受理")
    officer.press("拟定拟补贴名单")
    officer.shows("4,482.08", "4,000.00", "482.08", "按比例核减", "3,464.53", "535.47")
    looked_at(officer, "14-plan")
    officer.press("提请公示")
    looked_at(officer, "15-asked")
    seats.approve_as("district-approver", "公示补贴名单")
    anybody = seats.sit_down(PHONE)
    anybody.goto("subsidies:public_lists")
    anybody.page.get_by_role("link", name="2026年贴息申报").click()
    anybody.page.wait_for_url("**/public/**")
    anybody.shows("重庆山城精密仪器有限公司", "3,464.53", "2026-11-27")
    looked_at(anybody, "16-public")
    today.day = AFTER
    officer.goto("inbox")
    officer.page.get_by_role("link", name="公示期满，提请核定").first.click()
    officer.page.wait_for_url("**/lists/**")
    looked_at(officer, "17-past-its-days")
    officer.press("提请核定")
    seats.approve_as("district-approver", "核定补贴")


def _is_paid(seats: Seats, officer: Seat, call: SubsidyCall) -> None:
    officer.goto("subsidies:call", call.pk)
    officer.shows("待支付")
    looked_at(officer, "18-to-pay")
    officer.press("提请支付")
    seats.approve_as("district-approver", "支付补贴")
    file = PaymentFile.objects.get()
    officer.goto("subsidies:payment_file", file.pk)
    looked_at(officer, "19-payment-file")
    for number in (1, 2):
        officer.page.select_option(f"[name=p{number}-outcome]", "ok")
        officer.page.fill(f"[name=p{number}-day]", str(AFTER))
        officer.page.fill(f"[name=p{number}-reference]", f"HD{number}")
    officer.press("登记所填结果")
    officer.shows("已到账")
    looked_at(officer, "20-paid")


def _owner_sees_the_money(owner: Seat) -> None:
    owner.goto("subsidies:list")
    looked_at(owner, "21-list-of-the-owner")
    award = Award.objects.get(payee__code="E-A")
    owner.page.locator(f"a[href='/subsidies/awards/{award.pk}/']").first.click()
    owner.page.wait_for_url("**/awards/**")
    owner.shows(
        "3,464.53", "3,882.08", "因资金额度核减 417.55 元", "2026-06-10 至 2026-10-09", "2026-11-20 至 2026-11-27",
        "按比例核减：3,882.08 元 × 4,000.00 ÷ 4,482.08 = 3,464.53 元", "已到账", "HD1",
        "12,940.28 元 × 知识产权份额 60% × 50% = 3,882.08 元",
    )  # fmt: skip
    looked_at(owner, "22-money")


def _bank_sees_its_part(seats: Seats) -> None:
    maker = seats.log_in("a-maker")
    maker.goto("subsidies:list")
    looked_at(maker, "23-list-of-the-bank")
    award = Award.objects.get(payee__code="CQYZ-A")
    maker.page.locator(f"a[href='/subsidies/awards/{award.pk}/']").first.click()
    maker.page.wait_for_url("**/awards/**")
    maker.shows("535.47", "600.00", "1,000,000.00 元 × 知识产权份额 60% × 0.1% = 600.00 元", "HD2")
    looked_at(maker, "24-award-of-the-bank")
    owners = Award.objects.get(payee__code="E-A")
    assert maker.status_of(f"/subsidies/awards/{owners.pk}/") == 404, "the firm's own money is not the bank's"
