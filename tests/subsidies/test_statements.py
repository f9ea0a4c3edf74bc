"""The paying bank's statement beside what was paid: line by line, what has no counterpart stays in sight."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.subsidies import actions
from finance.subsidies.models import Award, BankStatement
from finance.subsidies.queries.of_statements import compared, statements
from kernel.errors import Refused
from kernel.statements.sheet import Stated
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid
from tests.subsidies.ground import AFTER, Subsidies, two_firms
from tests.subsidies.pages import Today, shown
from tests.subsidies.test_money_back import paid

DAY = AFTER.date()
HEADINGS = "交易日期,收入金额（元）,支出金额（元）,对方户名,摘要,银行流水号,账户余额（元）\n"
FIRM_A, FIRM_B = "重庆山城精密仪器有限公司", "重庆两江软件有限公司"
# 10,000.00 came from the treasury; both firms were paid 3,882.08, one under its number, one without; 5.00 of fees
ROWS = [
    "2026-11-29,10000.00,,国库,拨款,GK9,10000.00",
    f"2026-11-30,,3882.08,{FIRM_A},贴息,HD1,6117.92",
    f"2026-11-30,,3882.08,{FIRM_B},贴息,,2235.84",
    "2026-11-30,,5.00,本行,手续费,,2230.84",
]
NOVEMBER = Stated(dt.date(2026, 11, 1), DAY, 0, 2_230_84)


@laid
def room(cast: Cast) -> Subsidies:
    opened = two_firms(cast)
    paid(opened)
    return opened


def enter(room: Subsidies, rows: list[str], stated: Stated = NOVEMBER, **other: Any) -> BankStatement:
    content = ("\ufeff" + HEADINGS + "\n".join(rows) + "\n").encode()
    return actions.enter_statement(
        by=room.officer, stated=stated, name="对账单.csv", content=content, on=DAY, **other
    )


def told(room: Subsidies) -> list[tuple[int, str, str]]:
    found = compared(room.officer.organisation)
    return [(one.signed, one.moved.what if one.moved else "", one.how) for one in found.looked]


@pytest.mark.django_db
def test_each_line_stands_beside_its_payment_and_what_is_none_stays_in_sight(room: Subsidies) -> None:
    enter(room, ROWS)
    assert told(room) == [
        (10_000_00, "", ""),
        (-3_882_08, "paid", "reference"),
        (-3_882_08, "paid", "amount"),
        (-5_00, "", ""),
    ]
    assert compared(room.officer.organisation).not_stated == []


@pytest.mark.django_db
def test_what_the_platform_paid_and_the_bank_does_not_state_is_told(room: Subsidies) -> None:
    enter(room, ROWS[:2], Stated(dt.date(2026, 11, 1), DAY, 0, 6_117_92))
    (missing,) = compared(room.officer.organisation).not_stated
    assert (missing.what, missing.movement.signed, missing.movement.counterparty) == (
        "paid",
        -3_882_08,
        FIRM_B,
    )


@pytest.mark.django_db
def test_money_asked_back_and_a_payment_that_came_back_have_their_lines(room: Subsidies, cast: Cast) -> None:
    award = Award.objects.get(payee=cast.enterprise_a.organisation)
    asked = actions.propose_claw_back(
        by=room.officer, award_id=award.pk, ground="untrue", fen=1_000_00, text="材料不实", on=DAY
    )
    back = room.sign(asked, at=AFTER)
    actions.receive_back(
        by=room.officer, claw_back_id=back.pk, fen=1_000_00, day=DAY, reference="GK1", on=DAY
    )
    other = Award.objects.get(payee=cast.enterprise_b.organisation).payments.get()
    room.sign(
        actions.propose_return(by=room.officer, payment_id=other.pk, day=DAY, reason="户名不符", on=DAY),
        at=AFTER,
    )
    more = [
        "2026-11-30,1000.00,,重庆山城精密仪器有限公司,退回,GK1,3230.84",
        f"2026-11-30,3882.08,,{FIRM_B},退票,,7112.92",
    ]
    enter(room, [*ROWS, *more], Stated(dt.date(2026, 11, 1), DAY, 0, 7_112_92))
    assert told(room)[4:] == [(1_000_00, "received", "reference"), (3_882_08, "returned", "amount")]
    assert compared(room.officer.organisation).not_stated == []


@pytest.mark.django_db
def test_a_statement_is_refused_with_every_fault_and_corrected_by_another(room: Subsidies) -> None:
    bad = ["2026-10-01,1.00,,,,,", "2026-11-29,5.00,5.00,,,,", "2026-11-30,,3.005,,,,"]
    with pytest.raises(Refused) as refusal:
        enter(room, bad)
    assert {problem.code for problem in refusal.value.problems} >= {"outside_span", "one_direction"}
    assert len(refusal.value.problems) >= 3
    with pytest.raises(Refused) as refusal:
        enter(room, ROWS, Stated(dt.date(2026, 11, 1), DAY, 0, 1))
    assert [problem.code for problem in refusal.value.problems] == ["closing_breaks"]
    first = enter(room, ROWS[:2], Stated(dt.date(2026, 11, 1), DAY, 0, 6_117_92))
    with pytest.raises(Refused) as refusal:
        enter(room, ROWS)
    assert [problem.code for problem in refusal.value.problems] == ["overlaps"]
    second = enter(room, ROWS, supersedes_id=first.pk)
    first.refresh_from_db()
    assert (first.live, second.supersedes_id) == (False, first.pk)
    assert len(told(room)) == 4


@pytest.mark.django_db
def test_the_pages_take_a_statement_and_a_remark_and_show_them_to_the_auditor(
    room: Subsidies, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    Today(monkeypatch, DAY)
    officer = freshly_signed_in(room.officer)
    page = officer.get(reverse("subsidies:statements"))
    assert "还没有登记对账单" in shown(page)
    content = ("\ufeff" + HEADINGS + "\n".join(ROWS) + "\n").encode()
    typed = {
        "first": "2026-11-01", "last": "2026-11-30", "opening_fen": "0.00", "closing_fen": "2230.84",
        "file": SimpleUploadedFile("对账单.csv", content),
    }  # fmt: skip
    sent = officer.post(reverse("subsidies:enter_statement"), typed)
    assert sent.status_code == 302
    row = BankStatement.objects.get()
    page = shown(officer.get(sent["Location"]))
    assert "对不上" in page
    assert "补贴付款" in page
    line = row.lines.get(seq=4)
    said = officer.post(reverse("subsidies:remark", args=[row.pk, line.pk]), {"text": "银行手续费"})
    assert said.status_code == 302
    page = shown(officer.get(sent["Location"]))
    assert "银行手续费" in page
    assert page.count("对不上") >= 3, "a remark makes nothing match"
    assert "2 笔对不上" in shown(officer.get(reverse("subsidies:statements")))
    assert officer.post(reverse("subsidies:enter_statement"), {"first": "x"}).status_code == 422
    auditor = cast.signed_in(cast.auditor.member)
    assert row.number in shown(auditor.get(reverse("subsidies:statements")))
    seeing = [name for name, member in cast.everybody.items() if statements(viewer=member).exists()]
    assert sorted(seeing) == ["auditor.member", "district_bureau.approver", "district_bureau.officer"]
