"""What the pages of the scorecard desk show. The viewer was let in to the version; figures come from queries and rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy

from finance.parties.models import Organisation
from kernel.errors import Refused
from kernel.policystore import queries
from kernel.policystore.desk import Desk, draft_part, in_force_words, text_lines
from kernel.policystore.models import PolicyVersion
from kernel.policystore.rules import Span
from valuation.cards.aloud import read_aloud
from valuation.cards.difference import differences, in_words
from valuation.cards.keepers import DRAFTS, SCORECARD
from valuation.cards.queries import card_of
from valuation.examples import CASES, cases_in, load_cases, run_cases
from valuation.words import card_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finance.parties.models import Membership
    from kernel.examples import ExampleResult
    from valuation.terms import Scorecard

State = PolicyVersion.State
DESK = Desk(
    SCORECARD, "scorecards", "cards/desk", gettext_lazy("全部评分卡"),
    gettext_lazy("已存为草稿，只有本机构可见。算例已全部运行，结果见下。"),
)  # fmt: skip


@dataclass(frozen=True)
class VersionRow:
    """One version in the list: in force when, published by whom, how many indicators and gates."""

    row: PolicyVersion
    spans: tuple[Span, ...]
    publisher: str
    card: Scorecard | None

    @property
    def in_force(self) -> str:
        return in_force_words(self.spans)


def version_rows(viewer: Membership) -> list[VersionRow]:
    """Every version the viewer may know of, by card, the latest first."""
    rows = DESK.rows(viewer)
    spans, names = queries.standing(rows), publishers(rows)
    return [VersionRow(row, spans.get(row.pk, ()), names.get(row.wall, ""), _card(row)) for row in rows]


def _card(row: PolicyVersion) -> Scorecard | None:
    try:
        return card_of(row, None)
    except Refused:  # a kept text that the loader of today does not read: its own page tells why
        return None


def publishers(rows: Iterable[PolicyVersion]) -> dict[Any, str]:
    """The names of the organisations whose versions these are."""
    walls = {row.wall for row in rows if row.wall is not None}
    return dict(Organisation.objects.filter(pk__in=walls).values_list("pk", "name"))


def version_page(row: PolicyVersion, viewer: Membership) -> dict[str, Any]:
    """One version: the card in sentences, its references, every case carried out, what can be done."""
    card = card_of(row, None)
    is_draft = row.state == State.DRAFT
    return {
        "row": row,
        "card": card,
        "sections": read_aloud(card),
        "references": sorted((tag, title, mark) for tag, (title, mark) in card.references.items()),
        "sources": card.document.get("sources") or [],
        "cases": cases_of_version(row, card),
        "spans": in_force_words(queries.standing([row]).get(row.pk, ())),
        "publisher": publishers([row]).get(row.wall, ""),
        "is_draft": is_draft,
        "may_prepare": is_draft and viewer.seat == DRAFTS,
        **(draft_part(row, viewer) if is_draft else {}),
    }


def cases_of_version(row: PolicyVersion, card: Scorecard) -> list[ExampleResult]:
    """Every hand-worked case of a version, carried out: those in its file; of what ships those beside it."""
    cases = cases_in(card.document)
    beside = Path(settings.POLICIES_DIR) / "scorecards" / CASES / f"{row.version}.yaml"
    if not cases and row.shipped and beside.is_file():
        cases = load_cases(beside)
    return run_cases(card, cases)


def earlier_versions(row: PolicyVersion, viewer: Membership) -> list[PolicyVersion]:
    """The other versions of the same card to compare with, the one before first."""
    return DESK.earlier(row, viewer, frozenset())


def difference_page(row: PolicyVersion, viewer: Membership, other_id: str) -> dict[str, Any]:
    """What changes from another version of the same card, by meaning and letter by letter."""
    others = earlier_versions(row, viewer)
    other = next((one for one in others if str(one.pk) == other_id), others[0] if others else None)
    context: dict[str, Any] = {"row": row, "others": others, "other": other}
    if other is None:
        return context
    changes = [in_words(one, card_words) for one in differences(card_of(other, None), card_of(row, None))]
    parts: dict[str, list[Any]] = {}
    for change in changes:
        parts.setdefault(change.part, []).append(change)
    return context | {"parts": list(parts.items()), "count": len(changes), "lines": text_lines(other, row)}
