"""The watch over rights, through the database: what comes up for whom, how it is worked off, what the walls let through."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from finance.loans.models import LoanReturn
from finance.loans.related import security_of_loan
from finance.pledges import actions, tasks
from finance.pledges.actions import Paper
from finance.pledges.models import AlertClearing, WatchAlert, WatchRun
from finance.pledges.queries import of_files, of_rights, of_watch
from finance.pledges.rules.stated import contract_flaws
from finance.pledges.turns import turns
from kernel.days import WorkingCalendar
from kernel.errors import Refused
from kernel.money.fields import money_of
from kernel.work import outbox
from kernel.work.models import OutboxMessage
from tests.books import LENT, lend, noon
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.by_the_book import calendar
from tests.pledges.filed import PATENT, PDF, REGISTERED, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
DUE = dt.date(2027, 7, 21)  # the fee of the 11th year: filed on 2017-07-21, paid through year 10; a Wednesday
FEE = "PAT-A01"


@pytest.fixture(autouse=True)
def _calendar(monkeypatch):
    for place in ("actions.watching", "queries.of_rights", "actions.wanting", "actions.bringing_about"):
        monkeypatch.setattr(f"finance.pledges.{place}.working_calendar", calendar)


@laid
def patent(cast):
    """A patent under a registered pledge of bank A until 2030, known since the day of registration."""
    return known_at_once(Worked(cast), debt_ends_on="2030-07-20")


@laid
def mark(cast):
    return known_at_once(Worked(cast, "trademark"), debt_ends_on="2027-06-30", until=dt.date(2027, 6, 30))


def known_at_once(worked, *, debt_ends_on, right=None, **step):
    worked.today = REGISTERED
    contents = sound(worked.kind, **(right or {}))
    contents["contract"]["debt_ends_on"] = debt_ends_on
    worked.state(contents).attach()
    worked.both("sign" if worked.kind == "patent" else "check_bundle", REGISTERED - 3 * DAY)
    worked.both("submit", REGISTERED - 2 * DAY, channel="online")
    number = f"Y2026500000{123 + (worked.kind == 'trademark')}"
    worked.decide("register", REGISTERED, number=number, **step)
    return worked


def look(worked, on):
    return actions.look(by=worked.bank.maker, file_id=worked.file.pk, on=on)


def befell(worked, event, on, *, today=None, by=None, **more):
    return actions.record_event(
        by=by or worked.owner, file_id=worked.file.pk, number=of_files.contents_of(worked.now)["rights"][0]["number"],
        event=event, on=on, source="电子票据 0012", today=today or on, **more,
    )  # fmt: skip


def opened(worked, *, by=None):
    """Open alerts as a viewer sees them: rule -> step (None: at once)."""
    return {one.rule: one.step for one in of_watch.open_alerts(viewer=by or worked.bank.maker)}


def only(worked, rule):
    return of_watch.open_alerts(viewer=worked.bank.maker).get(rule=rule)


def clear(worked, rule, on, *, by=None, told="已办妥", **more):
    return actions.clear(
        by=by or worked.owner, alert_id=only(worked, rule).pk, on=on, told=told, today=on, **more
    )


def lent(worked, fen, balance_fen=None):
    """A loan on the file's registration, known on every day of these tests; with a return that reports a balance."""
    known = noon(LENT)
    loan = lend(
        worked.file.pledgee, worked.file.pledgor, fen, pledge=worked.now.registration, recorded_at=known
    )
    if balance_fen is not None:
        LoanReturn.objects.create(
            loan=loan, period=dt.date(2026, 10, 1), seq=1, balance=money_of(balance_fen), interest_paid=money_of(0),
            grade="normal", reported_on=dt.date(2026, 11, 3), digest="0" * 64, recorded_at=known,
        )  # fmt: skip
    return loan


def due(viewer, on):
    return {(one.what, one.due) for one in turns(viewer=viewer, on=on, calendar=calendar())}


def test_a_fee_is_warned_of_at_ninety_thirty_and_seven_days_and_each_closes_the_one_before(patent):
    for before, step in ((91, "absent"), (90, 90), (60, 90), (30, 30), (7, 7), (0, 0)):
        look(patent, DUE - before * DAY)
        assert opened(patent).get(FEE, "absent") == step, before
    closed = AlertClearing.objects.filter(alert__rule=FEE).order_by("pk")
    assert [(one.alert.step, one.how, one.on, one.told) for one in closed] == [
        (90, "gone", DUE - 30 * DAY, "到了下一提醒点：期限前 30 日"),
        (30, "gone", DUE - 7 * DAY, "到了下一提醒点：期限前 7 日"),
        (7, "gone", DUE, "期限已到，另有提醒"),
    ]


def test_a_fee_that_was_paid_closes_its_alert_and_tells_why(patent):
    look(patent, DUE - 20 * DAY)
    befell(patent, "fee_paid", DUE - 15 * DAY, brings={"fees_paid_through": 11})
    look(patent, DUE - 15 * DAY)
    assert FEE not in opened(patent)
    assert "缴纳年费 2027-07-06" in AlertClearing.objects.get(alert__rule=FEE).told


def test_an_unpaid_fee_becomes_a_lapse_that_the_bank_has(patent):
    """The day after: both parties may still pay with a surcharge until 2028-01-21 (six months); then it has ended."""
    look(patent, DUE + DAY)
    assert (opened(patent)["PAT-A02"], FEE in opened(patent)) == (None, False)
    assert only(patent, "PAT-A02").due_on == dt.date(2028, 1, 21)
    look(patent, dt.date(2028, 1, 22))
    assert "PAT-A05" in opened(patent)
    title = "专利权已终止或被宣告无效（登记仍在，不自动注销）"
    assert (title, None) in due(patent.bank.maker, dt.date(2028, 1, 22))
    assert title not in {what for what, _ in due(patent.owner, dt.date(2028, 1, 22))}


def test_a_lapse_is_worked_off_by_who_has_it_and_stays_so_until_it_is_gone_and_comes_again(patent):
    on = REGISTERED + 30 * DAY
    befell(patent, "fee_lapsed", on)
    look(patent, on)
    with pytest.raises(Refused) as refused:
        clear(patent, "PAT-A05", on)
    assert refused.value.problems[0].code == "not_yours"
    done = clear(
        patent, "PAT-A05", on, by=patent.bank.checker, told="已要求追加保证", paper=Paper("函.pdf", PDF)
    )
    assert (done.recorded_by, done.paper.name) == (patent.bank.checker.account, "函.pdf")
    assert "PAT-A05" not in opened(patent)
    assert look(patent, on + DAY).found == 0
    befell(patent, "restored", on + 2 * DAY)
    look(patent, on + 2 * DAY)
    befell(patent, "abandoned", on + 3 * DAY)
    look(patent, on + 3 * DAY)
    assert "PAT-A05" in opened(patent)
    assert [one.nth for one in WatchAlert.objects.filter(rule="PAT-A05").order_by("nth")] == [1, 2]


def test_all_faults_of_a_clearing_come_at_once_and_nothing_ends_twice(patent):
    on = REGISTERED + DAY
    look(patent, on)
    alert = only(patent, "PAT-A09")
    with pytest.raises(Refused) as refused:
        actions.clear(
            by=patent.owner, alert_id=alert.pk, on=on + DAY, told=" ", today=on, paper=Paper("图.pdf", b"")
        )
    assert {one.code for one in refused.value.problems} == {"future", "required", "empty"}
    clear(patent, "PAT-A09", on)
    with pytest.raises(Refused) as refused:
        actions.clear(by=patent.owner, alert_id=alert.pk, on=on, told="再办", today=on)
    assert refused.value.problems[0].code == "ended"


def test_publicity_is_owed_in_twenty_working_days_and_proven_by_working_it_off(patent):
    """Registered on Friday 2026-11-20: the 20th working day is Friday 2026-12-18."""
    look(patent, REGISTERED)
    assert (opened(patent)["PAT-A09"], only(patent, "PAT-A09").due_on) == (None, dt.date(2026, 12, 18))
    look(patent, dt.date(2026, 12, 11))
    assert opened(patent)["PAT-A09"] == 7
    clear(patent, "PAT-A09", dt.date(2026, 12, 14), told="已公示，截图在案")
    look(patent, dt.date(2026, 12, 30))
    assert "PAT-A09" not in opened(patent)
    gone = AlertClearing.objects.get(alert__rule="PAT-A09", alert__step=7, how="gone")
    assert gone.told == "按现有记录，所提醒的情形不再成立"


def test_a_preservation_is_warned_of_before_it_ends(patent):
    befell(patent, "preserved", REGISTERED + DAY)  # six months: until 2027-05-21
    look(patent, dt.date(2027, 5, 14))
    assert opened(patent)["PAT-A08"] == 7
    assert only(patent, "PAT-A08").due_on == dt.date(2027, 5, 21)


def test_a_mark_that_is_not_used_and_a_registration_that_runs_out(mark):
    """Last used on 2024-07-01: three years are over on 2027-07-01. Registered until 2027-06-30, 29 days on."""
    on = dt.date(2027, 6, 1)
    befell(
        mark, "used", dt.date(2026, 12, 1), today=dt.date(2026, 12, 1), brings={"last_used_on": "2024-07-01"}
    )
    look(mark, on)
    assert {rule: step for rule, step in opened(mark).items() if rule in ("TM-A04", "TM-A12")} == {
        "TM-A04": 30, "TM-A12": 30,
    }  # fmt: skip
    titles = {what for what, _ in due(mark.owner, on)}
    assert (
        "将满三年未使用，可能被申请撤销或依职权撤销" in titles
    )  # the law of 2027, though the file is of 2026
    assert WatchAlert.objects.get(rule="TM-A12").book == "trademark@2027"


def test_the_limitation_of_the_claim_is_watched_unless_the_loan_is_repaid(cast):
    """The debt ended on 2024-01-10: three years are over on Sunday 2027-01-10, so on Monday 2027-01-11."""
    worked = known_at_once(Worked(cast), debt_ends_on="2024-01-10")
    on = dt.date(2026, 12, 20)
    look(worked, on)
    assert (opened(worked)["PAT-A10"], only(worked, "PAT-A10").due_on) == (30, dt.date(2027, 1, 11))
    lent(worked, 500_000_00, balance_fen=0)
    look(worked, on)
    assert ("PAT-A10" in opened(worked), opened(worked)["PAT-A11"]) == (False, None)
    assert "PAT-A11" not in opened(worked, by=worked.clerk), "a window does not learn that a loan is repaid"


def test_what_is_told_at_once_waits_for_no_night(patent):
    """Registration raises the duty of publicity, a lapse is told as soon as it is recorded, a release closes both."""
    outbox.drain()
    assert set(opened(patent)) == {"PAT-A09"}
    on = REGISTERED + DAY
    befell(patent, "abandoned", on)
    outbox.drain()
    assert set(opened(patent)) == {"PAT-A05", "PAT-A09"}
    patent.today = on
    patent.attach("PAT-M13")
    patent.both("request_cancellation", on, asked={"ended_because": "PAT-X01"})
    patent.decide("cancel", on)
    outbox.drain()
    assert opened(patent) == {}


def test_two_nights_and_two_bells_make_nothing_twice(patent, mark, monkeypatch):
    on = dt.date(2027, 6, 1)
    OutboxMessage.objects.update(state="done")  # the looks that the registrations themselves asked for
    monkeypatch.setattr("finance.pledges.tasks.today", lambda: on)
    for _ in range(2):
        tasks.watch_rights()
        outbox.drain()
    (run,) = WatchRun.objects.all()
    assert (run.on, set(run.files), run.books) == (
        on, {patent.file.pk, mark.file.pk}, ["patent@2021", "trademark@2027"],
    )  # fmt: skip
    assert run.found == WatchAlert.objects.count() == 4  # of each: publicity; fee and the end of registration
    again = actions.look_by_night(files=run.files, on=on)
    assert (again.found, again.closed) == (0, 0)
    assert not OutboxMessage.objects.exclude(state="done").exists()


def test_one_file_that_cannot_be_looked_at_hides_no_others_alerts(patent, mark, monkeypatch):
    on, really = dt.date(2027, 6, 1), of_watch.alerts_on

    def fails_for_the_patent(file, *asked):
        if file.pk == patent.file.pk:
            raise RuntimeError("a file that nobody foresaw")
        return really(file, *asked)

    monkeypatch.setattr("finance.pledges.queries.of_watch.alerts_on", fails_for_the_patent)
    monkeypatch.setattr("finance.pledges.tasks.today", lambda: on)
    OutboxMessage.objects.update(state="done")
    tasks.watch_rights()
    outbox.drain()
    assert not WatchRun.objects.exists()
    OutboxMessage.objects.filter(state="pending").update(tries=8, not_before=noon(LENT))
    outbox.drain()
    assert WatchRun.objects.get().files == [mark.file.pk]


def test_a_pledge_that_was_released_is_looked_at_once_more(patent):
    look(patent, REGISTERED)
    on = REGISTERED + 10 * DAY
    patent.today = on
    patent.attach("PAT-M13")
    patent.both("request_cancellation", on, asked={"ended_because": "PAT-X01"})
    patent.decide("cancel", on)
    assert list(of_watch.to_look_at()) == [patent.now]
    actions.look_by_night(files=[patent.file.pk], on=on)
    assert opened(patent) == {}
    assert "质权已不在登记中" in AlertClearing.objects.get(alert__rule="PAT-A09").told
    assert not of_watch.to_look_at().exists()


def test_the_database_keeps_alerts_as_they_were_told(patent):
    look(patent, REGISTERED)
    alert = WatchAlert.objects.first()
    again = {
        field.attname: getattr(alert, field.attname)
        for field in WatchAlert._meta.fields
        if field.name != "id"
    }
    by_a_look = {"alert": alert, "on": REGISTERED, "recorded_on": REGISTERED, "how": "gone"}
    for change, rule in (
        (lambda: WatchAlert.objects.update(who="别人"), "permission denied|只能追加"),
        (lambda: WatchAlert.objects.create(**again), "an_alert_is_raised_once"),
        (lambda: AlertClearing.objects.create(**by_a_look, told=""), "the_end_of_an_alert_is_told"),
        (
            lambda: AlertClearing.objects.create(**by_a_look | {"how": "done"}, told="办"),
            "what_was_done_somebody_did",
        ),
    ):
        with pytest.raises(DatabaseError, match=rule), transaction.atomic():
            change()


def test_only_the_three_seats_of_a_file_see_its_alerts(cast, patent):
    look(patent, REGISTERED)
    seers = {name for name, member in cast.everybody.items() if of_watch.alerts(viewer=member).exists()}
    assert seers == {"bank_a.maker", "bank_a.checker", "enterprise_a.member", "ip_bureau.member"}
    alert = WatchAlert.objects.first()
    with pytest.raises(WatchAlert.DoesNotExist):
        actions.clear(by=cast.bank_b.maker, alert_id=alert.pk, on=REGISTERED, told="办", today=REGISTERED)


def test_what_a_public_register_has_counts_in_every_file_of_the_right_and_nothing_else_does(cast, patent):
    on = REGISTERED + 20 * DAY
    other = Worked(cast, bank=cast.bank_b).state()
    befell(patent, "abandoned", on)
    befell(patent, "suspended", on)
    (right,) = of_rights.rights_on(other.now, on, on)
    assert (right.status, right.suspended) == ("ended", False)
    (told,) = of_rights.told_events(other.now)
    assert (told.title, told.source, told.mark, told.own) == ("书面放弃", "", "RECALLED", False)
    (before,) = of_rights.rights_on(other.now, on, on - DAY)
    assert before.status == "in_force"


def test_a_draft_tells_other_files_nothing_and_a_correction_goes_as_far_as_what_it_corrects(cast, patent):
    on = REGISTERED + 20 * DAY
    draft = Worked(cast, bank=cast.bank_b).state()
    befell(draft, "abandoned", on)
    (right,) = of_rights.rights_on(patent.now, on, on)
    assert right.status == "in_force"
    wrong = befell(patent, "invalidated", on)
    befell(patent, "invalidation_requested", on, corrects=wrong.pk)
    (right,) = of_rights.rights_on(draft.now, on, on)
    assert (right.status, right.under_invalidation) == (
        "ended",
        False,
    )  # its own event; the wrong one and its cause not


def test_a_rights_life_and_its_alerts_are_replayed_as_of_a_day_and_as_known_on_a_day(patent):
    lapsed, told = REGISTERED + 10 * DAY, REGISTERED + 40 * DAY
    befell(patent, "abandoned", lapsed, today=told)
    file = patent.now

    def rules_of(on, known_on):
        return {one.rule for one in of_watch.alerts_on(file, on, known_on, calendar())}

    def status(on, known_on):
        return of_rights.rights_on(file, on, known_on)[0].status

    assert [status(on, known) for on, known in ((lapsed - DAY, told), (lapsed, told), (lapsed, told - DAY))] == [
        "in_force", "ended", "in_force",
    ]  # fmt: skip
    assert ["PAT-A05" in rules_of(*days) for days in ((lapsed - DAY, told), (lapsed, told), (lapsed, told - DAY))] == [
        False, True, False,
    ]  # fmt: skip
    look(patent, told)
    clear(patent, "PAT-A09", told)
    assert "PAT-A09" in rules_of(told, told - DAY)
    assert "PAT-A09" not in rules_of(told, told)
    assert rules_of(REGISTERED - DAY, told) == set(), "before registration there is no pledge to watch"


def test_a_provisional_deadline_asks_the_window_for_the_years_calendar_until_it_is_loaded(cast, patent):
    on = DUE - 60 * DAY
    look(patent, on)
    assert WatchAlert.objects.get(rule=FEE).provisional

    def asked(loaded):
        return [
            one.what
            for one in turns(viewer=patent.clerk, on=on, calendar=WorkingCalendar({}, loaded))
            if "工作日历" in one.what
        ]

    assert asked({2026}) == ["请系统管理员载入2027年工作日历"]
    assert asked({2026, 2027}) == []
    Worked(
        cast, "trademark", bank=cast.bank_b
    ).handed_in()  # its limit for deciding: two working days of 2026
    assert asked({2027}) == ["请系统管理员载入2026年工作日历"]


def two_patents(cast, contract=None, asked=None, **values):
    second = {**sound()["rights"][0], "number": "ZL202010000001.1"}
    contents = sound()
    contents["contract"] |= {"debt_ends_on": "2030-07-20", **(contract or {})}
    contents["rights"].append(second)
    for place, fen in values.items():
        contents["rights"][int(place[-1])]["value_fen"] = fen
    worked = Worked(cast)
    worked.today = REGISTERED
    worked.state(contents).attach()
    worked.both("sign", REGISTERED - 3 * DAY)
    worked.both("submit", REGISTERED - 2 * DAY, channel="online")
    worked.decide("register", REGISTERED, number="Y2026500000777", asked=asked or {})
    return worked


def security(worked, on, viewer=None):
    viewer = viewer or worked.bank.maker
    return of_watch.security_of(worked.now, viewer=viewer, on=on, known_on=on, calendar=calendar())


def test_a_lapse_leaves_a_gap_that_is_worked_out_item_by_item(cast):
    """5 000 000.00 secured by 3 000 000.00 and 2 500 000.00; the first lapses; the loan has 4 000 000.00 outstanding."""
    worked = two_patents(cast, right_0=300_000_000, right_1=250_000_000)
    assert security(worked, REGISTERED).cover.gap_fen == 0
    on = REGISTERED + DAY
    befell(worked, "invalidated", on)
    cover = security(worked, on).cover
    assert [(one.stands, one.value_fen) for one in cover.items] == [(False, 300_000_000), (True, 250_000_000)]
    assert (cover.owed_fen, cover.standing_fen, cover.gap_fen) == (500_000_000, 250_000_000, 250_000_000)
    secured = lent(worked, 400_000_000)
    assert security(worked, on).cover.gap_fen == 150_000_000
    assert security(worked, on, worked.clerk).debt.loans == ()
    (row,) = security_of_loan(secured, viewer=worked.bank.maker).rows
    assert (str(row.word), row.notes) == ("2 件中 1 件已失效", ("担保缺口：1,500,000.00 元",))
    assert security_of_loan(secured, viewer=cast.bank_b.maker) is None


def test_a_sound_right_is_called_sound_before_its_pledge_and_after_it_and_covers_nothing_then(cast):
    """Before the registration there was no pledge yet; after the cancellation there is none any more."""
    worked = two_patents(cast, right_0=300_000_000, right_1=250_000_000)
    before = security(worked, REGISTERED - DAY)
    assert [one.stands for one in before.cover.items] == [True, True]
    assert (before.pledge.not_yet, before.cover.standing_fen, before.cover.gap_fen) == (True, 0, 500_000_000)
    bank, asked = freshly_signed_in(worked.bank.maker), f"?on={REGISTERED - DAY}"
    page = bank.get(reverse("pledges:file", args=[worked.file.pk]) + asked).content.decode()
    assert ("质权尚未设立" in page, "已失效" in page, "质权不在登记中" in page) == (True, False, False)
    worked.today = REGISTERED + DAY
    worked.attach("PAT-M13").both("request_cancellation", REGISTERED, asked={"ended_because": "PAT-X01"})
    worked.decide("cancel", REGISTERED + DAY)
    after = security(worked, REGISTERED + 2 * DAY)
    assert [one.stands for one in after.cover.items] == [True, True]
    assert (after.pledge.not_yet, after.cover.standing_fen, after.cover.gap_fen) == (False, 0, 500_000_000)


@pytest.mark.parametrize(("after", "secures"), [(0, True), (1, False)])
def test_a_maximum_amount_covers_up_to_its_ceiling_and_no_loan_lent_after_its_day(cast, after, secures):
    """Ceiling 6 000 000.00; 7 000 000.00 lent on or after the day on which the claims are determined; nothing of value."""
    worked = two_patents(
        cast, {"ceiling_fen": 600_000_000, "determined_on": (LENT - after * DAY).isoformat()},
        {"registered_amount": 600_000_000}, right_0=1, right_1=0,
    )  # fmt: skip
    loan = lent(worked, 700_000_000)
    debt = security(worked, REGISTERED + DAY).debt
    told = [one.number for one in (debt.loans if secures else debt.later)]
    assert told == [loan.bank_loan_no]
    assert debt.contract_fen == 600_000_000
    assert debt.outstanding_fen == (700_000_000 if secures else None)
    assert security(worked, REGISTERED + DAY).cover.owed_fen == 600_000_000


def test_a_ceiling_covers_what_was_registered_of_it_and_a_change_from_its_day_on(cast):
    """Agreed 6 000 000.00, registered 5 500 000.00 (担保解释 art. 15), later 4 000 000.00; 7 000 000.00 are lent."""
    worked = two_patents(
        cast, {"ceiling_fen": 600_000_000}, {"registered_amount": 550_000_000}, right_0=1, right_1=0
    )
    lent(worked, 700_000_000)
    later = REGISTERED + 2 * DAY
    assert security(worked, later).cover.owed_fen == 550_000_000
    worked.today = later
    worked.attach("PAT-M12")
    worked.both("request_change", later, asked={"changed_on": later.isoformat(), "new_ceiling": 400_000_000})
    worked.decide("record_change", later, asked={"registered_amount": 400_000_000})
    stood = [security(worked, day).cover.owed_fen for day in (later - DAY, later)]
    assert stood == [550_000_000, 400_000_000]


def test_the_day_of_a_maximum_amount_needs_a_ceiling_and_no_debt_that_begins_after_it(cast):
    def codes(**contract):
        return [code for *_, code in contract_flaws(contract, REGISTERED)]

    day = {"determined_on": "2027-06-30"}
    assert codes(**day) == ["no_ceiling"]
    assert codes(**day, ceiling_fen=1, begins_on="2027-06-30") == []
    assert codes(**day, ceiling_fen=1, begins_on="2027-07-01") == ["after_determination"]


def test_values_that_nobody_stated_leave_the_gap_unknown_until_nothing_stands(cast):
    worked = two_patents(cast, right_0=300_000_000)
    on = REGISTERED + DAY
    befell(worked, "invalidated", on)
    assert security(worked, on).cover.gap_fen is None
    actions.record_event(
        by=worked.owner, file_id=worked.file.pk, number="ZL202010000001.1", event="abandoned", on=on, source="公报",
        today=on,
    )  # fmt: skip
    assert security(worked, on).cover.gap_fen == 500_000_000
    assert PATENT in {one.number for one in security(worked, on).cover.items}
