"""Application form, commitment and schedule of a pledge: what was entered stands on the paper, what is missing is named."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace

import pytest
from django.utils import timezone
from pypdf import PdfReader

from finance.pledges.papers import (
    FILLED,
    OF_A_RIGHT,
    TEMPLATE,
    Debt,
    Described,
    Particulars,
    Party,
    issue_paper,
    paper_of,
)
from finance.pledges.rules.facts import Owner
from finance.pledges.rules.forms import PAPERS, read_forms
from kernel.documents.render import render_pdf
from kernel.errors import Refused
from kernel.strict_yaml import read_text
from tests.cast import Cast
from tests.pledges.by_the_book import DAY, filing, library
from tests.pledges.by_the_book import ROOT as HOME

FIRM = Party(
    "甲公司", "91500103MA5U1Y0R6P", address="重庆市渝中区民权路1号", contact="王芳", phone="023-60000001"
)
BANK = Party("重庆渝州银行股份有限公司", "91500103MA5U1Y0R7X", address="重庆市渝中区邹容路2号")
DEBT = Debt(
    kind="流动资金借款",
    amount_fen=107_000_53,
    begins_on=dt.date(2026, 7, 21),
    scope="本金、利息、罚息、违约金和实现债权的费用",
    principal_contract="渝借〔2026〕1号",
    pledge_contract="渝质〔2026〕1号",
    signed_on=dt.date(2026, 7, 20),
)
RIGHTS = {"patent": "ZL201720888888.6"}


def particulars(kind: str = "patent", **other: object) -> Particulars:
    filed = filing(kind)
    described = {
        right.number: Described("一种轴承检测装置", "复制权、信息网络传播权") for right in filed.rights
    }
    return replace(Particulars(filed, FIRM, BANK, DEBT, described), **other)


def drawn(name: str, one: Particulars) -> PdfReader:
    paper = paper_of(name, one, on=DAY)
    return PdfReader(io.BytesIO(render_pdf(TEMPLATE, {"content": paper.content, "title": paper.title})))


def text_of(pdf: PdfReader) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))


def test_the_application_of_a_patent_says_parties_debt_and_right_and_has_two_named_seal_places() -> None:
    pdf = drawn("application", particulars())
    text = text_of(pdf)
    for told in (
        "专利权质押登记申请表",
        "91500103MA5U1Y0R6P",
        "重庆市渝中区民权路1号",
        "107,000.53元（人民币壹拾万柒仟元零伍角叁分）",
        "2026年7月21日至2027年7月20日",
        "非最高额质押",
        "ZL201720888888.6",
        "实用新型",
        "2017年7月21日",
        "2018年3月2日",
        "凭记忆，有旁证",
    ):
        assert told in text, told
    assert set(pdf.get_fields() or ()) == {"seal_pledgor", "seal_pledgee"}
    width, height = pdf.pages[0].mediabox[2:]
    assert (round(width), round(height)) == (595, 842)  # A4


def test_the_schedule_computes_the_last_day_of_the_right_and_names_shares() -> None:
    one = particulars()
    owners = (Owner("甲公司", share="60%"), Owner("乙公司", consents=True, share="40%"))
    right = replace(one.filing.rights[0], owners=owners)
    text = text_of(drawn("schedule", replace(one, filing=replace(one.filing, rights=(right,)))))
    assert "2027年7月20日" in text  # ten years from 2017-07-21, less a day (brief, TERM-06)
    assert "甲公司（60%）、乙公司（40%）" in text
    assert "1件" in text


def test_a_maximum_amount_is_written_in_capitals_too() -> None:
    text = text_of(drawn("schedule", particulars(debt=replace(DEBT, ceiling_fen=3_000_000_00))))
    assert "最高债权额3,000,000.00元（人民币叁佰万元整）" in text


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("trademark", ("商标专用权质押登记申请书", "质权登记期限", "第9类")),
        ("copyright", ("著作权质权登记申请表", "首次发表日", "复制权、信息网络传播权", "质押担保金额")),
    ],
)
def test_marks_and_works_have_forms_of_their_own(kind: str, told: tuple[str, ...]) -> None:
    text = text_of(drawn("application", particulars(kind)))
    for one in told:
        assert one in text, one


def test_the_commitment_promises_in_numbered_sentences_and_is_marked_as_our_own_draft() -> None:
    text = text_of(drawn("commitment", particulars()))
    assert "1.双方身份真实" in text
    assert "设计建议，非法律" in text


def test_what_nobody_entered_is_an_empty_box_that_the_paper_names() -> None:
    paper = paper_of("application", particulars(pledgee=Party("渝州银行")), on=DAY)
    assert "质权人·地址" in paper.blank
    assert "质权人·名称或姓名" not in paper.blank
    assert "质权人·地址" in text_of(drawn("application", particulars(pledgee=Party("渝州银行"))))


def test_contradictions_come_all_at_once() -> None:
    one = particulars(pledgor=replace(FIRM, name="丙公司"), pledgee=replace(BANK, name="丙公司"))
    one = replace(one, debt=replace(DEBT, begins_on=dt.date(2028, 1, 1), amount_fen=0))
    one = replace(one, filing=replace(one.filing, rights=one.filing.rights * 2))
    with pytest.raises(Refused) as refused:
        paper_of("application", one, on=DAY)
    assert [problem.where for problem in refused.value.problems] == [
        *("出质人", "质权人", "权利 ZL201720888888.6", "债务履行期限", "债权数额")
    ]


def test_a_kind_without_a_form_is_sent_to_the_lawyers() -> None:
    one = particulars()
    with pytest.raises(Refused, match="没有可用的表式"):
        paper_of("application", replace(one, filing=replace(one.filing, kind="layout")), on=DAY)


def test_a_sign_that_no_font_can_draw_is_refused_instead_of_an_empty_box() -> None:
    with pytest.raises(Refused, match="随附字体没有"):
        drawn("application", particulars(pledgee=replace(BANK, contact="某\U00031234")))


def test_a_file_of_forms_gets_every_fault_with_its_place() -> None:
    text = (HOME / "policies/registration/papers/patent.yaml").read_text("utf-8")
    broken = text.replace("from: address", "from: adress").replace("schedule:", "schedul:")
    with pytest.raises(Refused) as refused:
        read_forms(read_text(broken), "patent", FILLED, OF_A_RIGHT)
    told = [str(problem) for problem in refused.value.problems]
    assert any("是不是 address？" in one for one in told)
    assert any("schedule" in one and "缺少" in one for one in told)
    assert any("schedul" in one and "不认识的键" in one for one in told)


def test_every_kind_with_a_form_has_rules_for_it() -> None:
    for kind in ("patent", "trademark", "copyright"):
        for name in PAPERS:
            assert paper_of(name, particulars(kind), on=DAY).content["rules"] in library().books


@pytest.mark.django_db
def test_an_issued_paper_is_numbered_and_names_nobody_in_its_title(cast: Cast) -> None:
    paper = paper_of("commitment", particulars(), on=DAY)
    issued = issue_paper(
        by=cast.bank_a.maker, at=timezone.now(), subject=cast.enterprise_a.organisation, paper=paper
    )
    assert (issued.kind, issued.wall) == ("pledge.commitment", cast.bank_a.organisation.pk)
    assert "甲公司" not in issued.title
    assert issued.content["blank"] == list(paper.blank)
