"""What the pages of the policy desk show. The viewer was let in to the version; figures come from queries and pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from finance.parties.models import Organisation
from kernel.errors import Problem, Refused
from kernel.policystore import queries
from kernel.policystore.desk import Desk, draft_part, in_force_words, text_lines
from kernel.policystore.models import PolicyVersion
from kernel.policystore.rules import Span
from kernel.versions import Change
from riskpool.claims.page import Mark, grouped_working
from riskpool.policies.forms import TrialForm
from riskpool.pools import queries as pools
from riskpool.pools.versions import scheme_from, scheme_of
from riskpool.schemes.aloud import party_names, read_aloud
from riskpool.schemes.difference import differences
from riskpool.schemes.engine import Apportionment, apportion, needed_metrics
from riskpool.schemes.examples import worked_examples
from riskpool.schemes.loading import warnings_of
from riskpool.schemes.recovery import RecoverySharing, share_recovery
from riskpool.schemes.words import fact_in_chinese
from riskpool.schemes.working import numbered

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership
    from riskpool.pools.models import Agreement
    from riskpool.schemes.terms import Scheme

SCHEME = PolicyVersion.Kind.SCHEME
State = PolicyVersion.State
DESK = Desk(
    SCHEME, "policies", "policies", gettext_lazy("全部方案"),
    gettext_lazy("已存为草稿，只有本机构可见。算例已全部运行，结果见下。"),
)  # fmt: skip


@dataclass(frozen=True)
class VersionRow:
    """One version in the list: in force when, published by whom, how well evidenced, followed by which agreements."""

    row: PolicyVersion
    spans: tuple[Span, ...]
    publisher: str
    marks: tuple[Mark, ...]
    agreements: tuple[Agreement, ...]

    @property
    def in_force(self) -> str:
        return in_force_words(self.spans)


@dataclass(frozen=True)
class Family:
    """All versions of one scheme that the viewer may know of, the latest first."""

    name: str
    versions: tuple[VersionRow, ...]

    @property
    def title(self) -> str:
        return self.versions[0].row.title

    @property
    def followed(self) -> bool:
        return any(version.agreements for version in self.versions)


def families(viewer: Membership) -> list[Family]:
    """Every scheme, those that the viewer's own agreements follow first; drafts given up are left out."""
    rows = DESK.rows(viewer)
    spans, following, names = queries.standing(rows), followers(viewer), publishers(rows)
    found: dict[str, list[VersionRow]] = {}
    for row in rows:
        found.setdefault(row.family, []).append(
            VersionRow(
                row,
                spans.get(row.pk, ()),
                names.get(row.wall, ""),
                marks_of(row),
                tuple(following.get(row.pk, ())),
            )
        )
    listed = [Family(name, tuple(versions)) for name, versions in found.items()]
    return sorted(listed, key=lambda family: (not family.followed, family.name))


def followers(viewer: Membership) -> dict[UUID, list[Agreement]]:
    """The agreements that the viewer may know of, by the versions that they follow."""
    rows = pools.agreements(viewer=viewer).prefetch_related("adopted_schemes")
    found: dict[UUID, list[Agreement]] = {}
    for agreement in rows:
        for adopted in agreement.adopted_schemes.all():
            if adopted.superseded_at is None:
                found.setdefault(adopted.version_id, []).append(agreement)
    return found


def publishers(rows: Iterable[PolicyVersion]) -> dict[Any, str]:
    """The names of the organisations whose versions these are."""
    walls = {row.wall for row in rows if row.wall is not None}
    return dict(Organisation.objects.filter(pk__in=walls).values_list("pk", "name"))


def marks_of(row: PolicyVersion) -> tuple[Mark, ...]:
    return tuple(Mark(status) for status in row.evidence.split("；") if status)


def scheme_in(row: PolicyVersion) -> Scheme:
    """The scheme of a version, published or not."""
    return scheme_of(row.pk) if row.state == State.PUBLISHED else scheme_from(row.text)


def version_page(row: PolicyVersion, viewer: Membership) -> dict[str, Any]:
    """One version: its rules in sentences, its sources, every example carried out, who follows it, what can be done."""
    scheme = scheme_in(row)
    names = party_names(scheme)
    is_draft = row.state == State.DRAFT
    return {
        "row": row,
        "scheme": scheme,
        "sections": read_aloud(scheme),
        "sources": [(Mark(source.status), source) for source in scheme.sources],
        "examples": [(one, grouped_working(one.working, names)) for one in worked_examples(scheme)],
        "facts": [(fact_in_chinese(fact.name), fact) for fact in needed_metrics(scheme)],
        "warnings": warnings_of(scheme),
        "spans": in_force_words(queries.standing([row]).get(row.pk, ())),
        "publisher": publishers([row]).get(row.wall, ""),
        "agreements": followers(viewer).get(row.pk, []),
        "earlier": earlier_versions(row, viewer),
        "is_draft": is_draft,
        "is_bureau": viewer.organisation.kind == Organisation.Kind.FINANCE_BUREAU,
        "may_prepare": is_draft and viewer.seat == "finance_bureau.officer",
        **(draft_part(row, viewer) if is_draft else {}),
    }


def earlier_versions(row: PolicyVersion, viewer: Membership) -> list[PolicyVersion]:
    """The other versions of the same scheme to compare with, the one before first."""
    replaced = scheme_in(row).supersedes
    return DESK.earlier(row, viewer, frozenset({replaced} if replaced else ()))


def difference_page(row: PolicyVersion, viewer: Membership, other_id: str) -> dict[str, Any]:
    """What changes from another version of the same scheme, by meaning and letter by letter."""
    others = earlier_versions(row, viewer)
    other = next((one for one in others if str(one.pk) == other_id), others[0] if others else None)
    context: dict[str, Any] = {"row": row, "others": others, "other": other}
    if other is None:
        return context
    changes = differences(scheme_in(other), scheme_in(row))
    return context | {"parts": by_part(changes), "count": len(changes), "lines": text_lines(other, row)}


def by_part(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """Changes under the heading of their part, in order of appearance."""
    parts: dict[str, list[Change]] = {}
    for change in changes:
        parts.setdefault(change.part, []).append(change)
    return list(parts.items())


@dataclass(frozen=True)
class Tried:
    """What a trial came to: the split, what came back, the working in words."""

    outcome: Apportionment
    sharing: RecoverySharing | None
    rows: list[tuple[str, int, int, int]]
    steps: list[tuple[str, list[str]]]


def try_loss(scheme: Scheme, form: TrialForm) -> tuple[Tried | None, Sequence[Problem]]:
    """Share a typed loss; nothing is stored. Either the outcome or every reason why there is none."""
    try:
        outcome = apportion(scheme, form.loss, form.metrics)
        gross, costs = form.cleaned_data["gross"], form.cleaned_data["costs"]
        sharing = share_recovery(scheme, outcome, gross, costs) if gross or costs else None
    except Refused as refused:
        return None, refused.problems
    names = party_names(scheme)
    returned = sharing.returned if sharing else {}
    rows = [
        (names[code], fen, returned.get(code, 0), fen - returned.get(code, 0))
        for code, fen in outcome.borne.items()
    ]
    working = numbered((*outcome.working, *(sharing.working if sharing else ())))
    return Tried(outcome, sharing, rows, grouped_working(working, names)), ()
