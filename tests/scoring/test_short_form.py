"""A card in the form of the reference loads unchanged and scores as the card that ships; faults have their places."""

from __future__ import annotations

import io
from dataclasses import replace
from random import Random

import pytest
import yaml
from django.core.management import call_command

from kernel.errors import Refused
from tests.scoring.conftest import CARD, CASES, HOUSE
from tests.scoring.test_bulk import any_firm
from valuation.cards.keepers import read_card
from valuation.examples import load_cases, run_cases
from valuation.inputs import Application
from valuation.loading import load_scorecard
from valuation.scoring import score

SHORT = HOUSE / "tests" / "samples" / "scoring-indicators.yaml"
"""As the reference has it, to the byte."""
WORDS = CARD.parent / "_short_form.yaml"
TEXT = SHORT.read_text(encoding="utf-8")
FULL_CARD, SHORT_CARD = load_scorecard(CARD), load_scorecard(SHORT, WORDS)


def checked(path, *more):
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_scorecards", str(path), *more, stdout=out, stderr=err)
    return ended.value.code, out.getvalue(), err.getvalue()


def faults_of(text):
    with pytest.raises(Refused) as refused:
        load_scorecard(text, WORDS)
    return [(problem.where.partition("（")[0], problem.code) for problem in refused.value.problems]


def test_the_file_of_the_reference_loads_unchanged_and_says_what_it_took_from_elsewhere():
    code, printed, warned = checked(SHORT)
    assert (code, printed) == (0, "0 passed, 0 failed\n")
    assert "取自 _short_form.yaml 所指的评分卡" in warned
    assert "没有算例" in warned


def bare(indicator):
    """An indicator without its words and marks."""

    def scale(one):
        return replace(one, name="", unit="", bins=tuple(replace(each, reason="") for each in one.bins))

    other = indicator.alternative and (indicator.alternative[0], scale(indicator.alternative[1]))
    return replace(
        indicator, scale=scale(indicator.scale), alternative=other, not_applicable=str(bool(indicator.not_applicable)),
        **dict.fromkeys(("source", "reason", "improve", "note", "bins_mark", "points_mark"), ""),
    )  # fmt: skip


def test_it_is_the_card_that_ships_in_everything_that_decides():
    assert {name: bare(one) for name, one in SHORT_CARD.indicators.items()} == {
        name: bare(one) for name, one in FULL_CARD.indicators.items()
    }
    gates = [
        [(one.id, one.of, one.conditions, one.effects) for one in card.gates]
        for card in (SHORT_CARD, FULL_CARD)
    ]
    assert gates[0] == gates[1]
    for part in ("facts", "unknown", "thin_missing", "thin_needs", "grades", "band"):
        assert getattr(SHORT_CARD, part) == getattr(FULL_CARD, part)
    assert [(one.band, one.weights) for one in SHORT_CARD.stages] == [
        (one.band, one.weights) for one in FULL_CARD.stages
    ]
    assert replace(SHORT_CARD.line, marks={}) == replace(FULL_CARD.line, marks={})
    same = (
        "discount",
        "obsolescence",
        "tech_life",
        "quality_base",
        "quality_slope",
        "quality_group",
        "weights",
        "renewable",
    )
    assert [getattr(SHORT_CARD.value, one) for one in same] == [getattr(FULL_CARD.value, one) for one in same]
    kinds = [
        {name: replace(one, mark="") for name, one in card.value.kinds.items()}
        for card in (SHORT_CARD, FULL_CARD)
    ]
    assert kinds[0] == kinds[1]


def test_any_firm_has_the_same_score_under_both():
    random = Random(5)
    for _ in range(60):
        given = any_firm(random).given
        one, other = (score(card, Application.from_plain(given, card)) for card in (SHORT_CARD, FULL_CARD))
        assert (one.score, one.band, one.grade, one.pd, one.status) == (
            other.score,
            other.band,
            other.grade,
            other.pd,
            other.status,
        )


BIN = "{from: 2, to: 4, points: 8}"
INDICATOR = "indicators[0]"


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        (BIN, "{from: 3, to: 4, points: 8}", "indicators[0].bins[2].from", "gap"),
        (BIN, "{from: 1, to: 4, points: 8}", "indicators[0].bins[2].from", "gap"),
        (BIN, "{from: 4, to: 4, points: 8}", "indicators[0].bins[2]", "empty_bin"),
        (BIN, "{from: .nan, to: 4, points: 8}", "indicators[0].bins[2].from", "pattern"),
        (BIN, "{from: 2, to: 4, points: -8}", "indicators[0].bins[2].points", "pattern"),
        (BIN, "{from: 2, to: 4, points: .nan}", "indicators[0].bins[2].points", "pattern"),
        (BIN, "{from: 2, to: 4, points: 11}", "indicators[0].bins[3].points", "direction"),
        (BIN, "{from: 2, to: 4}", "indicators[0].bins[2].points", "required"),
        ("{from: 10, to: null, points: 12}", "{from: 10, to: .inf, points: 12}", "indicators[0].bins[4].to", "pattern"),
        ("{from: 10, to: null, points: 12}", "{from: 10, to: null, points: 11}", "groups[0].max", "sum"),
        ("{from: 8, to: null, points: 7}", "{from: 8, to: 50, points: 7}", "indicators[3].bins", "gap"),
        ("block: K, max: 50", "block: K, max: 49", "groups", "sum"),
        ("block: B, max: 35", "block: Z, max: 35", "groups[5].block", "enum"),
        ('    reason: "有效自主发明专利较少"\n', "", "indicators[0].reason", "required"),
        ('reason: "有效自主发明专利较少"', 'reason: ""', "indicators[0].reason", "minLength"),
        ("max_age_days: 30", "max_age_days: -30", "indicators[0].max_age_days", "pattern"),
        ("unit: 件\n", "unit: 光年\n", "indicators[2].unit", "unit"),
        ("id: ip_class2", "id: ip_inventions_own", "indicators", "duplicate"),
        ("id: cr_litigation", "id: cr_moon_phase", "indicators[24].group", "required"),
        ("    missing: {points: 0, flag: incomplete}\n", "", "indicators[0].missing", "required"),
        ("{points: 0, flag: incomplete}", "{points: 0, flag: some}", "indicators[0].missing.flag", "enum"),
        ("{points: 2, flag: incomplete}", "{points: 14, flag: incomplete}", "indicators[16].missing.points", "missing"),
        ("ref: [T1, H1, I1, C1, L6]", "ref: [T1, ZZ9]", "indicators[0].ref[1]", "unknown"),
        ("    ref: [H1, T1]\n", "    ref: [H1, T1]\n    colour: red\n", "indicators[1].colour", "unknown_key"),
        ("    bins: [{none: true, points: 0}, {from: 1, to: 3", "    bin: [{none: true, points: 0}, {from: 1, to: 3",
         "indicators[1]", "form"),
        ("名单\",             effect: reject", "名单或别的\",       effect: reject", "gates[6].rule", "rule"),
        ("，或出让方为关联方", "，或看着不顺眼", "gates[5].rule", "rule"),
        ("effect: reject,      reason: \"权属", "effect: explode,     reason: \"权属", "gates[0].effect", "effect"),
        ("cap grade D\"", "cap grade F\"", "gates[3].effect", "effect"),
        ("年收入 < 200 万元", "年收入不多", "indicators[10].alternative.when", "rule"),
        ("{from: 30, to: null, points: 10}]}", "{from: 30, to: null, points: 13}]}",
         "indicators[10].alternative.bins", "sum"),
        ("K: 0.55, B: 0.45", "K: 0.55, B: 0.55", "stage_weights.startup", "sum"),
        ("3 <= firm_age_y < 8", "4 <= firm_age_y < 8", "stage_weights.growth.rule", "gap"),
        ("\"firm_age_y < 3\"", "young", "stage_weights.startup.rule", "rule"),
        ("pdo: 12", "pdo: 0", "calibration.pdo", "pdo"),
        ("pd_floor: 0.0030", "pd_floor: 0.5", "calibration", "order"),
        ("pd_mid: 0.0065", "pd_mid: 0.0030", "master_scale[1].pd_mid", "order"),
        ("{A: 500, B: 400", "{A: 300, B: 400", "credit_line.letter_cap_with_compensation.B", "order"),
        ("D: 0.25, E: 0.30}", "D: 0.25}", "indicative_value.discount_rate.E", "required"),
        ("pledge_rate: {invention: 0.25", "pledge_rate: {invention: 0.55",
         "indicative_value.pledge_rate.invention", "order"),
        ("\"0.6 + 0.8 * ip_group_points / 50\"", "some", "indicative_value.quality_multiplier", "rule"),
        ("score_range: [0, 100]", "score_range: [0, 1000]", "score_range", "const"),
        ("status: proposal", "status: proposal\nstatus: proposal", "status", "duplicate_key"),
        ("version: \"0.1.0\"", "version: !!python/object/apply:os.system [id]", "version", "tag"),
    ],
)  # fmt: skip
def test_a_fault_of_the_short_form_is_told_at_its_own_place(old, new, place, code):
    assert TEXT.count(old) >= 1, old
    found = faults_of(TEXT.replace(old, new, 1))
    assert place in [where for where, _ in found], found
    if code not in ("duplicate_key", "tag"):  # the reader's own names
        assert (place, code) in found, found


def test_every_fault_is_told_at_once_with_its_line_and_exit_code_two(tmp_path):
    broken = tmp_path / "broken.yaml"
    text = TEXT
    for old, new in (
        (BIN, "{from: 3, to: 4, points: 8}"),
        ('cap grade D"', 'cap grade F"'),
        ("unit: 个", "unit: 光年"),
        ("pdo: 12", "pdo: -1"),
    ):
        text = text.replace(old, new, 1)
    broken.write_text(text, encoding="utf-8")
    code, printed, _ = checked(broken)
    lines = printed.splitlines()
    assert (code, len(lines)) == (2, 5)
    for place in (
        "gates[3].effect（第44行）",
        "indicators[3].unit（第84行）",
        "indicators[0].bins[2].from（第58行）",
        "calibration.pdo（第29行）",
    ):
        assert sum(place in line for line in lines) == 1


JUNK = ["3", "[]", "[1, null, [], {}, {id: 3}]", "{a: [1], b: {}, id: {}, weights: 3}"]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_under_any_key_is_a_sentence_and_never_a_traceback(junk):
    refused = 0
    for _, value in yaml.compose(TEXT).value:
        end = value.end_mark.index - (TEXT[value.end_mark.index - 1] == "\n")
        try:
            load_scorecard(f"{TEXT[: value.start_mark.index]} {junk}{TEXT[end:]}", WORDS)
        except Refused:
            refused += 1
    assert refused >= 10  # any text is a version, a day may be open, nothing need be left out of the points


def test_a_number_in_a_sentence_is_the_one_that_counts():
    for said in ("当前有未结清逾期 > 60 天", "firm.overdue_days_now > 60"):
        card = load_scorecard(TEXT.replace("当前有未结清逾期 > 30 天", said), WORDS)
        gate = next(one for one in card.gates if one.id == "g_overdue_now")
        assert [(one.metric, one.op, one.value) for one in gate.conditions] == [
            ("firm.overdue_days_now", ">", "60")
        ]
    card = load_scorecard(TEXT.replace("年收入 < 200 万元", "年收入 < 350.5 万元"), WORDS)
    assert card.indicators["rd_intensity"].alternative[0].value == "3505000"


def test_the_full_form_of_it_stands_for_itself():
    out = io.StringIO()
    call_command("check_scorecards", "--full", str(SHORT), stdout=out)
    assert load_scorecard(out.getvalue()).digest == SHORT_CARD.digest


def test_what_is_stored_is_never_a_short_form():
    """A stored text must say everything itself: what it would be completed from can change."""
    with pytest.raises(Refused) as refused:
        read_card(TEXT)
    [problem] = refused.value.problems
    assert (problem.code, "--full" in problem.wanted) == ("short_form", True)


def test_every_hand_worked_firm_comes_out_under_the_file_of_the_reference_too():
    results = run_cases(SHORT_CARD, load_cases(CASES))
    assert [(one.id, one.differences) for one in results if not one.passed] == []
    assert len(results) >= 40
