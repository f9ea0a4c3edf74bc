"""White lists as workbooks: a house's with every firm and every condition, a bank's with the firms it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.parties.published import region_name
from kernel.sheets.tables import Cell, TableSheet, write_tables
from valuation.whitelists import queries, wording
from valuation.whitelists.models import BankAnswer

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from valuation.whitelists.models import Push, WhiteList


def lead_of(made: WhiteList) -> list[str]:
    """What list it is: filter, day, house, state, until when it is valid."""
    approved = getattr(made, "approved", None)
    until = (
        f"，{approved.approved_on.isoformat()} 定稿，有效至 {approved.valid_to.isoformat()}，摘要 {approved.digest}"
        if approved
        else ""
    )
    return [
        f"{made.filter_text['title']}（{made.filter}）",
        f"{made.house.name}编制，{region_name(made.region)}，截至 {made.on.isoformat()}，{made.get_state_display()}{until}",
    ]


def workbook_of_house(made: WhiteList) -> bytes:
    """Sheet 名单: who stands on it; sheet 全部企业: everybody with the answer to every condition."""
    firms: list[list[Cell]] = [
        [place, one.name, one.credit_code, one.district,
         "筛选" if one.answer == one.Answer.IN else "人工列入", change.reason if change else ""]
        for place, (one, change) in enumerate(queries.standing(made), 1)
    ]  # fmt: skip
    criteria = queries.filter_of_list(made).criteria
    everybody: list[list[Cell]] = [
        [one.name, one.credit_code, one.get_answer_display(),
         *(_cell(told) for told in wording.told_of(one, made))]
        for one in queries.candidates(made)
    ]  # fmt: skip
    lead = lead_of(made)
    sheets = [
        TableSheet(
            "名单",
            lead,
            ["序号", "企业", "统一社会信用代码", "区县", "列入方式", "人工列入理由"],
            firms,
        ),
        TableSheet(
            "全部企业",
            lead,
            ["企业", "统一社会信用代码", "结论", *(one.name for one in criteria)],
            everybody,
        ),
    ]
    return write_tables(lead[0], sheets)


def _cell(told: wording.Told) -> str:
    return "\n".join([f"{told.word}{f'（{told.gap}）' if told.gap else ''}", *told.facts])


def workbook_of_bank(viewer: Membership, push: Push) -> bytes:
    """The firms of a push with the bank's own loans and its last answer."""
    firms = list(queries.pushed_firms(viewer=viewer, push=push))
    own = queries.own_loans(viewer=viewer, enterprises=[firm.enterprise_id for firm in firms])
    words = dict(BankAnswer.Kind.choices)
    rows: list[list[Cell]] = [
        [firm.place, firm.told["name"], firm.told["credit_code"], firm.told["district"],
         "人工列入" if firm.told["by"] == "hand" else "筛选", firm.told["reason"],
         "、".join(loan.bank_loan_no for loan in own.get(firm.enterprise_id, [])),
         str(words[firm.said]) if firm.said else "",
         f"{firm.wished.isoformat()} 起要求移出，请勿再联系" if firm.wished else ""]
        for firm in firms
    ]  # fmt: skip
    lead = [
        *lead_of(push.approved.white_list),
        f"{push.pushed_on.isoformat()} 推送至{push.bank.name}，推送摘要 {push.digest}",
    ]
    headings = [
        "序号",
        "企业",
        "统一社会信用代码",
        "区县",
        "列入方式",
        "人工列入理由",
        "在本行的贷款",
        "本行反馈",
        "提示",
    ]
    return write_tables(lead[0], [TableSheet("名单", lead, headings, rows)])
