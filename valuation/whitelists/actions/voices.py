"""What others say to a list: a bank what became of a firm, an enterprise that it wishes to be taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from finance.loans.models import Loan
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.typed import words_problems
from valuation.whitelists import queries
from valuation.whitelists.actions.making import MOST_REASON, reason_problems
from valuation.whitelists.models import BankAnswer, PushedFirm, TakeOffWish, WhiteList, WishTakenBack

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from finance.parties.models import Membership

ANSWERS = ("bank.maker",)
WISHES = ("enterprise.owner",)
Kind = BankAnswer.Kind
MOST_LOAN_NO = 60


@in_chinese
@transaction.atomic
def answer(
    *,
    by: Membership,
    push_id: UUID,
    enterprise_id: UUID,
    kind: str,
    about: dt.date,
    on: dt.date,
    reason: str = "",
    loan_no: str = "",
) -> BankAnswer:
    """A bank says what became of a firm on a day; a further answer stands beside the earlier and is the one that counts.

    Refused: declined without a reason, granted without a loan number or under one that is another borrower's or was lent
    before the push, a day before the push or to come. A number not yet filed here is kept as said.
    """
    permit(by, *ANSWERS)
    firm = queries.pushed_firm(viewer=by, push_id=push_id, enterprise_id=enterprise_id)
    reason, loan_no = reason.strip(), loan_no.strip()
    problems = _problems(firm, kind, about, on, reason, loan_no)
    loan = None
    if kind == Kind.GRANTED and loan_no:
        loan = (
            Loan.objects.filter(bank=by.organisation_id, bank_loan_no=loan_no).select_related("terms").first()
        )
        problems += _problems_of_loan(firm, loan) if loan is not None else []
    refuse_if_any(problems)
    said = BankAnswer.objects.create(
        firm=firm, kind=kind, reason=reason, loan_no=loan_no if kind == Kind.GRANTED else "", loan=loan,
        about=about, answered_by=by.account,
    )  # fmt: skip
    record(
        by=by,
        verb="whitelist.answer",
        subject=firm,
        summary=f"{firm.told['name']}：{said.get_kind_display()}",
    )
    return said


def _problems(
    firm: PushedFirm, kind: str, about: dt.date, on: dt.date, reason: str, loan_no: str
) -> list[Problem]:
    problems = []
    if kind not in Kind.values:
        problems.append(Problem("结果", kind[:20] or "未选择", "请选择已联系、未予授信或已放款", "kind"))
    if kind == Kind.DECLINED and not reason:
        problems.append(Problem("原因", "未填写", "未予授信须写明原因", "required"))
    problems += words_problems("原因", reason, MOST_REASON, required=False)
    if kind == Kind.GRANTED and not loan_no:
        problems.append(Problem("贷款编号", "未填写", "请填写本行的贷款编号", "required"))
    problems += words_problems("贷款编号", loan_no, MOST_LOAN_NO, required=False)
    if not firm.push.pushed_on <= about <= on:
        problems.append(Problem("日期", f"{about}", f"在推送日 {firm.push.pushed_on} 至今天之间", "day"))
    return problems


def _problems_of_loan(firm: PushedFirm, loan: Loan) -> list[Problem]:
    """What was lent to another, or before the bank was told of the firm, did not come of the list."""
    number, pushed_on = loan.bank_loan_no, firm.push.pushed_on
    if loan.borrower_id != firm.enterprise_id:
        return [Problem("贷款编号", f"{number} 是另一借款人的贷款", "请核对编号", "other_borrower")]
    lent_on = loan.terms.disbursed_on if loan.terms else None
    if lent_on is not None and lent_on < pushed_on:
        found = f"{number} 于 {lent_on} 已放款，早于推送日 {pushed_on}"
        return [Problem("贷款编号", found, "请填写收到名单以后发放的贷款", "lent_before")]
    return []


@in_chinese
@transaction.atomic
def wish_to_be_taken_off(*, by: Membership, list_id: UUID, reason: str, on: dt.date) -> TakeOffWish:
    """An enterprise asks the house of a list to take it off its lists, until it says otherwise.

    It is pushed no more from this moment, of this list and of every other of the house; a bank that was told before sees the
    wish beside its name. The house's lists are locked so that no push overtakes it. Refused: asked before.
    """
    permit(by, *WISHES)
    house = queries.listing_house(viewer=by, list_id=list_id)
    problems = [] if not reason.strip() else reason_problems(reason)
    list(
        WhiteList.objects.filter(house=house, state="approved").order_by("pk").select_for_update(no_key=True)
    )
    if queries.own_wishes(viewer=by).filter(house=house).exists():
        problems.append(Problem("移出请求", "已经提出", "不必再次提出", "asked_before"))
    refuse_if_any(problems)
    wish = TakeOffWish.objects.create(
        enterprise=by.organisation, house=house, reason=reason.strip(), said_on=on, said_by=by.account
    )  # fmt: skip
    record(by=by, verb="whitelist.wish", subject=wish, summary=f"要求 {house.short_name} 将本企业移出白名单")
    return wish


@in_chinese
@transaction.atomic
def take_back_wish(*, by: Membership, wish_id: UUID, on: dt.date) -> WishTakenBack:
    """The enterprise lets itself be listed and pushed again; TakeOffWish.DoesNotExist for everybody else."""
    permit(by, *WISHES)
    wish = queries.own_wishes(viewer=by).get(pk=wish_id)
    if on < wish.said_on:
        raise Refused(Problem("日期", f"{on} 早于提出日", "不早于提出日", "day"))
    taken = WishTakenBack.objects.create(wish=wish, taken_back_on=on, taken_back_by=by.account)
    summary = f"撤回对 {wish.house.short_name} 的白名单移出请求"
    record(by=by, verb="whitelist.wish_back", subject=wish, summary=summary)
    return taken
