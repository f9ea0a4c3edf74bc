"""Reading the record of acts, and checking its seals."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .models import Act, Seal

if TYPE_CHECKING:
    from django.db.models import QuerySet


def act_line(act: Act) -> bytes:
    """Canonical bytes of one act; the digest of a seal runs over these lines."""
    fields = [
        act.pk,
        act.transaction,
        act.at.isoformat(),
        act.account_id,
        act.person,
        act.wall,
        act.channel,
        act.address,
        act.verb,
        act.subject_type,
        act.subject_id,
        act.summary,
        act.facts,
    ]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n"


def digest_of(first: int, until: int, previous_digest: str) -> tuple[str, int]:
    """SHA-256 (hex) over the previous digest and all acts of the transactions [first, until), and their count."""
    digest = hashlib.sha256(previous_digest.encode())
    count = 0
    for act in Act.objects.filter(transaction__gte=first, transaction__lt=until).order_by("id").iterator():
        digest.update(act_line(act))
        count += 1
    return digest.hexdigest(), count


def acts_of(subject: Any) -> QuerySet[Act]:
    """The acts that concern one saved object, oldest first; the caller has already been let in to the object."""
    return (
        Act.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .select_related("account", "account__person")
        .order_by("id")
    )


def broken_seals() -> list[str]:
    """Sentences that name each seal whose digest, count or chain does not hold; empty when all hold."""
    faults: list[str] = []
    previous: Seal | None = None
    for seal in Seal.objects.order_by("until"):
        if seal.previous_id != (previous.pk if previous else None) or (previous and seal.first != previous.until):
            faults.append(f"封存 {seal.pk}：与前一封存不相接")
        digest, count = digest_of(seal.first, seal.until, previous.digest if previous else "")
        if digest != seal.digest or count != seal.count:
            faults.append(f"封存 {seal.pk}（事务 {seal.first}–{seal.until}）：记录 {seal.count} 条，现有 {count} 条，摘要不符")
        previous = seal
    return faults
