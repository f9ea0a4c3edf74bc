"""A pool's position for machines: as of a day, as known at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kernel.api import MoneyOut, ProblemOut, day_of, moment_of, money_out
from riskpool.pools import queries

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.pools.queries import Position, SourcePosition


class SourceOut(serializers.Serializer[Any]):
    """One source of the pool's money; `difference` is the custodian bank's statement less the ledger on its day."""

    code = serializers.CharField()
    name = serializers.CharField()
    cash = MoneyOut()
    reserved = MoneyOut()
    escrowed = MoneyOut()
    free = MoneyOut()
    stated = MoneyOut(allow_null=True)
    stated_on = serializers.DateField(allow_null=True)
    difference = MoneyOut(allow_null=True)


class PositionOut(serializers.Serializer[Any]):
    """What the pool holds, what of it is promised, what it could still have to bear.

    Cash is what is reserved for claims, set aside for them in escrow, and free. `leverage` is exposure over cash as an
    exact fraction in text, `79/30`; null without cash.
    """

    pool = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    on = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    cash = MoneyOut()
    reserved = MoneyOut()
    escrowed = MoneyOut()
    free = MoneyOut()
    exposure = MoneyOut()
    committed = MoneyOut()
    live_loans = serializers.IntegerField()
    leverage = serializers.RegexField(r"^[0-9]+(/[0-9]+)?$", allow_null=True)
    sources = SourceOut(many=True)


def position_out(held: Position, known_at: Any) -> dict[str, Any]:
    """The position as it goes out."""
    amounts = ("cash", "reserved", "escrowed", "free", "exposure", "committed")
    return {
        "pool": str(held.pool.pk),
        "code": held.pool.code,
        "name": held.pool.name,
        "on": held.on.isoformat(),
        "known_at": known_at.isoformat() if known_at else None,
        **{name: money_out(getattr(held, name)) for name in amounts},
        "live_loans": held.live_loans,
        "leverage": str(held.leverage) if held.leverage is not None else None,
        "sources": [_source_out(source) for source in held.sources],
    }


def _source_out(held: SourcePosition) -> dict[str, Any]:
    return {
        "code": held.source.code,
        "name": held.source.name,
        **{name: money_out(getattr(held, name)) for name in ("cash", "reserved", "escrowed", "free")},
        "stated": money_out(held.stated) if held.stated is not None else None,
        "stated_on": held.stated_on.isoformat() if held.stated_on else None,
        "difference": money_out(held.difference) if held.difference is not None else None,
    }


class PoolPosition(APIView):
    """The position of one pool."""

    @extend_schema(
        operation_id="read_position",
        parameters=[
            OpenApiParameter("on", str, description="营业日 YYYY-MM-DD，缺省为今天"),
            OpenApiParameter(
                "known_at", str, description="截至何时所知：YYYY-MM-DD 或带时区的时刻，缺省为现在"
            ),
        ],
        responses={
            200: PositionOut,
            (400, "application/problem+json"): ProblemOut,
            (404, "application/problem+json"): ProblemOut,
        },
    )
    def get(self, request: Any, pool_id: UUID) -> Response:
        """At the end of a business day, as known at a moment."""
        on, known_at = day_of(request), moment_of(request)
        held = queries.position(viewer=request.viewer, pool_id=pool_id, on=on, known_at=known_at)
        return Response(position_out(held, known_at))
