"""An entered filing tells what happened, not what was forecast: which loan entered which pool, which did not and why."""

import datetime as dt
import html
import io
import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from finance.intake import actions
from finance.intake.models import Filing, FilingOutcome
from finance.intake.outcomes import happened
from finance.loans.models import Loan
from kernel.work import approvals, outbox
from kernel.work.models import OutboxMessage
from riskpool.pools.models import Enrolment
from tests.books import open_books
from tests.ground import laid
from tests.intake.workbooks import few, monthly_return

ON = dt.date(2026, 11, 20)
SEPTEMBER = dt.datetime(2026, 9, 1)
OUTSIDE = [3, 4, 5, 6, 7, 9, 10, 11, 12, 13]
pytestmark = pytest.mark.django_db


@laid
def books(cast):
    """A limit of 10,000,000.00 for bank A: row 2 (5,000,000, lent in September) fits, row 7 (8,000,000) then does not.

    The other good rows were lent more than 90 days ago or lie outside the pool's districts.
    """
    return open_books(cast, exposure_limit=10_000_000_00)


def workbook(**other):
    return few({(2, "放款日"): SEPTEMBER, **other.get("cells", {})}, without={8, *other.get("without", ())})


def checked(cast, content=None, form="loans"):
    filing = actions.receive(
        by=cast.bank_a.maker, form=form, name="备案.xlsx", content=content or workbook(), on=ON
    )
    outbox.drain()
    filing.refresh_from_db()
    return filing


def approved(cast, filing):
    asked = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="good_rows")
    approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    filing.refresh_from_db()
    return filing


def entered(cast, content=None, form="loans"):
    filing = approved(cast, checked(cast, content, form))
    outbox.drain()
    return filing


@laid
def ready(cast, books):
    """The workbook, checked."""
    return checked(cast)


@laid
def signed(cast, ready):
    """Approved by the second person; no worker has put its loans into the pools."""
    return approved(cast, ready)


@laid
def done(signed):
    outbox.drain()
    return signed


def page(cast, filing, name="filing", **asked):
    answer = cast.signed_in(cast.bank_a.maker).get(reverse(f"intake:{name}", args=[filing.pk]), asked)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_dry_run_names_the_good_rows_that_would_enter_no_pool_with_reason_and_article(cast, ready):
    assert (
        list(ready.rows.exclude(kept_out=[]).order_by("file_row").values_list("file_row", flat=True))
        == OUTSIDE
    )
    shown = page(cast, ready)
    assert "无误但不能入池的贷款" in shown
    for told in ("YC700002", "山城二智能装备有限公司", "放款后超过90日才备案", "鲁科字〔2016〕173号"):
        assert told in shown
    assert "：需 8,000,000.00 元，余 5,000,000.00 元" in shown  # row 7, after row 2 has taken its room
    assert "使用率 50.0%" in shown
    listed = page(cast, ready, "rows", outcome="outside")
    assert "YC700012" in listed
    assert "借款企业不在本资金池覆盖的区县" in listed
    assert "YC700001" not in listed


def test_until_a_worker_has_enrolled_the_loans_the_page_says_so_and_shows_no_forecast(cast, signed):
    shown = page(cast, signed)
    assert "正在办理入池" in shown
    assert "part=followed" in shown
    for forecast in ("入库后的限额", "拟入库", "不能入池", "使用率"):
        assert forecast not in shown
    outbox.drain()
    done = page(cast, signed)
    assert "正在办理入池" not in done
    assert "限额的实际变动" in done


def test_what_happened_is_told_as_it_moved_and_not_as_it_was_forecast(cast, books, ready):
    books.enrol(
        books.lend(3_000_000_00), on=dt.date(2026, 3, 2)
    )  # meanwhile the limit was used by another loan
    approved(cast, ready)
    outbox.drain()
    told = happened(ready)
    assert [told.stage, sorted(told.of("in")), sorted(told.of("out"))] == ["done", [2], OUTSIDE]
    assert told.by_place == [(books.pool.name, "chongqing-knowledge-value@2017", 1)]
    (line,) = told.lines
    assert (line["before"], line["after"], line["ceiling"]) == ("3000000.00", "8000000.00", "10000000.00")
    (reason,) = told.of("out")[7]["reasons"]
    assert reason["reason"] == (
        "限额不足（合作协议在池余额上限（重庆渝中甲银行股份有限公司））：需 8,000,000.00 元，余 2,000,000.00 元"
    )
    shown = page(cast, ready)
    assert "入库前 300.00 万元，入库后 800.00 万元" in shown
    assert "余 2,000,000.00 元" in shown
    assert "余 5,000,000.00 元" not in shown  # the forecast
    assert "在池敞口 5,000,000.00 元" in page(cast, ready, "rows")
    loan = Loan.objects.get(bank_loan_no="YC700002")
    assert reverse("loans:loan", args=[loan.pk]) in shown


def test_a_changed_row_and_a_return_tell_how_far_exposure_moved(cast, done):
    again = entered(cast, workbook(cells={(2, "贷款金额（万元）"): 600, (7, "贷款金额（万元）"): 300}))
    told = happened(again)
    assert (told.of("moved")[2]["before"], told.of("moved")[2]["after"]) == ("5000000.00", "6000000.00")
    assert sorted(told.of("in")) == [7]  # smaller now, and there is room
    reported = entered(
        cast, monthly_return([["YC700001", "2026-10", "1000000", "", "0", "正常", ""]]), form="returns"
    )
    (moved,) = happened(reported).of("moved").values()
    assert (moved["before"], moved["after"]) == ("6000000.00", "1000000.00")
    assert happened(reported).lines[0]["after"] == "4000000.00"  # 1,000,000 and row 7's 3,000,000
    assert "在池余额" in page(cast, reported)


def test_the_pools_total_is_never_told_to_one_bank(cast, books):
    books.set_limit("pool_exposure", 12_345_678_00)
    for filing in (checked(cast), entered(cast, workbook(without=(3,)))):
        assert "12,345,678" not in page(cast, filing)
        assert "1,234.57" not in page(cast, filing)
        assert "12345678" not in json.dumps([filing.effect, [one.lines for one in filing.outcomes.all()]])


def test_what_could_not_be_followed_is_told_where_the_result_would_stand(cast, signed):
    message = OutboxMessage.objects.get(effect_key=f"loans.entered:{signed.pk}")
    message.tries = 8
    message.save(update_fields=["tries"])
    outbox.drain()
    assert happened(signed).stage == "given_up"
    assert "已搁置，须由系统管理员处理" in page(cast, signed)
    outbox.take_up_again(effect_key=message.effect_key)
    outbox.drain()
    assert happened(signed).stage == "done"


def test_an_outcome_is_told_once_and_never_edited(done):
    outcome = FilingOutcome.objects.get(filing=done)
    for statement in (
        "UPDATE intake_filingoutcome SET room = 'x'",
        "DELETE FROM intake_filingoutcome",
        "TRUNCATE intake_filingoutcome",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        FilingOutcome.objects.create(filing=done, room=outcome.room, lines=[], rows={})


def report(file, *arguments):
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(
            *("import_loans", str(file), "--bank", "CQYZ-A", "--json", "--on", "2026-11-20"),
            *arguments,
            stdout=out,
        )
    return json.loads(out.getvalue())


def test_the_json_report_forecasts_in_a_dry_run_and_tells_what_happened_once_entered(cast, books, tmp_path):
    file = tmp_path / "备案.xlsx"
    file.write_bytes(workbook())
    dry = report(file, "--dry-run")
    assert (dry["effect_is"], dry["lists"]["outside"]) == ("forecast", OUTSIDE)
    by_row = {row["row"]: row["pool"] for row in dry["rows"]}
    assert by_row[13]["reasons"][0]["reason"] == "借款企业不在本资金池覆盖的区县"
    assert by_row[13]["reasons"][0]["article"] == "演示设定（重庆市各区县分设资金池）"
    assert by_row[2]["what"] == ""
    done = report(file)
    assert (done["effect_is"], done["lists"]["outside"]) == ("happened", OUTSIDE)
    (line,) = done["effect"]["lines"]
    assert (line["before"], line["after"]) == ("0.00", "5000000.00")
    by_row = {row["row"]: row["pool"] for row in done["rows"]}
    assert (by_row[2]["what"], by_row[2]["where"]) == ("in", books.pool.name)
    assert Enrolment.objects.get().loan.bank_loan_no == "YC700001"
    assert report(file)["effect_is"] == "forecast"  # again: nothing was entered


def test_the_report_for_a_person_names_the_rows_outside_the_pools(cast, books, tmp_path):
    (tmp_path / "备案.xlsx").write_bytes(workbook())
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(
            *("import_loans", str(tmp_path / "备案.xlsx"), "--bank", "CQYZ-A", "--on", "2026-11-20"),
            stdout=out,
        )
    assert "未入池（10 行）" in out.getvalue()
    assert "第13行 YC700012 泗上九文化创意有限公司：" in out.getvalue()
    assert f"入池 {books.pool.name}：1 笔" in out.getvalue()


def test_a_filing_entered_before_outcomes_were_kept_says_that_there_is_none(cast, signed):
    OutboxMessage.objects.filter(effect_key=f"loans.entered:{signed.pk}").update(state="done")
    assert happened(Filing.objects.get(pk=signed.pk)).stage == "untold"
    assert "没有留存入池结果" in page(cast, signed)
