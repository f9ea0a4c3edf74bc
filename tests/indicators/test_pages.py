"""The pages of the indicators: values with their formula, rows that sum to them, the bridge, the workbook and the PDF."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook
from pypdf import PdfReader

from kernel.documents.models import IssuedDocument
from kernel.work import outbox
from portal.indicator_papers import issue_indicators, sheet_of
from portal.indicators import Asked, indicator_page
from riskpool.claims.indicators.rules.by_bank import HEADINGS
from tests.books import TODAY, Books
from tests.cast import Cast
from tests.ground import laid
from tests.indicators.second_bank import sign_with_bank_b
from tests.indicators.test_gathering import small_book

ON = f"?on={TODAY.isoformat()}"


@laid
def books(cast: Cast) -> Books:
    books = small_book(cast)
    sign_with_bank_b(books)
    return books


def page_of(books: Books, name: str, *more: object, who: object = None, query: str = ON) -> Any:
    client = books.cast.signed_in(who or books.cast.district_bureau.officer)
    return client.get(reverse(name, args=[books.pool.pk, *more]) + query)


def test_the_page_shows_values_with_the_numbers_put_in_and_says_what_is_missing(books: Books) -> None:
    text = page_of(books, "pool_indicators").content.decode()
    for told in (
        "9,760,000.00 元",
        "320,000.00 ÷ 2,050,000.00 = 15.61 %",
        "缺数据：该行全部贷款不良率",
        "缺数据：担保费率",
        "不适用：期内没有组合担保贷款",
        "银保监发〔2019〕34号",
        "凭记忆，未核",
    ):
        assert told in text, told


def test_every_value_opens_rows_that_sum_to_its_parts(books: Books) -> None:
    """Sums are looked at for every value, the page of rows for the first value of each group."""
    page = indicator_page(books.cast.district_bureau.officer, books.pool.pk, Asked(TODAY))
    opened = 0
    for _, indicators in page.groups:
        lines = [(one, line) for one in indicators for line in one.lines if line.has_rows]
        for place, (one, line) in enumerate(lines):
            for part in line.value.parts:
                assert part.told or sum(amount for _, amount in part.rows) == part.amount
            opened += 1
            if place:
                continue
            shown = page_of(books, "indicator_rows", one.definition.id, line.place)
            assert shown.status_code == 200
            for part in shown.context["parts"]:
                rows = [amount for _, amount in part["part"].rows]
                assert part["part"].told or sum(rows) == part["part"].amount
                assert len(part["rows"]) == len(rows)
    assert opened > 20


def test_rows_that_are_not_there_are_no_page(books: Books) -> None:
    assert page_of(books, "indicator_rows", "npl_rate", 99).status_code == 404
    assert page_of(books, "indicator_rows", "no_such", 0).status_code == 404
    assert page_of(books, "bridge_rows", "cash", "no_such").status_code == 404


def test_a_bank_does_not_open_the_rows_of_the_pool_or_of_another_bank(books: Books) -> None:
    cast = books.cast
    for name in ("pool_balance", "committed_exposure", "leverage_outstanding", "concentration_bank"):
        assert page_of(books, "indicator_rows", name, 0, who=cast.bank_a.maker).status_code == 404
    assert (
        page_of(books, "indicator_rows", "covered_outstanding", 0, who=cast.bank_a.maker).status_code == 200
    )
    for name, place in (("pool_indicators", ()), ("indicator_rows", ("covered_outstanding", 0))):
        text = page_of(books, name, *place, who=cast.bank_b.maker).content.decode()
        assert cast.bank_a.organisation.short_name not in text
        assert "2,050,000.00" not in text
    assert (
        page_of(books, "indicator_rows", "covered_outstanding", 1, who=cast.bank_b.maker).status_code == 404
    )
    assert page_of(books, "pool_bridge", who=cast.bank_a.maker).status_code == 404


def test_the_bridge_shows_its_bars_and_each_opens_its_rows(books: Books) -> None:
    query = f"{ON}&from=2026-03-01"
    shown = page_of(books, "pool_bridge", query=query)
    text = shown.content.decode()
    for figure in ("+10,000,000.00 元", "-320,000.00 元", "9,760,000.00 元", "1,640,000.00 元", "<svg"):
        assert figure in text
    for view in shown.context["views"]:
        assert view.opening[1] + sum(step[1] for step in view.steps) == view.closing[1]
        for bar, _ in view.rows:
            assert sum(amount for _, amount in bar.part.rows) == bar.fen
        if view.rows:
            bar = view.rows[0][0]
            rows = page_of(books, "bridge_rows", view.bridge.id, bar.id, query=query)
            assert sum(amount for _, amount in rows.context["bar"].part.rows) == bar.fen
    assert any(view.rows for view in shown.context["views"])


def test_two_reports_the_wrong_way_round_get_a_sentence(books: Books) -> None:
    shown = page_of(books, "pool_bridge", query=f"{ON}&from=2026-11-21&known=2026-01-01")
    assert shown.status_code == 422
    assert "请让前一期不晚于后一期" in shown.content.decode()


@pytest.mark.parametrize("field", ["on", "from", "known"])
def test_a_day_that_is_none_is_no_fault_of_the_server(books: Books, field: str) -> None:
    """The day outside the calendar's reach by both pages; what else is no day: tests/walls/test_days_asked.py."""
    word = "9999-12-31" if field == "known" else "0001-01-01"
    query = f"?on={word}" if field == "on" else f"{ON}&{field}={word}"
    if field != "from":
        assert page_of(books, "pool_indicators", query=query).status_code == 200
    assert page_of(books, "pool_bridge", query=query).status_code in (200, 422)


def test_a_single_pool_is_shown_at_once_and_none_is_said_to_be_none(books: Books) -> None:
    cast = books.cast
    answer = cast.signed_in(cast.bank_a.maker).get(reverse("indicators"))
    assert answer["Location"] == reverse("pool_indicators", args=[books.pool.pk])
    assert (
        "没有可看的资金池" in cast.signed_in(cast.auditor.member).get(reverse("indicators")).content.decode()
    )


def test_the_workbook_holds_amounts_as_numbers_and_every_row_behind_every_value(books: Books) -> None:
    answer = page_of(books, "indicators_workbook")
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["指标", "按银行", "明细"]
    values = {(row[1], row[2]): row[3] for row in book["指标"].iter_rows(min_row=5, values_only=True)}
    assert values["资金池余额", ""] == "9,760,000.00 元"
    (bank,) = book["按银行"].iter_rows(min_row=5, values_only=True)
    assert bank[1:] == (2_500_000, 2_050_000, 1_640_000, 320_000, 80_000)
    paid = [
        row[6]
        for row in book["明细"].iter_rows(min_row=5, values_only=True)
        if (row[0], row[2]) == ("代偿率（丙：按余额）", "保障贷款余额")
    ]
    assert sorted(paid) == [500_000, 550_000, 1_000_000]
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_cells_of_the_banks_table_add_up_as_printed(books: Books) -> None:
    page = indicator_page(books.cast.district_bureau.officer, books.pool.pk, Asked(TODAY))
    assert page.headings == list(HEADINGS)
    for place, total in enumerate(page.table.column_totals):
        cells = [Decimal(row[place].replace(",", "")) for row in page.table.cells]
        assert sum(cells) == Decimal(total.replace(",", ""))


def test_the_issued_sheet_says_what_the_page_says_and_can_be_verified(books: Books) -> None:
    officer = books.cast.district_bureau.officer
    client = books.cast.signed_in(officer)
    answer = client.post(reverse("issue_indicators", args=[books.pool.pk]) + ON)
    assert not IssuedDocument.objects.exists(), "a request renders nothing"
    outbox.drain(kinds={"portal.indicators"})
    issued = IssuedDocument.objects.get(kind="pool_indicators")
    assert reverse("document", args=[issued.pk]) in client.get(answer["Location"]).content.decode()
    content = sheet_of(indicator_page(officer, books.pool.pk, Asked(TODAY)))
    assert issued.content == content
    cells = [Decimal(one["wan"].replace(",", "")) for one in content["identity"]]
    assert sum(cells[:-1]) == cells[-1] == Decimal("976.00")
    assert books.pool.name not in issued.title
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(issued.pdf))).pages)
    for figure in ("976.00", "59.18 %", issued.serial):
        assert figure in text


def test_a_paper_is_chinese_whoever_asks_for_it(books: Books) -> None:
    """Its words, its title and the template's own: none of them half in English (decision 0042)."""
    officer = books.cast.district_bureau.officer
    client = books.cast.signed_in(officer)
    client.cookies["django_language"] = "en"
    client.post(reverse("issue_indicators", args=[books.pool.pk]) + ON)
    outbox.drain(kinds={"portal.indicators"})
    issued = IssuedDocument.objects.get(kind="pool_indicators")
    with translation.override("zh-hans"):
        assert issued.content == sheet_of(indicator_page(officer, books.pool.pk, Asked(TODAY)))
    assert issued.title.startswith("资金池监测指标")
    with translation.override("en"):
        again = issue_indicators(by=officer, pool_id=books.pool.pk, asked=Asked(TODAY))
    assert (again.content, again.title) == (issued.content, issued.title)


def test_a_bank_issues_nothing_and_a_stranger_finds_no_page(books: Books) -> None:
    address = reverse("issue_indicators", args=[books.pool.pk])
    assert books.cast.signed_in(books.cast.bank_a.maker).post(address).status_code == 404
    assert page_of(books, "pool_indicators", who=books.cast.stranger).status_code == 404
