"""Papers of a step on a running pledge: made of what is typed for the step, sealed by whom the rule names."""

from __future__ import annotations

import html
import io
import re

import pytest
from django.urls import reverse
from pypdf import PdfReader

from finance.pledges import actions
from finance.pledges.papers import OF_A_RIGHT
from finance.pledges.rules.step_forms import read_step_forms
from finance.pledges.step_papers import FILLED_OF_A_STEP, forms_of, step_forms
from kernel.documents.models import IssuedDocument
from kernel.errors import Refused
from kernel.strict_yaml import read_text
from kernel.work import outbox
from kernel.work.models import JobRun
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import ROOT, library
from tests.pledges.filed import MARK, REGISTERED, UNTIL, Worked, sound

LATER = REGISTERED.replace(day=30)
EXTENSION = {"new_until": "2027-12-31"}


def text_of(document):
    pages = PdfReader(io.BytesIO(bytes(document.pdf))).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def seals(document):
    return set(PdfReader(io.BytesIO(bytes(document.pdf))).get_fields() or ())


def made(worked, by, name, action, asked):
    job = actions.ask_for_step_paper(
        by=by, file_id=worked.file.pk, name=name, action=action, asked=asked, on=LATER
    )
    outbox.drain(kinds={"pledges.paper"})
    job.refresh_from_db()
    assert job.state == "done", job.fault
    return IssuedDocument.objects.get(pk=job.outcome.rstrip("/").rpartition("/")[2])


@pytest.mark.parametrize("book", [one for one in library().books.values() if one.kind != "layout"])
def test_whatever_the_parties_apply_for_has_its_paper_and_who_applies_alone_seals_alone(book):
    """Read off the rule book: each application on a running pledge, by its actors."""
    asked = [one for one in book.transitions if one.action.startswith(("request_", "close_"))]
    assert asked
    for move in asked:
        papers = forms_of(book.kind, move.action)
        assert papers, move.action
        wanted = ("pledgee",) if move.actors == ("pledgee",) else ("pledgor", "pledgee")
        assert {one.form.seals for one in papers} == {wanted}, move.action
    consents = {
        one.action
        for one in book.transitions
        if any(guard.condition.metric == "act.pledgee_consents" for guard in one.guards)
    }
    assert consents
    for action in consents:
        assert [one.form.seals for one in forms_of(book.kind, action)] == [("pledgee",)], action


def test_every_paper_belongs_to_moves_that_the_books_of_its_kind_have_and_asks_for_what_they_ask():
    for kind, papers in step_forms().items():
        for book in (one for one in library().books.values() if one.kind == kind):
            moves = {one.action: one for one in book.transitions}
            for paper in papers:
                assert set(paper.moves) <= set(moves), (book.id, paper.id)
                known = {f"asked.{name}" for action in paper.moves for name in moves[action].asks}
                fields = {box.value for section in paper.form.sections for box in section.fields}
                assert {one for one in fields if one.startswith("asked.")} <= known, (book.id, paper.id)


def test_a_file_of_step_papers_gets_every_fault_with_its_place():
    text = (ROOT / "policies/registration/papers/steps/patent.yaml").read_text("utf-8")
    broken = text.replace("asked.changed_on", "asked.change_on").replace("id: cancellation\n", "id: change\n")
    with pytest.raises(Refused) as refused:
        read_step_forms(read_text(broken), "patent", FILLED_OF_A_STEP, OF_A_RIGHT)
    told = [str(one) for one in refused.value.problems]
    assert any("asked.changed_on？" in one for one in told)
    assert any("写了两次" in one for one in told)


@pytest.mark.django_db
def test_a_change_stands_on_its_paper_before_and_after_in_capitals(cast):
    worked = Worked(cast).registered()
    asked = {"changed_on": LATER.isoformat(), "new_amount": 620_000_000, "new_pledgee_name": "新名银行"}
    document = made(worked, worked.owner, "change", "request_change", asked)
    text = text_of(document)
    for told in (
        "专利权质押登记变更申请表",
        "登记号Y2026500000123",
        "被担保债权的数额5,000,000.00元（人民币伍佰万元整）6,200,000.00元（人民币陆佰贰拾万元整）",
        f"质权人名称{cast.bank_a.organisation.name}新名银行",
        "变更发生日2026年11月30日",
    ):
        assert told in text, told
    assert seals(document) == {"seal_pledgor", "seal_pledgee"}
    assert document.wall == worked.owner.organisation_id


@pytest.mark.django_db
def test_the_pledgee_alone_extends_under_his_own_seal_and_the_pledgor_cannot_have_it_made(cast):
    worked = Worked(cast, "trademark")
    worked.today = LATER  # recorded by the day on which the paper is made
    worked.registered()
    document = made(worked, worked.bank.maker, "extension_alone", "request_extension_alone", EXTENSION)
    assert seals(document) == {"seal_pledgee"}
    assert "申请延期至2027年12月31日" in text_of(document)
    assert f"质权登记期限至{UNTIL.year}年{UNTIL.month}月{UNTIL.day}日" in text_of(document)
    letter = made(worked, worked.bank.maker, "extension_letter", "request_extension_alone", EXTENSION)
    assert "质权人保证" in text_of(letter)
    with pytest.raises(Refused, match="本岗位没有这一步"):
        made(worked, worked.owner, "extension_alone", "request_extension_alone", EXTENSION)


@pytest.mark.django_db
def test_a_consent_lists_only_the_rights_concerned_and_says_where_the_price_goes(cast):
    worked = Worked(cast, "trademark")
    contents = sound("trademark")
    other = {**contents["rights"][0], "number": "58940601"}
    other["mark"] = {"number": "58940601", "words": "XYZ", "classes": [12]}
    contents["rights"].append(other)
    worked.state(contents).attach()
    worked.state = lambda *_: worked
    worked.registered()
    asked = {
        "deal": "licence", "counterparty": "成都甲公司", "rights_concerned": ["58940601"], "proceeds": 30_000_000,
        "proceeds_to": "escrow", "escrowed_at": "重庆公证处", "proceeds_by": "2026-12-31",
    }  # fmt: skip
    text = text_of(made(worked, worked.owner, "consent", "transfer_or_license", asked))
    assert "58940601" in text
    assert MARK not in text
    for told in (
        "许可他人使用",
        "300,000.00元（人民币叁拾万元整）",
        "提存机构重庆公证处",
        "最迟到账日2026年12月31日",
    ):
        assert told in text, told


@pytest.mark.django_db
def test_answers_that_the_step_would_refuse_make_no_paper_and_are_told_at_once(cast):
    worked = Worked(cast).registered()
    with pytest.raises(Refused) as refused:
        made(worked, worked.owner, "change", "request_change", {"new_amount": 500_000_000})
    assert {one.code for one in refused.value.problems} == {"required", "same"}
    with pytest.raises(Refused, match="没有这份文书"):
        made(worked, worked.owner, "extension", "request_cancellation", {"ended_because": "PAT-X01"})
    assert not JobRun.objects.exists()


@pytest.mark.django_db
def test_the_page_of_a_step_has_its_papers_made_and_keeps_what_was_typed(cast):
    worked = Worked(cast).registered()
    client = freshly_signed_in(worked.bank.maker)
    step = reverse("pledges:step", args=[worked.file.pk]) + "?action=request_cancellation"
    page = html.unescape(client.get(step).content.decode())
    assert "专利权质押登记注销申请表" in page
    assert 'formtarget="_blank"' in page
    address = reverse("pledges:make_step_paper", args=[worked.file.pk, "cancellation"])
    sent = client.post(f"{address}?action=request_cancellation", {"on": "2026-11-25", "note": "已结清"})
    page = html.unescape(sent.content.decode())
    assert sent.status_code == 422
    assert "注销事由" in page
    assert "已结清" in page
    sent = client.post(f"{address}?action=request_cancellation", {"ended_because": "PAT-X03"})
    assert sent.status_code == 302
    outbox.drain(kinds={"pledges.paper"})
    document = IssuedDocument.objects.get()
    assert "质权人放弃质权（办法第14条）" in text_of(document)
    unknown = reverse("pledges:make_step_paper", args=[worked.file.pk, "extension"])
    assert client.post(f"{unknown}?action=request_cancellation").status_code == 404
    wrong = client.post(f"{address}?action=register")
    assert wrong.status_code == 422


@pytest.mark.django_db
def test_who_says_yes_second_has_the_paper_made_of_what_the_first_one_said(cast):
    worked = Worked(cast).registered()
    worked.attach("PAT-M13")
    worked.say(worked.bank.maker, "request_cancellation", LATER, asked={"ended_because": "PAT-X01"})
    client = freshly_signed_in(worked.owner)
    address = reverse("pledges:make_step_paper", args=[worked.file.pk, "cancellation_commitment"])
    assert client.post(f"{address}?action=request_cancellation").status_code == 302
    outbox.drain(kinds={"pledges.paper"})
    assert "债务人按期履行，或出质人提前清偿" in text_of(IssuedDocument.objects.get())


@pytest.mark.django_db
def test_a_layout_design_is_told_what_is_by_hand_and_no_paper_is_offered(cast):
    worked = Worked(cast, "layout").state()
    client = freshly_signed_in(worked.bank.maker)
    page = html.unescape(client.get(reverse("pledges:file", args=[worked.file.pk])).content.decode())
    assert "没有找到布图设计质押的登记程序" in page
    assert "制作文书" not in page
    patent = Worked(cast).state()
    page = html.unescape(client.get(reverse("pledges:file", args=[patent.file.pk])).content.decode())
    assert "没有找到布图设计质押的登记程序" not in page
    assert "制作文书" in page


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["patent", "trademark", "copyright"])
def test_the_papers_of_a_step_on_one_right_stand_on_one_page(cast, kind):
    """With the parties described in full, as a registry wants them: addresses, codes, who is in charge."""
    contents = sound(kind)
    told = {
        "address": "重庆市渝中区民权路28号英利国际金融中心27楼", "contact": "王芳", "phone": "023-63830000",
    }  # fmt: skip
    contents["parties"] = {"pledgor": told, "pledgee": told}
    contents["contract"] |= {
        "scope": "主债权及利息、违约金、损害赔偿金、实现债权和质权的费用",
        "debt_kind": "流动资金借款",
    }
    worked = Worked(cast, kind)
    worked.state(contents)
    worked.state = lambda *_: worked
    worked.registered()
    change = {
        "changed_on": LATER.isoformat(),
        "new_amount": 620_000_000,
        "new_pledgee_name": "新名银行股份有限公司",
    }
    document = made(worked, worked.owner, "change", "request_change", change)
    assert len(PdfReader(io.BytesIO(bytes(document.pdf))).pages) == 1
