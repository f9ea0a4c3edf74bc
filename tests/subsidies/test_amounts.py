"""Days, interest, factors, caps, limits: single figures by hand at the places where a naive calculation goes wrong."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.subsidies import Case, Series, Status, evaluate, evaluate_batch, load_policy, settle_budget
from finance.subsidies.period import period_of
from finance.subsidies.rates import Reader
from finance.subsidies.terms import MaxPeriod
from kernel.errors import Refused

HEAD = "policy: {{id: x, effective: {{from: 2000-01-01, version_picked_by: application_date}}, {more}benefits: [{lines}]}}"


def policy(*lines: str, more: str = ""):
    return load_policy(HEAD.format(lines=", ".join(lines), more=more))


def line(base: str, factor: str = "1", more: str = "", line_id: str = "i", payee: str = "enterprise") -> str:
    return f"{{id: {line_id}, payee: {payee}, base: {base}, factor: {factor}{more and ', ' + more}}}"


def case(**plain: object) -> Case:
    return Case.from_plain(plain)


def loan(*draws: tuple[str, str], settled: str | None = None, **facts: object) -> dict:
    return {"draws": [list(each) for each in draws], "settled_on": settled, **facts}


def paid(one, **plain: object) -> int:
    result = evaluate(one, case(**plain), Series())
    assert result.status is Status.ELIGIBLE, result.keys
    return result.total_fen


NOTIONAL = "{kind: notional_interest, rate: '0.036'}"


@pytest.mark.parametrize(
    ("first", "settled", "longest", "days"),
    [
        ("2024-02-28", "2024-03-01", "", 2),
        ("2023-02-28", "2023-03-01", "", 1),
        ("2024-02-29", "2025-03-31", "P1Y", 365),
        ("2023-12-31", "2024-12-31", "P2M", 60),
        ("2024-08-31", "2025-12-31", "P6M", 181),
        ("2024-01-01", "2024-12-31", "P90D", 90),
        ("2024-01-01", "2024-12-31", "P9999Y", 365),
        ("2024-01-01", "2024-01-01", "", 0),
    ],
)
def test_first_day_in_last_day_out_and_a_period_ends_on_a_day_that_exists(first, settled, longest, days):
    more = f", max_period: {longest}" if longest else ""
    one = policy(line(f"{{kind: notional_interest, rate: '0.036'{more}}}"))
    # 1,000,000 元 × 3.6% ÷ 360 = 100 元一天
    assert paid(one, loan=loan((first, "1000000"), settled=settled)) == days * 100_00


@pytest.mark.parametrize(
    ("basis", "fen"), [("ACT/360", 3_497_917), ("ACT/365", 3_450_000), ("FLAT_YEAR", 3_450_000)]
)
def test_the_day_count_of_a_case_replaces_that_of_every_interest(basis, fen):
    facts = loan(("2024-01-15", "1000000"), settled="2025-01-14", rate="0.0345")
    one = policy(line("{kind: interest_paid}"))
    assert paid(one, loan=facts, day_count_override=basis) == fen


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 10**8)), min_size=1, max_size=3),
    st.integers(1, 300),
    st.integers(1, 12),
)
def test_segments_say_what_counting_every_single_day_says(draws, length, months):
    start = date(2024, 1, 31)
    plain = [
        [(start + timedelta(days=days)).isoformat(), f"{fen // 100}.{fen % 100:02d}"] for days, fen in draws
    ]
    first = start + timedelta(days=min(days for days, _ in draws))
    end = first + timedelta(days=length)
    repaid = [[(first + timedelta(days=length // 2)).isoformat(), "0.01"]]
    facts = {"draws": plain, "repaid": repaid, "settled_on": end.isoformat()}
    one = Case.from_plain({"loan": facts}, believe=True)
    period = period_of(Reader(one, Series()), "ACT/360", MaxPeriod("", months=months))
    total, day = Fraction(0), first
    year, month = divmod(first.month - 1 + months, 12)
    day_after_month = date(first.year + year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last_of_month = day_after_month - timedelta(days=1)
    last = last_of_month.replace(day=min(first.day, last_of_month.day))
    while day < min(end, last):
        total += sum(fen for on, fen in one.draws if on <= day) - sum(
            fen for on, fen in one.repaid if on <= day
        )
        day += timedelta(days=1)
    assert period.year_fen == total / 360


def test_without_a_settlement_day_the_repayments_end_the_loan_if_they_clear_it():
    one = policy(line(NOTIONAL))
    facts = {
        "draws": [["2024-01-01", "1000000"]],
        "repaid": [["2024-01-11", "400000"], ["2024-01-21", "600000"]],
    }
    assert paid(one, loan=facts) == 10 * 100_00 + 10 * 60_00
    facts["repaid"] = facts["repaid"][:1]
    assert evaluate(one, case(loan=facts), Series()).keys == ("i.loan.settled_on",)


@pytest.mark.parametrize(
    ("amount", "factor", "fen"),
    [("33333333.33", "'0.015'", 500_000_00), ("9999999.75", "'0.02'", 200_000_00), ("9999999.74", "'0.02'", 199_999_99)],
)  # fmt: skip
def test_half_a_cent_goes_up_before_the_cap_and_a_cap_exactly_reached_cuts_nothing(amount, factor, fen):
    one = policy(line("{kind: loan_amount}", factor, "cap: 500000"))
    result = evaluate(one, case(loan=loan(("2024-01-01", amount))), Series())
    assert result.total_fen == fen
    assert result.lines[0].bound_by == ()


def test_interest_paid_is_a_cent_amount_before_share_and_factor():
    # 2,000,000 × 3.45% × 364 ÷ 360 = 69,766.666… → 69,766.67；× 50% = 34,883.335 → 34,883.34
    one = policy(line("{kind: interest_paid}", "'0.5'"))
    assert paid(one, loan=loan(("2024-01-02", "2000000"), settled="2024-12-31", rate="0.0345")) == 3_488_334


def test_a_given_interest_is_clamped_by_the_rates_and_needs_no_days():
    one = policy(line("{kind: interest_paid, rate_clamp: '0.05', max_period: P1M}"))
    assert paid(one, loan={"rate": "0.06"}, interest_paid="1000.01") == 833_34
    assert paid(one, loan={"rate": "0.05"}, interest_paid="1000.01") == 1000_01
    assert evaluate(one, case(loan={}, interest_paid="1"), Series()).keys == ("i.loan.rate",)
    free = policy(line("{kind: interest_paid, max_period: P1M}"))
    assert paid(free, loan={}, interest_paid="1000.01") == 1000_01


def test_costs_not_given_are_nothing_and_the_whole_interest_has_no_clamp_share_or_longest_period():
    base = "{kind: interest_paid, rate_clamp: '0.01', share: ip_share, max_period: P1D}"
    one = policy(line(base, "'1000'", "bounds: [{le: actual_cost, of: [appraisal, interest]}]"))
    facts = loan(("2024-01-01", "1000000"), settled="2024-01-11", rate="0.036")
    assert paid(one, loan=facts, pledge={"ip_share": "0.5"}) == 10 * 100_00
    assert paid(one, loan=facts, pledge={"ip_share": "0.5"}, fees={"appraisal": "0.01"}) == 10 * 100_00 + 1


def test_a_principal_is_counted_at_most_and_whether_so_may_be_unknown():
    when = "max_principal: 500, max_principal_when: {fact: pledge.mode, op: eq, value: ip_only}"
    one = policy(line(f"{{kind: loan_amount, share: ip_share, {when}}}"))
    facts = loan(("2024-01-01", "1000"))
    assert paid(one, loan=facts, pledge={"ip_share": "0.8", "mode": "ip_only"}) == 500_00
    assert paid(one, loan=facts, pledge={"ip_share": "0.8", "mode": "mixed"}) == 800_00
    assert evaluate(one, case(loan=facts, pledge={"ip_share": "1"}), Series()).keys == ("i.pledge.mode",)


def test_whole_months_of_the_term_count_at_most_the_full_number():
    one = policy(
        line("{kind: loan_amount}", "1", "prorate: {by: term_months, full: 12, partial_month: floor}")
    )
    for term, fen in (("9.99", 900_00), ("12", 1200_00), ("14.5", 1200_00), ("0.9", 0)):
        assert paid(one, loan=loan(("2024-01-01", "1200"), term_months=term)) == fen
    assert evaluate(one, case(loan=loan(("2024-01-01", "1"))), Series()).keys == ("i.loan.term_months",)


def test_a_case_is_unknown_if_an_earlier_entry_is():
    first = "{when: {fact: a.b, op: eq, value: 1}, value: '0.5'}"
    second = "{when: {fact: a.c, op: eq, value: 1}, value: '0.4'}"
    one = policy(
        line("{kind: approved_amount}", f"{{case: [{first}, {second}, {{otherwise: true, value: 0}}]}}")
    )
    assert evaluate(one, case(a={"c": "1"}, approved_amount="10"), Series()).keys == ("i.a.b",)
    assert paid(one, a={"b": "2", "c": "1.00"}, approved_amount="10") == 4_00
    assert paid(one, a={"b": "1"}, approved_amount="10") == 5_00
    assert paid(one, a={"b": "2", "c": "2"}, approved_amount="10") == 0


def test_dated_caps_take_the_last_on_or_before_and_before_the_first_nothing_is_known():
    cap = "cap: {values: {2020-01-01: 50, 2016-01-01: 30}, at: application_date, scope: project}"
    one = policy(line("{kind: approved_amount}", "1", cap))
    for day, fen in (("2019-12-31", 30_00), ("2020-01-01", 50_00), ("2016-01-01", 30_00)):
        assert paid(one, approved_amount="100", application_date=day) == fen
    early = case(approved_amount="1", application_date="2015-12-31")
    assert evaluate(one, early, Series()).keys == ("i.parameter",)
    assert evaluate(one, case(approved_amount="1"), Series()).keys == ("i.application_date",)


# --- what the officer enters ---------------------------------------------------------------------------------------

YEARLY = "limits: [{id: y, over: [i], scope: [enterprise], window: application_year, max: 40}], "
CEILING = policy(line("{kind: approved_amount}", "'0.5'", "discretion: ceiling"), more=YEARLY)


def test_up_to_gives_a_ceiling_until_an_officer_enters_the_figure():
    result = evaluate(CEILING, case(approved_amount="100"), Series())
    assert (result.total_fen, result.wants_figures) == (40_00, ("i",))
    result = evaluate(CEILING, case(approved_amount="100", granted={"i": "30"}), Series())
    assert (result.total_fen, result.wants_figures, result.lines[0].granted_fen) == (30_00, (), 30_00)
    assert "最高可核定 50.00 元，经办人核定 30.00 元" in result.sentences
    assert evaluate(CEILING, case(approved_amount="100", granted={"i": "45"}), Series()).total_fen == 40_00


@pytest.mark.parametrize(
    ("granted", "found"),
    [({"i": "50.01"}, "50.01 元高于最高可核定的 50.00 元"), ({"j": "1"}, "没有可以核定的项目“j”")],
)
def test_a_figure_above_the_ceiling_or_for_nothing_is_refused(granted, found):
    with pytest.raises(Refused, match=found):
        evaluate(CEILING, case(approved_amount="100", granted=granted), Series())


def test_a_figure_for_a_line_that_is_worked_out_is_refused_and_so_is_a_choice_outside_its_band():
    fixed = policy(line("{kind: approved_amount}"))
    with pytest.raises(Refused, match="按公式计算"):
        evaluate(fixed, case(approved_amount="1", granted={"i": "1"}), Series())
    band = policy(line("{kind: approved_amount}", "{band: ['0.3', '0.5']}", "discretion: band"))
    assert paid(band, approved_amount="100", band_choice="0.3") == 30_00
    assert paid(band, approved_amount="100", band_choice="0.5") == 50_00
    assert evaluate(band, case(approved_amount="100"), Series()).keys == ("i.band_choice",)
    with pytest.raises(Refused, match=r"band_choice.*0\.3到0\.5"):
        evaluate(band, case(approved_amount="100", band_choice="0.51"), Series())


# --- choices, counts, limits, pools --------------------------------------------------------------------------------


def three(more: str):
    lines = [line("{kind: fee_paid, fee: " + fee + "}", line_id=fee) for fee in ("a", "b", "c")]
    return policy(*lines, more=more)


def test_of_lines_that_exclude_each_other_the_first_named_stays_at_a_tie_and_zero_lines_are_no_rivals():
    one = three("exclusive: [{one_of: [b, a, c], choose: highest, reason: 选一}], ")
    result = evaluate(one, case(fees={"a": "5", "b": "5", "c": "0"}), Series())
    assert result.as_expected() == {
        "status": "eligible", "total": "5.00", "benefits": {"b": "5.00", "c": "0.00"}, "reasons": ["a"],
    }  # fmt: skip
    assert result.lost[0].text == "选一"


def test_a_limit_gives_to_its_lines_in_their_order_and_later_limits_to_what_is_left():
    limits = ("limits: [{id: one, over: [c, a], scope: [enterprise], window: lifetime, max: 10}, "
              "{id: two, over: [a, b], scope: [loan], window: lifetime, max: 3}], ")  # fmt: skip
    one = three(limits)
    result = evaluate(one, case(fees={"a": "6", "b": "2", "c": "7"}), Series(), {"one": 1_00})
    assert {each.id: each.paid_fen for each in result.lines} == {"a": 2_00, "b": 1_00, "c": 7_00}
    one_taken, two_taken = result.limits
    assert (one_taken.used_fen, one_taken.taken_fen, one_taken.cut_fen) == (1_00, 9_00, 4_00)
    assert (two_taken.taken_fen, two_taken.cut_fen) == (3_00, 1_00)
    _, after = evaluate_batch(one, [case(fees={"a": "6"}), case(fees={"a": "6"})], Series())
    assert after == {"one": 6_00, "two": 6_00}


def test_more_used_than_the_limit_leaves_nothing_and_takes_nothing_back():
    one = three("limits: [{id: y, over: [a], scope: [bank], window: lifetime, max: 10}], ")
    assert evaluate(one, case(fees={"a": "6"}), Series(), {"y": 11_00}).total_fen == 0


@pytest.mark.parametrize(("used", "paid_places"), [(0, (1, 2)), (1, (1,)), (2, ()), (3, ())])
def test_a_count_pays_the_highest_and_at_a_tie_the_earlier_less_those_paid_before(used, paid_places):
    one = policy(
        line("{kind: approved_amount}", "1", "count: {max: 2, scope: [enterprise], window: application_year}")
    )
    cases = [case(approved_amount=amount) for amount in ("5", "7", "7", "0")]
    results, after = evaluate_batch(one, cases, Series(), {"i.count": used})
    assert tuple(place for place, each in enumerate(results) if each.total_fen) == paid_places
    assert [each.keys for each in results].count(("i.count",)) == 3 - len(paid_places)
    assert results[3].as_expected()["benefits"] == {"i": "0.00"}
    assert after["i.count"] == used + len(paid_places)


def test_a_refused_line_stays_at_nothing_and_its_base_asks_for_nothing():
    requires = "requires: [{id: r, reason: 须有, fact: a.b, op: exists}, {id: s, reason: 也须, fact: a.c, op: eq, value: 1}]"
    one = policy(line(NOTIONAL, "1", requires), line("{kind: fee_paid, fee: f}", line_id="f"))
    result = evaluate(one, case(loan={}, a={"c": "2"}, fees={"f": "3"}), Series())
    assert result.as_expected()["benefits"] == {"i": "0.00", "f": "3.00"}
    assert result.keys == ("i.r", "i.s")
    assert evaluate(one, case(loan={}, a={"b": "1"}), Series()).keys == ("i.s",)


def test_a_pool_that_nobody_ruled_on_stops_the_batch():
    unruled = policy(
        line("{kind: approved_amount}"), more="budget: {pool: 10, over: oversubscription_rule_unknown}, "
    )
    assert settle_budget(unruled, [4_00, 6_00]).paid_fen == (4_00, 6_00)
    stopped = settle_budget(unruled, [4_00, 6_01])
    assert (stopped.paid_fen, stopped.short_fen) == ((0, 0), 1)
    assert "没有写明不足时怎么分" in stopped.stopped
    unknown = policy(line("{kind: approved_amount}"), more="budget: {pool: null}, ")
    assert settle_budget(unknown, [4_00]).paid_fen == (4_00,)
    assert settle_budget(unknown, [4_00], 3_00).stopped
    with pytest.raises(Refused, match="第2笔"):
        settle_budget(unknown, [1, -1])


def test_pro_rata_takes_what_earlier_batches_left():
    one = policy(line("{kind: approved_amount}"), more="budget: {pool: 500000, over: pro_rata}, ")
    assert settle_budget(one, [100_000_00, 900_000_00]).paid_fen == (50_000_00, 450_000_00)
    settled = settle_budget(one, [1, 1, 1], 2)
    assert (settled.paid_fen, settled.left_fen) == ((0, 0, 0), 2)


def test_a_line_that_cannot_be_worked_out_is_named_with_its_conditions_and_yields_nothing(library):
    result = evaluate(
        library["ha-xuchang-2023"],
        case(applicant={"region": "411002"}, loan=loan(("2024-01-01", "100")), fees={"appraisal": "2"}),
        Series(),
    )
    assert result.as_expected()["benefits"] == {"appraisal": "1.00"}
    assert [(each.line, each.conditions) for each in result.not_computable] == [
        ("trademark_interest", ("以商标权出质", "按约还本付息后"))
    ]


def test_facts_of_another_kind_than_a_condition_compares_are_refused_all_at_once():
    conditions = [
        "{id: a, reason: x, fact: a.a, op: lte, value: 12}",
        "{id: b, reason: x, fact: a.b, op: eq, value: true}",
        "{id: c, reason: x, fact: a.c, op: gte, value: 2024-01-01}",
        "{id: d, reason: x, fact: a.d, op: in, value: [x]}",
    ]
    one = policy(line("{kind: approved_amount}"), more=f"eligibility: [{', '.join(conditions)}], ")
    with pytest.raises(Refused) as refused:
        evaluate(one, case(a={"a": "many", "b": "true", "c": "5", "d": ["x", "y"]}), Series())
    assert [problem.where for problem in refused.value.problems] == ["a.a", "a.b", "a.c", "a.d"]
    with pytest.raises(Refused, match=r"第2笔 a\.a"):
        evaluate_batch(one, [case(), case(a={"a": "many"})], Series())
