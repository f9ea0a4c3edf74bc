"""Outcomes as the pages show them: every policy with its lines, its working at both ends, its sources and its deadlines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from finance.parties.published import region_name
from finance.subsidies.guest.outcomes import (
    BATCH_OVER,
    DEPENDS,
    FITS,
    NATION,
    NEARLY,
    NO,
    NOT_IN_FORCE,
    OWN_PAYEES,
    PENDING,
    UNCOMPUTABLE,
    UNKNOWN,
    Estimate,
    Outcome,
    Range,
    others,
)  # fmt: skip
from finance.subsidies.guest.questions import Questions
from finance.subsidies.guest.telling import (
    EVIDENCE,
    PAYEES,
    about,
    article,
    case_words,
    line_name,
    supposed_range,
)
from finance.subsidies.incomplete import Incomplete
from finance.subsidies.results import Result
from finance.subsidies.terms import CEILING, Policy
from finance.subsidies.words import fact_words
from finance.subsidies.working import FEE_WORDS

SHOWN_GROUPS = (FITS, DEPENDS, NEARLY, UNKNOWN, PENDING, BATCH_OVER, UNCOMPUTABLE, NO, NOT_IN_FORCE)


@dataclass(frozen=True)
class Evidence:
    word: Any
    explained: Any
    tone: str


@dataclass(frozen=True)
class End:
    """The working of one end: which application, and its sentences by line, with the payee where it is not the firm."""

    title: str
    lines: tuple[tuple[str, Any, tuple[str, ...]], ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """One policy's answer in words."""

    outcome: Outcome
    policy: Policy
    amount: str = ""
    others: tuple[tuple[Any, str], ...] = ()
    if_words: tuple[str, ...] = ()
    if_amount: str = ""
    if_others: tuple[tuple[Any, str], ...] = ()
    brings: str = ""
    ends: tuple[End, ...] = ()
    lines: tuple[tuple[str, Any, str, bool], ...] = ()
    cuts: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, bool], ...] = ()
    assumed: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    only_kinds: str = ""
    fees: tuple[str, ...] = ()
    evidence: Evidence | None = None
    sources: tuple[Mapping[str, str], ...] = ()
    materials: tuple[str, ...] = ()
    not_computable: tuple[Any, ...] = ()
    yes_no: tuple[tuple[str, str], ...] = ()
    waits: tuple[str, ...] = ()
    reasons: tuple[tuple[str, bool], ...] = ()

    @property
    def office(self) -> str:
        """Whom to ask."""
        names = [name for name in self.policy.issuer if name != self.policy.region_name]
        return "、".join(names) or office_of(self.policy.region, self.policy.region_name)


def office_of(region: str, name: str = "") -> str:
    """The authority of the region, and that it is told by the region: no text that was seen names an office."""
    if region == NATION:
        return _("国家和当地的主管部门")
    return _("%(region)s知识产权主管部门（文件没有写明，按地区）") % {"region": name or region_name(region)}


def evidence_of(mark: str) -> Evidence:
    word, explained, tone = EVIDENCE.get(mark, (mark, "", "near"))
    return Evidence(word, explained, tone)


def shown_groups(found: Estimate, questions: Questions) -> list[tuple[str, list[Shown]]]:
    """The groups that have policies, in order, each policy with everything about it."""
    groups = [(group, [shown(one, questions) for one in found.of(group)]) for group in SHOWN_GROUPS]
    return [(group, policies) for group, policies in groups if policies]


def shown(outcome: Outcome, questions: Questions) -> Shown:
    """One outcome in words."""
    policy = outcome.policy
    if_range, supposed = supposed_range(outcome), outcome.supposed
    document = json.loads(policy.document)
    terms = document.get("policy", document)
    notes = [note for result in outcome.results for note in result.assumptions]
    return Shown(
        outcome,
        policy,
        amount=about(outcome.own) if outcome.own else "",
        others=_payees(outcome.others),
        if_words=supposed.words if supposed else (),
        if_amount=about(if_range) if if_range and if_range.high else "",
        if_others=_payees(others(supposed.results)) if supposed else (),
        brings=about(outcome.brings) if outcome.brings else "",
        ends=_ends(outcome),
        lines=tuple(_lines(policy)),
        cuts=tuple(cut.words for cut in outcome.nearly.cuts) if outcome.nearly else (),
        conditions=tuple(
            (each.reason, article(each.remarks.ref), each.remarks.is_assumed) for each in policy.eligibility
        ),
        assumed=tuple(filter(None, map(questions.words_of_assumed, outcome.assumed_facts))),
        readings=tuple(
            dict.fromkeys(
                questions.remarks.get(note.words, note.words)
                for note in notes
                if note.words not in ("fact", "item")
            )
        ),
        only_kinds="、".join(fact_words("pledge.kinds").value_words(kind) for kind in outcome.only_kinds),
        fees=tuple(FEE_WORDS.get(fee, fee) for fee in outcome.unclaimed),
        evidence=evidence_of(policy.evidence),
        sources=tuple(terms.get("sources") or ()),
        materials=tuple(str(one) for one in terms.get("materials") or ()),
        not_computable=outcome.results[0].not_computable if outcome.results else (),
        yes_no=_yes_no(outcome),
        waits=tuple(dict.fromkeys(str(wait) for result in outcome.all_results for wait in result.waits_for)),
        reasons=tuple((each.text, each.assumed) for each in outcome.results[0].reasons)
        if outcome.results
        else (),
    )


def _payees(paid: tuple[tuple[str, Range], ...]) -> tuple[tuple[Any, str], ...]:
    return tuple((PAYEES.get(payee, payee), about(amount)) for payee, amount in paid if amount.high)


def _lines(policy: Policy) -> list[tuple[str, Any, str, bool]]:
    """What the policy pays: name, to whom, where that stands, whether the figure is only the most that can be granted."""
    return [
        (
            line_name(line),
            PAYEES.get(line.payee, line.payee),
            article(line.remarks.ref),
            line.discretion == CEILING,
        )
        for line in policy.lines
    ]


def _ends(outcome: Outcome) -> tuple[End, ...]:
    """The working at the low and the high end; where there is no answer, of what is supposed."""
    if outcome.own is None and outcome.supposed is None:
        return ()
    told = tuple if outcome.own is not None or outcome.supposed is None else outcome.supposed.told
    return tuple(_end(outcome.policy, result, told) for result in outcome.results)


def _end(policy: Policy, result: Result, told: Callable[[list[str]], tuple[str, ...]]) -> End:
    assert result.given is not None, "made by evaluate"
    lines = [
        (
            line_name(line),
            "" if line.payee in OWN_PAYEES else PAYEES[line.payee],
            told(result.sentences_of(line.id)),
        )
        for line in policy.lines
    ]
    reasons = tuple(reason.text for reason in (*result.reasons, *result.lost))
    return End(
        case_words(result.given.case),
        tuple(line for line in lines if line[-1]),
        reasons,
    )


def _yes_no(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """The missing facts that a yes or a no would settle: path and name."""
    if outcome.group != UNKNOWN:
        return ()
    paths = dict.fromkeys(each.path for result in outcome.all_results for each in result.missing)
    return tuple((path, fact_words(path).name) for path in paths if fact_words(path).unit == "yes_no")


@dataclass(frozen=True)
class Named:
    """An instrument that is known and cannot be worked out, with whom to ask."""

    entry: Incomplete
    office: str
    region: str
    evidence: Evidence


def named(entry: Incomplete) -> Named:
    return Named(
        entry,
        entry.office or office_of(entry.region),
        _("全国") if entry.region == NATION else region_name(entry.region),
        evidence_of(entry.evidence),
    )
