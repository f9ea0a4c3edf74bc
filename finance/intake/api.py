"""The bank's own systems file here: a workbook comes in as a file or inside JSON, and is checked like any other.

Only the door is another: what was filed waits for the bank's maker and checker in the portal.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from finance.intake import actions, queries
from finance.intake.models import Filing
from kernel.api import (
    IDEMPOTENCY_KEY,
    FaultOut,
    MoneyOut,
    ProblemOut,
    Strict,
    done_once,
    money_out,
)
from kernel.days import today
from kernel.documents.rules import sha256
from kernel.money import fen_from_yuan
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS
from kernel.strict_json import StrictJSON

if TYPE_CHECKING:
    from uuid import UUID


@extend_schema_field({"type": "string", "format": "byte"})
class Base64Field(serializers.Field[bytes, Any, str, Any]):
    """Bytes written as base64 (RFC 4648, with padding), nothing else between them."""

    def to_internal_value(self, data: Any) -> bytes:
        try:
            return base64.b64decode(data, validate=True)
        except (TypeError, ValueError) as fault:  # not text, not ASCII, not base64
            raise serializers.ValidationError("不是有效的 Base64 文本", code="not_base64") from fault

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(value).decode("ascii")


class FileIn(Strict):
    """One workbook as a form with a file."""

    form = serializers.ChoiceField(choices=Filing.Form.choices)
    file = serializers.FileField(
        allow_empty_file=True, max_length=200, validators=[no_larger_than(LIMITS.bytes)]
    )


class TextIn(Strict):
    """One workbook inside JSON."""

    form = serializers.ChoiceField(choices=Filing.Form.choices)
    name = serializers.CharField(max_length=200)
    content = Base64Field()


class CellFaultOut(serializers.Serializer[Any]):
    """One fault of a row, where it stands in the bank's own file."""

    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    heading = serializers.CharField(allow_blank=True)
    key = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    level = serializers.ChoiceField(choices=["error", "warning"])
    found = serializers.CharField(allow_blank=True)
    wanted = serializers.CharField(allow_blank=True)


class CountsOut(serializers.Serializer[Any]):
    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    failed = serializers.IntegerField()
    warnings = serializers.IntegerField()


class FilingOut(serializers.Serializer[Any]):
    """A filing: where it stands, how many rows of which outcome, and every fault. `counts` is null until it is checked."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    form = serializers.ChoiceField(choices=Filing.Form.choices)
    state = serializers.ChoiceField(choices=Filing.State.choices)
    file_name = serializers.CharField()
    file_sha256 = serializers.CharField()
    made_on = serializers.DateField()
    job = serializers.UUIDField(allow_null=True)
    counts = CountsOut(allow_null=True)
    sum_of_good_rows = MoneyOut(allow_null=True)
    sum_to_enter = MoneyOut(allow_null=True)
    file_faults = FaultOut(many=True)
    faults = CellFaultOut(many=True)


def filing_out(filing: Filing) -> dict[str, Any]:
    """The filing as it goes out; the caller was let in to it."""
    sums = {
        name: money_out(fen_from_yuan(filing.totals[name]))
        for name in ("sum", "to_enter")
        if name in filing.totals
    }
    return {
        "id": str(filing.pk),
        "number": filing.number,
        "form": filing.form,
        "state": filing.state,
        "file_name": filing.file.name,
        "file_sha256": filing.file.sha256,
        "made_on": filing.made_on.isoformat(),
        "job": str(filing.job_id) if filing.job_id else None,
        "counts": {name: filing.counts[name] for name in CountsOut().fields} if filing.counts else None,
        "sum_of_good_rows": sums.get("sum"),
        "sum_to_enter": sums.get("to_enter"),
        "file_faults": filing.faults,
        "faults": [fault for row in queries.faulty_rows(filing) for fault in row.problems],
    }


class Filings(APIView):
    """A bank's system leaves a workbook."""

    parser_classes = (MultiPartParser, StrictJSON)

    @extend_schema(
        operation_id="file_workbook",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": FileIn, "application/json": TextIn},
        responses={
            202: FilingOut,
            (400, "application/problem+json"): ProblemOut,
            (422, "application/problem+json"): ProblemOut,
        },
    )
    def post(self, request: Any) -> Response:
        """Keep the file and let a worker check it; ask for the filing afterwards until its state is no longer `checking`."""
        name, content, form = workbook_of(request)

        def receive() -> dict[str, Any]:
            filing = actions.receive(by=request.viewer, form=form, name=name, content=content, on=today())
            return filing_out(filing)

        body = {"form": form, "name": name, "sha256": sha256(content)}
        return done_once(request, body=body, code=202, effect=receive)


def workbook_of(request: Any) -> tuple[str, bytes, str]:
    """Name, bytes and form of what was sent, by form or by JSON."""
    if request.content_type.startswith("multipart/"):
        given = FileIn(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        return file.name, file.read(), given.validated_data["form"]
    asked = TextIn(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.validated_data["name"], asked.validated_data["content"], asked.validated_data["form"]


class OneFiling(APIView):
    """How a filing stands."""

    @extend_schema(
        operation_id="read_filing", responses={200: FilingOut, (404, "application/problem+json"): ProblemOut}
    )
    def get(self, request: Any, filing_id: UUID) -> Response:
        """State, counts, sums and every fault."""
        return Response(filing_out(queries.filing(viewer=request.viewer, filing_id=filing_id)))
