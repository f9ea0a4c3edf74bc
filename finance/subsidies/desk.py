"""What the pages of the subsidy desk show. The viewer was let in to the version; figures come from queries and rules."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from finance.parties.models import Organisation
from finance.subsidies.aloud import read_aloud
from finance.subsidies.difference import differences
from finance.subsidies.engine import evaluate, evaluate_batch, used_of
from finance.subsidies.examples import run_examples
from finance.subsidies.facts import Case
from finance.subsidies.keepers import DRAFTS, SUBSIDY
from finance.subsidies.loading import warnings_of_document
from finance.subsidies.nearly import nearly
from finance.subsidies.queries.trying import effect_on_applications, effect_on_loans
from finance.subsidies.reads import facts_read, line_name
from finance.subsidies.saying import said
from finance.subsidies.shelf import policy_of, rates, taken_for_granted
from finance.subsidies.words import fact_words
from kernel.errors import Problem, Refused
from kernel.marks import Mark
from kernel.policystore import queries
from kernel.policystore.desk import Desk, draft_part, in_force_words, text_lines
from kernel.policystore.models import PolicyVersion
from kernel.policystore.rules import Span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from finance.parties.models import Membership
    from finance.subsidies.desk_forms import TrialForm
    from finance.subsidies.nearly import Nearly
    from finance.subsidies.results import Result
    from finance.subsidies.terms import Policy
    from kernel.examples import ExampleResult
    from kernel.versions import Change

State = PolicyVersion.State
DESK = Desk(
    SUBSIDY, "subsidy_policies", "subsidies/desk", gettext_lazy("全部补贴政策"),
    gettext_lazy("已存为草稿，只有本机构可见。算例已全部运行，结果见下。"),
)  # fmt: skip
STATUS_WORDS = {
    "eligible": gettext_lazy("可以补贴"),
    "ineligible": gettext_lazy("不符合条件"),
    "unknown": gettext_lazy("缺少事实"),
    "pending": gettext_lazy("等待公布"),
    "refused": gettext_lazy("事实不能读"),
}
STATUS_TONES = {
    "eligible": "good",
    "ineligible": "bad",
    "unknown": "near",
    "pending": "info",
    "refused": "bad",
}


@dataclass(frozen=True)
class VersionRow:
    """One version in the list: in force when, published by whom, how well evidenced."""

    row: PolicyVersion
    spans: tuple[Span, ...]
    publisher: str
    mark: Mark | None
    legal_status: str
    region: str
    payable: bool

    @property
    def in_force(self) -> str:
        return in_force_words(self.spans)


@dataclass(frozen=True)
class Family:
    """All versions of one policy that the viewer may know of, the latest first."""

    name: str
    versions: tuple[VersionRow, ...]


def families(viewer: Membership) -> list[Family]:
    """Every policy by the name of its family."""
    rows = DESK.rows(viewer)
    spans, names = queries.standing(rows), publishers(rows)
    found: dict[str, list[VersionRow]] = {}
    for row in rows:
        found.setdefault(row.family, []).append(_row(row, spans.get(row.pk, ()), names.get(row.wall, "")))
    return [Family(name, tuple(versions)) for name, versions in sorted(found.items())]


def _row(row: PolicyVersion, spans: tuple[Span, ...], publisher: str) -> VersionRow:
    mark = Mark(row.evidence) if row.evidence else None
    try:
        policy = policy_of(row)
    except Refused:  # a kept text that the loader of today does not read: its own page tells why
        return VersionRow(row, spans, publisher, mark, "", "", False)
    return VersionRow(row, spans, publisher, mark, policy.legal_status, policy.region_name, policy.offered)


def publishers(rows: Iterable[PolicyVersion]) -> dict[Any, str]:
    """The names of the organisations whose versions these are."""
    walls = {row.wall for row in rows if row.wall is not None}
    return dict(Organisation.objects.filter(pk__in=walls).values_list("pk", "name"))


def version_page(row: PolicyVersion, viewer: Membership) -> dict[str, Any]:
    """One version: its rules in sentences, its sources, every test carried out, what can be done."""
    policy = policy_of(row)
    document = json.loads(policy.document)
    is_draft = row.state == State.DRAFT
    return {
        "row": row,
        "policy": policy,
        "mark": Mark(policy.evidence) if policy.evidence else None,
        "sections": read_aloud(policy),
        "sources": document.get("sources") or [],
        "based_on": document.get("based_on") or [],
        "examples": [*examples_of(policy)],
        "warnings": warnings_of_document({"policy": document, **json.loads(policy.examples or "{}")}),
        "facts": [fact_words(path) for path in facts_read(policy)],
        "spans": in_force_words(queries.standing([row]).get(row.pk, ())),
        "publisher": publishers([row]).get(row.wall, ""),
        "is_draft": is_draft,
        "is_bureau": viewer.organisation.kind == Organisation.Kind.FINANCE_BUREAU,
        "may_prepare": is_draft and viewer.seat == DRAFTS,
        **(draft_part(row, viewer) if is_draft else {}),
    }


@dataclass(frozen=True)
class Shown:
    """One test of a file, carried out: what does not come out, and the working of each of its applications."""

    outcome: ExampleResult
    expected: str
    results: tuple[Result, ...]


def examples_of(policy: Policy) -> Iterable[Shown]:
    """Every test of the policy with its working sentences."""
    written = json.loads(policy.examples) if policy.examples else {}
    tests = [
        (kind, test) for kind in ("tests", "batch_tests", "budget_tests") for test in written.get(kind, ())
    ]
    for outcome, (kind, test) in zip(run_examples(policy, rates(), taken_for_granted()), tests, strict=True):
        expected = json.dumps(test.get("expect", ""), ensure_ascii=False) if "expect" in test else ""
        yield Shown(outcome, expected, _results(policy, kind, test))


def _results(policy: Policy, kind: str, test: dict[str, Any]) -> tuple[Result, ...]:
    defaults = taken_for_granted()
    used = used_of(test.get("used"))
    try:
        if kind == "tests":
            return (evaluate(policy, defaults.case(test["input"]), rates(), used),)
        if kind == "batch_tests":
            return evaluate_batch(policy, [defaults.case(each) for each in test["inputs"]], rates(), used)[0]
    except Refused:
        return ()
    return ()


def earlier_versions(row: PolicyVersion, viewer: Membership) -> list[PolicyVersion]:
    """The other versions of the same policy to compare with, the one before first."""
    others = queries.published(SUBSIDY).filter(family=row.family).exclude(pk=row.pk)
    replaced = frozenset(one.version for one in others if policy_of(one).superseded_by == row.version)
    return DESK.earlier(row, viewer, replaced)


def difference_page(row: PolicyVersion, viewer: Membership, other_id: str) -> dict[str, Any]:
    """What changes from another version of the same policy, by meaning and letter by letter."""
    others = earlier_versions(row, viewer)
    other = next((one for one in others if str(one.pk) == other_id), others[0] if others else None)
    context: dict[str, Any] = {"row": row, "others": others, "other": other}
    if other is None:
        return context
    changes = [_in_the_language_of_the_page(one) for one in differences(policy_of(other), policy_of(row))]
    parts: dict[str, list[Any]] = {}
    for change in changes:
        parts.setdefault(change.part, []).append(change)
    return context | {"parts": list(parts.items()), "count": len(changes), "lines": text_lines(other, row)}


def _in_the_language_of_the_page(change: Change) -> Change:
    words = {name: said(getattr(change, name)) for name in ("part", "label", "before", "after")}
    return replace(change, **words)


def backtest_page(row: PolicyVersion, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """What the version would pay on last year's applications and on the viewer's loans, beside the version before."""
    draft = policy_of(row)
    others = earlier_versions(row, viewer)
    before = policy_of(others[0]) if others else None
    return {
        "row": row,
        "before": others[0] if others else None,
        "on": on,
        "applications": effect_on_applications(
            viewer=viewer, draft=draft, before=before, family=row.family, on=on
        ),
        "loans": effect_on_loans(viewer=viewer, draft=draft, before=before, on=on),
    }


@dataclass(frozen=True)
class Tried:
    """What a trial came to: the result, its working line by line, and what is missing for more."""

    result: Result
    near: Nearly
    lines: tuple[tuple[str, Any, list[str]], ...]

    @property
    def word(self) -> Any:
        return STATUS_WORDS[self.result.status.value]

    @property
    def tone(self) -> str:
        return STATUS_TONES[self.result.status.value]


def try_facts(policy: Policy, form: TrialForm, on: dt.date) -> tuple[Tried | None, Sequence[Problem]]:
    """Evaluate typed facts; nothing is stored. Either the outcome or every reason why there is none."""
    try:
        case = Case.from_plain({**form.plain, "evaluated_on": on})
        result = evaluate(policy, case, rates())
        near = nearly(policy, case, rates(), result=result)
    except Refused as refused:
        return None, refused.problems
    lines = tuple((line_name(policy, line.id), line, result.sentences_of(line.id)) for line in result.lines)
    return Tried(result, near, lines), ()
