"""An approval that two persons of the district bureau have given, without an executor behind it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.utils import timezone

from kernel.work.approvals import digest
from kernel.work.models import Approval
from tests.cast import Cast


def asked(cast: Cast, kind: str = "test.money", **command: Any) -> Approval:
    """Asked by the officer; nobody has decided."""
    officer = cast.district_bureau.officer
    return Approval.objects.create(
        kind=kind, command=command, command_sha256=digest(command), subject_type="test", subject_id=str(uuid4()), summary="",
        wall=officer.organisation_id, maker=officer.account, maker_person=officer.account.person_id,
    )  # fmt: skip


def approved(cast: Cast, kind: str = "test.money", **command: Any) -> Approval:
    """And decided for by the approver, in the running transaction."""
    approval, checker = asked(cast, kind, **command), cast.district_bureau.approver.account
    approval.state, approval.decided_at = Approval.State.EXECUTED, timezone.now()
    approval.checker, approval.checker_person = checker, checker.person_id
    approval.save()
    return approval
