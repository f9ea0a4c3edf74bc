"""Addresses of subsidies: calls, applications, lists, payment files, awards; the public's lists stand open."""

from django.urls import path

from .views import applications, calls, paying, plans, statements

app_name = "subsidies"
_APPLICATION = "applications/<uuid:application_id>/"
_PLAN = "lists/<uuid:plan_id>/"
_FILE = "payments/<uuid:file_id>/"
_AWARD = "awards/<uuid:award_id>/"
urlpatterns = [
    path("", calls.call_list, name="list"),
    path("calls/new/", calls.open_call, name="open_call"),
    path("calls/<uuid:call_id>/", calls.call, name="call"),
    path("calls/<uuid:call_id>/begin/", calls.begin, name="begin"),
    path("calls/<uuid:call_id>/build/", calls.build_list, name="build_list"),
    path("calls/<uuid:call_id>/<slug:act>/", calls.call_act, name="call_act"),
    path(_APPLICATION, applications.application, name="application"),
    path(f"{_APPLICATION}working.json", applications.working, name="working"),
    path(f"{_APPLICATION}papers/<int:paper_id>/", applications.paper, name="paper"),
    path(f"{_APPLICATION}own/<slug:act>/", applications.own_act, name="own_act"),
    path(f"{_APPLICATION}review/<slug:act>/", applications.review_act, name="review_act"),
    path(_PLAN, plans.plan, name="plan"),
    path(f"{_PLAN}object/", plans.object_to, name="object_to"),
    path(f"{_PLAN}objections/<int:objection_id>/", plans.answer_objection, name="answer_objection"),
    path(f"{_PLAN}<slug:act>/", plans.plan_act, name="plan_act"),
    path(_FILE, paying.payment_file, name="payment_file"),
    path(f"{_FILE}file.csv", paying.payment_csv, name="payment_csv"),
    path(f"{_FILE}results.csv", paying.results_csv, name="results_csv"),
    path(f"{_FILE}results/", paying.enter_results, name="enter_results"),
    path(f"{_FILE}upload/", paying.upload_results, name="upload_results"),
    path(_AWARD, paying.award, name="award"),
    path(f"{_AWARD}claw-back/", paying.claw_back, name="claw_back"),
    path(f"{_AWARD}returned/<uuid:payment_id>/", paying.returned, name="returned"),
    path(f"{_AWARD}claw-back/<uuid:claw_back_id>/", paying.receive_back, name="receive_back"),
    path("statements/", statements.statements, name="statements"),
    path("statements/new/", statements.enter_statement, name="enter_statement"),
    path("statements/<uuid:statement_id>/", statements.statement, name="statement"),
    path("statements/<uuid:statement_id>/<int:line_id>/", statements.remark, name="remark"),
    path("public/", plans.public_lists, name="public_lists"),
    path("public/<uuid:plan_id>/", plans.public_list, name="public_list"),
]
