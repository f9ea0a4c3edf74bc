"""Addresses of the pools' rows; the page of a pool's position crosses rooms and is the portal's."""

from django.urls import path

from . import monitoring_views, proposals, views

app_name = "pools"
urlpatterns = [
    path("", views.pool_list, name="list"),
    path("refusals/", views.refusals, name="refusals"),
    path("limits/", views.limits, name="limits"),
    path("agreements/", views.agreements, name="agreements"),
    path("agreements/<uuid:agreement_id>/", views.agreement, name="agreement"),
    path("agreements/<uuid:agreement_id>/adoption/", proposals.adopt, name="adopt"),
    path("<uuid:pool_id>/contribution/", proposals.contribute, name="contribute"),
    path("<uuid:pool_id>/statement/", proposals.state_balance, name="state_balance"),
    path("<uuid:pool_id>/agreement/", proposals.sign_agreement, name="sign_agreement"),
    path("<uuid:pool_id>/limit/", proposals.set_limit, name="set_limit"),
    path("breakers/", monitoring_views.breaker_list, name="breakers"),
    path("facts/", monitoring_views.facts, name="facts"),
    path("<uuid:pool_id>/breakers/", monitoring_views.watch, name="watch"),
    path("<uuid:pool_id>/measures/<str:name>/<str:of>/", monitoring_views.measure, name="measure"),
    path("<uuid:pool_id>/facts/", monitoring_views.state_fact, name="state_fact"),
    path("<uuid:pool_id>/lines/<slug:role>/", views.lines, name="lines"),
    path("<uuid:pool_id>/loans/", views.loans, name="loans"),
]
