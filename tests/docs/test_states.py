"""docs/states.md is drawn from what the code does: every action is tried on an object in every state.

`DRAW=1 bin/test tests/docs/test_states.py` writes the page anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone, translation

from finance.intake import states
from finance.intake.models import Filing
from finance.loans.models import LoanReturn
from finance.parties.actions import propose_payee_account
from finance.pledges.books import library
from finance.pledges.models import IPRight
from kernel.errors import Refused
from kernel.policystore import actions as policies
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import approve, decline, withdraw
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import mending, queries
from riskpool.claims.models import MOVES, Claim
from riskpool.pools import enrolling
from riskpool.pools.models import Agreement, Enrolment, Limit
from riskpool.treasury.models import MOVES as TREASURY_MOVES
from riskpool.treasury.models import PaymentInstruction
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.policies.texts import NEXT

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"
Move = tuple[str, str, str]  # state before, state after, what was done

HEAD = """# 状态一览 · States

Drawn by `tests/docs/test_states.py`, which fails when the code does something else: filings from their table of moves
(`finance/intake/states.py`), payment instructions from theirs (`MOVES` of `riskpool/treasury/models.py`, held by a trigger),
the others by trying every action on an object in every state. What is not drawn is refused or
changes nothing.
"""
GRADES = """
## 五级分类 · Loan grade (`LoanReturn.grade`)

A grade is what the bank reports for a month, not a state that our code moves: any month may report any of them, a
correction is a next statement. Overdue beyond the days of `policies/intake/monthly-return.yaml` with a grade better than
次级, or overdue and 正常, is pointed out as a warning. Whether a claim may be filed hangs on the days overdue, not on
the grade.
"""


def tried(find: Callable[[], Any], act: Callable[[Any], Any], name: str) -> Iterable[Move]:
    """The move that an action makes, undone at once; nothing when it is refused."""
    before = find().state
    with transaction.atomic():
        try:
            act(find())
        except Refused:
            pass
        else:
            yield before, find().state, name
        transaction.set_rollback(True)


ASKED = [claims.Asked("催收记录", "缺9月", "办事规则第五条")]
SHANGHAI = (
    "shanghai-ip-deposit@2023",
    {"fund": {"pool": True}},
)  # sets aside first, pays at the final settlement
QINGDAO = ("qingdao-qianfan@2015", {"city": {"source": "city"}})  # settled with its bank's year
YEARLY = "settle 年度结算并经第二人复核"


class ClaimStory:
    """What each side can do with a claim, by name; each is tried on a claim in every state."""

    def __init__(self, cast: Any, books: Books) -> None:
        self.books, self.bureau, self.bank = books, cast.district_bureau, cast.bank_a

    def notice(self, claim: Claim) -> None:
        claims.issue_notice(by=self.bureau.officer, claim_id=claim.pk, items=ASKED, on=TODAY)

    def answer(self, claim: Claim) -> None:
        items = [state.item for state in mending.open_items(claim)]
        answers = [claims.Answered(item.pk, "statement", "已补") for item in items]
        claims.answer_items(
            by=self.bank.maker, claim_id=claim.pk, answers=answers, on=TODAY, at=timezone.now()
        )

    def defer(self, claim: Claim) -> None:
        """Put into the queue, after the year's limit of the pool has been lowered to what is used."""
        pool = claim.enrolment.agreement.pool
        used = queries.payouts_of(Limit(pool=pool, year=TODAY.year, scope="pool_year_payout"))
        self.books.set_limit("pool_year_payout", max(used, 1), year=TODAY.year)
        claims.defer(by=self.bureau.officer, claim_id=claim.pk, on=TODAY)

    def deferred(self, claim: Claim) -> None:
        self.defer(claim)
        self.books.set_limit("pool_year_payout", 9_000_000_000_00, year=TODAY.year)

    def accept_part(self, claim: Claim) -> None:
        claims.accept(
            by=self.bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 100_000_00},
            reasons={"principal": "先认定部分"}, rest_later=True,
        )  # fmt: skip

    def refuse(self, claim: Claim) -> None:
        claims.refuse(by=self.bureau.officer, claim_id=claim.pk, reason="不符", on=TODAY)

    def withdraw(self, claim: Claim) -> None:
        claims.withdraw(by=self.bank.maker, claim_id=claim.pk, reason="", on=TODAY)

    def repair(self, claim: Claim) -> None:
        self.books.settle(claim, "repair", 50_000_00, reason="贷后检查缺失", article="合作协议第七条")


def loans_of(cast: Any, scheme: tuple[str, Any]) -> tuple[Books, list[Enrolment]]:
    """A pool under another scheme with two bad loans; its agreement takes no further ones."""
    other = open_books(cast, *scheme)
    for code in ("city", "district"):
        other.pay_in(code, 4_000_000_00)
    enrolments = [other.bad_loan(300_000_00) for _ in range(2)]
    Agreement.objects.filter(pk=other.agreement.pk).update(
        validity=DateRange(LENT.replace(day=1), LENT.replace(day=2))
    )
    return other, enrolments


def claim_moves(cast: Any, books: Books, others: dict[str, tuple[Books, list[Enrolment]]]) -> set[Move]:
    (escrow, in_escrow), (yearly, in_year) = others["escrow"], others["year"]
    yearly.state("bank.year_end_balance", "1000000", agreement=yearly.agreement)
    story = ClaimStory(cast, books)

    def chain(*acts: Callable[[Claim], Any]) -> Callable[[Claim], Any]:
        def run(claim: Claim) -> None:
            for act in acts:
                act(Claim.objects.get(pk=claim.pk))

        return run

    def settle_year(claim: Claim) -> None:
        yearly.settle_year(claim.bank_year, TODAY.replace(year=TODAY.year + 1))

    stood: dict[str, tuple[Books, Callable[[Claim], Any]]] = {
        "filed": (books, lambda claim: claim),
        "deficient": (books, story.notice),
        "deferred": (books, story.deferred),
        "accepted": (books, books.accept),
        "escrowed": (escrow, chain(books.accept, books.pay)),
        "part_paid": (books, chain(story.accept_part, books.pay)),
        "in_year": (yearly, yearly.accept),
        "paid": (books, chain(books.accept, books.pay)),
        "refused": (books, story.refuse),
        "withdrawn": (books, story.withdraw),
    }
    actions: dict[str, Callable[[Claim], Any]] = {
        "notice 发补正通知": story.notice,
        "answer 逐项答复完毕": story.answer,
        "defer 暂缓排队": story.defer,
        "accept 受理（预留资金）": books.accept,
        "refuse 不予补偿": story.refuse,
        "refuse 不予补偿并经第二人复核": books.refuse,
        "withdraw 银行撤回": story.withdraw,
        "take back 退回重审并经第二人复核": books.take_back,
        "pay 提请支付并经第二人复核": books.pay,
        "settle 再认定一部分并经第二人复核": lambda claim: books.settle(claim, "part", 200_000_00),
        "settle 最终认定并经第二人复核": lambda claim: books.settle(claim, "final", 250_000_00),
        "settle 纠正并经第二人复核": story.repair,
        "claw back 追回并经第二人复核": lambda claim: books.claw_back(claim, 10_000_00),
        "recover 追偿到账并经第二人复核": lambda claim: books.recover(claim, 10_000_00),
    }
    moves: set[Move] = set()
    for state, (of, bring) in stood.items():
        kept = {id(escrow): in_escrow, id(yearly): in_year}.get(id(of))
        claim = of.file(kept.pop() if kept is not None else of.bad_loan(300_000_00), 300_000_00)
        bring(claim)
        assert Claim.objects.get(pk=claim.pk).state == state
        for name, act in actions.items():
            moves |= set(tried(lambda pk=claim.pk: Claim.objects.get(pk=pk), act, name))
        if state == "in_year":
            moves |= set(tried(lambda pk=claim.pk: Claim.objects.get(pk=pk), settle_year, YEARLY))
        if state == "deferred":  # else it would stand before the others in the queue
            story.withdraw(claim)
    # the first payment of a part, which differs by what was accepted
    part = books.file(books.bad_loan(300_000_00), 300_000_00)
    story.accept_part(part)
    moves |= set(
        tried(lambda: Claim.objects.get(pk=part.pk), books.pay, "pay 部分认定的，提请支付并经第二人复核")
    )
    yet = yearly.file(in_year.pop(), 300_000_00)
    moves |= set(
        tried(lambda: Claim.objects.get(pk=yet.pk), yearly.accept, "accept 受理并计入年度（不预留资金）")
    )
    held = escrow.accept(escrow.file(in_escrow.pop(), 300_000_00))
    moves |= set(tried(lambda: Claim.objects.get(pk=held.pk), books.pay, "pay 提请划入保证金并经第二人复核"))
    assert {(before, after) for before, after, _ in moves if before != after} == {
        (before, after) for before, afters in MOVES.items() for after in afters
    }, "the table of moves and what the actions do are the same"
    return moves


def enrolment_moves(books: Books) -> set[Move]:
    def report(balance: int) -> Callable[[Enrolment], Any]:
        def act(enrolment: Enrolment) -> None:
            go_bad(enrolment.loan, balance)
            enrolling.follow_returns(by=None, loans=[enrolment.loan_id], on=TODAY)

        return act

    def pay(enrolment: Enrolment) -> None:
        books.pay(books.accept(books.file(enrolment, 100_000_00)))

    stood = {"live": lambda row: None, "closed": report(0), "claimed": pay}
    actions = {
        "returns 月报余额仍大于零": report(150_000_00),
        "returns 月报余额为零": report(0),
        "pay 补偿已支付": pay,
    }
    moves: set[Move] = set()
    for state, bring in stood.items():
        enrolment = books.bad_loan(300_000_00)
        bring(enrolment)
        assert Enrolment.objects.get(pk=enrolment.pk).state == state
        for name, act in actions.items():
            moves |= set(tried(lambda pk=enrolment.pk: Enrolment.objects.get(pk=pk), act, name))
    return {move for move in moves if move[0] != move[1]}


def approval_moves(cast: Any) -> set[Move]:
    """Tried on a change of payee; every kind of command goes through the same four functions."""
    bank = cast.bank_b
    actions: dict[str, Callable[[Approval], Any]] = {
        "approve 第二人通过并即时执行": lambda asked: approve(by=bank.checker, approval_id=asked.pk),
        "decline 第二人退回": lambda asked: decline(by=bank.checker, approval_id=asked.pk, reason="账号不清"),
        "withdraw 经办人撤回": lambda asked: withdraw(by=bank.maker, approval_id=asked.pk),
    }
    stood: dict[str, Callable[[Approval], Any]] = {"asked": lambda asked: None}
    stood |= dict(zip(("executed", "declined", "withdrawn"), actions.values(), strict=True))
    moves: set[Move] = set()
    for state, bring in stood.items():
        asked = propose_payee_account(
            by=bank.maker, holder="乙银行", bank_name="营业部", number="6222000099990000"
        )
        bring(asked)
        assert Approval.objects.get(pk=asked.pk).state == state
        for name, act in actions.items():
            moves |= set(tried(lambda pk=asked.pk: Approval.objects.get(pk=pk), act, name))
        if state == "asked":
            withdraw(by=bank.maker, approval_id=asked.pk)
    return moves


def policy_moves(cast: Any, books: Books) -> set[Move]:
    """A draft of the bureau's; what ships with the product begins as published."""
    bureau = cast.district_bureau

    def publish(draft: PolicyVersion) -> None:
        asked = policies.propose_publication(by=bureau.officer, version_id=draft.pk)
        approve(by=bureau.approver, approval_id=asked.pk)

    stood: dict[str, Callable[[PolicyVersion], Any]] = {
        "draft": lambda draft: None,
        "published": publish,
        "withdrawn": lambda draft: policies.withdraw_draft(by=bureau.officer, version_id=draft.pk),
    }
    actions = {"publish 提请发布并经第二人复核": publish, "withdraw 撤回草稿": stood["withdrawn"]}
    moves: set[Move] = set()
    for number, (state, bring) in enumerate(stood.items()):
        text = NEXT.replace("@2026", f"@{2026 + number}").replace("knowledge-value", f"state-{state}")
        text = text.replace(f"supersedes: chongqing-state-{state}@2017\n", "")
        draft = policies.keep_draft(by=bureau.officer, kind="scheme", text=text)
        bring(draft)
        assert PolicyVersion.objects.get(pk=draft.pk).state == state
        for name, act in actions.items():
            moves |= set(tried(lambda pk=draft.pk: PolicyVersion.objects.get(pk=pk), act, name))
    return moves


def filing_moves() -> set[Move]:
    return {(before, after, "") for before, afters in states.MOVES.items() for after in afters}


def instruction_moves() -> set[Move]:
    told = {
        "sent": "release 批次由第二人放行", "succeeded": "return 回盘成功，两人入账",
        "failed": "return 回盘失败，或两人撤回、登记退票",
    }  # fmt: skip
    return {(before, after, told[after]) for before, afters in TREASURY_MOVES.items() for after in afters}


FILES = """
## 登记案件 · RegistrationFile

Which states and moves a file has stands in its rule book (policies/registration/); each is drawn, with who moves it, in
[pledge-registration.md](pledge-registration.md), and `tests/pledges/test_steps.py` takes every move through the actions.
The database moves the pointer with each act and refuses one that does not go on from it.

| 状态 | Identifier | 权利种类 |
| --- | --- | --- |
"""


def states_of_files() -> str:
    """The states of all rule books, with the kinds of right that have them."""
    found: dict[tuple[str, str], list[str]] = {}
    for book in library().books.values():
        for state in book.states:
            found.setdefault((state.title, state.id), []).append(str(IPRight.Kind(book.kind).label))
    rows = [
        f"| {title} | `{state}` | {'、'.join(dict.fromkeys(kinds))} |"
        for (title, state), kinds in found.items()
    ]
    return FILES + "\n".join([*rows, ""])


def drawn(title: str, choices: type[models.TextChoices], start: str, moves: set[Move]) -> str:
    """A heading, the words of the states and a mermaid diagram, in the order of the choices."""
    order = choices.values
    ends = [state for state in order if not any(before == state != after for before, after, _ in moves)]
    lines = [f"\n## {title}\n", "| 状态 | Identifier | |", "| --- | --- | --- |"]
    remark = {start: "start 起点", **dict.fromkeys(ends, "end 终点")}
    lines += [f"| {choice.label} | `{choice.value}` | {remark.get(choice.value, '')} |" for choice in choices]
    lines += ["", "```mermaid", "stateDiagram-v2", f"    [*] --> {start}"]
    for before, after, name in sorted(moves, key=lambda m: (order.index(m[0]), order.index(m[1]), m[2])):
        lines.append(f"    {before} --> {after}{f': {name}' if name else ''}")
    return "\n".join([*lines, "```", ""])


@translation.override("zh-hans")
def test_the_page_of_states_shows_what_the_code_does(cast):
    others = {"escrow": loans_of(cast, SHANGHAI), "year": loans_of(cast, QINGDAO)}
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    grades = "\n".join(f"- {grade.label} `{grade.value}`" for grade in LoanReturn.Grade)
    page = "".join(
        [
            HEAD,
            drawn("报送文件 · Filing", Filing.State, "checking", filing_moves()),
            drawn("补偿申请 · Claim", Claim.State, "filed", claim_moves(cast, books, others)),
            drawn("付款指令 · PaymentInstruction", PaymentInstruction.State, "waiting", instruction_moves()),
            drawn("入池 · Enrolment", Enrolment.State, "live", enrolment_moves(books)),
            drawn("政策版本 · PolicyVersion", PolicyVersion.State, "draft", policy_moves(cast, books)),
            drawn("复核 · Approval", Approval.State, "asked", approval_moves(cast)),
            states_of_files(),
            f"{GRADES}\n{grades}\n",
        ]
    )
    if os.environ.get("DRAW"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
