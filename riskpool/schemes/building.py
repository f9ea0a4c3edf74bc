"""From a resolved document, already checked, to the frozen terms; nothing is refused here."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kernel.conditions import Condition, parse_conditions
from kernel.expressions import Expression, exact_decimal, parse_expression
from riskpool.schemes.meaning import full_date
from riskpool.schemes.terms import (
    Adjust,
    Cap,
    Coverage,
    EligibleCap,
    LossBase,
    Party,
    RecoveryTerms,
    Row,
    Scheme,
    Slice,
    Source,
    Step,
    StopLoss,
    Transfer,
    Uplift,
)

Document = Mapping[str, Any]


def scheme_of(document: Document) -> Scheme:
    """The scheme a sound, resolved document describes."""
    rounding, payment = document.get("rounding") or {}, document.get("payment") or {}
    return Scheme(
        id=document["id"],
        name=str(document.get("name", document["id"])),
        currency=document.get("currency", "CNY"),
        lender=document["lender"],
        parties=tuple(Party(party["code"], str(party.get("role", ""))) for party in document["parties"]),
        loss_base=_loss_base(document["loss_base"]),
        steps=tuple(_step(step, f"steps[{index}]") for index, step in enumerate(document["steps"])),
        stop_loss=tuple(_stop_loss(line) for line in document.get("stop_loss") or ()),
        recovery=_recovery(document.get("recovery") or {}),
        rounding=rounding.get("method", "largest_remainder"),
        level=document.get("level", "claim"),
        escrow=payment.get("mode") == "escrow_then_final",
        settle=str(payment.get("settle", "")),
        valid_from=full_date(document.get("valid_from")) or full_date(document.get("doc_date")),
        valid_to=full_date(document.get("valid_to")),
        supersedes=document.get("supersedes", ""),
        doc_no=str(document.get("doc_no", "")),
        sources=_sources(document.get("sources")),
        assumed=_lines(document.get("assumed")),
        document=canonical(document),
    )


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: the form that is hashed and stored. Lists keep their order.

    >>> canonical({"b": ["2", "1"], "a": "济宁"})
    '{"a":"济宁","b":["2","1"]}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_bare)


def _bare(value: object) -> str:
    """A number or date without quotes, which only a key that is shown can hold, keeps its text."""
    text = getattr(value, "text", None)
    if not isinstance(text, str):
        raise TypeError(f"{type(value).__name__} cannot stand in a stored working")
    return text


def _decimal(text: str) -> Fraction:
    value = exact_decimal(text)
    assert value is not None, text
    return value


def _loss_base(document: Document) -> LossBase:
    coverage = document.get("coverage")
    return LossBase(
        include=tuple(document["include"]),
        coverage=None
        if coverage is None
        else Coverage(
            coverage["metric"],
            _decimal(coverage["min"]) if "min" in coverage else None,
            coverage.get("if_missing", "exclude"),
        ),
        eligible_caps=tuple(
            EligibleCap(
                cap["id"],
                cap["basis"],
                parse_expression(cap["limit"], f"loss_base.eligible_caps[{index}].limit"),
                cap.get("loan_metric", ""),
            )
            for index, cap in enumerate(document.get("eligible_caps") or ())
        ),
    )


def _stop_loss(line: Document) -> StopLoss:
    condition = Condition(line["metric"], line["op"], line["value"])
    return StopLoss(line["id"], condition, line["action"], tuple(line.get("affects") or ()))


def _step(step: Document, where: str) -> Step:
    when = parse_conditions(step.get("when"), f"{where}.when")
    basis = str(step.get("basis_in_text", ""))
    if step["type"] == "cap":
        limit = parse_expression(step["limit"], f"{where}.limit")
        return Cap(step["id"], tuple(step["parties"]), limit, step["overflow_to"], when, basis)
    if step["type"] == "adjust":
        amount = parse_expression(step["amount"], f"{where}.amount")
        return Adjust(step["id"], step["party"], step["to"], amount, when, basis)
    table = step.get("share_table") or {"pick": "first", "rows": [{"shares": step.get("shares") or {}}]}
    return Transfer(
        payer_of_claim=step["from"],
        basis_party=None if step["of"] == "loss" else step["of"].removeprefix("borne:"),
        rows=tuple(
            Row(
                parse_conditions(row.get("when"), f"{where}.share_table.rows[{index}].when"),
                {code: _decimal(share) for code, share in row["shares"].items()},
            )
            for index, row in enumerate(table["rows"])
        ),
        pick=table["pick"],
        tabled="share_table" in step,
        uplifts=tuple(
            Uplift(
                parse_conditions(uplift.get("when"), f"{where}.uplifts[{index}].when"),
                uplift["party"],
                _decimal(uplift["add"]),
            )
            for index, uplift in enumerate(step.get("uplifts") or ())
        ),
        slice=_slice(step["slice"], where) if "slice" in step else None,
        when=when,
        basis_in_text=basis,
    )


def _slice(written: Document, where: str) -> Slice:
    def end(key: str) -> Expression | None:
        return parse_expression(written[key], f"{where}.slice.{key}") if key in written else None

    return Slice(end("attach"), end("detach"))


def _recovery(terms: Document) -> RecoveryTerms:
    return RecoveryTerms(
        deduct_costs=terms.get("deduct_costs", "first"),
        distribution=terms.get("distribution", "pro_rata_borne"),
        order=tuple(tuple(group) for group in terms.get("order") or ()),
        basis_in_text=str(terms.get("basis_in_text", "")),
    )


def _sources(written: object) -> tuple[Source, ...]:
    if not isinstance(written, list):
        return ()
    return tuple(
        Source(str(source.get("url", "")), str(source.get("status", "")), str(source.get("what", "")))
        for source in written
        if isinstance(source, Mapping)
    )


def _lines(written: object) -> tuple[str, ...]:
    return tuple(str(line) for line in written) if isinstance(written, list) else ()
