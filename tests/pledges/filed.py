"""A registration file for tests, worked by its three seats: a sound patent or trademark, step by step."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from finance.pledges import actions
from finance.pledges.actions import Paper, Step
from finance.pledges.models import FileAct, RegistrationFile
from tests.cast import Cast

OPENED = dt.date(2026, 11, 16)  # a Monday
SIGNED, HANDED_IN, REGISTERED = (OPENED + dt.timedelta(days=n) for n in (1, 2, 4))
PDF = b"%PDF-1.7 scan"
OWNER = "重庆山城精密仪器有限公司"
PATENT = "ZL201710601862.3"
MARK = "58940600"

SOUND: dict[str, dict[str, Any]] = {
    "patent": {
        "contract": {
            "terms": ["PAT-C01", "PAT-C02", "PAT-C03", "PAT-C04", "PAT-C05"],
            "debt_ends_on": "2027-07-20", "amount_fen": 500_000_000,
        },
        "filing": {"agent_used": False, "foreign_party": False, "foreign_papers": False, "valued": False},
        "rights": [
            {
                "number": PATENT, "subtype": "invention", "status": "in_force", "owners": [{"name": OWNER}],
                "filed_on": "2017-07-21", "granted_on": "2019-03-02", "fees_paid_through": 10, "suspended": False,
                "preserved": False, "under_invalidation": False, "same_day_invention": False, "pledged_elsewhere": False,
            }
        ],
        "owner_marks": None,
        "left_out": {},
    },
    "trademark": {
        "contract": {
            "terms": ["TM-C01", "TM-C02", "TM-C03", "TM-C04", "TM-C05"], "debt_ends_on": "2027-06-30",
            "breaks_law": False,
        },
        "filing": {"agent_used": False, "foreign_party": False, "foreign_papers": False},
        "rights": [
            {
                "number": MARK, "subtype": "ordinary", "status": "in_force", "owners": [{"name": OWNER}],
                "registered_on": "2022-04-07", "preserved": False, "renewal_filed": False, "pledged_elsewhere": False,
                "mark": {"number": MARK, "words": "ABC", "classes": [9]},
            }
        ],
        "owner_marks": [],
        "left_out": {},
    },
    "copyright": {
        "contract": {
            "terms": ["CR-C01", "CR-C02", "CR-C03", "CR-C04", "CR-C05"], "debt_ends_on": "2027-06-30",
            "breaks_law": False, "amount_fen": 200_000_000,
        },
        "filing": {
            "agent_used": False, "foreign_party": False, "foreign_papers": False, "valued": False, "licensed_before": False,
        },
        "rights": [
            {
                "number": "2020SR0123456", "subtype": "legal_person", "status": "in_force", "owners": [{"name": OWNER}],
                "completed_on": "2019-05-06", "first_published_on": "2020-01-02", "preserved": False, "disputed": False,
                "pledged_elsewhere": False,
            }
        ],
        "owner_marks": None,
        "left_out": {},
    },
    "layout": {
        "contract": {"terms": ["LD-C01"], "debt_ends_on": "2027-06-30", "amount_fen": 100_000_000},
        "filing": {},
        "rights": [
            {
                "number": "BS.205012345", "status": "in_force", "owners": [{"name": OWNER}], "filed_on": "2020-03-04",
                "registered_on": "2020-09-01", "completed_on": "2019-05-06", "preserved": False, "pledged_elsewhere": False,
            }
        ],
        "owner_marks": None,
        "left_out": {},
    },
}  # fmt: skip
PAPERS = {
    "patent": ("PAT-M01", "PAT-M02", "PAT-M03"), "trademark": ("TM-M01", "TM-M02", "TM-M03"),
    "copyright": ("CR-M01", "CR-M02", "CR-M03"), "layout": ("LD-M01",),
}  # fmt: skip
UNTIL = OPENED + dt.timedelta(days=24)
"""The last day of a registered period, for kinds that have one."""


def sound(kind: str = "patent", **changes: Any) -> dict[str, Any]:
    """A statement with nothing against it; `changes` are laid over its first right."""
    contents = copy.deepcopy(SOUND[kind])
    contents["rights"][0] |= changes
    return contents


class Worked:
    """One file and what each seat does with it."""

    def __init__(self, cast: Cast, kind: str = "patent", *, bank: Any = None, on: dt.date = OPENED) -> None:
        self.bank, self.owner, self.clerk = bank or cast.bank_a, cast.enterprise_a.owner, cast.ip_bureau.clerk
        self.kind, self.today = kind, dt.date(2026, 12, 20)
        self.file = actions.open_file(
            by=self.bank.maker, kind=kind, credit_code=cast.enterprise_a.organisation.credit_code,
            window=cast.ip_bureau.organisation, on=on,
        )  # fmt: skip

    @property
    def now(self) -> RegistrationFile:
        return RegistrationFile.objects.get(pk=self.file.pk)

    def state(self, contents: dict[str, Any] | None = None) -> Worked:
        actions.state_contents(
            by=self.bank.maker, file_id=self.file.pk, contents=contents or sound(self.kind), on=OPENED
        )
        return self

    def attach(self, *materials: str) -> Worked:
        for material in materials or PAPERS[self.kind]:
            paper = Paper(f"{material}.pdf", PDF)
            actions.attach(
                by=self.bank.maker, file_id=self.file.pk, material=material, paper=paper, on=OPENED
            )
        return self

    def say(self, by: Any, action: str, on: dt.date, **step: Any) -> FileAct | None:
        if action.startswith(("request_", "close_")):
            step.setdefault("channel", "online")
        return actions.say(by=by, file_id=self.file.pk, step=Step(action, on, **step), today=self.today)

    def both(self, action: str, on: dt.date, **step: Any) -> FileAct:
        assert self.say(self.bank.maker, action, on, **step) is None
        act = self.say(self.owner, action, on, **step)
        assert act is not None
        return act

    def decide(self, action: str, on: dt.date, **step: Any) -> FileAct:
        step.setdefault("paper", Paper("通知书.pdf", PDF))
        return actions.take(
            by=self.clerk, file_id=self.file.pk, step=Step(action, on, **step), today=self.today
        )

    def handed_in(self) -> Worked:
        self.state().attach()
        if self.kind in ("patent", "trademark"):
            self.both("sign" if self.kind == "patent" else "check_bundle", SIGNED)
        if self.kind == "layout":
            self.say(self.bank.maker, "review", SIGNED)
        stated = frozenset({"act.legal_opinion"}) if self.kind == "layout" else frozenset()
        self.both("submit", HANDED_IN, channel="online", stated=stated)
        return self

    def registered(self, number: str = "", on: dt.date = REGISTERED, **step: Any) -> Worked:
        number = number or f"{'Y' if self.kind == 'patent' else self.kind}2026500000123"
        if self.kind == "trademark":
            step.setdefault("until", UNTIL)
        self.handed_in().decide("register", on, number=number, **step)
        return self
