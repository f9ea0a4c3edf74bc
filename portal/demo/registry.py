"""Registration files of the demonstration: one in each of the states that a bank, an owner and a window meet, of every kind.

Their owner is the borrower with a log-in (`owner-cq`), their window that of its district. What the parties state is
complete, so that a reader meets the papers filled in; one file stands behind a loan of the bank's book, so that its cover
can be worked out.
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
    from portal.demo.lending import Lent
    from portal.demo.telling import Story

_SCAN = b"%PDF-1.7\n% a scan of the demonstration\n%%EOF\n"
_PAPERS = {
    "patent": ("PAT-M01", "PAT-M02", "PAT-M03"), "trademark": ("TM-M01", "TM-M02", "TM-M03"),
    "copyright": ("CR-M01", "CR-M02", "CR-M03"),
}  # fmt: skip
_TITLES = (
    "一种便携式生化检测装置", "一种恒温混匀装置及其控制方法", "一种核酸提取试剂盒", "一种样本自动分拣装置", "一种微流控芯片",
    "一种冷链运输箱",
)  # fmt: skip
_PARTIES = {
    "pledgor": {
        "address": "重庆市渝中区解放碑街道民权路 28 号", "representative": "江一帆",
        "contact": "江一帆", "phone": "023-6300 0028",
    },
    "pledgee": {
        "address": "重庆市渝中区大坪街道长江二路 121 号", "representative": "程渝生",
        "contact": "林晓月", "phone": "023-6800 0121",
    },
}  # fmt: skip


@dataclass
class _Desk:
    """One file and the hands of its three seats."""

    story: Story
    file: RegistrationFile
    loan: Lent | None = None

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
    """Nine files: drafted, a bundle with a missing sibling, with the window, sent back, registered behind a loan, released,
    a mark whose registered period ends in a month, software, and a layout design that a lawyer reads."""
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
    running, mark, software = _behind_a_loan(story), _mark_near_its_end(story), _software(story)
    _layout(story)
    over = _handed_in(story, 6, add_months(day, -11))
    over.decide("register", add_months(day, -11) + dt.timedelta(days=6), number=f"Y{day.year - 1}500000006")
    ended = day - dt.timedelta(days=20)
    over.attach("PAT-M13", on=ended)
    over.both("request_cancellation", ended, asked={"ended_because": "PAT-X01"}, channel="online")
    over.decide("cancel", ended + dt.timedelta(days=2))
    actions.look_by_night(files=[one.file.pk for one in (running, mark, software)], on=day)
    for published in (mark, software):  # of the three pledges the newest is still to be published
        _publish(published)


def _behind_a_loan(story: Story) -> _Desk:
    """A registered patent whose next annual fee is due in a month, behind the owner's newest sound loan of this bank where
    there is one: lent within the ten months for which its sixth year's fee is enough."""
    day, owner = story.day, story.world.member("owner-cq").organisation
    fit = [
        loan for loan in story.lent["yz_bank"]
        if loan.firm.credit_code == owner.credit_code and loan.overdue_since is None and loan.due_on > add_months(day, 1)
        and add_months(day, -10) < loan.disbursed_on < day - dt.timedelta(days=40)
    ]  # fmt: skip
    loan = max(fit, key=lambda one: one.disbursed_on, default=None)
    on = (loan.disbursed_on if loan else add_months(day, -7)) - dt.timedelta(days=8)
    desk = _handed_in(story, 5, on, filed=add_months(day, -71), loan=loan)
    desk.decide("register", on + dt.timedelta(days=6), number=f"Y{on.year}500000005")
    return desk


def _mark_near_its_end(story: Story) -> _Desk:
    """A pledged mark whose registered period ends in 30 days: it lapses if nobody extends it."""
    on = add_months(story.day, -11)
    desk = _open(story, "trademark", on)
    _state(desk, on, [_mark(story, "40017755", "朝天门", on)], owner_marks=[], ends=add_months(story.day, 6))
    desk.attach(*_PAPERS["trademark"], on=on)
    desk.both("check_bundle", on)
    desk.both("submit", on + dt.timedelta(days=1), channel="online")
    until = story.day + dt.timedelta(days=30)
    desk.decide("register", on + dt.timedelta(days=3), number=f"TMZ{on.year}500000007", until=until)
    return desk


def _publish(desk: _Desk) -> None:
    """The owner tells that it published the pledge."""
    owner, day = desk.story.world.member("owner-cq"), desk.story.day
    for alert in desk.file.alerts.filter(rule__endswith="-A09"):
        told = "已在国家企业信用信息公示系统公示"
        actions.clear(by=owner, alert_id=alert.pk, on=day, told=told, paper=None, today=day)


def _software(story: Story) -> _Desk:
    on, owner = add_months(story.day, -5), story.world.member("owner-cq").organisation.name
    right = {
        "number": f"{on.year - 3}SR0123456", "title": "样本流转管理软件 V2.0", "subtype": "legal_person",
        "status": "in_force", "extent": "复制权、发行权、信息网络传播权", "owners": [{"name": owner}],
        "preserved": False, "disputed": False,
        "completed_on": add_months(on, -48).isoformat(), "first_published_on": add_months(on, -44).isoformat(),
        "pledged_elsewhere": False, "value_fen": 1_500_000_00,
    }  # fmt: skip
    desk = _open(story, "copyright", on)
    _state(desk, on, [right], {"licensed_before": False})
    desk.attach(*_PAPERS["copyright"], on=on)
    desk.both("submit", on + dt.timedelta(days=1), channel="online")
    desk.decide("register", on + dt.timedelta(days=9), number=f"{on.year}-ZY-00008")
    return desk


def _layout(story: Story) -> None:
    """No registry has published how: a lawyer reads it first."""
    on, owner = story.day - dt.timedelta(days=4), story.world.member("owner-cq").organisation.name
    right = {
        "number": "BS.205012345", "title": "生化传感信号处理芯片", "status": "in_force", "owners": [{"name": owner}],
        "filed_on": add_months(on, -40).isoformat(), "registered_on": add_months(on, -34).isoformat(),
        "completed_on": add_months(on, -50).isoformat(), "preserved": False, "pledged_elsewhere": False,
    }  # fmt: skip
    desk = _open(story, "layout", on)
    _state(desk, on, [right])
    desk.bank_only("review", on)


def _open(story: Story, kind: str, on: dt.date, loan: Lent | None = None) -> _Desk:
    owner = story.world.member("owner-cq").organisation
    file = actions.open_file(
        by=story.world.member("yz-maker"), kind=kind, credit_code=owner.credit_code,
        window=story.world.organisations["cq_ip"], loan_no=loan.number if loan else "", on=on,
    )  # fmt: skip
    return _Desk(story, file, loan)


def _state(
    desk: _Desk, on: dt.date, rights: list[dict[str, Any]], facts: dict[str, bool] | None = None, *,
    ends: dt.date | None = None, **more: Any,
) -> None:  # fmt: skip
    book, debtor, loan = book_on(desk.file.kind, on), desk.file.pledgor.name, desk.loan
    number = desk.file.number[-4:]
    contents = {
        "contract": {
            "terms": [term.id for term in book.contract_terms],
            "principal_contract": loan.row["contract_no"] if loan else f"YZ70借〔{on.year}〕Z{number}号",
            "pledge_contract": f"YZ70质〔{on.year}〕{number}号", "signed_on": on.isoformat(), "debt_kind": "流动资金借款",
            "begins_on": (loan.disbursed_on if loan else on + dt.timedelta(days=8)).isoformat(),
            "debt_ends_on": (loan.due_on if loan else ends or add_months(on, 24)).isoformat(),
            "amount_fen": loan.principal_fen if loan else 5_000_000_00,
            "scope": "本金、利息、罚息、违约金、损害赔偿金和实现质权的费用", "debtor": debtor,
            "forfeiture_clause": False, "independence_clause": False, "breaks_law": False,
        },
        "filing": {
            "agent_used": False, "foreign_party": False, "foreign_papers": False, "valued": False, **(facts or {}),
        },
        "parties": _PARTIES, "rights": rights, "owner_marks": None, "left_out": {}, **more,
    }  # fmt: skip
    actions.state_contents(
        by=desk.story.world.member("yz-maker"), file_id=desk.file.pk, contents=contents, on=on
    )


def _patent(story: Story, number: int, on: dt.date, filed: dt.date | None = None) -> dict[str, Any]:
    """A sound patent whose annual fees are paid for its sixth year; filed five years before unless told otherwise."""
    filed = filed or add_months(on, -60)
    body = f"{filed.year}1{number:07d}"
    owner = story.world.member("owner-cq").organisation.name
    return {
        "number": f"ZL{body}.{patent_check_digit(body)}", "title": _TITLES[number - 1], "subtype": "invention",
        "status": "in_force", "owners": [{"name": owner}], "filed_on": filed.isoformat(),
        "granted_on": add_months(filed, 30).isoformat(), "fees_paid_through": 6, "suspended": False, "preserved": False,
        "under_invalidation": False, "same_day_invention": False, "pledged_elsewhere": False, "value_fen": 6_000_000_00,
    }  # fmt: skip


def _mark(story: Story, number: str, words: str, on: dt.date) -> dict[str, Any]:
    owner = story.world.member("owner-cq").organisation.name
    return {
        "number": number, "subtype": "ordinary", "status": "in_force", "owners": [{"name": owner}],
        "registered_on": add_months(on, -50).isoformat(), "preserved": False, "renewal_filed": False,
        "pledged_elsewhere": False, "mark": {"number": number, "words": words, "classes": [9]}, "value_fen": 3_000_000_00,
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


def _handed_in(
    story: Story, number: int, on: dt.date, *, filed: dt.date | None = None, loan: Lent | None = None
) -> _Desk:
    desk = _open(story, "patent", on, loan)
    _state(desk, on, [_patent(story, number, on, filed)])
    desk.attach(*_PAPERS["patent"], on=on)
    desk.both("sign", on)
    desk.both("submit", on + dt.timedelta(days=1), channel="online")
    return desk
