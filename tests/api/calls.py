"""Calls as a bank's system makes them: by token, without a browser."""

from __future__ import annotations

import itertools
import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from finance.parties.models import Membership
from portal.tokens import issue

_keys = itertools.count(1)
FILINGS = "/api/v1/filings/"


def by_token(member: Membership) -> Client:
    """A client whose every call carries a token of the account, and no cookie."""
    secret = issue(account=member.account, operator="test")
    return Client(headers={"Authorization": f"Token {secret}"}, enforce_csrf_checks=True)


def new_key() -> str:
    return f"key-{next(_keys)}"


def file_in(
    client: Client, content: bytes, key: str | None = None, name: str = "备案.xlsx", **fields: Any
) -> Any:
    """A workbook as a form with a file; key "" leaves the header out."""
    key = new_key() if key is None else key
    headers = {"Idempotency-Key": key} if key else {}
    given = {"form": "loans", "file": SimpleUploadedFile(name, content), **fields}
    return client.post(FILINGS, given, headers=headers)


def send_json(client: Client, body: Any, content_type: str = "application/json", **headers: str) -> Any:
    """Any text as a body; a dictionary is written as JSON."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(
        FILINGS, text, content_type=content_type, headers={"Idempotency-Key": new_key(), **headers}
    )


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body of an error, which is always a problem by RFC 9457."""
    assert response.status_code == status, (response.status_code, response.content.decode()[:500])
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == status
    assert {"type", "title"} <= body.keys()
    return body
