"""Addresses of the pools' rows; the page of a pool's position crosses rooms and is the portal's."""

from django.urls import path

from . import proposals, views

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
    path("<uuid:pool_id>/lines/<slug:role>/", views.lines, name="lines"),
    path("<uuid:pool_id>/loans/", views.loans, name="loans"),
]
