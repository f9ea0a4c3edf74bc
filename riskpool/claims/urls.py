"""Addresses of claims."""

from django.urls import path

from . import views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("file/<uuid:enrolment_id>/", views.file, name="file"),
    path("<uuid:claim_id>/", views.claim, name="claim"),
    path("<uuid:claim_id>/accept/", views.accept, name="accept"),
    path("<uuid:claim_id>/refuse/", views.refuse, name="refuse"),
    path("<uuid:claim_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:claim_id>/pay/", views.pay, name="pay"),
    path("<uuid:claim_id>/pay-again/", views.pay_again, name="pay_again"),
    path("<uuid:claim_id>/recover/", views.recover, name="recover"),
    path("<uuid:claim_id>/working.json", views.working, name="working"),
    path("<uuid:claim_id>/papers/<int:paper_id>/", views.paper, name="paper"),
    path("<uuid:claim_id>/proof/", views.proof, name="proof"),
]
