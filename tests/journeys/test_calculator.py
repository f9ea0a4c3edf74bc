"""An owner at a phone, without an account: six questions, an answer with its working, a code, and the code after log-in."""

from __future__ import annotations

import re

import pytest

from finance.subsidies.models import Estimate
from tests.journeys.seats import Seat, Seats

PHONE = 390


def choose(seat: Seat, name: str, value: str) -> None:
    seat.page.locator(f'.zr-choice:has(input[name="{name}"][value="{value}"])').click()


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_an_owner_asks_on_a_phone_and_finds_the_answers_again_after_log_in(seats: Seats) -> None:
    visitor = seats.sit_down(PHONE)
    visitor.goto("account_login")
    visitor.page.get_by_role("link", name="先测算，不用注册").click()
    visitor.page.wait_for_url("**/calculator/")
    visitor.looked_at("calculator-1-asked")
    visitor.press("看能拿多少")  # nothing answered: every fault at once
    visitor.shows("企业注册地", "行业", "贷款金额", "准备质押的知识产权")
    visitor.looked_at("calculator-2-faults")

    visitor.page.fill("#region", "双流")
    visitor.page.select_option("#industry", "industry")
    visitor.page.fill("input[name=right_invention]", "2")
    visitor.page.fill("input[name=right_utility]", "1")
    visitor.page.fill("input[name=until_utility]", "2027")
    answers = {
        **{"legal_person": "yes", "staff": "20-99", "revenue_wan": "2000-4999.99", "amount_wan": "300-500"},
        **{"term_months": "7-12", "rate_percent": "3.5-4", "stage": "borrowed", "cover": "none"},
    }
    for name, value in answers.items():
        choose(visitor, name, value)
    visitor.press("看能拿多少")
    visitor.shows(
        "1 项符合，约 6.0–10.0 万元",
        "另付给银行",
        "见于转述",
        "实用新型专利最早一件 2027 年到期",
        "还缺：初创期企业",
    )
    visitor.looked_at("calculator-3-answers")
    visitor.page.reload()
    visitor.shows("约 6.0–10.0 万元")
    for summary in visitor.page.locator(".zr-found summary").all():
        summary.click()
    visitor.shows("3,000,000.00 元 × 2% = 60,000.00 元", "付给谁", "准备什么", "依据")
    visitor.looked_at("calculator-4-opened")
    choose(visitor, "fact.applicant.early_stage", "yes")
    visitor.press("补上，再算")
    visitor.looked_at("calculator-5-more")

    visitor.press("给我一个测算码")
    code = visitor.page.locator(".zr-kept-code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", code)
    assert visitor.page.locator(".zr-kept-qr svg").count() == 1
    visitor.looked_at("calculator-6-kept")
    assert Estimate.objects.count() == 1

    visitor.goto("calculator_policies")
    visitor.shows(
        "青岛市中小微企业知识产权质押融资贷款贴息资金管理实施细则",
        "关于进一步促进重庆市知识产权质押融资发展的若干措施",
    )
    visitor.looked_at("calculator-7-policies")

    owner = seats.log_in(seats.cast.enterprise_a.owner.account.username, PHONE)
    owner.goto("home")
    owner.page.fill("#code", code.lower())
    owner.press("取出答案")
    owner.page.locator(".zr-choice", has_text="初创期企业").click()
    owner.looked_at("calculator-8-taken")
    owner.press("记为本企业情况")
    owner.shows("已记入 1 项")
