"""The bulk path says of every row what the single path says of it; impossible columns are refused with their rows."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import numpy as np
import pytest

from benchmarks import scores_bulk
from kernel.errors import Refused
from tests.scoring.conftest import CARD, Firms
from valuation import bulk
from valuation.bulk import STATES, STATUSES, Column, Columns, columns_of, score_many
from valuation.inputs import State
from valuation.loading import load_scorecard
from valuation.scoring import score

THE_CARD = load_scorecard(CARD)
FIRMS = Firms(THE_CARD)
PLACE = {grade.id: place for place, grade in enumerate(THE_CARD.grades)}


def said_of_row(found, row):
    blocks = tuple(int(found.blocks[block][row]) for block in "KB")
    missing = {block: int(found.missing[block][row]) for block in "KB"}
    figures = (found.score, found.low, found.high, found.by_score, found.grade, found.pd)
    return STATUSES[found.status[row]], blocks, missing, tuple(int(one[row]) for one in figures)


def said_alone(application):
    one = score(THE_CARD, application)
    if one.score is None:
        return one.status, (-1, -1), dict(one.missing), (-1,) * 6
    places = (PLACE[one.grade_by_score], PLACE[one.grade])
    return (
        one.status,
        (one.blocks["K"], one.blocks["B"]),
        dict(one.missing),
        (one.score, *one.band, *places, one.pd),
    )


def assert_same(applications):
    found = score_many(THE_CARD, columns_of(THE_CARD, applications))
    for row, application in enumerate(applications):
        assert said_of_row(found, row) == said_alone(application)


def test_every_hand_worked_firm_is_the_same_in_one_book(monkeypatch):
    monkeypatch.setattr(bulk, "BLOCK_ROWS", 7)  # more blocks than one, the last of them short
    assert_same([FIRMS.read(FIRMS.plain(name)) for name in FIRMS.cases])


def statements(scale, may_not_apply):
    """What may be stated on a scale: figures at and around its thresholds, words, absences."""
    absences = ["queried_none", "not_queried", *(["not_applicable"] if may_not_apply else [])]
    if scale.words:
        return [*scale.words] * 3 + absences
    step = Decimal(1) if scale.allowed.whole else Decimal("0.000001")
    ends = {end for one in scale.bins for end in (one.low, one.high) if end is not None}
    near = sorted(end + step * by for end in ends for by in (-1, 0, 1))
    return [str(one) for one in near if scale.allowed.low <= one <= scale.allowed.high] * 3 + absences


def any_firm(random: Random):
    """A firm with figures around every threshold, each gate now and then, up to two rights."""
    plain = FIRMS.plain(**{
        name: random.choice(statements(scale, bool(indicator.not_applicable)))
        for name, (indicator, scale) in THE_CARD.inputs.items()
        if name != "firm_age"
    }, firm_age=random.choice(["2.999999", "3", "7.999999", "8", "not_queried"]))  # fmt: skip
    plain["firm"]["revenue_12m"]["value"] = random.choice([1_999_999, 2_000_000, 30_000_000])
    known = {"source": "登记簿", "known_on": "2026-06-01"}
    facts = {
        name.partition(".")[2]: {"value": random.choice(["否"] * 6 + ["是"]), **known}
        for name, fact in THE_CARD.facts.items()
        if name.startswith("right.") and fact.words
    }
    clean = facts | {name: {"value": "是", **known} for name in ("holder_is_pledgor", "coowners_agree")}
    clean["months_since_transfer"] = random.choice(
        [{"absent": "queried_none", **known}, {"value": 11, **known}]
    )
    rights = [
        {"id": "ZL1", "kind": "invention", "counted_in": ["ip_inventions_own"], "facts": clean},
        {"id": "ZL2", "kind": "design", "counted_in": ["ip_class2", "ip_inventions_own"],
         "facts": random.choice([facts, clean, {}])},
    ]  # fmt: skip
    plain["rights"] = rights[: random.randrange(3)]
    return FIRMS.read(plain)


@pytest.mark.parametrize("seed", range(3))
def test_any_firm_is_the_same_alone_and_in_a_book(seed):
    random = Random(seed)
    firms = [any_firm(random) for _ in range(100)]
    assert_same(firms)
    assert {score(THE_CARD, firm).status for firm in firms} == set(STATUSES)


def test_an_indicator_without_a_column_was_not_queried_and_what_is_too_old_neither():
    plain = FIRMS.plain()
    columns = columns_of(THE_CARD, [FIRMS.read(plain)] * 2)
    inputs = dict(columns.inputs)
    del inputs["cr_tax_grade"]
    inputs["cr_overdue"] = Column(np.zeros(2), None, np.array([30, 31]))
    found = score_many(THE_CARD, Columns(2, inputs, columns.firm, columns.rights, columns.gates))
    assert list(found.missing["B"]) == [900, 2700]
    assert list(found.status) == [0, STATUSES.index(score(THE_CARD, FIRMS.read(FIRMS.plain(
        cr_tax_grade="not_queried", cr_overdue="not_queried"))).status)]  # fmt: skip


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 1.5])
def test_an_impossible_figure_is_refused_with_its_row_unless_nothing_is_stated_there(value):
    columns = columns_of(THE_CARD, [FIRMS.read(FIRMS.plain())] * 3)
    figures = np.array([3.0, value, 3.0])
    bad = dict(columns.inputs) | {"ip_inventions_own": Column(figures)}
    with pytest.raises(Refused, match="第2行"):
        score_many(THE_CARD, Columns(3, bad, columns.firm))
    states = np.array([0, STATES[State.QUERIED_NONE], 0], np.uint8)
    absent = dict(columns.inputs) | {"ip_inventions_own": Column(figures, states)}
    found = score_many(THE_CARD, Columns(3, absent, columns.firm))
    assert found.score[1] == FIRMS.scored(ip_inventions_own="queried_none").score


@pytest.mark.parametrize(("scope", "name"), [("firm", "firm.dishonest"), ("inputs", "cr_overdue")])
def test_an_absence_that_cannot_be_stated_is_refused_in_a_book_as_alone(scope, name):
    columns = columns_of(THE_CARD, [FIRMS.read(FIRMS.plain())] * 2)
    column = Column(np.zeros(2), np.array([0, STATES[State.NOT_APPLICABLE]], np.uint8))
    parts = {"inputs": dict(columns.inputs), "firm": dict(columns.firm)}
    parts[scope][name] = column
    with pytest.raises(Refused, match="not_applicable"):
        score_many(THE_CARD, Columns(2, parts["inputs"], parts["firm"], columns.rights, columns.gates))


def test_the_book_of_the_benchmark_is_what_the_single_path_says(monkeypatch):
    """Else it would give no figures on the day somebody asks for them."""
    monkeypatch.setattr(scores_bulk, "GATE_ROWS", 20)
    scores_bulk.gate(THE_CARD, scores_bulk.book(THE_CARD, 400))
