"""A day in an address that cannot be shown is told with what is wanted; the page stays, and acts are not done on it."""

import datetime as dt
import html

import pytest
from django.test import RequestFactory
from django.urls import reverse

from kernel.days import end_of, today
from kernel.documents.models import IssuedDocument
from kernel.pages import day_asked, known_asked, wrongly_asked
from kernel.work.models import JobRun
from riskpool.pools.models import Pool
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid
from tests.walls.objects_of_the_bank import a_loan_of_bank_a
from tests.walls.objects_of_the_pool import funded

TOMORROW = (today() + dt.timedelta(days=1)).isoformat()
WRONG = [
    ("2026-13-45", "2026-13-45 不是有效日期"),
    ("9999-99-99", "9999-99-99 不是有效日期"),
    ("9999-12-31", "9999-12-31 晚于今天"),
    (TOMORROW, f"{TOMORROW} 晚于今天"),
    ("0001-01-01", "0001-01-01 太早"),
    ("1948-12-31", "1948-12-31 太早"),
    ("2026-2-3", "2026-2-3 不是有效日期"),
    ("20260203", "20260203 不是有效日期"),
    ("2026-W05-1", "2026-W05-1 不是有效日期"),
    ("２０２６-02-03", "２０２６-02-03 不是有效日期"),
    ("昨天", "昨天 不是有效日期"),
    ("<script>", "<script> 不是有效日期"),
    ("2026-02-03\x00", ""),
]


@laid
def pool(cast: Cast) -> Pool:
    return funded(cast).pool


@pytest.mark.parametrize(("asked", "found"), WRONG)
def test_a_wrong_day_is_not_taken_and_told_with_what_is_wanted(asked: str, found: str) -> None:
    request = RequestFactory().get("/", {"on": asked, "known": asked})
    if found:
        assert (day_asked(request), known_asked(request)) == (today(), None)
        assert [found in problem.found for problem in wrongly_asked(request)] == [True, True]
        assert all("写成 YYYY-MM-DD" in problem.wanted for problem in wrongly_asked(request))
    else:
        day = dt.date(2026, 2, 3)
        assert (day_asked(request), known_asked(request)) == (day, end_of(day))
        assert wrongly_asked(request) == []


@pytest.mark.parametrize(("asked", "found"), [WRONG[0], *WRONG[-2:]])
@pytest.mark.parametrize("name", ["on", "known"])
def test_a_wrong_day_is_told_and_the_page_is_kept(
    cast: Cast, pool: Pool, name: str, asked: str, found: str
) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    answer = client.get(reverse("pool_position", args=[pool.pk]), {name: asked})
    shown = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert pool.name in shown
    assert ("日期没有采用" in shown) == bool(found)
    assert found in shown
    if found:
        assert "写成 YYYY-MM-DD" in shown
        assert answer.context["on"] == today()
        assert answer.context["known_on"] is None


@pytest.mark.parametrize("asked", ["", "2026-06-30", today().isoformat(), "1949-01-01"])
def test_a_right_day_or_none_is_told_nothing(cast: Cast, pool: Pool, asked: str) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    answer = client.get(reverse("pool_position", args=[pool.pk]), {"on": asked, "known": ""})
    assert "日期没有采用" not in answer.content.decode()
    assert answer.context["on"] == (dt.date.fromisoformat(asked) if asked else today())


def test_every_page_that_takes_a_day_tells_of_a_wrong_one(cast: Cast, pool: Pool) -> None:
    officer, maker = freshly_signed_in(cast.district_bureau.officer), freshly_signed_in(cast.bank_a.maker)
    asked = {"on": "2026-13-45"}
    for client, url in (
        (officer, reverse("pools:list")),
        (officer, reverse("pools:limits")),
        (officer, reverse("pools:loans", args=[pool.pk])),
        (officer, reverse("pools:lines", args=[pool.pk, "cash"])),
        (maker, reverse("pools:limits")),
        (maker, reverse("loans:loan", kwargs=a_loan_of_bank_a(cast).parameters)),
    ):
        assert "2026-13-45 不是有效日期" in client.get(url, asked).content.decode(), url


def test_no_sheet_is_issued_for_a_day_that_was_not_understood(cast: Cast, pool: Pool) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    answer = client.post(reverse("issue_position", args=[pool.pk]) + "?on=2026-13-45")
    assert answer.status_code == 422
    assert "2026-13-45 不是有效日期" in answer.content.decode()
    assert (JobRun.objects.count(), IssuedDocument.objects.count()) == (0, 0)


def test_a_figure_opens_its_rows_as_of_the_same_day_and_as_known_on_the_same_day(
    cast: Cast, pool: Pool
) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    asked = {"on": "2026-11-20", "known": "2026-11-25"}
    shown = client.get(reverse("pool_position", args=[pool.pk]), asked).content.decode()
    lines = reverse("pools:lines", args=[pool.pk, "cash"])
    assert f"{lines}?on=2026-11-20&amp;known=2026-11-25" in shown
    assert "出具 PDF" not in shown  # a sheet says what is known now
