"""A registry's results as a file: looked at as strictly as a paper, confirmed by another person, entered once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from finance.parties.actions import enrol_person
from finance.parties.models import Membership
from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.models import FeedEntered, FileAct, RegistryFeed
from finance.pledges.queries import of_files as reading
from finance.pledges.rules import results
from kernel.documents.models import StoredFile
from kernel.errors import Refused
from kernel.sheets.columns import Column
from kernel.sheets.headings import heading_key
from kernel.work.approvals import approve, decline
from kernel.work.models import Approval
from tests.cast import PASSWORD, freshly_signed_in
from tests.ground import laid
from tests.pledges.filed import HANDED_IN, PDF, REGISTERED, SIGNED, UNTIL, Worked, sound

pytestmark = pytest.mark.django_db
HEADINGS = (
    "受理号或案件编号", "办理结果", "决定日", "登记号", "登记期限至", "登记的担保数额（元）", "登记证发出日",
    "事由编号", "补正事项", "说明",
)  # fmt: skip
TODAY = dt.date(2026, 12, 20)


def sheet(*rows: dict[str, Any], name: str = "结果.csv") -> Paper:
    """A file of results as CSV: cells by heading."""
    written = io.StringIO()
    lines = csv.DictWriter(written, HEADINGS)
    lines.writeheader()
    lines.writerows(rows)
    return Paper(name, written.getvalue().encode("utf-8-sig"))


def result(key: str, decision: str = "准予登记", on: Any = REGISTERED, **cells: Any) -> dict[str, Any]:
    return {
        "受理号或案件编号": key,
        "办理结果": decision,
        "决定日": str(on),
        **{k: str(v) for k, v in cells.items()},
    }


@laid
def second(cast) -> Membership:
    """Another person at the same window."""
    window = cast.ip_bureau.organisation
    return enrol_person(
        organisation=window, role="clerk", name="唐二窗", username="clerk-2", password=PASSWORD
    )


@laid
def files(cast) -> tuple[Worked, Worked]:
    """A patent of one bank, received under S1, and a mark of another, under S2; both are handed in."""
    patent, mark = Worked(cast).handed_in(), Worked(cast, "trademark", bank=cast.bank_b).handed_in()
    for worked, receipt in ((patent, "S1"), (mark, "S2")):
        actions.accept(by=worked.clerk, file_id=worked.file.pk, receipt_no=receipt, on=HANDED_IN, today=TODAY)
    return patent, mark


GOOD = (
    result("S1", 登记号="Y1", **{"登记的担保数额（元）": "5000000"}),
    result("S2", 登记号="T1", 登记期限至=UNTIL, 登记证发出日=REGISTERED),
)


def bring(by: Membership, *rows: dict[str, Any]):
    return actions.bring_feed(by=by, sheet=sheet(*rows), today=TODAY)


def confirm(by: Membership, asked: Approval | None) -> Any:
    assert asked is not None
    return approve(by=by, approval_id=asked.pk)


def test_a_feed_registers_files_of_several_banks_once_another_person_has_confirmed_it(cast, files, second):
    patent, mark = files
    feed, faults, asked = bring(cast.ip_bureau.clerk, *GOOD)
    assert (faults, patent.now.state, mark.now.state) == ((), "submitted", "submitted")
    with pytest.raises(Refused, match="同一人"):
        confirm(cast.ip_bureau.clerk, asked)
    confirm(second, asked)
    assert (patent.now.state, mark.now.state) == ("registered", "registered")
    assert (patent.now.registration.number, mark.now.registration.number) == ("Y1", "T1")
    act = FileAct.objects.get(file=patent.file, action="register")
    assert act.details["source"] == {"feed": feed.sha256, "row": 2}
    assert (act.details["registered_fen"], act.feed_id, act.recorded_by) == (
        500_000_000,
        feed.pk,
        second.account,
    )
    assert reading.status_on(patent.now, REGISTERED, TODAY).in_force


def test_what_a_party_can_open_is_its_own_row_and_nothing_of_the_other_bank(cast, files, second):
    patent, _mark = files
    confirm(second, bring(cast.ip_bureau.clerk, *GOOD)[2])
    act = FileAct.objects.get(file=patent.file, action="register")
    paper = freshly_signed_in(cast.bank_a.maker).get(
        reverse("pledges:decision", args=[patent.file.pk, act.seq])
    )
    text = b"".join(paper.streaming_content if paper.streaming else [paper.content]).decode("utf-8-sig")
    assert "Y1" in text
    assert "T1" not in text
    page = (
        freshly_signed_in(cast.bank_a.maker)
        .get(reverse("pledges:file", args=[patent.file.pk]))
        .content.decode()
    )
    assert f"登记结果文件 {act.details['source']['feed'][:12]} 第 2 行" in page


def test_the_same_file_again_changes_nothing(cast, files, second):
    asked = bring(cast.ip_bureau.clerk, *GOOD)[2]
    with pytest.raises(Refused, match="已提请确认"):
        bring(cast.ip_bureau.clerk, *GOOD)
    confirm(second, asked)
    acts = FileAct.objects.count()
    feed, faults, asked = bring(cast.ip_bureau.clerk, *GOOD)
    assert (faults, asked, FileAct.objects.count()) == ((), None, acts)
    assert {row["state"] for row in feed.rows} == {"same"}


def test_every_fault_of_every_row_comes_at_once_and_nothing_is_entered(cast, files, second):
    _, faults, asked = bring(
        cast.ip_bureau.clerk,
        result("S1"),  # no registration number
        result("S2", 登记号="T1", 登记期限至=SIGNED),  # a period that ends before it begins
        result("S9", 登记号="T1"),  # nobody's
        result("S1", "准予注销"),  # no such step now
        result("S1", "不予登记", 事由编号="PAT-R99"),
        result("S1", "不予登记", on=HANDED_IN, 登记证发出日=HANDED_IN, 事由编号="PAT-R06"),
        result("S2", on="2027-01-05", 登记号="T1", 登记期限至="2027-06-30"),  # a day to come
        result("S2", "同意", 登记号="T1"),
        result("S8", "同意"),  # nobody's, and no result either
    )
    found = {(one.row, one.key): one.code for one in faults}
    assert asked is None
    assert found == {
        (2, "number"): "required", (3, "until"): "day_order", (4, "key"): "no_file", (5, "key"): "no_such_move",
        (6, "ground"): "no_choice", (7, "certified_on"): "not_asked", (8, "on"): "future", (9, "decision"): "not_in_list",
        (10, "key"): "no_file", (10, "decision"): "not_in_list",
    }  # fmt: skip
    assert not FileAct.objects.filter(action="register").exists()
    assert RegistryFeed.objects.get().marked is not None


def test_what_a_row_cannot_say_and_what_cannot_be_done_are_told_together(cast, files):
    """Amount and day that are none, beside a missing number and a step that its file does not have now."""
    money = "登记的担保数额（元）"
    _, faults, _ = bring(
        cast.ip_bureau.clerk,
        result("S1", **{money: "五百万"}),  # and no number
        result("S1", "准予变更", **{money: "一"}),  # and no such step now
        result(
            "S2", on="2026-02-30", 登记号="T1"
        ),  # and no end of the period; its order with the day is not asked
        result("S2", on="2026-02-30", 登记号="T1", 登记期限至=SIGNED),
        result("S1", "不予登记", on="2026-02-30"),  # and no ground
        result(
            "S1", "不予登记", 事由编号="PAT-R99", 登记号="x" * 41, **{money: "1"}
        ),  # and an amount that is not asked
        result("S1", on="2027-01-05"),  # a day to come, and no number
    )
    found = {}
    for one in faults:
        found.setdefault(one.row, set()).add((one.key, one.code))
    assert found == {
        2: {("amount", "not_a_number"), ("number", "required")},
        3: {("amount", "not_a_number"), ("key", "no_such_move")},
        4: {("on", "no_such_day"), ("until", "required")},
        5: {("on", "no_such_day")},
        6: {("on", "no_such_day"), ("ground", "required")},
        7: {("number", "too_long"), ("ground", "no_choice"), ("amount", "not_asked")},
        8: {("on", "future"), ("number", "required")},
    }
    assert [one.row for one in faults] == sorted(one.row for one in faults)


def test_a_dry_run_leaves_nothing_behind(cast, files):
    before = (FileAct.objects.count(), StoredFile.objects.count())
    looked = actions.look_at_feed(
        by=cast.ip_bureau.clerk, window=cast.ip_bureau.organisation, sheet=sheet(*GOOD), today=TODAY
    )
    assert (len(looked.new), looked.faults) == (2, ())
    assert (FileAct.objects.count(), StoredFile.objects.count()) == before


def test_steps_of_one_file_follow_each_other_in_one_feed(cast, files, second):
    """Sent back, as the window's own paper would: the parties cure, the next feed refuses; the third says otherwise."""
    patent, _ = files
    confirm(
        second, bring(cast.ip_bureau.clerk, result("S1", "通知补正", on=HANDED_IN, 补正事项="缺页；缺章"))[2]
    )
    assert reading.items_asked(patent.now) == ["缺页", "缺章"]
    patent.both("cure", REGISTERED, answers=("已补", "已补"))
    confirm(second, bring(cast.ip_bureau.clerk, result("S1", "不予登记", 事由编号="PAT-R12"))[2])
    assert patent.now.state == "refused"
    _, faults, _ = bring(cast.ip_bureau.clerk, result("S1", "不予登记", 事由编号="PAT-R06"))
    assert [one.code for one in faults] == ["otherwise"]


def test_a_confirmed_feed_that_does_not_hold_any_more_is_refused_whole(cast, files, second):
    patent, mark = files
    asked = bring(cast.ip_bureau.clerk, *GOOD)[2]
    mark.decide("register", REGISTERED, number="T7", until=UNTIL)
    with pytest.raises(Refused, match="内容不同"), transaction.atomic():
        confirm(second, asked)
    assert patent.now.state == "submitted"
    decline(by=second, approval_id=asked.pk, reason="已另行办理")


def test_a_second_registration_of_a_patent_across_banks_is_found_within_one_feed(cast, second):
    """Two banks' files about one patent were handed in; the first row registers it, the second is told."""
    one, other = Worked(cast).handed_in(), Worked(cast, bank=cast.bank_b).handed_in()
    _, faults, _ = bring(
        cast.ip_bureau.clerk, result(one.file.number, 登记号="Y1"), result(other.file.number, 登记号="Y2")
    )
    assert [(fault.row, fault.code) for fault in faults] == [(3, "pledged")]
    assert "Y1" not in faults[0].found


def test_another_window_and_a_bank_bring_no_feed(cast, files):
    with pytest.raises(Refused):
        bring(cast.bank_a.maker, *GOOD)
    assert freshly_signed_in(cast.bank_a.maker).get(reverse("pledges:feeds")).status_code in (403, 404)


def test_raw_sql_enters_no_feed_that_nobody_confirmed(cast, files, second):
    patent, _ = files
    feed, _, asked = bring(cast.ip_bureau.clerk, *GOOD)
    with pytest.raises(DatabaseError, match="两人"), transaction.atomic():
        FeedEntered.objects.create(feed=feed, approval=asked, on=TODAY)
    with pytest.raises(DatabaseError, match="by_two_or_from"), transaction.atomic():
        FeedEntered.objects.create(feed=feed, on=TODAY)
    told = {
        "file": patent.file,
        "seq": 99,
        "actor": "registry",
        "feed": feed,
        "on": REGISTERED,
        "recorded_on": TODAY,
    }
    with pytest.raises(DatabaseError, match="须经确认"), transaction.atomic():
        FileAct.objects.create(**told)


def test_the_page_takes_a_file_tells_its_faults_and_shows_what_became_of_it(cast, files, second):
    client = freshly_signed_in(cast.ip_bureau.clerk)
    address = reverse("pledges:feeds")
    for name, content in (("空.csv", b""), ("扫描.pdf", PDF), ("旧.xlsx", b"PK not a zip")):
        sent = io.BytesIO(content)
        sent.name = name
        answer = client.post(address, {"sheet": sent})
        assert answer.status_code == 422, name
    faulty, good = (io.BytesIO(sheet(*rows).content) for rows in ([result("S9", 登记号="Y1")], GOOD))
    faulty.name = good.name = "结果.csv"
    page = client.post(address, {"sheet": faulty}).content.decode()
    assert "本窗口没有这个受理号" in page
    asked = client.post(address, {"sheet": good})
    assert asked.status_code == 302
    basis = freshly_signed_in(second).get(asked["Location"]).content.decode()
    assert "准予登记 2" in basis
    listed = client.get(address).content.decode()
    assert "有误，未办理" in listed
    marked = client.get(reverse("pledges:marked_feed", args=[RegistryFeed.objects.get(faults__gt=0).pk]))
    assert marked.status_code == 200
    assert client.get(reverse("pledges:feed_template")).status_code == 200


@pytest.mark.parametrize("column", [column for column in results.FORM.columns if column.units])
def test_a_heading_of_the_blank_workbook_names_a_unit_that_the_reading_takes(column: Column) -> None:
    assert heading_key(column.header)[1] in column.units


def run(*arguments: Any) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_registry_results", *map(str, arguments), "--json", "--on", str(TODAY), stdout=out
        )
    return int(ended.value.code or 0), json.loads(out.getvalue())


def test_the_command_looks_enters_once_and_tells_faults(cast, files, tmp_path):
    patent, _ = files
    path, bad = tmp_path / "结果.csv", tmp_path / "错.csv"
    path.write_bytes(sheet(*GOOD).content)
    bad.write_bytes(sheet(result("S9", 登记号="Y1")).content)
    window = ("--window", cast.ip_bureau.organisation.code)
    code, told = run(path, *window, "--dry-run")
    assert (code, told["counts"], told["entered"]) == (0, {"new": 2, "same": 0, "failed": 0}, False)
    assert patent.now.state == "submitted"
    code, told = run(path, *window)
    assert (code, told["entered"], patent.now.state) == (0, True, "registered")
    assert FeedEntered.objects.get().operator
    code, told = run(path, *window)
    assert (code, told["counts"], told["entered"]) == (0, {"new": 0, "same": 2, "failed": 0}, False)
    code, told = run(bad, *window)
    assert (code, told["failed"][0]["code"]) == (1, "no_file")
    code, told = run(path, "--window", "NOBODY")
    assert (code, bool(told["problems"])) == (2, True)


def test_a_statement_that_the_paper_way_would_refuse_is_refused_in_a_feed_too(cast, second):
    """The number belongs to another file of the same bank."""
    Worked(cast).registered(number="Y1")
    other = Worked(cast)
    other.state(sound(number="95115608.X", filed_on="2017-07-21")).attach()
    other.both("sign", SIGNED)
    other.both("submit", HANDED_IN, channel="online")
    _, faults, _ = bring(cast.ip_bureau.clerk, result(other.file.number, 登记号="Y1"))
    assert [(one.key, one.code) for one in faults] == [("number", "number_taken")]
