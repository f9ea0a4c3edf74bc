"""Addresses of subsidies on volume."""

from django.urls import path

from . import views

app_name = "volumes"
urlpatterns = [
    path("", views.award_list, name="list"),
    path("new/", views.propose, name="propose"),
    path("<uuid:award_id>/", views.award, name="award"),
    path("<uuid:award_id>/take-back/", views.take_back, name="take_back"),
]
