"""Money collected after payment: net of costs, attributed to the covered part, returned by what each really bore (5.8).

Recoveries in pieces are always calculated on the running totals of gross and costs; each party is paid the difference
to what it has had, so that many pieces return what one would have returned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from kernel.errors import Problem, Refused
from riskpool.schemes.base import Course
from riskpool.schemes.engine import Apportionment
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import WorkingStep, explained_split, listed, yuan_of


@dataclass(frozen=True)
class RecoverySharing:
    """How the running totals of a recovery are shared (fen), and what is paid now.

    `returned` is what each party is entitled to so far; `pay_now` what it gets with this piece; `paid_so_far` both this
    and earlier pieces. `to_covered_fen` and `to_lender_outside_fen` sum to `net_fen`; `returned` sums to
    `to_covered_fen`. `final_net` is borne less returned, for the covered part only.
    """

    gross_fen: int
    costs_fen: int
    net_fen: int
    to_covered_fen: int
    to_lender_outside_fen: int
    returned: Mapping[str, int]
    final_net: Mapping[str, int]
    pay_now: Mapping[str, int]
    paid_so_far: Mapping[str, int]
    working: tuple[WorkingStep, ...]

    @property
    def excess_costs_fen(self) -> int:
        """Costs that no money collected has met; they stay with the lender, outside."""
        return max(self.costs_fen - self.gross_fen, 0)


def share_recovery(
    scheme: Scheme,
    apportionment: Apportionment,
    gross_fen: int,
    costs_fen: int = 0,
    already_returned: Mapping[str, int] | None = None,
) -> RecoverySharing:
    """Share the running totals `gross_fen` and `costs_fen`, all pieces so far together, this one included.

    `already_returned` is what each party has had from earlier pieces. Refused: amounts below zero.
    """
    assert scheme.id == apportionment.scheme_id, "the recovery follows the scheme that shared the loss"
    for label, fen in (("gross", gross_fen), ("costs", costs_fen)):
        if isinstance(fen, bool) or not isinstance(fen, int):
            raise TypeError(f"{label} must be whole fen (int), not {type(fen).__name__}")
        if fen < 0:
            raise Refused(
                Problem(f"recovery.{label}", f"{yuan_of(fen)} 是负数", "金额不能为负", "negative_recovery")
            )
    had = dict.fromkeys(scheme.codes, 0) | dict(already_returned or {})
    assert set(had) == set(scheme.codes), "already_returned names other parties"
    assert min(had.values()) >= 0, "a party has had less than nothing"
    course = Course({})
    net = max(gross_fen - costs_fen, 0) if scheme.recovery.deduct_costs == "first" else gross_fen
    covered = _to_covered_part(apportionment, net)
    _explain_net(scheme, apportionment, gross_fen, costs_fen, net, covered, course)
    returned = _returned(scheme, apportionment, covered, course)
    assert sum(returned.values()) == covered
    pay_now = next_payments(scheme, returned, had)
    return RecoverySharing(
        gross_fen=gross_fen,
        costs_fen=costs_fen,
        net_fen=net,
        to_covered_fen=covered,
        to_lender_outside_fen=net - covered,
        returned=returned,
        final_net={code: apportionment.borne[code] - returned[code] for code in scheme.codes},
        pay_now=pay_now,
        paid_so_far={code: had[code] + pay_now[code] for code in scheme.codes},
        working=tuple(course.working),
    )


def _to_covered_part(apportionment: Apportionment, net: int) -> int:
    """Pro rata between covered and uncovered principal, half up; nothing if principal is not included."""
    if not apportionment.holds_principal or not apportionment.included_fen:
        return 0
    exact = Fraction(net * apportionment.covered_fen, apportionment.included_fen)
    return floor(exact + Fraction(1, 2))


def _explain_net(
    scheme: Scheme,
    apportionment: Apportionment,
    gross: int,
    costs: int,
    net: int,
    covered: int,
    course: Course,
) -> None:
    first = scheme.recovery.deduct_costs == "first"
    ratio = f"{yuan_of(apportionment.covered_fen)} ÷ {yuan_of(apportionment.included_fen)}"
    if not apportionment.holds_principal:
        ratio = "本金不计入，方案内为0"
    course.add(
        "recovery_net",
        "追偿净额及其归属" if first else "追偿净额及其归属（费用只列示，不扣除）",
        place="recovery",
        basis=scheme.recovery.basis_in_text,
        figures=(
            ("追回", f"{yuan_of(gross)} 元"),
            ("费用", f"{yuan_of(costs)} 元"),
            ("净额", f"{yuan_of(net)} 元"),
            ("方案内比例", ratio),
            ("归方案内（四舍五入到分）", f"{yuan_of(covered)} 元"),
            ("归放贷方（方案外）", f"{yuan_of(net - covered)} 元"),
        ),
    )


def _returned(scheme: Scheme, apportionment: Apportionment, covered: int, course: Course) -> dict[str, int]:
    """What each party gets back in all: at most what it bore, the excess to the lender."""
    returned = dict.fromkeys(scheme.codes, 0)
    borne = apportionment.borne
    left = min(covered, apportionment.covered_fen)
    groups = scheme.recovery.order if scheme.recovery.distribution == "priority" else (tuple(scheme.codes),)
    for place, group in enumerate(groups, start=1):
        # ties in listed order, the lender last, so that public money is made whole first
        codes = sorted(
            (code for code in scheme.codes if code in group), key=lambda code: code == scheme.lender
        )
        bore = sum(borne[code] for code in codes)
        amount = min(left, bore)
        left -= amount
        if not amount:
            continue
        before = listed(returned)
        weights = {code: Fraction(borne[code], bore) for code in codes if borne[code]}
        if scheme.rounding == "floor":
            payers = {code: weight for code, weight in weights.items() if code != scheme.lender}
            parts, rounding = explained_split(amount, payers, scheme.lender, "floor")
        else:
            last = scheme.lender if scheme.lender in weights else None
            parts, rounding = explained_split(amount, weights, None, "largest_remainder", last)
        for code, fen in parts.items():
            returned[code] += fen
        title = "按各方实际承担的金额返还" if len(groups) == 1 else f"第{place}顺位返还：{'、'.join(codes)}"
        course.add(
            "recovery_return",
            title,
            place="recovery",
            rounding=rounding,
            before=before,
            after=listed(returned),
        )
    excess = covered - sum(returned.values())
    if excess:
        before = listed(returned)
        returned[scheme.lender] += excess
        course.add(
            "recovery_excess",
            f"超过方案内损失的部分归 {scheme.lender}",
            place="recovery",
            figures=(("超出", f"{yuan_of(excess)} 元"),),
            before=before,
            after=listed(returned),
        )
    return returned


def next_payments(scheme: Scheme, entitled: Mapping[str, int], had: Mapping[str, int]) -> dict[str, int]:
    """What each party is paid now, given what it is entitled to in all and what it has had.

    Nothing is paid while the total entitled is not above the total had. A difference below zero becomes nothing, and
    its fen are taken one by one from the largest difference (ties: the lender first, then from the end of the list).
    """
    due = {code: entitled[code] - had[code] for code in scheme.codes}
    if sum(due.values()) <= 0:
        return dict.fromkeys(scheme.codes, 0)
    too_much = -sum(fen for fen in due.values() if fen < 0)
    due = {code: max(fen, 0) for code, fen in due.items()}
    while too_much:
        # the last of the listed order wins a tie, and the lender before it
        order = sorted(enumerate(due), key=lambda at: (due[at[1]], at[1] == scheme.lender, at[0]))
        largest = order[-1][1]
        second = due[order[-2][1]] if len(order) > 1 else 0
        taken = min(too_much, max(due[largest] - second, 1))
        due[largest] -= taken
        too_much -= taken
    return due
