"""A second calculation of a scheme's examples, written from the text of the model alone (5.3 to 5.9): yuan as fractions.

It imports nothing of the product and shares none of its ways: no fen, no ledger in integers, no parsed terms; it reads
the plain YAML and rounds only where the text says so. It checks no file and knows no working.
"""

from __future__ import annotations

import re
from fractions import Fraction as F
from math import floor

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
CENT = F(1, 100)
COMPARE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class NotCalculated(Exception):
    """The text says that this claim is not calculated."""


def reads_as_decimal(text):
    return DECIMAL.fullmatch(text) is not None


def met(conditions, metrics):
    """All must hold; an absent metric means not met."""
    return all(holds(each, metrics) for each in conditions or [])


def holds(condition, metrics):
    if condition["metric"] not in metrics:
        return False
    left, right = metrics[condition["metric"]], condition["value"]
    if reads_as_decimal(left) and reads_as_decimal(right):
        return COMPARE[condition["op"]](F(left), F(right))
    if condition["op"] not in ("==", "!="):
        raise NotCalculated(f"{left} {condition['op']} {right}")
    return COMPARE[condition["op"]](left, right)


def value_of(written, metrics, absent=None):
    """An expression, exact, in yuan."""
    if isinstance(written, str):
        if reads_as_decimal(written):
            return F(written)
        if written in metrics:
            return F(metrics[written])
        if absent is None:
            raise NotCalculated(written)
        return absent
    ((name, parts),) = written.items()
    values = [value_of(part, metrics, absent) for part in parts]
    first, rest = values[0], values[1:]
    if name == "add":
        return sum(values)
    if name == "sub":
        return first - sum(rest)
    if name == "mul":
        for value in rest:
            first = first * value
        return first
    if name == "div":
        for value in rest:
            if value == 0:
                raise NotCalculated("div")
            first = first / value
        return first
    return {"min": min, "max": max, "floor": lambda several: F(floor(several[0]))}[name](values)


def down(amount):
    """Rounded down to the cent, at least 0.00."""
    return max(F(0), floor(amount * 100) * CENT)


def half_up(amount):
    return floor(amount * 100 + F(1, 2)) * CENT


def money(amount):
    """Two decimals; every amount printed is whole cents."""
    cents = amount * 100
    assert cents.denominator == 1, amount
    sign, cents = ("-" if cents < 0 else ""), abs(cents.numerator)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def largest_remainder(exact, order):
    """Floor every exact amount to the cent, hand the missing cents one each to the largest remainders, ties in `order`."""
    rounded = {party: floor(amount * 100) * CENT for party, amount in exact.items()}
    missing = (sum(exact.values()) - sum(rounded.values())) / CENT
    assert missing.denominator == 1
    queue = sorted(exact, key=lambda party: (rounded[party] - exact[party], order.index(party)))
    for party in queue[: missing.numerator]:
        rounded[party] += CENT
    return rounded


def rounded_down(exact, residual_to):
    """Method `floor`: shares rounded down, the residual to one."""
    rounded = {party: floor(amount * 100) * CENT for party, amount in exact.items() if party != residual_to}
    rounded[residual_to] = sum(exact.values()) - sum(rounded.values())
    return rounded


def expected(scheme, example):
    """What `expect` of an example should say; NotCalculated where the text says so."""
    metrics = example.get("metrics", {})
    listed = [party["code"] for party in scheme["parties"]]
    lender = scheme["lender"]
    notes = []
    loss = {name: F(amount) for name, amount in example["loss"].items()}
    included = sum((loss.get(name, F(0)) for name in scheme["loss_base"]["include"]), F(0))
    covered = base(scheme, included, metrics, notes)
    stopped = set()
    for line in scheme.get("stop_loss", []):
        if holds(line, metrics):
            notes.append(f"stop-loss {line['id']}: {line['action']}")
            if line["action"] == "suspend_claims":
                stopped.update(line.get("affects", []))
    borne = {code: F(0) for code in listed}
    borne[lender] = covered
    for step in scheme["steps"]:
        if met(step.get("when"), metrics):
            {"transfer": transfer, "cap": cap, "adjust": adjust}[step["type"]](
                scheme, step, borne, covered, metrics, stopped, notes
            )
    result = {
        "covered_loss": money(covered),
        "outside_scheme_to_lender": money(sum(loss.values(), F(0)) - covered),
        "borne": {code: money(borne[code]) for code in listed},
    }
    if "recovery" in example:
        result |= recovered(scheme, example["recovery"], included, covered, borne)
    return result | ({"notes": notes} if notes else {})


def base(scheme, included, metrics, notes):
    terms, amount = scheme["loss_base"], included
    if "coverage" in terms:
        coverage = terms["coverage"]
        if coverage["metric"] not in metrics:
            rule = coverage.get("if_missing", "exclude")
            notes.append(f"coverage ratio missing -> {rule}")
            amount *= 1 if rule == "full" else 0
        elif "min" in coverage and F(metrics[coverage["metric"]]) < F(coverage["min"]):
            notes.append("below minimum coverage ratio -> not eligible")
            amount *= 0
        else:
            amount *= F(metrics[coverage["metric"]])
    for limit in terms.get("eligible_caps", []):
        ceiling, before = value_of(limit["limit"], metrics), amount
        if limit["basis"] == "loss_amount":
            amount = min(amount, down(ceiling))
        else:
            lent = value_of(limit["loan_metric"], metrics)
            if lent > ceiling:
                amount = amount * max(ceiling, F(0)) / lent
        if amount < before:
            notes.append(f"{limit['id']} binds")
    return half_up(amount)


def transfer(scheme, step, borne, covered, metrics, stopped, notes):
    giver = step["from"]
    basis = covered if step["of"] == "loss" else borne[step["of"].split(":")[1]]
    if "slice" in step:
        attach = value_of(step["slice"].get("attach", "0"), metrics)
        top = min(basis, value_of(step["slice"]["detach"], metrics)) if "detach" in step["slice"] else basis
        basis = max(F(0), top - attach)
    rows = step["share_table"]["rows"] if "share_table" in step else [{"shares": step["shares"]}]
    fitting = [row for row in rows if met(row.get("when"), metrics)]
    if not fitting:
        return
    row = fitting[0]
    if step.get("share_table", {}).get("pick") == "max":
        row = max(fitting, key=lambda each: sum(map(F, each["shares"].values())))
    share = {code: F(written) for code, written in row["shares"].items()}
    for uplift in step.get("uplifts", []):
        if met(uplift.get("when"), metrics):
            share[uplift["party"]] = share.get(uplift["party"], F(0)) + F(uplift["add"])
    exact = {code: basis * (F(0) if code in stopped else part) for code, part in share.items()}
    available = borne[giver]
    if sum(exact.values()) > available:
        exact = {code: amount * available / sum(exact.values()) for code, amount in exact.items()}
    exact[giver] = available - sum(exact.values())
    order = [*(code for code in (p["code"] for p in scheme["parties"]) if code != giver), giver]
    method = scheme.get("rounding", {}).get("method", "largest_remainder")
    parts = rounded_down(exact, giver) if method == "floor" else largest_remainder(exact, order)
    borne[giver] = F(0)
    for code, amount in parts.items():
        borne[code] += amount


def cap(scheme, step, borne, covered, metrics, stopped, notes):
    limit = down(value_of(step["limit"], metrics))
    together = sum(borne[code] for code in step["parties"])
    if together <= limit:
        return
    notes.append(f"cap {step['id']} binds at {money(limit)}")
    exact = {code: limit * borne[code] / together for code in step["parties"]}
    if scheme.get("rounding", {}).get("method") == "floor":
        parts = {code: floor(amount * 100) * CENT for code, amount in exact.items()}
    else:
        parts = largest_remainder(exact, [party["code"] for party in scheme["parties"]])
    borne.update(parts)
    borne[step["overflow_to"]] += together - sum(parts.values())


def adjust(scheme, step, borne, covered, metrics, stopped, notes):
    exact = value_of(step["amount"], metrics, absent=F(0))
    if exact < 0:
        raise NotCalculated("adjust")
    moved = min(down(exact), borne[step["party"]])
    borne[step["party"]] -= moved
    borne[step["to"]] += moved
    if moved:
        plain = isinstance(step["amount"], str)
        text = metrics.get(step["amount"], step["amount"]) if plain else ""
        notes.append(f"adjust {step['id']} {text if plain and moved == exact else money(moved)}")


def recovered(scheme, recovery, included, covered, borne):
    terms, lender = scheme.get("recovery", {}), scheme["lender"]
    gross, costs = F(recovery["gross"]), F(recovery.get("costs", "0.00"))
    net = gross if terms.get("deduct_costs") == "none" else max(F(0), gross - costs)
    counts = {"principal", "principal_net"} & set(scheme["loss_base"]["include"])
    inside = half_up(net * covered / included) if counts and included else F(0)
    returned, left = {code: F(0) for code in borne}, min(inside, covered)
    groups = terms["order"] if terms.get("distribution") == "priority" else [list(borne)]
    for group in groups:
        bore = sum(borne[code] for code in group)
        amount = min(left, bore)
        left -= amount
        if not amount:
            continue
        exact = {code: amount * borne[code] / bore for code in group}
        if scheme.get("rounding", {}).get("method") == "floor":
            parts = rounded_down({lender: F(0)} | exact, lender)
        else:
            parts = largest_remainder(exact, [*(code for code in borne if code != lender), lender])
        for code, part in parts.items():
            returned[code] += part
    returned[lender] += inside - sum(returned.values())
    return {
        "recovery": {
            "gross": money(gross),
            "costs": money(costs),
            "net": money(net),
            "to_covered_part": money(inside),
            "to_lender_outside": money(net - inside),
            "returned": {code: money(part) for code, part in returned.items() if part or borne[code]},
        },
        "final_net": {code: money(borne[code] - returned[code]) for code in borne},
    }
