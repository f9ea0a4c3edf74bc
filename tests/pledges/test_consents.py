"""A co-owner's consent has its day: what was handed in before it lacked it, on whichever day one asks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from finance.pledges import actions, sheets
from finance.pledges.forms.written import owner_line, owner_of
from finance.pledges.queries import of_rights
from finance.pledges.rules.facts import Owner
from finance.pledges.rules.precheck import precheck
from finance.pledges.rules.stated import right_flaws
from kernel.errors import Refused
from kernel.sheets.cells import Cell
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import DAY, book, calendar, filing
from tests.pledges.filed import HANDED_IN, OPENED, OWNER, PAPERS, SIGNED, Worked, sound

ONE = dt.timedelta(days=1)
CO_OWNED = "PAT-R08"


def owned(consented_on=None, **answer):
    day = {} if consented_on is None else {"consented_on": consented_on.isoformat()}
    return {"owners": [{"name": OWNER}, {"name": "乙公司", **answer, **day}], "agreement_lets_each": False}


@pytest.mark.parametrize(("after", "stands"), [(-1, True), (0, True), (1, False)])
def test_a_consent_counts_from_its_day_on(after, stands):
    """The day itself counts: the paper is there by its end."""
    owners = (Owner("甲公司"), Owner("乙公司", consents=True, consented_on=DAY + after * ONE))
    assert owners[1].consents_by(DAY) is stands
    assert Owner("乙公司", consents=True).consents_by(DAY), "a consent without a day is taken to be there"
    assert Owner("乙公司", consented_on=None).consents_by(DAY) is None


def test_the_precheck_of_a_day_before_the_consent_tells_who_had_not_consented_and_when_he_did():
    later = (DAY + ONE).isoformat()
    changed = {
        "right": {
            "owners": [{"name": "甲公司"}, {"name": "乙公司", "consents": True, "consented_on": DAY + ONE}],
            "agreement_lets_each": False,
        }
    }
    stated = {"filing": {"pledgor": "甲公司", "debtor": "甲公司"}}

    def found(on):
        return {
            one.rule: one.found
            for one in precheck(book("patent"), filing("patent", changed, stated), on, calendar()).findings
        }

    assert f"乙公司（{later} 才同意）" in found(DAY)[CO_OWNED]
    assert CO_OWNED not in found(DAY + ONE)


@pytest.mark.django_db
def test_what_was_handed_in_before_a_co_owner_consented_is_refused_and_what_came_after_is_taken(cast):
    worked, consented = Worked(cast), HANDED_IN + ONE
    actions.state_contents(
        by=worked.bank.maker,
        file_id=worked.file.pk,
        contents=sound(**owned(consented, consents=True)),
        on=consented,
    )
    worked.attach(*PAPERS["patent"], "PAT-M06").both("sign", SIGNED)
    with pytest.raises(Refused) as refused:
        worked.say(worked.bank.maker, "submit", HANDED_IN, channel="online")
    assert {one.code for one in refused.value.problems} == {CO_OWNED}
    assert f"乙公司（{consented} 才同意）" in str(refused.value)
    worked.both("submit", consented, channel="online")
    assert worked.now.state == "submitted"
    assert of_rights.filing_on(worked.now, worked.today).handed_in_on == consented


@pytest.mark.django_db
def test_nobody_states_a_consent_of_tomorrow(cast):
    worked = Worked(cast)
    with pytest.raises(Refused) as refused:
        worked.state(sound(**owned(OPENED + ONE, consents=True)))
    assert {one.code for one in refused.value.problems} == {"future"}


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("乙公司|同意 2026-11-17|40%",
         {"name": "乙公司", "consents": True, "consented_on": "2026-11-17", "share": "40%"}),
        ("乙公司|同意", {"name": "乙公司", "consents": True}),
        ("乙公司|不同意", {"name": "乙公司", "consents": False}),
        ("乙公司||40%", {"name": "乙公司", "share": "40%"}),
    ],
)  # fmt: skip
def test_a_cell_of_the_workbook_and_a_line_of_the_page_say_the_same(cell, read):
    found = sheets.Owners().read(Cell("text", cell)).value
    assert found == (read,)
    assert owner_of(cell.split("|")) == read
    assert owner_of([part.strip() for part in owner_line(read).split("|")]) == read
    assert sheets.filled(book("patent"), {"number": "1", "owners": [read]})["owners"] == cell


@pytest.mark.parametrize(
    "cell", ["乙公司|赞成", "乙公司|同意 2026-02-30", "乙公司|不同意 2026-11-17", "|同意"]
)
def test_an_answer_that_is_none_is_told_and_not_dropped(cell):
    assert sheets.Owners().read(Cell("text", cell)).flaws
    assert owner_of(cell.split("|")) is None


def test_a_day_beyond_what_can_be_is_told():
    (flaw,) = right_flaws(
        book("patent"), {"number": "95115608.X", **owned(dt.date(1900, 1, 1), consents=True)}, DAY
    )
    assert (flaw.field, flaw.code) == ("owners", "day_bounds")


@pytest.mark.django_db
def test_the_page_shows_the_day_and_keeps_a_line_that_it_cannot_read(cast):
    worked = Worked(cast).state(sound(**owned(SIGNED - ONE, consents=True)))
    assert of_rights.rights_on(worked.now, SIGNED, worked.today)[0].owners[1].consented_on == SIGNED - ONE
    bank = freshly_signed_in(worked.bank.maker)
    assert (
        f"{SIGNED - ONE} 同意出质"
        in bank.get(reverse("pledges:file", args=[worked.file.pk])).content.decode()
    )
    page = reverse("pledges:state_contents", args=[worked.file.pk])
    typed = {
        "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "1",
        "right-0-number": "ZL201710601862.3", "right-0-owners": "乙公司 | 赞成",
    }  # fmt: skip
    answer = bank.post(page, typed)
    assert answer.status_code == 422
    assert "“乙公司 | 赞成”写法不符" in answer.content.decode()
