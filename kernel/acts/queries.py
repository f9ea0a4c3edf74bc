"""Reading the record of acts, and checking its seals."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import connection

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


LEAF = 8 + 32  # bytes of one act in a seal: its number, then SHA-256 of its line


def digest_of(first: int, until: int, previous_digest: str) -> tuple[str, bytes]:
    """SHA-256 (hex) over the previous digest and all acts of the transactions [first, until), and their leaves."""
    digest = hashlib.sha256(previous_digest.encode())
    leaves = bytearray()
    for act in Act.objects.filter(transaction__gte=first, transaction__lt=until).order_by("id").iterator():
        line = act_line(act)
        digest.update(line)
        leaves += act.pk.to_bytes(8, "big") + hashlib.sha256(line).digest()
    return digest.hexdigest(), bytes(leaves)


def acts_of(subject: Any) -> QuerySet[Act]:
    """The acts that concern one saved object, oldest first; the caller has already been let in to the object."""
    return (
        Act.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .select_related("account", "account__person")
        .order_by("id")
    )


def broken_seals() -> list[str]:
    """Sentences that name each seal whose digest or chain does not hold, and each act that is no longer what was sealed."""
    faults: list[str] = []
    previous: Seal | None = None
    for seal in Seal.objects.order_by("until"):
        if seal.previous_id != (previous.pk if previous else None) or (
            previous and seal.first != previous.until
        ):
            faults.append(f"封存 {seal.pk}：与前一封存不相接")
        digest, leaves = digest_of(seal.first, seal.until, previous.digest if previous else "")
        count = len(leaves) // LEAF
        if digest != seal.digest or count != seal.count:
            faults.append(
                f"封存 {seal.pk}（事务 {seal.first}–{seal.until}）：记录 {seal.count} 条，现有 {count} 条，摘要不符"
            )
            faults += _acts_that_differ(_leaves(bytes(seal.leaves)), _leaves(leaves))
        previous = seal
    if previous is not None and previous.until > _next_transaction():
        faults.append(
            f"封存 {previous.pk}：其事务号大于数据库现有的事务号（数据库是从别处还原的，须先把事务号调高）"
        )
    return faults


def _leaves(packed: bytes) -> dict[int, bytes]:
    starts = range(0, len(packed), LEAF)
    return {int.from_bytes(packed[at : at + 8], "big"): packed[at + 8 : at + LEAF] for at in starts}


def _acts_that_differ(sealed: dict[int, bytes], now: dict[int, bytes]) -> list[str]:
    if not sealed:
        return []
    return [
        f"审计记录 {number}："
        + (
            "封存后被删除或移出"
            if number not in now
            else "封存后被插入"
            if number not in sealed
            else "封存后被改动"
        )
        for number in sorted(sealed.keys() | now.keys())
        if sealed.get(number) != now.get(number)
    ]


def _next_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])
