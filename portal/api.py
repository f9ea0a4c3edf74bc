"""Job runs for machines: how far a piece of work is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kernel.api import ProblemOut
from kernel.work import queries as work
from kernel.work.models import JobRun

if TYPE_CHECKING:
    from uuid import UUID


class JobOut(serializers.Serializer[JobRun]):
    """A job run; `fault` says what was wrong when it failed."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=JobRun.State.choices)
    stage = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    fault = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class OneJob(APIView):
    """A job of the viewer's own organisation."""

    @extend_schema(
        operation_id="read_job", responses={200: JobOut, (404, "application/problem+json"): ProblemOut}
    )
    def get(self, request: Any, job_id: UUID) -> Response:
        """State, stage and progress."""
        return Response(JobOut(work.job_runs(viewer=request.viewer).get(pk=job_id)).data)


class DescribedToken(OpenApiAuthenticationExtension):
    """How the API's description names it."""

    target_class = "portal.tokens.ByToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token zr_…"}
