"""Near miss: what is missing for a yes, in whose hands it lies, what it would bring; and what cut an amount. Pure.

For each condition that fails, the smallest change that would pass it, and the amount when only that is changed; when all
of them can be changed, the amount of all together. Amounts come from the engine, never from a guess.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from finance.subsidies.changes import Change, Option, applied, options
from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.rates import Series
from finance.subsidies.results import Result, Status
from finance.subsidies.terms import BankVolume, Condition, Limit, Policy
from finance.subsidies.working import WINDOW_WORDS, yuan


@dataclass(frozen=True)
class Miss:
    """One condition that fails and the cheapest way to pass it; `line` is empty for a condition of the whole policy.

    `brings_fen` is what the application gets more when only this is changed; None where that cannot be worked out or is
    still refused for the reasons in `still`.
    """

    key: str
    line: str
    reason: str
    ref: str
    option: Option = ()
    others: tuple[Option, ...] = ()
    brings_fen: int | None = None
    still: tuple[str, ...] = ()

    @property
    def changeable(self) -> bool:
        """Whether every change lies in somebody's hands."""
        return bool(self.option) and all(change.changeable for change in self.option)

    @property
    def words(self) -> str:
        return "；".join(change.words for change in self.option) or "没有一项改变能使它符合"


@dataclass(frozen=True)
class Cut:
    """What took something off a line: a bound, the cap of one application, or a limit; exact fen."""

    line: str
    kind: str
    by: str
    most_fen: Fraction
    cut_fen: Fraction
    used_fen: int = 0

    @property
    def words(self) -> str:
        named = {"bound": "不得超过的金额", "cap": "单笔上限", "most_principal": "计入的本金上限"}
        name = named.get(self.kind) or f"{WINDOW_WORDS[self.by]}上限"
        used = f"（已用 {_yuan(self.used_fen)}）" if self.used_fen else ""
        return f"受{name} {_yuan(self.most_fen)}{used}限制，减少 {_yuan(self.cut_fen)}"


@dataclass(frozen=True)
class Nearly:
    """All misses and cuts of one result. `together_fen` is what all changes bring at once, if every one can be made."""

    misses: tuple[Miss, ...] = ()
    cuts: tuple[Cut, ...] = ()
    together_fen: int | None = None


def nearly(
    policy: Policy,
    case: Case,
    series: Series,
    used: Mapping[str, int] | None = None,
    result: Result | None = None,
) -> Nearly:
    """What would have to be otherwise for this application; `result` is its evaluation, if it is at hand.

    An officer's figures are left out: they were entered for the facts as they are, and the ceilings are what can be told.
    """
    if case.granted:
        case, result = case.with_fact("granted", None), None
    now = result or evaluate(policy, case, series, used)
    failed = list(_failed(policy, now))
    misses = tuple(_miss(each, policy, case, series, used, now) for each in failed)
    return Nearly(misses, tuple(_cuts(policy, now)), _together(misses, policy, case, series, used, now))


def _failed(policy: Policy, result: Result) -> Iterator[tuple[str, str, Condition]]:
    """The conditions that said no: of the policy, or of lines of an eligible application."""
    keys = {reason.key for reason in (*result.reasons, *result.lost)}
    if result.status is Status.INELIGIBLE:
        for condition in policy.eligibility:
            if condition.id in keys:
                yield condition.id, "", condition
    elif result.status is Status.ELIGIBLE:
        for line in policy.lines:
            for condition in line.requires:
                if f"{line.id}.{condition.id}" in keys:
                    yield f"{line.id}.{condition.id}", line.id, condition


def _miss(
    failed: tuple[str, str, Condition],
    policy: Policy,
    case: Case,
    series: Series,
    used: Mapping[str, int] | None,
    now: Result,
) -> Miss:
    key, line, condition = failed
    amounts = [line.base.fact for line in policy.lines if isinstance(line.base, BankVolume)]
    first, *others = [*options(condition, case, series, yuan=amounts), ()]
    brings: int | None = None
    still: tuple[str, ...] = ()
    changed = applied(case, first) if first else None
    if changed is not None:
        then = evaluate(policy, changed, series, used)
        still = then.keys if then.status is not Status.ELIGIBLE else ()
        brings = None if still or then.status is not Status.ELIGIBLE else then.total_fen - now.total_fen
    remarks = condition.remarks
    return Miss(key, line, condition.reason, remarks.ref, first, tuple(o for o in others if o), brings, still)


def _together(
    misses: tuple[Miss, ...],
    policy: Policy,
    case: Case,
    series: Series,
    used: Mapping[str, int] | None,
    now: Result,
) -> int | None:
    """What all changes bring at once; None if one of them lies in nobody's hands or only asks for a fact."""
    if not misses or not all(miss.changeable for miss in misses):
        return None
    changed: Case | None = case
    for miss in misses:
        changed = applied(changed, miss.option) if changed is not None else None
    if changed is None:
        return None
    then = evaluate(policy, changed, series, used)
    return then.total_fen - now.total_fen if then.status is Status.ELIGIBLE else None


def _cuts(policy: Policy, result: Result) -> Iterator[Cut]:
    """What bound an amount, from the trace of the result."""
    if result.status is not Status.ELIGIBLE:
        return
    for kind, line, figures in result.trace:
        if kind not in ("bound", "cap", "limit", "most_principal"):
            continue
        before, after = Fraction(figures["before"]), Fraction(figures["amount"])
        if after < before:
            yield Cut(
                line,
                kind,
                _by(policy, figures),
                Fraction(figures.get("most", after)),
                before - after,
                figures.get("used", 0),
            )


def _by(policy: Policy, figures: Mapping[str, Any]) -> str:
    limits: dict[str, Limit] = {limit.id: limit for limit in policy.limits}
    return limits[figures["limit"]].window if "limit" in figures else ""


def _yuan(fen: Fraction | int) -> str:
    return f"{yuan(str(Fraction(fen) / 100))} 元"


__all__ = ["Change", "Cut", "Miss", "Nearly", "nearly"]
