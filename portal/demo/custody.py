"""The custodian bank of the demonstration: payments go out in batches, it answers, and states each account line by line.

In the first pool one payment has failed and one receipt is in transit, and all agrees; in the second a line that nobody
knows freezes payouts.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

from kernel.money import fen_from_yuan, yuan_text
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from portal.demo.setting import WAN
from portal.demo.telling import sign
from riskpool.claims.models import Claim
from riskpool.pools import actions as pool_actions
from riskpool.pools import queries as pools
from riskpool.treasury import actions, queries
from riskpool.treasury.models import PaymentInstruction, StatementLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.parties.models import Membership
    from kernel.statements.matching import Movement
    from portal.demo.telling import Story
    from riskpool.pools.models import Pool, PoolSource

SENT_AFTER_DAYS = 10
INTEREST_FEN = 18_642_37
STRAY_FEN = 12_800_00


def tell(story: Story) -> None:
    """Payments older than some days were sent and answered; each account is stated until yesterday."""
    home, other = story.pools
    for pool in story.pools:
        officer, approver = story.seats(pool)
        for source in pools.sources_of(pool):
            _send(source, officer, approver, story.day)
        _answer(pool, officer, approver, story.day, _to_fail(pool) if pool == home else "")
        *others, last = pools.sources_of(pool)
        for source in others:
            _state(source, officer, story.day, [])
        # with the last account: a statement that is entered while a line is open takes a second person
        _state(last, officer, story.day, [(_interest_line if pool == home else _stray_line)(story.day)])
    _explain_interest(home, *story.seats(home))
    _in_transit(home, *story.seats(home), story.day)
    assert not queries.frozen(home), "the demonstration begins with accounts that agree"
    assert queries.open_lines(other).count() == 1, "and with one line that nobody knows"


def _to_fail(pool: Pool) -> str:
    """The number of a payment whose failing undoes nothing that came after it."""
    settled = Claim.objects.filter(
        enrolment__agreement__pool=pool, state=Claim.State.PAID, returned=0, owed=0, recoveries=None
    )
    ids = [str(pk) for pk in settled.values_list("pk", flat=True)]
    sent = PaymentInstruction.objects.filter(source__pool=pool, state="sent", subject_id__in=ids)
    return str(sent.latest("day", "reference").reference)


def _interest_line(day: dt.date) -> tuple[str, ...]:
    on = day - dt.timedelta(days=2)
    return (on.isoformat(), yuan_text(INTEREST_FEN), "", "", "结息", f"JX{on:%Y%m%d}")


def _stray_line(day: dt.date) -> tuple[str, ...]:
    on = day - dt.timedelta(days=2)
    return (on.isoformat(), yuan_text(STRAY_FEN), "", "济宁泗水商贸有限公司", "货款", f"WR{on:%Y%m%d}")


def _explain_interest(pool: Pool, officer: Membership, approver: Membership) -> None:
    line = StatementLine.objects.get(statement__source__pool=pool, memo="结息")
    asked = actions.propose_explanation(
        by=officer,
        pool_id=pool.pk,
        line_id=line.pk,
        kind="interest",
        note=f"银行结息单 {line.bank_reference}",
    )
    approve(by=approver, approval_id=asked.pk)


def _in_transit(pool: Pool, officer: Membership, approver: Membership, day: dt.date) -> None:
    """A contribution was booked yesterday that the bank will state tomorrow."""
    source = pools.sources_of(pool)[0]
    asked = pool_actions.propose_contribution(
        by=officer, source=source, fen=200 * WAN, day=day - dt.timedelta(days=1), on=day,
        reference=f"市财政拨款 {day - dt.timedelta(days=1):%Y%m%d}-03",
    )  # fmt: skip
    approve(by=approver, approval_id=asked.pk)


def _send(source: PoolSource, officer: Membership, approver: Membership, day: dt.date) -> None:
    old = PaymentInstruction.objects.filter(
        source=source, state="waiting", day__lte=day - dt.timedelta(days=SENT_AFTER_DAYS)
    )
    ids = list(old.values_list("pk", flat=True))
    if ids:
        asked = actions.propose_batch(
            by=officer, pool_id=source.pool_id, source_id=source.pk, instruction_ids=ids
        )
        sign(approver, asked, day)


def _answer(pool: Pool, officer: Membership, approver: Membership, day: dt.date, failed: str) -> None:
    """The bank paid everything but one; its numbers run by the instructions' own."""
    sent = PaymentInstruction.objects.filter(source__pool=pool, state="sent").order_by("reference")
    rows = [
        (
            *(row.reference, yuan_text(fen_of(row.amount))),
            *(
                ("失败", "收款户名与账号不符", "")
                if row.reference == failed
                else ("成功", "", f"B{row.reference[-6:]}")
            ),
            row.day.isoformat(),
        )
        for row in sent
    ]
    if rows:
        content = _file(
            ["付款编号", "付款金额（元）", "处理结果", "失败原因", "银行流水号", "处理日期"], rows
        )
        asked = actions.propose_return(
            by=officer, pool_id=pool.pk, name=f"回盘_{day:%Y%m%d}.csv", content=content, on=day
        )
        assert asked is not None, "the first answer says something new"
        approve(by=approver, approval_id=asked.pk)


def _state(source: PoolSource, officer: Membership, day: dt.date, more: Sequence[tuple[str, ...]]) -> None:
    """All that moved until yesterday and what only the bank knows, less what has not been paid: not sent yet, or failed."""
    yesterday = day - dt.timedelta(days=1)
    unpaid = PaymentInstruction.objects.filter(source=source, state__in=("waiting", "failed"))
    never = {str(pk) for pk in unpaid.values_list("journal", flat=True)}
    moved = [
        m
        for m in queries.movements_of(source)
        if m.day <= yesterday and m.journal not in never and m.undoes not in never
    ]
    if not moved:
        return
    heads = ["交易日期", "收入金额（元）", "支出金额（元）", "对方户名", "摘要", "银行流水号"]
    lines = sorted([*(_line(movement) for movement in moved), *more], key=lambda line: line[0])
    content = _file(heads, lines)
    closing = sum(movement.signed for movement in moved) + sum(fen_from_yuan(line[1], "") for line in more)
    stated = actions.Stated(min(moved[0].day, source.pool.opened_on), yesterday, 0, closing)
    name = f"{source.name}对账单_{yesterday:%Y%m%d}.csv"
    actions.enter_statement(by=officer, source=source, stated=stated, name=name, content=content, on=day)


def _line(movement: Movement) -> tuple[str, ...]:
    amount = yuan_text(abs(movement.signed))
    came, went = (amount, "") if movement.signed > 0 else ("", amount)
    reference = max(movement.references, default="")
    return (movement.day.isoformat(), came, went, movement.counterparty, "", reference)


def _file(heads: list[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode("utf-8-sig")
