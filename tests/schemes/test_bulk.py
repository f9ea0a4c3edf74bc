"""The bulk path says of every row what the single path says of that row alone: fen, refusals, absent facts, limits."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.conditions import COMPARISONS, Condition
from kernel.errors import Refused
from kernel.expressions import exact_decimal
from riskpool.schemes import apportion, load_library, needed_metrics
from riskpool.schemes.bulk import DecimalFacts, TextFacts, apportion_many
from riskpool.schemes.bulk.calculation import shared_out
from riskpool.schemes.bulk.facts import ABSENT, DECIMAL, NO, REFUSED, WORDS, YES, condition_codes
from riskpool.schemes.examples import examples_of
from riskpool.schemes.terms import Cap
from tests.schemes.conftest import POLICIES
from tests.schemes.test_laws import amounts, decimals, documents, expressions, loaded, losses, metrics

pytestmark = pytest.mark.long

ALL = load_library(POLICIES).schemes
laws = settings(max_examples=150, deadline=None)


def fen(*values):
    return np.array(values, dtype=np.int64)


def as_columns(rows):
    """A list of facts, one mapping a row, as a text or None for each row."""
    names = {name for row in rows for name in row}
    return {name: [row.get(name) for row in rows] for name in names}


def same_as_one_by_one(scheme, lost, facts):
    components = {name for loss in lost for name in loss}
    loss = {name: fen(*(row[name] for row in lost)) for name in components}
    return agrees(apportion_many(scheme, loss, as_columns(facts)), lost, facts)


def agrees(many, lost, facts):
    """Compare with the single path in every row; returns how many rows were refused."""
    for row, (loss, known) in enumerate(zip(lost, facts, strict=True)):
        try:
            one, problems = apportion(many.scheme, loss, known), ()
        except Refused as refusal:
            one, problems = None, refusal.problems
        assert many.refused[row] == (one is None)
        assert many.reasons(row) == problems
        if one is None:
            assert (many.covered[row], many.outside[row], many.borne[row].sum()) == (0, 0, 0)
        else:
            same(many, row, one)
    return int(many.refused.sum())


def same(many, row, one):
    scheme = many.scheme
    assert dict(zip(scheme.codes, many.borne[row].tolist(), strict=True)) == one.borne
    assert (many.covered[row], many.outside[row]) == (one.covered_fen, one.outside_fen)
    assert (many.missing(row), many.suspended(row)) == (one.missing, one.suspended)
    assert {place for place, binds in many.binds.items() if binds[row]} == limits_noted(scheme, one.notes)
    assert many.single(row).working == one.working


def limits_noted(scheme, notes):
    """The places of the limits that bind, read from the notes of the single path."""
    bound = {note.split(" binds")[0] for note in notes if " binds" in note}
    caps = enumerate(scheme.loss_base.eligible_caps)
    places = {f"loss_base.eligible_caps[{index}]" for index, cap in caps if cap.id in bound}
    steps = [(index, step) for index, step in enumerate(scheme.steps) if isinstance(step, Cap)]
    return places | {f"steps[{index}]" for index, step in steps if f"cap {step.id}" in bound}


# --- random schemes ---

exact_but_odd = st.sampled_from(["0", "-250000.01", "99999999999999999999.99", "0." + "0" * 24 + "1"])
unfit = st.sampled_from(["n/a", "", None])


def mostly(usual, seldom):
    """One in about twenty is from `seldom`: one row of a dozen may be refused, the others must be calculated."""
    return st.integers(0, 19).flatmap(lambda dice: usual if dice else seldom)


def without_absent(facts):
    return {name: text for name, text in facts.items() if text is not None}


figures = mostly(mostly(amounts, exact_but_odd), unfit)
ratios = mostly(decimals(1000, 0, 1), st.sampled_from(["1.001", "-0.1", "words", None]))
rows_of_facts = st.fixed_dictionaries(
    {
        "pool.first": figures,
        "pool.second": figures,
        "loan.size": figures,
        "loan.ratio": ratios,
        "loan.class": mostly(st.sampled_from(["1", "1.00", "2", None]), st.just("A")),
        "scheme.rate": st.sampled_from(["0.05", "0.0499", "0.050", None]),
    }
).map(without_absent)


@st.composite
def awkward_documents(draw):
    """The schemes of the laws, with lines that suspend, other limits of the base, divisions by facts and free amounts."""
    document = draw(documents())
    base = document["loss_base"]
    if draw(st.booleans()) and "coverage" in base:
        base["coverage"]["min"] = "0.500"
    if draw(st.booleans()):
        limit = draw(expressions)
        base["eligible_caps"] = draw(
            st.permutations(
                [
                    *base.get("eligible_caps", []),
                    {"id": "sum", "basis": "loss_amount", "limit": limit},
                    {
                        "id": "again",
                        "basis": "loan_amount_prorata",
                        "loan_metric": "pool.first",
                        "limit": limit,
                    },
                ]
            )
        )
    if draw(st.booleans()):
        line = {
            "id": "line",
            "metric": "scheme.rate",
            "op": ">=",
            "value": "0.05",
            "action": "suspend_claims",
        }
        document["stop_loss"] = [line | {"affects": [document["parties"][-1]["code"]]}]
    for step in document["steps"]:
        if step["type"] == "adjust" and draw(st.booleans()):
            step["amount"] = draw(expressions)
        if step["type"] == "cap" and draw(st.booleans()):
            step["limit"] = {"div": [step["limit"], draw(st.sampled_from(["pool.first", "loan.size"]))]}
    return document


@laws
@given(awkward_documents(), st.lists(st.tuples(losses, rows_of_facts), min_size=1, max_size=12))
def test_every_row_of_any_scheme_is_what_the_single_path_says(document, rows):
    same_as_one_by_one(loaded(document), [loss for loss, _ in rows], [facts for _, facts in rows])


@laws
@given(documents(), st.lists(losses, min_size=1, max_size=12), metrics)
def test_one_text_for_all_rows_is_the_same_text_in_every_row(document, lost, facts):
    scheme = loaded(document)
    loss = {name: fen(*(row[name] for row in lost)) for name in lost[0]}
    agrees(apportion_many(scheme, loss, facts), lost, [facts] * len(lost))


# --- the house's own files ---


def text_of(name, scheme, dice):
    """Values that lie on both sides of whatever the files compare this fact with."""
    seen = {
        text
        for example in examples_of(scheme)
        for n, text in (example.get("metrics") or {}).items()
        if n == name
    }
    for step in scheme.steps:
        for when in (getattr(step, "when", ()), *(row.when for row in getattr(step, "rows", ()))):
            seen |= {condition.value for condition in when if condition.metric == name}
    money = dice.choice(["0.00", "1.37", "300000.00", "12345678.91", "50000000", "777777777.77"])
    share = dice.choice(["0", "0.3333", "0.5", "0.6125", "1"])
    small = name.endswith(("ratio", "rate", "share_in_contract"))
    return dice.choice([*sorted(seen), share if small else money, share if small else money, None])


@pytest.mark.parametrize("scheme", ALL.values(), ids=lambda scheme: scheme.id)
def test_every_file_with_random_losses_agrees(scheme):
    dice = random.Random(20240602)
    component = scheme.loss_base.include[0]
    lost, facts = [], []
    for _ in range(120):
        lost.append({component: dice.choice([0, 1, 99, dice.randrange(10**6), dice.randrange(10**12)])})
        drawn = {need.name: text_of(need.name, scheme, dice) for need in needed_metrics(scheme)}
        facts.append({name: text for name, text in drawn.items() if text is not None})
    refused = same_as_one_by_one(scheme, lost, facts)
    assert refused < len(lost) * 9 // 10, "hardly a row that is calculated"


@pytest.mark.parametrize("scheme", ALL.values(), ids=lambda scheme: scheme.id)
def test_decimals_in_fen_say_the_same_as_their_texts(scheme):
    losses_fen = np.random.default_rng(7).integers(0, 10**11, 200)
    columns, texts = {}, {}
    for place, need in enumerate(needed_metrics(scheme)):
        units = np.random.default_rng(place).integers(0, 10**4, 200)
        if not need.name.endswith(("ratio", "rate", "share_in_contract")):
            units *= 10**6
        columns[need.name] = DecimalFacts(units, places=4, present=units % 17 != 0)
        texts[need.name] = [columns[need.name].text(row) for row in range(200)]
    loss = {scheme.loss_base.include[0]: losses_fen}
    one, other = apportion_many(scheme, loss, columns), apportion_many(scheme, loss, texts)
    assert np.array_equal(one.borne, other.borne)
    assert np.array_equal(one.refused, other.refused)
    assert np.array_equal(one.covered, other.covered)
    row = int(np.argmin(one.refused))
    assert one.single(row) == other.single(row)


# --- corners that random schemes seldom reach ---


def scheme_with(*steps, method="floor"):
    codes = ["bank", "fund", "insurer", "city"]
    return loaded(
        {
            "id": "corner@2030",
            "lender": "bank",
            "parties": [{"code": code} for code in codes],
            "loss_base": {"include": ["principal"]},
            "steps": list(steps),
            "rounding": {"unit": "0.01", "method": method},
        }
    )


SPLIT = {
    "type": "transfer",
    "from": "bank",
    "of": "loss",
    "shares": {"fund": "0.33", "insurer": "0.3", "city": "0.3"},
}
JOINT = {
    "type": "cap",
    "id": "joint",
    "parties": ["city", "fund", "insurer"],
    "limit": "pool.first",
    "overflow_to": "bank",
}
DEEP = {"type": "transfer", "from": "bank", "of": "borne:bank", "slice": {"attach": "pool.first"}}
REPAIR = {"type": "adjust", "id": "repair", "party": "fund", "to": "bank", "amount": "pool.first"}
CORNERS = {
    "a joint limit, its odd fen floored away to the overflow": scheme_with(SPLIT, JOINT),
    "a joint limit by largest remainder": scheme_with(SPLIT, JOINT, method="largest_remainder"),
    "a layer that begins below nothing is larger than what is borne": scheme_with(
        SPLIT, DEEP | {"shares": {"city": "0.7", "fund": "0.3"}}
    ),
    "an adjustment below zero is refused": scheme_with(SPLIT, REPAIR),
    "of the whole loss from one who bears a part of it": scheme_with(
        SPLIT, SPLIT | {"from": "fund", "shares": {"city": "0.21", "insurer": "0.13"}}
    ),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_a_corner_is_the_same_on_both_paths(corner):
    dice = random.Random(corner)
    lost = [{"principal": dice.randrange(10 ** dice.randrange(1, 12))} for _ in range(150)]
    facts = [
        {"pool.first": f"{dice.choice('--00')}{dice.randrange(10 ** dice.randrange(1, 9))}.37"} for _ in lost
    ]
    refused = same_as_one_by_one(CORNERS[corner], lost, facts)
    assert (refused > 0) == (corner == "an adjustment below zero is refused")


# --- by hand ---

ZHONGSHAN = ALL["zhongshan-ip@2021"]
GUANGZHOU = ALL["guangzhou-ip@2023"]


def test_zhongshan_by_hand_with_a_pool_that_runs_dry():
    # 54:16:4, the bank 26; the second pool holds 400,000.00 and the bank takes what is above it
    many = apportion_many(
        ZHONGSHAN, {"principal": fen(100000008, 100000000)}, {"pool.balance": ["70000000", "400000.00"]}
    )
    assert ZHONGSHAN.codes == ("bank", "fund", "insurer", "appraiser")
    assert many.borne.tolist() == [
        [26000002, 54000005, 16000001, 4000000],
        [26000000 + 14000000, 40000000, 16000000, 4000000],
    ]
    assert many.binds["steps[1]"].tolist() == [False, True]


def test_guangzhou_by_hand_where_the_exact_figure_needs_more_than_sixty_four_bits():
    # 9,999,999,999.99 x 0.9999 x 10,000,000 / 9,999,999,999.99 = 9,999,000.00 covered, the city half
    many = apportion_many(
        GUANGZHOU,
        {"principal": fen(999999999999, 100)},
        {
            "loan.ip_share_in_contract": ["0.9999", "1"],
            "loan.amount": DecimalFacts(fen(999999999999, 100), places=2),
            "borrower.eligible_used_this_year": "0",
            "scheme.paid_this_year": "0",
        },
    )
    assert many.covered.tolist() == [999900000, 100]
    assert many.borne.tolist() == [[499950000, 499950000], [50, 50]]
    assert many.outside.tolist() == [999999999999 - 999900000, 0]


@pytest.mark.parametrize("method", ["largest_remainder", "floor"])
def test_the_largest_amounts_over_awkward_denominators_add_up(method):
    pot = fen(2**53 - 1, 1, 0)
    thirds = [pot, pot]
    parts, kept = shared_out(pot, thirds, 3, method)
    assert (parts.sum(axis=0) + kept).tolist() == pot.tolist()
    third = (2**53 - 1) // 3
    assert 2**53 - 1 - 3 * third == 1
    # one fen is missing: all remainders are a third, so it goes to the first listed, or by floor to the keeper
    first = third + (method == "largest_remainder")
    assert parts[:, 0].tolist() == [first, third]
    assert kept[0] == 2**53 - 1 - first - third


def test_conditions_are_judged_as_numbers_on_either_side_of_a_threshold_between_two_units():
    column = DecimalFacts(fen(33, 34, -34), places=2)
    for op, holds in COMPARISONS.items():
        codes = condition_codes({"a.b": column}, Condition("a.b", op, "0.335"))
        expected = [YES if holds(Fraction(units, 100), Fraction("0.335")) else NO for units in (33, 34, -34)]
        assert codes.tolist() == expected, op


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(st.text("-+0123456789.eE１ \n", max_size=8), decimals(100, 0, 10**9), st.text(max_size=3))
    )
)
def test_texts_are_read_as_decimals_exactly_where_one_text_would_be(texts):
    column = TextFacts.of(texts)
    figures, values = column.figures(slice(None)), [exact_decimal(text) for text in texts]
    assert column.states().tolist() == [WORDS if value is None else DECIMAL for value in values]
    assert [Fraction(int(units), figures.den) for units in figures.num] == [value or 0 for value in values]


def test_words_and_absent_facts_have_their_own_answers():
    column = TextFacts.of(["1.00", "A", None])
    facts = {"a.b": column, "a.c": "A"}
    assert condition_codes(facts, Condition("a.b", "==", "1")).tolist() == [YES, NO, ABSENT]
    assert condition_codes(facts, Condition("a.b", ">=", "1")).tolist() == [YES, REFUSED, ABSENT]
    assert condition_codes(facts, Condition("a.b", "!=", "A")).tolist() == [YES, NO, ABSENT]
    assert condition_codes(facts, Condition("a.c", "<", "1")) == REFUSED
    assert condition_codes(facts, Condition("a.d", "<", "1")) == ABSENT


def test_a_refused_row_holds_nothing_and_says_why_while_the_others_are_calculated():
    many = apportion_many(ZHONGSHAN, {"principal": fen(-1, 100, 100)}, {"pool.balance": ["1", "1", None]})
    assert many.refused.tolist() == [True, False, True]
    assert many.covered.tolist() == [0, 100, 0]
    assert [problem.code for problem in many.reasons(0)] == ["negative_loss"]
    assert [problem.code for problem in many.reasons(2)] == ["missing_metric"]
    assert many.reasons(1) == ()


def test_components_the_scheme_does_not_know_refuse_every_row():
    many = apportion_many(ZHONGSHAN, {"goodwill": fen(1, 2)}, {"pool.balance": "1"})
    assert many.refused.all()
    assert many.reasons(1)[0].code == "unknown_component"


def test_no_losses_at_all_are_no_rows():
    assert apportion_many(ZHONGSHAN, {"principal": fen()}, {"pool.balance": []}).borne.shape == (0, 4)


@pytest.mark.parametrize(
    ("loss", "facts", "error"),
    [
        ({"principal": np.array([1.0])}, {}, TypeError),
        ({"principal": np.array([1], dtype=np.int32)}, {}, TypeError),
        ({"principal": [1]}, {}, TypeError),
        ({}, {}, ValueError),
        ({"principal": fen(1), "interest": fen(1, 2)}, {}, ValueError),
        ({"principal": fen(2**53)}, {}, ValueError),
        ({"principal": fen(1)}, {"pool.balance": np.array([100])}, TypeError),
        ({"principal": fen(1)}, {"pool.balance": [100]}, TypeError),
        ({"principal": fen(1)}, {"pool.balance": ["1", "2"]}, ValueError),
    ],
)
def test_what_has_no_unit_or_no_length_is_a_programmers_error(loss, facts, error):
    with pytest.raises(error):
        apportion_many(ZHONGSHAN, loss, facts)


def test_more_rows_than_a_block_and_more_ways_than_one_keep_their_places():
    count = 20_001
    size = np.arange(count, dtype=np.int64) * 7 + 1
    classes = ["true" if row % 3 else "false" for row in range(count)]
    scheme = ALL["shenzhen-pool@2024"]
    many = apportion_many(scheme, {"principal": size}, {"loan.is_ip_pledge": classes})
    # 50 % of pledges, 30 % of others; half a fen goes to the pool, three tenths are rounded to the nearest
    half, tenths = (size + 1) // 2, (size * 3 + 5) // 10
    expected = np.where(np.arange(count) % 3 > 0, half, tenths)
    assert np.array_equal(many.borne[:, scheme.codes.index("pool")], expected)
    assert {route.moves[0].numerators for route in many.routes} == {(("pool", 1),), (("pool", 3),)}
