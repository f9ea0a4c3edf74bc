"""The demonstration's two years, told month by month through the product's own actions with a fixed seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from finance.intake import actions as intake
from finance.intake.columns import LOAN_FILING, MONTHLY_RETURN
from finance.intake.models import Filing
from finance.loans.rules import accrued_interest_fen, is_claimable, last_ended_month
from finance.parties.models import Membership
from kernel.calendars.actions import load_calendars
from kernel.days import BUSINESS_ZONE, add_months
from kernel.errors import Refused
from kernel.sheets.templates import template_name, write_template
from kernel.work import outbox
from kernel.work.approvals import approve
from portal.demo import custody
from portal.demo.lending import Lent, lend, report
from portal.demo.setting import POOLS, WAN, set_up_pools
from portal.demo.world import (
    CHONGQING,
    JINING,
    ORGANISATIONS,
    Firm,
    World,
    enrol_owner,
    firms,
    found_world,
    give_passwords,
)
from portal.management.commands.load_policies import load_versions
from riskpool.claims import actions as claims
from riskpool.claims import queries as claim_queries
from riskpool.claims.models import Claim
from riskpool.ledger import queries as ledger
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Enrolment, Pool
from riskpool.pools.versions import procedure_of

MONTHS = 15
# bank: letters of its loan numbers, log-ins of maker and checker, loans a month at home and away, home
BANKS = {
    "yz_bank": ("YZ70", "yz-maker", "yz-checker", 8, 1, "cq"),
    "yh_bank": ("YH37", "yh-maker", "yh-checker", 5, 1, "jn"),
}
FOLLOWED_AT_ONCE = ("loans.entered", "returns.entered")  # papers are left to the worker
OLD_FATES = ("recovered", "paid", "refused", "recovered", "withdrawn", "paid")
NEW_FATES = ("asked", "filed", "accepted", "filed")
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 62>>stream\nBT /F 24 Tf 72 720 Td (Demonstration evidence, not a paper) Tj ET\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass
class Story:
    """What has been told so far."""

    day: dt.date
    say: Callable[[str], None]
    chance: random.Random = field(default_factory=lambda: random.Random(20261120))
    world: World = field(default_factory=World)
    pools: list[Pool] = field(default_factory=list)
    firms: dict[str, list[Firm]] = field(default_factory=dict)
    lent: dict[str, list[Lent]] = field(default_factory=lambda: {place: [] for place in BANKS})
    claimed: int = 0
    claimed_lately: int = 0

    def seats(self, pool: Pool) -> tuple[Membership, Membership]:
        terms = next(terms for terms in POOLS if terms["code"] == pool.code)
        return self.world.member(terms["officer"]), self.world.member(terms["approver"])


def tell(day: dt.date, say: Callable[[str], None]) -> None:
    """Everything, as of a business day."""
    story = Story(day, say)
    load_calendars(sorted((settings.POLICIES_DIR / "calendars").glob("[!_]*.yaml")))
    load_versions()
    story.world = found_world()
    story.firms = {"cq": firms(story.chance, CHONGQING, 22), "jn": firms(story.chance, JINING, 18)}
    story.pools = set_up_pools(story.world, day)
    say("机构、人员、资金池和协议已建立")
    this_month = day.replace(day=1)
    for ago in range(MONTHS, -1, -1):
        _month(story, add_months(this_month, -ago))
    _owners(story)
    give_passwords(story.world)
    _statements(story)
    _unfinished(story)


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
        _claims(story, pool, min(on + dt.timedelta(days=4), story.day))
    story.say(
        f"{month:%Y年%m月}：在贷 {sum(len(lent) for lent in story.lent.values())} 笔，补偿申请 {story.claimed} 件"
    )


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
    """One loan in eight stops paying, some months after it was lent."""
    if story.chance.random() < 1 / 8:
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
    if rows and period >= add_months(story.day.replace(day=1), -12):
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


def _claims(story: Story, pool: Pool, on: dt.date) -> None:
    """File what may be filed by now, and carry each claim as far as its fate says."""
    needed = procedure_of(pool.procedure_id).waiting_days.whole
    waiting = Enrolment.objects.filter(agreement__pool=pool, state="live", claims=None).select_related(
        "loan__latest_return", "loan__terms", "loan__bank"
    )
    for enrolment in waiting.order_by("loan__bank_loan_no"):
        latest = enrolment.loan.latest_return
        if latest and latest.overdue_since and is_claimable(latest.overdue_since, on, needed):
            _carry(story, pool, enrolment, _fate(story, on), on)


def _fate(story: Story, on: dt.date) -> str:
    """How far a claim goes: those of the last ten weeks are still on somebody's desk."""
    story.claimed += 1
    if on <= story.day - dt.timedelta(days=70):
        return OLD_FATES[(story.claimed - 1) % len(OLD_FATES)]
    story.claimed_lately += 1
    return NEW_FATES[(story.claimed_lately - 1) % len(NEW_FATES)]


def _carry(story: Story, pool: Pool, enrolment: Enrolment, fate: str, on: dt.date) -> None:
    officer, approver = story.seats(pool)
    maker = next(
        story.world.member(BANKS[place][1])
        for place in BANKS
        if story.world.organisations[place] == enrolment.loan.bank
    )
    latest = enrolment.loan.latest_return
    assert latest is not None, "only an overdue loan is claimed on"
    balance = ledger.fen_of(latest.balance)
    papers = [
        claims.EvidenceFile(kind.kind, f"{kind.title}.pdf", "application/pdf", PAPER)
        for kind in procedure_of(pool.procedure_id).evidence
        if kind.required
    ]
    claim = claims.file_claim(
        by=maker, enrolment_id=enrolment.pk, on=on, at=timezone.now(), evidence=papers,
        loss={"principal": balance, "interest": _interest_owed(enrolment, balance), "penalty": balance // 400},
        statement="多次催收未果，已启动质物处置程序。",
    )  # fmt: skip
    later = min(on + dt.timedelta(days=12), story.day)
    _state_facts(story, claim, on)
    if fate == "filed":
        return
    if fate == "withdrawn":
        claims.withdraw(by=maker, claim_id=claim.pk, reason="借款人已与本行达成还款安排", on=later)
        return
    if not _accepted(claim, officer, on if fate == "refused" else later):
        return
    if fate == "refused":
        asked = claims.propose_refusal(
            by=officer, claim_id=claim.pk, reason="质物已先行处置，处置款足以清偿本金", on=later
        )
        approve(by=approver, approval_id=asked.pk, at=_noon(later))
        return
    if fate == "accepted":
        return
    asked = claims.propose_payment(by=officer, claim_id=claim.pk, on=later)
    if fate == "asked":
        return
    approve(by=approver, approval_id=asked.pk, at=_noon(later))
    if fate == "recovered":
        _recover(story, claim, officer, approver, balance, later)


def _interest_owed(enrolment: Enrolment, balance: int) -> int:
    """In fen: what the contract brings on the balance in the three months before it became overdue, if lent by then."""
    terms, latest = enrolment.loan.terms, enrolment.loan.latest_return
    assert terms is not None
    assert latest is not None
    assert latest.overdue_since is not None, "only an overdue loan is claimed on"
    since = max(terms.disbursed_on, add_months(latest.overdue_since, -3))
    return accrued_interest_fen(
        balance, terms.annual_rate_percent, since, latest.overdue_since, terms.day_count_basis
    )


def _state_facts(story: Story, claim: Claim, on: dt.date) -> None:
    """What the claim's scheme asks and only the bank can say: nothing special about these loans."""
    loan, pool = claim.enrolment.loan, claim.enrolment.agreement.pool
    place = next(place for place in BANKS if story.world.organisations[place] == loan.bank)
    for entry in claim_queries.facts_wanting(claim, on):
        assert (entry.subject, entry.unit) == ("loan", "yes_no"), "the demonstration's schemes ask no more"
        terms = pools.FactTerms(entry.name, "false", on, "借款合同与授信批复", "SEEN", loan=loan)
        asked = pools.propose_fact(by=story.world.member(BANKS[place][1]), pool=pool, terms=terms, on=on)
        approve(by=story.world.member(BANKS[place][2]), approval_id=asked.pk)


def _noon(day: dt.date) -> dt.datetime:
    """The moment at which something was signed on a day of the story."""
    return dt.datetime.combine(day, dt.time(12), tzinfo=BUSINESS_ZONE)


def _accepted(claim: Claim, officer: Membership, on: dt.date) -> bool:
    """Accept; a claim that meets a limit stays on the desk, as it would."""
    try:
        claims.accept(by=officer, claim_id=claim.pk, on=on)
    except Refused as refused:
        if any(problem.code not in ("over_limit", "overdrawn") for problem in refused.problems):
            raise
        return False
    return True


def _recover(
    story: Story, claim: Claim, officer: Membership, approver: Membership, balance: int, paid_on: dt.date
) -> None:
    """Money comes back in two pieces, the first with costs."""
    for part, costs, days in ((6, 8_500_00, 40), (11, 0, 75)):
        on = paid_on + dt.timedelta(days=days)
        if on > story.day:
            return
        asked = claims.propose_recovery(
            by=officer, claim_id=claim.pk, gross_fen=balance // part + 37, costs_fen=costs, received_on=on, on=story.day,
            note="处置质押专利所得" if costs else "借款人分期还款",
        )  # fmt: skip
        approve(by=approver, approval_id=asked.pk)


def _owners(story: Story) -> None:
    """Two borrowers get a log-in: the one with most loans in each city."""
    for region, log_in, name in (("5001", "owner-cq", "江一帆"), ("3708", "owner-jn", "孔祥云")):
        enrolments = Enrolment.objects.filter(loan__borrower__region__startswith=region)
        borrowers = [enrolment.loan.borrower for enrolment in enrolments.select_related("loan__borrower")]
        chosen = max(borrowers, key=lambda firm: (borrowers.count(firm), firm.code))
        story.world.members[log_in] = enrol_owner(chosen, log_in, name)


def _statements(story: Story) -> None:
    """What the custodian bank did with the payments, and its statement of yesterday for every source."""
    for pool in story.pools:
        officer, approver = story.seats(pool)
        custody.tell(pool, officer, approver, story.day)


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
