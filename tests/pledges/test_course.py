"""The course of a file as actions and database hold it: whose number, whose yes to what, and when a pledge is over."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from finance.parties.models import Membership
from finance.pledges import actions, queries
from finance.pledges.actions import Paper
from finance.pledges.models import Assent, FileAct, RegistrationFile, RunningPledge
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_limits, of_rights, of_watch
from finance.pledges.statements import StatedPledge, StatedRight
from finance.pledges.tasks import watch_files
from finance.pledges.turns import whose_move
from kernel.calendars.queries import working_calendar
from kernel.errors import Refused
from kernel.identifiers import new_id
from kernel.work.approvals import approve
from portal.pledge_statistics import Asked, statistics
from tests.pledges.filed import (
    HANDED_IN,
    MARK,
    OPENED,
    PATENT,
    REGISTERED,
    SIGNED,
    UNTIL,
    Worked,
    sound,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
OTHER_PATENT = "95115608.X"
AFTER = UNTIL + 10 * DAY


def codes(refused):
    return {one.code for one in refused.value.problems}


def another_patent(**changes):
    return sound(
        number=OTHER_PATENT, filed_on="1995-01-05", expires_on="2030-01-01", fees_paid_through=39, **changes
    )


def of_another_enterprise(cast):
    """A file of the same bank for another enterprise, about another patent, handed in."""
    enterprise = cast.enterprise_b
    worked = Worked(dataclasses.replace(cast, enterprise_a=enterprise))
    contents = another_patent(owners=[{"name": enterprise.organisation.name}])
    worked.state(contents).attach().both("sign", SIGNED)
    worked.both("submit", HANDED_IN, channel="online")
    return worked


# --- whose number -------------------------------------------------------------------------------------------------------


def test_a_number_of_another_file_is_refused_and_takes_nothing_over(cast):
    first, second = Worked(cast).registered(number="Y1"), of_another_enterprise(cast)
    with pytest.raises(Refused) as refused, transaction.atomic():
        second.decide("register", REGISTERED, number="Y1")
    assert codes(refused) == {"number_taken"}
    (seen,) = queries.registrations(viewer=first.owner)
    assert (seen.number, seen.pledgor_id) == ("Y1", first.file.pledgor_id)
    second.decide("register", REGISTERED, number="Y2")
    with pytest.raises(DatabaseError, match="一个登记号只属于一个案件"), transaction.atomic():
        RegistrationFile.objects.filter(pk=second.file.pk).update(registration=first.now.registration)


def test_a_number_that_a_bank_stated_for_other_rights_is_refused_and_for_these_goes_on(cast):
    worked = Worked(cast).handed_in()
    for number, right in (("Y7", "199511560800X"), ("Y8", PATENT)):
        rights = (StatedRight("patent", reading.right_key(right)),)
        stated = StatedPledge(number, REGISTERED - DAY, worked.file.pledgor_id, rights, "")
        actions.state_registration(
            by=cast.bank_a.maker, pledgee=worked.file.pledgee, stated=stated, source="s"
        )
    with pytest.raises(Refused) as refused, transaction.atomic():
        worked.decide("register", REGISTERED, number="Y7")
    assert codes(refused) == {"number_taken"}
    worked.decide("register", REGISTERED, number="Y8")
    assert worked.now.registration.seq == 2


def test_a_later_statement_that_names_another_pledgor_gets_neither_amount_nor_end_and_shows_no_other(cast):
    worked = Worked(cast).registered(number="Y1")
    rights = (StatedRight("patent", reading.right_key(PATENT)),)
    stated = StatedPledge("Y1", REGISTERED, cast.enterprise_b.organisation.pk, rights, "")
    wrong = actions.state_registration(
        by=cast.bank_a.maker, pledgee=worked.file.pledgee, stated=stated, source="s"
    )
    total = statistics(cast.city_bureau.officer, Asked(OPENED, AFTER)).total
    assert (total.registrations, total.registered_fen, total.amounts_missing) == (1, 0, 1)
    worked.attach("PAT-M13").both("request_cancellation", REGISTERED, asked={"ended_because": "PAT-X01"})
    worked.decide("cancel", REGISTERED + DAY)
    assert set(wrong.events.values_list("kind", flat=True)) == {"registered"}
    assert set(worked.now.registration.events.values_list("kind", flat=True)) == {"registered", "released"}
    shown = queries.statements_of(wrong, viewer=cast.enterprise_b.owner)
    assert [one.pledgor_id for one in shown] == [cast.enterprise_b.organisation.pk]


# --- a period that is over ----------------------------------------------------------------------------------------------


def in_force(worked, on):
    return reading.status_on(worked.now, on, AFTER).in_force


def test_a_pledge_is_not_in_force_once_its_period_is_over_noted_or_not(cast):
    mark = Worked(cast, "trademark").registered()
    asked = {"viewer": mark.bank.maker, "known_on": AFTER, "calendar": working_calendar()}
    assert in_force(mark, UNTIL)
    assert not in_force(mark, UNTIL + DAY)
    assert not of_watch.security_of(mark.now, on=AFTER, **asked).in_force
    other = Worked(cast, "trademark", bank=cast.bank_b).state()
    (pledge,) = of_rights.pledged_elsewhere(other.now, [MARK], AFTER)[MARK]
    assert (pledge.runs_on(UNTIL), pledge.runs_on(UNTIL + DAY)) == (True, False)
    given = {"default_event": "agreed", "default_on": UNTIL.isoformat(), "default_source": "通知1号"}
    with pytest.raises(Refused) as refused:
        mark.say(mark.bank.maker, "enforce", UNTIL + DAY, asked=given)
    assert codes(refused) == {"period_over"}


@pytest.mark.parametrize("pending", ["", "request_change", "request_cancellation"])
def test_the_night_notes_the_lapse_whatever_was_under_way(cast, pending):
    mark = Worked(cast, "trademark").registered()
    if pending:
        mark.attach("TM-M01", "TM-M02", "TM-M04")
        asked = {"request_change": {"changed_on": UNTIL.isoformat(), "new_amount": 1}}
        mark.both(pending, UNTIL, asked=asked.get(pending, {"ended_because": "TM-X01"}))
    for day in (UNTIL, AFTER, AFTER):
        watch_files({"day": day.isoformat(), "files": [str(mark.file.pk)]})
    act = mark.now.acts.get(action="lapse")
    assert (act.on, act.actor, act.recorded_by, mark.now.state) == (UNTIL + DAY, "clock", None, "lapsed")
    assert RunningPledge.objects.get().last_day == UNTIL
    assert mark.now.registration.events.get(kind="released").on == UNTIL


def test_an_extension_asked_for_in_time_is_waited_for_and_works_on_from_the_old_end(cast):
    mark = Worked(cast, "trademark").registered()
    mark.attach("TM-M05").both("request_extension", UNTIL, asked={"new_until": "2027-06-01"})
    night = {"day": (UNTIL + 2 * DAY).isoformat(), "files": [str(mark.file.pk)]}
    watch_files(night)
    assert mark.now.state == "extension_pending"
    with transaction.atomic():
        mark.decide("record_extension", UNTIL + 3 * DAY, until=dt.date(2027, 6, 1))
        assert in_force(mark, UNTIL + DAY)
        transaction.set_rollback(True)
    mark.decide("refuse_extension", UNTIL + 3 * DAY)
    watch_files({**night, "day": AFTER.isoformat()})
    then = reading.status_on(mark.now, AFTER, AFTER)
    assert (then.state, then.ended_on, mark.now.state) == ("lapsed", UNTIL + DAY, "lapsed")


# --- two yeses ----------------------------------------------------------------------------------------------------------


def advised(cast, contents):
    worked = Worked(cast).state(contents).attach().attach("PAT-M07", "PAT-M08")
    worked.both("sign", SIGNED)
    worked.both("submit", HANDED_IN, channel="online")
    worked.decide("advise_declaration", HANDED_IN + DAY)
    return worked


def test_a_ground_that_came_after_the_first_declaration_is_declared_by_both_anew(cast):
    on = HANDED_IN + DAY
    worked = advised(cast, sound(same_day_invention=True, subtype="utility_model", number="ZL201720601862.9"))
    number = worked.now.statements.get().contents["rights"][0]["number"]
    assert worked.say(worked.bank.maker, "declare", on) is None
    actions.record_event(
        by=worked.owner, file_id=worked.file.pk, number=number, event="invalidation_requested", on=on, source="通知",
        today=worked.today,
    )  # fmt: skip
    with pytest.raises(Refused) as refused, transaction.atomic():
        worked.say(worked.owner, "declare", on)
    assert codes(refused) == {"grounds_moved"}
    assert f"增加PAT-R11 {number}" in refused.value.problems[0].found
    asked = [whose_move(worked.now, one, worked.today) for one in (worked.bank.maker, worked.owner)]
    assert [bool(what) for what in asked] == [True, False]
    assert worked.say(worked.bank.maker, "declare", on) is None
    assert worked.say(worked.owner, "declare", on).details["declared"] == [
        ["PAT-R10", number],
        ["PAT-R11", number],
    ]


def test_a_declaration_is_of_the_right_it_names(cast):
    on = HANDED_IN + DAY
    worked = advised(cast, sound(under_invalidation=True))
    worked.both("declare", on)
    worked.decide("notify_deficiency", on, items=("一",))
    contents = another_patent(under_invalidation=True)
    actions.state_contents(by=worked.bank.maker, file_id=worked.file.pk, contents=contents, on=on)
    run = actions.check(by=worked.bank.maker, file_id=worked.file.pk, on=on)
    assert {(one["ground"], one["right"]) for one in run.declarations} == {("PAT-R11", OTHER_PATENT)}


def test_a_declaration_from_before_that_named_no_right_is_of_those_then_stated(cast):
    on = HANDED_IN + DAY
    worked = advised(cast, sound(under_invalidation=True))
    worked.both("declare", on)
    file = reading.file(viewer=worked.owner, file_id=worked.file.pk)
    del next(act for act in file.acts.all() if act.action == "declare").details["declared"]
    assert set(reading.declared(file)) == {("PAT-R11", ""), ("PAT-R11", reading.right_key(PATENT))}


def test_a_new_paper_voids_the_yes_that_waits(cast):
    worked = Worked(cast).state().attach()
    assert worked.say(worked.bank.maker, "sign", SIGNED) is None
    actions.attach(
        by=worked.owner, file_id=worked.file.pk, material="PAT-M02", paper=Paper("另一份.pdf", b"%PDF-1.7 2"),
        on=SIGNED,
    )  # fmt: skip
    assert worked.say(worked.owner, "sign", SIGNED) is None
    assert worked.now.state == "draft"
    assert worked.say(worked.bank.maker, "sign", SIGNED).after == "signed"


def test_one_person_does_not_say_both_yeses(cast):
    worked = Worked(cast).state().attach()
    seat, bank = worked.owner, worked.bank.maker
    worked.owner = Membership.objects.create(
        account=bank.account, organisation=seat.organisation, role=seat.role, since=seat.since
    )
    assert worked.say(bank, "sign", SIGNED) is None
    with pytest.raises(Refused) as refused, transaction.atomic():
        worked.say(worked.owner, "sign", SIGNED)
    assert codes(refused) == {"one_person"}
    assert worked.say(seat, "sign", SIGNED).after == "signed"


# --- the database -------------------------------------------------------------------------------------------------------


def forged(worked, **told):
    made = {
        "file": worked.file, "seq": 1, "action": "sign", "rule": "PAT-T01", "title": "", "before": "draft",
        "after": "signed", "actor": "both", "on": SIGNED, "recorded_on": SIGNED,
    }  # fmt: skip
    return lambda: FileAct.objects.create(**made | told)


def yes(worked, party, account):
    return Assent.objects.create(
        file=worked.file, action="sign", party=party, statement=worked.now.statements.get(), after_seq=0, on=SIGNED,
        recorded_by=account,
    )  # fmt: skip


def test_raw_sql_takes_no_step_that_nobody_said(cast):
    worked = Worked(cast).state()
    refused = [
        (forged(worked, rule="", actor="registry", after="registered"), "a_move_of_the_book"),
        (forged(worked, effect="voids"), "the_registry_alone_makes_a_pledge"),
        (forged(worked, effect="ends", actor="pledgee"), "no_party_ends"),
        (forged(worked), "双方两个人"),
    ]
    for act, told in refused:
        with pytest.raises(DatabaseError, match=told), transaction.atomic():
            act()
    yes(worked, "pledgee", cast.bank_a.maker.account)
    for account in (None, cast.bank_a.maker.account):
        point = transaction.savepoint()
        yes(worked, "pledgor", account)
        with pytest.raises(DatabaseError, match="双方两个人"), transaction.atomic():
            forged(worked)()
        transaction.savepoint_rollback(point)
    yes(worked, "pledgor", cast.enterprise_a.owner.account)
    forged(worked)()
    assert worked.now.state == "signed"


def test_raw_sql_begins_no_file_elsewhere_and_moves_no_pointer_without_its_act(cast):
    worked = Worked(cast).registered()
    registration = worked.now.registration
    copied = {"id": new_id(), "number": "ZY-1", "state": "registered"}
    at_start = {**copied, "state": "draft", "registration": registration}
    row = {one.attname: getattr(worked.now, one.attname) for one in RegistrationFile._meta.concrete_fields}
    del row["registration_id"], row["recorded_at"]
    for change, told in (
        (lambda: RegistrationFile.objects.create(**row | copied), "从起草开始"),
        (lambda: RegistrationFile.objects.create(**row | at_start), "从起草开始"),
        (lambda: RegistrationFile.objects.filter(pk=worked.file.pk).update(registration=None), "一个登记号"),
        (lambda: RunningPledge.objects.update(void=True), "只随案件的办理记录"),
        (lambda: RunningPledge.objects.update(last_day=REGISTERED), "只随案件的办理记录"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=told), transaction.atomic():
            change()


def test_raw_sql_begins_no_pledge_of_a_right_that_its_registration_does_not_name(cast):
    """Though the act that registers is the last one of its file: no other right, kind or day, not ended, not twice."""
    worked = Worked(cast).registered()
    sound_row = {
        "file": worked.file, "right": RunningPledge.objects.get().right, "kind": "patent", "first_day": REGISTERED,
    }  # fmt: skip
    (other,) = actions.known_rights([StatedRight("patent", OTHER_PATENT)]).values()
    for change, told in (
        ({"right": other}, "准予登记的办理记录"),
        ({"kind": "trademark"}, "准予登记的办理记录"),
        ({"first_day": REGISTERED - DAY}, "准予登记的办理记录"),
        ({"last_day": REGISTERED}, "准予登记的办理记录"),
        ({"void": True}, "准予登记的办理记录"),
        ({"file": Worked(cast).file}, "准予登记的办理记录"),
        ({}, "at_a_time"),
    ):
        with pytest.raises(DatabaseError, match=told), transaction.atomic():
            RunningPledge.objects.create(**sound_row | change)
    mark = {"file": Worked(cast, "trademark").registered().file, "kind": "trademark", "first_day": REGISTERED}
    again = mark | {"right": RunningPledge.objects.get(kind="trademark").right}
    with pytest.raises(DatabaseError, match="runs_once_in_a_file"), transaction.atomic():
        RunningPledge.objects.create(**again)


def test_a_temporary_table_in_front_deceives_no_trigger(cast):
    worked = Worked(cast).state()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE pledges_fileact (file_id uuid, seq int, after text) ON COMMIT DROP")
        cursor.execute("INSERT INTO pg_temp.pledges_fileact VALUES (%s, 1, 'registered')", [worked.file.pk])
        with pytest.raises(DatabaseError, match="状态只随"), transaction.atomic():
            cursor.execute(
                "UPDATE public.pledges_registrationfile SET state = 'registered' WHERE id = %s",
                [worked.file.pk],
            )
        cursor.execute("DROP TABLE pg_temp.pledges_fileact")


# --- numbers, turned grounds --------------------------------------------------------------------------------------------


def test_the_ten_thousandth_file_of_a_day_has_a_number_and_so_has_the_next(cast):
    worked = Worked(cast)
    row = {one.attname: getattr(worked.now, one.attname) for one in RegistrationFile._meta.concrete_fields}
    prefix = f"ZY-{OPENED:%Y%m%d}-"
    RegistrationFile.objects.create(**row | {"id": new_id(), "number": f"{prefix}9999"})
    assert [Worked(cast).file.number for _ in range(2)] == [f"{prefix}10000", f"{prefix}10001"]


def test_a_ground_is_turned_there_and_back_and_there_again_for_the_same_reason(cast):
    book, today = reading.library().books["patent@2021"], dt.date(2030, 1, 1)
    for mode in ("advisory", "binding", "advisory"):
        asked = actions.propose_mode(
            by=cast.district_bureau.officer, book=book, ground="PAT-R01", mode=mode, reason="律师意见",
            first_day=today, on=OPENED,
        )  # fmt: skip
        approve(by=cast.district_bureau.approver, approval_id=asked.pk)
        assert asked.__class__.objects.get(pk=asked.pk).state == "executed"


def test_a_turned_ground_binds_from_its_day_on_and_not_before_whenever_one_asks(cast):
    """A mark whose owner has another name, a recalled ground: binding for January 2030, advising again from February."""
    new_year, february = dt.date(2030, 1, 1), dt.date(2030, 2, 1)
    mark = Worked(cast, "trademark").state(sound("trademark", owners=[{"name": "重庆某某有限公司"}])).attach()
    mark.both("check_bundle", SIGNED)

    def weighed(day):
        _, found = of_rights.checked(reading.file(viewer=mark.owner, file_id=mark.file.pk), day)
        return next(one.weight for one in found.findings if one.rule == "TM-R01")

    kept = actions.check(by=mark.bank.maker, file_id=mark.file.pk, on=new_year - DAY)
    for mode, first_day in (("binding", new_year), ("advisory", february)):
        asked = actions.propose_mode(
            by=cast.district_bureau.officer, book=reading.library().books["trademark@2020"], ground="TM-R01",
            mode=mode, reason="律师意见", first_day=first_day, on=OPENED,
        )  # fmt: skip
        assert weighed(first_day) == ("advises" if mode == "binding" else "blocks"), "not signed yet"
        approve(by=cast.district_bureau.approver, approval_id=asked.pk)
    days = (new_year - DAY, new_year, february - DAY, february)
    assert [weighed(day) for day in days] == ["advises", "blocks", "blocks", "advises"]
    kept.refresh_from_db()
    assert next(one["weight"] for one in kept.findings if one["rule"] == "TM-R01") == "advises"
    mark.today = february - DAY
    with pytest.raises(Refused) as refused:
        mark.say(mark.bank.maker, "submit", SIGNED, channel="online")
    assert codes(refused) == {"TM-R01"}
    mark.today = new_year - DAY
    assert mark.both("submit", SIGNED, channel="online").after == "submitted"


def test_raw_sql_makes_no_pledge_twice_and_takes_no_step_after_its_end(cast):
    """Nor does anything change, extend, end or void a pledge that was not made."""
    made, open_one = Worked(cast).registered(), Worked(cast, "copyright").handed_in()
    paper = made.now.acts.get(action="register").paper
    registry = {"actor": "registry", "paper": paper, "on": REGISTERED, "recorded_on": REGISTERED}

    def act(worked, effect):
        state = worked.now.state
        more = {"seq": worked.now.acts.count() + 1, "before": state, "after": state, "effect": effect}
        forged(worked, **registry | more)()

    not_made = [(open_one, effect) for effect in ("changes", "extends", "ends", "voids")]
    for worked, effect in [(made, "creates"), *not_made]:
        with pytest.raises(DatabaseError, match="质权只设立一次"), transaction.atomic():
            act(worked, effect)
    made.decide("revoke", REGISTERED, asked={"revoked_because": "PAT-V02"})
    for effect in ("", "ends", "voids"):
        with pytest.raises(DatabaseError, match="质权只设立一次"), transaction.atomic():
            act(made, effect)


def test_the_limits_of_a_file_go_on_when_a_revised_law_takes_the_place_of_its_own(cast):
    """Opened in 2026, handed in and sent back in 2027: two working days to decide, thirty days to cure (3 February)."""
    mark = Worked(cast, "trademark").state().attach()
    mark.today = dt.date(2027, 3, 1)
    mark.both("check_bundle", SIGNED)
    mark.both("submit", dt.date(2027, 1, 4), channel="online")

    def due():
        file = reading.file(viewer=mark.owner, file_id=mark.file.pk)
        return {
            one.deadline.clock.id: one.deadline.due_on
            for one in of_limits.clocks_of(file, working_calendar(), mark.today)
        }

    assert due() == {"review": dt.date(2027, 1, 6), "promise_chongqing": dt.date(2027, 1, 11)}
    mark.decide("notify_deficiency", dt.date(2027, 1, 4), items=("缺页",))
    assert due() == {"cure": dt.date(2027, 2, 3)}
    with pytest.raises(Refused, match="补正期限还没有过"):
        mark.decide("deem_abandoned", dt.date(2027, 2, 3))
    assert mark.decide("deem_abandoned", dt.date(2027, 2, 4)).after == "abandoned"
