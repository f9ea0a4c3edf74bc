"""Recoveries in pieces, escrow and final settlement, and one calculation per bank and year, worked by hand."""

import json

import pytest

from kernel.errors import Refused
from riskpool.schemes import YearClaim, apportion, bank_year, load_scheme, settle_stages, share_recovery
from riskpool.schemes.loading import Library
from riskpool.schemes.recovery import next_payments
from riskpool.schemes.stages import replay_year, stored_year

THIRDS = """
id: thirds@1
lender: bank
parties: [{code: bank}, {code: fund}, {code: city}]
loss_base: {include: [principal%s]}
steps: [{type: transfer, from: bank, of: loss, shares: {fund: '0.3333', city: '0.3333'}}]
recovery: {deduct_costs: %s}
rounding: {method: %s}
"""


def thirds(more="", costs="first", method="largest_remainder"):
    return load_scheme(THIRDS % (more, costs, method))


def in_pieces(scheme, decided, pieces):
    """What each party is paid with each piece, in listed order."""
    gross = costs = 0
    had: dict[str, int] = {}
    paid = []
    for more_gross, more_costs in pieces:
        gross, costs = gross + more_gross, costs + more_costs
        sharing = share_recovery(scheme, decided, gross, costs, had)
        had = dict(sharing.paid_so_far)
        paid.append(list(sharing.pay_now.values()))
    return paid


def test_single_fen_go_to_public_money_first_and_even_out():
    scheme = thirds()
    decided = apportion(scheme, {"principal": 300}, {})
    # 300 fen at 99.99, 99.99, 100.02: the missing fen go to fund and city (0.99 each); everyone bears 100
    assert list(decided.borne.values()) == [100, 100, 100]
    # one fen each time: equal remainders go to fund, then city, the lender last
    assert in_pieces(scheme, decided, [(1, 0), (1, 0), (1, 0)]) == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_later_costs_stop_payments_until_the_net_is_above_what_was_returned():
    scheme = thirds()
    decided = apportion(scheme, {"principal": 300}, {})
    pieces = [(90, 0), (0, 30), (15, 0), (30, 0)]  # net 90, 60, 75, 105
    assert in_pieces(scheme, decided, pieces) == [[30, 30, 30], [0, 0, 0], [0, 0, 0], [5, 5, 5]]


def test_costs_above_the_money_collected_leave_nothing_to_share_and_the_excess_with_the_lender():
    scheme = thirds()
    sharing = share_recovery(scheme, apportion(scheme, {"principal": 300}, {}), 100, 140)
    assert (sharing.net_fen, sum(sharing.returned.values()), sharing.excess_costs_fen) == (0, 0, 40)


def test_where_costs_are_not_deducted_they_change_nothing():
    scheme = thirds(costs="none")
    sharing = share_recovery(scheme, apportion(scheme, {"principal": 300}, {}), 99, 50)
    assert list(sharing.returned.values()) == [33, 33, 33]


def test_more_than_was_lost_goes_to_the_lender_alone():
    scheme = thirds()
    sharing = share_recovery(scheme, apportion(scheme, {"principal": 300}, {}), 350)
    assert list(sharing.returned.values()) == [150, 100, 100]
    assert list(sharing.final_net.values()) == [-50, 0, 0]


def test_rounded_down_the_odd_fen_of_a_return_is_the_lenders():
    scheme = thirds(method="floor")
    decided = apportion(scheme, {"principal": 301}, {})
    assert list(decided.borne.values()) == [101, 100, 100]  # 100.32 each, floored
    assert list(share_recovery(scheme, decided, 100).returned.values()) == [34, 33, 33]


def test_interest_outside_does_not_dilute_the_covered_part_but_included_interest_does_not_either():
    scheme = thirds(more=", interest")
    decided = apportion(scheme, {"principal": 200, "interest": 100, "costs": 50}, {})
    sharing = share_recovery(scheme, decided, 90)
    assert (sharing.to_covered_fen, sharing.to_lender_outside_fen) == (90, 0)


def test_without_principal_in_the_base_nothing_comes_back_to_the_covered_part():
    scheme = load_scheme(THIRDS.replace("[principal%s]", "[interest]") % ("first", "largest_remainder"))
    decided = apportion(scheme, {"principal": 1000, "interest": 300}, {})
    sharing = share_recovery(scheme, decided, 90)
    assert (sharing.to_covered_fen, sharing.to_lender_outside_fen) == (0, 90)
    assert set(sharing.returned.values()) == {0}


def test_a_fen_paid_too_much_is_taken_from_the_largest_difference_the_lender_first():
    scheme = thirds()
    had = {"bank": 10, "fund": 12, "city": 10}
    assert next_payments(scheme, {"bank": 15, "fund": 11, "city": 15}, had) == {
        "bank": 4,
        "fund": 0,
        "city": 5,
    }
    assert next_payments(scheme, {"bank": 12, "fund": 11, "city": 15}, had) == {
        "bank": 2,
        "fund": 0,
        "city": 4,
    }
    had = {"bank": 12, "fund": 10, "city": 10}
    assert next_payments(scheme, {"bank": 11, "fund": 15, "city": 15}, had) == {
        "bank": 0,
        "fund": 5,
        "city": 4,
    }


def test_a_recovery_below_nought_is_refused():
    scheme = thirds()
    with pytest.raises(Refused, match="负"):
        share_recovery(scheme, apportion(scheme, {"principal": 300}, {}), -1)


def test_escrow_of_shanghai_flows_back_where_the_final_loss_is_smaller(library: Library):
    scheme = library.schemes["shanghai-ip-deposit@2023"]
    estimated = apportion(scheme, {"principal_net": 300000000}, {})
    final = apportion(scheme, {"principal_net": 265000055}, {})
    assert settle_stages(scheme, estimated, final).settles == {"fund": -27999956}  # title of its example e2


def test_a_scheme_that_pays_once_has_no_settlement(library: Library):
    scheme = library.schemes["zhuhai-ip@2017"]
    decided = apportion(scheme, {"principal": 100}, {})
    with pytest.raises(Refused):
        settle_stages(scheme, decided, decided)


YEAR = """
id: year@1
level: bank_year
lender: bank
parties: [{code: bank}, {code: city}, {code: district}]
loss_base:
  include: [principal]
  coverage: {metric: loan.ratio, if_missing: full}
steps:
- type: transfer
  from: bank
  of: loss
  slice: {attach: {mul: ['0.01', bank.balance]}}
  shares: {city: '0.5', district: '0.25'}
"""


def test_a_bank_year_is_one_calculation_attributed_to_its_claims_to_the_fen():
    # 100.00 and half of 50.02 and 0.01: 125.02 in the year, 25.00 of it below the line of 1% of 2,500
    # 100.02: city 50.01, district 25.005, the bank 25.005 beside its 25.00: the odd fen goes to the district
    claims = [
        YearClaim("A", {"principal": 10000}, {}),
        YearClaim("B", {"principal": 5002, "interest": 7}, {"loan.ratio": "0.5"}),
        YearClaim("C", {"principal": 1}, {}),
    ]
    result = bank_year(load_scheme(YEAR), claims, {"bank.balance": "2500"})
    assert dict(result.covered_by_claim) == {"A": 10000, "B": 2501, "C": 1}
    assert dict(result.outside_by_claim) == {"A": 0, "B": 2508, "C": 0}
    assert dict(result.year.borne) == {"bank": 5000, "city": 5001, "district": 2501}
    # city: 5001 x (10000, 2501, 1) / 12502 = 4000.16, 1000.44, 0.40: 4000, 1001, 0; then on 6000, 1500, 1 of 7501
    # district: 2501 x (6000, 1500, 1) / 7501 = 2000.53, 500.13, 0.33: 2001, 500, 0; the rest is the bank's
    assert {ref: list(parts.values()) for ref, parts in result.by_claim.items()} == {
        "A": [3999, 4000, 2001],
        "B": [1000, 1001, 500],
        "C": [1, 0, 0],
    }


def test_qingdao_pays_a_claim_only_because_of_the_others(library: Library):
    scheme = library.schemes["qingdao-qianfan@2015"]
    one, other = ({"principal": 400000000}, {"principal": 800000000})
    metrics = {"bank.year_end_balance": "500000000"}
    alone = bank_year(scheme, [YearClaim("A", one, {})], metrics)
    both = bank_year(scheme, [YearClaim("A", one, {}), YearClaim("B", other, {})], metrics)
    assert alone.by_claim["A"]["city"] == 0  # example e3: 0.8% is below the band
    assert both.year.borne["city"] == 210000000  # example e1: 2.4%
    assert [both.by_claim[ref]["city"] for ref in "AB"] == [70000000, 140000000]


def test_a_stored_year_comes_to_the_same_fen_again_and_a_changed_one_does_not():
    scheme, metrics = load_scheme(YEAR), {"bank.balance": "2500"}
    claims = [
        YearClaim("A", {"principal": 10000}, {}),
        YearClaim("B", {"principal": 5002}, {"loan.ratio": "0.5"}),
    ]
    result = bank_year(scheme, claims, metrics)
    decision = json.loads(json.dumps(stored_year(scheme, claims, metrics, result)))
    assert replay_year(decision) == result
    decision["by_claim"]["A"]["city"] += 1
    with pytest.raises(Refused, match="by_claim"):
        replay_year(decision)


def test_a_year_names_the_claim_whose_loss_is_wrong(library: Library):
    claims = [YearClaim("补2030-07", {"principal_net": 1}, {})]
    with pytest.raises(Refused, match="补2030-07"):
        bank_year(library.schemes["qingdao-qianfan@2015"], claims, {"bank.year_end_balance": "1"})
