"""Addresses of the registrations' pages."""

from django.urls import path

from . import views

app_name = "pledges"
urlpatterns = [
    path("", views.registration_list, name="list"),
    path("<uuid:registration_id>/", views.registration, name="registration"),
]
