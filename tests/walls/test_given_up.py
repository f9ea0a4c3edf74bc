"""What a worker gave up is told where people look: on the job that waits, in the record of the filing."""

from __future__ import annotations

import pytest
from django.db import transaction

from finance.parties.models import Account, Organisation
from kernel.acts.queries import acts_of
from kernel.work import outbox
from kernel.work.models import JobRun, OutboxMessage
from portal import menu
from portal.demo.world import ORGANISATIONS
from portal.position import ask_for_sheet
from tests.books import TODAY, open_books
from tests.walls.objects_of_the_bank import checked_filing

pytestmark = pytest.mark.django_db


def given_up(kind: str) -> None:
    OutboxMessage.objects.filter(kind=kind).update(tries=8)
    outbox.work_one([kind])


def test_a_position_that_cannot_be_issued_ends_its_job_with_a_sentence(cast):
    pool = open_books(cast).pool
    job = ask_for_sheet(by=cast.district_bureau.officer, pool_id=pool.pk, on=TODAY)
    given_up("portal.position")
    job = JobRun.objects.get(pk=job.pk)
    assert (job.state, "已搁置" in job.fault) == ("failed", True)


@pytest.mark.parametrize("form", ["loans", "returns"])
def test_a_filing_whose_loans_did_not_reach_the_pools_says_so(cast, form):
    filing = checked_filing(cast)
    kind = f"{form}.entered"
    with transaction.atomic():
        outbox.put(kind=kind, payload={"filing": str(filing.pk)}, effect_key=f"{kind}:{filing.pk}")
    given_up(kind)
    told = acts_of(filing).last()
    assert (told.verb, "已搁置" in told.summary) == ("filing.follow_given_up", True)


def test_pages_say_demonstration_as_soon_as_its_accounts_are_there(cast, settings, monkeypatch):
    settings.DEMONSTRATION = False
    monkeypatch.setattr(menu._Demonstration, "asked_until", 0.0)
    assert not menu.is_demonstration()
    _, code, *_, people = ORGANISATIONS["yz_bank"]
    Account.objects.filter(pk=cast.bank_a.maker.account_id).update(username=people["maker"][0])
    Organisation.objects.filter(pk=cast.bank_a.organisation.pk).update(code=code)
    monkeypatch.setattr(menu._Demonstration, "asked_until", 0.0)
    assert menu.is_demonstration()
