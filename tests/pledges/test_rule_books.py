"""The shipped rule books: whole, sourced, chosen by date; every state and action outside them is refused."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from finance.pledges.rules.asked import faults_of
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.loading import load_common
from finance.pledges.rules.metrics import DATES, METRICS
from finance.pledges.rules.precheck import precheck
from finance.pledges.rules.procedure import ACTOR_WORDS, next_state
from finance.pledges.rules.stated import right_flaws
from kernel.errors import Refused
from kernel.marks import MARKS
from tests.pledges.by_the_book import DAY, ROOT, book, calendar, filing, library

BOOKS = pytest.mark.parametrize("name", sorted(library().books))


def raw(name: str) -> dict:
    """The file as plain YAML; for one that inherits, of the file it inherits from (its table of moves is the same)."""
    document = yaml.safe_load((ROOT / f"policies/registration/{name}.yaml").read_text("utf-8"))
    return raw(document["inherits"]) if "inherits" in document else document


def everything(move):
    """Facts under which nothing stands against a move."""
    return {guard.condition.metric: guard.condition.value for guard in move.guards} | {
        "act.registry_paper": "true"
    }


@BOOKS
def test_every_pair_of_state_and_action_outside_the_file_is_refused_and_every_one_in_it_goes_where_it_says(
    name,
):
    rules, document = library().books[name], raw(name)
    table = {(before, one["action"]): one["to"] for one in document["transitions"] for before in one["from"]}
    states = [state["id"] for state in document["states"]]
    assert {state.id for state in rules.states} == set(states)
    for state in states:
        for action in rules.actions:
            move = next(
                (one for one in rules.transitions if one.action == action and state in one.before), None
            )
            facts = everything(move) if move else dict.fromkeys(METRICS, "true")
            if (state, action) in table:
                assert (
                    next_state(rules, state, action, actor=move.actors[0], facts=facts).after
                    == table[state, action]
                )
                continue
            for actor in ACTOR_WORDS:
                with pytest.raises(Refused, match=r"状态下不能.*此时可以："):
                    next_state(rules, state, action, actor=actor, facts=facts)


@BOOKS
def test_every_guard_paper_actor_and_evidence_of_every_move_is_needed(name):
    rules = library().books[name]
    for move in rules.transitions:
        facts, actor = everything(move), move.actors[0]

        def refused(words, *, move=move, actor=actor, facts=facts, papers=None):
            with pytest.raises(Refused) as refusal:
                next_state(rules, move.before[0], move.action, actor=actor, facts=facts, papers=papers)
            assert words in str(refusal.value)

        for guard in move.guards:
            other = "true" if guard.condition.value == "false" else "false"
            refused(guard.refusal, facts=facts | {guard.condition.metric: other})
            refused(
                "不知道",
                facts={name: value for name, value in facts.items() if name != guard.condition.metric},
            )
        if move.paper:
            refused(
                move.paper,
                facts={name: value for name, value in facts.items() if name != "act.registry_paper"},
            )
        refused("应由", actor=next(one for one in ACTOR_WORDS if one not in move.actors))
        if move.evidence:
            refused(f"（{move.evidence[0]}）", papers=set())


@BOOKS
def test_only_the_registry_creates_or_voids_a_pledge_and_only_on_its_paper(name):
    for move in library().books[name].transitions:
        if move.effect in ("creates", "voids", "extends"):
            assert move.actors == ("registry",), move.id
            assert move.paper, move.id


@BOOKS
def test_every_rule_has_its_article_source_and_mark_and_recalled_grounds_only_advise(name):
    rules = library().books[name]
    lists = (
        rules.materials,
        rules.contract_terms,
        rules.grounds,
        rules.revocations,
        rules.endings,
        rules.notes,
        rules.clocks,
    )
    for rule in [
        one for rules_of in (*lists, rules.transitions, rules.legal_events, rules.watch) for one in rules_of
    ]:
        assert rule.basis.article, rule.id
        assert rule.basis.source in rules.sources, rule.id
        assert rule.basis.valid_from, rule.id
        assert CONFIDENCE[rule.basis.confidence][1] in MARKS
    recalled = {ground.id for ground in rules.grounds if ground.basis.confidence in ("R", "R+", "S-old")}
    assert recalled == {ground.id for ground in rules.grounds if ground.mode == "advisory"}


@pytest.mark.parametrize(
    ("kind", "part", "names"),
    [
        ("patent", "grounds", [f"PAT-R{n:02}" for n in range(1, 13)]),
        ("patent", "materials", [f"PAT-M{n:02}" for n in range(1, 12)]),
        ("patent", "contract_terms", [f"PAT-C{n:02}" for n in range(1, 11)]),
        ("patent", "revocations", ["PAT-V01", "PAT-V02"]),
        ("patent", "notes", [f"PAT-D{n:02}" for n in range(1, 15)]),
        ("patent", "endings", [f"PAT-X{n:02}" for n in range(1, 6)]),
        ("trademark", "grounds", [f"TM-R{n:02}" for n in range(1, 7)]),
        ("trademark", "revocations", [f"TM-V{n:02}" for n in range(1, 5)]),
        ("trademark", "materials", [f"TM-M{n:02}" for n in range(1, 8)]),
        ("copyright", "grounds", [f"CR-R{n:02}" for n in range(1, 7)]),
        ("copyright", "materials", [f"CR-M{n:02}" for n in range(1, 9)]),
        ("copyright", "revocations", [f"CR-V{n:02}" for n in range(1, 4)]),
    ],
)
def test_the_ids_of_the_brief_are_all_there(kind, part, names):
    assert set(names) <= {rule.id for rule in getattr(book(kind), part)}


def test_waivable_are_exactly_the_two_grounds_of_the_measure():
    waivable = {
        ground.id for rules in library().books.values() for ground in rules.grounds if ground.waivable
    }
    assert waivable == {"PAT-R10", "PAT-R11"}


@pytest.mark.parametrize(
    ("kind", "day", "name"),
    [
        ("trademark", dt.date(2020, 4, 30), None),
        ("trademark", dt.date(2026, 12, 31), "trademark@2020"),
        ("trademark", dt.date(2027, 1, 1), "trademark@2027"),
        ("patent", dt.date(2021, 11, 14), None),
        ("patent", dt.date(2021, 11, 15), "patent@2021"),
        ("data", dt.date(2026, 1, 1), None),
    ],
)
def test_the_version_is_chosen_by_the_day(kind, day, name):
    found = library().on(kind, day)
    assert (found.id if found else None) == name


def test_the_law_of_2027_renumbers_articles_and_leaves_the_rest():
    old, new = book("trademark"), book("trademark", dt.date(2027, 1, 1))
    articles = {rule.id: rule.basis.article for rule in (*new.grounds, *new.notes, *new.watch)}
    assert "第44条" in articles["TM-W01"]
    assert "第57条" in articles["TM-A12"]
    assert "TM-D11" in articles
    assert [term.basis.article for term in (*old.terms, *new.terms)] == ["商标法第39条", "商标法第43条"]
    assert [(move.id, move.after) for move in old.transitions] == [
        (move.id, move.after) for move in new.transitions
    ]
    assert not [one for rules in (new.grounds, new.notes) for one in rules if "2019" in one.basis.article]


def test_an_officer_makes_a_ground_binding_and_an_unknown_one_is_refused():
    flipped = book("trademark").with_modes({"TM-R01": "binding"})
    assert (flipped.ground("TM-R01").mode, flipped.ground("TM-R02").mode) == ("binding", "advisory")
    papers = {one.id: one.mode for one in flipped.with_modes({"TM-M07": "binding"}).materials}
    assert (papers["TM-M07"], papers["TM-M05"], papers["TM-M01"]) == ("binding", "advisory", "binding")
    with pytest.raises(Refused, match="没有编号为 TM-M10 的"):  # which the bank keeps for itself
        flipped.with_modes({"TM-M10": "binding"})
    with pytest.raises(Refused, match="没有编号为 TM-R99 的"):
        flipped.with_modes({"TM-R99": "binding"})


def test_a_paper_that_is_recalled_advises_until_an_officer_makes_it_binding():
    """A translation of foreign papers (程序规定 art. 4, recalled)."""
    foreign = filing("trademark", {"filing": {"foreign_papers": True}})
    found = [
        next(one.weight for one in precheck(rules, foreign, DAY, calendar()).findings if one.rule == "TM-M07")
        for rules in (book("trademark"), book("trademark").with_modes({"TM-M07": "binding"}))
    ]
    assert found == ["advises", "to_cure"]


def test_every_word_of_the_vocabulary_is_used_by_some_rule():
    used: set[str] = set()
    days: set[str] = set()
    for rules in library().books.values():
        for rule in (*rules.materials, *rules.grounds, *rules.watch):
            used |= {condition.metric for case in rule.cases for condition in case}
        used |= {guard.condition.metric for move in rules.transitions for guard in move.guards}
        days |= {rule.counts_from for rule in rules.watch} - {""}
    assert set(METRICS) - used == {"act.registry_paper"}, "which every move with a paper asks for"
    assert days == set(DATES)


def test_the_common_rules_are_there_to_be_cited():
    rules = load_common(ROOT / "policies" / "registration")
    assert [rule.id for rule in rules] == [
        *(f"CC-{n:02}" for n in range(1, 26)),
        *(f"GU-{n:02}" for n in range(1, 9)),
        *(f"LIM-{n:02}" for n in range(1, 6)),
    ]
    assert all(rule.basis.article and rule.basis.valid_from for rule in rules)


def test_brackets_in_either_width_name_one_owner_and_another_name_does_not() -> None:
    def outcome(owner: str) -> str:
        changed = {"right": {"owners": [{"name": owner, "consents": True}]}}
        stated = {"filing": {"pledgor": "重庆甲(集团)有限公司", "debtor": "重庆甲（集团）有限公司"}}
        return precheck(book("patent"), filing("patent", changed, stated), DAY, calendar()).outcome

    assert outcome("重庆甲（集团）有限公司") == "registrable"
    assert outcome("重庆甲（集团） 有限公司") == "registrable"
    assert outcome("重庆乙（集团）有限公司") == "blocked"


def test_one_owner_in_two_writings_is_no_co_owner_and_is_told_where_it_was_typed() -> None:
    names = ["重庆甲（集团）有限公司", "重庆甲(集团)有限公司"]
    changed = {"right": {"owners": [{"name": name} for name in names]}}
    stated = {"filing": {"pledgor": names[0], "debtor": names[1]}}
    result = precheck(book("patent"), filing("patent", changed, stated), DAY, calendar())
    assert "PAT-M06" not in {one.rule for one in result.findings}, "no consent of a co-owner is asked for"
    (flaw,) = right_flaws(book("patent"), {"number": "95115608.X", **changed["right"]}, DAY)
    assert (flaw.field, flaw.code) == ("owners", "twice")


@pytest.mark.parametrize(
    ("shares", "codes"),
    [
        (("60%", "40%"), []),
        (("60%", "40.01%"), ["shares"]),
        (("1/3", "1/3", "1/3"), []),
        (("1/2", "５０％", "共同共有"), []),
        (("2/3", "50%"), ["shares"]),
        (("33.33%", "33.33%", "33.33%"), []),
    ],
)
def test_owners_hold_no_more_than_the_whole(shares: tuple[str, ...], codes: list[str]) -> None:
    owners = [{"name": f"{n}公司", "share": share} for n, share in enumerate(shares)]
    assert [flaw.code for flaw in right_flaws(book("patent"), {"owners": owners}, DAY)] == codes


def test_a_mark_is_left_out_or_listed_by_its_number_however_it_was_typed() -> None:
    other = {"number": "５８９４０６９３", "words": "ＡＢＣ", "classes": [9]}
    left = {"filing": {"owner_marks": [other], "left_out": {" 58940693": "另有约定"}}}
    alone = {"filing": {"owner_marks": [other]}}
    found = [
        {one.rule for one in precheck(book("trademark"), filing("trademark", one), DAY, calendar()).findings}
        for one in (left, alone)
    ]
    assert ["TM-R06" in one for one in found] == [False, True]


def test_a_mark_of_nine_digits_is_a_mark_though_a_patents_check_digit_fits_it() -> None:
    """95115608 has the check digit X; 97101765 has 4 (the brief, 7.1), so 971017654 is a patent's number too."""
    assert [flaw.code for flaw in right_flaws(book("trademark"), {"number": "971017654"}, DAY)] == []
    changed = {"right": {"number": "971017654"}}
    found = precheck(book("trademark"), filing("trademark", changed), DAY, calendar()).findings
    assert "TM-G04" not in {one.rule for one in found}


def test_a_name_in_other_brackets_is_no_change_of_name() -> None:
    stands = {"contract": {}, "parties": {"pledgor": {"name": "甲（集团）公司"}}, "rights": []}
    rules = book("trademark")
    move = next(one for one in rules.transitions if one.action == "request_change")
    for name, codes in (("甲(集团)公司", {"same"}), ("乙公司", set())):
        given = {"changed_on": DAY.isoformat(), "new_pledgor_name": name}
        assert {one.code for one in faults_of(rules, move, given, stands, on=DAY, until=None)} == codes
