"""Addresses of enterprises' pages."""

from django.urls import path

from . import views

app_name = "parties"
urlpatterns = [
    path("", views.enterprise_list, name="enterprises"),
    path("own/", views.own, name="own"),
    path("<uuid:enterprise_id>/", views.enterprise, name="enterprise"),
    path("<uuid:enterprise_id>/figures/", views.state_figures, name="state_figures"),
    path("<uuid:enterprise_id>/credit/", views.record_credit, name="record_credit"),
    path("<uuid:enterprise_id>/credit/<uuid:fact_id>/", views.withdraw_credit, name="withdraw_credit"),
]
