"""Addresses of the registrations' pages."""

from django.urls import path

from finance.pledges.views import registrations

app_name = "pledges"
urlpatterns = [
    path("", registrations.registration_list, name="list"),
    path("<uuid:registration_id>/", registrations.registration, name="registration"),
]
