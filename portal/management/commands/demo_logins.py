"""`manage.py demo_logins`: who may log in to the demonstration; prints nothing when there is none."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from finance.parties.models import Membership
from portal.demo.world import ORGANISATIONS, PASSWORD, SECOND_CLERKS

_SHOWN = [log_in for *_, people in ORGANISATIONS.values() for log_in, _ in people.values()] + [
    "owner-cq",
    "owner-jn",
    "owner-s1",
    *(log_in for log_in, _ in SECOND_CLERKS.values()),
]


class Command(BaseCommand):
    help = "列出演示登录名"

    def handle(self, *args: Any, **options: Any) -> None:
        members = {
            member.account.username: member
            for member in Membership.objects.filter(account__username__in=_SHOWN, until=None).select_related(
                "account__person", "organisation"
            )
        }
        if not members:
            return
        self.stdout.write(f"演示登录（口令均为 {PASSWORD}）：")
        for log_in in _SHOWN:
            if log_in in members:
                member = members[log_in]
                who = f"{member.organisation.short_name} {member.get_role_display()} {member.account.person.name}"
                self.stdout.write(f"  {log_in:<16}{who}")
