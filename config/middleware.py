"""What every answer carries: the content security policy, a request number in every line of the log; and that it arrives."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, UnreadablePostError

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


class ReadToTheEnd:
    """Reads what an answer left unread of a request, so that the answer arrives.

    A view may answer before it has read everything: too large, not allowed, no such page. The web server then closes
    the connection with bytes still coming, and the sender sees a broken connection in the answer's place. What is far
    larger than anything the house takes is cut off nevertheless: nobody may keep a worker by sending for ever.
    """

    PIECE = 1 << 16
    MOST = 8 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        left = self.MOST if request.META.get("CONTENT_LENGTH") else 0
        try:
            while left > 0 and (piece := request.read(self.PIECE)):
                left -= len(piece)
        except UnreadablePostError:  # the sender went away: nobody waits for the answer
            pass
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
