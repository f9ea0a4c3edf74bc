"""The reconciliation of an account as a numbered PDF, in a worker."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kernel.documents.actions import issue
from kernel.money import yuan_text
from kernel.work import jobs, outbox
from riskpool.pools.models import PoolSource
from riskpool.treasury import queries

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.documents.models import IssuedDocument
    from kernel.work.models import JobRun
    from riskpool.treasury.rules import Reconciliation


@transaction.atomic
def ask_for_reconciliation(*, by: Any, pool_id: UUID, source_id: UUID, on: dt.date) -> JobRun:
    """Let a worker issue the reconciliation of an account; Pool.DoesNotExist without a seat."""
    source = queries.pools.pool(viewer=by, pool_id=pool_id).sources.get(pk=source_id)
    job = jobs.queue(
        kind="treasury.reconciliation", by=by, title=f"出具 {source.name} 余额调节表（{on.isoformat()}）"
    )
    payload = {"job": str(job.pk), "membership": str(by.pk), "source": str(source.pk), "on": on.isoformat()}
    outbox.put(
        kind="treasury.reconciliation", payload=payload, effect_key=f"treasury.reconciliation:{job.pk}"
    )
    return job


def issue_reconciliation(*, by: Any, source: PoolSource, on: dt.date) -> IssuedDocument:
    """Issue it; the caller was let in to the pool and knows that a statement stands."""
    found = queries.reconciliation(source, on)
    assert found is not None, "asked for where a statement stands"
    return issue(
        by=by, at=timezone.now(), kind="reconciliation", title=f"银行存款余额调节表（{queries.reconciled_on(source, on)}）",
        template="pdf/reconciliation.html", content=content_of(source, found, on), subject=source,
    )  # fmt: skip


def content_of(source: PoolSource, found: Reconciliation, on: dt.date) -> dict[str, Any]:
    """All that the paper states; money as text in yuan."""
    day = queries.reconciled_on(source, on)
    assert day is not None, "a statement stands"
    return {
        "pool": source.pool.name,
        "source": source.name,
        "on": day.isoformat(),
        "asked": on.isoformat(),
        **{
            name: yuan_text(getattr(found, name))
            for name in (
                *("bank", "book", "received_by_book", "paid_by_book", "received_by_bank", "paid_by_bank"),
                *("bank_adjusted", "book_adjusted", "opening_gap", "unexplained"),
            )
        },
        "adds_up": found.adds_up,
        "book_not_bank": [
            [row["day"].isoformat(), row["memo"], yuan_text(row["signed"])]
            for row in queries.in_transit(found)
        ],
        "bank_not_book": [
            [row["day"].isoformat(), row["memo"], row["standing"], yuan_text(row["signed"])]
            for row in queries.not_booked(found, source)
        ],
    }
