"""Precheck of an application against every ground, paper and number: findings, each with what to do. Pure.

A ground binds only on certain facts: a missing fact makes the finding *unknown*, which asks for a look and stops nothing. A
waivable ground never stops: it opens a declaration that both parties give.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kernel.conditions import Answer, Judgement
from kernel.days import WorkingCalendar

from .book import Ground, Material, RuleBook, judge_cases
from .facts import Filing, Party, Right
from .identifiers import is_publication_number, is_trademark_number, patent_number, right_key, right_kind
from .metrics import METRICS, Known, known_of_filing, known_of_pledged, known_of_right

Weight = Literal["blocks", "to_cure", "to_declare", "advises", "unknown"]
Outcome = Literal["blocked", "deficient", "declaration_needed", "doubtful", "registrable"]
_BOTH: tuple[Party, ...] = ("pledgor", "pledgee")
_OUTCOMES: dict[Weight, Outcome] = {
    "blocks": "blocked",
    "to_cure": "deficient",
    "to_declare": "declaration_needed",
    "advises": "doubtful",
    "unknown": "doubtful",
}
OUTCOME_WORDS: dict[Outcome, str] = {
    "blocked": "不能登记",
    "deficient": "需要补正",
    "declaration_needed": "需要双方声明",
    "doubtful": "有疑点，由人判断",
    "registrable": "可以登记",
}


@dataclass(frozen=True)
class Finding:
    """One result of the precheck: which rule, of which right (its number; empty for the whole), how heavy, what to do."""

    rule: str
    right: str
    weight: Weight
    title: str
    found: str
    to_do: str
    article: str
    confidence: str


@dataclass(frozen=True)
class DeclarationTask:
    """A waivable ground that one party has not yet declared to know of."""

    ground: str
    right: str
    party: Party
    title: str


@dataclass(frozen=True)
class Precheck:
    findings: tuple[Finding, ...]
    declarations: tuple[DeclarationTask, ...]

    @property
    def outcome(self) -> Outcome:
        """The heaviest finding decides."""
        weights = {finding.weight for finding in self.findings}
        return next((outcome for weight, outcome in _OUTCOMES.items() if weight in weights), "registrable")

    def of(self, weight: Weight) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.weight == weight)


def precheck(
    book: RuleBook, filing: Filing, on: dt.date, calendar: WorkingCalendar, act: str = "register"
) -> Precheck:
    """Everything that stands against an application on a day. All grounds of all rights are looked at."""
    whole = known_of_filing(book, filing)
    findings: list[Finding] = []
    tasks: list[DeclarationTask] = []
    known_rights = []
    for right in filing.rights:
        own = known_of_right(book, right, on, calendar) | known_of_pledged(book, right, filing, on)
        known_rights.append((right.number, whole | own | known_of_number(book, right)))
    for ground in book.grounds:
        if not ground.basis.holds(on):
            continue
        for number, known in known_rights if _asks_of_right(ground) else [("", whole)]:
            judgement = judge_cases(ground.cases, known.values)
            if judgement.answer is Answer.YES and ground.waivable:
                known_of = filing.declarations.get((ground.id, right_key(number)), frozenset())
                owed = [party for party in _BOTH if party not in known_of]
                tasks += [DeclarationTask(ground.id, number, party, ground.title) for party in owed]
                if not owed:
                    continue
            doubted = judgement.answer is not Answer.NO and ground.route != "warning"
            if judgement.answer is Answer.YES or doubted:
                findings.append(_finding(ground, number, judgement, known))
    findings += _missing_materials(book, filing, act, [known for _, known in known_rights] or [whole], on)
    return Precheck(tuple(findings), tuple(tasks))


def known_of_number(book: RuleBook, right: Right) -> Known:
    """What a right's number says of itself beside its facts: check digit, type digit, year (ZC 0006-2003).

    The year may be later than the filing day's (divisional applications), so that only warns.
    """
    known = Known()
    number = patent_number(right.number) if right.kind == "patent" else None
    if number is None:
        published = is_publication_number(right.number)
        told = (
            f"{right.number} 是公开（公告）号，不是专利号"
            if published
            else f"{right.number} 不像这类权利的号码"
        )
        fits = _fits(right)
        known.say("right.number_check_fits", fits, "" if fits else told)
        return known
    told = f"{number.text}：校验位应为 {number.expected_check}"
    known.say("right.number_check_fits", number.check_holds, told)
    ungranted = number.granted and right.granted_on is None
    known.say("right.zl_without_grant", ungranted, f"{number.text} 带 ZL，授权公告日未填写")
    four_digits = len(number.body) == 12
    stated = book.number_types.get(number.body[4 if four_digits else 2])
    if right.subtype and stated:
        told = f"号码第{5 if four_digits else 3}位表示{book.subtypes.get(stated, stated)}"
        known.say("right.number_type_fits", stated == right.subtype, told)
    if right.filed_on:
        year = int(number.body[:4]) if four_digits else _century(int(number.body[:2]))
        told = f"号码年份 {year}，申请日 {right.filed_on}（分案申请沿用原申请日）"
        known.say("right.number_year_late", year > right.filed_on.year, told)
    return known


def _fits(right: Right) -> bool:
    """Whether a number looks like one of its kind; nine digits may be a mark's though a patent's check digit fits too."""
    if right.kind == "trademark":
        return is_trademark_number(right.number)
    return right.kind != "patent" and right_kind(right.number) == right.kind


def _century(year: int) -> int:
    """Two-digit years ran from 1985 to 2003."""
    return 1900 + year if year >= 85 else 2000 + year


def _asks_of_right(ground: Ground) -> bool:
    return any(condition.metric.startswith("right.") for case in ground.cases for condition in case)


def _finding(ground: Ground, number: str, judgement: Judgement, known: Known) -> Finding:
    if judgement.answer is Answer.YES:
        weight: Weight = _weight(ground)
        asked = dict.fromkeys(condition.metric for case in ground.cases for condition in case)
        found = "；".join(known.told[name] for name in asked if known.told.get(name)) or ground.title
        to_do = ground.to_do
    else:
        weight = "unknown"
        missing = [METRICS[name] for name in judgement.missing]
        why = [known.told[name] for name in judgement.missing if name in known.told]
        found, to_do = "；".join([f"不知道：{'、'.join(missing)}", *why]), f"请查明后再提交。{ground.to_do}"
    basis = ground.basis
    return Finding(ground.id, number, weight, ground.title, found, to_do, basis.article, basis.confidence)


def _weight(ground: Ground) -> Weight:
    if ground.waivable:
        return "to_declare"
    if ground.mode == "advisory" or ground.route == "warning":
        return "advises"
    return "blocks" if ground.route == "refusal" else "to_cure"


def _missing_materials(
    book: RuleBook, filing: Filing, act: str, knowns: Iterable[Known], on: dt.date
) -> Iterator[Finding]:
    """Papers that are asked for and not there; a paper whose condition is not known is asked about."""
    if filing.materials is None:
        return
    knowns = list(knowns)
    for material in book.materials:
        if act not in material.acts or material.id in filing.materials or not material.basis.holds(on):
            continue
        answers = [judge_cases(material.cases or ((),), known.values) for known in knowns]
        needed = next((one for one in answers if one.answer is Answer.YES), None)
        doubtful = next((one for one in answers if one.answer is not Answer.NO), None)
        if needed or doubtful:
            yield _missing(material, needed or doubtful)  # type: ignore[arg-type]


def _missing(material: Material, judgement: Judgement) -> Finding:
    weight: Weight = "unknown"
    found = f"没有{material.title}"
    if judgement.answer is Answer.YES:
        sure = material.asked_by == "registry" and material.mode == "binding"
        weight = "to_cure" if sure else "advises"
    else:
        found = (
            f"没有{material.title}；是否需要取决于：{'、'.join(METRICS[name] for name in judgement.missing)}"
        )
    basis = material.basis
    to_do = "请补交" if material.asked_by == "registry" else "登记机构不要求，由银行自行留存"
    return Finding(material.id, "", weight, material.title, found, to_do, basis.article, basis.confidence)
