"""The bureau's page and its sheet: the figures are the queries' figures, the cells add up, another day is another page."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from kernel.days import today
from kernel.documents.models import IssuedDocument
from kernel.work import outbox
from portal.position import pool_page, sheet_of
from riskpool.claims import actions as claims
from riskpool.claims.models import Claim
from tests.books import LENT, TODAY, Books, open_books
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid


@laid
def books(cast: Cast) -> Books:
    """4,123,456.78 and 6,000,333.33 yuan paid in; one claim of 400,000 paid, one of 500,000 reserved, one waiting.

    The scheme bears 80 % by the pool, 4:6 by city and district: 320,000 paid, 400,000 reserved.
    """
    books = open_books(cast, exposure_limit=5_000_000_00)
    books.pay_in("city", 4_123_456_78)
    books.pay_in("district", 6_000_333_33)
    books.pay(books.accept(books.file(books.bad_loan(400_000_00), 400_000_00)))
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.file(books.bad_loan(600_000_00), 600_000_00)
    return books


def test_the_page_shows_what_was_worked_out_by_hand(books: Books, cast: Cast) -> None:
    page = pool_page(cast.district_bureau.officer, books.pool.pk, on=TODAY, today=TODAY)
    assert page.position.cash == 1_012_379_011 - 32_000_000
    assert (page.position.reserved, page.position.free) == (40_000_000, 940_379_011)
    assert (page.position.exposure, page.position.committed) == (110_000_000, 88_000_000)
    assert [str(row.claim.state) for row in page.waiting] == ["accepted", "filed"]
    shown = freshly_signed_in(cast.district_bureau.officer).get(
        reverse("pool_position", args=[books.pool.pk])
    )
    text = shown.content.decode()
    for figure in ("980.38", "40.00", "940.38", "110.00", "88.00"):
        assert figure in text


def test_the_printed_cells_add_up_down_and_across(books: Books, cast: Cast) -> None:
    table = pool_page(cast.district_bureau.officer, books.pool.pk, on=TODAY, today=TODAY).table
    cells = [[Decimal(cell) for cell in row] for row in table.cells]
    assert [sum(row) for row in cells] == [Decimal(total) for total in table.row_totals]
    assert [sum(column) for column in zip(*cells, strict=True)] == [Decimal(t) for t in table.column_totals]
    assert sum(map(Decimal, table.column_totals)) == Decimal(table.total) == Decimal("980.38")


def test_a_past_day_is_as_it_was_and_shows_nothing_of_now(books: Books, cast: Cast) -> None:
    page = pool_page(cast.district_bureau.officer, books.pool.pk, on=LENT, today=TODAY)
    assert (page.position.cash, page.position.reserved, page.waiting) == (1_012_379_011, 0, [])
    (limit,) = page.limits
    assert limit.used == 150_000_000, "all three loans were in the pool on the day they were lent"
    assert (page.standings, page.is_now) == ([], False)
    before = LENT - dt.timedelta(days=1)
    assert pool_page(cast.district_bureau.officer, books.pool.pk, on=before, today=TODAY).position.cash == 0


def test_every_figure_opens_rows_that_sum_to_it(books: Books, cast: Cast) -> None:
    client, pool = freshly_signed_in(cast.city_bureau.officer), books.pool.pk
    held = pool_page(cast.city_bureau.officer, pool, on=TODAY, today=TODAY).position
    for role, figure in (("cash", held.cash), ("reserved", held.reserved), ("free", held.free)):
        shown = client.get(reverse("pools:lines", args=[pool, role]), {"on": TODAY.isoformat()}).context
        assert shown["total"] == sum(row.moved for row in shown["rows"]) == figure
    loans = client.get(reverse("pools:loans", args=[pool]), {"on": TODAY.isoformat()}).context
    assert loans["sums"]["exposure"] == sum(row.exposure for row in loans["page"]) == held.exposure
    assert loans["sums"]["committed"] == held.committed


def test_the_sheet_is_one_page_and_says_what_the_page_says(books: Books, cast: Cast) -> None:
    bureau = cast.district_bureau
    client = freshly_signed_in(bureau.officer)
    answer = client.post(reverse("issue_position", args=[books.pool.pk]) + f"?on={TODAY.isoformat()}")
    assert not IssuedDocument.objects.exists(), "a request renders nothing"
    outbox.drain(kinds={"portal.position"})
    issued = IssuedDocument.objects.get(kind="pool_position")
    assert reverse("document", args=[issued.pk]) in client.get(answer["Location"]).content.decode()
    assert issued.content == sheet_of(pool_page(bureau.officer, books.pool.pk, on=TODAY, today=today()))
    assert issued.content["cash_capitals"] == "人民币玖佰捌拾万叁仟柒佰玖拾元零壹角壹分"
    (page,) = PdfReader(io.BytesIO(bytes(issued.pdf))).pages
    text = page.extract_text()
    for figure in ("9,803,790.11", "980.38", "940.38", issued.serial):
        assert figure in text
    assert books.pool.name not in issued.title


def test_a_claim_is_waiting_as_far_as_was_known_at_the_moment(books: Books, cast: Cast) -> None:
    officer = cast.district_bureau.officer
    before = timezone.now()
    claims.refuse(by=officer, claim_id=Claim.objects.get(state="filed").pk, reason="材料不全", on=TODAY)

    def waiting(known_at: dt.datetime | None) -> list[str]:
        rows = pool_page(officer, books.pool.pk, on=TODAY, today=TODAY, known_at=known_at).waiting
        return [str(row.claim.principal.amount) for row in rows]

    assert waiting(before) == ["500000.00", "600000.00"], "the refusal was not known yet"
    assert waiting(None) == waiting(timezone.now()) == ["500000.00"]
    assert waiting(before - dt.timedelta(days=1)) == [], "nor was any claim, the day before"


def test_the_limits_page_shows_use_as_it_was_known(books: Books, cast: Cast) -> None:
    page = cast.signed_in(cast.district_bureau.officer)
    address = reverse("pools:limits")
    assert "110.00" in page.get(address).content.decode()
    known_before = page.get(f"{address}?known=2020-01-01").content.decode()
    assert "110.00" not in known_before
    assert "按该日的事实重算" in known_before


@pytest.mark.parametrize("day", ["9999-12-31", "x"])  # the others: tests/walls/test_days_asked.py
def test_a_day_that_no_calendar_reaches_is_no_fault_of_the_server(books: Books, cast: Cast, day: str) -> None:
    page = cast.signed_in(cast.district_bureau.officer)
    pool = reverse("pool_position", args=[books.pool.pk])
    for address in (pool, reverse("pools:limits"), reverse("pools:list")):
        assert page.get(f"{address}?on={day}").status_code == 200
        assert page.get(f"{address}?known={day}").status_code == 200


def test_a_search_for_a_sign_that_no_text_can_hold_finds_what_the_rest_finds(
    books: Books, cast: Cast
) -> None:
    page = cast.signed_in(cast.bank_a.maker)
    for address in (reverse("loans:list"), reverse("pledges:list")):
        assert page.get(f"{address}?q=%00").status_code == 200
