"""Addresses for machines; who passes stands in `portal.doors` like everybody's."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from finance.intake.api import Filings, OneFiling
from finance.loans.api import Loans
from portal.api import OneJob
from riskpool.pools.api import PoolPosition
from valuation.scores.api import Inputs, Line, OneScore, Scores

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/filings/", Filings.as_view(), name="filings"),
    path("v1/filings/<uuid:filing_id>/", OneFiling.as_view(), name="filing"),
    path("v1/jobs/<uuid:job_id>/", OneJob.as_view(), name="job"),
    path("v1/loans/", Loans.as_view(), name="loans"),
    path("v1/pools/<uuid:pool_id>/position/", PoolPosition.as_view(), name="position"),
    path("v1/scoring-inputs/", Inputs.as_view(), name="scoring_inputs"),
    path("v1/scores/", Scores.as_view(), name="scores"),
    path("v1/scores/<uuid:score_id>/", OneScore.as_view(), name="score"),
    path("v1/scores/<uuid:score_id>/line/", Line.as_view(), name="score_line"),
]
