"""Addresses of the scorecard desk and of an institution's own parameters."""

from django.urls import path

from . import views

app_name = "scorecards"
urlpatterns = [
    path("", views.version_list, name="list"),
    path("upload/", views.upload, name="upload"),
    path("parameters/", views.parameters, name="parameters"),
    path("<uuid:version_id>/", views.version, name="version"),
    path("<uuid:version_id>/file/", views.file, name="file"),
    path("<uuid:version_id>/difference/", views.difference, name="difference"),
    path("<uuid:version_id>/publish/", views.publish, name="publish"),
    path("<uuid:version_id>/withdraw/", views.withdraw, name="withdraw"),
]
