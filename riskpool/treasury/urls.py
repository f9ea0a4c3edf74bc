"""Addresses of the pools' bank accounts."""

from django.urls import path

from . import statement_views, views

app_name = "treasury"
urlpatterns = [
    path("", views.pool_list, name="list"),
    path("<uuid:pool_id>/", views.overview, name="overview"),
    path("<uuid:pool_id>/release/", views.release, name="release"),
    path("<uuid:pool_id>/instructions/", views.instructions, name="instructions"),
    path("<uuid:pool_id>/instructions/<uuid:instruction_id>/take-back/", views.take_back, name="take_back"),
    path("<uuid:pool_id>/batches/<uuid:batch_id>/", views.batch, name="batch"),
    path("<uuid:pool_id>/batches/<uuid:batch_id>/<slug:form>/", views.file_of_batch, name="batch_file"),
    path("<uuid:pool_id>/answer/", views.upload_return, name="upload_return"),
    path("<uuid:pool_id>/statements/", statement_views.statements, name="statements"),
    path("<uuid:pool_id>/statements/import/", statement_views.import_statement, name="import_statement"),
    path("<uuid:pool_id>/statements/match/", statement_views.match_again, name="match_again"),
    path("<uuid:pool_id>/statements/<uuid:statement_id>/", statement_views.statement, name="statement"),
    path("<uuid:pool_id>/lines/<int:line_id>/", statement_views.line, name="line"),
    path("<uuid:pool_id>/lines/<int:line_id>/match/", statement_views.match, name="match"),
    path("<uuid:pool_id>/lines/<int:line_id>/explain/", statement_views.explain, name="explain"),
    path("<uuid:pool_id>/accounts/<uuid:source_id>/", statement_views.reconciliation, name="reconciliation"),
    path(
        "<uuid:pool_id>/accounts/<uuid:source_id>/issue/",
        statement_views.issue_reconciliation,
        name="issue_reconciliation",
    ),
    path("<uuid:pool_id>/interest/", statement_views.interest, name="interest"),
    path("<uuid:pool_id>/withdraw/", statement_views.withdraw, name="withdraw"),
    path("<uuid:pool_id>/replenish/", statement_views.replenish, name="replenish"),
    path("<uuid:pool_id>/replenish/call/", statement_views.call, name="call"),
]
