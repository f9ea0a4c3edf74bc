"""Edges of the base, conditions, caps and adjustments: figures and notes worked by hand."""

import pytest

from kernel.errors import Refused
from riskpool.schemes import (
    apportion,
    load_scheme,
    needed_metrics,
    replay,
    stored,
    with_granted_share,
    working_lines,
)

HEAD = "id: t@1\nlender: bank\nparties: [{code: bank}, {code: fund}, {code: city}]\n"
HALF = "steps: [{type: transfer, from: bank, of: loss, shares: {fund: '0.5'}}]\n"
PRINCIPAL = "loss_base: {include: [principal]}\n"


def scheme(body):
    return load_scheme(HEAD + body)


def shared(body, fen=100_00, **metrics):
    metrics = {name.replace("__", "."): value for name, value in metrics.items()}
    return apportion(scheme(body), {"principal": fen}, metrics)


def borne(result):
    return list(result.borne.values())


def codes_of(refusal):
    return [problem.code for problem in refusal.value.problems]


COVERAGE = "loss_base: {include: [principal], coverage: {metric: loan.ratio%s}}\n" + HALF


@pytest.mark.parametrize(
    ("terms", "ratio", "covered", "notes"),
    [
        ("", "0.6", 6000, ()),
        ("", "1.00", 10000, ()),
        ("", "1", 10000, ()),
        ("", None, 0, ("coverage ratio missing -> exclude",)),
        (", if_missing: full", None, 10000, ("coverage ratio missing -> full",)),
        (", min: '0.50'", "0.50", 5000, ()),
        (", min: '0.50'", "0.5", 5000, ()),
        (", min: '0.50'", "0.4999", 0, ("below minimum coverage ratio -> not eligible",)),
        (", min: '0.50', if_missing: full", None, 10000, ("coverage ratio missing -> full",)),
        ("", "0.00005", 1, ()),  # half a fen, rounded up, once
        ("", "0.00004999", 0, ()),
    ],
)
def test_coverage(terms, ratio, covered, notes):
    result = shared(COVERAGE % terms, **({} if ratio is None else {"loan__ratio": ratio}))
    assert (result.covered_fen, result.outside_fen, result.notes) == (covered, 10000 - covered, notes)
    assert result.missing == (("loan.ratio",) if ratio is None else ())


@pytest.mark.parametrize("ratio", ["1.01", "-0.1", "60%", "true"])
def test_a_coverage_ratio_outside_nought_to_one_is_refused(ratio):
    with pytest.raises(Refused, match=r"loan\.ratio"):
        shared(COVERAGE % "", loan__ratio=ratio)


PRORATA = (
    "loss_base: {include: [principal], eligible_caps: "
    "[{id: first_60, basis: loan_amount_prorata, loan_metric: loan.amount, limit: '60'},"
    " {id: year, basis: loss_amount, limit: {sub: ['50', loan.used]}}]}\n" + HALF
)


@pytest.mark.parametrize(
    ("amount", "used", "covered", "notes"),
    [
        ("60", "0", 5000, ("year binds",)),
        ("59.99", "-50", 10000, ()),
        ("120", "-50", 5000, ("first_60 binds",)),
        ("180", "0", 3333, ("first_60 binds",)),
        ("180", "20.005", 2999, ("first_60 binds", "year binds")),
        ("60", "70", 0, ("year binds",)),
    ],
)
def test_eligible_caps_run_in_listed_order_each_on_the_result_before_it(amount, used, covered, notes):
    result = shared(PRORATA, loan__amount=amount, loan__used=used)
    assert (result.covered_fen, result.notes) == (covered, notes)


def test_all_facts_that_a_limit_needs_are_named_together_and_nothing_is_calculated():
    body = PRORATA.replace(HALF, "") + (
        "steps:\n"
        "- {type: transfer, from: bank, of: loss, slice: {attach: a.x, detach: b.x}, shares: {fund: '1'}}\n"
        "- {type: cap, id: c, parties: [fund], limit: {min: [c.x, a.x]}, overflow_to: bank}\n"
        "- {type: cap, id: d, when: [{metric: d.x, op: ==, value: '1'}], parties: [fund], limit: e.x, overflow_to: bank}\n"
    )
    with pytest.raises(Refused) as refusal:
        shared(body)
    found = [(problem.where, problem.found) for problem in refusal.value.problems]
    assert found == [
        ("loss_base.eligible_caps[0].loan_metric", "缺少指标 loan.amount"),
        ("loss_base.eligible_caps[1].limit", "缺少指标 loan.used"),
        ("steps[0].slice.attach", "缺少指标 a.x"),
        ("steps[0].slice.detach", "缺少指标 b.x"),
        ("steps[1].limit", "缺少指标 c.x"),
        ("steps[1].limit", "缺少指标 a.x"),
    ]


@pytest.mark.parametrize(
    ("ends", "moved"),
    [
        ("{}", 10000),
        ("{attach: '30'}", 7000),
        ("{detach: '30'}", 3000),
        ("{attach: '30', detach: '70'}", 4000),
        ("{attach: '70', detach: '30'}", 0),
        ("{attach: '100'}", 0),
        ("{detach: '1000'}", 10000),
    ],
)
def test_a_slice_is_what_lies_between_its_ends(ends, moved):
    body = (
        PRINCIPAL + f"steps: [{{type: transfer, from: bank, of: loss, slice: {ends}, shares: {{fund: '1'}}}}]"
    )
    assert borne(shared(body)) == [10000 - moved, moved, 0]


def test_a_basis_larger_than_what_is_left_is_paid_in_proportion_to_what_is_left():
    # 50 gone to the fund; then 30% and 90% of the whole loss want 120 of the 50 left: 12.50 and 37.50
    body = PRINCIPAL + (
        "steps:\n- {type: transfer, from: bank, of: loss, shares: {fund: '0.5'}}\n"
        "- {type: transfer, from: bank, of: loss, shares: {fund: '0.25', city: '0.75'}}\n"
    )
    assert borne(shared(body)) == [0, 6250, 3750]


def test_a_basis_a_little_larger_than_what_is_left_is_reduced_too():
    # 50 gone; 24% and 36% of the whole loss want 60 of the 50 left: 20.00 and 30.00
    body = PRINCIPAL + (
        "steps:\n- {type: transfer, from: bank, of: loss, shares: {fund: '0.5'}}\n"
        "- {type: transfer, from: bank, of: loss, shares: {fund: '0.24', city: '0.36'}}\n"
    )
    assert borne(shared(body)) == [0, 7000, 3000]


@pytest.mark.parametrize(
    ("pick", "expected"), [("first", [9000, 1000, 0]), ("max", [6000, 4000, 0])], ids=["first", "max"]
)
def test_of_rows_that_are_met_the_first_or_the_largest_and_of_equals_the_first(pick, expected):
    rows = "[{when: [{metric: l.c, op: ==, value: '1'}], shares: {fund: '0.1'}}, {shares: {fund: '0.4'}}"
    more = ", {shares: {city: '0.4'}}" if pick == "max" else ""
    table = f"share_table: {{pick: {pick}, rows: {rows}{more}]}}"
    body = PRINCIPAL + f"steps: [{{type: transfer, from: bank, of: loss, {table}}}]"
    assert borne(shared(body, l__c="1")) == expected


CAPS = {
    "narrow": "- {type: cap, id: narrow, parties: [fund], limit: '20', overflow_to: city}\n",
    "joint": "- {type: cap, id: joint, parties: [fund, city], limit: '30', overflow_to: bank}\n",
}


@pytest.mark.parametrize(
    ("order", "expected", "notes"),
    [
        # fund 50: narrow sends 30 to the city; then 20 + 30 share 30 as 12 and 18
        (("narrow", "joint"), [7000, 1200, 1800], ("cap narrow binds at 20.00", "cap joint binds at 30.00")),
        # joint first: fund 30; then narrow sends 10 to the city, past the joint limit no longer looked at
        (("joint", "narrow"), [7000, 2000, 1000], ("cap joint binds at 30.00", "cap narrow binds at 20.00")),
    ],
)
def test_a_cap_acts_only_where_it_stands(order, expected, notes):
    body = PRINCIPAL + "steps:\n- {type: transfer, from: bank, of: loss, shares: {fund: '0.5'}}\n"
    result = shared(body + "".join(CAPS[name] for name in order))
    assert (borne(result), result.notes) == (expected, notes)


def test_a_cap_of_nought_or_below_moves_everything_and_one_that_is_just_reached_moves_nothing():
    body = (
        PRINCIPAL
        + HALF.rstrip("]\n")
        + ", {type: cap, id: c, parties: [fund], limit: pool.x, overflow_to: city}]"
    )
    assert borne(shared(body, pool__x="-5")) == [5000, 0, 5000]
    assert shared(body, pool__x="-5").notes == ("cap c binds at 0.00",)
    assert shared(body, pool__x="50.009").notes == ()
    assert shared(body, pool__x="49.999").notes == ("cap c binds at 49.99",)


ADJUST = PRINCIPAL + HALF.rstrip("]\n") + ", {type: adjust, id: fix, party: fund, to: bank, amount: %s}]"


@pytest.mark.parametrize(
    ("amount", "repair", "moved", "notes"),
    [
        ("claim.repair", "30", 3000, ("adjust fix 30",)),
        ("claim.repair", "30.5", 3050, ("adjust fix 30.5",)),
        ("claim.repair", "30.000", 3000, ("adjust fix 30.000",)),
        ("claim.repair", "30.009", 3000, ("adjust fix 30.00",)),
        ("claim.repair", "80", 5000, ("adjust fix 50.00",)),
        ("claim.repair", "0", 0, ()),
        ("claim.repair", "0.009", 0, ()),
        ("claim.repair", None, 0, ()),
        ("'7.5'", None, 750, ("adjust fix 7.5",)),
        ("{mul: ['0.5', claim.repair]}", "15", 750, ("adjust fix 7.50",)),
        ("{sub: ['9', claim.repair]}", None, 900, ("adjust fix 9.00",)),
    ],
)
def test_an_adjustment_is_noted_as_written_or_with_two_places_if_calculated_or_cut(
    amount, repair, moved, notes
):
    result = shared(ADJUST % amount, **({} if repair is None else {"claim__repair": repair}))
    assert (borne(result), result.notes) == ([5000 + moved, 5000 - moved, 0], notes)


def test_an_adjustment_below_nought_is_refused():
    with pytest.raises(Refused, match="负"):
        shared(ADJUST % "claim.repair", claim__repair="-1")


def test_a_division_by_nought_is_refused_in_words():
    with pytest.raises(Refused, match="除以零"):
        shared(ADJUST % "{div: ['1', claim.repair]}", claim__repair="0.00")


def test_a_suspended_party_has_no_share_not_even_its_points_and_comes_back_when_the_line_is_lifted():
    body = PRINCIPAL + (
        "stop_loss:\n"
        "- {id: warn, metric: s.rate, op: '>=', value: '0.05', action: warn}\n"
        "- {id: stop, metric: s.rate, op: '>=', value: '0.08', action: suspend_claims, affects: [fund]}\n"
        "steps: [{type: transfer, from: bank, of: loss, shares: {fund: '0.5', city: '0.2'},"
        " uplifts: [{party: fund, add: '0.1'}]}]\n"
    )
    assert borne(shared(body, s__rate="0.0800")) == [8000, 0, 2000]
    assert shared(body, s__rate="0.08").notes == ("stop-loss warn: warn", "stop-loss stop: suspend_claims")
    assert shared(body, s__rate="0.08").suspended == ("fund",)
    assert borne(shared(body, s__rate="0.0799")) == borne(shared(body)) == [2000, 6000, 2000]
    assert shared(body).notes == ()
    assert shared(body).missing == ("s.rate",)


@pytest.mark.parametrize("value", ["1", "1.0", "1.00", "01"])
def test_one_is_one_however_it_is_written(value):
    body = PRINCIPAL + HALF.replace("of: loss", "of: loss, when: [{metric: l.c, op: ==, value: '1.00'}]")
    assert borne(shared(body, l__c=value)) == [5000, 5000, 0]


def test_an_absent_fact_meets_no_condition_not_even_unequal():
    body = PRINCIPAL + HALF.replace("of: loss", "of: loss, when: [{metric: l.c, op: '!=', value: '1'}]")
    assert borne(shared(body)) == [10000, 0, 0]
    assert borne(shared(body, l__c="2")) == [5000, 5000, 0]


def test_a_text_is_not_compared_by_size():
    body = PRINCIPAL + HALF.replace("of: loss", "of: loss, when: [{metric: l.c, op: '<', value: '1'}]")
    with pytest.raises(Refused, match="不是小数"):
        shared(body, l__c="low")


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        ({"principal": 1, "capital": 1}, "unknown_component"),
        ({"principal": 1, "principal_net": 1}, "two_principals"),
        ({"principal_net": 1}, "other_principal"),
        ({"principal": -1}, "negative_loss"),
    ],
)
def test_a_loss_the_scheme_cannot_hold_is_refused(loss, code):
    with pytest.raises(Refused) as refusal:
        apportion(scheme(PRINCIPAL + HALF), loss, {})
    assert codes_of(refusal) == [code]


def test_a_loss_of_nothing_is_borne_by_nobody():
    result = apportion(scheme(PRINCIPAL + HALF), {}, {})
    assert (result.covered_fen, result.outside_fen, borne(result)) == (0, 0, [0, 0, 0])


@pytest.mark.parametrize("wrong", [{"principal": 1.0}, {"principal": "1"}, {"principal": True}])
def test_a_float_never_enters(wrong):
    with pytest.raises(TypeError):
        apportion(scheme(PRINCIPAL + HALF), wrong, {})


def test_what_a_scheme_asks_for_is_listed_with_its_moment_and_what_its_absence_does(library):
    needed = {
        each.name: (each.moment, each.if_absent)
        for each in needed_metrics(library.schemes["guangzhou-ip@2023"])
    }
    assert needed == {
        "loan.ip_share_in_contract": ("本笔之前的状态", "按不覆盖"),
        "loan.amount": ("本笔之前的状态", "不能计算"),
        "borrower.eligible_used_this_year": ("本笔之前的累计，不含本笔", "不能计算"),
        "scheme.paid_this_year": ("本笔之前的累计，不含本笔", "不能计算"),
    }


def test_a_granted_share_is_at_most_the_ceiling_of_the_text():
    ceiling = scheme(PRINCIPAL + HALF)
    granted = with_granted_share(ceiling, 0, "fund", "0.3")
    assert borne(apportion(granted, {"principal": 10000}, {})) == [7000, 3000, 0]
    assert apportion(granted, {"principal": 1}, {}).digest != apportion(ceiling, {"principal": 1}, {}).digest
    with pytest.raises(Refused, match="上限"):
        with_granted_share(ceiling, 0, "fund", "0.51")


def test_a_stored_decision_that_was_changed_is_found_out():
    decided = shared(PRINCIPAL + HALF)
    decision = stored(scheme(PRINCIPAL + HALF), decided)
    assert replay(decision) == decided
    for change in (
        {"borne": {"bank": 4999, "fund": 5001, "city": 0}},
        {"loss": {"principal": 9999}},
        {"notes": ["x"]},
    ):
        with pytest.raises(Refused):
            replay(decision | change)
    decision["scheme"]["steps"][0]["shares"]["fund"] = "0.6"
    with pytest.raises(Refused, match="scheme_sha256"):
        replay(decision)


def test_the_working_can_be_redone_by_hand():
    # 0.01 yuan more than 100: half is 50.005 each; the fund is listed before the keeper and gets the odd fen
    lines = working_lines(shared(PRINCIPAL + HALF, fen=10001).working, {"bank": "银行", "fund": "基金"})
    assert lines[-6:] == [
        "  份额 基金：1/2（50%）",
        "  把 100.01 元分到分：各方先舍去不足1分的部分，余下的分按余数从大到小各补1分；余数相同按参与方次序，银行最后",
        "    基金：精确值 50.005 元，余数 1/2 分，补1分，得 50.01 元",
        "    银行：精确值 50.005 元，余数 1/2 分，得 50.00 元",
        "  银行：由 100.01 元变为 50.00 元",
        "  基金：由 0.00 元变为 50.01 元",
    ]
