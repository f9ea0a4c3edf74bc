"""Addresses of the portal's own pages."""

from django.urls import path

from . import card_effects, indicator_views, pledge_views, views
from .targets import views as target_views

urlpatterns = [
    path("", views.home, name="home"),
    path("verify/", views.verify_document, name="verify_document"),
    path(
        "verify/<str:code>", views.verify_document, name="verify_code"
    ),  # what the QR code of a document opens
    path("memberships/", views.memberships, name="memberships"),
    path("memberships/<uuid:membership_id>/", views.choose_membership, name="choose_membership"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/count/", views.inbox_count, name="inbox_count"),
    path("approvals/<uuid:approval_id>/", views.approval, name="approval"),
    path("approvals/<uuid:approval_id>/approve/", views.approve, name="approve"),
    path("approvals/<uuid:approval_id>/decline/", views.decline, name="decline"),
    path("approvals/<uuid:approval_id>/withdraw/", views.withdraw, name="withdraw"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("documents/<uuid:document_id>/", views.document, name="document"),
    path("pools/<uuid:pool_id>/", views.pool_position, name="pool_position"),
    path("pools/<uuid:pool_id>/issue/", views.issue_position, name="issue_position"),
    path("indicators/", indicator_views.choose, name="indicators"),
    path("pools/<uuid:pool_id>/indicators/", indicator_views.indicators, name="pool_indicators"),
    path("pools/<uuid:pool_id>/indicators/issue/", indicator_views.issue, name="issue_indicators"),
    path("pools/<uuid:pool_id>/indicators/workbook/", indicator_views.workbook, name="indicators_workbook"),
    path(
        "pools/<uuid:pool_id>/indicators/<slug:name>/<int:place>/",
        indicator_views.rows,
        name="indicator_rows",
    ),
    path("pools/<uuid:pool_id>/bridge/", indicator_views.bridge, name="pool_bridge"),
    path(
        "pools/<uuid:pool_id>/bridge/<slug:measure>/<slug:bar>/",
        indicator_views.bridge_rows,
        name="bridge_rows",
    ),
    path("targets/", target_views.targets, name="targets"),
    path("pledges/statistics/", pledge_views.statistics, name="pledge_statistics"),
    path("pledges/statistics/workbook/", pledge_views.workbook, name="pledge_statistics_workbook"),
    path("pledges/statistics/issue/", pledge_views.issue, name="issue_pledge_statistics"),
    path("pledges/windows/", pledge_views.windows, name="pledge_windows"),
    path("scorecards/<uuid:version_id>/effect/", card_effects.scorecard_effect, name="scorecard_effect"),
    path("payee-account/", views.payee_account, name="payee_account"),
]
