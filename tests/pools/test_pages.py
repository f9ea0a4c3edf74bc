"""The pages of a pool: the figures are those of the queries, the cells add up, the forms ask a second person."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from kernel.documents.models import IssuedDocument
from kernel.money import wan_text
from kernel.money.fields import fen_of
from kernel.work import outbox
from kernel.work.models import Approval
from riskpool.pools import actions as pools
from riskpool.pools import enrolling, queries
from riskpool.pools.models import Agreement, Limit
from tests.books import LENT, TODAY, Books, open_books, scheme_version
from tests.ground import laid

BEFORE = dt.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("riskpool.pools.views", "riskpool.pools.proposals", "kernel.pages", "portal.views"):
        monkeypatch.setattr(f"{place}.today", lambda: TODAY)


@laid
def books(cast) -> Books:
    """Amounts whose thirds and tenths of 万元 do not print evenly."""
    books = open_books(cast, exposure_limit=2_000_000_00)
    books.pay_in("city", 4_000_050_33)
    books.pay_in("district", 6_000_050_33)
    books.enrol(books.lend(1_000_000_00), books.lend(700_000_00))
    books.accept(books.file(books.bad_loan(123_456_78), 123_456_78))
    return books


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def page(who, name: str, query: str = "", **parameters) -> str:
    response = who.get(reverse(name, kwargs=parameters) + query)
    assert response.status_code == 200, response.status_code
    return text_of(response)


def numbers(cells: list[str]) -> list[Decimal]:
    return [Decimal(cell.replace(",", "")) for cell in cells]


def table_rows(shown: str, heading: str) -> list[list[str]]:
    """The text of each cell of the first table under a heading."""
    table = shown.partition(heading)[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


@pytest.mark.django_db
def test_the_figures_of_the_page_are_those_of_the_queries(books, cast):
    viewer = cast.district_bureau.officer
    held = queries.position(viewer=viewer, pool_id=books.pool.pk, on=TODAY)
    shown = page(cast.signed_in(viewer), "pool_position", pool_id=books.pool.pk)
    # 123,456.78 at 80 %: 98,765.42 reserved
    assert held.reserved == 98_765_42
    for fen in (held.cash, held.reserved, held.exposure, held.committed):
        assert f"{wan_text(fen, grouped=True)}</a>" in shown
    assert "3 笔在池贷款" in shown


@pytest.mark.django_db
def test_the_cells_by_source_add_up_as_printed(books, cast):
    shown = page(cast.signed_in(cast.district_bureau.officer), "pool_position", pool_id=books.pool.pk)
    city, district, total = (numbers(row[1:4]) for row in table_rows(shown, "按资金来源")[1:])
    for reserved, free, cash in (city, district, total):
        assert reserved + free == cash
    assert [a + b for a, b in zip(city, district, strict=True)] == total
    assert total[2] == Decimal(wan_text(10_000_100_66)), "the sum is the rounded sum"


@pytest.mark.django_db
def test_the_sheet_is_one_page_that_adds_up_and_says_the_balance_in_capitals(books, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    sent = officer.post(reverse("issue_position", args=[books.pool.pk]))
    outbox.drain(kinds={"portal.position"})
    address = reverse("document", args=[IssuedDocument.objects.get(kind="pool_position").pk])
    assert address in officer.get(sent.headers["Location"]).content.decode()
    pdf = PdfReader(io.BytesIO(officer.get(address).content))
    assert len(pdf.pages) == 1
    words = pdf.pages[0].extract_text()
    assert "人民币壹仟万零壹佰元零陆角陆分" in words.replace("\n", "")
    found = {
        name: numbers(re.findall(rf"{name}\s+([\d,]+\.\d\d)\s+([\d,]+\.\d\d)\s+([\d,]+\.\d\d)", words)[0])
        for name in ("市级资金", "区级资金", "合计")
    }
    assert [a + b for a, b in zip(found["市级资金"], found["区级资金"], strict=True)] == found["合计"]
    assert all(reserved + free == cash for reserved, free, cash in found.values())
    ((attached,),) = pdf.attachments.values()
    assert json.loads(attached)["cash"] == "10000100.66"


@pytest.mark.django_db
def test_a_statement_that_agrees_says_so_and_one_that_differs_freezes_payouts_in_words(books, cast):
    bureau = cast.district_bureau.officer
    for code, fen in (("city", 4_000_050_33), ("district", 6_000_050_32)):
        pools.state_balance(
            by=bureau, source=books.source(code), day=TODAY, fen=fen, reference="对账单11", on=TODAY
        )
    shown = page(cast.signed_in(bureau), "pool_position", pool_id=books.pool.pk)
    assert "相符" in shown
    assert "支付已冻结" in shown
    assert "区级资金 2026-11-20 对账单与账面相差 -0.01 元" in shown


@pytest.mark.django_db
def test_a_past_day_shows_the_figures_and_limits_of_that_day(books, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    assert "1,823,456.78" in page(officer, "pools:loans", pool_id=books.pool.pk)
    shown = page(officer, "pool_position", f"?on={BEFORE.isoformat()}", pool_id=books.pool.pk)
    assert "0 笔在池贷款" in shown
    assert "0.00 元 / 200.00 万元" in shown, "the agreement's limit was not used before the first loan"
    now = page(officer, "pool_position", pool_id=books.pool.pk)
    assert "182.35 万元 / 200.00 万元" in now
    assert "接近上限" in now


@pytest.mark.django_db
def test_what_a_limit_used_on_a_day_is_what_was_reserved_by_then(books, cast):
    books.set_limit("pool_year_payout", 1_000_000_00, year=2026)
    viewer = cast.district_bureau.officer

    def used(on: dt.date) -> int:
        views = queries.limit_views(viewer=viewer, on=on, as_of_now=False)
        return next(view.used for view in views if view.limit.scope == "pool_year_payout")

    assert (used(TODAY - dt.timedelta(days=1)), used(TODAY)) == (0, 98_765_42)


@pytest.mark.django_db
def test_the_rows_behind_the_balance_end_with_the_balance(books, cast):
    shown = page(
        cast.signed_in(cast.district_bureau.officer), "pools:lines", pool_id=books.pool.pk, role="free"
    )
    assert "9,901,335.24" in shown, "10,000,100.66 paid in less 98,765.42 reserved"


@pytest.mark.django_db
def test_a_refused_loan_is_listed_with_its_article(books, cast):
    enrolling.enrol_loans(by=None, loans=[books.lend(pledge=None)], on=LENT)
    shown = page(cast.signed_in(cast.bank_a.maker), "pools:refusals")
    assert "未提供质押登记号" in shown
    assert "《民法典》第四百四十四条" in shown


@pytest.mark.django_db
def test_money_that_arrived_is_entered_by_one_and_approved_by_another(books, cast):
    officer, approver = (
        cast.signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    address = reverse("pools:contribute", args=[books.pool.pk])
    typed = {
        "source": str(books.source("city").pk),
        "fen": "1,000",
        "day": TODAY.isoformat(),
        "reference": "回单 8",
    }
    wrong = officer.post(address, typed)
    assert wrong.status_code == 422
    assert 'value="1,000"' in text_of(wrong)
    assert "不是规范的金额" in text_of(wrong)
    sent = officer.post(address, typed | {"fen": "1000.50"})
    approval = Approval.objects.get(kind="pools.contribute", state="asked")
    assert sent.headers["Location"] == reverse("approval", args=[approval.pk])
    before = fen_of(books.source("city").cash.debits)
    approver.post(reverse("approve", args=[approval.pk]))
    assert fen_of(books.source("city").cash.debits) - before == 1_000_50


@pytest.mark.django_db
def test_a_statement_is_entered_on_its_page(books, cast):
    typed = {
        "source": str(books.source("city").pk),
        "fen": "0",
        "day": TODAY.isoformat(),
        "reference": "对账单",
    }
    cast.signed_in(cast.district_bureau.officer).post(
        reverse("pools:state_balance", args=[books.pool.pk]), typed
    )
    (city, _) = queries.position(viewer=cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY).sources
    assert (city.stated, city.difference) == (0, -4_000_050_33)


AGREEMENT = {
    "number": "渝中合作乙号", "signed_on": "2026-01-05", "valid_from": "2026-01-05", "valid_to": "2026-12-31",
    "bearer_0": "passes", "bearer_1": "source:city", "bearer_2": "source:district",
    "exposure_limit_fen": "30000000", "basis": "第三条",
}  # fmt: skip


@pytest.mark.django_db
def test_an_agreement_comes_into_force_with_its_limit_when_a_second_person_approves(books, cast):
    officer, approver = (
        cast.signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    scheme = scheme_version("chongqing-knowledge-value@2017")
    typed = AGREEMENT | {"bank": str(cast.bank_b.organisation.pk), "scheme": str(scheme.pk)}
    officer.post(reverse("pools:sign_agreement", args=[books.pool.pk]), typed)
    asked = Approval.objects.get(kind="pools.sign_agreement", state="asked")
    told = page(approver, "approval", approval_id=asked.pk)
    assert "市级资金" in told
    assert "只过手，不留份额" in told
    approver.post(reverse("approve", args=[asked.pk]))
    agreement = Agreement.objects.get(number="渝中合作乙号")
    assert fen_of(agreement.limits.get().ceiling) == 30_000_000_00
    assert "渝中合作乙号" in page(cast.signed_in(cast.bank_b.maker), "pools:agreements")
    assert "渝中合作乙号" not in page(cast.signed_in(cast.bank_a.maker), "pools:agreements")


@pytest.mark.django_db
def test_an_agreement_asks_first_for_its_scheme_and_then_for_a_bearer_of_each_party(books, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    address = reverse("pools:sign_agreement", args=[books.pool.pk])
    scheme = scheme_version("chongqing-knowledge-value@2017")
    assert "第一步" in page(officer, "pools:sign_agreement", pool_id=books.pool.pk)
    second = text_of(officer.get(f"{address}?scheme={scheme.pk}"))
    assert re.findall(r'name="(bearer_\d)"', second) == ["bearer_0", "bearer_1", "bearer_2"]
    for choice in (
        "市级资金",
        "全池按出资比例",
        "贷款的担保机构",
        "只过手，不留份额",
        "重庆融资担保有限公司",
    ):
        assert choice in second
    assert "JSON" not in second


@pytest.mark.django_db
def test_every_fault_of_an_agreement_is_told_at_once_and_what_was_chosen_is_kept(books, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    address = reverse("pools:sign_agreement", args=[books.pool.pk])
    scheme = scheme_version("chongqing-knowledge-value@2017")
    typed = AGREEMENT | {"scheme": str(scheme.pk), "bank": "", "bearer_0": "", "bearer_1": "source:moon"}
    wrong = officer.post(address, typed)
    shown = text_of(wrong)
    assert wrong.status_code == 422
    assert shown.count("zr-field-error") == 3, "no bank, no bearer, a source that is none"
    assert '<option value="source:district" selected>' in shown
    passed_on = AGREEMENT | {
        "scheme": str(scheme.pk),
        "bank": str(cast.bank_b.organisation.pk),
        "bearer_1": "passes",
    }
    wrong = officer.post(address, passed_on)
    assert wrong.status_code == 422
    assert "还留有 320,000.00 元" in text_of(wrong), "1,000,000.00 at 80 % at 40 %"
    assert officer.post(address, typed | {"scheme": "no-such"}).status_code == 422


@pytest.mark.django_db
def test_a_limit_of_a_bank_names_its_agreement_and_only_a_yearly_one_has_a_year(books, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    address = reverse("pools:set_limit", args=[books.pool.pk])
    wrong = officer.post(
        address, {"scope": "bank_exposure", "year": "2026", "ceiling_fen": "1", "basis": "第五条"}
    )
    assert "银行限额须选择合作协议" in text_of(wrong)
    assert "此种限额不分年度" in text_of(wrong)
    officer.post(address, {"scope": "pool_exposure", "ceiling_fen": "50000000", "basis": "十倍"})
    approval = Approval.objects.get(kind="pools.set_limit", state="asked")
    cast.signed_in(cast.district_bureau.approver).post(reverse("approve", args=[approval.pk]))
    assert fen_of(Limit.objects.get(scope="pool_exposure").ceiling) == 50_000_000_00
