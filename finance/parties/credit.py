"""Kinds of credit facts about an enterprise, as a file lists them: what they are called and where they are written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kernel.reading import Reading
from kernel.strict_yaml import Written

_FACT = re.compile(r"applicant\.[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class CreditKind:
    """`basis` is the law with the mark of its evidence, `source` where a founding document asks for it; `facts` are the
    paths that a subsidy's condition reads; `usual_months` is a hint for the form, nothing is filled in by it."""

    id: str
    name: str
    basis: str
    status: str
    source: str
    facts: tuple[str, ...] = ()
    usual_months: int = 0


def read_kinds(written: Written) -> Mapping[str, CreditKind]:
    """The kinds of a file by id; refused with every fault and its place."""
    reading = Reading(written, "credit_kinds")
    top = reading.top
    kinds: dict[str, CreditKind] = {}
    for entry in top.entries("kinds", least=1):
        kind = CreditKind(
            id=entry.text("id"),
            name=entry.text("name"),
            basis=entry.text("basis"),
            status=entry.mark(),
            source=entry.text("source"),
            facts=entry.texts("facts"),
            usual_months=entry.whole("usual_months", 0),
        )
        if kind.id in kinds:
            entry.fault("id", f"“{kind.id}”已写过", "每个种类用不同的编号")
        for fact in kind.facts:
            if not _FACT.fullmatch(fact):
                entry.fault("facts", f"“{fact}”不是申请人的事实", "写成 applicant.…")
        entry.only()
        kinds[kind.id] = kind
    top.only()
    reading.refuse_if_any("kinds.yaml")
    return kinds
