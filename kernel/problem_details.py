"""Errors for machines (RFC 9457): every fault at once, each with where, what was found and what is wanted.

What the viewer may not see does not exist: the same 404, in the same words, as for what never was.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROBLEM_JSON = "application/problem+json"
REFUSED_TYPE = "urn:zhirong:problem:refused"
TITLES = {
    400: "请求不符合要求",
    401: "凭证无效",
    403: "不允许",
    404: "没有找到",
    405: "不支持的请求方法",
    406: "不支持所要求的返回格式",
    413: "内容过大",
    415: "不支持的内容类型",
    422: "未予办理",
    429: "请求过于频繁",
    500: "系统内部错误",
}


def problem_body(code: int, problems: Iterable[Problem] = (), detail: str = "") -> dict[str, Any]:
    """The body of an error (RFC 9457): `errors` has every fault; a plain status has none.

    >>> problem_body(404)
    {'type': 'about:blank', 'title': '没有找到', 'status': 404}
    """
    told = list(problems)
    body: dict[str, Any] = {
        "type": REFUSED_TYPE if told else "about:blank",
        "title": TITLES.get(code, TITLES[400]),
        "status": code,
    }
    if told or detail:
        body["detail"] = detail or "；".join(str(problem) for problem in told[:3])
    if told:
        body["errors"] = [problem_as_plain(problem) for problem in told]
    return body


def problem_as_plain(problem: Problem) -> dict[str, str]:
    names = ("where", "found", "wanted", "code", "level")
    return {name: str(getattr(problem, name)) for name in names}


def problem_answer(code: int, problems: Iterable[Problem] = (), detail: str = "") -> HttpResponse:
    """The same for a middleware, which is outside DRF."""
    body = json.dumps(problem_body(code, problems, detail), ensure_ascii=False)
    return HttpResponse(body, status=code, content_type=PROBLEM_JSON)


def problem_details(fault: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. What is not a person's error is not answered here: it is logged and becomes a 500."""
    headers: dict[str, str] = {}
    if isinstance(fault, Refused):
        body = problem_body(status.HTTP_422_UNPROCESSABLE_ENTITY, fault.problems)
    elif isinstance(fault, (Http404, ObjectDoesNotExist, exceptions.NotFound)):
        body = problem_body(status.HTTP_404_NOT_FOUND)
    elif isinstance(fault, exceptions.ValidationError):
        body = problem_body(fault.status_code, list(faults_of_fields(fault.detail)))
    elif isinstance(fault, exceptions.APIException):
        if getattr(fault, "auth_header", None):
            headers["WWW-Authenticate"] = fault.auth_header
        body = problem_body(fault.status_code, detail=str(fault.detail))
    else:
        return None
    return Response(body, status=body["status"], headers=headers, content_type=PROBLEM_JSON)


def faults_of_fields(detail: Any, where: str = "") -> Iterable[Problem]:
    """One problem for each message of a serializer, wherever it is nested."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            place = "" if name == "non_field_errors" else str(name)
            yield from faults_of_fields(inner, ".".join(part for part in (where, place) if part))
    elif isinstance(detail, list):
        for inner in detail:
            yield from faults_of_fields(inner, where)
    else:
        code = getattr(detail, "code", "invalid")
        yield Problem(where or "请求", str(detail), "请按接口说明更正", code=str(code))
