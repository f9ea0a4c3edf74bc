"""Addresses of the pools' rows; the page of a pool's position crosses rooms and is the portal's."""

from django.urls import path

from . import views

app_name = "pools"
urlpatterns = [
    path("", views.pool_list, name="list"),
    path("refusals/", views.refusals, name="refusals"),
    path("<uuid:pool_id>/lines/<slug:role>/", views.lines, name="lines"),
    path("<uuid:pool_id>/loans/", views.loans, name="loans"),
]
