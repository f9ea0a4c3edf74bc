"""Addresses of scores."""

from django.urls import path

from valuation.scores.views import book, inputs, one, record

app_name = "scores"
urlpatterns = [
    path("", book.first_page, name="list"),
    path("make/", book.make, name="make"),
    path("rescore/", book.rescore, name="rescore"),
    path("record/", record.record, name="record"),
    path("consents/", book.consents, name="consents"),
    path("consents/<uuid:consent_id>/withdraw/", book.withdraw_consent, name="withdraw_consent"),
    path("inputs/", inputs.inputs, name="inputs"),
    path("inputs/upload/", inputs.upload, name="upload"),
    path("inputs/adopt/<uuid:score_id>/", inputs.adopt, name="adopt"),
    path("inputs/template/", inputs.template, name="template"),
    path("<uuid:score_id>/", one.score, name="score"),
    path("<uuid:score_id>/quote/", one.quote, name="quote"),
    path("<uuid:score_id>/override/", one.override, name="override"),
    path("<uuid:score_id>/dispute/", one.dispute, name="dispute"),
    path("<uuid:score_id>/review/", one.review, name="review"),
    path("disputes/<uuid:dispute_id>/answer/", one.answer_dispute, name="answer_dispute"),
    path("disputes/<uuid:dispute_id>/paper/", one.dispute_paper, name="dispute_paper"),
    path("reviews/<uuid:review_id>/answer/", one.answer_review, name="answer_review"),
]
