"""What every answer carries: the content security policy, and a request number in every line of the log."""

from collections.abc import Callable

import structlog
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from kernel.identifiers import new_id

# Pictures may be data: addresses because Bootstrap's own style sheet draws its arrows and ticks so.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

Answer = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Nothing is loaded from elsewhere, no script or style stands in a page. Django 5.2 has no such middleware yet."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        return response


class RequestInTheLog:
    """Binds the request's number and the account to the log, never names, amounts or query strings."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        account = str(user.pk) if isinstance(user, AbstractBaseUser) else None
        number = str(new_id())
        with structlog.contextvars.bound_contextvars(request=number, account=account):
            response = self.get_response(request)
        response.headers.setdefault("X-Request-Id", number)
        return response
