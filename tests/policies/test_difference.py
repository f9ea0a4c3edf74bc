"""What changes between two versions is told once, by meaning; whatever changes a figure is told."""

from __future__ import annotations

import json

import pytest
import yaml

from kernel.word_lists import entries_of
from riskpool.schemes import load_scheme
from riskpool.schemes.aloud import read_aloud
from riskpool.schemes.difference import Change, differences, facets
from riskpool.schemes.loading import Library
from riskpool.schemes.words import METRICS
from tests.policies.texts import NEXT, OLD

RICH = """
id: r@1
lender: bank
parties: [{code: bank, role: lender}, {code: fund, role: city fund}, {code: insurer}, {code: pass}]
loss_base:
  include: [principal, interest]
  coverage: {metric: loan.ip_share_in_contract, min: '0.5', if_missing: exclude}
  eligible_caps: [{id: per_loan, basis: loan_amount_prorata, limit: '10000000', loan_metric: loan.amount}]
stop_loss: [{id: warn, metric: scheme.npl_rate, op: '>=', value: '0.05', action: warn, affects: []},
            {id: stop, metric: scheme.npl_rate, op: '>=', value: '0.08', action: suspend_claims, affects: [fund]}]
steps:
- type: transfer
  from: bank
  of: loss
  share_table:
    pick: first
    rows: [{when: [{metric: loan.pure_credit, op: '==', value: 'true'}], shares: {fund: '0.6'}},
           {when: [], shares: {fund: '0.5', insurer: '0.1'}}]
  uplifts: [{when: [{metric: loan.first_loan, op: '==', value: 'true'}], party: fund, add: '0.05'}]
- {type: transfer, from: bank, of: 'borne:bank', shares: {pass: '0.1'},
   slice: {attach: '100', detach: {mul: ['0.03', bank.year_end_balance]}}}
- {type: cap, id: year, parties: [fund], limit: {min: [pool.balance, '5000000']}, overflow_to: bank}
- {type: adjust, id: repair, party: fund, to: bank, amount: claim.repair_amount}
payment: {mode: escrow_then_final, escrow_true: true, settle: final}
recovery: {deduct_costs: first, distribution: priority, order: [[bank], [fund, insurer, pass]]}
rounding: {unit: '0.01', method: largest_remainder}
"""


def changed(old: str, new: str) -> list[Change]:
    return differences(load_scheme(RICH), load_scheme(RICH.replace(old, new, 1)))


def short(changes: list[Change]) -> list[tuple[str, str, str]]:
    return [(one.path, one.before, one.after) for one in changes]


def test_no_shipped_scheme_differs_from_itself_and_none_says_a_thing_twice(library):
    for scheme in library:
        assert differences(scheme, scheme) == []
        keys = [facet.key for facet in facets(scheme)]
        assert len(keys) == len(set(keys)), scheme.id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fund: '0.6'", "fund: '0.600'"),
        ("limit: '10000000'", "limit: '10000000.00'"),
        (", if_missing: exclude", ""),
        ("value: '0.05'", "value: '0.050'"),
        ("['0.03', bank.year_end_balance]", "['0.030', bank.year_end_balance]"),
        ("rounding: {unit: '0.01', method: largest_remainder}", ""),
        ("deduct_costs: first, ", ""),
    ],
)
def test_what_means_the_same_is_no_change(old, new):
    assert changed(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fund: '0.6'", "fund: '0.601'", [("steps[0].share_table.rows[0].shares.fund", "60%", "60.1%")]),
        ("insurer: '0.1'", "pass: '0.1'", [
            ("steps[0].share_table.rows[1].shares.insurer", "10%", "（无）"),
            ("steps[0].share_table.rows[1].shares.pass", "（无）", "10%"),
        ]),
        ("min: '0.5'", "min: '0.4'", [("loss_base.coverage.min", "50%", "40%")]),
        ("if_missing: exclude", "if_missing: full", [
            ("loss_base.coverage.if_missing", "缺少时不覆盖", "缺少时全部覆盖")]),
        ("include: [principal, interest]", "include: [principal]", [("loss_base.include", "本金、利息", "本金")]),
        ("'5000000'", "'4000000'", [
            ("steps[2].limit", "较小者（资金池可用余额（元），5,000,000）", "较小者（资金池可用余额（元），4,000,000）")]),
        ("'0.08'", "'0.07'", [("stop_loss[1].value", "方案不良率达到 8%", "方案不良率达到 7%")]),
        ("op: '>=', value: '0.08'", "op: '>', value: '0.08'", [
            ("stop_loss[1].value", "方案不良率达到 8%", "方案不良率超过 8%")]),
        ("action: warn", "action: suspend_new", [("stop_loss[0].action", "预警", "暂停新增")]),
        ("add: '0.05'", "add: '0.1'", [("steps[0].uplifts[0].add", "5%", "10%")]),
        ("pick: first", "pick: max", [("steps[0].share_table.pick", "第一个符合的行", "份额合计最大的符合行")]),
        ("attach: '100'", "attach: '200'", [("steps[1].slice.attach", "100 元", "200 元")]),
        ("deduct_costs: first", "deduct_costs: none", [("recovery.deduct_costs", "先扣除追偿费用", "不扣除追偿费用")]),
        ("method: largest_remainder", "method: floor", [
            ("rounding.method", "最大余数法：先舍到分，余下的分按余数从大到小补", "各方舍到分，余额归转出方")]),
        ("role: city fund", "role: fund", [("parties[1]", "市级基金", "基金")]),
    ],
)  # fmt: skip
def test_a_change_is_one_line_with_its_place_old_and_new(old, new, told):
    assert short(changed(old, new)) == told


def test_an_inserted_step_moves_nothing_else():
    new = "steps:\n- {type: cap, id: first, parties: [bank], limit: '100', overflow_to: fund}\n"
    paths = [one.path for one in changed("steps:\n", new)]
    assert paths == ["steps[0].when", "steps[0].parties", "steps[0].limit", "steps[0].overflow_to"]


def test_another_order_of_steps_is_told():
    document = yaml.safe_load(RICH)
    document["steps"] = [*document["steps"][:2], document["steps"][3], document["steps"][2]]
    found = differences(load_scheme(RICH), load_scheme(yaml.safe_dump(document, allow_unicode=True)))
    assert [(one.label, one.before, one.after) for one in found] == [
        ("步骤次序", "bank 转出 → bank 转出 → year → repair", "bank 转出 → bank 转出 → repair → year")
    ]


def leaves(value, path=()):
    """Every text of a document that is calculated from, with its path."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, (*path, index))
    else:
        yield path, value


REPLACEMENTS = {
    "0.6": "0.7", "0.5": "0.4", "0.1": "0.2", "0.05": "0.04", "0.08": "0.09", "0.03": "0.02", "10000000": "9", "100": "1",
    "5000000": "4", "true": "false", "==": "!=", ">=": ">", "warn": "suspend_new", "suspend_claims": "suspend_new",
    "first": "max", "principal": "principal_net", "interest": "penalty", "exclude": "full", "priority": "pro_rata_borne",
    "loan_amount_prorata": "loss_amount", "largest_remainder": "floor", "pool.balance": "pool.government_balance",
    "claim.repair_amount": "claim.paid_by_other_levels", "loan.amount": "claim.amount", "final": "end",
    "scheme.npl_rate": "bank.npl_rate", "loan.pure_credit": "loan.evaluation_free", "loan.first_loan": "loan.mode",
    "loan.ip_share_in_contract": "loan.filed_ratio", "bank.year_end_balance": "bank.prev_year_balance",
    "borne:bank": "loss",
}  # fmt: skip


def test_whatever_single_text_changes_a_calculation_is_told():
    """Each text of a rich scheme that has another valid value is replaced by it: at least one line, always."""
    original, tried = yaml.safe_load(RICH), 0
    for path, text in leaves(original):
        other = REPLACEMENTS.get(text)
        if path[-1] == "deduct_costs":
            other = "none"
        if other is None or path[:2] == ("rounding", "unit"):
            continue
        document = json.loads(json.dumps(original))
        place = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other
        if document["recovery"]["distribution"] == "pro_rata_borne":
            document["recovery"].pop("order")
        new = load_scheme(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
        assert differences(load_scheme(RICH), new), (path, text, other)
        tried += 1
    assert tried > 30


def test_a_draft_against_the_shipped_version_tells_share_and_days(library):
    new = load_scheme(NEXT, Library())
    told = {one.path: (one.before, one.after) for one in differences(library.schemes[OLD], new)}
    assert told["steps[0].shares.fund"] == ("80%", "70%")
    assert told["valid_from"] == ("未写明", "2026-12-01")
    assert told["supersedes"] == ("（无）", OLD)
    assert "steps[1].shares.fund_city" not in told


def test_a_scheme_is_read_aloud_in_sentences_with_their_places():
    lines = {line.place: line.text for section in read_aloud(load_scheme(RICH)) for line in section.lines}
    assert lines["loss_base.include"] == "列入分担的损失：本金、利息；罚息、费用不列入，由放贷方自担"
    assert lines["stop_loss[1]"] == "方案不良率达到 8%时暂停赔付，市级基金（fund）的份额为零"
    assert lines["steps[2]"] == (
        "第3步：市级基金（fund）最多承担 较小者（资金池可用余额（元），5,000,000）（year），超出部分由放贷方（bank）承担"
    )


def test_no_two_facts_have_one_name():
    names = list(entries_of(METRICS).values())
    assert len(names) == len(set(names))
