"""Addresses of the guest calculator; all but the last are open to everybody."""

from django.urls import path

from finance.subsidies.guest import views

urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("answers/", views.answers, name="calculator_answers"),
    path("policies/", views.all_policies, name="calculator_policies"),
    path("keep/", views.keep, name="calculator_keep"),
    path("kept/", views.find, name="calculator_find"),
    path("kept/<str:code>/", views.kept, name="calculator_kept"),
    path("take/", views.take, name="calculator_take"),
]
