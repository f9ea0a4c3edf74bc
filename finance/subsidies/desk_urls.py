"""Addresses of the subsidy desk."""

from django.urls import path

from . import desk_views as views

app_name = "subsidy_policies"
urlpatterns = [
    path("", views.family_list, name="list"),
    path("upload/", views.upload, name="upload"),
    path("<uuid:version_id>/", views.version, name="version"),
    path("<uuid:version_id>/file/", views.file, name="file"),
    path("<uuid:version_id>/trial/", views.trial, name="trial"),
    path("<uuid:version_id>/difference/", views.difference, name="difference"),
    path("<uuid:version_id>/backtest/", views.backtest, name="backtest"),
    path("<uuid:version_id>/publish/", views.publish, name="publish"),
    path("<uuid:version_id>/withdraw/", views.withdraw, name="withdraw"),
]
