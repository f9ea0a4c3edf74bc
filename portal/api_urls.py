"""Addresses for machines; who passes stands in `portal.doors` like everybody's."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from finance.intake.api import Filings, OneFiling
from finance.loans.api import Loans
from portal.api import OneJob
from riskpool.pools.api import PoolPosition

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/filings/", Filings.as_view(), name="filings"),
    path("v1/filings/<uuid:filing_id>/", OneFiling.as_view(), name="filing"),
    path("v1/jobs/<uuid:job_id>/", OneJob.as_view(), name="job"),
    path("v1/loans/", Loans.as_view(), name="loans"),
    path("v1/pools/<uuid:pool_id>/position/", PoolPosition.as_view(), name="position"),
]
