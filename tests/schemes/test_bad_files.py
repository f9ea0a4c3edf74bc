"""Each way of writing a scheme wrongly gets its sentence, with the place; all faults come at once."""

import contextlib
import copy

import pytest
import yaml

from kernel.errors import Refused
from kernel.strict_yaml import Written
from riskpool.schemes import load_scheme, run_examples, warnings_of
from riskpool.schemes.building import scheme_of
from riskpool.schemes.loading import Library, load_library, resolved

SOUND = """
id: town@2030
doc_date: '2030-01-01'
lender: bank
parties:
- code: bank
- code: fund
- code: insurer
loss_base:
  include: [principal]
stop_loss:
- {id: line, metric: scheme.rate, op: '>=', value: '0.05', action: suspend_claims, affects: [fund]}
steps:
- type: transfer
  from: bank
  of: loss
  share_table:
    pick: first
    rows:
    - when: [{metric: loan.class, op: ==, value: A}]
      shares: {fund: '0.60', insurer: '0.20'}
    - when: []
      shares: {fund: '0.50'}
  uplifts:
  - {when: [], party: fund, add: '0.05'}
- {type: cap, id: balance, parties: [fund], limit: {sub: ['100', pool.paid]}, overflow_to: bank}
- {type: adjust, id: repair, party: fund, to: bank, amount: claim.repair}
recovery: {distribution: priority, order: [[bank], [fund, insurer]]}
examples:
- id: e1
  loss: {principal: '0.00'}
  metrics: {pool.paid: '0'}
  expect: {covered_loss: '0.00', outside_scheme_to_lender: '0.00', borne: {bank: '0.00'}}
"""

# what is written, what stands there instead, where the fault is told, a word of what is found
FAULTS = [
    ("lender: bank", "lender: bonk", "lender", "bonk"),
    ("'0.60'", "0.60", "steps[0].share_table.rows[0].shares.fund", "没有加引号的数字 0.60"),
    ("'2030-01-01'", "2030-01-01", "doc_date", "没有加引号的日期"),
    ("'2030-01-01'", "'2030-02-30'", "doc_date", "不是真实的日期"),
    ("doc_date:", "valid_to: '2029-01-01'\ndoc_date:", "valid_to", "早于"),
    ("doc_date:", "valid_from: 2030-1-1\ndoc_date:", "valid_from", "“2030-1-1”"),
    ("lender: bank", "lender: bank\nlender: fund", "lender", "又写了一次"),
    ("lender: bank", "lendor: bank", "lendor", "不认识的键"),
    ("lender: bank", "lendor: bank", "lender", "没有写"),
    ("- code: fund", "- code: bank", "parties[1].code", "重复"),
    ("[principal]", "[principal, principal_net]", "loss_base.include", "同时计入"),
    ("[principal]", "[capital]", "loss_base.include[0]", "capital"),
    ("[principal]", "[]", "loss_base.include", "0项"),
    ("[principal]", "[principal, principal]", "loss_base.include[1]", "重复"),
    ("scheme.rate", "Scheme.Rate", "stop_loss[0].metric", "Scheme.Rate"),
    ("op: '>='", "op: '=>'", "stop_loss[0].op", "=>"),
    ("value: '0.05'", "value: five", "stop_loss[0].value", "不是小数"),
    ("suspend_claims", "suspend_all", "stop_loss[0].action", "suspend_all"),
    ("affects: [fund]", "affects: [found]", "stop_loss[0].affects[0]", "found"),
    ("of: loss", "of: borne:nobody", "steps[0].of", "nobody"),
    ("of: loss", "of: lost", "steps[0].of", "lost"),
    ("  of: loss\n", "  of: loss\n  shares: {fund: '0.1'}\n", "steps[0]", "都写了"),
    ("'0.60'", "'0.80'", "steps[0].share_table.rows[0].shares", "105%"),
    ("'0.60'", "'-0.60'", "steps[0].share_table.rows[0].shares.fund", "-0.60"),
    ("'0.60'", "'60%'", "steps[0].share_table.rows[0].shares.fund", "60%"),
    ("{fund: '0.50'}", "{bank: '0.50'}", "steps[0].share_table.rows[1].shares.bank", "转出的一方"),
    (
        "- when: [{metric: loan.class, op: ==, value: A}]",
        "- when: []",
        "steps[0].share_table.rows[1]",
        "永远",
    ),
    ("pick: first", "pick: best", "steps[0].share_table.pick", "best"),
    ("party: fund, add", "party: mayor, add", "steps[0].uplifts[0].party", "mayor"),
    ("type: cap", "type: top", "steps[1].type", "top"),
    ("overflow_to: bank", "overflow_to: fund", "steps[1].overflow_to", "受此上限限制"),
    ("['100', pool.paid]", "['100']", "steps[1].limit.sub", "1项"),
    ("['100', pool.paid]", "[100, pool.paid]", "steps[1].limit.sub[0]", "没有加引号的数字 100"),
    ("['100', pool.paid]", "['1e2', pool.paid]", "steps[1].limit.sub[0]", "1e2"),
    ("{sub: ['100', pool.paid]}", "{minus: ['1', '2']}", "steps[1].limit.minus", "不认识"),
    ("{sub: ['100', pool.paid]}", "{sub: ['1', '2'], add: ['1']}", "steps[1].limit", "sub"),
    ("{sub: ['100', pool.paid]}", "{div: ['1', '0.00']}", "steps[1].limit.div[1]", "除以零"),
    ("party: fund, to: bank", "party: fund, to: fund", "steps[2].to", "相同"),
    ("id: repair", "id: balance", "steps[2].id", "重复"),
    ("[[bank], [fund, insurer]]", "[[bank], [fund]]", "recovery.order", "insurer"),
    ("[[bank], [fund, insurer]]", "[[bank, fund], [fund, insurer]]", "recovery.order[1][0]", "重复"),
    (", order: [[bank], [fund, insurer]]", "", "recovery.order", "没有写"),
    ("distribution: priority", "distribution: fair", "recovery.distribution", "fair"),
    ("recovery:", "rounding: {unit: '1'}\nrecovery:", "rounding.unit", "“1”"),
    ("{principal: '0.00'}", "{principal: '0'}", "examples[0].loss.principal", "“0”"),
    ("{principal: '0.00'}", "{capital: '0.00'}", "examples[0].loss.capital", "不认识"),
    ("{principal: '0.00'}", "{principal_net: '0.00'}", "examples[0].loss", "principal_net"),
    ("{pool.paid: '0'}", "{pool.paid: 0}", "examples[0].metrics.pool.paid", "没有加引号"),
    ("{pool.paid: '0'}", "{paid: '0'}", "examples[0].metrics.paid", "不是指标名"),
    ("borne: {bank: '0.00'}", "borne: {bonk: '0.00'}", "examples[0].expect.borne.bonk", "bonk"),
    ("lender: bank", "lender: bank\nlevel: bank_year", "steps[0].share_table.rows[0].when[0].metric", "单笔"),
    ("lender: bank", "lender: bank\ninherits: village@2029", "inherits", "village@2029"),
    ("lender: bank", "lender: bank\nsupersedes: town@2030", "supersedes", "自己"),
]


def problems_of(text, library=None):
    with pytest.raises(Refused) as refusal:
        load_scheme(text, library)
    return refusal.value.problems


def test_the_sound_file_is_sound():
    assert load_scheme(SOUND).id == "town@2030"


@pytest.mark.parametrize(("written", "instead", "where", "found"), FAULTS)
def test_a_fault_is_told_with_its_place(written, instead, where, found):
    assert SOUND.count(written) >= 1
    problems = problems_of(SOUND.replace(written, instead, 1))
    assert [p for p in problems if p.where.split("（")[0] == where and found in p.found], [
        str(p) for p in problems
    ]
    assert all(problem.wanted for problem in problems)


def test_all_faults_come_at_once_whether_of_shape_or_of_meaning():
    text = SOUND.replace("'0.60'", "0.60").replace("to: bank, amount", "to: bonk, amount")
    text = text.replace("['100', pool.paid]", "['1oo', pool.paid]").replace("op: ==", "op: '~'")
    places = {problem.where.split("（")[0] for problem in problems_of(text)}
    assert places == {
        "steps[0].share_table.rows[0].shares.fund",
        "steps[0].share_table.rows[0].when[0].op",
        "steps[1].limit.sub[0]",
        "steps[2].to",
    }


def test_a_place_has_its_line():
    assert "（第4行）" in problems_of(SOUND.replace("lender: bank", "lender: bonk"))[0].where


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "空的"),
        ("just words", "不是映射"),
        ("a: [1", "不是有效的 YAML"),
        ("a: !!python/object:os.system {}", "标签"),
        ("a: &a [*a]", "引用了自己"),
        ("base: &b {x: '1'}\na: {<<: *b}", "键不是普通文字"),
        ("[" * 5000, "嵌套太深"),
        ("a: &a ['1','1','1','1','1','1','1','1','1','1']\n" + "".join(
            f"{n}: &{n} [{','.join(['*' + p] * 10)}]\n" for p, n in zip("abcdefg", "bcdefgh", strict=True)
        ), "内容太多"),
        ("---\nid: a\n---\nid: b", "不是有效的 YAML"),
    ],
    ids=["empty", "words", "syntax", "tag", "itself", "merge", "deep", "bomb", "two"],
)  # fmt: skip
def test_what_is_not_a_scheme_at_all_is_refused_in_words(text, found):
    assert any(found in problem.found for problem in problems_of(text))


def test_a_step_that_can_never_act_is_only_a_warning():
    early = "- {type: cap, id: early, parties: [insurer], limit: '1', overflow_to: bank}\n"
    text = SOUND.replace("- type: transfer\n", early + "- type: transfer\n")
    warned = warnings_of(load_scheme(text))
    assert [problem.where for problem in warned if problem.code == "step_order"] == ["steps[0]"]


@pytest.mark.parametrize(
    ("written", "instead", "where", "found"),
    [
        ("of: loss\n", "of: loss\n  slice: {attach: '500', detach: {mul: ['5', '100']}}\n", "steps[0].slice",
         "这一层永远为零"),
        ("of: loss\n", "of: loss\n  slice: {detach: '0'}\n", "steps[0].slice", "这一层永远为零"),
        ("{sub: ['100', pool.paid]}", "{sub: ['1', '2']}", "steps[1].limit", "限额为负，按零计"),
        ("affects: [fund]", "affects: [fund, bank]", "stop_loss[0].affects[1]", "“bank”在各步中没有份额"),
    ],
)  # fmt: skip
def test_what_can_never_do_anything_is_a_warning_with_its_place(written, instead, where, found):
    assert not any(problem.code == "never_acts" for problem in warnings_of(load_scheme(SOUND)))
    text = SOUND.replace(written, instead, 1)
    assert text != SOUND
    (told,) = [problem for problem in warnings_of(load_scheme(text)) if problem.code == "never_acts"]
    assert (told.where, found in told.found) == (where, True)


CHILD = "id: village@2030\ninherits: {parent}\nsteps: [{{type: transfer, from: bank, of: loss, shares: {{fund: '0.7'}}}}]\n"


def test_an_inherited_key_is_taken_whole_and_a_present_one_replaces_it_whole():
    town = load_scheme(SOUND)
    village = load_scheme(CHILD.format(parent="town@2030"), Library({town.id: town}))
    assert len(village.steps) == 1
    assert (village.codes, village.lender, village.recovery) == (town.codes, "bank", town.recovery)
    assert village.valid_from is None


def test_a_fault_against_an_inherited_key_says_where_it_comes_from():
    town = load_scheme(SOUND)
    text = CHILD.format(parent="town@2030") + "parties: [{code: bank}, {code: fund}]\n"
    places = [problem.where for problem in problems_of(text, Library({town.id: town}))]
    assert "recovery.order[1][1]（继承自 town@2030）" in places


def test_schemes_that_inherit_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("id: a\ninherits: b\n")
    (tmp_path / "b.yaml").write_text("id: b\ninherits: a\n")
    with pytest.raises(Refused) as refusal:
        load_library(tmp_path)
    assert any("a → b → a" in problem.found for problem in refusal.value.problems)


def test_two_files_with_one_id_are_refused(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(SOUND, encoding="utf-8")
    with pytest.raises(Refused, match="重复"):
        load_library(tmp_path)


JUNK = [None, 5, True, "", "x", [], {}, ["a"], {"a": "b"}, "1.00", "-1", "borne:x", [[]], [None], {"add": []}]


def places_in(values, path=()):
    entries = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    for key, value in entries:
        yield (*path, key)
        yield from places_in(value, (*path, key))


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_anywhere_in_a_file_is_refused_or_loads_but_never_crashes(junk):
    sound = yaml.safe_load(SOUND)
    for place in places_in(sound):
        values = holder = copy.deepcopy(sound)
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = junk
        with contextlib.suppress(Refused):
            run_examples(scheme_of(resolved(Written(values), lambda scheme_id: None)))
