"""Whose move it is costs as many queries for a house of thousands as for one file, and reads only what can wait."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from finance.pledges.actions import look
from finance.pledges.models import FileAct, IPRight, RegistrationFile, WatchAlert
from finance.pledges.queries import of_turns, of_watch
from finance.pledges.turns import turns
from kernel.calendars.queries import working_calendar
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.filed import OPENED, REGISTERED, Worked

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 12, 20)
MANY = 40


@laid
def patent(cast):
    return Worked(cast).registered()


def told(viewer):
    with CaptureQueriesContext(connection) as asked:
        found = list(turns(viewer=viewer, on=TODAY, calendar=working_calendar()))
    return found, len(asked)


def more_files(cast, state):
    files = RegistrationFile.objects.bulk_create(
        RegistrationFile(
            number=f"ZZ-{state}-{n}", kind="patent", book="patent@2021", pledgee=cast.bank_a.organisation,
            pledgor=cast.enterprise_a.organisation, window=cast.ip_bureau.organisation, state="draft", opened_on=OPENED,
        )
        for n in range(MANY)
    )  # fmt: skip
    FileAct.objects.bulk_create(  # the database moves a file with its acts only
        FileAct(
            file=file, seq=1, action="skip", rule="PAT-T00", title="略", before="draft", after=state, actor="pledgee",
            on=OPENED, recorded_on=OPENED,
        )
        for file in files
    )  # fmt: skip


def more_alerts(worked):
    """The fee of many patents of one file: what else an alert holds is that of the file's own."""
    look(by=worked.bank.maker, file_id=worked.file.pk, on=dt.date(2027, 6, 1))
    fee = WatchAlert.objects.get(rule="PAT-A01")
    same = {
        field.attname: getattr(fee, field.attname) for field in WatchAlert._meta.fields if field.name != "id"
    }
    rights = IPRight.objects.bulk_create(IPRight(kind="patent", number=f"N{n:03}") for n in range(MANY))
    WatchAlert.objects.bulk_create(WatchAlert(**same | {"right_id": right.pk}) for right in rights)
    return fee


@pytest.mark.parametrize("seat", ["bank", "owner", "clerk"])
def test_files_that_simply_run_are_not_read(cast, patent, seat):
    viewer = {"bank": cast.bank_a.maker, "owner": patent.owner, "clerk": patent.clerk}[seat]
    before, few = told(viewer)
    more_files(cast, "registered")
    after, many = told(viewer)
    assert (after, many) == (before, few)
    assert not of_turns.files_that_may_wait(viewer, at_window=seat == "clerk").exists()


def test_many_that_wait_cost_no_query_each(cast, patent):
    more_files(cast, "draft")
    found, few = told(cast.bank_a.maker)
    assert len([one for one in found if one.what == "推进质押登记申请"]) == MANY
    RegistrationFile.objects.create(
        number="ZZ", kind="patent", book="patent@2021", pledgee=cast.bank_a.organisation, state="draft",
        pledgor=cast.enterprise_a.organisation, window=cast.ip_bureau.organisation, opened_on=OPENED,
    )  # fmt: skip
    assert told(cast.bank_a.maker)[1] == few


def test_a_yes_that_waits_is_told_whatever_the_state(cast, patent):
    """A running pledge is not in a state that waits; the bank's yes to its cancellation makes it the enterprise's move."""
    patent.attach("PAT-M13")
    asked = {"ended_because": "PAT-X01"}
    assert patent.say(patent.bank.maker, "request_cancellation", REGISTERED, asked=asked) is None
    assert [one.what for one in told(patent.owner)[0]] == ["确认：申请注销登记"]
    assert told(cast.bank_a.maker)[0] == []


def test_alerts_of_one_rule_in_one_file_are_one_turn(cast, patent):
    fee = more_alerts(patent)
    found, queries = told(patent.owner)
    (turn,) = [one for one in found if one.what == fee.title]
    assert (turn.subject, turn.due) == (f"{patent.file.number} {MANY + 1} 件", fee.due_on)
    assert turn.url == f"{reverse('pledges:watch')}?file={patent.file.pk}"
    single = of_watch.open_alerts(viewer=patent.owner).get(rule="PAT-A09")
    assert reverse("pledges:alert", args=[single.pk]) in [one.url for one in found]
    assert queries <= 5


def test_the_file_page_lists_the_first_of_each_rule_and_counts_the_rest(cast, patent):
    more_alerts(patent)
    client = freshly_signed_in(cast.bank_a.maker)
    page = client.get(reverse("pledges:file", args=[patent.file.pk]))
    still = of_watch.open_alerts(viewer=cast.bank_a.maker).count()
    shown = [row["alert"].rule for row in page.context["open_alerts"]]
    assert (shown.count("PAT-A01"), len(shown) + page.context["more_alerts"]) == (5, still)
    assert f"另有 {MANY + 1 - 5} 项" in page.content.decode()
    watch = client.get(reverse("pledges:watch"), {"file": str(patent.file.pk)})
    assert watch.context["page"].paginator.count == still
    elsewhere = client.get(reverse("pledges:watch"), {"file": str(cast.bank_a.organisation.pk)})
    assert elsewhere.context["page"].paginator.count == 0
