"""The cases of the brief (section 11) as files that an officer can read; every check of every file is tried."""

from __future__ import annotations

import datetime as dt

import pytest

from finance.parties.rules import checked_credit_code
from finance.pledges.rules import patent_number
from finance.pledges.rules.clocks import Stop, clocks_for, deadline
from finance.pledges.rules.precheck import precheck
from finance.pledges.rules.procedure import bound_after_change, mixed_standing, next_state, right_on, status
from finance.pledges.rules.terms import expiry
from finance.pledges.rules.watch import alerts
from kernel.errors import Refused
from tests.pledges import by_the_book as given

NAMES = sorted(path.name for path in given.CASES.glob("[0-9]*.yaml"))
KEYS = {"title", "decided_by", "kind", "with"}  # the first two always, the others as needed
PARTS = {"checks", "deadlines", "moves", "histories", "mixed", "bound", "numbers", "codes", "alerts"}


def each(part):
    """(file, one check of it) for every file that has this part."""
    found = [
        pytest.param(told, check, id=f"{name[:2]}-{n}")
        for name in NAMES
        for told in [given.case(name)]
        for n, check in enumerate(told.get(part, []))
    ]
    assert found, part
    return pytest.mark.parametrize(("told", "check"), found)


def test_the_cases_of_the_brief_are_all_there_and_hold_nothing_that_is_not_tried():
    numbers = [int(name[:2]) for name in NAMES if int(name[:2]) < 26]
    assert numbers == [1, 2, 3, 5, 6, 8, 9, 10, 11, 13, 15, 16, 18, 19, 20, 23, 25]
    for name in NAMES:
        told = given.case(name)
        assert {"title", "decided_by"} <= set(told) <= KEYS | PARTS, name
        for check in told.get("checks", []):
            known = {
                "day",
                "right",
                "filing",
                "contract",
                "events",
                "binding",
                "outcome",
                "finds",
                "without",
                "only",
            }
            assert set(check) <= known | {
                "declare",
                "say",
                "last_day",
                "warns",
                "bound",
                "book",
                "article",
            }, name


@each("checks")
def test_precheck_and_terms(told, check):
    on = check.get("day", given.DAY)
    book = given.book(told["kind"], on).with_modes(dict.fromkeys(check.get("binding", []), "binding"))
    filing = given.filing(told["kind"], told.get("with", {}), check)
    if "last_day" in check:
        last = expiry(book, filing.rights[0])
        assert last is not None
        assert last.last_day == check["last_day"]
        assert check.get("warns", "") in "".join(last.warnings)
        assert check.get("bound", last.bound) == last.bound
        return
    if "events" in check:
        (right,) = filing.rights
        then = right_on(book, right, given.right_events(check["events"]), on, on)
        filing = given.filing(told["kind"], told.get("with", {}), check, {"right": vars_of(then)})
    result = precheck(book, filing, on, given.calendar())
    found = {finding.rule: finding for finding in result.findings}
    assert result.outcome == check["outcome"], result.findings
    for rule, words in check.get("finds", {}).items():
        assert words in found[rule].found
    for rule, article in check.get("article", {}).items():
        assert article in found[rule].article
    assert not set(check.get("without", [])) & set(found)
    if "only" in check:
        assert set(found) == set(check["only"])
    if "declare" in check:
        assert sorted(f"{task.ground} {task.party}" for task in result.declarations) == sorted(
            check["declare"]
        )
    assert book.id == check.get("book", book.id)


def vars_of(right):
    return {"preserved": right.preserved, "preserved_until": right.preserved_until}


@each("deadlines")
def test_deadlines(told, check):
    book = given.book(told["kind"])
    clock, _ = clocks_for(book, check["act"], channel=check["channel"], region="500103", on=check["from"])
    stops = [Stop(*stop) for stop in check.get("stops", [])]
    result = deadline(clock, check["from"], stops, given.calendar())
    assert (result.due_on, result.provisional) == (check["due"], check.get("provisional", False))


@each("moves")
def test_moves(told, check):
    book = given.book(told["kind"])
    act = {"actor": check["actor"], "facts": check["facts"]}
    if "refused" in check:
        with pytest.raises(Refused, match=check["refused"]):
            next_state(book, check["state"], check["action"], **act)
        return
    move = next_state(book, check["state"], check["action"], **act)
    assert move.after == check["to"]
    assert check.get("duty", "") in move.duty


@each("histories")
def test_histories(told, check):
    for then in check["then"]:
        stood = status(given.book(told["kind"]), given.acts(check["acts"]), then["day"], then["known_on"])
        wanted = {"void_from_start": False} | {
            name: then[name] for name in then if name not in ("day", "known_on")
        }
        assert {name: getattr(stood, name) for name in wanted} == wanted
        assert stood.unfitting == ()


@each("mixed")
def test_mixed_pledges_stand_item_by_item(told, check):
    for then in check["then"]:
        parts = []
        for name, part in check["parts"].items():
            book = given.book(part["kind"])
            parts.append((name, book, status(book, given.acts(part["acts"]), then["day"], then["day"])))
        stood = mixed_standing(parts)
        assert list(stood.registered) == then["registered"]
        assert list(stood.ended) == then["ended"]
        assert list(stood.under_way) == then["under_way"]
        assert stood.all_registered == then["all_registered"]
        assert stood.due_in_unified_register == ()


@each("bound")
def test_who_did_not_consent_is_not_bound_for_the_increase(told, check):
    bound = bound_after_change(check["before"], check["after"], consents=check["consents"])
    assert (bound.amount_fen, bound.free_of_fen) == (check["amount"], check["free_of"])


@each("numbers")
def test_patent_numbers(told, check):
    assert patent_number(check["number"]).check_holds == check["holds"]


@each("codes")
def test_credit_codes(told, check):
    checked = checked_credit_code(check["code"])
    assert (checked is not None and checked.code_holds) == check["holds"]


@each("alerts")
def test_alerts(told, check):
    kind = check.get("kind", told["kind"])
    filing = given.filing(kind, {"right": {"pledges": []}}, {"right": check.get("right", {})})
    found = alerts(
        given.book(kind, check["day"]),
        filing.rights,
        given.pledge(check["pledge"]),
        check["day"],
        given.calendar(),
    )
    told_of = {
        one.rule: " ".join(str(part) for part in (one.due_on, one.step) if part is not None) for one in found
    }
    assert told_of == {rule: str(words) for rule, words in check["expect"].items()}
    assert all(one.to_do and one.who and one.article for one in found)
    assert [one.due_on or dt.date.min for one in found] == sorted(one.due_on or dt.date.min for one in found)
