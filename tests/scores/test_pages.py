"""The pages of scores, as the enterprise and the bank see them; hostile input through every door."""

from __future__ import annotations

import datetime as dt
import io
import re
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile

from kernel.days import today
from kernel.work import outbox
from kernel.work.approvals import approve
from kernel.work.models import JobRun
from tests.cast import freshly_signed_in as at
from tests.scores.ground import adopt, consent, state_as_of
from valuation.cards.queries import card_for
from valuation.scores import actions, sheets
from valuation.scores.models import Consent, Dispute, DisputeAnswer, InputFact, LineQuote, Override, Score
from valuation.scores.queries.telling import ScoreTold

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(cast, card):
    """Enterprise A's figures of today, bank A allowed, scored by both."""
    firm, on = cast.enterprise_a, today()
    state_as_of(firm, on)
    consent(firm, cast.bank_a.organisation, on)
    adopt(cast.bank_a.maker, firm.organisation, on)
    own = actions.score_enterprise(by=firm.owner, enterprise=firm.organisation, on=on)
    banks = actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)
    return own, banks


def test_the_enterprise_sees_points_sources_and_what_would_help(cast, lived):
    page = at(cast.enterprise_a.owner).get("/scores/").content.decode()
    for words in ("81.78", "知识价值 K", "70.5", "怎样可以提高", "距 A2 级还差", "算例", "什么会降低等级"):
        assert words in page, words


def test_an_enterprise_is_not_asked_whose_inputs_it_states_and_not_told_on_every_row(cast, lived):
    own, house = at(cast.enterprise_a.owner), at(cast.bank_a.maker)
    page = own.get("/scores/inputs/").content.decode()
    hidden = f'<input type="hidden" name="firm" value="{cast.enterprise_a.organisation.pk}"'
    assert hidden in page, re.findall("<[^>]*name=.firm[^>]*>", page)
    assert 'data-label="企业"' not in page
    refused = own.post("/scores/inputs/upload/", {"file": ContentFile(b"x", "a.csv")})
    assert refused.status_code == 422
    assert hidden in refused.content.decode(), "after a refused file one input can be stated still"
    assert 'data-label="企业"' in house.get("/scores/inputs/").content.decode()


def test_nothing_is_ticked_beforehand_where_an_enterprise_consents(cast):
    client = at(cast.enterprise_a.owner)
    page = client.get("/scores/consents/").content.decode()
    assert 'name="kinds"' in page
    assert " checked" not in page
    receiver, last = cast.bank_a.organisation.pk, today() + dt.timedelta(days=30)
    unticked = client.post("/scores/consents/", {"receiver": receiver, "last_day": last})
    assert unticked.status_code == 422
    assert not Consent.objects.exists()


def test_of_a_banks_score_the_enterprise_sees_reasons_but_no_parameter_line_or_pd(cast, lived):
    _, banks = lived
    actions.quote_line(
        by=cast.bank_a.maker, score_id=banks.pk, asked={"compensation_share": "0.8"}, on=today()
    )
    page = at(cast.enterprise_a.owner).get(f"/scores/{banks.pk}/").content.decode()
    assert "主要失分原因" in page
    assert "请人工复核" in page
    for words in ("违约概率", "补偿比例", "测算额度", "调整等级"):
        assert words not in page, words
    assert at(cast.bank_b.maker).get(f"/scores/{banks.pk}/").status_code == 404


def test_a_bank_quotes_a_line_and_sees_every_term(cast, lived):
    _, banks = lived
    client = at(cast.bank_a.maker)
    answer = client.post(
        f"/scores/{banks.pk}/quote/", {"compensation_share": "0.8", "existing_exposure_wan": "0"}
    )
    assert answer.status_code == 302
    page = client.get(f"/scores/{banks.pk}/").content.decode()
    assert "额度由质押价值决定" in page
    assert "等级上限（按补偿比例）" in page
    wrong = client.post(
        f"/scores/{banks.pk}/quote/", {"compensation_share": "NaN", "existing_exposure_wan": "x"}
    )
    assert wrong.status_code == 422
    told = wrong.content.decode()
    assert "补偿比例" in told
    assert "已有余额（万元）" in told
    assert "existing_exposure_wan：" not in told
    assert "小数加引号" not in told
    assert LineQuote.objects.count() == 1


CAPITAL = {"sales_wan": "1000", "margin_percent": "20", "growth_percent": "-10", "turnover": "4.5", "own_funds_wan": "100",
           "other_loans_wan": "0"}  # fmt: skip


def test_the_need_of_working_capital_is_worked_out_on_the_page_and_binds_where_it_is_least(cast, lived):
    """1,000 * (1 - 20 %) * (1 - 10 %) / 4.5 - 100 = 60; all six or none, each fault under its label."""
    _, banks = lived
    client, url = at(cast.bank_a.maker), f"/scores/{banks.pk}/quote/"
    asked = {"compensation_share": "0.8", "existing_exposure_wan": "0"}
    assert client.post(url, asked | CAPITAL).status_code == 302
    kept = LineQuote.objects.get()
    assert (kept.bound_by, kept.answer["amount_wan"]) == ("working_capital", "60.00")
    page = client.get(f"/scores/{banks.pk}/").content.decode()
    assert "1000×(1−20%)×(1−10%)÷4.5−100−0" in page
    wrong = client.post(url, {"sales_wan": "1000", "turnover": "0", "request_wan": "-1"})
    assert wrong.status_code == 422
    told = wrong.content.decode()
    for label in (
        "申请金额（万元）",
        "营运资金周转次数（每年）",
        "上年度销售利润率（%）",
        "自有资金（万元）",
    ):
        assert f"{label}</" in told
    assert "为空 不是可用的金额" in told
    assert '<details class="mb-3" open>' in told
    assert LineQuote.objects.count() == 1


def test_an_override_takes_two_persons_and_keeps_the_score(cast, lived):
    _, banks = lived
    answer = at(cast.bank_a.maker).post(
        f"/scores/{banks.pk}/override/", {"grade": "C1", "reason": "主要客户流失"}
    )
    assert answer.status_code == 302
    asked = answer.url.rstrip("/").rpartition("/")[2]
    approve(by=cast.bank_a.checker, approval_id=asked)
    kept = Override.objects.get()
    assert (kept.grade_before, kept.grade) == ("B1", "C1")
    assert Score.objects.get(pk=banks.pk).grade == "B1"
    assert "现用等级 C1" in at(cast.bank_a.checker).get(f"/scores/{banks.pk}/").content.decode()


CORRECTION = {"state": "value", "value": "45", "source": "2025年度审计报告", "known_on": today().isoformat()}


def test_a_dispute_with_its_paper_is_answered_once(cast, lived):
    _, banks = lived
    paper = io.BytesIO(b"%PDF-1.7 audited")
    paper.name = "审计报告.pdf"
    owner, bank = at(cast.enterprise_a.owner), at(cast.bank_a.maker)
    sent = {"item": "fin_leverage", "says": "应为 45%", "paper": paper}
    assert owner.post(f"/scores/{banks.pk}/dispute/", sent).status_code == 302
    dispute = Dispute.objects.get()
    told = [person.get(f"/scores/{banks.pk}/").content.decode() for person in (owner, bank)]
    assert all("<strong>资产负债率</strong>" in page for page in told)
    assert bank.get(f"/scores/disputes/{dispute.pk}/paper/").status_code == 200
    assert at(cast.bank_b.maker).get(f"/scores/disputes/{dispute.pk}/paper/").status_code == 404
    answer = {"upheld": "yes", "words": "已核，按审计报告更正"}
    where = f"/scores/disputes/{dispute.pk}/answer/"
    without = bank.post(where, answer)
    assert (without.status_code, "填写更正后的状态" in without.content.decode()) == (422, True)
    assert at(cast.bank_a.checker).post(where, answer | CORRECTION).status_code == 422
    assert bank.post(where, answer | CORRECTION | {"value": "NaN"}).status_code == 422
    assert not InputFact.objects.filter(source=CORRECTION["source"]).exists(), "nothing half-written"
    assert bank.post(where, answer | CORRECTION).status_code == 302
    assert bank.post(where, answer | CORRECTION).status_code == 422
    kept = DisputeAnswer.objects.get()
    assert (kept.fact.name, kept.fact.value, kept.fact.house) == ("fin_leverage", "45", banks.house)
    line = next(one for one in kept.rescored.answer["lines"] if one["id"] == "fin_leverage")
    assert (line["value"], kept.rescored.on) == ("45", today())
    assert Score.objects.get(pk=banks.pk).digest == banks.digest
    page = owner.get(f"/scores/{banks.pk}/").content.decode()
    assert "按审计报告更正" in page
    assert f"/scores/{kept.rescored_id}/" in page


def test_an_upheld_dispute_of_a_gate_needs_no_correction(cast, lived):
    """No single input makes a gate; and of a firm that has withdrawn nothing more is stated."""
    _, banks = lived
    dispute = Dispute.objects.create(
        score=banks, input="g_dishonest", says="已移出名单", made_by=cast.enterprise_a.owner.account, made_on=today()
    )  # fmt: skip
    answer = {"upheld": "yes", "words": "已核"}
    assert at(cast.bank_a.checker).post(f"/scores/disputes/{dispute.pk}/answer/", answer).status_code == 302
    assert DisputeAnswer.objects.get().fact is None


def test_a_person_looks_when_the_enterprise_asks(cast, lived):
    own, banks = lived
    owner = at(cast.enterprise_a.owner)
    assert owner.post(f"/scores/{banks.pk}/review/", {"says": "新订单未计入"}).status_code == 302
    assert owner.post(f"/scores/{banks.pk}/review/", {"says": "再问"}).status_code == 422
    assert owner.post(f"/scores/{own.pk}/review/", {"says": "自己的"}).status_code == 404
    review = banks.reviews.get()
    bank = at(cast.bank_a.maker)
    assert "人工复核" in bank.get("/scores/").content.decode()
    assert bank.post(f"/scores/reviews/{review.pk}/answer/", {"words": "已看，下月重评"}).status_code == 302
    assert "已看，下月重评" in owner.get(f"/scores/{banks.pk}/").content.decode()


def test_the_portfolio_is_scored_by_a_job_that_goes_on_alone(cast, lived):
    before = Score.objects.count()
    answer = at(cast.bank_a.maker).post("/scores/rescore/")
    outbox.drain(kinds=("scores.rescore",))
    job = JobRun.objects.get(kind="scores.rescore")
    assert answer.url.endswith(f"{job.pk}/")
    assert (job.state, Score.objects.count() - before) == ("done", 1)
    assert Score.objects.filter(job=job).get().enterprise == cast.enterprise_a.organisation
    # the progress is written beside the test's own transaction, so that it is not seen in it
    JobRun.objects.filter(pk=job.pk).update(stage="已评 1 户；未评 1 户：乙（没有有效授权）")
    page = at(cast.bank_a.maker).get(f"/jobs/{job.pk}/").content.decode()
    assert "查看结果" in page, "what it leaves is a page, not a file"
    assert "下载" not in page
    assert "已评 1 户" in page, "whom it left out and why is told at the end, too"


def test_a_workbook_comes_in_whole_or_every_fault_is_told(cast, card):
    code, on = cast.enterprise_a.organisation.credit_code, today().isoformat()
    later = today() + dt.timedelta(days=1)
    owner = at(cast.enterprise_a.owner)
    head = "统一社会信用代码,项目,对象,状态,数值,来源,查询日\n"
    bad = f"{code},资产负债率,,,-3,审计报告,{on}\n{code},ip_class2,,,NaN,登记簿,2999-01-01\n"
    bad += f"{code},ip_class2,,,3,登记簿,{later}\n{code},没有这项,,,1,x,{on}\n"
    page = owner.post("/scores/inputs/upload/", {"file": _file(head + bad)})
    told = page.content.decode()
    assert page.status_code == 422
    for words in ("-3 超出可能的范围", "“NaN” 不是规范的数字", "晚于评分日", "没有“没有这项”这一项", "第3行"):
        assert words in told, words
    assert not InputFact.objects.exists()
    twice = f"{code},资产负债率,,,50,审计报告,{on}\n{code},fin_leverage,,,70,审计报告,{on}\n"
    page = owner.post("/scores/inputs/upload/", {"file": _file(head + twice)})
    assert (page.status_code, "与第2行重复" in page.content.decode()) == (422, True)
    good = f"{code},资产负债率,,,50,审计报告,{on}\n{code},cr_litigation,,查无,,裁判文书,{on}\n"
    assert owner.post("/scores/inputs/upload/", {"file": _file(head + good)}).status_code == 302
    assert sorted(InputFact.objects.values_list("name", "value", "state")) == [
        ("cr_litigation", "", "queried_none"),
        ("fin_leverage", "50", "value"),
    ]
    coded = (
        f"{code},right.kind,ZL1,,invention,登记簿,{on}\n{code},right.technology,ZL1,,machinery,登记簿,{on}\n"
    )
    assert owner.post("/scores/inputs/upload/", {"file": _file(head + coded)}).status_code == 302
    listed = owner.get("/scores/inputs/").content.decode()
    assert "发明专利" in listed
    assert "机械" in listed
    assert "machinery" not in listed


def _file(text: str) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = "数据.csv"
    return file


def test_what_the_template_asks_and_nobody_answered_is_passed_over(cast, card):
    owner = at(cast.enterprise_a.owner)
    content = owner.get("/scores/inputs/template/").content
    assert sheets.rows_of(content, "模板.xlsx", card_for(None, today())[2], today()) == []
    sent = io.BytesIO(content)
    sent.name = "模板.xlsx"
    assert "0 行" in owner.post("/scores/inputs/upload/", {"file": sent}).content.decode()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "x" * 1_000_000])
def test_a_hostile_figure_on_the_form_gets_its_fault(cast, card, value):
    firm = cast.enterprise_a
    typed = {
        "firm": firm.organisation.pk, "item": "ip_class2", "state": "value", "value": value,
        "source": "登记簿", "known_on": today().isoformat(),
    }  # fmt: skip
    page = at(firm.owner).post("/scores/inputs/", typed)
    assert page.status_code == 422
    assert not InputFact.objects.exists()
    late = {**typed, "value": "3", "known_on": (today() + dt.timedelta(days=1)).isoformat()}
    assert at(firm.owner).post("/scores/inputs/", late).status_code == 422


def test_the_record_says_nothing_before_the_window_is_over(cast, lived):
    page = at(cast.bank_a.maker).get("/scores/record/").content.decode()
    assert "还没有结果已知的评分" in page


def test_a_bank_takes_over_on_the_page_what_the_firm_says_of_itself(cast, card):
    firm, on = cast.enterprise_a, today()
    state_as_of(firm, on)
    consent(firm, cast.bank_a.organisation, on)
    thin = actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)
    client, address = at(cast.bank_a.maker), f"/scores/{thin.pk}/"
    page = client.get(address).content.decode()
    assert "企业自述，尚未采用" in page
    said = InputFact.objects.filter(house=firm.organisation)
    answer = client.post(f"/scores/inputs/adopt/{thin.pk}/", {"fact": [str(row.pk) for row in said]})
    assert answer.status_code == 302
    assert "企业自述，尚未采用" not in client.get(address).content.decode()
    again = actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)
    assert again.answer["score"] == "81.78"
    assert client.post(f"/scores/inputs/adopt/{thin.pk}/", {"fact": ["no-id"]}).status_code == 302
    assert "没有选择" in client.get(address).content.decode()


def test_what_was_typed_to_one_dispute_stands_in_its_own_form_only(cast, lived):
    _, banks = lived
    owner, bank = at(cast.enterprise_a.owner), at(cast.bank_a.maker)
    for item in ("fin_leverage", "fin_growth"):
        owner.post(f"/scores/{banks.pk}/dispute/", {"item": item, "says": "有误"})
        owner.post(f"/scores/{banks.pk}/review/", {"says": f"请复核 {item}"})
    first = Dispute.objects.get(input="fin_leverage")
    typed = {"upheld": "yes", "words": "只答这一条", "state": ""}
    answer = bank.post(f"/scores/disputes/{first.pk}/answer/", typed)
    page = answer.content.decode()
    assert (answer.status_code, page.count("只答这一条")) == (422, 1)
    form = page[page.index(f'action="/scores/disputes/{first.pk}/answer/"') :]
    assert "只答这一条" in form[: form.index("</form>")]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(one for one in set(ids) if ids.count(one) > 1) == []
    long = bank.post(f"/scores/disputes/{first.pk}/answer/", typed | {"words": "字" * 1_000_000})
    assert long.status_code == 422
    assert not DisputeAnswer.objects.exists()


def test_what_a_gate_found_comes_first_and_what_nobody_asked_is_no_finding():
    row = SimpleNamespace(answer={"gates": [{"answer": "unknown"}, {"answer": "hit"}, {"answer": "unknown"}]})
    told = ScoreTold(row, card=None, found=None, prospects=None, theirs=False)
    assert [answer for answer, _ in told.gate_leads] == ["hit", "unknown"]
    assert told.gate_leads[0][1] == ""
    assert "不是说有这些情况" in told.gate_leads[1][1]
    row.answer["gates"] = [{"answer": "hit"}]
    assert [answer for answer, _ in told.gate_leads] == ["hit"]
