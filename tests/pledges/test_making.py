"""Papers made of a file's statement, rights entered from a workbook, and lists that ask the database the same for many."""

from __future__ import annotations

import copy
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.models import Assent, FileStatement, RegistrationFile, RightsSheet
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_making
from finance.pledges.rules import patent_check_digit
from finance.pledges.sheets import filled, form_of, stated
from finance.pledges.turns import turns
from kernel.documents.models import IssuedDocument
from kernel.errors import Refused
from kernel.identifiers import new_id
from kernel.sheets import check_rows, read_rows, write_template
from kernel.work import outbox
from kernel.work.models import JobRun
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.by_the_book import book, calendar
from tests.pledges.filed import OPENED, OWNER, PATENT, SIGNED, Worked, sound

pytestmark = pytest.mark.django_db
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARTICULARS = {
    "debt_kind": "流动资金借款", "begins_on": "2026-07-21", "scope": "本金、利息和实现债权的费用", "signed_on": "2026-07-20",
    "principal_contract": "渝借〔2026〕1号", "pledge_contract": "渝质〔2026〕1号", "ceiling_fen": 600_000_000,
}  # fmt: skip


@laid
def told(cast):
    contents = sound(title="一种轴承检测装置")
    contents["contract"] |= PARTICULARS
    contents["parties"] = {"pledgor": {"address": "渝中区民权路1号"}, "pledgee": {"contact": "王芳"}}
    return Worked(cast).state(contents)


def shown(response):
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def codes(refused):
    return {problem.code for problem in refused.value.problems}


def made(worked, by, name):
    job = actions.ask_for_paper(by=by, file_id=worked.file.pk, name=name, on=OPENED)
    outbox.drain(kinds={"pledges.paper"})
    job.refresh_from_db()
    assert job.state == "done", job.fault
    return IssuedDocument.objects.get(pk=job.outcome.rstrip("/").rpartition("/")[2])


def test_each_party_has_its_own_copy_made_of_what_the_file_states(told):
    for by, name in ((told.bank.maker, "application"), (told.owner, "schedule")):
        document = made(told, by, name)
        assert (document.wall, document.subject_id) == (by.organisation_id, str(told.file.pk))
        text = re.sub(
            r"\s",
            "",
            "".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(document.pdf))).pages),
        )
        for one in (
            "一种轴承检测装置",
            "渝质〔2026〕1号",
            "6,000,000.00元（人民币陆佰万元整）",
            "渝中区民权路1号",
            OWNER,
        ):
            assert one in text, one
    assert not of_making.made(told.owner, told.file).filter(kind="pledge.application").exists()


def test_the_page_says_before_which_boxes_stay_empty(cast, told):
    page = shown(freshly_signed_in(cast.enterprise_a.owner).get(reverse("pledges:file", args=[told.file.pk])))
    assert "尚未填写，将留空：" in page
    assert "出质人（法定代表人、联系人、联系电话）；质权人（地址、法定代表人、联系电话）" in page


def test_nothing_is_made_of_nothing_and_what_contradicts_itself_is_told_at_once(cast):
    worked = Worked(cast)
    with pytest.raises(Refused, match="还没有填写内容"):
        actions.ask_for_paper(by=worked.bank.maker, file_id=worked.file.pk, name="application", on=OPENED)
    contents = sound()
    contents["parties"] = {"pledgor": {"name": "同一公司"}, "pledgee": {"name": "同一公司"}}
    worked.state(contents)
    with pytest.raises(Refused, match="同时是出质人"):
        actions.ask_for_paper(by=worked.owner, file_id=worked.file.pk, name="application", on=OPENED)
    assert not JobRun.objects.exists()


def test_a_paper_that_cannot_be_drawn_ends_its_job_with_the_sentence(cast):
    worked = Worked(cast).state(sound(title="某\U00031234"))
    job = actions.ask_for_paper(by=worked.bank.maker, file_id=worked.file.pk, name="application", on=OPENED)
    outbox.drain(kinds={"pledges.paper"})
    job.refresh_from_db()
    assert job.state == "failed"
    assert "随附字体没有" in job.fault


def test_what_is_stated_of_parties_and_contract_is_checked_and_the_bank_keeps_its_own(told):
    contents = reading.contents_of(told.file)
    wrong = {**contents, "contract": {**contents["contract"], "signed_on": "2026-12-01", "amount_fen": 0}}
    wrong["contract"]["begins_on"] = "2028-01-01"
    with pytest.raises(Refused) as refused:
        told.state(wrong)
    assert codes(refused) == {"future", "amount", "day_order"}
    tampered = {
        **contents,
        "contract": {},
        "parties": {"pledgor": {"phone": "1"}, "pledgee": {"contact": "别人"}},
    }
    actions.state_contents(by=told.owner, file_id=told.file.pk, contents=tampered, on=OPENED)
    kept = reading.contents_of(told.file)
    assert kept["contract"]["debt_kind"] == "流动资金借款"
    assert kept["parties"] == {"pledgor": {"phone": "1"}, "pledgee": {"contact": "王芳"}}


# --- rights by workbook -----------------------------------------------------------------------------------------------


def numbered(n):
    body = f"2017106{n:05}"
    return f"ZL{body}.{patent_check_digit(body)}"


def workbook(rows, kind="patent"):
    whole = [{"owners": OWNER, **row} for row in rows]
    return Paper("权利.xlsx", write_template(form_of(book(kind)), bank="x", month="202611", prefilled=whole))


def enter(worked, sheet, by=None):
    return actions.enter_rights(by=by or worked.bank.maker, file_id=worked.file.pk, sheet=sheet, on=OPENED)


@pytest.mark.parametrize("kind", ["patent", "trademark", "copyright", "layout"])
def test_a_stated_right_is_filled_in_and_read_back_the_same(kind):
    """What the workbook asks of a right, written and read, is what was stated."""
    form, right = (
        form_of(book(kind)),
        sound(kind, title="名称", owners=[{"name": OWNER}, {"name": "乙", "consents": False}])["rights"][0],
    )
    if kind == "trademark":
        del right["title"]
    content = write_template(form, bank="x", month="202611", prefilled=[filled(book(kind), right)])
    checked = check_rows(read_rows(content, "x.xlsx", form), form, on=OPENED)
    assert checked.problems == ()
    assert stated(book(kind), checked.rows[0].values) == right


def test_five_hundred_rights_come_in_at_once_beside_those_that_stand(cast):
    worked = Worked(cast).state()
    rows = [{"number": numbered(n), "title": f"第{n}件", "filed_on": None} for n in range(499)]
    kept, faults = enter(worked, workbook([*rows, {"number": PATENT, "title": "重新填写"}]))
    assert (faults, kept.rows, kept.statement.seq) == ((), 500, 2)
    rights = reading.contents_of(worked.now)["rights"]
    assert [right["number"] for right in rights[:2]] == [PATENT, numbered(0)]
    assert (len(rights), rights[0]["title"]) == (500, "重新填写")
    with pytest.raises(Refused, match="录入后共 501 件，超过 500 件"):
        enter(worked, workbook([{"number": numbered(499)}]))
    client = freshly_signed_in(worked.bank.maker)
    assert "已填写 500 件" in shown(client.get(reverse("pledges:state_contents", args=[worked.file.pk])))
    sent = client.post(
        reverse("pledges:state_contents", args=[worked.file.pk]), {"pledgee-phone": "023-1", "seen": "2"}
    )
    assert sent.status_code == 302
    assert len(reading.contents_of(worked.now)["rights"]) == 500
    run = actions.check(by=worked.bank.maker, file_id=worked.file.pk, on=OPENED)
    assert {one["right"] for one in run.findings} >= {numbered(0), numbered(498)}


def test_what_a_right_says_beyond_the_workbook_stays(cast):
    worked = Worked(cast).state(sound(value_fen=1_000_000_00))
    enter(worked, workbook([{"number": "2017106018623", "title": "重新填写"}]))
    (right,) = reading.contents_of(worked.now)["rights"]
    assert right == {
        "number": "201710601862.3", "title": "重新填写", "owners": [{"name": OWNER}], "value_fen": 1_000_000_00,
    }  # fmt: skip


def test_every_bad_cell_is_told_marked_and_nothing_is_entered(cast):
    worked = Worked(cast).state()
    before = FileStatement.objects.count()
    sheet = workbook(
        [
            {"number": "ZL201710601862.4", "filed_on": "2017-07-21"},
            {"number": PATENT, "status": "好的", "owners": "甲|也许"},
            {"number": "2017106018623"},
            {"number": "CN107463654A", "suspended": "大概"},
        ]
    )
    kept, faults = enter(worked, sheet)
    assert [(fault.row, fault.heading, fault.code) for fault in faults] == [
        (3, "专利号", "check_digit"),
        (4, "专利号", "twice"), (4, "法律状态", "not_in_list"), (4, "权利人", "bad_owner"),
        (5, "专利号", "twice"),
        (6, "专利号", "number"), (6, "因权属纠纷中止程序", "not_in_list"),
    ]  # fmt: skip
    assert FileStatement.objects.count() == before
    marked = load_workbook(io.BytesIO(bytes(kept.marked.content)))
    assert "应为 3" in marked["填报"]["A3"].comment.text
    client = freshly_signed_in(worked.bank.maker)
    answer = client.get(reverse("pledges:marked_sheet", args=[worked.file.pk, kept.pk]))
    assert bytes(answer.content) == bytes(kept.marked.content)
    other = freshly_signed_in(worked.owner).get(
        reverse("pledges:marked_sheet", args=[worked.file.pk, kept.pk])
    )
    assert other.status_code == 404  # the other party's draft is its own


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("权利.xlsx", b"", "文件是空的"),
        ("权利.xlsx", b"%PDF-1.7", "不是"),
        ("权利.xlsx", bytes(30 * 2**20), "文件 30.0 MB，超过 20 MB，没有读取"),
    ],
)
def test_a_file_that_is_no_workbook_gets_its_sentence(cast, name, content, sentence):
    worked = Worked(cast).state()
    sent = {"sheet": SimpleUploadedFile(name, content, XLSX)}
    answer = freshly_signed_in(worked.bank.maker).post(
        reverse("pledges:rights_sheet", args=[worked.file.pk]), sent
    )
    assert answer.status_code == 422
    assert sentence in shown(answer)
    assert not RightsSheet.objects.exists()


def test_the_workbook_of_another_kind_is_refused_by_name(cast):
    with pytest.raises(Refused, match="请在“质押登记权利清单"):
        enter(Worked(cast).state(), workbook([{"number": "58940600", "filed_on": None}], kind="trademark"))


def test_the_blank_workbook_holds_what_stands_and_can_be_sent_back(cast):
    worked = Worked(cast).state()
    client = freshly_signed_in(worked.owner)
    answer = client.get(reverse("pledges:rights_template", args=[worked.file.pk]))
    kept, faults = enter(worked, Paper("清单.xlsx", answer.content), by=worked.owner)
    assert (faults, kept.statement.seq) == ((), 1)  # the same again is no new statement


def test_nothing_comes_in_by_workbook_after_handing_in(cast):
    worked = Worked(cast).handed_in()
    with pytest.raises(Refused) as refused:
        enter(worked, workbook([{"number": PATENT}]))
    assert codes(refused) == {"stated"}


# --- lists --------------------------------------------------------------------------------------------------------------


def test_fifty_files_ask_the_database_no_more_than_one(cast, django_assert_max_num_queries):
    worked = Worked(cast).state()
    worked.attach().say(worked.owner, "sign", SIGNED)
    first, stated_once, assent = worked.now, worked.now.statements.get(), worked.now.assents.get()
    files = [_again(first, id=new_id(), number=f"ZY-20261116-1{n:03}") for n in range(49)]
    RegistrationFile.objects.bulk_create(files)
    statements = FileStatement.objects.bulk_create(_again(stated_once, pk=None, file=file) for file in files)
    Assent.objects.bulk_create(
        _again(assent, pk=None, file=one.file, statement=one, last_paper=0) for one in statements[:24]
    )
    client = freshly_signed_in(cast.bank_a.maker)
    client.get(reverse("pledges:files"))
    with django_assert_max_num_queries(25):
        page = shown(client.get(reverse("pledges:files")))
    assert (page.count("确认：双方签署申请表和合同"), page.count("推进质押登记申请")) == (25, 25)
    with django_assert_max_num_queries(5):
        waiting = list(turns(viewer=cast.bank_a.maker, on=SIGNED, calendar=calendar()))
    assert len(waiting) == 50


def _again(row, **changes):
    copied = copy.copy(row)
    copied._state = type(row._state)()
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
