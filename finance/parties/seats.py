"""Seats: which roles an organisation of a kind has, and the permit that every action begins with. Pure.

A seat is written `kind.role`: `bank.maker`, `finance_bureau.approver`. Pages are held by the permission table of the
portal; this permit stands behind it for the doors that are not pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "bank": ("maker", "checker"),
    "guarantor": ("officer",),
    "insurer": ("officer",),
    "appraiser": ("officer",),
    "enterprise": ("owner",),
    "finance_bureau": ("officer", "approver"),
    "ip_bureau": ("clerk",),
    "fund_manager": ("officer", "approver"),
    "auditor": ("auditor",),
}
SEATS = frozenset(f"{kind}.{role}" for kind, roles in ROLES_OF_KIND.items() for role in roles)


class Seated(Protocol):
    """What the permit asks of a membership."""

    @property
    def seat(self) -> str: ...


def permit(by: Seated | None, *seats: str) -> None:
    """Let the act go on if `by` sits on one of `seats`; the system itself (None) is let through.

    >>> from types import SimpleNamespace
    >>> permit(SimpleNamespace(seat="bank.maker"), "bank.maker", "bank.checker")
    >>> permit(SimpleNamespace(seat="bank.maker"), "finance_bureau.officer")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: 权限：本岗位不办理此事项。请由有权岗位办理
    """
    assert set(seats) <= SEATS, f"no such seat: {set(seats) - SEATS}"
    if by is not None and by.seat not in seats:
        raise Refused(Problem("权限", "本岗位不办理此事项", "请由有权岗位办理", code="not_permitted"))
