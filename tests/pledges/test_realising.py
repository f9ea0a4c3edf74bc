"""Realising a pledge: who is told what, in which order, and the papers for the court, byte for byte out of the file."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.books import realising_guide
from finance.pledges.queries import of_realising, of_rights
from finance.pledges.queries.of_watch import Debt
from finance.pledges.rules.realising import read_guide
from finance.pledges.secured import SecuredLoan
from kernel.acts.models import Act
from kernel.errors import Refused
from kernel.strict_yaml import read_text
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.by_the_book import library
from tests.pledges.filed import PDF, REGISTERED, Worked, sound

pytestmark = pytest.mark.django_db
DUE = dt.date(2027, 7, 20)
DAY = dt.timedelta(days=1)
AFTER = DUE + DAY


@pytest.fixture
def on_the_day(monkeypatch):
    for module in ("views.files", "views.realising", "views.watch", "views.steps"):
        monkeypatch.setattr(f"finance.pledges.{module}.today", lambda: AFTER)
    monkeypatch.setattr("kernel.pages.today", lambda: AFTER)


@laid
def running(cast):
    return Worked(cast).registered()


def debt(**more):
    loan = SecuredLoan("L1", dt.date(2026, 11, 20), DUE, 400_000_000, more.pop("settled", False), **more)
    return Debt(500_000_000, (loan,), DUE)


def told(worked, by, on=AFTER, in_force=True, **more):
    return of_realising.realising_of(worked.now, viewer=by, debt=debt(**more), in_force=in_force, on=on)


def test_it_is_told_to_both_parties_once_the_debt_is_due_and_unpaid_and_to_no_window(running):
    assert told(running, running.bank.maker, on=DUE) is None, "the debt is due at the end of its last day"
    assert told(running, running.bank.maker, settled=True) is None
    assert told(running, running.bank.maker, in_force=False) is None
    assert told(running, running.clerk) is None
    bank, owner = told(running, running.bank.maker), told(running, running.owner)
    assert [one.rule.id for one in bank.reminders] == ["CC-17"]
    assert [one.rule.id for one in owner.reminders] == ["CC-16"]


def test_the_debtors_own_asset_goes_first_and_a_third_partys_need_not(cast, running):
    own = told(running, running.bank.maker, guarantor="重庆小微担保有限公司")
    assert own.order.text.startswith("质物是债务人自己的")
    assert own.guarantors == ("重庆小微担保有限公司",)
    other = Worked(cast)
    contents = sound()
    contents["contract"]["debtor"] = "重庆另一家有限公司"
    other.state(contents)
    assert of_realising._whose(other.now) == "third_party"
    contents["contract"]["debtor"] = f" {other.file.pledgor.name} "
    other.state(contents)
    assert of_realising._whose(other.now) == "own", "spaces make no other debtor"


def test_a_pledgor_written_with_its_new_name_is_still_the_debtor_in_both_places(cast):
    worked, contents = Worked(cast), sound()
    contents["parties"] = {"pledgor": {"name": "重庆更名后有限公司", "address": "重庆"}}
    contents["contract"]["debtor"] = "重庆更名后有限公司"
    worked.state(contents)
    assert of_rights.filing_on(worked.now, worked.today).third_party_pledgor is False
    assert of_realising._whose(worked.now) == "own"


def test_the_bundle_holds_the_files_own_bytes_and_names_what_is_not_kept(running, on_the_day):
    letter = b"%PDF-1.7 a demand"
    actions.interrupt(
        by=running.bank.maker, file_id=running.file.pk, kind="LIM-01", on=dt.date(2026, 12, 1), told="催收函已送达",
        paper=Paper("催收函.pdf", letter), today=running.today,
    )  # fmt: skip
    bank = freshly_signed_in(running.bank.maker)
    answer = bank.get(reverse("pledges:evidence", args=[running.file.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = [name for name in archive.namelist() if name.endswith(".pdf")]
    assert [name.split("/")[0] for name in names] == [
        "02 质押合同", "03 质押登记证明（登记、变更、延期的文书，登记证以最后一份为准）", "04 催收等中断诉讼时效的凭证",
    ]  # fmt: skip
    assert [archive.read(name) for name in names] == [PDF, PDF, letter]
    index = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("00 目录.xlsx"))).get_sheet_by_name("目录")
    rows = index.to_python()
    absent = next(row for row in rows if row[0] == "主合同")
    assert absent[1] == "本案没有收存，请自备"
    kept = next(row for row in rows if row[0] == "质押合同")
    assert kept[3] == running.file.papers.get(material="PAT-M02").stored.sha256
    act = Act.objects.filter(verb="file.take").latest("pk")
    assert running.file.number in act.summary


def test_whoever_is_not_the_pledgee_of_a_due_debt_has_no_bundle(cast, running, on_the_day, monkeypatch):
    address = reverse("pledges:evidence", args=[running.file.pk])
    assert freshly_signed_in(cast.bank_b.maker).get(address).status_code == 404
    assert freshly_signed_in(running.owner).get(address).status_code == 404
    assert freshly_signed_in(running.clerk).get(address).status_code == 404
    monkeypatch.setattr("finance.pledges.views.realising.today", lambda: DUE)
    assert freshly_signed_in(running.bank.maker).get(address).status_code == 404


def test_the_pages_tell_it(running, on_the_day):
    bank, owner = freshly_signed_in(running.bank.maker), freshly_signed_in(running.owner)
    page = bank.get(reverse("pledges:file", args=[running.file.pk])).content.decode()
    assert "下载材料包" in page
    assert "民事诉讼法第207、208条" in page
    page = owner.get(reverse("pledges:file", args=[running.file.pk])).content.decode()
    assert "怠于行使" in page
    assert "下载材料包" not in page
    step = bank.get(reverse("pledges:step", args=[running.file.pk]), {"action": "request_cancellation"})
    assert "其他担保人在同等范围内免责" in step.content.decode()


def test_the_bundle_holds_every_certificate_of_a_mark_the_last_one_last(cast, on_the_day):
    mark = Worked(cast, "trademark").registered()
    names = iter(("登记证.pdf", "补发的登记证.pdf"))
    mark.decide("issue_certificate", REGISTERED + DAY, paper=Paper(next(names), PDF))
    mark.attach("TM-M01")
    mark.say(mark.owner, "request_reissue", REGISTERED + 2 * DAY)
    mark.decide("record_reissue", REGISTERED + 3 * DAY, paper=Paper(next(names), PDF))
    found = told(mark, mark.bank.maker)
    assert found is not None
    proof = next(one for one in found.pack if one.piece.id == "RP-03")
    assert [paper.name for _, paper in proof.papers] == ["通知书.pdf", "登记证.pdf", "补发的登记证.pdf"]


def test_a_replay_shows_no_panel_of_today_and_a_window_learns_nothing_of_the_claim(running, on_the_day):
    address = reverse("pledges:file", args=[running.file.pk])
    bank = freshly_signed_in(running.bank.maker)
    assert "下载材料包" in bank.get(address).content.decode()
    assert "下载材料包" not in bank.get(address, {"on": "2026-11-20", "known": "2026-11-20"}).content.decode()
    running.attach("PAT-M13", "PAT-M14")
    began = {
        "default_event": "agreed",
        "default_on": running.today.isoformat(),
        "default_source": "催告函第3号",
    }
    running.say(running.bank.maker, "enforce", running.today, asked=began)
    told = {
        "realised_by": "auction", "realised_on": running.today.isoformat(), "realised": 430_000_000,
        "claim_principal": 400_000_000, "claim_interest": 0, "realisation_costs": 0, "claim_source": "结清单第7号",
    }  # fmt: skip
    running.both("close_enforcement", running.today, asked=told, stated=frozenset({"act.end_proven"}))
    at_window = freshly_signed_in(running.clerk).get(address).content.decode()
    assert "4,300,000.00" in at_window, "what it is to cancel by"
    for hidden in ("结清单第7号", "催告函第3号", "4,000,000.00", "300,000.00 元", "发生约定的实现质权的情形"):
        assert hidden not in at_window.replace("4,300,000.00", "")
    assert "结清单第7号" in bank.get(address).content.decode()


def test_names_in_the_bundle_unpack_everywhere():
    assert of_realising._short("../" + "长" * 120 + ".pdf") == ".._" + "长" * 57 + ".pdf"
    assert of_realising._short("无后缀") == "无后缀"


def test_every_material_that_the_pack_asks_for_is_one_of_a_rule_book():
    known = {one.id for book in library().books.values() for one in book.materials}
    asked = {name for piece in realising_guide().pack for name in piece.materials}
    assert asked <= known
    assert {name.split("-")[0] for name in asked} == {"PAT", "TM", "CR", "LD"}


def test_a_bad_file_is_refused_with_every_fault():
    rules = {"CC-12": realising_guide().order["own"].rule}
    with pytest.raises(Refused) as refused:
        read_guide(
            read_text(
                "id: x\ntitle: y\norder: [{when: own, told: a, rule: CC-12}]\nways: [{id: a, title: b, rule: CC-99}]\n"
                "reminders: 3\n"
                "waiver: [{when: mine, told: a, rule: CC-12}, {when: own, told: b, rule: CC-12}]\n"
                "pack: [{id: P, title: t, rule: CC-12}]\nmore: 1"
            ),
            rules,
        )
    places = {one.where.split("（")[0] for one in refused.value.problems}
    assert {
        "order",
        "ways[0].rule",
        "reminders",
        "waiver[0].when",
        "waiver",
        "pack[0].materials",
        "more",
    } <= places


def test_the_state_of_enforcing_has_its_name_in_every_book():
    assert all(
        of_realising.ENFORCING in {state.id for state in book.states} for book in library().books.values()
    )
