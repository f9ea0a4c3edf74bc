"""Step-up: before money or a payee moves, the password is asked for again if it was given too long ago.

Allauth would keep the sent form and run it after the password; that run would pass by the doors. So the form is not
kept: the person comes back to the page, sees it as it stands then, and confirms once more.
"""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


@reauthentication_required
def _recently_given(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired after ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""


def password_page(request: HttpRequest, come_back_to: str) -> HttpResponse | None:
    """Where to give the password again, or None when it was given recently."""
    try:
        _recently_given(request)
    except ReauthenticationRequired:
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': come_back_to})}")
    return None
