"""Addresses of claims."""

from django.urls import path

from . import course_views, views, year_views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("file/<uuid:enrolment_id>/", views.file, name="file"),
    path("years/", year_views.year_list, name="years"),
    path("years/<uuid:year_id>/", year_views.year, name="year"),
    path("years/<uuid:year_id>/settle/", year_views.settle_year, name="settle_year"),
    path("<uuid:claim_id>/", views.claim, name="claim"),
    path("<uuid:claim_id>/accept/", views.accept, name="accept"),
    path("<uuid:claim_id>/recognise/", course_views.recognise, name="recognise"),
    path("<uuid:claim_id>/defer/", course_views.defer, name="defer"),
    path("<uuid:claim_id>/notice/", course_views.notice, name="notice"),
    path("<uuid:claim_id>/answer/", course_views.answer, name="answer"),
    path("<uuid:claim_id>/strike/", course_views.strike, name="strike"),
    path("<uuid:claim_id>/state-loss/", course_views.state_loss, name="state_loss"),
    path("<uuid:claim_id>/settle/", course_views.settle, name="settle"),
    path("<uuid:claim_id>/clawback/", course_views.clawback, name="clawback"),
    path("<uuid:claim_id>/receivables/<int:seq>/", course_views.arrival, name="arrival"),
    path("<uuid:claim_id>/answers/<int:answer_id>/", views.answer_paper, name="answer_paper"),
    path("<uuid:claim_id>/refuse/", views.refuse, name="refuse"),
    path("<uuid:claim_id>/take-back/", views.take_back, name="take_back"),
    path("<uuid:claim_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:claim_id>/pay/", views.pay, name="pay"),
    path("<uuid:claim_id>/pay-again/", views.pay_again, name="pay_again"),
    path("<uuid:claim_id>/recover/", views.recover, name="recover"),
    path("<uuid:claim_id>/working.json", views.working, name="working"),
    path("<uuid:claim_id>/papers/<int:paper_id>/", views.paper, name="paper"),
    path("<uuid:claim_id>/proof/", views.proof, name="proof"),
]
