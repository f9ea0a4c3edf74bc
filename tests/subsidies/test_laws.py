"""What must be true of every application under every policy, tried on random ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.subsidies import (
    Case,
    Policy,
    Status,
    evaluate,
    evaluate_batch,
    funding_parts,
    load_library,
    load_policy,
    load_series,
    replay,
    settle_budget,
    steps_from_plain,
)
from finance.subsidies.budget import scaled
from finance.subsidies.conditions import judge
from finance.subsidies.examples import load_defaults
from finance.subsidies.nearly import nearly
from finance.subsidies.rates import Reader
from finance.subsidies.terms import AllOf, AnyOf, Condition, Const, FactTest, Not, RateTest, Reference
from kernel.conditions import Answer
from kernel.money import yuan_text

POLICIES = Path(__file__).parents[2] / "policies"
SAMPLE = Path(__file__).parents[1] / "samples" / "subsidies" / "strange-city.yaml"

RATES = load_series(POLICIES / "series" / "rates.yaml")
DEFAULTS = load_defaults(POLICIES / "subsidies" / "_model.yaml")
ALL = [*load_library(POLICIES / "subsidies"), load_policy(SAMPLE)]
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31)).map(date.isoformat)
FEN = st.one_of(st.integers(0, 10**11), st.sampled_from([0, 1, 3333333333, 999999975, 10**9, 5 * 10**7]))
YUAN = FEN.map(yuan_text)
RATE = st.integers(0, 1200).map(lambda points: f"0.{points:04d}")
laws = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def section(**facts: st.SearchStrategy) -> st.SearchStrategy:
    """Facts each of which may be missing, or null."""
    return st.fixed_dictionaries(
        {}, optional={name: st.one_of(fact, st.none()) for name, fact in facts.items()}
    )


@st.composite
def loans(draw: st.DrawFn) -> dict:
    first = draw(st.dates(date(2015, 6, 1), date(2026, 6, 30)))
    ends = first + timedelta(days=draw(st.integers(0, 900)))
    later = [0, *draw(st.lists(st.integers(0, 180), max_size=2))]
    facts = section(
        rate=RATE, contract_date=DAYS, term_months=st.integers(1, 60).map(str), overdue_days=st.integers(0, 2),
        other_fiscal_interest_subsidy=st.booleans(), lender_type=st.just("bank"), guarantee_fee_rate=RATE,
        enterprise_outstanding=YUAN, credit_support=st.sampled_from(["none", "insurance"]),
    )  # fmt: skip
    return draw(facts) | {
        "draws": [[(first + timedelta(days=days)).isoformat(), draw(YUAN)] for days in later],
        "settled_on": draw(st.sampled_from([ends.isoformat(), None])),
    }


REGIONS = sorted({policy.region for policy in ALL} - {"000000"})
CASES = st.fixed_dictionaries(
    {"applicant": section(
        region=st.sampled_from(REGIONS), size=st.sampled_from(["large", "small"]), legal_person=st.booleans(), revenue=YUAN,
        assets=YUAN, marks=st.integers(0, 9), joint_punishment=st.booleans(), industry=st.just("industry"),
        early_stage=st.just(True), ip_pilot_firm=st.just(True), paid_in_previous_batch=st.booleans())},
    optional={
        "loan": loans(),
        "pledge": section(
            kinds=st.lists(st.sampled_from(["patent", "trademark"]), max_size=2),
            ip_share=st.sampled_from(["1", "0.375", "0"]), registered_on=DAYS, owner_is_borrower=st.booleans(),
            has_first_time_right=st.booleans(), items=st.integers(0, 5), pledgee_type=st.just("bank"),
            used_in_products=st.just(True), mode=st.just("ip_only")),
        "bank": section(new_tm_loans_in_year=YUAN, loans=YUAN),
        "event": section(date=DAYS, kind=st.just("well_known_mark_recognised"), marks=st.integers(0, 3)),
        "fees": st.dictionaries(st.sampled_from(["appraisal", "guarantee", "insurance", "legal"]), YUAN),
        "interest_paid": YUAN, "approved_amount": YUAN, "band_choice": st.sampled_from(["0.30", "0.50"]),
        "evaluated_on": DAYS, "application_date": DAYS, "day_count_override": st.sampled_from(["ACT/365", "FLAT_YEAR"]),
    },
).map(lambda plain: Case.from_plain(plain, believe=True))  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, policy: Policy) -> Case:
    """An application that a test of the policy makes, some of it stated otherwise; so that many are paid."""
    examples = json.loads(policy.examples)
    plain = draw(st.sampled_from([test["input"] for test in examples["tests"]]))
    case = DEFAULTS.case(plain)
    changes = {
        "loan.rate": RATE, "loan.settled_on": DAYS, "loan.contract_date": DAYS,
        "pledge.ip_share": st.sampled_from(["0.375", "0"]), "applicant.joint_punishment": st.just(True),
        "loan.draws": st.lists(st.tuples(DAYS, YUAN).map(list), min_size=1, max_size=2), "loan.term_months": st.just("7.5"),
        "fees": st.dictionaries(st.sampled_from(["appraisal", "guarantee", "insurance"]), YUAN), "interest_paid": YUAN,
        "applicant.size": st.sampled_from(["large", "micro"]), "evaluated_on": DAYS,
    }  # fmt: skip
    for path in draw(st.lists(st.sampled_from(sorted(changes)), max_size=3, unique=True)):
        case = case.with_fact(path, draw(changes[path]))
    return case


@st.composite
def applications(draw: st.DrawFn, most: int = 1) -> tuple:
    """A policy, applications under it, what is used of its limits."""
    policy = draw(st.sampled_from(ALL))
    cases = draw(st.lists(st.one_of(changed(policy), changed(policy), CASES), min_size=1, max_size=most))
    used = {
        limit.id: draw(FEN) // draw(st.sampled_from([1, 1000]))
        for limit in policy.limits
        if draw(st.booleans())
    }
    return policy, cases, used


@laws
@given(applications())
def test_an_amount_only_shrinks_on_its_way(application):
    policy, (case,), used = application
    result = evaluate(policy, case, RATES, used)
    for line in result.lines:
        assert 0 <= line.paid_fen <= line.capped_fen <= line.bounded_fen
        assert line.bounded_fen <= max(Fraction(0), line.raw) + Fraction(1, 2)
    assert result.total_fen == sum(line.paid_fen for line in result.lines)


@laws
@given(applications())
def test_the_status_has_one_order_and_only_an_eligible_answer_holds_amounts(application):
    policy, (case,), used = application
    result = evaluate(policy, case, RATES, used)
    if result.status is Status.INELIGIBLE:
        assert result.reasons
        assert not result.missing
    elif result.status is Status.UNKNOWN:
        assert result.missing
        assert result.keys
    elif result.status is Status.PENDING:
        assert result.waits_for
        assert result.keys == ("parameter",)
    if result.status is not Status.ELIGIBLE:
        assert (result.lines, result.total_fen) == ((), 0)
    assert "total" in result.as_expected() or result.status in (Status.UNKNOWN, Status.PENDING)


@laws
@given(applications(), st.randoms())
def test_the_order_of_conditions_changes_no_answer(application, random):
    policy, (case,), used = application
    shuffled = list(policy.eligibility)
    random.shuffle(shuffled)
    one, other = (
        evaluate(each, case, RATES, used) for each in (policy, replace(policy, eligibility=tuple(shuffled)))
    )
    assert (one.status, one.lines, set(one.keys)) == (other.status, other.lines, set(other.keys))


def shared(limit):
    """Whether all loans of a firm take from it."""
    return not {"loan", "project"} & set(limit.scope)


@laws
@given(applications(most=4))
def test_a_batch_never_exceeds_a_limit_and_what_is_used_adds_up(application):
    policy, cases, used = application
    results, after = evaluate_batch(policy, cases, RATES, used)
    for limit in policy.limits:
        paid = sum(line.paid_fen for result in results for line in result.lines if line.id in limit.over)
        assert after[limit.id] == used.get(limit.id, 0) + paid
        if limit.most_fen is not None and shared(limit):
            assert after[limit.id] <= max(limit.most_fen, used.get(limit.id, 0))
    for line in policy.lines:
        if line.count:
            paid_lines = sum(
                bool(each.paid_fen) for result in results for each in result.lines if each.id == line.id
            )
            assert paid_lines <= line.count.most


@laws
@given(applications(most=3))
def test_each_application_of_a_batch_is_replayed_alone_from_what_was_stored(application):
    policy, cases, used = application
    for result in evaluate_batch(policy, cases, RATES, used)[0]:
        stored = json.loads(json.dumps(result.plain()))
        again = replay(stored)
        assert again.plain() == stored
        assert again == result
        assert steps_from_plain(stored["working"]) == result.working


@laws
@given(applications())
def test_alone_is_a_batch_of_one_and_taken_one_by_one_is_a_batch_where_nothing_is_counted(application):
    policy, (case,), used = application
    alone = evaluate(policy, case, RATES, used)
    (batch,), after = evaluate_batch(policy, [case], RATES, used)
    assert alone == batch
    if not any(line.count for line in policy.lines) and all(shared(limit) for limit in policy.limits):
        second = evaluate(policy, case, RATES, after)
        assert evaluate_batch(policy, [case, case], RATES, used)[0] == (alone, second)


@laws
@given(applications())
def test_every_sentence_can_be_written_and_the_last_figure_of_a_line_is_what_is_paid(application):
    policy, (case,), used = application
    result = evaluate(policy, case, RATES, used)
    for line in result.lines:
        steps = {step.kind: step for step in result.working if step.line == line.id}
        if line.state == "paid":
            *_, last = (step for step in result.working if step.line == line.id)
            assert last.figure("amount") == yuan_text(line.paid_fen)
            assert Fraction(steps["rounded"].figure("amount")) == Fraction(line.bounded_fen, 100)
            assert f"{yuan_text(line.bounded_fen, grouped=True)} 元" in "".join(result.sentences_of(line.id))
    assert len(result.sentences) <= len(result.working)


@laws
@given(applications())
def test_a_near_miss_keeps_its_promise(application):
    policy, (case,), used = application
    result = evaluate(policy, case, RATES, used)
    for miss in nearly(policy, case, RATES, used, result).misses:
        if miss.brings_fen is not None:
            changed = case
            for change in miss.option:
                changed = changed.with_fact(change.path, change.wanted)
            then = evaluate(policy, changed, RATES, used)
            assert then.total_fen == result.total_fen + miss.brings_fen
            assert miss.key not in then.keys


@laws
@given(
    st.lists(st.integers(0, 10**10), min_size=1, max_size=9),
    st.integers(0, 3 * 10**10),
    st.sampled_from(["floor_cent", "largest_remainder"]),
)
def test_a_pool_is_never_overpaid_and_by_remainders_paid_out_whole(entries, pool, rounding):
    paid = scaled(entries, pool, rounding)
    assert sum(paid) <= pool or paid == entries
    assert all(0 <= fen <= entry for fen, entry in zip(paid, entries, strict=True))
    if rounding == "largest_remainder":
        assert sum(paid) == min(pool, sum(entries))
    else:
        assert min(pool, sum(entries)) - sum(paid) < len(entries)


@laws
@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=6), st.integers(0, 10**10), st.randoms())
def test_first_come_pays_in_order_of_application(entries, pool, random):
    policy = ALL[-1]
    order = list(range(len(entries)))
    random.shuffle(order)
    settled = settle_budget(policy, entries, pool, order)
    left = pool
    for place in order:
        assert settled.paid_fen[place] == min(entries[place], left)
        left -= settled.paid_fen[place]
    assert settled.total_fen == min(pool, sum(entries))


@laws
@given(st.integers(0, 10**12))
def test_the_levels_together_pay_the_line(fen):
    parts = funding_parts(ALL[-1], fen)
    assert list(parts) == ["central", "province", "city"]
    assert sum(parts.values()) == fen
    assert parts["central"] == fen * 3333 // 10000


@laws
@given(
    st.lists(st.sampled_from([Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.PENDING]), min_size=1, max_size=4)
)
def test_all_and_any_mirror_each_other_through_not(answers):
    """De Morgan in four values: not all(x) is any(not x)."""
    made = {
        Answer.YES: FactTest("a.here", "exists"),
        Answer.NO: FactTest("a.gone", "exists"),
        Answer.UNKNOWN: FactTest("a.gone", "eq", "1"),
        Answer.PENDING: RateTest(Reference("lpr_1y", "contract_date"), "gt", Const("0", Fraction(0))),
    }
    parts = tuple(Condition(made[answer]) for answer in answers)
    case = Case.from_plain({"a": {"here": "1"}, "loan": {"contract_date": "2030-01-01"}})
    turned = tuple(Condition(Not(part)) for part in parts)
    left = judge(Condition(Not(Condition(AllOf(parts)))), Reader(case, RATES))
    right = judge(Condition(AnyOf(turned)), Reader(case, RATES))
    assert left.answer is right.answer
    deciding = (Answer.NO, Answer.UNKNOWN, Answer.PENDING, Answer.YES)
    first = next(answer for answer in deciding if answer in answers)
    assert judge(Condition(AllOf(parts)), Reader(case, RATES)).answer is first
