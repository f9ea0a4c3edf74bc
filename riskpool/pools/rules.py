"""Pure rules of a pool: admission, facts for the engine, who stands behind a party, exposure, leverage, headroom.

Values in, values out; no database, no clock. Amounts in fen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, Literal, Protocol, TypeVar

from kernel.conditions import Answer, judge
from kernel.days import add_months
from kernel.errors import Problem, Refused
from kernel.money import split, yuan_text
from riskpool.pools import undecided
from riskpool.pools.procedure import Admission
from riskpool.schemes.base import Course, covered_base
from riskpool.schemes.engine import BLOCKS, Apportionment, apportion, needed_metrics
from riskpool.schemes.terms import Scheme
from riskpool.schemes.words import fact_words

# What a loan that is weighed alone adds to: what the pool would owe if only it failed, and nothing else this year.
ALONE = {
    "scheme.paid_this_year": "0",
    "bank.paid_this_year": "0",
    "borrower.eligible_used_this_year": "0",
    "batch.system_paid_so_far": "0",
    "claim.paid_by_other_levels": "0",
    "claim.repair_amount": "0",
}

BearerKind = Literal["lender", "source", "pool", "organisation", "guarantor", "passes"]


@dataclass(frozen=True)
class LoanFacts:
    """What admission and the engine ask of a loan; `ip_share_percent` and amounts are exact."""

    principal_fen: int
    ip_share: Fraction
    disbursed_on: dt.date
    due_on: dt.date
    district: str
    pledge_registered: bool
    evaluation_free: bool
    first_loan: bool
    purely_pledged: bool
    filed_on: dt.date


@dataclass(frozen=True)
class Refusal:
    """One reason why a loan may not enter, or an unknown that stops it, with its article."""

    id: str
    answer: str
    reason: str
    article: str
    status: str

    def as_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "answer": self.answer,
            "reason": self.reason,
            "article": self.article,
            "status": self.status,
        }


def no_agreement(lent: dt.date) -> Refusal:
    """The reason of a loan that was lent outside every agreement of its bank."""
    return Refusal("no_agreement", "no", f"放款日 {lent} 没有有效的合作协议", "合作协议有效期", "SEEN")


CHANGED_TERMS = Refusal(
    "changed_terms", "no", "入池后变更的要素不符合入池条件：贷款仍在池，在池余额不再增加", "", "SEEN"
)


def no_room(covered_fen: int, room_fen: int | None, title: str, article: str) -> Refusal:
    """The reason of a loan that would pass a limit; `room_fen` is what a limit of the asker's own has left.

    None when a limit is shared with other banks: its figures would tell a bank of their loans.
    """
    if room_fen is None:
        return Refusal("no_room", "no", title, article, "SEEN")
    needed, left = yuan_text(covered_fen, grouped=True), yuan_text(max(room_fen, 0), grouped=True)
    return Refusal("no_room", "no", f"{title}：需 {needed} 元，余 {left} 元", article, "SEEN")


def suspended(title: str, told: str, article: str) -> Refusal:
    """The reason of a loan lent while a stop-loss line stops new loans."""
    return Refusal("suspended", "no", f"{title}：{told}，暂停新增入池", article, "SEEN")


def facts_absent(refused: Refused, agreement: str) -> Refusal:
    """The reason of a loan whose scheme cannot be calculated for want of facts; any other refusal is raised on."""
    if any(problem.code != "missing_metric" for problem in refused.problems):
        raise refused
    named = "、".join(
        dict.fromkeys(fact_words(problem.found.removeprefix("缺少指标 ")) for problem in refused.problems)
    )
    return Refusal("facts_absent", "unknown", f"方案所需事实尚未设定：{named}", agreement, "SEEN")


@dataclass(frozen=True)
class Bearer:
    """Who stands behind a party of the scheme; `name` is the source's code or the organisation's."""

    kind: BearerKind
    name: str = ""


def decimal_text(value: Fraction) -> str:
    """A fraction as a plain decimal with at most twelve places, exact or refused.

    >>> decimal_text(Fraction(3, 5)), decimal_text(Fraction(120))
    ('0.6', '120')
    """
    scaled = value * 10**12
    assert scaled.denominator == 1, "a percentage filed has at most ten decimals"
    text = f"{scaled.numerator:013d}"
    whole, decimals = text[:-12], text[-12:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def term_months(disbursed_on: dt.date, due_on: dt.date) -> int:
    """The fewest whole months that reach from the first day to the due day.

    >>> term_months(dt.date(2026, 1, 31), dt.date(2026, 2, 28)), term_months(dt.date(2026, 1, 10), dt.date(2027, 1, 11))
    (1, 13)
    """
    months = (due_on.year - disbursed_on.year) * 12 + due_on.month - disbursed_on.month
    return months if add_months(disbursed_on, months) >= due_on else months + 1


def loan_metrics(loan: LoanFacts, districts: Sequence[str]) -> dict[str, str]:
    """The facts of a loan by the names that schemes and admission conditions use (amounts in yuan, shares of one)."""

    def yes(value: bool) -> str:
        return "true" if value else "false"

    return {
        "loan.amount": yuan_text(loan.principal_fen),
        "loan.ip_share_in_contract": decimal_text(loan.ip_share),
        "loan.filed_ratio": "1",
        "loan.is_ip_pledge": "true",
        "loan.pure_credit": "false",
        "loan.purely_pledged": yes(loan.purely_pledged),
        "loan.evaluation_free": yes(loan.evaluation_free),
        "loan.first_loan": yes(loan.first_loan),
        "loan.term_months": str(term_months(loan.disbursed_on, loan.due_on)),
        "loan.days_to_filing": str((loan.filed_on - loan.disbursed_on).days),
        "loan.pledge_registered": yes(loan.pledge_registered),
        "borrower.in_region": yes(loan.district in districts),
    }


def admission_refusals(admission: Sequence[Admission], facts: Mapping[str, str]) -> list[Refusal]:
    """Every condition that does not hold or cannot be answered; empty means the loan may enter."""
    found = []
    for item in admission:
        judgement = judge(item.condition, facts)
        if judgement.holds:
            continue
        unknown = judgement.answer is not Answer.NO
        reason = f"无法判断：{'；'.join(judgement.reasons)}" if unknown else item.reason
        found.append(Refusal(item.id, judgement.answer.value, reason, item.article, item.status))
    return found


def bearers_of(scheme: Scheme, written: Mapping[str, Any], sources: Sequence[str]) -> dict[str, Bearer]:
    """Who stands behind each party of a scheme, from an agreement's `bearers`; the lender is always the bank.

    Raises ValueError-free: every fault is collected by `bearer_problems`, which must be empty.
    """
    bearers = {scheme.lender: Bearer("lender")}
    for code in scheme.codes:
        if code != scheme.lender:
            bearers[code] = _bearer(written[code])
    assert not bearer_problems(scheme, written, sources)
    return bearers


def _bearer(written: Mapping[BearerKind, Any]) -> Bearer:
    ((kind, name),) = written.items()
    return Bearer(kind, name if isinstance(name, str) else "")


def bearer_problems(scheme: Scheme, written: Mapping[str, Any], sources: Sequence[str]) -> list[Problem]:
    """Every fault in an agreement's `bearers`: a party without one, one too many, an unknown kind or source, a name that
    is none, or a party that only passes its share on and would be left with one.
    """
    problems = []
    wanted = "每个分担方须写明由谁承担：source（资金来源）、pool（按出资比例）、organisation（机构代码）、guarantor、passes"
    for code in scheme.codes:
        if code != scheme.lender and code not in written:
            problems.append(Problem(f"分担方 {code}", "没有写明由谁承担", wanted, "bearer"))
    for code, holder in written.items():
        where = f"分担方 {code}"
        if code not in scheme.codes or code == scheme.lender:
            problems.append(
                Problem(where, "不是这个方案的分担方", "分担方：" + "、".join(scheme.codes), "bearer")
            )
        elif not isinstance(holder, Mapping) or len(holder) != 1:
            problems.append(Problem(where, "写法不对", wanted, "bearer"))
        else:
            ((kind, name),) = holder.items()
            if kind not in ("source", "pool", "organisation", "guarantor", "passes"):
                problems.append(Problem(where, f"没有“{kind}”这种承担方式", wanted, "bearer"))
            elif kind in ("source", "organisation") and not (isinstance(name, str) and name.strip()):
                problems.append(Problem(where, f"{kind} 没有写明代码", wanted, "bearer"))
            elif kind in ("pool", "guarantor", "passes") and name is not True:
                problems.append(Problem(where, f"{kind} 只能写 true", wanted, "bearer"))
            elif kind == "source" and name not in sources:
                problems.append(
                    Problem(where, f"资金池没有“{name}”这个来源", "来源：" + "、".join(sources), "bearer")
                )
    return problems or _left_passing(scheme, written)


_TRIAL_FEN = 1_000_000_00
_TRIAL_LOAN = {
    "loan.amount": yuan_text(_TRIAL_FEN),
    "loan.ip_share_in_contract": "1",
    "loan.filed_ratio": "1",
    "loan.is_ip_pledge": "true",
    "loan.purely_pledged": "true",
    "loan.pledge_registered": "true",
    "borrower.in_region": "true",
}


def _left_passing(scheme: Scheme, written: Mapping[str, Any]) -> list[Problem]:
    """Parties that only pass a share on and that a plain loss of 1,000,000.00 would leave with a part of it.

    Facts that the scheme cannot do without are set so that they stand in no one's way: nothing used or paid yet, and
    balances far above the loss. A scheme that cannot be tried even so is left to its own tests.
    """
    plenty = yuan_text(_TRIAL_FEN * 1_000_000)
    needed = {fact.name: plenty for fact in needed_metrics(scheme) if fact.if_absent == BLOCKS}
    used = {
        name: "0" for name in needed if name.endswith(("paid_this_year", "used_this_year", "paid_so_far"))
    }
    try:
        borne = _if_lost(scheme, _TRIAL_FEN, needed | used | ALONE | _TRIAL_LOAN).borne
    except Refused:
        return []
    return [
        Problem(
            f"分担方 {code}",
            f"写的是只过手，但试算损失 1,000,000.00 元后还留有 {yuan_text(borne[code], grouped=True)} 元",
            '请写明由谁承担这部分，例如 {"source": "来源代码"}',
            "bearer",
        )
        for code, holder in written.items()
        if "passes" in holder and borne[code]
    ]


def charged_to_sources(
    borne: Mapping[str, int], bearers: Mapping[str, Bearer], weights: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """What each source of the pool is charged with, by (party, source): named, or by contribution weights.

    >>> bearers = {"bank": Bearer("lender"), "fund": Bearer("pool")}
    >>> charged_to_sources({"bank": 20, "fund": 81}, bearers, {"city": 4, "district": 6})
    {('fund', 'city'): 32, ('fund', 'district'): 49}
    """
    charged: dict[tuple[str, str], int] = {}
    for party, fen in borne.items():
        bearer = bearers[party]
        if bearer.kind == "source":
            charged[party, bearer.name] = fen
        elif bearer.kind == "pool":
            for source, part in split(fen, weights).items():
                charged[party, source] = part
    return charged


def nothing_left_passing(borne: Mapping[str, int], bearers: Mapping[str, Bearer]) -> bool:
    """Whether parties that only pass a share on have ended at zero, so that somebody real bears every fen."""
    return all(borne[party] == 0 for party, bearer in bearers.items() if bearer.kind == "passes")


def exposure_of(
    scheme: Scheme, bearers: Mapping[str, Bearer], balance_fen: int, metrics: Mapping[str, str]
) -> tuple[int, int]:
    """(covered outstanding principal, what the pool's sources would bear of it) in fen, if all of it were lost now.

    The loan is weighed alone: what the pool would owe if only it failed. What the scheme, the bank and the borrower have
    had this year is therefore nought (`ALONE`), unless `metrics` says otherwise. Where facts are open that only decide
    whether a condition holds, the dearest way counts. Refused: facts that the scheme needs and that nobody has set.
    """
    if balance_fen == 0:
        return 0, 0
    known = ALONE | dict(metrics)
    outcome = _if_lost(scheme, balance_fen, known)
    gates = undecided.open_gates(scheme, {*known, "claim.lender_liability"})
    ways = undecided.ways(scheme, gates)
    if ways is None:
        return outcome.covered_fen, outcome.covered_fen
    tried = [_public_if(scheme, bearers, balance_fen, known | way) for way in ways[1:]]
    return outcome.covered_fen, max(
        _public(outcome, bearers), *(outcome.covered_fen if one is None else one for one in tried), 0
    )


def _public(outcome: Apportionment, bearers: Mapping[str, Bearer]) -> int:
    return sum(fen for party, fen in outcome.borne.items() if bearers[party].kind in ("source", "pool"))


def _public_if(
    scheme: Scheme, bearers: Mapping[str, Bearer], balance_fen: int, metrics: Mapping[str, str]
) -> int | None:
    """The pool's part in one way that open facts may turn out; None where it needs facts that nobody has set."""
    try:
        return _public(_if_lost(scheme, balance_fen, metrics), bearers)
    except Refused:
        return None


def _if_lost(scheme: Scheme, balance_fen: int, metrics: Mapping[str, str]) -> Apportionment:
    alone = {
        "claim.lender_liability": yuan_text(balance_fen)
    }  # what the lender would be left with, if only it failed
    return apportion(scheme, _lost(scheme, balance_fen), alone | dict(metrics))


def covered_if_lost(scheme: Scheme, balance_fen: int, metrics: Mapping[str, str]) -> int:
    """The covered part (fen) of a balance, weighed alone; only the loss base is asked, so that no share needs a fact."""
    course = Course(ALONE | dict(metrics))
    base = covered_base(scheme, _lost(scheme, balance_fen), course)
    course.refuse_if_blocked()
    return base.covered_fen


def _lost(scheme: Scheme, balance_fen: int) -> dict[str, int]:
    return {principal_of(scheme): balance_fen}


def principal_of(scheme: Scheme) -> str:
    """The component of a scheme's loss base that is the principal."""
    return "principal_net" if "principal_net" in scheme.loss_base.include else "principal"


def weighing_needs(scheme: Scheme) -> frozenset[str]:
    """The facts that weigh a loan alone beyond those of its terms: of base and steps, not those that only trip a line."""
    return frozenset(
        need.name
        for need in needed_metrics(scheme)
        if need.name not in ALONE and any(not place.startswith("stop_loss") for place in need.places)
    )


def exposure_or_whole(
    scheme: Scheme, bearers: Mapping[str, Bearer], balance_fen: int, metrics: Mapping[str, str]
) -> tuple[int, int]:
    """As `exposure_of`, for a loan in the pool already: what cannot be calculated for want of facts counts in full."""
    try:
        return exposure_of(scheme, bearers, balance_fen, metrics)
    except Refused as refused:
        facts_absent(refused, "")
        return balance_fen, balance_fen


def exposure_on_entry(
    scheme: Scheme, bearers: Mapping[str, Bearer], balance_fen: int, metrics: Mapping[str, str]
) -> tuple[int, int]:
    """As `exposure_of`; but what a scheme of level bank_year asks of the year's end cannot be known when a loan enters: only
    its base is needed then, and the loan counts in full until the rest is known."""
    if scheme.level != "bank_year":
        return exposure_of(scheme, bearers, balance_fen, metrics)
    covered_if_lost(scheme, balance_fen, metrics)
    return exposure_or_whole(scheme, bearers, balance_fen, metrics)


class BindsLoans(Protocol):
    """A limit, as far as this question goes: of a pool, an agreement, a group of agreements, a borrower, a loan."""

    agreement_id: Any
    pool_id: Any
    group_id: Any
    borrower_id: Any
    loan_id: Any


Bound = TypeVar("Bound", bound=BindsLoans)


class Binding(Generic[Bound]):
    """The limits that bind one loan, found quickly among those of many; `groups` are the agreements of each group.

    A group without agreements (one of sources) binds every agreement of its pool.
    """

    def __init__(self, limits: Iterable[Bound], groups: Mapping[Any, Collection[Any]] | None = None) -> None:
        self._groups = groups or {}
        self._general: list[Bound] = []
        self._each: dict[Any, list[Bound]] = {}
        for limit in limits:
            subject = limit.borrower_id or limit.loan_id
            (self._each.setdefault(subject, []) if subject else self._general).append(limit)

    def of(self, agreement: Any, *, borrower_id: Any = None, loan_id: Any = None) -> list[Bound]:
        """Those that bind a loan of a borrower under an agreement, in the order in which they were given to each part."""
        concerned = [*self._general, *self._each.get(borrower_id, ()), *self._each.get(loan_id, ())]
        return [limit for limit in concerned if self._binds(limit, agreement)]

    def _binds(self, limit: Bound, agreement: Any) -> bool:
        members = self._groups.get(limit.group_id)
        if limit.pool_id != agreement.pool_id or (members and agreement.pk not in members):
            return False
        return limit.agreement_id in (None, agreement.pk)


def used_ratio(used_fen: int, ceiling_fen: int) -> Fraction:
    """Part of a ceiling that is used; a ceiling of zero is wholly used."""
    return Fraction(used_fen, ceiling_fen) if ceiling_fen else Fraction(1)


def day_reached(used_fen: int, ceiling_fen: int, earlier_fen: int, days: int, on: dt.date) -> dt.date | None:
    """The day on which a limit is reached at the pace of the last `days` days; None when use does not grow.

    >>> day_reached(80, 100, 70, 10, dt.date(2026, 11, 20))
    datetime.date(2026, 12, 10)
    """
    growth = used_fen - earlier_fen
    if growth <= 0:
        return None
    left = max(ceiling_fen - used_fen, 0)
    needed = -(-left * days // growth)
    return on + dt.timedelta(days=needed) if needed < 36500 else None
