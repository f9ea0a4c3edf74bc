"""After the money: the bank's statement beside the payments, and an award asked back with interest, at a browser.

By hand. Half of 60 % of 12,940.28 is 3,882.08 for each of two firms, paid on the 30th of November; of one of them 3,000.00
are asked back on the 10th of March: x 3.45 % x 100 days / 360 = 28.75, together 3,028.75.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from finance.subsidies.models import BankStatement
from tests.journeys.test_subsidy import looked_at
from tests.subsidies.ground import Subsidies, publish, two_firms
from tests.subsidies.pages import Today
from tests.subsidies.test_money_back import LATER, WITH_INTEREST, paid
from tests.subsidies.test_statements import FIRM_A, HEADINGS, ROWS

if TYPE_CHECKING:
    from finance.subsidies.models import Award
    from tests.cast import Cast
    from tests.journeys.seats import Seat, Seats


@pytest.fixture
def today(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> Today:
    return Today(monkeypatch, LATER)


@pytest.fixture
def room(seats: Seats, cast: Cast) -> Subsidies:
    opened = two_firms(cast)
    opened.measure = publish(WITH_INTEREST)
    return opened


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_what_was_paid_stands_beside_the_banks_lines_and_what_is_asked_back_comes_with_interest(
    seats: Seats, room: Subsidies, today: Today
) -> None:
    award = paid(room)
    officer = seats.log_in("district-officer")
    _states(officer, "2026-11-01", "2026-11-30", "0.00", "2230.84", ROWS)
    officer.shows("对不上", "10,000.00", "-3,882.08", "HD1")
    looked_at(officer, "31-statement")
    _remarks(officer)
    _asks_back(officer, seats, award)
    _owner_reads(seats, award)
    _comes_back(officer, award)
    back = [f"2027-03-10,3028.75,,{FIRM_A},退回贴息,GK77,5259.59"]
    _states(officer, "2027-03-01", "2027-03-10", "2230.84", "5259.59", back)
    officer.shows("3,028.75", "GK77")
    looked_at(officer, "38-statement-of-what-came-back")
    officer.goto("subsidies:statements")
    officer.shows("逐笔相符")
    looked_at(officer, "39-statements")
    _in_english(officer, award, room)


def _states(officer: Seat, first: str, last: str, opening: str, closing: str, rows: list[str]) -> None:
    officer.goto("subsidies:list")
    officer.page.get_by_role("link", name="付款账户对账").click()
    officer.page.wait_for_url("**/statements/")
    typed = {"first": first, "last": last, "opening_fen": opening, "closing_fen": closing}
    for name, value in typed.items():
        officer.page.fill(f"[name={name}]", value)
    content = ("\ufeff" + HEADINGS + "\n".join(rows) + "\n").encode()
    officer.page.set_input_files(
        "[name=file]", {"name": "对账单.csv", "mimeType": "text/csv", "buffer": content}
    )
    looked_at(officer, f"30-stating-{first}")
    officer.press("登记")
    officer.page.wait_for_url("**/statements/*-*/")


def _remarks(officer: Seat) -> None:
    """The treasury's money and the bank's fee are no payments of subsidies: each gets its words."""
    for of, words in (("GK9", "国库拨入贴息资金"), ("手续费", "本行账户管理费")):
        row = officer.page.locator("tr", has_text=of)
        row.locator("summary").click()
        row.locator("[name$=text]").fill(words)
        with officer.page.expect_navigation():
            row.get_by_role("button", name="记下").click()
        officer.shows(words)
    officer.shows("都有说明", "其中 2 笔有说明")
    looked_at(officer, "32-statement-with-words")


def _asks_back(officer: Seat, seats: Seats, award: Award) -> None:
    officer.goto("subsidies:award", award.pk)
    officer.page.select_option("[name=ground]", "untrue")
    officer.page.fill("[name=fen]", "3000.00")
    officer.page.fill("[name=text]", "合同系伪造，第九条")
    officer.page.fill("[name=excluded_until]", "2030-03-10")
    looked_at(officer, "33-asking-back")
    officer.press("提请追回")
    looked_at(officer, "34-asked-back")
    approver = seats.approve_as("district-approver", "追回补贴")
    looked_at(approver, "35-signed")


def _owner_reads(seats: Seats, award: Award) -> None:
    owner = seats.log_in("owner-a", 390)
    owner.goto("subsidies:award", award.pk)
    owner.shows("3,000.00", "28.75", "100 天（2026-11-30 至 2027-03-10）", "2030-03-10", "3,028.75", "第九条")
    looked_at(owner, "36-owner-reads")


def _comes_back(officer: Seat, award: Award) -> None:
    officer.goto("subsidies:award", award.pk)
    officer.page.get_by_text("登记到账").click()
    for name, value in {"fen": "3028.75", "day": str(LATER), "reference": "GK77"}.items():
        officer.page.fill(f"#id_receipt_{name}", value)
    with officer.page.expect_navigation():
        officer.page.get_by_role("button", name="登记", exact=True).click()
    officer.shows("GK77", "0.00")
    looked_at(officer, "37-came-back")


def _in_english(officer: Seat, award: Award, room: Subsidies) -> None:
    """The pages of the bureau and of the desk once more in English: they fit as well."""
    with officer.page.expect_navigation():
        officer.page.locator(".zr-language button").first.click()
    first = BankStatement.objects.order_by("recorded_at")[0]
    plan = award.plan_line.plan
    version = room.measure.pk
    pages: list[tuple[str, list[object]]] = [
        ("subsidies:statements", []), ("subsidies:statement", [first.pk]), ("subsidies:award", [award.pk]),
        ("subsidies:list", []), ("subsidies:call", [plan.call_id]), ("subsidies:plan", [plan.pk]),
        ("subsidies:application", [award.application_id]), ("subsidies:open_call", []),
        ("subsidies:payment_file", [award.payments.get().file_id]), ("subsidies:public_list", [plan.pk]),
        ("subsidy_policies:list", []), ("subsidy_policies:upload", []), ("subsidy_policies:version", [version]),
        ("subsidy_policies:trial", [version]),
        ("subsidy_policies:difference", [version]), ("subsidy_policies:backtest", [version]),
    ]  # fmt: skip
    for name, arguments in pages:
        answer = officer.page.goto(officer.address(name, *arguments))
        assert answer is not None
        assert answer.status == 200, (name, answer.status)
        looked_at(officer, f"40-en-{name.replace(':', '-')}")
