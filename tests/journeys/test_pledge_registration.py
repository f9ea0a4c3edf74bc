"""At the browser: a patent from draft to registered to released by bank, owner and window; a mark that is left out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from finance.pledges.models import RegistrationFile
from tests.pledges.filed import MARK, OWNER, PATENT, PDF, Worked

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.cast import Cast
    from tests.journeys.seats import Seat, Seats

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]
SCAN = {"name": "扫描件.pdf", "mimeType": "application/pdf", "buffer": PDF}
FACTS = ("agent_used", "foreign_party", "foreign_papers", "valued")


def test_a_patent_goes_from_draft_to_registered_to_released(
    seats: Seats, cast: Cast, on_the_day: dt.date
) -> None:
    bank, owner, window = seats.log_in("a-maker"), seats.log_in("owner-a", width=390), seats.log_in("clerk")
    file = _opened(bank, cast, "patent")
    bank.looked_at("contents-empty")
    _fills_in_the_contract(bank)
    _fills_in(
        bank, number="ZL201710601862.4", subtype="invention", status="in_force", owners=OWNER, filed_on="2017-07-21",
        granted_on="2019-03-02", fees_paid_through="10", suspended="no", preserved="no", under_invalidation="no",
        same_day_invention="no", pledged_elsewhere="no",
    )  # fmt: skip
    bank.press("保存")
    bank.shows("校验位不符，应为 3")
    assert bank.page.input_value("[name=right-0-owners]") == OWNER, "nothing that was typed is lost"
    _fills_in(bank, number=PATENT)
    bank.press("保存")
    for material in ("PAT-M01", "PAT-M02", "PAT-M03"):
        bank.page.select_option("select[name=material]", material)
        bank.page.set_input_files("input[name=file]", SCAN)
        bank.press("上传")
    bank.press("预检")
    bank.shows("没有发现问题")
    bank.looked_at("file-draft")

    _step(bank, file, "双方签署申请表和合同")
    bank.shows("质权人已确认，等出质人确认")
    _takes_up(owner, file, "确认：双方签署申请表和合同")
    owner.looked_at("file-owner-390")
    _step(owner, file, "双方签署申请表和合同")
    assert window.status_of(f"/pledges/files/{file.pk}/") == 404, "a draft is nobody's but the parties'"
    _step(bank, file, "向登记机构提交", channel="online")
    _step(owner, file, "向登记机构提交", channel="online")

    _takes_up(window, file, "办理质押登记")
    window.page.fill("input[name=receipt_no]", "SL-0001")
    window.press("受理")
    window.shows("审查（电子提交）", "法定")
    _step(window, file, "准予登记", number="Y2026500000123")
    window.shows("Y2026500000123")
    window.looked_at("file-registered")
    bank.goto("pledges:file", file.pk)
    bank.shows(f"质权自 {on_the_day} 存在")

    bank.page.select_option("select[name=material]", "PAT-M13")
    bank.page.set_input_files("input[name=file]", SCAN)
    bank.press("上传")
    _step(bank, file, "申请注销登记", ended_because="PAT-X01", channel="online")
    _step(owner, file, "申请注销登记", channel="online")
    _step(window, file, "准予注销")
    file.refresh_from_db()
    assert file.state == "cancelled"
    owner.goto("pledges:file", file.pk)
    owner.shows("已注销")
    owner.looked_at("file-cancelled-390")


def test_a_mark_of_the_same_owner_that_is_left_out_is_told_until_a_reason_stands(
    seats: Seats, cast: Cast
) -> None:
    bank = seats.log_in("a-maker")
    file = _opened(bank, cast, "trademark")
    _fills_in_the_contract(bank)
    _fills_in(
        bank, number=MARK, subtype="ordinary", status="in_force", owners=OWNER, registered_on="2022-04-07",
        preserved="no", pledged_elsewhere="no", words="ABC", classes="9",
    )  # fmt: skip
    bank.page.fill("textarea[name=owner_marks]", "58940693 | ABC | 9")
    bank.press("保存")
    bank.press("预检")
    bank.shows("58940693（ABC）", "TM-R06")
    bank.looked_at("file-bundle")
    bank.goto("pledges:state_contents", file.pk)
    bank.page.fill("textarea[name=left_out]", "58940693 | 已提出注销申请")
    bank.press("保存")
    bank.shows("预检之后内容又有修改，请再预检一次")
    bank.press("预检")
    assert "TM-R06" not in bank.page.locator("main").inner_text()


def test_a_patent_that_lapses_is_found_by_the_watch_and_worked_off(
    seats: Seats, cast: Cast, on_the_day: dt.date
) -> None:
    worked = Worked(cast)
    worked.today = on_the_day  # recorded by this day, or the day's look would not know of it yet
    file = worked.registered().file
    bank, owner = seats.log_in("a-maker"), seats.log_in("owner-a", width=390)
    owner.goto("pledges:file", file.pk)
    owner.page.get_by_text("记录权利事项").click()
    owner.page.select_option("select[name=event]", "abandoned")
    owner.page.fill("[name=source]", "专利登记簿副本")
    owner.press("记录")
    seats.work()  # what befell the right has its files looked at, without waiting for the night
    bank.goto("pledges:watch")
    bank.shows("专利权已终止或被宣告无效", "重算担保缺口，要求补充担保")
    bank.looked_at("watch")
    bank.page.locator("main").get_by_role("link", name="专利权已终止").first.click()
    bank.page.fill("[name=told]", "已要求追加房产抵押，通知书〔2026〕7号")
    bank.press("已办")
    bank.shows("已要求追加房产抵押", "安经办")
    bank.looked_at("alert")
    bank.goto("pledges:watch")
    assert "专利权已终止" not in bank.page.locator("main").inner_text()
    owner.goto("pledges:file", file.pk)
    owner.shows("已要求追加房产抵押")
    owner.looked_at("file-lapsed-390")


def _opened(bank: Seat, cast: Cast, kind: str) -> RegistrationFile:
    bank.goto("pledges:files")
    bank.page.get_by_role("link", name="起草登记").first.click()
    bank.page.select_option("select[name=kind]", kind)
    bank.page.fill("input[name=credit_code]", str(cast.enterprise_a.organisation.credit_code))
    bank.page.select_option("select[name=window]", str(cast.ip_bureau.organisation.pk))
    bank.press("起草")
    return RegistrationFile.objects.get()


def _fills_in_the_contract(bank: Seat) -> None:
    for box in bank.page.locator("input[name=terms]").all():
        box.check()
    bank.page.fill("input[name=debt_ends_on]", "2027-07-20")
    bank.page.fill("input[name=debtor]", OWNER)
    bank.page.fill("input[name=amount]", "5000000.00")
    for fact in FACTS:
        bank.page.select_option(f"select[name={fact}]", "no")


def _fills_in(bank: Seat, **typed: str) -> None:
    for name, value in typed.items():
        _type(bank.page.locator(f"[name=right-0-{name}]"), value)


def _type(place: Locator, value: str) -> None:
    if place.evaluate("element => element.tagName") == "SELECT":
        place.select_option(value)
    else:
        place.fill(value)


def _takes_up(seat: Seat, file: RegistrationFile, what: str) -> None:
    """Finds the matter among what waits for this person and opens it."""
    seat.goto("inbox")
    seat.shows(file.number)
    with seat.page.expect_navigation():
        seat.page.get_by_role("link", name=what).first.click()


def _step(seat: Seat, file: RegistrationFile, title: str, **typed: Any) -> None:
    """Takes the step of these words from the file's page; the registry's with its paper."""
    seat.goto("pledges:file", file.pk)
    seat.page.get_by_role("link", name=title).first.click()
    for name, value in typed.items():
        _type(seat.page.locator(f"main [name={name}]"), value)
    paper = seat.page.locator("input[name=paper]")
    if paper.count():
        paper.set_input_files(SCAN)
    with seat.page.expect_navigation():
        seat.page.locator("main form button[type=submit]").last.click()
