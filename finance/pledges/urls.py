"""Addresses of registrations, of the files in which one is worked, and of the rules."""

from django.urls import path

from finance.pledges.views import (
    claim,
    contents,
    feeds,
    files,
    making,
    realising,
    registrations,
    rule_books,
    steps,
    watch,
)

app_name = "pledges"
urlpatterns = [
    path("", registrations.registration_list, name="list"),
    path("<uuid:registration_id>/", registrations.registration, name="registration"),
    path("files/", files.file_list, name="files"),
    path("files/new/", files.open_file, name="open_file"),
    path("files/<uuid:file_id>/", files.file, name="file"),
    path("files/<uuid:file_id>/contents/", contents.state_contents, name="state_contents"),
    path("files/<uuid:file_id>/papers/", files.attach, name="attach"),
    path("files/<uuid:file_id>/papers/<int:paper_id>/", files.paper, name="paper"),
    path("files/<uuid:file_id>/acts/<int:seq>/paper/", files.decision, name="decision"),
    path("files/<uuid:file_id>/check/", files.check, name="check"),
    path("files/<uuid:file_id>/step/", steps.step, name="step"),
    path("files/<uuid:file_id>/accept/", files.accept, name="accept"),
    path("files/<uuid:file_id>/events/", files.right_event, name="right_event"),
    path("files/<uuid:file_id>/made/<slug:name>/", making.make_paper, name="make_paper"),
    path("files/<uuid:file_id>/step/made/<slug:name>/", steps.make_step_paper, name="make_step_paper"),
    path("files/<uuid:file_id>/rights/", making.rights_sheet, name="rights_sheet"),
    path("files/<uuid:file_id>/rights/template/", making.rights_template, name="rights_template"),
    path("files/<uuid:file_id>/rights/<int:sheet_id>/marked/", making.marked_sheet, name="marked_sheet"),
    path("files/<uuid:file_id>/interruptions/", claim.interrupt, name="interrupt"),
    path("files/<uuid:file_id>/interruptions/<int:row_id>/paper/", claim.paper, name="interruption_paper"),
    path("files/<uuid:file_id>/evidence/", realising.evidence, name="evidence"),
    path("files/<uuid:file_id>/look/", watch.look, name="look"),
    path("feeds/", feeds.feeds, name="feeds"),
    path("feeds/template/", feeds.feed_template, name="feed_template"),
    path("feeds/<uuid:feed_id>/marked/", feeds.marked_feed, name="marked_feed"),
    path("watch/", watch.watch, name="watch"),
    path("watch/<uuid:alert_id>/", watch.alert, name="alert"),
    path("watch/<uuid:alert_id>/paper/", watch.alert_paper, name="alert_paper"),
    path("rules/", rule_books.rule_books, name="rules"),
    path("rules/turn/", rule_books.turn_ground, name="turn_ground"),
]
