"""What all rooms' `api.py` share: strict fields, days, money as text, pages by cursor, calls that happen once."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.http import QueryDict as Form
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from kernel.days import end_of, today
from kernel.money import yuan_text
from kernel.work.idempotency import once

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,120}", re.ASCII)


# --- what comes in ---


class Strict(serializers.Serializer[Any]):
    """A serializer of what comes in: an unknown field or a form field given twice is refused, never ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):  # a QueryDict is one too
            raise serializers.ValidationError({"non_field_errors": ["应为一个对象"]}, code="not_an_object")
        wrong: dict[str, list[str]] = {}
        for name in data:
            if name not in self.fields:
                wrong[str(name)[:60]] = ["没有这个字段"]
            elif isinstance(data, Form) and len(data.getlist(name)) > 1:
                wrong[name] = ["出现了两次"]
        if wrong:
            raise serializers.ValidationError(wrong, code="unknown_field")
        return super().to_internal_value(data)


def day_of(request: Any, name: str = "on") -> dt.date:
    """The business day that a call asks about, today without one. Refused: no date, or a day to come."""
    text = request.query_params.get(name)
    if text is None:
        return today()
    try:
        day = dt.date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as fault:
        raise _bad_parameter(name, text, "请按 YYYY-MM-DD 填写") from fault
    if day > today():
        raise _bad_parameter(name, text, "请填写今天或以前的日期")
    return day


def moment_of(request: Any, name: str = "known_at") -> dt.datetime | None:
    """As known at which moment: a day (its end, Shanghai) or a time with its offset; None for now."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(
            text.replace(" ", "+")
        )  # a plus sign that nobody quoted arrives as a blank
    except ValueError as fault:
        raise _bad_parameter(name, text, "请按 YYYY-MM-DD 或 YYYY-MM-DDThh:mm:ss+08:00 填写") from fault
    if len(text) == len("2026-01-01"):
        return end_of(moment.date())
    if moment.tzinfo is None:
        raise _bad_parameter(name, text, "请写明时区，例如 +08:00")
    return moment


def _bad_parameter(name: str, text: str, wanted: str) -> exceptions.ValidationError:
    return exceptions.ValidationError({name: [f"{text[:40]} 无效，{wanted}"]}, code="bad_parameter")


# --- what goes out ---


class MoneyOut(serializers.Serializer[Any]):
    """An amount: text with two decimals, and its currency."""

    amount = serializers.RegexField(r"^-?[0-9]+\.[0-9]{2}$")
    currency = serializers.ChoiceField(choices=[("CNY", "人民币")])


def money_out(fen: int) -> dict[str, str]:
    """An amount of fen as it goes out.

    >>> money_out(183000000)
    {'amount': '1830000.00', 'currency': 'CNY'}
    """
    return {"amount": yuan_text(fen), "currency": "CNY"}


class FaultOut(serializers.Serializer[Any]):
    """One fault of a file or a call."""

    where = serializers.CharField()
    found = serializers.CharField(allow_blank=True)
    wanted = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    level = serializers.ChoiceField(choices=["error", "warning"])


class ProblemOut(serializers.Serializer[Any]):
    """An error by RFC 9457 (application/problem+json), with every fault."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = FaultOut(many=True, required=False)


class NewestFirst(CursorPagination):
    """Pages by cursor: rows that come in meanwhile shift nothing. The ids are in the order of their making."""

    ordering: Any = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500

    def decode_cursor(self, request: Any) -> Any:
        """A cursor that somebody made up names no row: as if the page did not exist."""
        cursor = super().decode_cursor(request)
        try:
            if cursor is not None and cursor.position is not None:
                UUID(cursor.position)
        except ValueError as fault:
            raise exceptions.NotFound from fault
        return cursor


# --- calls that happen once ---

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="同一请求重发时使用同一标识（1 至 120 个可见 ASCII 字符）：只办理一次，返回同一结果",
)
_Made = Literal[201, 202]


def done_once(request: Any, *, body: Any, code: _Made, effect: Callable[[], dict[str, Any]]) -> Response:
    """Run `effect` once for the viewer's Idempotency-Key and answer with what it gave; a repeat gets the stored answer.

    Refused: no key, or a key that stands for another call (422). A call that is refused uses up no key.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not _KEY.fullmatch(key):
        found = "格式不对" if key else "缺少"
        raise exceptions.ValidationError(
            {"Idempotency-Key": [f"{found}，请为每个新请求给出 1 至 120 个可见 ASCII 字符，重发时不变"]},
            code="idempotency_key",
        )
    call = {"method": request.method, "path": request.path, "body": body}
    answer, replayed = once(client=f"membership:{request.viewer.pk}", key=key, body=call, effect=effect)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(answer, status=code, headers=headers)
