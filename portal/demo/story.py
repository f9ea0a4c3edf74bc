"""The demonstration's two years, told month by month through the product's own actions with a fixed seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings

from finance.intake import actions as intake
from finance.intake.columns import LOAN_FILING, MONTHLY_RETURN
from finance.intake.models import Filing
from finance.loans.rules import last_ended_month
from kernel.calendars.actions import load_calendars
from kernel.days import add_months
from kernel.sheets.templates import template_name, write_template
from kernel.work import outbox
from kernel.work.approvals import approve
from portal.demo import (
    courses,
    credit,
    custody,
    funds,
    policy,
    registry,
    scores,
    subsidies,
    validation,
    whitelists,
)
from portal.demo.lending import Lent, lend, report
from portal.demo.setting import WAN, set_up_pools
from portal.demo.telling import BANKS, Story
from portal.demo.world import (
    CHONGQING,
    JINING,
    ORGANISATIONS,
    enrol_owner,
    firms,
    found_world,
    give_passwords,
)
from portal.management.commands.load_policies import load_versions
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Enrolment

MONTHS = 15
FOLLOWED_AT_ONCE = ("loans.entered", "returns.entered", "pools.fact_stated")  # papers are left to the worker


def tell(day: dt.date, say: Callable[[str], None]) -> None:
    """Everything, as of a business day."""
    story = Story(day, say)
    load_calendars(sorted((settings.POLICIES_DIR / "calendars").glob("[!_]*.yaml")))
    load_versions()
    story.world = found_world()
    story.firms = {"cq": firms(story.chance, CHONGQING, 22), "jn": firms(story.chance, JINING, 18)}
    story.pools = set_up_pools(story.world, day)
    say("机构、人员、资金池和协议已建立")
    for ago in range(MONTHS, -1, -1):
        courses.trouble(story, ago)
        policy.before_month(story, ago)
        _month(story, add_months(story.this_month, -ago))
        policy.after_month(story, ago)
        outbox.drain(kinds=FOLLOWED_AT_ONCE)
    _owners(story)
    registry.tell(story)
    subsidies.tell(story)
    scores.tell(story)
    validation.tell(story)
    whitelists.tell(story)
    custody.tell(story)
    funds.tell(story)
    credit.tell(story)
    policy.leave_a_draft(story)
    _unfinished(story)
    outbox.drain(kinds=FOLLOWED_AT_ONCE)
    give_passwords(story.world)


def _month(story: Story, month: dt.date) -> None:
    """In one month: what was lent in the month before is filed, what it stood at is reported, claims go their way."""
    before = add_months(month, -1)
    on = min(month + dt.timedelta(days=story.chance.randint(2, 5)), story.day)
    for place in BANKS:
        _file_loans(story, place, before, on)
    outbox.drain(kinds=FOLLOWED_AT_ONCE)
    for place in BANKS:
        _report(story, place, before, on)
    outbox.drain(kinds=FOLLOWED_AT_ONCE)
    for pool in story.pools:
        courses.file_what_may_be(story, pool, story.by_now(on + dt.timedelta(days=4)))
    lent, claimed = sum(len(lent) for lent in story.lent.values()), story.claimed.total()
    story.say(f"{month:%Y年%m月}：累计放款 {lent} 笔，补偿申请 {claimed} 件")


def _file_loans(story: Story, place: str, month: dt.date, on: dt.date) -> None:
    letters, maker, checker, at_home, away, home = BANKS[place]
    guarantor = ORGANISATIONS["guarantor"][2]
    abroad = "jn" if home == "cq" else "cq"
    new: list[Lent] = []
    for where in [home] * (at_home + story.chance.randint(-1, 1)) + [abroad] * away:
        day = month + dt.timedelta(days=story.chance.randint(0, 27))
        if story.chance.random() < 1 / 30:  # somebody forgot to file in time: the pool will refuse it
            day -= dt.timedelta(days=110)
        number = len(story.lent[place]) + len(new) + 1
        new.append(_with_fate(lend(letters, story.firms[where], number, day, story.chance, guarantor), story))
    rows = [loan.row for loan in new]
    _file(story, maker, checker, "loans", rows, on)
    story.lent[place] += new


def _with_fate(loan: Lent, story: Story) -> Lent:
    """One loan in twenty stops paying by chance, some months after it was lent; others do by `courses.trouble`."""
    if story.chance.random() < 1 / 20:
        loan.overdue_since = min(
            add_months(loan.disbursed_on, story.chance.randint(1, 7)), loan.due_on
        ) + dt.timedelta(days=story.chance.randint(1, 9))
    return loan


def _report(story: Story, place: str, period: dt.date, on: dt.date) -> None:
    """The monthly return of all loans that were open; the second bank's last one is late, as one always is."""
    _, maker, checker, *_ = BANKS[place]
    if place == "yh_bank" and period == last_ended_month(story.day):
        return
    rows = []
    for loan in story.lent[place]:
        if loan.disbursed_on >= add_months(period, 1) or loan.balances.get(add_months(period, -1)) == 0:
            continue
        row = report(loan, period)
        loan.balances[period] = row["balance_fen"]
        rows.append(row)
    # the first bank's returns go back to its first loan: what became of that has to be known to the end
    since = MONTHS if place == "yz_bank" else 12
    if rows and period >= add_months(story.this_month, -since):
        _file(story, maker, checker, "returns", rows, on)


def _file(
    story: Story, maker: str, checker: str, form: str, rows: list[dict[str, Any]], on: dt.date
) -> Filing:
    """Through the front door: a workbook, checked, submitted by one person and entered by another."""
    shape = LOAN_FILING if form == "loans" else MONTHLY_RETURN
    by = story.world.member(maker)
    bank = by.organisation.short_name
    content = write_template(shape, bank=bank, month=f"{on:%Y%m}", prefilled=rows)
    filing = intake.receive(
        by=by, form=form, name=template_name(shape, bank, f"{on:%Y%m}"), content=content, on=on
    )
    filing = intake.check_filing(filing_id=filing.pk)
    assert filing.counts.get("failed") == 0, filing.faults
    approval = intake.choose_and_submit(by=by, filing_id=filing.pk, choice="all")
    return approve(by=story.world.member(checker), approval_id=approval.pk)


def _owners(story: Story) -> None:
    """Two borrowers get a log-in: the one with most loans in each city."""
    for region, log_in, name in (("5001", "owner-cq", "江一帆"), ("3708", "owner-jn", "孔祥云")):
        enrolments = Enrolment.objects.filter(loan__borrower__region__startswith=region)
        borrowers = [enrolment.loan.borrower for enrolment in enrolments.select_related("loan__borrower")]
        chosen = max(borrowers, key=lambda firm: (borrowers.count(firm), firm.code))
        story.world.members[log_in] = enrol_owner(chosen, log_in, name)


def _unfinished(story: Story) -> None:
    """What lies on the desks today: a filing with faults, one that waits for its checker, money that waits to be noted."""
    number = len(story.lent["yz_bank"]) + 1
    guarantor = ORGANISATIONS["guarantor"][2]
    month = story.day - dt.timedelta(days=12)
    rows = [lend("YZ70", story.firms["cq"], number + i, month, story.chance, guarantor).row for i in range(6)]
    rows[1]["due_on"] = rows[1]["disbursed_on"] - dt.timedelta(days=3)
    rows[4]["ip_share_percent"] = 120
    by = story.world.member("yz-maker")
    content = write_template(
        LOAN_FILING, bank=by.organisation.short_name, month=f"{story.day:%Y%m}", prefilled=rows
    )
    faulty = intake.receive(
        by=by, form="loans", name="质押贷款备案_本月补充.xlsx", content=content, on=story.day
    )
    intake.check_filing(filing_id=faulty.pk)
    good = [row for i, row in enumerate(rows) if i not in (1, 4)]
    content = write_template(
        LOAN_FILING, bank=by.organisation.short_name, month=f"{story.day:%Y%m}", prefilled=good
    )
    waiting = intake.receive(
        by=by, form="loans", name="质押贷款备案_本月补充（改）.xlsx", content=content, on=story.day
    )
    intake.check_filing(filing_id=waiting.pk)
    intake.choose_and_submit(by=by, filing_id=waiting.pk, choice="all")
    officer, _ = story.seats(story.pools[0])
    source = pool_queries.sources_of(story.pools[0])[1]
    pools.propose_contribution(
        by=officer,
        source=source,
        fen=300 * WAN,
        day=story.day,
        reference=f"区财政拨款 {story.day:%Y%m%d}-07",
        on=story.day,
    )
