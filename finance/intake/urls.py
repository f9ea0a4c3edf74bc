"""Addresses of the filings' pages."""

from django.urls import path

from . import views

app_name = "intake"
urlpatterns = [
    path("", views.filing_list, name="list"),
    path("upload/", views.upload, name="upload"),
    path("templates/loans/", views.template, {"form": "loans"}, name="loan_template"),
    path("templates/returns/", views.template, {"form": "returns"}, name="return_template"),
    path("<uuid:filing_id>/", views.filing, name="filing"),
    path("<uuid:filing_id>/rows/", views.rows, name="rows"),
    path("<uuid:filing_id>/file/", views.original, name="original"),
    path("<uuid:filing_id>/marked/", views.marked, name="marked"),
    path("<uuid:filing_id>/submit/", views.submit, name="submit"),
    path("<uuid:filing_id>/withdraw/", views.withdraw, name="withdraw"),
]
