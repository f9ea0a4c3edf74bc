"""Addresses of group credit."""

from django.urls import path

from . import views

app_name = "facilities"
urlpatterns = [
    path("", views.facility_list, name="list"),
    path("open/", views.open_facility, name="open"),
    path("<uuid:facility_id>/", views.facility, name="facility"),
    path("<uuid:facility_id>/raise/", views.raise_total, name="raise"),
    path("<uuid:facility_id>/close/", views.close, name="close"),
    path("<uuid:facility_id>/limit/", views.limit, name="limit"),
    path("members/<uuid:member_id>/", views.member, name="member"),
    path("members/<uuid:member_id>/draw/", views.draw, name="draw"),
    path("members/<uuid:member_id>/suspend/", views.suspend, name="suspend"),
    path("draws/<uuid:draw_id>/release/", views.release, name="release"),
]
