"""Scores and their inputs for machines: the same actions, the same faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from finance.parties.models import Organisation
from finance.parties.rules import plain_credit_code
from kernel.api import IDEMPOTENCY_KEY, MoneyOut, ProblemOut, Strict, done_once, money_out
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.money import fen_from_yuan
from kernel.money.fields import fen_of
from valuation.scores import actions, queries
from valuation.scores.models import LineQuote
from valuation.scores.queries.consents import enterprises_allowing
from valuation.scores.rules import Stated

if TYPE_CHECKING:
    from uuid import UUID

    from valuation.scores.models import Score


class InputIn(Strict):
    """One input: an item of the card, and what is stated of it. Figures are text, exact."""

    item = serializers.CharField(max_length=200)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    state = serializers.ChoiceField(choices=["value", "queried_none", "not_applicable"], default="value")
    value = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    source = serializers.CharField(max_length=200)
    known_on = serializers.CharField(max_length=10)


class InputsIn(Strict):
    """Inputs of one enterprise, named by its credit code."""

    enterprise = serializers.CharField(max_length=40)
    inputs = serializers.ListField(child=InputIn(), min_length=1, max_length=500)


class InputsOut(serializers.Serializer[Any]):
    kept = serializers.IntegerField()


class ScoreIn(Strict):
    """Whom to score, as of today."""

    enterprise = serializers.CharField(max_length=40)


class ScoreOut(serializers.Serializer[Any]):
    """A score: figures as text; `answer` is the whole working with every input, its source and day."""

    id = serializers.UUIDField()
    enterprise = serializers.CharField()
    on = serializers.DateField()
    card = serializers.CharField()
    status = serializers.CharField()
    score = serializers.CharField(allow_null=True)
    grade = serializers.CharField(allow_blank=True)
    answer = serializers.JSONField()
    digest = serializers.CharField()


class CapitalIn(Strict):
    """The six figures from which the need of working capital is worked out; amounts in 万元."""

    sales_wan = serializers.CharField(max_length=20)
    margin_percent = serializers.CharField(max_length=20)
    growth_percent = serializers.CharField(max_length=20)
    turnover = serializers.CharField(max_length=20)
    own_funds_wan = serializers.CharField(max_length=20)
    other_loans_wan = serializers.CharField(max_length=20)


class LineIn(Strict):
    """What is asked for, amounts in 万元. Without `existing_exposure_wan` the house's own registered loans are taken."""

    request_wan = serializers.CharField(max_length=20, required=False)
    compensation_share = serializers.CharField(max_length=10, required=False)
    existing_exposure_wan = serializers.CharField(max_length=20, required=False)
    working_capital = CapitalIn(required=False)


class TermOut(serializers.Serializer[Any]):
    """A term of the minimum; no amount where it does not bind for want of a figure, which the note says."""

    id = serializers.CharField()
    name = serializers.CharField()
    amount = MoneyOut(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class LineOut(serializers.Serializer[Any]):
    """A line: an amount offered, or the way to a person or an appraiser; the binding term is the reason."""

    id = serializers.UUIDField()
    score = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=LineQuote.Outcome.choices)
    amount = MoneyOut()
    bound_by = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    terms = TermOut(many=True)
    lgd = serializers.CharField(allow_null=True)
    expected_loss = serializers.CharField(allow_null=True)


def line_out(quote: LineQuote) -> dict[str, Any]:
    """The line as it goes out; the caller was let in to its score."""
    told = quote.answer
    return {
        "id": str(quote.pk),
        "score": str(quote.score_id),
        "outcome": quote.outcome,
        "amount": money_out(fen_of(quote.amount)),
        "bound_by": quote.bound_by,
        "reasons": told["reasons"],
        "terms": [
            {
                "id": term["id"],
                "name": term["name"],
                "amount": None if term["amount"] is None else money_out(fen_from_yuan(term["amount"])),
                "note": term["note"],
            }
            for term in told["terms"]
        ],
        "lgd": told["lgd"],
        "expected_loss": told["expected_loss"],
    }


def score_out(row: Score) -> dict[str, Any]:
    """The score as it goes out; the caller was let in to it."""
    return {
        "id": str(row.pk),
        "enterprise": row.enterprise.credit_code,
        "on": row.on.isoformat(),
        "card": row.card.version,
        "status": row.status,
        "score": row.answer["score"],
        "grade": row.grade,
        "answer": row.answer,
        "digest": row.digest,
    }


class Inputs(APIView):
    """Inputs come in, all or none."""

    @extend_schema(
        operation_id="state_inputs",
        parameters=[IDEMPOTENCY_KEY],
        request=InputsIn,
        responses={201: InputsOut, (422, "application/problem+json"): ProblemOut},
    )
    def post(self, request: Any) -> Response:
        """Keep what is stated; every fault at once, and then nothing is kept."""
        asked = InputsIn(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data
        rows = [
            (f"inputs[{place}]", body["enterprise"], Stated(**one))
            for place, one in enumerate(body["inputs"])
        ]  # fmt: skip

        def keep() -> dict[str, Any]:
            return {"kept": len(actions.record_inputs(by=request.viewer, rows=rows, on=today()))}

        return done_once(request, body=request.data, code=201, effect=keep)


class Scores(APIView):
    """Scoring by a bank's own system."""

    @extend_schema(
        operation_id="make_score",
        parameters=[IDEMPOTENCY_KEY],
        request=ScoreIn,
        responses={201: ScoreOut, (422, "application/problem+json"): ProblemOut},
    )
    def post(self, request: Any) -> Response:
        """Score an enterprise that allows it, with what is known today."""
        asked = ScoreIn(data=request.data)
        asked.is_valid(raise_exception=True)
        code = asked.validated_data["enterprise"]

        def make() -> dict[str, Any]:
            firm = _firm(request.viewer, code)
            return score_out(actions.score_enterprise(by=request.viewer, enterprise=firm, on=today()))

        return done_once(request, body=request.data, code=201, effect=make)


def _firm(viewer: Any, typed: str) -> Organisation:
    code = plain_credit_code(typed)
    if viewer.organisation.credit_code == code:
        return viewer.organisation
    found = enterprises_allowing(viewer=viewer, on=today()).filter(credit_code=code).first()
    if found is None:
        raise Refused(
            Problem("enterprise", f"{code[:18]} 没有授权本机构", "取得企业授权后再评分", "no_consent")
        )
    return found


class OneScore(APIView):
    """One score of the house."""

    @extend_schema(
        operation_id="read_score", responses={200: ScoreOut, (404, "application/problem+json"): ProblemOut}
    )
    def get(self, request: Any, score_id: UUID) -> Response:
        """The whole score."""
        return Response(score_out(queries.score_of(viewer=request.viewer, score_id=score_id)))


class Line(APIView):
    """A credit line on a score of the house."""

    @extend_schema(
        operation_id="quote_line",
        parameters=[IDEMPOTENCY_KEY],
        request=LineIn,
        responses={
            201: LineOut,
            (404, "application/problem+json"): ProblemOut,
            (422, "application/problem+json"): ProblemOut,
        },
    )
    def post(self, request: Any, score_id: UUID) -> Response:
        """The least of its terms with the one that binds; every fault of what is asked at once, and then no line."""
        queries.score_of(viewer=request.viewer, score_id=score_id)
        asked = LineIn(data=request.data)
        asked.is_valid(raise_exception=True)
        body = json.loads(json.dumps(asked.validated_data))

        def quote() -> dict[str, Any]:
            return line_out(actions.quote_line(by=request.viewer, score_id=score_id, asked=body, on=today()))

        return done_once(request, body=request.data, code=201, effect=quote)
