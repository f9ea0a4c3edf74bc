"""The claims of the demonstration: which loans go bad, and how far each claim goes, until every state is on some desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from finance.loans.rules import accrued_interest_fen, is_claimable
from kernel.days import add_months
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from portal.demo.telling import BANKS, Story, sign
from riskpool.claims import actions as claims
from riskpool.claims import mending
from riskpool.claims import queries as claim_queries
from riskpool.claims.models import Apportionment, Claim, DeficiencyAnswer, DeficiencyClosing
from riskpool.pools import actions as pools
from riskpool.pools.models import Enrolment
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from finance.parties.models import Membership
    from riskpool.pools.models import Pool

LATELY_DAYS = 70  # a claim filed within as many days is still on somebody's desk
OLD_FATES = ("recovered", "clawed_back", "paid", "refused", "part_paid", "withdrawn", "repaired", "recovered")
NEW_FATES = ("asked", "deficient", "filed", "accepted", "mended", "part_paid")
ESCROW_FATES = ("final", "escrowed", "final", "escrowed")
# loans of each bank's home pool that go bad by design, by months ago: how many, 万元 at most, days before this month
TROUBLES = {
    11: ({"yz_bank": 7, "yh_bank": 7, "jl_bank": 2}, 300, 290),
    7: ({"yz_bank": 5, "yh_bank": 5, "jl_bank": 1}, 300, 102),
}
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 62>>stream\nBT /F 24 Tf 72 720 Td (Demonstration evidence, not a paper) Tj ET\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def trouble(story: Story, months_ago: int) -> None:
    """Some months ago a few borrowers of each bank stopped paying, so that no state of a claim is left to chance."""
    if months_ago not in TROUBLES:
        return
    counts, most_wan, days_before = TROUBLES[months_ago]
    for place, count in counts.items():
        since = story.this_month - dt.timedelta(days=days_before)
        enrolled = set(
            Enrolment.objects.filter(state="live", loan__bank=story.world.organisations[place]).values_list(
                "loan__bank_loan_no", flat=True
            )
        )
        fit = [
            loan
            for loan in story.lent[place]
            if loan.number in enrolled
            and loan.overdue_since is None
            and loan.principal_fen <= most_wan * 10_000_00
            and loan.due_on >= since
            and loan.disbursed_on < since - dt.timedelta(days=20)
            and loan.firm in story.firms[BANKS[place][5]]
        ]
        for nth, loan in enumerate(fit[:count]):
            loan.overdue_since = since + dt.timedelta(days=nth)


def file_what_may_be(story: Story, pool: Pool, on: dt.date) -> None:
    """File every claim that may be filed by now, and carry each as far as its fate says."""
    needed = procedure_of(pool.procedure_id).waiting_days.whole
    waiting = Enrolment.objects.filter(agreement__pool=pool, state="live", claims=None).select_related(
        "loan__latest_return", "loan__terms", "loan__bank"
    )
    for enrolment in waiting.order_by("loan__bank_loan_no"):
        latest = enrolment.loan.latest_return
        if latest and latest.overdue_since and is_claimable(latest.overdue_since, on, needed):
            claim = _file(story, enrolment, on)
            _carry(story, pool, claim, _fate(story, pool, claim, on), on)


def _fate(story: Story, pool: Pool, claim: Claim, on: dt.date) -> str:
    """How far a claim goes: each pool has its own turn through the fates, so that each state stands in it."""
    old = on <= story.day - dt.timedelta(days=LATELY_DAYS)
    fates: tuple[str, ...]
    fates, line = (OLD_FATES, "old") if old else (NEW_FATES, "new")
    if claim.enrolment.scheme.version.startswith("shanghai-ip-deposit"):
        fates, line = ESCROW_FATES, "escrow"
    turn = story.claimed[f"{pool.code} {line}"]
    story.claimed[f"{pool.code} {line}"] += 1
    return fates[turn % len(fates)]


def _file(story: Story, enrolment: Enrolment, on: dt.date) -> Claim:
    latest, pool = enrolment.loan.latest_return, enrolment.agreement.pool
    assert latest is not None, "only an overdue loan is claimed on"
    balance = fen_of(latest.balance)
    papers = [
        claims.EvidenceFile(kind.kind, f"{kind.title}.pdf", "application/pdf", PAPER)
        for kind in procedure_of(pool.procedure_id).evidence
        if kind.required
    ]
    claim = claims.file_claim(
        by=story.bankers(enrolment.loan)[0], enrolment_id=enrolment.pk, on=on, at=timezone.now(), evidence=papers,
        loss={"principal": balance, "interest": _interest_owed(enrolment, balance), "penalty": balance // 400},
        statement="多次催收未果，已启动质物处置程序。",
    )  # fmt: skip
    _state_facts(story, claim, on)
    return claim


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
    maker, checker = story.bankers(loan)
    for entry in claim_queries.facts_wanting(claim, on):
        assert (entry.subject, entry.unit) == ("loan", "yes_no"), "the demonstration's schemes ask no more"
        terms = pools.FactTerms(entry.name, "false", on, "借款合同与授信批复", "SEEN", loan=loan)
        asked = pools.propose_fact(by=maker, pool=pool, terms=terms, on=on)
        approve(by=checker, approval_id=asked.pk)


def _carry(story: Story, pool: Pool, claim: Claim, fate: str, on: dt.date) -> None:
    """The course of one claim from the day it was filed; a day that would lie ahead is today."""
    officer, approver = story.seats(pool)
    maker = story.bankers(claim.enrolment.loan)[0]
    later = story.by_now(on + dt.timedelta(days=12))
    if fate == "filed":
        return
    if fate == "withdrawn":
        claims.withdraw(by=maker, claim_id=claim.pk, reason="借款人已与本行达成还款安排", on=later)
        return
    if fate in ("deficient", "mended"):
        _mend(story, claim, officer, maker, on, all_of_it=fate == "mended")
        return
    if not _accepted(claim, officer, later, partly=fate == "part_paid"):
        return
    if fate == "refused":
        asked = claims.propose_refusal(
            by=officer, claim_id=claim.pk, reason="质物已先行处置，处置款足以清偿本金", on=later
        )
        sign(approver, asked, later)
        return
    if fate == "accepted":
        return
    asked = claims.propose_payment(by=officer, claim_id=claim.pk, on=later)
    if fate == "asked":
        return
    sign(approver, asked, later)
    further = {
        "recovered": _recover,
        "clawed_back": _claw_back,
        "repaired": _repair,
        "final": _settle_finally,
    }
    if fate in further:
        further[fate](story, Claim.objects.get(pk=claim.pk), officer, approver, later)


def _mend(
    story: Story, claim: Claim, officer: Membership, maker: Membership, on: dt.date, *, all_of_it: bool
) -> None:
    """The bureau asks for three things; the bank answers one, or all of them and the bureau strikes two off."""
    asked_on, answered_on = (story.by_now(on + dt.timedelta(days=days)) for days in (3, 8))
    items = (
        claims.Asked(
            "放款凭证加盖业务公章的复印件", "所附凭证没有印章，金额栏不清", "办事规则 证据材料 第1项"
        ),
        claims.Asked("最近两次催收的送达回执", "催收记录没有借款人签收或公证送达", "办事规则 证据材料 第3项"),
        claims.Asked(
            "质押专利年费缴纳情况说明", "登记簿显示一件专利欠缴年费", "《专利权质押登记办法》第十八条"
        ),
    )
    claims.issue_notice(by=officer, claim_id=claim.pk, items=items, on=asked_on)
    kind = DeficiencyAnswer.Kind
    words = (
        (kind.PAPER, "", "放款凭证（盖章）.pdf", PAPER),
        (kind.STATEMENT, "两次催收均以公证方式送达，公证书编号见附表。", "", b""),
        (kind.UNABLE, "借款人已停止经营，未能取得缴费票据；本行已代缴年费。", "", b""),
    )
    open_items = [state.item for state in mending.open_items(claim)]
    answers = [
        claims.Answered(item.pk, how, text, name, "application/pdf" if name else "", content)
        for item, (how, text, name, content) in zip(open_items, words, strict=True)
    ]
    claims.answer_items(
        by=maker,
        claim_id=claim.pk,
        answers=answers if all_of_it else answers[:1],
        on=answered_on,
        at=timezone.now(),
    )
    if all_of_it:
        for item, outcome, note in (
            (open_items[0], DeficiencyClosing.Outcome.MET, ""),
            (open_items[2], DeficiencyClosing.Outcome.WAIVED, "银行代缴年费凭证可在登记簿核实"),
        ):
            claims.strike_off(
                by=officer, claim_id=claim.pk, item_id=item.pk, outcome=outcome, on=answered_on, note=note
            )


def _accepted(claim: Claim, officer: Membership, on: dt.date, *, partly: bool) -> bool:
    """Accept all, or six tenths of the principal for now; a claim that meets a limit stays on the desk, as it would."""
    recognised = dict(claim_queries.stated_loss(claim))
    reasons = {}
    if partly:
        recognised["principal"] = recognised["principal"] // 10_000_00 * 6_000_00
        reasons["principal"] = "质物尚在拍卖，未处置部分待成交后再行认定"
    try:
        claims.accept(
            by=officer, claim_id=claim.pk, on=on, recognised=recognised, reasons=reasons, rest_later=partly
        )
    except Refused as refused:
        if any(problem.code not in ("over_limit", "overdrawn") for problem in refused.problems):
            raise
        return False
    return True


def _recover(story: Story, claim: Claim, officer: Membership, approver: Membership, paid_on: dt.date) -> None:
    """Money comes back in three pieces, the first with costs."""
    principal = fen_of(claim.principal)
    for part, costs, days in ((6, 8_500_00, 25), (11, 0, 40), (19, 1_200_50, 55)):
        on = paid_on + dt.timedelta(days=days)
        if on > story.day:
            return
        asked = claims.propose_recovery(
            by=officer, claim_id=claim.pk, gross_fen=principal // part + 37, costs_fen=costs, received_on=on, on=story.day,
            note="处置质押专利所得" if costs else "借款人分期还款",
        )  # fmt: skip
        sign(approver, asked, on)


def _claw_back(
    story: Story, claim: Claim, officer: Membership, approver: Membership, paid_on: dt.date
) -> None:
    """A fifth of what was paid is asked back with interest; half of it has arrived."""
    on = story.by_now(paid_on + dt.timedelta(days=35))
    fen = fen_of(claim.paid) // 5
    asked = claims.propose_clawback(
        by=officer, claim_id=claim.pk, amount_fen=fen, interest_fen=fen // 400, on=on,
        reason="贷后检查发现部分贷款资金被挪用于偿还民间借款", article="合作协议第九条（演示设定）",
    )  # fmt: skip
    sign(approver, asked, on)
    _arrive(story, claim, officer, approver, fen // 2, on)


def _repair(story: Story, claim: Claim, officer: Membership, approver: Membership, paid_on: dt.date) -> None:
    """An audit finds that part of the principal had been repaid before; the bank owes what was paid for it."""
    on = story.by_now(paid_on + dt.timedelta(days=30))
    recognised = dict(claim_queries.stated_loss(claim))
    recognised["principal"] -= 50_000_00
    asked = claims.propose_settlement(
        by=officer, claim_id=claim.pk, stage=Apportionment.Stage.REPAIR, recognised=recognised, on=on,
        reasons={"principal": "申报前已收回的 5 万元未从损失中扣除"},
        reason="审计发现申报前的还款未冲减损失", article="合作协议第九条（演示设定）",
    )  # fmt: skip
    sign(approver, asked, on)
    receivable = claim.receivables.get()
    _arrive(story, claim, officer, approver, fen_of(receivable.amount), on)


def _arrive(
    story: Story, claim: Claim, officer: Membership, approver: Membership, fen: int, decided_on: dt.date
) -> None:
    on = story.by_now(decided_on + dt.timedelta(days=9))
    asked = claims.propose_arrival(
        by=officer, claim_id=claim.pk, seq=1, amount_fen=fen, received_on=on, on=story.day,
        reference=f"TH{claim.number[-13:]}",
    )  # fmt: skip
    sign(approver, asked, on)


def _settle_finally(
    story: Story, claim: Claim, officer: Membership, approver: Membership, escrowed_on: dt.date
) -> None:
    """After the write-off the bank states less than it had estimated; what is too much in escrow is free again."""
    on = story.by_now(escrowed_on + dt.timedelta(days=50))
    loss: Mapping[str, int] = claim_queries.stated_loss(claim)
    final: dict[str, Any] = dict(loss) | {"principal": loss["principal"] - 123_456_78}
    claims.state_final_loss(
        by=story.bankers(claim.enrolment.loan)[0], claim_id=claim.pk, loss=final, on=on,
        statement="质物已拍卖成交，成交款冲减本金后核销。",
    )  # fmt: skip
    claim = Claim.objects.get(pk=claim.pk)
    asked = claims.propose_settlement(
        by=officer, claim_id=claim.pk, stage=Apportionment.Stage.FINAL, recognised=final, reasons={}, on=on
    )
    sign(approver, asked, on)
    _recover(story, Claim.objects.get(pk=claim.pk), officer, approver, on)
