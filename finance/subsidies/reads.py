"""Which facts a policy reads, and what its lines are called: for forms and pages. Pure.

A form that is made of this asks for what the policy looks at and for nothing else, whatever city it is of.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from finance.subsidies.metering import INTEREST_YEAR, PROJECT, numbers_path, pays_by_year
from finance.subsidies.rates import SELECTOR_FACTS
from finance.subsidies.shape import WITH_FACT
from finance.subsidies.stating import ENTERED_APART
from finance.subsidies.terms import (
    CALENDAR_YEAR,
    DATES,
    INTEREST,
    IP_SHARE,
    ApprovedAmount,
    Band,
    BankVolume,
    Cap,
    ContractRate,
    CostBound,
    FactTest,
    FeePaid,
    Fixed,
    InterestPaid,
    Line,
    LoanAmount,
    NotionalInterest,
    Policy,
    Reference,
    TierAmount,
    parts_of,
    tests_in,
)
from finance.subsidies.words import fact_name
from finance.subsidies.working import FEE_WORDS

_SPAN = ("loan.draws", "loan.settled_on", "loan.repaid")
_MAY_BE_LEFT_OUT = ("loan.repaid", INTEREST_YEAR)
SECTIONS = {
    "applicant": "申请企业",
    "loan": "贷款",
    "pledge": "质押",
    "bank": "银行",
    "event": "事项",
    "fees": "费用",
    "": "金额与比例",
}
"""Headings of the facts, in the order of a page; a section of another name is shown under its own."""
PAYEE_WORDS = {"enterprise": "企业", "bank": "贷款银行", "guarantor": "担保机构", "mark_owner": "商标权利人"}


@lru_cache(maxsize=64)
def facts_read(policy: Policy) -> tuple[str, ...]:
    """The paths of all facts the policy may look at, in the order of the file; those that acts enter are left out.

    The fees of a line count too: whoever has paid none leaves them empty.
    """
    found = dict.fromkeys(
        (*_reads(policy.eligibility), *_reads(policy.lines), *_picking(policy), *_counted(policy))
    )
    return tuple(path for path in found if path not in ENTERED_APART)


def needed_by(policy: Policy, path: str) -> str:
    """Where a fact is needed first, in the policy's own words: a condition's reason, or the line it is calculated in."""
    return _first_needs(policy).get(path, "")


@lru_cache(maxsize=64)
def _first_needs(policy: Policy) -> Mapping[str, str]:
    """For each fact where it is needed first; one walk through the policy answers for every row of a page."""
    needs = {
        path: condition.reason for condition in reversed(policy.eligibility) for path in _reads(condition)
    }
    own = {
        PROJECT: "有限额按项目累计",
        INTEREST_YEAR: "利息分年申报的填写；一次申报全部利息的不填",
    }
    lines = {path: f"计算{line_words(line)}" for line in reversed(policy.lines) for path in _reads(line)}
    return {**lines, **own, **needs}


def may_be_left_out(policy: Policy, path: str) -> bool:
    """Whether nothing needs this fact: a fee that was not paid, a repayment before the end."""
    return path in _MAY_BE_LEFT_OUT or path.startswith("fees.")


def values_tested(policy: Policy, path: str) -> tuple[str | bool, ...]:
    """The words with which the policy compares a fact, for a list to choose from."""
    found: dict[str | bool, None] = {}
    for test in tests_in((policy.eligibility, policy.lines)):
        if test.fact == path and test.op not in WITH_FACT:
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            found.update(dict.fromkeys(value for value in values if value is not None))
    return tuple(found)


def line_words(line: Line) -> str:
    """What a line is for, by what it is worked out from.

    >>> from fractions import Fraction
    >>> from finance.subsidies.terms import Constant
    >>> line_words(Line("guarantee", "guarantor", FeePaid("guarantee"), Constant("0.5", Fraction(1, 2))))
    '担保费补助（付给担保机构）'
    """
    match line.base:
        case NotionalInterest() | InterestPaid():
            words = "贷款贴息"
        case FeePaid(fee=fee):
            words = f"{FEE_WORDS.get(fee, fee)}补助"
        case Fixed(count=path):
            words = f"按{fact_name(path)}的补助"
        case BankVolume(fact=path) | TierAmount(by=path):
            words = f"按{fact_name(path)}的奖励" if path else line.id
        case LoanAmount():
            words = "按贷款金额的补助"
        case ApprovedAmount():
            words = "按核定金额的补助"
    return words if line.payee == "enterprise" else f"{words}（付给{PAYEE_WORDS[line.payee]}）"


def line_name(policy: Policy, line_id: str) -> str:
    """The words of a line by its id; two lines of the same words are told apart by the id."""
    line = policy.line(line_id)
    if line is None:
        return line_id
    words = line_words(line)
    return f"{words} {line_id}" if sum(line_words(one) == words for one in policy.lines) > 1 else words


def section_of(path: str) -> str:
    """The section of a fact; empty for a key beside the sections."""
    return path.rpartition(".")[0]


def _picking(policy: Policy) -> Iterator[str]:
    """The date by which the version and the windows of limits are picked."""
    if policy.effective.picked_by != CALENDAR_YEAR:
        yield DATES[policy.effective.picked_by]


def _counted(policy: Policy) -> Iterator[str]:
    """What tells whose a limit is, or for which year a part of the interest is paid."""
    scopes = [limit.scope for limit in policy.limits if limit.most_fen is not None]
    scopes += [line.count.scope for line in policy.lines if line.count is not None]
    if any("project" in scope for scope in scopes):
        yield PROJECT
    if any(pays_by_year(policy, line) for line in policy.lines):
        yield INTEREST_YEAR


def _reads(node: Any) -> Iterator[str]:
    match node:
        case FactTest(fact=fact, op=op, value=value):
            yield fact
            if op in WITH_FACT:
                yield str(value)
        case ContractRate():
            yield "loan.rate"
        case Reference(at=at):
            yield SELECTOR_FACTS[at]
        case NotionalInterest():
            yield from _SPAN
        case InterestPaid():
            yield from ("interest_paid", "loan.rate", *_SPAN)
        case LoanAmount():
            yield "loan.draws"
        case FeePaid(fee=fee):
            yield f"fees.{fee}"
        case Fixed(count=path) | BankVolume(fact=path):
            yield path
        case ApprovedAmount():
            yield "approved_amount"
        case Band():
            yield "band_choice"
        case CostBound(of=of):
            yield from ("interest_paid" if one == INTEREST else f"fees.{one}" for one in of)
        case Cap(at=at) if at:
            yield DATES[at]
        case Line(prorate_full=full, once_per=once):
            if full is not None:
                yield "loan.term_months"
            if once:
                yield numbers_path(once)
    if getattr(node, "share", "") == IP_SHARE:
        yield "pledge.ip_share"
    for part in parts_of(node):
        yield from _reads(part)
