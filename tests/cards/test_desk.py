"""The scorecard desk: a file becomes a draft or is told its faults, is read aloud, compared, weighed, published by two."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from kernel.days import today
from kernel.errors import Refused
from kernel.policystore import actions
from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.work.approvals import approve
from tests.cards.conftest import shipped_text
from tests.cards.drafts import NEXT, next_card
from tests.scoring.conftest import CASES
from valuation.cards import queries
from valuation.cards.aloud import read_aloud
from valuation.cards.difference import differences, in_words
from valuation.cards.effect import NO_GRADE, effect_of
from valuation.cards.keepers import read_card
from valuation.examples import application_of, load_cases
from valuation.inputs import Application
from valuation.loading import load_scorecard
from valuation.scoring import score
from valuation.words import card_words

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def bureau(cast, shipped):
    return cast.district_bureau


def uploaded(client, text: str):
    file = SimpleUploadedFile("card.yaml", text.encode())
    return client.post(reverse("scorecards:upload"), {"file": file})


def draft_of(by, text: str = NEXT) -> PolicyVersion:
    return actions.keep_draft(by=by, kind="scorecard", text=text)


def test_a_faulty_file_is_told_all_its_faults_with_their_places_and_nothing_is_kept(cast, bureau):
    officer = cast.signed_in(bureau.officer)
    broken = next_card(("{from: 2, to: 4, points: 8}", "{from: 3, to: 4, points: 8}"), ("max: 26", "max: 27"))
    answer = uploaded(officer, broken)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "indicators[0].bins[2].from" in page
    assert "groups[2].max" in page
    assert not PolicyVersion.objects.filter(state="draft").exists()


def test_a_draft_is_read_aloud_with_bins_points_marks_gates_and_its_cases_carried_out(cast, bureau):
    officer = cast.signed_in(bureau.officer)
    answer = uploaded(officer, NEXT)
    assert answer.status_code == 302
    page = text_of(officer.get(answer["Location"]))
    for told in (
        "有效自主发明专利数：满分 12 分", "2 至 4 以下：7 分", "未查询：0 分，并计入缺失", "已见原文", "设定，无出处",
        "等级不高于 D（命中超过标的的 20%）", "综合分 60 分时违约率为 0.020", "发明专利：质押率 0.25（上限 0.40）",
        "只有年限", "相符",
    ):  # fmt: skip
        assert told in page, told


def test_every_indicator_gate_and_kind_is_read_aloud_once():
    card = load_scorecard(shipped_text())
    keys = [told.key for section in read_aloud(card) for told in section.lines]
    assert len(keys) == len(set(keys))
    assert {f"{name}.head" for name in card.indicators} | {f"gate.{gate.id}" for gate in card.gates} <= set(
        keys
    )
    bins = sum(len(scale.bins) + len(scale.words) + 1 for _, scale in card.inputs.values())
    assert sum(any(part in key.split(".") for part in ("bin", "word", "none")) for key in keys) == bins


def test_what_two_versions_say_differently_is_laid_beside_each_other():
    changes = differences(load_scorecard(shipped_text()), load_scorecard(NEXT))
    found = {one.label: (one.before, one.after) for one in changes}
    assert found["有效自主发明专利数"] == ("2 至 4 以下：8 分", "2 至 4 以下：7 分")
    to_grades = "从分数到违约概率和等级"
    assert "违约率为 0.030" in found[to_grades][0]
    assert "违约率为 0.020" in found[to_grades][1]
    assert "适用" in found
    grades = [one for one in changes if one.part == to_grades and one.label != to_grades]
    assert {"A1", "E1"} < {one.label for one in grades}
    assert len(grades) == len(changes) - 3 == 9, "the last grade begins at nothing under both"


def test_on_an_english_page_two_versions_are_laid_beside_each_other_in_english():
    changes = differences(load_scorecard(shipped_text()), load_scorecard(NEXT))
    with translation.override("en"):
        said = [in_words(one, card_words) for one in changes]
    for one in said:
        assert not re.search("[\u4e00-\u9fff]", one.part + one.label + one.before + one.after), one
    assert {"When it applies", "A1"} < {one.label for one in said}
    assert in_words(changes[0], str) == changes[0]


def test_a_draft_is_published_by_two_and_takes_over_on_its_day(cast, bureau):
    draft = draft_of(bureau.officer)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    with pytest.raises(Refused, match="同一人"):
        approve(by=bureau.officer, approval_id=asked.pk)
    row = approve(by=bureau.approver, approval_id=asked.pk)
    assert row.state == "published"
    spans = PolicySpan.objects.filter(kind="scorecard", superseded_at=None).order_by("validity")
    assert [(one.version.version, str(one.validity.lower), str(one.validity.upper)) for one in spans] == [
        ("ip-pledge@2026", "2026-01-01", "2027-01-01"), ("ip-pledge@2027", "2027-01-01", "None"),
    ]  # fmt: skip
    assert queries.card_for(None, today())[0].version == "ip-pledge@2026"


def test_a_card_without_a_case_or_with_a_wrong_one_is_kept_but_not_published(bureau):
    bare = NEXT.partition("\ncases:\n")[0]
    assert [one.code for one in read_card(bare).blocks] == ["no_case"]
    wrong = NEXT.replace("expect: {status: thin}", "expect: {status: scored}")
    draft = draft_of(bureau.officer, wrong)
    with pytest.raises(Refused, match="应为 scored"):
        actions.propose_publication(by=bureau.officer, version_id=draft.pk)


def test_banks_and_enterprises_neither_draft_nor_see_a_draft(cast, bureau):
    with pytest.raises(Refused, match="权限"):
        draft_of(cast.bank_a.maker)
    draft = draft_of(bureau.officer)
    for who in (cast.bank_a.maker, cast.city_bureau.officer):
        assert cast.signed_in(who).get(reverse("scorecards:version", args=[draft.pk])).status_code == 404
    listed = text_of(cast.signed_in(cast.bank_a.maker).get(reverse("scorecards:list")))
    assert ("ip-pledge@2026" in listed, "ip-pledge@2027" in listed) == (True, False)


def test_the_shipped_cards_page_runs_the_cases_beside_its_file(cast, shipped):
    answer = cast.signed_in(cast.bank_a.maker).get(reverse("scorecards:version", args=[shipped.pk]))
    page = text_of(answer)
    assert f"{len(load_cases(CASES))} 个，刚刚逐个运行" in page
    assert "zr-badge-bad" not in answer.content.decode()


def test_the_effect_is_what_scoring_says_of_each_application_under_both_cards():
    before, after = load_scorecard(shipped_text()), load_scorecard(NEXT)
    given = [application_of(case) for case in load_cases(CASES)]

    def grade(card, plain) -> str:
        return score(card, Application.from_plain(plain, card)).grade or NO_GRADE

    effect = effect_of(before, after, given)
    assert (effect.rows, effect.unread) == (len(given), 0)
    expected = [(place, grade(before, one), grade(after, one)) for place, one in enumerate(given)]
    assert [(one.place, one.before, one.after) for one in effect.moved] == [
        one for one in expected if one[1] != one[2]
    ]
    assert effect.moved
    names = [each.id for each in after.grades]
    assert all(
        one.notches == names.index(one.after) - names.index(one.before)
        for one in effect.moved
        if one.notches is not None
    )


def test_what_the_other_card_asked_is_left_out_and_what_cannot_be_read_is_counted_apart():
    card = load_scorecard(shipped_text())
    [whole] = [application_of(case) for case in load_cases(CASES) if case["name"] == "成长期，完整"]
    foreign = whole | {"indicators": whole["indicators"] | {"of_another_card": {"value": 1}}}
    spoilt = whole | {"indicators": whole["indicators"] | {"ip_claims": {"value": "NaN"}}}
    effect = effect_of(card, card, [whole, foreign, spoilt])
    assert (effect.rows, effect.unread, effect.moved) == (2, 1, ())


def test_the_effect_page_names_nobody_to_the_bureau_and_asks_few_questions(cast, bureau):
    draft = draft_of(bureau.officer)
    officer = cast.signed_in(bureau.officer)
    where = {name: reverse(name, args=[draft.pk]) for name in ("scorecards:difference", "scorecard_effect")}
    asked, pages = {}, {}
    for name, page in where.items():
        officer.get(page)
        with CaptureQueriesContext(connection) as questions:
            pages[name] = text_of(officer.get(page))
        asked[name] = len(questions)
    assert "哪家机构评了谁，不在此显示" in pages["scorecard_effect"]
    assert pages["scorecards:difference"].count("→") > 5
    assert asked["scorecard_effect"] <= asked["scorecards:difference"] + 1, "one question for all the scores"


def test_the_parameters_page_shows_which_hold_and_tells_faults_by_name(cast, shipped):
    maker, page = cast.signed_in(cast.bank_a.maker), reverse("scorecards:parameters")
    first = maker.get(page)
    assert "没有自定，全部用评分卡的" in text_of(first)
    rows = {one.id: f"own_{place}" for place, (one, _) in enumerate(first.context["form"].rows())}
    typed = {"since": today().isoformat(), rows["pledge_rate.invention"]: "0.45"}
    wrong = maker.post(page, typed)
    assert (
        wrong.status_code,
        "质押率·发明专利" in text_of(wrong),
        "高于评分卡的上限 0.40" in text_of(wrong),
    ) == (422, True, True)
    asked = maker.post(page, typed | {rows["pledge_rate.invention"]: "0.35"})
    assert asked.status_code == 302
    checker = cast.signed_in(cast.bank_a.checker)
    basis = text_of(checker.get(asked["Location"]))
    assert "质押率·发明专利 比例 0.25 用评分卡的 0.35" in basis
    checker.post(asked["Location"] + "approve/")
    told = text_of(checker.get(page))
    assert "质押率·发明专利 0.35（比例）" in told
    other = text_of(cast.signed_in(cast.bank_b.maker).get(page))
    assert "还没有自定过参数" in other
