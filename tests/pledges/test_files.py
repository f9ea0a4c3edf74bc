"""A registration file: who says what together, what only the registry decides, what the database holds."""

from __future__ import annotations

import datetime as dt

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from finance.pledges import actions, queries
from finance.pledges.actions import Paper
from finance.pledges.models import FileAct, PledgeRegistration, RegistrationFile, RunningPledge
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_limits, of_rights
from kernel.errors import Refused
from tests.ground import laid
from tests.pledges.filed import HANDED_IN, OPENED, PATENT, REGISTERED, SIGNED, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@laid
def handed_in(cast):
    return Worked(cast).handed_in()


@laid
def registered(cast):
    return Worked(cast).registered()


def codes(refused):
    return {problem.code for problem in refused.value.problems}


def told(refused):
    return "\n".join(str(problem) for problem in refused.value.problems)


def test_registration_states_the_pledge_to_which_loans_link(registered):
    stated = PledgeRegistration.objects.get(number="Y2026500000123")
    assert registered.now.registration == stated
    assert [str(right) for right in stated.rights.all()] == ["专利 201710601862.3"]
    assert [(event.kind, event.on) for event in stated.events.all()] == [("registered", REGISTERED)]


def test_one_party_alone_neither_signs_nor_hands_in(cast):
    worked = Worked(cast).state().attach()
    assert worked.say(worked.bank.maker, "sign", SIGNED) is None
    assert worked.now.state == "draft"
    with pytest.raises(Refused) as refused:
        worked.say(worked.bank.checker, "sign", SIGNED)
    assert codes(refused) == {"said_before"}


def test_a_yes_falls_when_what_it_was_said_to_changes(cast):
    worked = Worked(cast).state().attach()
    worked.say(worked.bank.maker, "sign", SIGNED)
    worked.state(sound(fees_paid_through=11))
    assert worked.say(worked.owner, "sign", SIGNED) is None
    assert worked.now.state == "draft"


def test_the_window_sees_a_file_only_once_it_was_handed_in(cast):
    worked = Worked(cast).state().attach()
    seers = {name for name, member in cast.everybody.items() if worked.now in queries.files(viewer=member)}
    assert seers == {"bank_a.maker", "bank_a.checker", "enterprise_a.member"}
    worked.both("sign", SIGNED)
    worked.both("submit", HANDED_IN, channel="online")
    assert worked.now in queries.files(viewer=cast.ip_bureau.clerk)


def test_nobody_registers_without_the_registrys_paper(handed_in):
    with pytest.raises(Refused) as refused:
        handed_in.decide("register", REGISTERED, number="Y1", paper=None)
    assert codes(refused) == {"paper"}
    assert "专利权质押登记通知书" in told(refused)
    assert handed_in.now.state == "submitted"


@pytest.mark.parametrize(
    ("right", "rule"),
    [
        ({"fees_paid_through": 8}, "PAT-R04"),
        ({"owners": [{"name": "别人有限公司"}]}, "PAT-R01"),
        (
            {
                "owners": [{"name": "重庆山城精密仪器有限公司"}, {"name": "乙公司", "consents": False}],
                "agreement_lets_each": False,
            },
            "PAT-R08",
        ),
    ],
)
def test_what_the_registry_would_surely_refuse_is_not_handed_in(cast, right, rule):
    worked = Worked(cast).state(sound(**right)).attach()
    worked.both("sign", SIGNED)
    with pytest.raises(Refused) as refused:
        worked.say(worked.bank.maker, "submit", HANDED_IN, channel="online")
    assert rule in codes(refused)
    assert worked.now.state == "signed"


def test_all_faults_of_a_statement_come_at_once(cast):
    contents = sound(number="ZL201710601862.4", granted_on="2016-01-01", first_used_on="2027-01-01")
    contents["rights"].append({**sound()["rights"][0], "number": "CN107463654A"})
    with pytest.raises(Refused) as refused:
        Worked(cast).state(contents)
    assert codes(refused) == {"check_digit", "day_order", "future", "number"}
    assert "应为 3" in told(refused)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("合同.pdf", b"", "empty"),
        ("合同.pdf", b"%PDF-" + bytes(30 * 2**20), "too_large"),
        ("合同.exe", b"MZ", "ending"),
        ("合同.pdf", b"MZ", "content"),
    ],
)
def test_a_paper_that_is_none_is_told_why(cast, name, content, code):
    worked = Worked(cast)
    with pytest.raises(Refused) as refused:
        actions.attach(
            by=worked.bank.maker,
            file_id=worked.file.pk,
            material="PAT-M01",
            paper=Paper(name, content),
            on=OPENED,
        )
    assert codes(refused) == {code}


def test_a_day_to_come_or_before_the_last_step_is_refused(handed_in):
    for on, code in ((handed_in.today + DAY, "future"), (HANDED_IN - DAY, "day_order")):
        with pytest.raises(Refused) as refused:
            handed_in.decide("register", on, number="Y1")
        assert codes(refused) == {code}


def test_a_deficiency_is_cured_item_by_item_and_the_limit_begins_anew(handed_in):
    handed_in.decide("notify_deficiency", REGISTERED, items=("合同缺页", "申请表未盖章"))
    with pytest.raises(Refused) as refused:
        handed_in.say(handed_in.owner, "cure", REGISTERED + DAY, answers=("已补页",))
    assert "申请表未盖章" in told(refused)
    handed_in.both("cure", dt.date(2026, 11, 24), answers=("已补页", "已盖章"))
    (limit,) = [
        one.deadline
        for one in of_limits.clocks_of(
            reading.file(viewer=handed_in.owner, file_id=handed_in.file.pk), _calendar(), OPENED
        )
        if not one.promise
    ]
    assert limit.due_on == dt.date(2026, 11, 26)  # two working days after Tuesday the 24th


def _calendar():
    from tests.pledges.by_the_book import calendar

    return calendar()


def test_a_waivable_ground_is_declared_by_both_and_then_registrable(cast):
    worked = Worked(cast).state(sound(under_invalidation=True)).attach()
    worked.attach("PAT-M08")
    worked.both("sign", SIGNED)
    worked.both("submit", HANDED_IN, channel="online")
    worked.decide("advise_declaration", REGISTERED)
    assert worked.say(worked.owner, "declare", REGISTERED) is None
    act = worked.say(worked.bank.maker, "declare", REGISTERED)
    assert act.details["grounds"] == ["PAT-R11"]
    run = actions.check(by=worked.bank.maker, file_id=worked.file.pk, on=worked.today)
    assert run.declarations == []


def test_a_patent_under_a_pledge_is_told_to_another_bank_without_saying_whose(cast, registered):
    other = Worked(cast, bank=cast.bank_b).state().attach()
    other.both("sign", SIGNED)
    with pytest.raises(Refused) as refused:
        other.say(cast.bank_b.maker, "submit", REGISTERED, channel="online")
    assert codes(refused) == {"PAT-R09"}
    assert "已有登记" in told(refused)
    assert "Y2026500000123" not in told(refused)
    assert "甲银行" not in told(refused)


def test_the_database_holds_one_registered_pledge_of_a_patent_at_a_time(cast, registered):
    row = RunningPledge.objects.get()
    other = Worked(cast, bank=cast.bank_b)
    for first_day in (REGISTERED + DAY, REGISTERED - DAY):
        forged = {"file": other.file, "right": row.right, "kind": "patent", "first_day": first_day}
        with pytest.raises(DatabaseError, match="准予登记的办理记录"), transaction.atomic():
            RunningPledge.objects.create(**forged)
        with (
            pgtrigger.ignore("pledges.RunningPledge:a_pledge_begins_with_an_act_of_its_file"),
            pytest.raises(DatabaseError, match="one_registered_pledge"),
            transaction.atomic(),
        ):
            RunningPledge.objects.create(**forged)


def test_a_pledge_released_on_a_day_makes_room_the_day_after(cast, registered):
    released = REGISTERED + 10 * DAY
    registered.attach("PAT-M13")
    registered.both("request_cancellation", released - DAY, asked={"ended_because": "PAT-X01"})
    registered.decide("cancel", released)
    assert [(one.kind, one.on) for one in registered.now.registration.events.order_by("on")] == [
        ("registered", REGISTERED),
        ("released", released),
    ]
    other = Worked(cast, bank=cast.bank_b).handed_in()
    with pytest.raises(Refused) as refused:
        other.decide("register", released, number="Y2")
    assert codes(refused) == {"pledged"}
    other.decide("register", released + DAY, number="Y2")
    assert other.now.state == "registered"


def test_a_file_is_replayed_as_of_a_day_and_as_known_on_a_day(registered):
    registered.today = dt.date(2026, 12, 20)
    late = dt.date(2027, 1, 10)
    registered.today = late
    registered.decide("revoke", late, asked={"revoked_because": "PAT-V01"})
    file = reading.file(viewer=registered.owner, file_id=registered.file.pk)
    before = reading.status_on(file, REGISTERED, known_on=late - DAY)
    after = reading.status_on(file, REGISTERED, known_on=late)
    assert (before.in_force, after.in_force, after.void_from_start) == (True, False, True)
    assert not RunningPledge.objects.filter(void=False).exists()


def test_what_befell_a_right_is_replayed_and_can_be_corrected(registered):
    asked = {
        "by": registered.owner,
        "file_id": registered.file.pk,
        "number": PATENT,
        "today": registered.today,
    }
    preserved = actions.record_event(event="preserved", on=REGISTERED + DAY, source="裁定书", **asked)
    file = reading.file(viewer=registered.owner, file_id=registered.file.pk)
    (right,) = of_rights.rights_on(file, REGISTERED + 2 * DAY, registered.today)
    assert (right.preserved, right.preserved_until) == (True, dt.date(2027, 5, 21))  # six months
    (earlier,) = of_rights.rights_on(file, REGISTERED, registered.today)
    assert earlier.preserved is False
    actions.record_event(
        event="invalidation_requested", on=REGISTERED + DAY, source="通知书", corrects=preserved.pk, **asked
    )
    (right,) = of_rights.rights_on(file, REGISTERED + 2 * DAY, registered.today)
    assert (right.preserved, right.under_invalidation) == (False, True)


def test_a_bundle_with_a_missing_sibling_goes_on_once_the_sibling_is_in_or_left_out_for_a_reason(cast):
    contents = sound("trademark")
    contents["owner_marks"] = [{"number": "58940601", "words": "ABC-logo", "classes": [9]}]
    worked = Worked(cast, "trademark").state(contents).attach()
    with pytest.raises(Refused) as refused:
        worked.say(worked.bank.maker, "check_bundle", SIGNED)
    assert "相同近似商标" in told(refused)
    contents["left_out"] = {"58940601": "已停用，双方同意不列入"}
    worked.state(contents)
    assert worked.both("check_bundle", SIGNED).after == "bundle_checked"
    worked.state({**contents, "left_out": {}})  # taken back after the check
    with pytest.raises(Refused) as refused:
        worked.say(worked.bank.maker, "submit", HANDED_IN, channel="online")
    assert codes(refused) == {"bundle"}


def test_raw_sql_moves_no_state_and_leaves_no_gap(registered):
    for change in (
        lambda: RegistrationFile.objects.filter(pk=registered.file.pk).update(state="cancelled"),
        lambda: FileAct.objects.create(
            file=registered.file, seq=9, action="cancel", rule="PAT-T10A", title="", before="registered",
            after="cancelled", actor="both", on=REGISTERED, recorded_on=REGISTERED,
        ),
        lambda: FileAct.objects.create(
            file=registered.file, seq=4, action="cancel", rule="PAT-T10A", title="", before="cancel_pending",
            after="cancelled", actor="both", on=REGISTERED, recorded_on=REGISTERED,
        ),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"状态只随|须接着"), transaction.atomic():
            change()
    assert registered.now.state == "registered"


def test_nothing_stated_is_changed_after_handing_in(handed_in):
    with pytest.raises(Refused) as refused:
        handed_in.state(sound(fees_paid_through=12))
    assert codes(refused) == {"stated"}


def test_a_code_on_record_opens_a_file_though_its_check_fails_and_a_slip_does_not(cast):
    """Lawful early codes do not fit GB 32100-2015 (91350100M0001TGQXM should end in 1); another one that fails is a slip."""
    house = cast.enterprise_a.organisation
    type(house).objects.filter(pk=house.pk).update(credit_code="91350100M0001TGQXM")
    assert actions.pledgor_of(" 91350100m0001tgqxm") == house
    found = [actions.pledgor_of(code).code for code in ("91350100M0001TGQX2", "91350100M0001TGQX1", "")]
    assert found == ["check_digit", "no_enterprise", "credit_code"]
