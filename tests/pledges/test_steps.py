"""Every step of every rule book through the actions, and what a step's answers bring about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, transaction

from finance.pledges import actions
from finance.pledges.actions import Paper, Step
from finance.pledges.actions.step import to_state
from finance.pledges.models import FileAct, FilePaper, GroundMode, RunningPledge
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_limits, of_rights, of_turns
from finance.pledges.rules.asked import QUESTIONS, choices_of
from finance.pledges.rules.procedure import awaits_extension, moves_from
from finance.pledges.turns import whose_move
from kernel.errors import Refused
from kernel.identifiers import new_id
from tests.ground import laid
from tests.pledges.by_the_book import calendar, library
from tests.pledges.filed import OPENED, PATENT, PDF, REGISTERED, SIGNED, UNTIL, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NEXT = REGISTERED + 3 * DAY
REALISED = {
    "realised_by": "auction", "realised_on": NEXT.isoformat(), "realised": 420_000_000, "claim_principal": 400_000_000,
    "claim_interest": 15_000_000, "realisation_costs": 5_000_000, "claim_source": "成交确认书1号、结清单1号",
}  # fmt: skip
LONG_AFTER = dt.date(2027, 1, 15)
EVERY_ACTION = {action for book in library().books.values() for action in book.actions}


@laid
def drafted(cast):
    return {
        kind: Worked(cast, kind).state().attach() for kind in ("patent", "trademark", "copyright", "layout")
    }


@laid
def patent(cast):
    return Worked(cast).registered()


@laid
def mark(cast):
    return Worked(cast, "trademark").registered()


def codes(refused):
    return {problem.code for problem in refused.value.problems}


def told(refused):
    return "\n".join(str(problem) for problem in refused.value.problems)


def contents(worked):
    return reading.contents_of(worked.now)


# --- every move of every book -----------------------------------------------------------------------------------------


def answers(worked: Worked, move: Any, on: dt.date) -> dict[str, Any]:
    """Something right for each question of a move: the first choice, the day itself, a new amount."""
    book, given = reading.book_of(worked.file), {}
    days = {"new_until": LONG_AFTER + 365 * DAY, "new_debt_ends_on": dt.date(2027, 5, 31)}
    for name in move.asks:
        asked = QUESTIONS[name]
        if name == "default_event":
            given[name] = "agreed"  # the debt is not due yet
        elif asked.kind == "choice":
            given[name] = next(iter(choices_of(asked, book)))
        elif asked.kind == "day":
            given[name] = days.get(name, on).isoformat()
        elif asked.kind == "amount":
            given[name] = 300_000_000
        elif asked.kind == "rights":
            given[name] = [right["number"] for right in contents(worked)["rights"]]
        elif name in ("counterparty", "new_scope", "default_source", "claim_source"):
            given[name] = "丙公司；本金和利息"
    given.pop("new_ceiling", None)
    given.pop("certified_on", None)  # told later, by the step that issues it
    return given


def taken(worked: Worked, move: Any, on: dt.date) -> FileAct:
    """The move, by whoever may make it, with all that it wants."""
    if move.action in reading.ANEW:  # the registry answers what was asked for
        book = reading.book_of(worked.file)
        taken(worked, next(one for one in book.transitions if one.action == reading.ASKS_ANEW), on)
    paper = worked.file.papers.first()
    FilePaper.objects.bulk_create(
        FilePaper(
            file=worked.file,
            material=name,
            stored=paper.stored,
            after_seq=len(worked.now.acts.all()),
            attached_on=on,
        )
        for name in move.evidence
    )
    asked: dict[str, Any] = {"asked": answers(worked, move, on), "stated": frozenset(to_state(move))}
    if move.action in ("register", "record_extension"):
        asked |= {"number": "Y1", "until": UNTIL if move.action == "register" else LONG_AFTER + 300 * DAY}
    if "registry" in move.actors:
        items = ("申请表未盖章",) if move.action == "notify_deficiency" else ()
        return worked.decide(move.action, on, items=items, **asked)
    if move.actors == ("clock",):
        return actions.let_lapse(
            by=worked.owner, file_id=worked.file.pk, action=move.action, today=worked.today
        )
    if "pledgee" not in move.actors:
        return worked.both(move.action, on, channel="online", answers=("已盖章",), **asked)
    act = worked.say(worked.bank.maker, move.action, on, channel="online", **asked)
    assert act is not None
    return act


def doors(worked: Worked, action: str, on: dt.date) -> dict[str, Callable[[], Any]]:
    """Every way in which somebody can ask for a step, by the actor of the rule book whom it stands for."""
    step = Step(action, on, channel="online", number="Y1", until=LONG_AFTER, paper=Paper("通知书.pdf", PDF))
    asked = {"file_id": worked.file.pk, "today": worked.today}
    return {
        "pledgee": lambda: actions.say(by=worked.bank.maker, step=step, **asked),
        "pledgor": lambda: actions.say(by=worked.owner, step=step, **asked),
        "registry": lambda: actions.take(by=worked.clerk, step=step, **asked),
        "clock": lambda: actions.let_lapse(by=worked.owner, action=action, **asked),
    }


def refuses_all_else(worked: Worked, on: dt.date) -> set[tuple[str, str]]:
    """Every action of every book, asked for in this state at every door, is refused where the book has no such move for
    whoever asks; nothing is written. The file is read once: what is refused here is refused before anything else is."""
    file = reading.file(viewer=worked.owner, file_id=worked.file.pk)
    book, tried = reading.book_of(file), set()
    allowed = {move.action: set(move.actors) for move in moves_from(book, file.state)}
    with mock.patch("finance.pledges.actions.moving.locked", return_value=file):
        for action in {*EVERY_ACTION, "no_such_action"}:
            for actor, asks in doors(worked, action, on).items():
                who = {actor} if actor in ("registry", "clock") else {actor, "both"}
                if who & allowed.get(action, set()):
                    continue
                with pytest.raises(Refused) as refused:
                    asks()
                wanted = "actor" if action in allowed else "no_such_move"
                assert wanted in codes(refused), (file.state, action, actor)
                tried.add((file.state, action))
    assert worked.now.state == file.state
    assert worked.now.acts.count() == len(file.acts.all())
    assert worked.now.assents.count() == file.assents.count()
    return tried


def walk(worked: Worked, on: dt.date, seen: set[str]) -> set[tuple[str, str]]:
    """Take every move of the state in turn, each undone; go on from every state not yet met."""
    state, moved = worked.now.state, set()
    refuses_all_else(worked, on)
    for move in moves_from(reading.book_of(worked.file), state):
        if move.actors == ("clock",) and awaits_extension(reading.book_of(worked.file), state):
            continue  # written for the replay: its day may come while an extension was pending that was then refused
        day = LONG_AFTER if move.action.startswith("deem_") else on
        with transaction.atomic():
            act = taken(worked, move, day)
            assert (act.before, act.after, worked.now.state) == (state, move.after, move.after)
            moved.add((move.id, state))
            if move.after not in seen:
                seen.add(move.after)
                moved |= walk(worked, on + DAY, seen)
            transaction.set_rollback(True)
    return moved


@pytest.mark.parametrize("kind", ["patent", "trademark", "copyright", "layout"])
def test_every_move_of_the_book_is_taken_through_the_actions(drafted, kind):
    worked = drafted[kind]
    worked.today = LONG_AFTER
    book = reading.book_of(worked.file)
    moved = walk(worked, SIGNED, {book.start})
    written = {(move.id, state) for move in book.transitions for state in move.before}
    assert written - moved == ({("TM-T08", "extension_pending")} if kind == "trademark" else set())
    assert moved <= written
    assert {book.start} | {move.after for move in book.transitions} == {one.id for one in book.states}, (
        "each was met, and in each all other actions were refused"
    )
    assert worked.now.state == book.start


def test_no_step_that_wants_the_registrys_paper_is_taken_without(drafted):
    worked = drafted["trademark"]
    worked.both("check_bundle", SIGNED)
    worked.both("submit", SIGNED, channel="online")
    deciding = [move for move in moves_from(reading.book_of(worked.file), "submitted") if move.paper]
    assert [move.action for move in deciding] == ["notify_deficiency", "register", "refuse"]
    for move in deciding:
        asked = {"number": "1", "until": UNTIL, "items": ("一",), "asked": answers(worked, move, NEXT)}
        with pytest.raises(Refused) as refused:
            worked.decide(move.action, NEXT, paper=None, **asked)
        assert codes(refused) == {"paper"}


# --- what the answers bring about -------------------------------------------------------------------------------------


def test_a_raised_amount_takes_effect_once_the_registry_has_recorded_it(patent):
    patent.attach("PAT-M12")
    given = {"changed_on": NEXT.isoformat(), "new_amount": 600_000_000, "guarantors_consent": ""}
    act = patent.both("request_change", NEXT, asked=given)
    assert (act.details["due_on"], act.details["late"]) == ("2026-12-23", False)  # 30 days after 23 November
    assert act.details["free_of_fen"] == 100_000_000, "nobody else consented to the increase"
    assert contents(patent)["contract"]["amount_fen"] == 500_000_000
    act = patent.decide("record_change", NEXT + DAY)
    assert contents(patent)["contract"]["amount_fen"] == 600_000_000
    assert act.details["registered_fen"] == 600_000_000
    assert patent.now.statements.count() == 2


def test_a_refused_change_changes_nothing(patent):
    patent.attach("PAT-M12")
    patent.both("request_change", NEXT, asked={"changed_on": NEXT.isoformat(), "new_amount": 600_000_000})
    patent.decide("refuse_change", NEXT + DAY)
    patent.decide("revoke", NEXT + DAY, asked={"revoked_because": "PAT-V01"})
    assert contents(patent)["contract"]["amount_fen"] == 500_000_000


def test_a_change_filed_after_thirty_days_is_told_as_late_and_not_refused(patent):
    patent.attach("PAT-M12")
    patent.today = dt.date(2026, 12, 31)
    given = {"changed_on": REGISTERED.isoformat(), "new_scope": "本金"}
    act = patent.both("request_change", dt.date(2026, 12, 22), asked=given)
    assert (act.details["due_on"], act.details["late"]) == ("2026-12-21", True)  # the 20th is a Sunday


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"required", "nothing_changed"}),
        ({"changed_on": "2026-11-24", "new_amount": 500_000_000}, {"future", "same"}),
        ({"changed_on": "2026-11-23", "new_amount": 0 - 1}, {"amount"}),
        ({"changed_on": "2026-11-23", "new_ceiling": 900_000_000}, {"no_ceiling"}),
        (
            {"changed_on": "2026-11-23", "new_debt_ends_on": "2037-07-21"},
            {"PAT-R06"},
        ),  # the patent ends the day before
    ],
)
def test_a_change_that_cannot_be_gets_every_fault_at_once(patent, given, expected):
    patent.attach("PAT-M12")
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "request_change", NEXT, asked=given)
    assert codes(refused) == expected


def test_a_new_name_of_the_pledgor_is_a_next_statement_of_the_registration(mark):
    mark.attach("TM-M01", "TM-M02", "TM-M04")
    mark.both(
        "request_change",
        NEXT,
        asked={"changed_on": NEXT.isoformat(), "new_pledgor_name": "重庆山城仪器股份有限公司"},
    )
    mark.decide("record_change", NEXT + DAY)
    last = mark.now.registration
    assert [(one.seq, one.pledgor_name) for one in type(last).objects.filter(number=last.number).order_by("seq")] == [
        (1, "重庆山城精密仪器有限公司"), (2, "重庆山城仪器股份有限公司"),
    ]  # fmt: skip
    mark.attach("TM-M01", "TM-M02")
    mark.both("request_cancellation", NEXT + DAY, asked={"ended_because": "TM-X01"})
    mark.decide("cancel", NEXT + 2 * DAY)
    assert [one.kind for one in type(last).objects.get(number=last.number, seq=2).events.order_by("pk")] == [
        "registered", "released",
    ]  # fmt: skip


def test_the_pledgee_alone_extends_with_a_letter_before_the_period_ends_and_the_debt_goes_with_it(mark):
    mark.attach("TM-M05")
    later, asked = (
        UNTIL + 365 * DAY,
        {"new_until": (UNTIL + 365 * DAY).isoformat(), "new_debt_ends_on": "2027-12-01"},
    )
    with pytest.raises(Refused) as refused:
        mark.say(mark.bank.maker, "request_extension_alone", NEXT, asked=asked)
    assert "没有质权人的书面保证函" in told(refused)
    letter = frozenset({"act.guarantee_letter"})
    with pytest.raises(Refused) as refused:
        mark.say(mark.owner, "request_extension_alone", NEXT, asked=asked, stated=letter)
    assert codes(refused) == {"actor"}
    with pytest.raises(Refused) as refused:
        mark.say(mark.bank.maker, "request_extension_alone", UNTIL + DAY, asked=asked, stated=letter)
    assert "登记期限已经届满" in told(refused)
    assert mark.say(mark.bank.maker, "request_extension_alone", NEXT, asked=asked, stated=letter)
    with pytest.raises(Refused) as refused:
        mark.decide("record_extension", NEXT + DAY, until=UNTIL)
    assert "不晚于现期限末日" in told(refused)
    mark.decide("record_extension", NEXT + DAY, until=later)
    file = reading.file(viewer=mark.owner, file_id=mark.file.pk)
    assert reading.status_on(file, NEXT + DAY, mark.today).registered_until == later
    assert contents(mark)["contract"]["debt_ends_on"] == "2027-12-01"


def test_a_mark_whose_period_is_over_lapses_by_itself_on_the_last_day(cast, mark):
    asked = {"by": mark.owner, "file_id": mark.file.pk, "action": "lapse"}
    with pytest.raises(Refused) as refused:
        actions.let_lapse(**asked, today=UNTIL)
    assert "登记期限还没有届满" in told(refused)
    act = actions.let_lapse(**asked, today=mark.today)
    assert (act.on, act.actor, act.paper) == (UNTIL + DAY, "clock", None)
    (running,) = RunningPledge.objects.all()
    assert running.last_day == UNTIL
    assert mark.now.registration.events.get(kind="released").on == UNTIL
    with pytest.raises(Refused) as refused:  # and it is a step of nobody else
        mark.decide("lapse", mark.today)
    assert codes(refused) == {"no_such_move"}


def test_a_licence_needs_the_bank_and_says_where_the_money_goes(patent):
    given = {
        "deal": "licence",
        "counterparty": "丙公司",
        "rights_concerned": [PATENT],
        "proceeds": 30_000_000,
    }
    assert patent.now.state == "registered"
    with pytest.raises(Refused) as refused:
        patent.say(patent.owner, "transfer_or_license", NEXT, asked=given)
    assert "没有写明价款用于提前清偿还是提存" in told(refused)
    with pytest.raises(Refused) as refused:
        patent.say(patent.owner, "transfer_or_license", NEXT, asked={**given, "proceeds_to": "escrow"})
    assert told(refused) == (
        "提存机构：未填写。价款提存的，请写明提存机构\n"
        "价款应到之日：未填写。有价款的，请填写最迟何日提前清偿或者提存"
    )
    whole = {**given, "proceeds_to": "prepay", "proceeds_by": NEXT.isoformat()}
    assert patent.say(patent.owner, "transfer_or_license", NEXT, asked=whole) is None
    act = patent.say(patent.bank.maker, "transfer_or_license", NEXT)
    assert act.details["asked"]["proceeds_to"] == "prepay"
    assert act.details["asked"]["counterparty"] == "丙公司"


def test_an_open_licence_waits_for_fees_and_disputes_whoever_consents(patent):
    """专利法实施细则 art. 86: not while the fee is unpaid or the procedures are suspended; of the rights concerned."""
    asked = {"rights_concerned": [PATENT]}
    event = {
        "by": patent.owner,
        "file_id": patent.file.pk,
        "number": PATENT,
        "source": "通知书",
        "today": NEXT,
    }
    actions.record_event(event="suspended", on=NEXT, **event)
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "open_licence", NEXT, asked=asked)
    assert told(refused) == "声明开放许可：因权属纠纷中止程序的，不得开放许可。依据：实施细则第86条"
    actions.record_event(event="resumed", on=NEXT, **event)
    patent.today = dt.date(2027, 7, 22)  # the eleventh year's fee was due the day before
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "open_licence", patent.today, asked=asked)
    assert "年费逾期未缴的，不得开放许可" in told(refused)
    assert patent.both("open_licence", NEXT, asked=asked).after == "registered"


def test_a_licence_without_a_price_needs_no_place_for_it_and_a_strange_right_is_told(patent):
    given = {"deal": "licence", "counterparty": "丙公司", "rights_concerned": ["ZL1"], "proceeds": 0}
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "transfer_or_license", NEXT, asked=given)
    assert codes(refused) == {"no_right"}
    assert (
        patent.both("transfer_or_license", NEXT, asked={**given, "rights_concerned": [PATENT]}).after
        == "registered"
    )


def test_a_pledge_is_enforced_after_default_and_ends_with_the_registrys_notice(patent):
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "enforce", NEXT)
    assert "债务没有到期不履行" in told(refused)
    agreed = {
        "default_event": "agreed",
        "default_on": NEXT.isoformat(),
        "default_source": "违约通知〔2026〕1号",
    }
    with pytest.raises(Refused) as refused:
        patent.say(patent.owner, "enforce", NEXT, asked=agreed)
    assert codes(refused) == {"actor"}
    patent.say(patent.bank.maker, "enforce", NEXT, asked=agreed)
    given = REALISED
    told_so = {"asked": given, "stated": frozenset({"act.end_proven"})}
    with pytest.raises(Refused) as refused:  # not by the bank's word alone
        patent.say(patent.bank.maker, "close_enforcement_alone", NEXT + DAY, **told_so)
    assert [one.found for one in refused.value.problems] == [
        "缺少注销申请表和债权、质权消灭的证明或承诺书（PAT-M13）",
        "缺少实现质权的法院文书（裁定书、判决书或调解书）（PAT-M15）",
    ]
    early = {**told_so, "asked": {**given, "realised_on": REGISTERED.isoformat()}}
    patent.attach("PAT-M13", "PAT-M14")
    with pytest.raises(Refused, match="2026-11-20 早于到期未履行或情形发生之日 2026-11-23"):
        patent.say(patent.bank.maker, "close_enforcement", NEXT + DAY, **early)
    patent.both("close_enforcement", NEXT + DAY, **told_so)
    patent.decide("cancel", NEXT + 2 * DAY)
    assert RunningPledge.objects.get().last_day == NEXT + 2 * DAY


def test_a_later_application_says_its_own_channel_and_is_decided_in_its_limit(patent):
    """Handed in online (2 working days for the registration); the cancellation goes on paper (5)."""
    patent.attach("PAT-M13")
    why = {"ended_because": "PAT-X01"}
    with pytest.raises(Refused) as refused:
        patent.say(patent.bank.maker, "request_cancellation", NEXT, asked=why, channel="")
    assert [(one.where, one.found) for one in refused.value.problems] == [("提交方式", "未选择")]
    patent.both("request_cancellation", NEXT, asked=why, channel="paper")
    (clock, *_) = of_limits.clocks_of(patent.now, calendar(), NEXT)
    assert (clock.deadline.clock.id, clock.deadline.clock.length) == ("cancel_paper", 5)


def test_revoked_never_was_and_cancelled_was_until_its_day(patent, mark):
    patent.decide("revoke", NEXT, asked={"revoked_because": "PAT-V02"})
    mark.attach("TM-M01", "TM-M02")
    mark.both("request_cancellation", NEXT, asked={"ended_because": "TM-X03"})
    mark.decide("cancel", NEXT)
    then = {}
    for worked in (patent, mark):
        file = reading.file(viewer=worked.owner, file_id=worked.file.pk)
        then[worked.kind] = reading.status_on(file, REGISTERED, worked.today).in_force
    assert then == {"patent": False, "trademark": True}
    assert {(one.kind, one.void, one.last_day) for one in RunningPledge.objects.all()} == {
        ("patent", True, None), ("trademark", False, NEXT),
    }  # fmt: skip


def test_a_refusal_and_a_revocation_name_a_ground_of_the_book(drafted):
    worked = drafted["patent"]
    worked.both("sign", SIGNED)
    worked.both("submit", SIGNED, channel="online")
    for given, code in (({}, "required"), ({"refused_because": "PAT-V01"}, "no_choice")):
        with pytest.raises(Refused) as refused:
            worked.decide("refuse", NEXT, asked=given)
        assert codes(refused) == {code}
    act = worked.decide("refuse", NEXT, asked={"refused_because": "PAT-R12"})
    assert act.details["asked"] == {"refused_because": "PAT-R12"}


def test_the_registered_ceiling_of_a_maximum_amount_goes_before_the_agreed_one(cast):
    stated = sound()
    stated["contract"] |= {"ceiling_fen": 800_000_000}
    worked = Worked(cast)
    worked.state(stated).attach()
    for action, more in (("sign", {}), ("submit", {"channel": "paper"})):
        worked.both(action, SIGNED, **more)
    with pytest.raises(Refused) as refused:
        worked.decide("register", REGISTERED, number="Y9")
    assert "以登记的最高债权额为准" in told(refused)
    act = worked.decide("register", REGISTERED, number="Y9", asked={"registered_amount": 700_000_000})
    assert act.details["registered_fen"] == 700_000_000
    assert contents(worked)["contract"]["ceiling_fen"] == 800_000_000


@pytest.mark.parametrize("kind", ["trademark", "copyright", "layout"])
def test_a_right_under_a_pledge_of_one_bank_is_told_to_another(cast, kind):
    """The rule book decides what follows; that there is one is told for every kind, never whose."""
    Worked(cast, kind).registered()
    other = Worked(cast, kind, bank=cast.bank_b).state()
    (right,) = of_rights.rights_on(other.now, NEXT, other.today)
    assert [(one.number, one.registered_on) for one in right.pledges] == [
        (of_rights.REGISTERED_ALREADY, REGISTERED)
    ]


def test_the_second_party_says_yes_to_the_answers_of_the_first(patent):
    patent.attach("PAT-M13")
    assert patent.say(patent.owner, "request_cancellation", NEXT, asked={"ended_because": "PAT-X03"}) is None
    act = patent.say(
        patent.bank.checker, "request_cancellation", NEXT + DAY, asked={"ended_because": "PAT-X01"}
    )
    assert (act.details["asked"], act.on) == ({"ended_because": "PAT-X03"}, NEXT + DAY)


def test_every_act_of_a_life_goes_on_from_the_one_before(mark):
    mark.attach("TM-M01", "TM-M02", "TM-M04")
    mark.both("request_change", NEXT, asked={"changed_on": NEXT.isoformat(), "new_amount": 1})
    mark.decide("record_change", NEXT)
    acts = list(mark.now.acts.order_by("seq"))
    assert all(one.after == other.before for one, other in pairwise(acts))


def test_raw_sql_takes_no_step_of_the_registry_without_its_paper(patent):
    made = FileAct(
        file=patent.now, seq=4, action="cancel", rule="PAT-T10A", title="准予注销", before="registered", after="cancelled",
        actor="registry", on=NEXT, recorded_on=NEXT,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="what_the_registry_decides_has_its_paper"), transaction.atomic():
        made.save(force_insert=True)


def test_raw_sql_turns_no_ground_without_two_persons(cast):
    asked = actions.propose_mode(
        by=cast.district_bureau.officer, book=reading.library().books["patent@2021"], ground="PAT-R01", mode="advisory",
        reason="一个人", first_day=OPENED, on=OPENED,
    )  # fmt: skip
    row = GroundMode(
        id=new_id(), family="patent", ground="PAT-R01", mode="advisory", region="500103", first_day=OPENED, reason="一个人",
        approval=asked,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="须由同一部门两人"), transaction.atomic():
        row.save(force_insert=True)
    assert not GroundMode.objects.exists()


def test_a_file_that_is_no_paper_decides_nothing(patent):
    with pytest.raises(Refused) as refused:
        patent.decide("revoke", NEXT, paper=Paper("通知书.pdf", b""), asked={"revoked_because": "PAT-V01"})
    assert codes(refused) == {"empty"}


def test_a_lost_certificate_is_issued_again_on_the_registrys_paper_and_changes_nothing_else(mark):
    mark.decide("issue_certificate", NEXT)
    before = contents(mark)
    with pytest.raises(Refused, match="TM-M01"):
        mark.say(mark.owner, "request_reissue", NEXT)
    mark.attach("TM-M01")
    assert "record_reissue" not in {one.action for one in reading.possible(mark.now, mark.clerk)}
    with pytest.raises(Refused, match="没有待答复的补发申请"):
        mark.decide("record_reissue", NEXT)
    assert mark.say(mark.owner, "request_reissue", NEXT).after == "registered"
    assert whose_move(mark.now, mark.clerk, NEXT) == "答复登记证补发申请"
    assert mark.now in of_turns.files_that_may_wait(mark.clerk, at_window=True)
    possible = {one.action for one in reading.possible(mark.now, mark.bank.maker)}
    assert {"enforce", "request_extension_alone", "request_cancellation"} <= possible, (
        "it holds up no other step"
    )
    with pytest.raises(Refused, match="没有补发的登记证"):
        mark.decide("record_reissue", NEXT + DAY, paper=None)
    act = mark.decide("record_reissue", NEXT + DAY)
    assert (act.after, act.effect, contents(mark)) == ("registered", "", before)
    assert whose_move(mark.now, mark.clerk, NEXT + DAY) == ""
    assert mark.now not in of_turns.files_that_may_wait(mark.clerk, at_window=True)
    assert reading.status_on(mark.now, NEXT + DAY, mark.today).in_force
