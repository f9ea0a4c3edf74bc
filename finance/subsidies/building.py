"""From a document that `loading` found sound to the frozen terms; nothing is refused here."""

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from finance.subsidies.facts import day_of, number_of
from finance.subsidies.terms import (
    DAY_COUNT,
    FLOOR_CENT,
    FULL,
    UNDECIDED,
    AllOf,
    AnyOf,
    ApprovedAmount,
    Band,
    BankVolume,
    Base,
    Bound,
    Budget,
    ByCase,
    Cap,
    CaseEntry,
    Condition,
    Const,
    Constant,
    ContractRate,
    CostBound,
    Count,
    Effective,
    Exclusive,
    Factor,
    FactTest,
    FeePaid,
    Fixed,
    InterestBound,
    InterestPaid,
    Limit,
    Line,
    LoanAmount,
    MaxPeriod,
    Not,
    NotionalInterest,
    Operation,
    Policy,
    Rate,
    RateTest,
    Recovery,
    Reference,
    Remarks,
    Test,
    TierAmount,
    Value,
    Window,
)
from kernel.money import fen_from_yuan

Document = Mapping[str, Any]
EXAMPLES = ("tests", "batch_tests", "budget_tests")


def policy_of(document: Document) -> Policy:
    """The policy that a sound file describes; its examples stand beside the terms."""
    examples = {key: document[key] for key in EXAMPLES if key in document}
    return _policy(document["policy"], canonical(document["policy"]), canonical(examples))


@lru_cache(maxsize=128)
def policy_of_document(text: str) -> Policy:
    """The policy of a stored canonical text, which was sound when it was stored."""
    return _policy(json.loads(text), text, "{}")


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, the form that is hashed and stored; lists keep their order.

    >>> canonical({"b": ["2", 1], "a": "青岛"})
    '{"a":"青岛","b":["2",1]}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _policy(written: Document, document: str, examples: str) -> Policy:
    effective, region = written["effective"], written.get("region") or {}
    first = day_of(effective["from"])
    assert first is not None
    return Policy(
        id=written["id"],
        title=written.get("title") or written["id"],
        effective=Effective(first, _day(effective.get("to")), effective["version_picked_by"]),
        eligibility=tuple(condition_of(each) for each in written.get("eligibility") or ()),
        lines=tuple(_line(line) for line in written["benefits"]),
        exclusive=tuple(
            Exclusive(tuple(each["one_of"]), each.get("reason", ""), _remarks(each))
            for each in written.get("exclusive") or ()
        ),
        limits=tuple(_limit(limit) for limit in written.get("limits") or ()),
        budget=_budget(written["budget"]) if written.get("budget") else None,
        funding=tuple((part["from"], _number(part["share"])) for part in written.get("funding") or ()),
        windows=tuple(_window(window) for window in written.get("windows") or ()),
        offered=written.get("load") != "never",
        region=region.get("code", ""),
        region_name=region.get("name", ""),
        issuer=_names(written.get("issuer")),
        doc_no=written.get("doc_no") or "",
        evidence=written.get("evidence", ""),
        legal_status=written.get("legal_status", ""),
        superseded_by=written.get("superseded_by") or "",
        recovery=_recovery(written.get("recovery") or {}),
        document=document,
        examples=examples,
    )


def _names(written: str | list[str] | None) -> tuple[str, ...]:
    """One name, or several."""
    return (written,) if isinstance(written, str) else tuple(written or ())


def _number(written: str | int) -> Fraction:
    value = number_of(str(written))
    assert value is not None, written
    return value


def _fen(written: str | int) -> int:
    return fen_from_yuan(str(written))


def _day(written: object) -> date | None:
    return day_of(written) if isinstance(written, str) else None


def _remarks(written: Document) -> Remarks:
    assumed = written.get("assumed")
    return Remarks(
        ref=written.get("ref") or "",
        note=written.get("note") or "",
        assumed=tuple(assumed) if isinstance(assumed, list) else (),
        is_assumed=assumed is True,
    )


def rate_of(written: Any) -> Rate:
    """A rate expression (7.5)."""
    if isinstance(written, str | int):
        return Const(str(written), _number(written))
    if "const" in written:
        return Const(str(written["const"]), _number(written["const"]))
    if "contract" in written:
        return ContractRate()
    if "ref" in written:
        return Reference(written["ref"], written["at"])
    name = next(name for name in ("min", "max", "add", "mul", "sub") if name in written)
    return Operation(name, tuple(rate_of(part) for part in written[name]))


def condition_of(written: Document) -> Condition:
    """A condition with all beneath it (7.3)."""
    return Condition(
        test=_test(written),
        id=written.get("id", ""),
        reason=written.get("reason", ""),
        per_batch=written.get("per_batch", False),
        remarks=_remarks(written),
    )


def _test(written: Document) -> Test:
    if "all" in written:
        return AllOf(tuple(condition_of(part) for part in written["all"]))
    if "any" in written:
        return AnyOf(tuple(condition_of(part) for part in written["any"]))
    if "not" in written:
        return Not(condition_of(written["not"]))
    if "expr" in written:
        expr = written["expr"]
        return RateTest(rate_of(expr["left"]), expr["op"], rate_of(expr["right"]))
    return FactTest(
        written["fact"], written["op"], _value(written.get("value")), tuple(written.get("except") or ())
    )


def _value(written: Any) -> Value:
    value: Value = tuple(_one(item) for item in written) if isinstance(written, list) else _one(written)
    return value


def _one(written: Any) -> Any:
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def max_period_of(text: str | None) -> MaxPeriod | None:
    """`P2Y` is 24 months, `P90D` 90 days."""
    if text is None:
        return None
    number, unit = int(text[1:-1]), text[-1]
    return MaxPeriod(text, {"Y": 12 * number, "M": number}.get(unit, 0), number if unit == "D" else 0)


def _notional(written: Document) -> NotionalInterest:
    return NotionalInterest(
        rate_of(written["rate"]),
        written.get("share", FULL),
        written.get("day_count", DAY_COUNT),
        max_period_of(written.get("max_period")),
    )


def _base(written: Document) -> Base:
    match written["kind"]:
        case "notional_interest":
            return _notional(written)
        case "interest_paid":
            clamp = rate_of(written["rate_clamp"]) if "rate_clamp" in written else None
            day_count = written.get("day_count", DAY_COUNT)
            return InterestPaid(
                clamp, written.get("share", FULL), day_count, max_period_of(written.get("max_period"))
            )
        case "loan_amount":
            most = _fen(written["max_principal"]) if "max_principal" in written else None
            when = written.get("max_principal_when")
            return LoanAmount(written.get("share", FULL), most, condition_of(when) if when else None)
        case "fee_paid":
            return FeePaid(written["fee"])
        case "fixed":
            return Fixed(_fen(written["unit"]), written["count"])
        case "bank_volume":
            return BankVolume(written["fact"])
        case "approved_amount":
            return ApprovedAmount()
    return TierAmount(written["by"], written.get("mode", ""))


def _factor(written: Any) -> Factor:
    if isinstance(written, str | int):
        return Constant(str(written), _number(written))
    if "band" in written:
        low, high = written["band"]
        return Band(_number(low), _number(high), (str(low), str(high)))
    return ByCase(
        tuple(
            CaseEntry(
                condition_of(entry["when"]) if "when" in entry else None,
                str(entry["value"]),
                _number(entry["value"]),
                _remarks(entry),
            )
            for entry in written["case"]
        )
    )


def _bound(written: Document) -> Bound:
    if written["le"] == "actual_cost":
        return CostBound(tuple(written["of"]), _remarks(written))
    return InterestBound(_notional(written), _remarks(written))


def _cap(written: Any) -> Cap | None:
    if written is None:
        return None
    if isinstance(written, str | int):
        return Cap(((None, _fen(written)),))
    dated = sorted((day_of(day), _fen(amount)) for day, amount in written["values"].items())
    return Cap(tuple(dated), written["at"], written.get("scope", ""))


def _line(written: Document) -> Line:
    prorate, count = written.get("prorate"), written.get("count")
    return Line(
        id=written["id"],
        payee=written["payee"],
        base=_base(written["base"]),
        factor=_factor(written["factor"]),
        requires=tuple(condition_of(each) for each in written.get("requires") or ()),
        prorate_full=int(prorate["full"]) if prorate else None,
        bounds=tuple(_bound(bound) for bound in written.get("bounds") or ()),
        cap=_cap(written.get("cap")),
        count=Count(int(count["max"]), tuple(count["scope"]), count["window"]) if count else None,
        discretion=written.get("discretion", ""),
        once_per=written.get("once_per", ""),
        computable=written.get("computable", True),
        remarks=_remarks(written),
    )


def _limit(written: Document) -> Limit:
    most = written["max"]
    return Limit(
        written["id"],
        tuple(written["over"]),
        tuple(written["scope"]),
        written["window"],
        None if most is None else _fen(most),
        _remarks(written),
    )


def _budget(written: Document) -> Budget:
    pool = written["pool"]
    return Budget(
        None if pool is None else _fen(pool),
        written.get("over", UNDECIDED),
        written.get("rounding", FLOOR_CENT),
        written.get("window", ""),
        written.get("pool_window", ""),
        _remarks(written),
    )


def _window(written: Document) -> Window:
    first, last = written.get("settled") or (None, None)
    return Window(
        written["id"],
        (_day(first), _day(last)),
        written.get("apply_by", ""),
        written.get("paper_by", ""),
        written.get("note") or "",
    )


def _recovery(written: Document) -> Recovery:
    interest, years, share = written.get("interest"), written.get("exclusion_years"), written.get("share")
    terms = interest if isinstance(interest, dict) else {}
    return Recovery(
        None if share is None else _number(share),
        True if terms else interest,
        _number(terms["rate"]) if terms else None,
        str(terms.get("rate", "")),
        terms.get("day_count", DAY_COUNT),
        None if years is None else int(years),
        _remarks(written),
    )
