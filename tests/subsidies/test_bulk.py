"""The bulk path says of every row what `settle` says of that application: status, fen by line, the first reason."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.subsidies import evaluate, load_library, load_policy, load_series
from finance.subsidies.bulk import Book, Days, Fen, Numbers, Payments, column_of, compare, settle_many
from finance.subsidies.bulk.limits import Meters, take_limits
from finance.subsidies.bulk.many import FAULTY, STATUSES
from finance.subsidies.facts import Case
from finance.subsidies.rates import Series
from finance.subsidies.settling import Entered, settle
from finance.subsidies.terms import Count, Exclusive, FactTest, Limit, MaxPeriod
from kernel.errors import Refused
from tests.subsidies.books import case_or_none, entered, parties, plain_case
from tests.subsidies.conftest import POLICIES, SAMPLE

ROWS = 160
laws = settings(deadline=None)
# read here and not by fixtures where Hypothesis calls the test: it would write them out for every example
LIBRARY, STRANGE = load_library(POLICIES / "subsidies"), load_policy(SAMPLE)
SERIES = load_series(POLICIES / "series" / "rates.yaml")
IDS = [
    "ah-huangshan-2017", "bj-2025", "cq-tongliang-2025", "fj-2013", "fj-2022", "fj-xiamen-2020", "gd-guangzhou-2024",
    "gd-nansha-2024", "gd-panyu", "ha-xuchang-2023", "js-nanjing-2020", "js-wuxi", "js-zhangjiagang-tm", "sc-shuangliu",
    "sc-tianfu-2025", "sd-2016", "sd-jining-2018-award", "sd-qingdao-2024", "unidentified-a", "zj-hangzhou-2015",
]  # fmt: skip


def drawn(policy, seed, rows=ROWS, firms=25, **chances):
    """Applications of a policy, and whose they are."""
    dice = random.Random(seed)
    cases = [case for _ in range(rows) if (case := case_or_none(plain_case(policy, dice, **chances)))]
    return cases, [parties(dice, place, firms) for place in range(len(cases))]


def agrees(policy, cases, who, series, book=None, used=None):
    """Compare row by row with `settle`; what it would refuse is marked, and all others are settled without it."""
    many = settle_many(policy, book or Book.of_cases(cases, who), series)
    kept = []
    for row, case in enumerate(cases):
        try:
            evaluate(policy, case, series)
        except Refused as refusal:
            refused = many.status[row] == FAULTY, many.reason_of(row), many.faults(row)
            assert refused == (True, "", refusal.problems)  # noqa: PT017 (an answer to compare, not a test of raising)
        else:
            kept.append(row)
    told = settle(policy, [entered(policy, cases[row], who[row]) for row in kept], series, {})
    for row, one in zip(kept, told, strict=True):
        assert many.status_of(row) is one.status, (row, many.status_of(row), one)
        assert many.reason_of(row) == (one.keys[0] if one.keys else ""), (row, one.keys)
        assert {line: int(fen[row]) for line, fen in many.paid.items() if fen[row]} == {
            line.id: line.paid_fen for line in one.lines if line.paid_fen
        }, row
        assert int(many.total[row]) == one.total_fen
    return many, told


def test_the_list_of_policies_is_whole(library):
    assert sorted(library.policies) == IDS


@pytest.mark.parametrize("policy_id", IDS)
def test_a_book_under_every_policy_is_what_settle_says(policy_id, library, series):
    policy = library[policy_id]
    cases, who = drawn(policy, policy_id)
    many, told = agrees(policy, cases, who, series)
    assert any(one.total_fen for one in told), "the book must reach the amounts"
    assert not len(many.alone)


def test_a_book_under_the_policy_of_no_place(strange, series):
    """With its exclusive choice, which the small line never wins, and without."""
    told = []
    for policy in (strange, replace(strange, exclusive=())):
        told += agrees(policy, *drawn(policy, 7, rows=400, holds=0.97, odd=0.01), series)[1]
    reached = {line.id for one in told for line in one.lines if line.paid_fen}
    assert reached == {line.id for line in strange.lines} - {"unseen"}
    assert {one.status for one in told} == {status for status in STATUSES if status}


@laws
@given(st.integers(0, 10**9), st.sampled_from(IDS), st.floats(0, 0.3), st.floats(0.3, 1))
def test_any_book_is_what_settle_says(seed, policy_id, odd, holds):
    policy = LIBRARY[policy_id]
    agrees(policy, *drawn(policy, seed, rows=12, firms=3, odd=odd, holds=holds), SERIES)


LINES = ("topup", "paid", "size", "marks", "volume", "legal", "chosen")
some_lines = st.lists(st.sampled_from(LINES), min_size=1, max_size=4, unique=True).map(tuple)
scopes = st.sampled_from([("enterprise",), ("bank",), ("enterprise", "bank"), ("guarantor",), ("project",)])
windows = st.sampled_from(["application_year", "calendar_year", "lifetime"])
most_fen = st.one_of(st.none(), st.integers(0, 3_000_000), st.just(10**12))
limits_drawn = st.lists(st.tuples(some_lines, scopes, windows, most_fen), max_size=4)
counts_drawn = st.lists(
    st.none() | st.builds(Count, st.integers(0, 3), scopes, windows), min_size=8, max_size=8
)


@settings(laws, max_examples=40)
@given(
    limits_drawn, counts_drawn, st.lists(st.builds(Exclusive, some_lines), max_size=2), st.integers(0, 10**6)
)
def test_any_limits_counts_and_choices_are_what_settle_says(limits, counts, exclusive, seed):
    policy = replace(
        STRANGE,
        limits=tuple(Limit(f"l{place}", *one) for place, one in enumerate(limits)),
        lines=tuple(replace(line, count=count) for line, count in zip(STRANGE.lines, counts, strict=True)),
        exclusive=tuple(exclusive),
    )
    cases, who = drawn(STRANGE, seed, rows=7, firms=2, holds=0.98, odd=0)
    agrees(policy, cases, who, SERIES)


# --- limits alone, against the plainest loop there is ---

_ROWS = st.integers(2, 14)


@laws
@given(st.data())
def test_limits_over_a_book_are_taken_in_order_of_application(data):
    rows = data.draw(_ROWS)
    fen = st.integers(0, 60)
    asked = {name: np.array(data.draw(st.lists(fen, min_size=rows, max_size=rows))) for name in "abc"}
    over = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple)
    limits = [
        Limit(f"l{place}", data.draw(over), ("enterprise",), "lifetime", data.draw(st.integers(0, 120)))
        for place in range(data.draw(st.integers(1, 3)))
    ]
    groups = [np.array(data.draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))) for _ in limits]
    used = [np.array(data.draw(st.lists(st.integers(0, 50), min_size=3, max_size=3))) for _ in limits]
    paid = {name: amounts.copy() for name, amounts in asked.items()}
    meters = {limit.id: Meters(group, use) for limit, group, use in zip(limits, groups, used, strict=True)}
    take_limits(replace(STRANGE, limits=tuple(limits)), paid, meters)
    assert {name: fen.tolist() for name, fen in paid.items()} == plainly(limits, groups, used, asked, rows)


def plainly(limits, groups, used, asked, rows):
    left = [[limit.most_fen - amount for amount in use] for limit, use in zip(limits, used, strict=True)]
    paid = {name: amounts.tolist() for name, amounts in asked.items()}
    for row in range(rows):
        for place, limit in enumerate(limits):
            rest = max(0, left[place][groups[place][row]])
            for name in limit.over:
                paid[name][row] = min(paid[name][row], rest)
                rest -= paid[name][row]
        for place, limit in enumerate(limits):
            left[place][groups[place][row]] -= sum(paid[name][row] for name in limit.over)
    return paid


def test_only_rows_whose_limits_depend_on_each_other_are_taken_in_turn(strange):
    limits = (
        Limit("firm", ("a",), ("enterprise",), "lifetime", 100),
        Limit("bank", ("a",), ("bank",), "lifetime", 250),
    )
    firm, bank = np.array([0, 0, 1, 2]), np.array([0, 0, 0, 1])
    paid = {"a": np.array([80, 80, 200, 300])}
    meters = {"firm": Meters(firm, np.zeros(3, dtype=int)), "bank": Meters(bank, np.zeros(2, dtype=int))}
    in_turn = take_limits(replace(strange, limits=limits), paid, meters)
    assert (paid["a"].tolist(), in_turn.tolist()) == ([80, 20, 100, 100], [0, 1, 2, 3])
    calm = {"a": np.array([80, 80, 90, 300])}
    assert take_limits(replace(strange, limits=limits[:1]), calm, meters).tolist() == []
    assert calm["a"].tolist() == [80, 20, 90, 100]


# --- columns ---


def columns(rows=3):
    """A book of a bank in arrays and series."""
    days = np.array(["2024-03-01", "2024-05-31", "NaT"], dtype="M8[D]")
    return Book.of(
        {
            "applicant.region": pd.Series(["350203", None, "350200"]),
            "applicant.size": pd.Series(["small", "micro", "small"], dtype="category"),
            "applicant.joint_punishment": pd.Series([False, True, False]),
            "loan.settled_on": pd.Series(pd.to_datetime(["2025-02-27", "2025-05-31", None])),
            "loan.rate": Numbers(np.array([385, 4350, 0]), 4, np.array([True, True, False])),
        },
        draws=Payments.one_each(days, np.array([1_000_000_00, 5, 7])),
        fees={"guarantee": pd.Series([None, 800, 0], dtype="Int64")},
        interest_paid=Fen(np.array([1294028, 0, 0]), np.array([True, False, False])),
    )


def test_a_row_of_columns_is_the_application_that_was_meant():
    book = columns()
    assert book.case(0).plain() == Case.from_plain(
        {
            "applicant": {"region": "350203", "size": "small", "joint_punishment": False},
            "loan": {"settled_on": "2025-02-27", "rate": "0.0385", "draws": [["2024-03-01", "1000000.00"]]},
            "pledge": {}, "bank": {}, "event": {},
            "interest_paid": "12940.28",
        }
    ).plain()  # fmt: skip
    assert (book.case(1).facts["loan.rate"], book.case(1).fees) == ("0.4350", {"guarantee": 800})
    assert (book.case(2).draws, book.case(2).facts.get("loan.rate")) == ((), None)


def test_numbers_and_days_in_arrays_are_compared_as_their_texts_would_be(strange, library, series):
    for policy in (strange, library["fj-xiamen-2020"], library["sd-qingdao-2024"]):
        cases, who = drawn(policy, 3, rows=80, odd=0)
        book = Book.of_cases(cases, who)
        narrow = {path: as_array(column) for path, column in book.facts.items()}
        assert any(isinstance(column, Numbers) for column in narrow.values())
        assert any(isinstance(column, Days) for column in narrow.values())
        agrees(policy, cases, who, series, replace(book, facts=narrow))


def as_array(column):
    """Words that are all decimals, or all days, as an array."""
    if not column.read.days[1].any():
        return Days(column.read.days[0][column.which])
    texts = [fact for fact in column.facts if isinstance(fact, str)]
    if column.read.numbers[2].any():
        return column
    places = max(len(text.partition(".")[2]) for text in texts)
    units = np.array([int(Decimal(text).scaleb(places)) for text in texts] + [0])
    return Numbers(units[column.which], places, column.present)


def test_a_float_or_a_bare_number_is_no_column():
    for values in (np.array([0.05]), np.array([5]), pd.Series([0.5])):
        with pytest.raises(TypeError):
            column_of(values)
    with pytest.raises(TypeError):
        Fen(np.array([1.5]))


def test_amounts_beyond_64_bits_stay_exact(strange, series):
    """A billion yuan over ten years at a rate of thirty places: every product leaves int64."""
    rate = "0.0" + "123456789" * 3
    case = {
        "loan": {
            "draws": [["2020-01-01", "9007199254740.99"]], "settled_on": "2030-01-01", "contract_date": "2020-01-01",
            "rate": rate,
        },
        "pledge": {"ip_share": "0." + "7" * 30},
    }  # fmt: skip
    topup = replace(strange.lines[0], requires=(), bounds=(), cap=None, prorate_full=None)
    topup = replace(topup, base=replace(topup.base, max_period=MaxPeriod("P9Y", months=108)))
    policy = replace(strange, eligibility=(), lines=(topup,), exclusive=(), limits=())
    cases = [Case.from_plain(case), Case.from_plain({**case, "pledge": {"ip_share": "0.5"}})]
    _, told = agrees(policy, cases, [{"project": "1"}, {"project": "2"}], series)
    assert [one.status.value for one in told] == ["unknown", "unknown"]  # who insures the loan is not stated
    plain = [
        Case.from_plain({**one.plain(), "loan": {**one.plain()["loan"], "credit_support": "guarantee"}})
        for one in cases
    ]
    _, told = agrees(policy, plain, [{"project": "1"}, {"project": "2"}], series)
    assert all(one.total_fen > 10**13 for one in told)


def test_an_officers_figure_goes_through_the_single_path_and_takes_part_in_the_limits(library, series):
    policy = library["gd-guangzhou-2024"]
    line = policy.lines[0].id
    cases, who = drawn(policy, 5, rows=60, holds=1, odd=0, firms=4)
    told = [evaluate(policy, case, series) for case in cases]
    row = next(place for place, one in enumerate(told) if one.total_fen > 100)
    cases[row] = Case.from_plain({**cases[row].plain(), "granted": {line: "1.00"}}, believe=True)
    many, _ = agrees(policy, cases, who, series)
    assert (many.alone.tolist(), int(many.asked[line][row])) == ([row], 100)


def test_a_policy_that_compares_payments_goes_through_the_single_path_whole(strange, series):
    odd = replace(strange.eligibility[0], test=FactTest("loan.draws", "subset", ("x",)))
    policy = replace(strange, eligibility=(odd,))
    cases, who = drawn(strange, 9, rows=8, odd=0)
    many, _ = agrees(policy, cases, who, series)
    assert len(many.alone) == len(cases)


def test_who_names_no_meter_shares_none(strange):
    """An application without a guarantor does not use up another one's limit: `settle` once pooled them all."""
    policy = replace(
        strange,
        eligibility=(),
        exclusive=(),
        limits=(Limit("g", ("chosen",), ("guarantor",), "lifetime", 100),),
    )
    case = Case.from_plain({"approved_amount": "1", "band_choice": "0.9"})
    told = settle(policy, [Entered(case, {}), Entered(case, {})], Series(), {})
    assert [one.total_fen for one in told] == [90, 90]


def test_what_was_used_before_the_book_is_left_out_of_the_limits(library, series):
    policy = library["fj-2022"]
    cases, who = drawn(policy, 11, rows=60, firms=1, holds=1, odd=0)
    limit = next(limit for limit in policy.limits if limit.most_fen is not None)
    book = Book.of_cases(cases, who)
    keys = [entered(policy, case, one).keys[limit.id] for case, one in zip(cases, who, strict=True)]
    used = dict.fromkeys(keys, limit.most_fen - 500000)
    many = settle_many(policy, book, series, {limit.id: np.array([used[key] for key in keys])})
    told = settle(policy, [entered(policy, *pair) for pair in zip(cases, who, strict=True)], series, used)
    assert many.total.tolist() == [one.total_fen for one in told]
    assert 0 < many.total.sum() <= 5_000_00 * len(set(keys))
    with pytest.raises(ValueError, match="one meter"):
        settle_many(policy, book, series, {limit.id: np.arange(len(cases))})


# --- comparing ---


def test_a_comparison_adds_up_and_names_who_gains_and_who_loses(library, series):
    policy = library["sd-2016"]
    interest, appraisal = policy.lines
    lines = (
        replace(interest, factor=replace(interest.factor, value=interest.factor.value / 2)),
        replace(appraisal, factor=replace(appraisal.factor, value=appraisal.factor.value * 2)),
    )
    draft = replace(policy, id="draft", lines=lines)
    cases, who = drawn(policy, 13, rows=120, holds=0.97, odd=0)
    found = compare(draft, policy, Book.of_cases(cases, who), series)
    before = settle(policy, [entered(policy, *pair) for pair in zip(cases, who, strict=True)], series, {})
    after = settle(draft, [entered(draft, *pair) for pair in zip(cases, who, strict=True)], series, {})
    changes = [new.total_fen - old.total_fen for old, new in zip(before, after, strict=True)]
    total = found.total
    assert (total.before, total.after) == (
        sum(one.total_fen for one in before),
        sum(one.total_fen for one in after),
    )
    assert (total.gain, total.gain_rows) == (sum(c for c in changes if c > 0), sum(c > 0 for c in changes))
    assert (total.lose, total.lose_rows) == (-sum(c for c in changes if c < 0), sum(c < 0 for c in changes))
    assert min(total.lose_rows, total.gain_rows) > 0
    assert total.change == total.gain - total.lose
    for parts in (found.regions, found.sizes):
        assert sum(part.rows for part in parts) == len(cases)
        assert sum(part.change for part in parts) == total.change
    assert [abs(moved.change) for moved in found.largest] == sorted(
        (abs(c) for c in changes if c), reverse=True
    )[:20]
    assert found.by_status["eligible"][0] == sum(one.status.value == "eligible" for one in before)


def test_without_a_version_in_force_everything_is_new(library, series):
    cases, who = drawn(library["fj-2022"], 17, rows=40, holds=1, odd=0)
    found = compare(library["fj-2022"], None, Book.of_cases(cases, who), series)
    assert found.total.before == 0 < found.total.after == found.total.gain


def test_an_empty_book_costs_nothing(library, series):
    found = compare(library["fj-2022"], library["fj-2013"], Book.of_cases([]), series)
    assert (found.total.rows, found.total.after, found.largest) == (0, 0, ())
