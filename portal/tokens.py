"""Tokens by which a machine logs in as one account: `Authorization: Token zr_...`.

A token stands for an account with exactly one living role: whoever gets a second role or loses his last one has none any
more, with the next call. What is stored is a digest: a copy of the database opens no door.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from django.db import transaction
from rest_framework.authentication import BaseAuthentication
from rest_framework.authtoken.models import Token

from finance.parties.queries import memberships_of
from kernel.acts.actions import record
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from finance.parties.models import Account, Membership

PREFIX = "zr_"


def stored(secret: str) -> str:
    """What is kept of a token: 160 bits of its SHA-256, in hex.

    >>> len(stored("zr_anything"))
    40
    """
    return hashlib.sha256(secret.encode()).hexdigest()[: Token._meta.get_field("key").max_length]


def only_role(account: Account) -> Membership | None:
    """The role that a token of the account stands for; None unless there is exactly one."""
    roles = list(memberships_of(account)[:2])
    return roles[0] if len(roles) == 1 else None


@transaction.atomic
def issue(*, account: Account, operator: str) -> str:
    """A new token, shown this once; the one before it is void. Refused without exactly one living role."""
    member = only_role(account)
    if member is None:
        raise Refused(
            Problem(
                f"账号 {account.username}",
                "没有或不止一个在任岗位",
                "请用只有一个岗位的账号",
                code="not_one_role",
            )
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    Token.objects.filter(user=account).delete()
    Token.objects.create(user=account, key=stored(secret))
    facts = {"operator": operator}
    record(by=None, verb="token.issue", subject=account, summary=f"发放接口令牌：{member}", facts=facts)
    return secret


@transaction.atomic
def revoke(*, account: Account, operator: str) -> bool:
    """Make the account's token void; False when it had none."""
    count, _ = Token.objects.filter(user=account).delete()
    if count:
        facts = {"operator": operator}
        record(by=None, verb="token.revoke", subject=account, summary=f"收回接口令牌：{account}", facts=facts)
    return bool(count)


def member_by_token(request: HttpRequest) -> Membership | None:
    """The role that the Authorization header stands for; None when it stands for nothing (any more)."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "token" or not secret.startswith(PREFIX):
        return None
    token = Token.objects.filter(key=stored(secret.strip())).select_related("user").first()
    return only_role(token.user) if token is not None else None


class ByToken(BaseAuthentication):
    """DRF asks who it is; the portal's middleware has looked already, so that the doors know it too."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        member = getattr(request._request, "by_token", None)
        return (member.account, "token") if member is not None else None

    def authenticate_header(self, request: Any) -> str:
        return "Token"
