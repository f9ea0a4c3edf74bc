"""Idempotency keys: the same call twice has one effect and the same answer."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction

from kernel.errors import Problem, Refused

from .models import IdempotencyKey

if TYPE_CHECKING:
    from collections.abc import Callable


def fingerprint(body: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a call's body and path."""
    return hashlib.sha256(
        json.dumps(body, sort_keys=True, ensure_ascii=False, default=str).encode()
    ).hexdigest()


def once(
    *, client: str, key: str, body: Any, effect: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Run `effect` once for (client, key) and store its answer in the same transaction.

    Gives (answer, replayed). Another body under the same key is refused with code `key_reused`. A second caller that
    arrives while the first still runs waits for the first transaction, then gets its answer.
    """
    mark = fingerprint(body)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(client=client, key=key, fingerprint=mark)
        except IntegrityError as fault:
            if "an_idempotency_key_is_used_once_by_a_client" not in str(fault):
                raise
            row = IdempotencyKey.objects.get(client=client, key=key)
            if row.fingerprint != mark:
                raise Refused(
                    Problem(
                        "重复提交标识",
                        "同一标识对应的内容不同",
                        "请为新的请求换用新的标识",
                        code="key_reused",
                    )
                ) from fault
            assert row.answer is not None, "the answer is stored in the transaction of the effect"
            return row.answer, True
        assert connection.in_atomic_block
        row.answer = effect()
        row.save(update_fields=["answer"])
        row.refresh_from_db(fields=["answer"])  # as it is stored: what a repeat will get
        return row.answer, False
