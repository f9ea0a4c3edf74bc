"""Three schemes nobody has written yet, each worked by hand here: the engine must need no change for them."""

from riskpool.schemes import load_scheme, run_examples

FIRST_LOSS_AND_JOINT_CAP = """
id: first-loss@2030
lender: bank
parties: [{code: bank}, {code: insurer}, {code: city}, {code: district}]
loss_base: {include: [principal]}
steps:
- {type: transfer, from: bank, of: loss, slice: {detach: '1000000'}, shares: {insurer: '1'}}
- {type: transfer, from: bank, of: 'borne:bank', shares: {district: '0.3333', city: '0.3333'}}
- {type: cap, id: joint, parties: [district, city], limit: {mul: ['2', scheme.fees]}, overflow_to: bank}
rounding: {unit: '0.01', method: floor}
examples:
# 3,000,000.01 - 1,000,000.00 = 2,000,000.01; a third each floored: 666,600.00; the bank keeps 666,800.01
# together 1,333,200.00 against 2 x 500,000: each 500,000.00, 333,200.00 back to the bank
- id: joint_limit_of_a_million
  loss: {principal: '3000000.01'}
  metrics: {scheme.fees: '500000'}
  expect:
    covered_loss: '3000000.01'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '1000000.01', insurer: '1000000.00', city: '500000.00', district: '500000.00'}
    notes: [cap joint binds at 1000000.00]
# limit 2 x 250,000.005 = 500,000.01: an odd fen, floored away from both, to the overflow target
- id: odd_fen_of_a_floored_cap_overflows
  loss: {principal: '3000000.01'}
  metrics: {scheme.fees: '250000.005'}
  recovery: {gross: '10.00', costs: '0.01'}
  expect:
    covered_loss: '3000000.01'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '1500000.01', insurer: '1000000.00', city: '250000.00', district: '250000.00'}
    # 9.99: insurer 3.32999.. -> 3.32, city and district 0.8324.. -> 0.83 each, the bank the rest: 5.01
    recovery:
      gross: '10.00'
      costs: '0.01'
      net: '9.99'
      to_covered_part: '9.99'
      to_lender_outside: '0.00'
      returned: {bank: '5.01', insurer: '3.32', city: '0.83', district: '0.83'}
    final_net: {bank: '1499995.00', insurer: '999996.68', city: '249999.17', district: '249999.17'}
    notes: [cap joint binds at 500000.01]
"""

CLASSES_POINTS_AND_REPAIR = """
id: classes@2030
lender: bank
parties: [{code: bank}, {code: guarantor}, {code: fund}]
loss_base:
  include: [principal, interest]
  coverage: {metric: loan.ip_ratio, min: '0.50', if_missing: full}
  eligible_caps:
  - id: tenth_of_capital
    basis: loan_amount_prorata
    loan_metric: loan.amount
    limit: {min: ['5000000', {mul: ['0.1', bank.capital]}]}
steps:
- type: transfer
  from: bank
  of: loss
  share_table:
    pick: max
    rows:
    - when: []
      shares: {fund: '0.5'}
    - when: [{metric: borrower.class, op: '==', value: A}]
      shares: {fund: '0.3', guarantor: '0.3'}
  uplifts:
  - when: [{metric: loan.green, op: '==', value: 'true'}]
    party: fund
    add: '0.1'
- {type: cap, id: balance, parties: [fund], limit: pool.balance, overflow_to: guarantor}
- {type: adjust, id: repair, party: fund, to: bank, amount: claim.repair}
examples:
# 4,100,000.01 x 0.50 x 2m/3m = 1,366,666.67 exactly; guarantor 410,000.001, fund 546,666.668, bank 410,000.001
- id: everything_at_once
  loss: {principal: '4000000.00', interest: '100000.01', penalty: '5000.00'}
  metrics:
    loan.ip_ratio: '0.50'
    loan.amount: '3000000'
    bank.capital: '20000000'
    borrower.class: A
    loan.green: 'true'
    pool.balance: '500000'
    claim.repair: '1000.5'
  expect:
    covered_loss: '1366666.67'
    outside_scheme_to_lender: '2738333.34'
    borne: {bank: '411000.50', guarantor: '456666.67', fund: '498999.50'}
    notes: [tenth_of_capital binds, cap balance binds at 500000.00, adjust repair 1000.5]
# nothing known: all covered, 50% by the row without condition, no points, no repair
- id: class_and_ratio_unknown
  loss: {principal: '100.01'}
  metrics: {loan.amount: '100.01', bank.capital: '20000000', pool.balance: '500000'}
  expect:
    covered_loss: '100.01'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '50.00', guarantor: '0.00', fund: '50.01'}
    notes: [coverage ratio missing -> full]
"""

CHAIN_WITH_PRIORITY = """
id: chain@2030
lender: bank
parties: [{code: bank}, {code: guarantor}, {code: fund}, {code: reinsurer}]
loss_base: {include: [principal_net]}
stop_loss:
- {id: three_percent, metric: scheme.rate, op: '>', value: '0.03', action: suspend_claims, affects: [guarantor]}
steps:
- {type: transfer, from: bank, of: loss, shares: {guarantor: '0.80'}}
- {type: transfer, from: guarantor, of: 'borne:bank', shares: {fund: '1'}}
- type: transfer
  from: guarantor
  of: borne:guarantor
  slice: {attach: {mul: ['1000', {floor: [{div: [pool.balance, '3000']}]}]}}
  shares: {reinsurer: '0.5'}
recovery: {deduct_costs: none, distribution: priority, order: [[reinsurer, fund], [guarantor], [bank]]}
examples:
# the fund takes as much as the bank bears; above 333 x 1,000 the reinsurer takes half of 600,000 - 333,000
- id: priority_in_three_groups
  loss: {principal_net: '1000000.00'}
  metrics: {pool.balance: '1000000', scheme.rate: '0.03'}
  recovery: {gross: '350000.00', costs: '20000.00'}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '200000.00', guarantor: '466500.00', fund: '200000.00', reinsurer: '133500.00'}
    recovery:
      gross: '350000.00'
      costs: '20000.00'
      net: '350000.00'
      to_covered_part: '350000.00'
      to_lender_outside: '0.00'
      returned: {bank: '0.00', guarantor: '16500.00', fund: '200000.00', reinsurer: '133500.00'}
    final_net: {bank: '200000.00', guarantor: '450000.00', fund: '0.00', reinsurer: '0.00'}
- id: suspended_chain_stays_with_the_bank
  loss: {principal_net: '1000000.00'}
  metrics: {pool.balance: '1000000', scheme.rate: '0.0301'}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {bank: '1000000.00', guarantor: '0.00', fund: '0.00', reinsurer: '0.00'}
    notes: ['stop-loss three_percent: suspend_claims']
"""


def differences(text):
    results = run_examples(load_scheme(text))
    assert results, "the scheme has no example"
    return {result.id: result.differences for result in results if not result.passed}


def test_a_first_loss_layer_and_a_joint_cap_rounded_down():
    assert differences(FIRST_LOSS_AND_JOINT_CAP) == {}


def test_coverage_capital_limit_classes_points_cap_and_repair_together():
    assert differences(CLASSES_POINTS_AND_REPAIR) == {}


def test_a_chain_of_four_whose_shares_lean_on_each_other_with_priority_recovery():
    assert differences(CHAIN_WITH_PRIORITY) == {}


def test_a_wrong_expectation_is_seen():
    wrong = CHAIN_WITH_PRIORITY.replace("guarantor: '16500.00'", "guarantor: '16500.01'")
    found = differences(wrong)["priority_in_three_groups"]
    assert [(each.path, each.expected, each.found) for each in found] == [
        ("recovery.returned.guarantor", "16500.01", "16500.00")
    ]
