"""Scheme files that officials of these tests upload; figures worked out by hand."""

from __future__ import annotations

FAMILY = "chongqing-knowledge-value"
OLD = f"{FAMILY}@2017"
NEW = f"{FAMILY}@2026"

# 1,000,000.00 at 70 % is 700,000.00; of it 4:6 is 280,000.00 and 420,000.00; the bank keeps 300,000.00
NEXT = f"""\
id: {NEW}
name: 重庆市知识价值信用贷款（2026年）
valid_from: '2026-12-01'
supersedes: {OLD}
currency: CNY
as_of: loan_disbursement_date
lender: bank
parties:
- {{code: bank, role: lender}}
- {{code: fund, role: joint fund (passes through)}}
- {{code: fund_city, role: city share}}
- {{code: fund_district, role: district share}}
loss_base:
  include: [principal]
steps:
- type: transfer
  from: bank
  of: loss
  shares: {{fund: '0.70'}}
- type: transfer
  from: fund
  of: borne:fund
  shares: {{fund_city: '0.40', fund_district: '0.60'}}
sources:
- {{url: 'https://example.org/2026', status: SEEN, what: 基金承担七成}}
examples:
- id: e1
  title: plain
  loss: {{principal: '1000000.00'}}
  expect:
    covered_loss: '1000000.00'
    outside_scheme_to_lender: '0.00'
    borne: {{bank: '300000.00', fund: '0.00', fund_city: '280000.00', fund_district: '420000.00'}}
"""

WRONG_EXAMPLE = NEXT.replace("bank: '300000.00'", "bank: '300000.01'")

# a share without quotes, an unknown party, a misspelt key
FAULTY = (
    NEXT.replace("shares: {fund: '0.70'}", "shares: {fund: 0.70}")
    .replace("fund_district: '0.60'", "fund_county: '0.60'")
    .replace("loss_base:", "loss_bas:")
)

# needs a fact that nobody has: the bank's balance of last year
NEEDS_A_FACT = NEXT.replace(
    "sources:",
    "- {type: cap, id: year, parties: [fund_city], limit: {mul: ['0.02', bank.prev_year_balance]}, overflow_to: bank}\n"
    "sources:",
).replace(
    "loss: {principal: '1000000.00'}",
    "loss: {principal: '1000000.00'}\n  metrics: {bank.prev_year_balance: '90000000'}",
)
