"""The registration files of the demonstration stand in the states that its visitors are meant to meet."""

from __future__ import annotations

import datetime as dt

import pytest

from finance.parties.actions import found_organisation
from finance.pledges.models import PrecheckRun, RegistrationFile, WatchAlert
from portal.demo import registry
from portal.demo.telling import Story
from portal.demo.world import CHONGQING, enrol_owner, firms, found_world


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day", [dt.date(2026, 11, 27), dt.date(2027, 3, 1)]
)  # the trademark law changes between them
def test_every_state_is_there_whatever_the_day(day: dt.date):
    story = Story(day, str)
    story.world = found_world()
    (firm,) = firms(story.chance, CHONGQING, 1)
    owner = found_organisation(
        kind="enterprise", code="E1", name=firm.name, short_name=firm.name[:4], region=firm.region,
        credit_code=firm.credit_code,
    )  # fmt: skip
    story.world.members["owner-cq"] = enrol_owner(owner, "owner-cq", "江一帆")
    registry.tell(story)
    states = sorted(RegistrationFile.objects.values_list("kind", "state"))
    assert states == [
        ("copyright", "registered"), ("layout", "legal_review"), ("patent", "cancelled"), ("patent", "deficient"),
        ("patent", "draft"), ("patent", "registered"), ("patent", "submitted"), ("trademark", "draft"),
        ("trademark", "registered"),
    ]  # fmt: skip
    told = {(run.file.state, one["rule"]) for run in PrecheckRun.objects.all() for one in run.findings}
    assert told == {("draft", "TM-R06")}, "only the bundle lacks something: its sibling"
    fee = WatchAlert.objects.get(rule="PAT-A01")
    assert fee.file.state == "registered"
    assert fee.due_on is not None
    assert day < fee.due_on <= day + dt.timedelta(days=90)
    lapse = WatchAlert.objects.get(rule="TM-A04")
    assert (lapse.file.kind, lapse.due_on) == ("trademark", day + dt.timedelta(days=30))
