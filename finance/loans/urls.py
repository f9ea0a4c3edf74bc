"""Addresses of the loans' pages."""

from django.urls import path

from . import views

app_name = "loans"
urlpatterns = [
    path("", views.loan_list, name="list"),
    path("<uuid:loan_id>/", views.loan, name="loan"),
]
