"""Who is asking, on whose behalf, and whether this door is open to him. Closed is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from finance.parties.queries import memberships_of
from kernel.acts.actions import through
from kernel.errors import Refused
from kernel.problem_details import PROBLEM_JSON, problem_answer

from .doors import DOORS, SAFE_METHODS
from .tokens import member_by_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from finance.parties.models import Membership

SESSION_KEY = "membership"


def address_of(request: HttpRequest) -> str:
    """The caller's address; behind our own proxy the one that the proxy itself saw (the last of the list)."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return (forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))[:45]


class Viewer:
    """Sets `request.memberships` (living roles of the account) and `request.viewer` (the chosen one, or None).

    Read anew with every request: a right withdrawn is gone with the next click.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        for_machines = is_for_machines(request)
        if for_machines and "Authorization" in request.headers:
            member = member_by_token(request)
            if member is None:  # never the session in its stead: who shows a token means the token
                answer = problem_answer(401, detail="令牌无效、已作废，或其账号不再恰有一个岗位")
                answer["WWW-Authenticate"] = "Token"
                return answer
            request.by_token, request.user = member, member.account
            request.memberships, request.viewer = [member], member
        else:
            request.memberships = list(memberships_of(request.user)) if request.user.is_authenticated else []
            request.viewer = chosen(request)
        with through("api" if for_machines else "portal", address_of(request)):
            return self.get_response(request)


def is_for_machines(request: HttpRequest) -> bool:
    """Whether this address answers machines, in JSON whatever happens."""
    return request.path.startswith("/api/")


def chosen(request: Any) -> Membership | None:
    """The membership of the session's choice if it still lives, else the oldest one."""
    by_id = {str(membership.pk): membership for membership in request.memberships}
    fallback: Membership | None = next(iter(request.memberships), None)
    return by_id.get(request.session.get(SESSION_KEY, ""), fallback) if by_id else None


class Doors:
    """Refuses what the table does not open, as if it did not exist; sends the unknown visitor of a page to the log-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if is_for_machines(request) and answer.status_code >= 400 and answer["Content-Type"] != PROBLEM_JSON:
            return problem_answer(
                answer.status_code
            )  # no such address, a body too large, a fault of ours: no page
        return answer

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        door = DOORS.get(request.resolver_match.view_name)
        signed_in = request.user.is_authenticated
        if door is not None and door.lets(request.method, signed_in=signed_in, viewer=request.viewer):
            return None
        may_log_in = not signed_in and request.method in SAFE_METHODS and not is_for_machines(request)
        if door is None or door.read is None or not may_log_in:
            raise Http404
        address = f"{resolve_url(settings.LOGIN_URL)}?next={quote(request.get_full_path())}"
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """A refusal that no view has shown in its own way becomes a page with every reason."""
        if not isinstance(fault, Refused) or is_for_machines(request):
            return None
        return render(request, "portal/refused.html", {"problems": fault.problems}, status=422)
