"""Drafts, publication by two persons, and what is in force when. Knows no content: each kind has its keeper.

A room that owns a kind registers a `Keeper` (`keeps`): it reads a text (refusing every fault at once), says what keeps it
from being published, and what each version of a policy states of its days. Lock order: approval, the advisory lock of the
policy, the draft's row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore import queries, rules
from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.policystore.rules import Span, Stated
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval

if TYPE_CHECKING:
    from uuid import UUID

State = PolicyVersion.State
PUBLISH = "policies.publish"


@dataclass(frozen=True)
class Checked:
    """What a keeper found in a sound text. `fingerprint` changes whenever what is calculated changes, inherited parts
    included; `blocks` keeps it from being published (a worked example that does not come out)."""

    version: str
    family: str
    title: str
    first: dt.date | None
    last: dt.date | None
    evidence: str
    fingerprint: str
    blocks: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Keeper:
    """What the room that owns a kind knows about it.

    `read` refuses a faulty text; `family` tells what the published versions of a policy state, with a draft's text beside
    them if one is given; `may_draft` and `may_publish` refuse a seat that has no business with it.
    """

    read: Callable[[str], Checked]
    family: Callable[[str, str | None], Sequence[Stated]]
    may_draft: Callable[[Any], None]
    may_publish: Callable[[Any], None]


_keepers: dict[str, Keeper] = {}


def keeps(kind: str, keeper: Keeper) -> None:
    """Register the keeper of a kind."""
    assert kind not in _keepers, f"two keepers of {kind}"
    _keepers[kind] = keeper


@in_chinese
@transaction.atomic
def keep_draft(*, by: Any, kind: str, text: str, name: str = "") -> PolicyVersion:
    """Keep a sound text as a draft of the maker's organisation; an earlier draft of the same version is given up for it.

    Refused with every fault of the text; when the version is published already; while the earlier draft waits for its
    publication; when the policy was first published by another organisation. Nothing is kept then.
    """
    keeper = _keepers[kind]
    keeper.may_draft(by)
    checked = keeper.read(text)
    _lock_policy(kind, checked.family)
    refuse_if_any([*_storable(checked), *_taken(kind, checked, by)])
    sha256 = sha256_of(text)
    earlier = _own_draft(kind, checked.version, by)
    if earlier is not None:
        if earlier.sha256 == sha256:
            return earlier
        _give_up(earlier, by, f"以新上传的文件代替草稿 {earlier.version}")
    draft = PolicyVersion.objects.create(
        kind=kind, family=checked.family, version=checked.version, title=checked.title, text=text, sha256=sha256,
        valid_from=checked.first, valid_to=checked.last, evidence=checked.evidence, state=State.DRAFT,
        loaded_by=by.account, wall=by.organisation_id,
    )  # fmt: skip
    facts = {"sha256": sha256, "file": name[:200]}
    record(by=by, verb="policy.draft", subject=draft, summary=f"上传草稿 {draft.version}", facts=facts)
    return draft


@in_chinese
@transaction.atomic
def withdraw_draft(*, by: Any, version_id: UUID) -> PolicyVersion:
    """Give a draft up; refused while its publication is asked for."""
    draft = _lock_draft(by, version_id)
    _keepers[draft.kind].may_draft(by)
    _give_up(draft, by, f"撤回草稿 {draft.version}")
    return draft


@in_chinese
@transaction.atomic
def propose_publication(*, by: Any, version_id: UUID) -> Approval:
    """Ask a second person to publish a draft; every reason against it is told at once."""
    draft = _lock_draft(by, version_id)
    keeper = _keepers[draft.kind]
    keeper.may_draft(by)
    checked, moved = _publishable(draft, by)
    command = {
        "version": str(draft.pk),
        "kind": draft.kind,
        "name": draft.version,
        "sha256": draft.sha256,
        "fingerprint": checked.fingerprint,
        "spans": _spans_told(moved),
    }
    summary = f"发布 {draft.version}：{draft.title}"
    return ask(by=by, kind=PUBLISH, command=command, subject=draft, summary=summary)


@executes(PUBLISH)
def _publish(approval: Approval, by: Any) -> PolicyVersion:
    """Publish what was asked for, if the text, what it inherits, its examples and all spans are still what they were."""
    command = approval.command
    draft = _lock_draft(by, command["version"])
    _keepers[draft.kind].may_publish(by)
    checked, moved = _publishable(draft, by)
    if (draft.sha256, checked.fingerprint, _spans_told(moved)) != (
        command["sha256"],
        command["fingerprint"],
        command["spans"],
    ):
        raise Refused(
            Problem("发布", "提请之后文本、所继承的内容或施行期已有变化", "请退回，由经办人重新提请", "moved")
        )
    draft.state, draft.approval = State.PUBLISHED, approval
    draft.save(update_fields=["state", "approval"])
    facts = {"sha256": draft.sha256, "spans": command["spans"]}
    record(by=by, verb="policy.publish", subject=draft, summary=f"发布 {draft.version}", facts=facts)
    settle_spans(kind=draft.kind, family=draft.family, by=by, approval=approval)
    return draft


@in_chinese
@transaction.atomic
def ship(*, kind: str, text: str, checked: Checked) -> bool:
    """Store a version that ships with the product as published; whether it was new. `settle_spans` comes after all of a
    policy's versions. Refused: the version is stored with another text.
    """
    sha256 = sha256_of(text)
    standing = queries.published(kind).filter(version=checked.version).first()
    if standing is not None:
        if standing.sha256 != sha256:
            found = f"“{checked.version}”已载入过另一内容"
            raise Refused(
                Problem(checked.version, found, "已发布的版本不得改动，请改用新的版本号", "changed")
            )
        return False
    stored = PolicyVersion.objects.create(
        kind=kind, family=checked.family, version=checked.version, title=checked.title[:200], text=text,
        sha256=sha256, valid_from=checked.first, valid_to=checked.last, evidence=checked.evidence[:200],
        state=State.PUBLISHED, shipped=True,
    )  # fmt: skip
    record(
        by=None,
        verb="policy.load",
        subject=stored,
        summary=f"载入 {stored.version}",
        facts={"sha256": sha256},
    )
    return True


@in_chinese
@transaction.atomic
def settle_spans(*, kind: str, family: str, by: Any = None, approval: Approval | None = None) -> None:
    """Let the recorded days of a policy's versions be what its published texts say together; a span that is cut short is
    superseded by a shorter one. Without an approval the texts are those that ship; a version that two persons published
    keeps standing on their publication. Refused when the texts contradict each other.
    """
    _lock_policy(kind, family)
    rows = {row.version: row for row in queries.published(kind).filter(family=family)}
    moved = _moved(kind, family, None)
    now = timezone.now()
    for name in moved:  # first make room, or the longer span of one would overlap the new one of the other
        PolicySpan.objects.filter(version=rows[name], superseded_at=None).update(superseded_at=now)
    for name, (before, after) in moved.items():
        for span in after:
            PolicySpan.objects.create(
                kind=kind, family=family, version=rows[name], validity=range_of(span),
                approval=approval or rows[name].approval,
            )  # fmt: skip
        told = f"{name} 施行期：{rules.told(before)} → {rules.told(after)}"
        facts = {"before": rules.told(before), "after": rules.told(after)}
        record(by=by, verb="policy.span", subject=rows[name], summary=told, facts=facts)


def spans_moved_by(draft: PolicyVersion) -> dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]:
    """The versions whose days would change if a draft were published: before and after. Refused: see `spans_in_force`."""
    return _moved(draft.kind, draft.family, draft.text)


def publication_problems(draft: PolicyVersion, by: Any) -> list[Problem]:
    """Everything that keeps a draft from being published now; empty means that it may be asked for."""
    try:
        _publishable(draft, by)
    except Refused as refused:
        return list(refused.problems)
    return []


def sha256_of(text: str) -> str:
    """The digest under which a text is published."""
    return hashlib.sha256(text.encode()).hexdigest()


def range_of(span: Span) -> DateRange:
    """Days as the database stores them: the upper end is the day after the last."""
    return DateRange(span.first, span.last + dt.timedelta(days=1) if span.last else None)


def _publishable(
    draft: PolicyVersion, by: Any
) -> tuple[Checked, dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]]:
    """The draft read anew and the spans it would move, or every reason why it cannot be published."""
    if draft.state != State.DRAFT:
        raise Refused(
            Problem("版本", f"{draft.version} {draft.get_state_display()}", "只有草稿可以发布", "state")
        )
    checked = _keepers[draft.kind].read(draft.text)
    problems = [*checked.blocks, *_taken(draft.kind, checked, by)]
    if (checked.version, checked.family, sha256_of(draft.text)) != (
        draft.version,
        draft.family,
        draft.sha256,
    ):
        problems.append(Problem("版本", "存档的文本与其摘要或编号不符", "请重新上传文件", "changed"))
    moved = {}
    try:
        moved = spans_moved_by(draft)
    except Refused as refused:
        problems += refused.problems
    refuse_if_any(problems)
    return checked, moved


def _moved(kind: str, family: str, draft: str | None) -> dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]:
    after = rules.spans_in_force(_keepers[kind].family(family, draft))
    rows = {row.pk: row.version for row in queries.published(kind).filter(family=family)}
    recorded = queries.standing(PolicyVersion.objects.filter(pk__in=rows))
    return rules.moved({rows[pk]: spans for pk, spans in recorded.items()}, after)


def _spans_told(moved: dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]) -> list[list[str]]:
    return [[name, rules.told(before), rules.told(after)] for name, (before, after) in sorted(moved.items())]


def _storable(checked: Checked) -> list[Problem]:
    """A name or a title longer than its column."""
    longest = (("id", checked.version, 120), ("name", checked.title, 200), ("sources", checked.evidence, 200))
    return [
        Problem(where, f"有 {len(text)} 个字", f"不超过 {most} 个字", "too_long")
        for where, text, most in longest
        if len(text) > most
    ]


def _taken(kind: str, checked: Checked, by: Any) -> list[Problem]:
    """What is published already stands against a draft of the same version, or of somebody else's policy."""
    rows = queries.published(kind)
    problems = []
    if rows.filter(version=checked.version).exists():
        found, wanted = f"“{checked.version}”已经发布", "已发布的版本不得改动，请改用新的版本号"
        problems.append(Problem("id", found, wanted, "published"))
    others = rows.filter(family=checked.family).exclude(wall=None).exclude(wall=by.organisation_id)
    if others.exists():
        found, wanted = f"“{checked.family}”由另一机构发布", "请改用本机构的方案编号，或由该机构发布新版本"
        problems.append(Problem("id", found, wanted, "of_another"))
    return problems


def _own_draft(kind: str, version: str, by: Any) -> PolicyVersion | None:
    rows = PolicyVersion.objects.select_for_update(no_key=True)
    return rows.filter(kind=kind, version=version, wall=by.organisation_id, state=State.DRAFT).first()


def _give_up(draft: PolicyVersion, by: Any, told: str) -> None:
    if draft.state != State.DRAFT:
        raise Refused(
            Problem("版本", f"{draft.version} {draft.get_state_display()}", "只有草稿可以撤回", "state")
        )
    waits = Approval.objects.filter(kind=PUBLISH, subject_id=str(draft.pk), state=Approval.State.ASKED)
    if waits.exists():
        raise Refused(
            Problem("草稿", f"{draft.version} 已提请发布", "请先撤回或退回该复核", "publication_asked")
        )
    draft.state = State.WITHDRAWN
    draft.save(update_fields=["state"])
    record(by=by, verb="policy.withdraw", subject=draft, summary=told)


def _lock_draft(by: Any, version_id: Any) -> PolicyVersion:
    """The draft's row, locked after its policy; another organisation's does not exist."""
    mine = PolicyVersion.objects.filter(pk=version_id, wall=by.organisation_id)
    _lock_policy(*mine.values_list("kind", "family").get())
    return mine.select_for_update(no_key=True, of=("self",)).get()


def _lock_policy(kind: str, family: str) -> None:
    """One at a time for all that decides which version of a policy is in force; held until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('policies of a family'), hashtext(%s))",
            [f"{kind} {family}"],
        )
