"""What befalls a right: in which order, since which day, told by whom, how a wrong record is mended; impossible days."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from finance.pledges import actions
from finance.pledges.models import FileStatement, RightEvent
from finance.pledges.queries import of_files, of_rights, of_watch
from finance.pledges.rules.mark_users import user_flaws
from finance.pledges.rules.procedure import RightEvent as Event
from finance.pledges.rules.procedure import right_on
from kernel.errors import Refused
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.by_the_book import book, filing
from tests.pledges.filed import MARK, OPENED, PATENT, REGISTERED, Worked, sound
from tests.pledges.test_watch import befell

D, DAY = dt.date, dt.timedelta(days=1)
FAR, LATER = "9999-12-31", D(2027, 12, 31)


def stood(kind, events, on, known_on=None, **right):
    return right_on(book(kind), filing(kind, {"right": right}).rights[0], events, on, known_on or LATER)


@pytest.mark.parametrize(("kind", "before"), [("patent", "granted"), ("trademark", "renewed")])
def test_an_invalidated_right_is_not_in_force_whatever_befell_it_before(kind, before):
    events = [
        Event(1, before, D(2026, 3, 2), D(2026, 3, 2)),
        Event(2, "invalidated", D(2026, 12, 10), D(2026, 12, 10)),
    ]
    assert stood(kind, events, D(2026, 12, 20)).status == "invalidated"
    assert stood(kind, events, D(2026, 5, 1)).status == "invalidated", "it never was"


def test_a_lapse_counts_from_the_day_the_fee_was_due_and_a_restoration_undoes_all_of_it():
    """Filed on 2020-02-16, six years paid: the seventh was due on 2026-02-16; nobody told the day, it is worked out."""
    right = {"filed_on": D(2020, 2, 16), "fees_paid_through": 6}
    lapse = Event(1, "fee_lapsed", D(2026, 9, 1), D(2026, 9, 1))
    days = (D(2026, 2, 15), D(2026, 2, 16), D(2026, 9, 1))
    assert [stood("patent", [lapse], day, **right).status for day in days] == ["in_force", "ended", "ended"]
    restored = Event(2, "restored", D(2026, 11, 2), D(2026, 11, 3))
    assert {stood("patent", [lapse, restored], day, **right).status for day in days} == {"in_force"}
    assert stood("patent", [lapse, restored], days[1], D(2026, 11, 2), **right).status == "ended", (
        "not known yet"
    )


def test_what_cannot_be_worked_out_counts_from_its_own_day():
    lapse = Event(1, "fee_lapsed", D(2026, 9, 1), D(2026, 9, 1))
    not_known = {"filed_on": None, "fees_paid_through": None}
    assert [stood("patent", [lapse], D(2026, 9, 1) - n * DAY, **not_known).status for n in (0, 1)] == [
        "ended",
        "in_force",
    ]


def test_a_mark_not_renewed_ended_the_day_after_its_term():
    """Its last valid day was 2026-04-06, and it was struck out only in November."""
    struck = Event(1, "not_renewed", D(2026, 11, 20), D(2026, 11, 20))
    ends, days = {"expires_on": D(2026, 4, 6)}, (D(2026, 4, 6), D(2026, 4, 7))
    assert [stood("trademark", [struck], day, **ends).status for day in days] == ["in_force", "ended"]


def test_a_utility_model_ends_when_the_invention_filed_on_the_same_day_is_granted():
    granted = Event(1, "same_day_granted", D(2026, 9, 1), D(2026, 9, 3))
    days = [D(2026, 8, 31), D(2026, 9, 1)]
    assert [stood("patent", [granted], day).status for day in days] == ["in_force", "ended"]


def test_years_of_fees_that_were_paid_stay_paid():
    less = Event(1, "fee_paid", D(2026, 9, 1), D(2026, 9, 1), brings={"fees_paid_through": 3})
    assert stood("patent", [less], D(2026, 9, 2), fees_paid_through=7).fees_paid_through == 7


@laid
def patent(cast):
    return Worked(cast).registered()


@laid
def mark(cast):
    return Worked(cast, "trademark").registered("T1")


db = pytest.mark.django_db


@db
def test_a_recorded_lapse_keeps_the_day_it_was_told_or_worked_out(patent):
    """Paid through year 10 of a filing on 2017-07-21: year 11 is due on 2027-07-21."""
    told = befell(patent, "fee_lapsed", D(2026, 12, 10), effective_on=D(2026, 12, 1))
    assert told.effective_on == D(2026, 12, 1)
    worked_out = befell(patent, "fee_lapsed", D(2028, 2, 10), corrects=told.pk)
    assert worked_out.effective_on == D(2027, 7, 21)
    assert befell(patent, "restored", D(2028, 3, 1)).effective_on == D(2027, 7, 21)
    assert befell(patent, "invalidated", D(2028, 4, 1)).effective_on is None
    with pytest.raises(Refused) as refused:
        befell(patent, "abandoned", D(2028, 5, 1), effective_on=D(2028, 5, 2))
    assert [one.code for one in refused.value.problems] == ["day_order"]


@db
def test_a_day_that_nobody_can_mean_is_refused_at_every_door(cast, mark):
    def codes(act):
        with pytest.raises(Refused) as refused:
            act()
        return [one.code for one in refused.value.problems]

    def stating(**of_contract):
        contents = sound("trademark", expires_on=FAR, registered_on="0001-01-01")
        contents["contract"] |= of_contract
        return lambda: Worked(cast, "trademark").state(contents)

    assert codes(lambda: befell(mark, "preserved", D(2022, 4, 6))) == ["day_order"], "registered a day later"
    assert codes(stating(debt_ends_on=FAR)).count("day_bounds") == 3
    assert "fee_year" in codes(lambda: Worked(cast).state(sound(fees_paid_through=999_999_999)))
    for event, brings in (
        ("renewed", {"expires_on": "2026-12-01"}),
        ("used", {"last_used_on": "2026-12-02"}),
    ):
        assert codes(lambda e=event, b=brings: befell(mark, e, D(2026, 12, 1), brings=b)) == ["day_order"]
    assert codes(lambda: befell(mark, "renewed", D(2026, 12, 1), brings={"expires_on": FAR})) == [
        "day_bounds"
    ]
    assert (
        codes(lambda: befell(mark, "preserved", D(1, 1, 1), today=D(2026, 12, 1), until=D(9999, 1, 1)))
        == ["day_bounds"] * 2
    )
    on = REGISTERED + DAY
    assert codes(lambda: mark.say(mark.bank.maker, "request_extension", on, until=D(9999, 12, 31))) == [
        "day_bounds"
    ]
    accepting = {"by": mark.clerk, "file_id": mark.file.pk, "receipt_no": "S1", "today": mark.today}
    assert "day_bounds" in codes(lambda: actions.accept(on=D(1, 1, 1), **accepting))


@db
def test_a_form_tells_of_such_a_day_at_its_field(cast, mark):
    client = freshly_signed_in(cast.enterprise_a.owner)
    told = {"number": MARK, "event": "renewed", "on": "2026-11-20", "source": "公报", "expires_on": FAR}
    answer = client.post(reverse("pledges:right_event", args=[mark.file.pk]), told)
    assert (answer.status_code, "1949-01-01" in answer.content.decode()) == (422, True)


@db
def test_a_day_kept_before_days_were_bounded_stops_nobody(cast, mark, monkeypatch):
    """Another bank's page and precheck, the file's own page, the watch: all of them answer."""
    row = of_files.file(viewer=mark.owner, file_id=mark.file.pk)
    right = row.running.get().right
    RightEvent.objects.create(
        file=row, right=right, event="renewed", on=D(2026, 12, 1), brings={"expires_on": FAR}, source="旧",
        recorded_on=D(2026, 12, 1),
    )  # fmt: skip
    contents = sound("trademark")
    contents["contract"]["debt_ends_on"] = FAR
    FileStatement.objects.create(file=row, seq=2, contents=contents, stated_on=OPENED, recorded_on=OPENED)
    other = Worked(cast, "trademark", bank=cast.bank_b).state()
    found = actions.check(by=cast.bank_b.maker, file_id=other.file.pk, on=mark.today)
    assert found.findings
    (then,) = of_rights.rights_on(other.now, mark.today, mark.today)
    assert then.expires_on == D(2100, 12, 31)
    assert actions.look(by=mark.bank.maker, file_id=mark.file.pk, on=mark.today).files == [mark.file.pk]
    for who, which in ((cast.bank_a.maker, mark), (cast.bank_b.maker, other)):
        assert freshly_signed_in(who).get(reverse("pledges:file", args=[which.file.pk])).status_code == 200


@db
def test_a_late_look_of_an_older_day_leaves_newer_work_alone(patent):
    day = D(2027, 6, 25)
    actions.look(by=patent.bank.maker, file_id=patent.file.pk, on=day)
    fee = of_watch.open_alerts(viewer=patent.owner).get(rule="PAT-A01")
    actions.clear(by=patent.owner, alert_id=fee.pk, on=day, told="已缴", today=day)
    late = actions.look_by_night(files=[patent.file.pk], on=D(2027, 6, 1))
    assert (late.files, late.found, late.closed) == ([], 0, 0)
    actions.look_by_night(files=[patent.file.pk], on=day)
    assert not of_watch.open_alerts(viewer=patent.owner).filter(rule="PAT-A01").exists()


@db
def test_before_the_first_statement_nothing_was_stated(patent):
    assert of_files.contents_on(patent.now, OPENED - DAY)["rights"] == []
    assert of_rights.rights_on(patent.now, OPENED, OPENED - DAY) == ()
    assert len(of_rights.rights_on(patent.now, OPENED, OPENED)) == 1


@db
def test_a_pledge_elsewhere_is_known_from_the_day_it_was_recorded(cast):
    worked = Worked(cast)
    worked.today = REGISTERED + 10 * DAY
    worked.registered()
    other = Worked(cast, bank=cast.bank_b).state(sound(pledged_elsewhere=None)).now

    def known(on):
        (right,) = of_rights.rights_on(other, REGISTERED, on)
        return right.pledges

    assert known(REGISTERED + 9 * DAY) is None
    assert [one.registered_on for one in known(REGISTERED + 10 * DAY)] == [REGISTERED]


@db
def test_only_a_file_whose_pledge_runs_tells_others(cast, patent):
    """A fact recorded while it ran goes on to count; a revoked pledge never was, and tells nothing."""
    other = Worked(cast, bank=cast.bank_b).state()

    def told():
        return [one.title for one in of_rights.told_events(other.now)]

    befell(patent, "fee_paid", patent.today, brings={"fees_paid_through": 11})
    assert told() == ["缴纳年费"]
    patent.decide("revoke", patent.today, asked={"revoked_because": "PAT-V02"})
    assert told() == []


@db
def test_what_another_file_tells_is_known_while_it_told_it(cast):
    """Paid on 17 November, told by its file once that was registered (known 1 December) until revoked (10 December)."""
    patent, other = Worked(cast), Worked(cast, bank=cast.bank_b).state()
    patent.state()
    befell(patent, "fee_paid", D(2026, 11, 17), brings={"fees_paid_through": 11})
    patent.today = D(2026, 12, 1)
    patent.registered()
    patent.today = D(2026, 12, 10)
    patent.decide("revoke", D(2026, 12, 10), asked={"revoked_because": "PAT-V02"})

    def paid(known_on):
        (right,) = of_rights.rights_on(other.now, D(2026, 12, 20), known_on)
        return right.fees_paid_through

    days = [D(2026, 11, 30), D(2026, 12, 1), D(2026, 12, 9), D(2026, 12, 10)]
    assert [paid(day) for day in days] == [10, 11, 11, 10]


@db
def test_a_year_of_fees_does_not_go_back_but_a_wrong_record_is_corrected(patent):
    on = D(2026, 12, 10)
    wrong = befell(patent, "fee_paid", on, brings={"fees_paid_through": 15})
    with pytest.raises(Refused) as refused:
        befell(patent, "fee_paid", on + DAY, brings={"fees_paid_through": 11})
    (problem,) = refused.value.problems
    assert (problem.code, "第 15 年度" in problem.found) == ("fee_year_back", True)
    befell(patent, "fee_paid", on + DAY, brings={"fees_paid_through": 11}, corrects=wrong.pk)
    (right,) = of_rights.rights_on(patent.now, on + DAY, on + DAY)
    assert right.fees_paid_through == 11


@db
def test_an_earlier_year_from_elsewhere_is_shown_and_not_counted(cast, patent):
    other = Worked(cast, bank=cast.bank_b).state(sound(fees_paid_through=14))
    befell(patent, "fee_paid", D(2026, 12, 10), brings={"fees_paid_through": 11})
    (right,) = of_rights.rights_on(other.now, other.today, other.today)
    assert right.fees_paid_through == 14
    page = freshly_signed_in(cast.bank_b.maker).get(reverse("pledges:file", args=[other.file.pk]))
    assert "未计入" in page.content.decode()


@db
def test_a_wrong_record_is_taken_back_on_the_page_and_stands_struck(cast, patent):
    client, page = freshly_signed_in(cast.bank_a.maker), reverse("pledges:file", args=[patent.file.pk])
    wrong = befell(patent, "abandoned", D(2026, 11, 26))
    form = client.get(page).context["event_form"]
    sent = {
        "corrects": wrong.pk, "number": PATENT, "event": "taken_back", "on": "2026-11-26", "source": "原记录看错公报",
    }  # fmt: skip
    assert form.fields["corrects"].choices[1][0] == wrong.pk
    assert (
        client.post(
            reverse("pledges:right_event", args=[patent.file.pk]), sent | {"corrects": ""}
        ).status_code
        == 422
    )
    answer = client.post(reverse("pledges:right_event", args=[patent.file.pk]), sent)
    assert answer.status_code == 302
    (right,) = of_rights.rights_on(patent.now, patent.today, patent.today)
    assert right.status == "in_force"
    assert "<del>书面放弃</del>" in client.get(page).content.decode()


@db
def test_the_page_tells_when_a_right_ends_and_what_a_late_fee_costs_with_the_working(cast, monkeypatch):
    """Filed on 2017-07-21: twenty years end on 2037-07-20. Year 10 is overdue since 2026-07-22; its second month of grace
    begins on 2026-08-22 and costs 5 % of the fee, until 2027-01-21."""
    worked = Worked(cast).state(sound(fees_paid_through=9))
    for module in ("finance.pledges.views.files", "kernel.pages"):
        monkeypatch.setattr(f"{module}.today", lambda: worked.today)
    address = reverse("pledges:file", args=[worked.file.pk])
    page = freshly_signed_in(cast.bank_a.maker).get(address, {"on": "2026-08-24"})
    (term,) = page.context["terms"]
    assert (term.expiry.last_day, term.overdue, term.surcharge_percent) == (D(2037, 7, 20), True, 5)
    shown = page.content.decode()
    assert "申请日 2017-07-21，期限 20 年，末日 2037-07-20（专利法第42条" in shown
    assert "滞纳金为全额年费的 5%，最迟 2027-01-21 补缴" in shown


@db
def test_the_database_lets_nothing_count_from_a_day_after_its_own(patent):
    told = befell(patent, "abandoned", D(2026, 12, 1))
    same = {
        field.attname: getattr(told, field.attname) for field in RightEvent._meta.fields if field.name != "id"
    }
    broken = "what_befell_a_right_counts_from_its_day_or_an_earlier_one"
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        RightEvent.objects.create(**same | {"effective_on": D(2026, 12, 2)})


def test_the_days_of_a_users_register_are_bounded_too():
    user = {"name": "甲", "credit_code": "91110108551385082Q", "from": "2026-01-01", "to": FAR}
    assert [code for _, _, code in user_flaws([user], "collective", D(2026, 12, 1))] == ["day_bounds"]
