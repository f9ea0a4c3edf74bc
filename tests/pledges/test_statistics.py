"""Registered and lent in the counts of two authorities; every figure was worked out by hand, as told beside it."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from finance.loans.actions import enter_loan, enter_return
from finance.pledges.models import PledgeEvent
from finance.pledges.rules.statistics import Figures, Lent, Registered, read_lines, report
from kernel.documents.models import IssuedDocument
from kernel.errors import Refused
from kernel.strict_yaml import read_text
from kernel.work import outbox
from portal.pledge_statistics import Asked, inclusive_lines, sheet_of, statistics
from tests.cast import Cast, credit_code
from tests.ground import laid
from tests.loans.stated import stated_loan, stated_return
from tests.pledges.filed import HANDED_IN, REGISTERED, SIGNED, Worked, sound

BEGIN, ON = dt.date(2026, 1, 1), dt.date(2026, 11, 20)
WAN = 1_000_000  # fen
YUZHONG, JINING = "500103", "370811"


def registered(
    on: str, amount_wan: int | None, *, firm: str = "甲", region: str = YUZHONG, **rights: int
) -> Registered:
    fen = None if amount_wan is None else amount_wan * WAN
    return Registered(dt.date.fromisoformat(on), region, firm, rights or {"patent": 1}, fen)


def lent(
    on: str, wan: int, balance_wan: int, *, firm: str = "甲", bank: str = "A", region: str = YUZHONG
) -> Lent:
    return Lent(dt.date.fromisoformat(on), region, bank, firm, wan * WAN, balance_wan * WAN)


def test_registered_and_lent_stand_side_by_side() -> None:
    """Three projects of two firms, one without amount: 500 + 2001 万元; of them only 500 万元 is within 2000 万元."""
    found = report(
        [
            registered("2026-01-01", 500, patent=2),
            registered("2026-06-30", 2001, firm="乙", region=JINING, trademark=3),
            registered("2026-06-30", None, patent=1, copyright=1),
            registered("2025-12-31", 900),  # the day before the period
            registered("2026-11-21", 900),  # the day after it
        ],
        [
            lent("2025-12-31", 300, 100),  # before: balance only, but it counts for the firm's credit
            lent("2026-01-05", 1800, 1800),
            lent("2026-06-05", 2000, 0, firm="乙", region=JINING),
            lent("2026-11-21", 700, 700),
        ],
        lines=inclusive_lines(),
        begin=BEGIN,
        on=ON,
    )
    total = found.total
    assert (total.registrations, total.registered_fen, total.amounts_missing) == (3, 2501 * WAN, 1)
    assert (total.firms, dict(total.rights)) == (2, {"patent": 3, "trademark": 3, "copyright": 1})
    assert (total.inclusive, total.inclusive_fen) == (1, 500 * WAN)
    # lent in the period: 1800 + 2000; 甲 owes 300 + 1800 = 2100 > 2000, 乙 had exactly 2000
    assert (total.loans, total.disbursed_fen, total.borrowers) == (2, 3800 * WAN, 2)
    assert (total.inclusive_borrowers, total.inclusive_disbursed_fen) == (1, 2000 * WAN)
    assert total.balance_fen == 1900 * WAN  # 100 + 1800 + 0
    assert [(month, one.registrations, one.loans) for month, one in found.by_month] == [
        *(("2026-01", 1, 1), ("2026-06", 2, 1))
    ]
    regions = dict(found.by_region)
    assert (regions[JINING].registered_fen, regions[YUZHONG].disbursed_fen) == (2001 * WAN, 1800 * WAN)
    assert [(kind, one.registrations) for kind, one in found.by_kind] == [
        *(("mixed", 1), ("patent", 1), ("trademark", 1))
    ]


def test_the_line_is_that_of_the_day_and_the_authority() -> None:
    """1500 万元 was not inclusive on the last day of 2023 and was on the next; before 2021 nothing says."""
    days = ("2020-06-01", "2023-12-31", "2024-01-01")
    many = [registered(day, 1500) for day in days]
    found = report(many, [], lines=inclusive_lines(), begin=dt.date(2020, 1, 1), on=ON)
    assert [one.inclusive for _, one in found.by_month] == [0, 0, 1]


def test_what_splits_sums_to_the_total_where_nothing_is_counted_once() -> None:
    many = [
        registered(f"2026-{month:02}-10", month, region=(YUZHONG, JINING)[month % 2])
        for month in range(1, 11)
    ]
    found = report(many, [], lines=inclusive_lines(), begin=BEGIN, on=ON)
    for split in (found.by_month, found.by_region, found.by_kind):
        assert sum(one.registered_fen for _, one in split) == found.total.registered_fen == 55 * WAN
        assert sum(one.registrations for _, one in split) == 10
    assert (found.total.firms, sum(one.firms for _, one in found.by_month)) == (1, 10)
    assert report([], [], lines=(), begin=BEGIN, on=ON).total == Figures()


def test_a_file_of_lines_gets_every_fault_at_once() -> None:
    text = "lines:\n- {counts: cnipc, valid_from: '2024-13-01', most_wan: 一千, article: 甲, source: 乙, confidence: S}"
    with pytest.raises(Refused) as refused:
        read_lines(read_text(text))
    told = "".join(str(problem) for problem in refused.value.problems)
    assert len(refused.value.problems) == 3
    for one in ("是不是 cnipa？", "2024-13-01 不是日期", "一千"):
        assert one in told


@laid
def two_banks(cast: Cast) -> Cast:
    """Bank A lends 5,000,000.00 to enterprise A, of which 4,000,000.00 is left; bank B 3,000,000.00 to a firm of 济宁."""
    enter_loan(
        by=cast.bank_a.checker,
        bank=cast.bank_a.organisation,
        stated=stated_loan(credit_code=cast.enterprise_a.organisation.credit_code),
        on=ON,
    )
    enter_return(
        by=cast.bank_a.checker,
        bank=cast.bank_a.organisation,
        stated=stated_return(balance_fen=400_000_000),
        on=ON,
    )
    enter_loan(
        by=cast.bank_b.checker,
        bank=cast.bank_b.organisation,
        stated=stated_loan(
            bank_loan_no="B1",
            borrower_name="济宁运河食品有限公司",
            credit_code=credit_code(JINING),
            principal_fen=300_000_000,
            pledge_number="Y2026370000001",
            right_numbers=("95115608.X", "97101765.4"),
        ),
        on=ON,
    )
    return cast


def asked(**other: object) -> Asked:
    return Asked(**{"begin": BEGIN, "on": ON, **other})


@pytest.mark.django_db
def test_a_region_counts_its_own_and_an_uninvited_auditor_or_a_bank_counts_nothing(two_banks: Cast) -> None:
    seats = {
        "district": two_banks.district_bureau.officer,
        "window": two_banks.ip_bureau.clerk,
        "auditor": two_banks.auditor.member,
        "bank": two_banks.bank_a.maker,
    }
    totals = {name: statistics(member, asked()).total for name, member in seats.items()}
    for name in ("district", "window"):
        one = totals[name]
        assert (one.registrations, one.registered_fen, one.by_contract_fen) == (1, 500_000_000, 500_000_000)
        assert (one.loans, one.disbursed_fen, one.balance_fen) == (1, 500_000_000, 400_000_000)
    assert totals["auditor"] == totals["bank"] == Figures()


@pytest.mark.django_db
def test_the_registered_amount_is_that_of_the_file_and_unknown_where_it_says_none(two_banks: Cast) -> None:
    """By contract 5,000,000.00; by file 7,000,000.00, registered of a ceiling of 8,000,000.00; a mark without amount."""
    viewer, worked = two_banks.district_bureau.officer, Worked(two_banks)
    stated = sound(number="ZL201710600001.3")
    stated["contract"]["ceiling_fen"] = 800_000_000
    worked.state(stated).attach()
    worked.both("sign", SIGNED)
    worked.both("submit", HANDED_IN, channel="online")
    worked.decide("register", REGISTERED, number="Y1", asked={"registered_amount": 700_000_000})
    Worked(two_banks, "trademark").registered("Y2")
    total = statistics(viewer, asked()).total
    assert (total.registrations, total.amounts_missing) == (3, 1)
    assert (total.registered_fen, total.by_contract_fen) == (1_200_000_000, 500_000_000)
    assert total.disbursed_fen == 500_000_000
    worked.attach("PAT-M12")
    later = REGISTERED + dt.timedelta(days=3)
    worked.both("request_change", later, asked={"changed_on": later.isoformat(), "new_ceiling": 900_000_000})
    worked.decide("record_change", later)
    assert statistics(viewer, asked()).total.registered_fen == 1_200_000_000
    assert statistics(viewer, asked(on=later)).total.registered_fen == 1_400_000_000


@pytest.mark.django_db
def test_a_revoked_registration_never_was_and_a_released_one_was(two_banks: Cast) -> None:
    viewer = two_banks.ip_bureau.clerk
    one = two_banks.bank_a.organisation.pledges_held.get()
    PledgeEvent.objects.create(registration=one, kind="released", on=dt.date(2026, 8, 1), source="注销通知书")
    assert statistics(viewer, asked()).total.registrations == 1
    PledgeEvent.objects.create(registration=one, kind="revoked", on=dt.date(2026, 9, 1), source="撤销通知书")
    assert statistics(viewer, asked()).total.registrations == 0
    before = asked(on=dt.date(2026, 8, 31))
    assert (
        statistics(viewer, before).total.registrations == 0
    )  # as known now; what was known then, `known_at` asks


@pytest.mark.django_db
def test_what_was_not_yet_known_is_not_counted(two_banks: Cast) -> None:
    before = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert statistics(two_banks.ip_bureau.clerk, asked(known_at=before)).total == Figures()


@pytest.mark.django_db
def test_page_workbook_and_pdf_show_the_same_figures(two_banks: Cast) -> None:
    officer = two_banks.district_bureau.officer
    client, query = two_banks.signed_in(officer), f"?on={ON.isoformat()}&from={BEGIN.isoformat()}"
    text = client.get(reverse("pledge_statistics") + query).content.decode()
    for told in ("5,000,000.00", "4,000,000.00", "渝中区", "自 2024-01-01 起，不超过 20,000,000.00 元"):
        assert told in text, told
    book = load_workbook(io.BytesIO(client.get(reverse("pledge_statistics_workbook") + query).content))
    last = list(book["按月_登记口径"].values)[-1]
    assert (last[0], Decimal(str(last[2]))) == ("合计", Decimal(5_000_000))
    client.post(reverse("issue_pledge_statistics") + query)
    outbox.drain()
    issued = IssuedDocument.objects.get(kind="pledge_statistics")
    assert issued.content == json.loads(json.dumps(sheet_of(officer, asked())))
    shown = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(issued.pdf))).pages)
    assert "5,000,000.00" in shown


@pytest.mark.django_db
def test_the_english_pages_of_statistics_and_windows_keep_only_names_and_sources_in_chinese(
    two_banks: Cast,
) -> None:
    """Headings, notes and the directory's own words are English; the sheet behind the page stays as the papers have it."""
    bureau = two_banks.signed_in(two_banks.district_bureau.officer)
    bureau.cookies["django_language"] = "en"
    page = bureau.get(reverse("pledge_statistics") + f"?on={ON.isoformat()}").content.decode()
    main = re.sub("<[^>]+>", "\n", page[page.index("<main") : page.index("</main>")])
    sourced = {part for line in inclusive_lines() for part in (line.article, line.source)}
    chinese = [line.strip() for line in main.splitlines() if re.search("[\u4e00-\u9fff]", line)]
    house = two_banks.district_bureau.organisation.name
    left = [line for line in chinese if house not in line and not any(part in line for part in sourced)]
    assert left == []
    assert "By month: as registered" in main
    windows = bureau.get(reverse("pledge_windows")).content.decode()
    main = re.sub("<[^>]+>", "\n", windows[windows.index("<main") : windows.index("</main>")])
    assert "Registration, change, cancellation" in main
    assert "CNIPA electronic filing for patent matters" in main
