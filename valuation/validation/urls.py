"""Addresses of model validation."""

from django.urls import path

from valuation.validation import views

app_name = "validation"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("ask/", views.ask, name="ask"),
    path("fit/", views.fit, name="fit"),
    path("outage/", views.outage, name="outage"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/rows/<slug:pick>/", views.rows, name="rows"),
    path("reports/<uuid:report_id>/sign/", views.sign, name="sign"),
    path("reports/<uuid:report_id>/issue/", views.issue, name="issue"),
    path("records/<uuid:record_id>/", views.record, name="record"),
    path("records/<uuid:record_id>/shadow/", views.shadow, name="shadow"),
    path("records/<uuid:record_id>/promote/", views.promote, name="promote"),
    path("records/<uuid:record_id>/back/", views.roll_back, name="roll_back"),
    path("records/<uuid:record_id>/recalibrate/", views.recalibrate, name="recalibrate"),
]
