"""Rules over a filed row and over all rows of a file: what must hold between cells. Pure.

Values are those of `finance.intake.columns`; a value may be absent (its cell was in error) or None
(blank), and a rule then says nothing. Amounts are fen. Each rule yields flaws at the column where the
person should look.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from finance.pledges.rules import right_key, right_kind
from kernel.money import wan_text, yuan_text
from kernel.sheets.columns import RowFlaw, Values
from kernel.sheets.figures import shortest_decimal

RIGHT_KINDS = {
    "专利": "patent",
    "商标": "trademark",
    "著作权": "copyright",
    "集成电路布图设计": "layout",
    "数据知识产权": "data",
}
MIXED = "混合"
BAD_GRADES = ("次级", "可疑", "损失")
Key = TypeVar("Key")
MOST_NAMED = 5  # so that five thousand rows of one number are not five thousand lists of five thousand


@dataclass(frozen=True)
class LoanFilingParameters:
    """Beyond the amounts a row is refused; beyond rates, shares and terms it is pointed out. Fen,
    points, years.
    """

    version: str
    largest_loan_fen: int
    smallest_loan_fen: int
    least_rate_percent: Decimal
    most_rate_percent: Decimal
    least_ip_share_percent: Decimal
    longest_term_years: int


@dataclass(frozen=True)
class MonthlyReturnParameters:
    """After how many days overdue a loan is at least substandard."""

    version: str
    substandard_after_days: int


@dataclass(frozen=True)
class KnownLoan:
    """What a monthly return is held against: fen and days of a loan already filed."""

    principal_fen: int
    disbursed_on: date
    prior_balance_fen: int | None = None


def _others(rows: Sequence[int], number: int) -> str:
    """The first rows besides `number`, and how many there are in all when that is not all of them.

    >>> _others([2, 5, 9], 5), _others(range(2, 5002), 2)
    ('第2行、第9行', '第3行、第4行、第5行、第6行、第7行等4999行')
    """
    named = [other for other in rows[: MOST_NAMED + 1] if other != number][:MOST_NAMED]
    told = "、".join(f"第{other}行" for other in named)
    return told if len(rows) - 1 <= len(named) else f"{told}等{len(rows) - 1}行"


def _met_again(places: Mapping[Key, Sequence[int]]) -> Iterator[tuple[int, Key, str]]:
    """(row, what it shares, the other rows) for every row that is not alone in its place."""
    for shared, rows in places.items():
        for number in rows if len(rows) > 1 else ():
            yield number, shared, _others(rows, number)


def _yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)


def plausible_amount(values: Values, on: date, limits: LoanFilingParameters, _: Any) -> Iterator[RowFlaw]:
    """Beyond the limits the unit was mistaken: 元 under a 万元 heading, or the other way round."""
    fen = values.get("principal_fen")
    if fen is None:
        return
    if fen > limits.largest_loan_fen:
        meant = f"如果原数是元，应填 {wan_text(fen // 10_000, 4)} 万元" if fen % 10_000 == 0 else "请核对单位"
        yield RowFlaw(
            "principal_fen",
            "amount_too_large",
            f"按表头单位是 {wan_text(fen)} 万元，疑似把元填进了万元列",
            meant,
        )
    elif fen < limits.smallest_loan_fen:
        found = f"按表头单位只有 {yuan_text(fen)} 元，疑似单位有误"
        yield RowFlaw("principal_fen", "amount_too_small", found, "请核对表头单位与金额", "warning")


def plausible_points(values: Values, on: date, limits: LoanFilingParameters, _: Any) -> Iterator[RowFlaw]:
    """3.85 % given as 0.0385, 60 % as 0.6 (a cell in percent format gives its fraction): refused, not guessed."""
    rate = values.get("annual_rate_percent")
    if rate is not None and rate * 100 <= limits.most_rate_percent:
        shown = shortest_decimal(rate * 100)
        found = f"年利率只有 {shortest_decimal(rate)}%，疑似把 {shown}% 填成了小数"
        wanted = f"{shown}% 请填 {shown}（单元格请用数值格式，不用百分比格式）"
        yield RowFlaw("annual_rate_percent", "rate_as_fraction", found, wanted)
    elif rate is not None and not limits.least_rate_percent <= rate <= limits.most_rate_percent:
        found = f"年利率 {shortest_decimal(rate)}% 不在常见范围"
        yield RowFlaw(
            "annual_rate_percent", "rate_unusual", found, "请核对；确实无误的，由复核人确认", "warning"
        )
    share = values.get("ip_share_percent")
    if share is not None and share <= limits.least_ip_share_percent:
        shown = shortest_decimal(share * 100)
        found = f"知识产权质押占比只有 {shortest_decimal(share)}%，疑似把 {shown}% 填成了小数"
        wanted = f"{shown}% 请填 {shown}（单元格请用数值格式，不用百分比格式）"
        yield RowFlaw("ip_share_percent", "share_as_fraction", found, wanted)


def days_in_order(values: Values, on: date, limits: LoanFilingParameters, _: Any) -> Iterator[RowFlaw]:
    """Signed, lent, due in that order; nothing that has happened lies in the future."""
    signed, lent, due = (values.get(key) for key in ("signed_on", "disbursed_on", "due_on"))
    for key, what in (
        ("signed_on", "合同签订日"),
        ("disbursed_on", "放款日"),
        ("pledge_registered_on", "质押登记日"),
    ):
        day = values.get(key)
        if day is not None and day > on:
            yield RowFlaw(
                key,
                "day_in_future",
                f"{what} {day.isoformat()} 晚于今天 {on.isoformat()}",
                "请填写已经发生的日期",
            )
    if lent and due and due <= lent:
        found = f"到期日 {due.isoformat()} 不晚于放款日 {lent.isoformat()}"
        yield RowFlaw("due_on", "due_before_lent", found, "到期日要晚于放款日，请核对两个日期")
    elif lent and due and due > _years_later(lent, limits.longest_term_years):
        found = f"期限从 {lent.isoformat()} 到 {due.isoformat()}，超过 {limits.longest_term_years} 年"
        yield RowFlaw("due_on", "term_unusual", found, "请核对到期日；确实无误的，由复核人确认", "warning")
    if signed and lent and signed > lent:
        found = f"合同签订日 {signed.isoformat()} 晚于放款日 {lent.isoformat()}"
        yield RowFlaw("signed_on", "signed_after_lent", found, "一般先签合同后放款，请核对", "warning")


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def pledge_before_loan(values: Values, on: date, limits: Any, _: Any) -> Iterator[RowFlaw]:
    """The pledge exists from registration (Civil Code art. 444): money lent earlier was lent without it."""
    lent, registered = values.get("disbursed_on"), values.get("pledge_registered_on")
    if lent and registered and lent < registered <= on:
        found = f"质押登记日 {registered.isoformat()} 晚于放款日 {lent.isoformat()}，放款时质权尚未设立"
        yield RowFlaw(
            "pledge_registered_on", "lent_before_pledge", found, "请核对；确实如此的，由复核人确认", "warning"
        )


def guarantor_named(values: Values, on: date, limits: Any, _: Any) -> Iterator[RowFlaw]:
    """A guarantee has a guarantor, and a guarantor guarantees."""
    if "security" not in values or "guarantor_name" not in values or values["security"] is None:
        return
    guaranteed, named = "保证" in values["security"], values["guarantor_name"] is not None
    if guaranteed and not named:
        found = f"担保方式是“{values['security']}”，但没有填写担保机构"
        yield RowFlaw("guarantor_name", "guarantor_missing", found, "请填写担保机构全称")
    elif named and not guaranteed:
        found = f"填写了担保机构，但担保方式是“{values['security']}”"
        yield RowFlaw("guarantor_name", "guarantor_unexpected", found, "请核对担保方式", "warning")


def rights_fit_kind(values: Values, on: date, limits: Any, _: Any) -> Iterator[RowFlaw]:
    """The numbers are of the kind stated; 混合 has more than one kind."""
    stated, numbers = values.get("pledge_kind"), values.get("right_numbers")
    if stated is None or numbers is None:
        return
    kinds = {number: right_kind(number) for number in numbers}
    if stated == MIXED:
        known = {kind for kind in kinds.values() if kind}
        if len(numbers) < 2 or len(known) < 2:
            found = "质押类型是“混合”，但编号只有一种权利"
            yield RowFlaw("right_numbers", "kind_differs", found, "请补全编号，或改正质押类型", "warning")
        return
    odd = [number for number, kind in kinds.items() if kind and kind != RIGHT_KINDS[stated]]
    if odd:
        found = f"质押类型是“{stated}”，但 {'、'.join(odd)} 看起来不是"
        yield RowFlaw("right_numbers", "kind_differs", found, "请核对编号，或把质押类型改为“混合”", "warning")


def loan_number_once(
    rows: Sequence[tuple[int, Values]], on: date, limits: Any, _: Any
) -> Iterator[tuple[int, RowFlaw]]:
    """A bank's loan number stands once in a file; both rows are in error and name each other."""
    places: dict[str, list[int]] = {}
    for number, values in rows:
        if loan := values.get("bank_loan_no"):
            places.setdefault(loan, []).append(number)
    for number, loan, others in _met_again(places):
        found = f"{loan} 在{others}也出现"
        wanted = "同一笔贷款只报一行；请删除或改正编号"
        yield number, RowFlaw("bank_loan_no", "loan_number_twice", found, wanted)


def right_under_one_loan(
    rows: Sequence[tuple[int, Values]], on: date, limits: Any, _: Any
) -> Iterator[tuple[int, RowFlaw]]:
    """The same right under two loans may be lawful (a registered maximum-amount pledge), so it only warns."""
    places: dict[str, list[tuple[int, str]]] = {}
    for number, values in rows:
        for right in values.get("right_numbers") or ():
            places.setdefault(right_key(right), []).append((number, right))
    for found in places.values():
        rows_with_it = list(dict.fromkeys(number for number, _ in found))  # a row may write it twice
        for number, right in found if len(rows_with_it) > 1 else ():
            others = _others(rows_with_it, number)
            flaw = RowFlaw(
                "right_numbers",
                "right_twice",
                f"{right} 在{others}的贷款下也作了质押",
                "请核对；确属同一权利担保多笔贷款的，由复核人确认",
                "warning",
            )
            yield number, flaw


def return_fits_loan(
    values: Values, on: date, limits: Any, loans: Mapping[str, KnownLoan] | None
) -> Iterator[RowFlaw]:
    """A return speaks of a filed loan: balance within the principal, month not before it was lent."""
    if loans is None or not values.get("bank_loan_no"):
        return
    loan = loans.get(values["bank_loan_no"])
    if loan is None:
        found = f"{values['bank_loan_no']} 不在本行已备案的贷款里"
        yield RowFlaw("bank_loan_no", "loan_unknown", found, "请核对编号；新贷款请先备案")
        return
    balance = values.get("balance_fen")
    if balance is not None and balance > loan.principal_fen:
        found = f"余额 {_yuan(balance)} 元大于贷款本金 {_yuan(loan.principal_fen)} 元"
        yield RowFlaw("balance_fen", "balance_over_principal", found, "请核对余额和单位（本列单位是元）")
    elif balance is not None and loan.prior_balance_fen is not None and balance > loan.prior_balance_fen:
        found = f"余额 {_yuan(balance)} 元大于上期 {_yuan(loan.prior_balance_fen)} 元"
        yield RowFlaw("balance_fen", "balance_grew", found, "请核对；确实无误的，由复核人确认", "warning")
    period, overdue = values.get("period"), values.get("overdue_since")
    if period and period < loan.disbursed_on.isoformat()[:7]:
        found = f"报告期 {period} 早于放款日 {loan.disbursed_on.isoformat()}"
        yield RowFlaw("period", "period_before_loan", found, "请核对报告期")
    settled = values.get("settled_on")
    if settled and settled <= loan.disbursed_on:
        found = f"结清日期 {settled.isoformat()} 不晚于放款日 {loan.disbursed_on.isoformat()}"
        yield RowFlaw("settled_on", "settled_before_loan", found, "请核对结清日期")
    if overdue and overdue <= loan.disbursed_on:
        found = f"逾期起始日 {overdue.isoformat()} 不晚于放款日 {loan.disbursed_on.isoformat()}"
        yield RowFlaw("overdue_since", "overdue_before_loan", found, "请核对逾期起始日")


def return_in_time(values: Values, on: date, limits: Any, _: Any) -> Iterator[RowFlaw]:
    """No report of a month to come, no overdue day after the month reported."""
    period, overdue = values.get("period"), values.get("overdue_since")
    if period and period > on.isoformat()[:7]:
        yield RowFlaw("period", "period_in_future", f"报告期 {period} 还没有到", "请填写已结束的月份")
    elif period and overdue and overdue > month_end(period):
        found = f"逾期起始日 {overdue.isoformat()} 晚于报告期 {period}"
        yield RowFlaw("overdue_since", "overdue_after_period", found, "本期没有逾期的请留空")


def settled_in_time(values: Values, on: date, limits: Any, _: Any) -> Iterator[RowFlaw]:
    """A day of settlement belongs to a loan without balance, and lies within what the month can know."""
    period, settled, balance = values.get("period"), values.get("settled_on"), values.get("balance_fen")
    if not settled:
        return
    if balance:
        found = f"余额 {_yuan(balance)} 元，却填写了结清日期 {settled.isoformat()}"
        yield RowFlaw("settled_on", "settled_with_balance", found, "未结清的请留空，已结清的余额填 0")
    if period and settled > min(month_end(period), on):
        found = f"结清日期 {settled.isoformat()} 晚于报告期 {period}"
        yield RowFlaw("settled_on", "settled_after_period", found, "请填写本期末以前的日期")


def month_end(period: str) -> date:
    """The last day of a month written YYYY-MM.

    >>> month_end("2026-02"), month_end("2026-12")
    (datetime.date(2026, 2, 28), datetime.date(2026, 12, 31))
    """
    year, month = int(period[:4]), int(period[5:])
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def grade_fits_overdue(
    values: Values, on: date, limits: MonthlyReturnParameters, _: Any
) -> Iterator[RowFlaw]:
    """A loan long overdue is at least substandard; an overdue loan is hardly normal; a bad loan has a
    balance.
    """
    grade, overdue, period = values.get("grade"), values.get("overdue_since"), values.get("period")
    if overdue and grade and period:
        days = (month_end(period) - overdue).days + 1
        if days > limits.substandard_after_days and grade not in BAD_GRADES:
            found = f"到期末已逾期 {days} 天，五级分类填的是“{grade}”"
            wanted = f"逾期超过 {limits.substandard_after_days} 天至少归为次级；请核对"
            yield RowFlaw("grade", "grade_too_good", found, wanted, "warning")
        elif grade == "正常":
            yield RowFlaw(
                "grade", "grade_too_good", "有逾期，五级分类填的是“正常”", "请核对五级分类", "warning"
            )
    if overdue and values.get("balance_fen") == 0:
        yield RowFlaw(
            "overdue_since",
            "overdue_without_balance",
            "余额是 0，却填写了逾期起始日",
            "已结清的请留空",
            "warning",
        )


def return_once(
    rows: Sequence[tuple[int, Values]], on: date, limits: Any, _: Any
) -> Iterator[tuple[int, RowFlaw]]:
    """One return of a loan for a month."""
    places: dict[tuple[str, str], list[int]] = {}
    for number, values in rows:
        if values.get("bank_loan_no") and values.get("period"):
            places.setdefault((values["bank_loan_no"], values["period"]), []).append(number)
    for number, (loan, period), others in _met_again(places):
        found = f"{loan} 的 {period} 期在{others}也出现"
        yield number, RowFlaw("bank_loan_no", "return_twice", found, "同一笔贷款每期只报一行")
