"""Registration files of the demonstration: one in each of the states that a bank, an owner and a window meet.

Their owner is the borrower with a log-in (`owner-cq`), their window that of its district.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.pledges import actions
from finance.pledges.actions import Paper, Step
from finance.pledges.books import book_on
from finance.pledges.rules.identifiers import patent_check_digit
from kernel.days import add_months

if TYPE_CHECKING:
    from finance.pledges.models import FileAct, RegistrationFile
    from portal.demo.telling import Story

_SCAN = b"%PDF-1.7\n% a scan of the demonstration\n%%EOF\n"
_PAPERS = {"patent": ("PAT-M01", "PAT-M02", "PAT-M03"), "trademark": ("TM-M01", "TM-M02", "TM-M03")}


@dataclass
class _Desk:
    """One file and the hands of its three seats."""

    story: Story
    file: RegistrationFile

    def attach(self, *materials: str, on: dt.date) -> None:
        for material in materials:
            paper = Paper(f"{material}.pdf", _SCAN)
            actions.attach(by=self._bank, file_id=self.file.pk, material=material, paper=paper, on=on)

    def both(self, action: str, on: dt.date, **details: Any) -> None:
        for by in (self._bank, self.story.world.member("owner-cq")):
            step = Step(action, on, **details)
            actions.say(by=by, file_id=self.file.pk, step=step, today=self.story.day)

    def bank_only(self, action: str, on: dt.date, **details: Any) -> None:
        actions.say(
            by=self._bank, file_id=self.file.pk, step=Step(action, on, **details), today=self.story.day
        )

    def accept(self, receipt_no: str, on: dt.date) -> None:
        clerk = self.story.world.member("yz-clerk")
        actions.accept(by=clerk, file_id=self.file.pk, receipt_no=receipt_no, on=on, today=self.story.day)

    def decide(self, action: str, on: dt.date, **details: Any) -> FileAct:
        step = Step(action, on, paper=Paper("登记机构文书.pdf", _SCAN), **details)
        clerk = self.story.world.member("yz-clerk")
        return actions.take(by=clerk, file_id=self.file.pk, step=step, today=self.story.day)

    @property
    def _bank(self) -> Any:
        return self.story.world.member("yz-maker")


def tell(story: Story) -> None:
    """Six files: drafted, a bundle with a missing sibling, with the window, sent back, registered, released."""
    day = story.day
    _draft(story, day - dt.timedelta(days=1))
    _bundle(story, day - dt.timedelta(days=2))
    at_window = _handed_in(story, 3, day - dt.timedelta(days=6))
    at_window.accept("YZ-SL-0003", day - dt.timedelta(days=3))
    sent_back = _handed_in(story, 4, day - dt.timedelta(days=9))
    sent_back.accept("YZ-SL-0004", day - dt.timedelta(days=7))
    sent_back.decide(
        "notify_deficiency",
        day - dt.timedelta(days=5),
        items=("质押合同第3页缺少出质人盖章", "承诺书未写日期"),
    )
    running = _handed_in(story, 5, add_months(day, -7), months=64)  # its next annual fee is due in a month
    running.decide("register", add_months(day, -7) + dt.timedelta(days=6), number=f"Y{day.year}500000005")
    over = _handed_in(story, 6, add_months(day, -11))
    over.decide("register", add_months(day, -11) + dt.timedelta(days=6), number=f"Y{day.year - 1}500000006")
    ended = day - dt.timedelta(days=20)
    over.attach("PAT-M13", on=ended)
    over.both("request_cancellation", ended, asked={"ended_because": "PAT-X01"}, channel="online")
    over.decide("cancel", ended + dt.timedelta(days=2))
    actions.look_by_night(files=[running.file.pk], on=day)


def _open(story: Story, kind: str, on: dt.date) -> _Desk:
    owner = story.world.member("owner-cq").organisation
    file = actions.open_file(
        by=story.world.member("yz-maker"), kind=kind, credit_code=owner.credit_code,
        window=story.world.organisations["cq_ip"], on=on,
    )  # fmt: skip
    return _Desk(story, file)


def _state(desk: _Desk, on: dt.date, rights: list[dict[str, Any]], **more: Any) -> None:
    book, debtor = book_on(desk.file.kind, on), desk.file.pledgor.name
    contents = {
        "contract": {
            "terms": [term.id for term in book.contract_terms], "debt_ends_on": add_months(on, 24).isoformat(),
            "amount_fen": 5_000_000_00, "debtor": debtor, "breaks_law": False,
        },
        "filing": {"agent_used": False, "foreign_party": False, "foreign_papers": False, "valued": False},
        "rights": rights, "owner_marks": None, "left_out": {}, **more,
    }  # fmt: skip
    actions.state_contents(
        by=desk.story.world.member("yz-maker"), file_id=desk.file.pk, contents=contents, on=on
    )


def _patent(story: Story, number: int, on: dt.date, months: int = 60) -> dict[str, Any]:
    """A sound patent filed so many months before, whose annual fees are paid for its sixth year, which runs."""
    filed = add_months(on, -months)
    body = f"{filed.year}1{number:07d}"
    owner = story.world.member("owner-cq").organisation.name
    return {
        "number": f"ZL{body}.{patent_check_digit(body)}", "subtype": "invention", "status": "in_force",
        "owners": [{"name": owner}], "filed_on": filed.isoformat(), "granted_on": add_months(on, -30).isoformat(),
        "fees_paid_through": 6, "suspended": False, "preserved": False, "under_invalidation": False,
        "same_day_invention": False, "pledged_elsewhere": False,
    }  # fmt: skip


def _mark(story: Story, number: str, words: str, on: dt.date) -> dict[str, Any]:
    owner = story.world.member("owner-cq").organisation.name
    return {
        "number": number, "subtype": "ordinary", "status": "in_force", "owners": [{"name": owner}],
        "registered_on": add_months(on, -50).isoformat(), "preserved": False, "renewal_filed": False,
        "pledged_elsewhere": False, "mark": {"number": number, "words": words, "classes": [9]},
    }  # fmt: skip


def _draft(story: Story, on: dt.date) -> None:
    """The bank has written and signed; the owner's yes is awaited."""
    desk = _open(story, "patent", on)
    _state(desk, on, [_patent(story, 1, on), _patent(story, 2, on)])
    desk.attach(*_PAPERS["patent"], on=on)
    desk.bank_only("sign", on)


def _bundle(story: Story, on: dt.date) -> None:
    """An identical mark of the same owner is not pledged with it, and nobody has said why."""
    desk = _open(story, "trademark", on)
    sibling = {"number": "58940600", "words": "鹅岭", "classes": [9]}
    _state(desk, on, [_mark(story, "58940593", "鹅岭", on)], owner_marks=[sibling])
    desk.attach(*_PAPERS["trademark"], on=on)
    actions.check(by=story.world.member("yz-maker"), file_id=desk.file.pk, on=on)


def _handed_in(story: Story, number: int, on: dt.date, months: int = 60) -> _Desk:
    desk = _open(story, "patent", on)
    _state(desk, on, [_patent(story, number, on, months)])
    desk.attach(*_PAPERS["patent"], on=on)
    desk.both("sign", on)
    desk.both("submit", on + dt.timedelta(days=1), channel="online")
    return desk
