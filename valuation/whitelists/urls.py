"""Addresses of white lists: a house's, a bank's, an enterprise's."""

from django.urls import path

from .views import banks, enterprises, houses

app_name = "whitelists"
urlpatterns = [
    path("", houses.white_lists, name="list"),
    path("new/", houses.make, name="make"),
    path("<uuid:list_id>/", houses.white_list, name="white_list"),
    path("<uuid:list_id>/firms/<uuid:enterprise_id>/", houses.candidate, name="candidate"),
    path("<uuid:list_id>/ask/", houses.ask, name="ask"),
    path("<uuid:list_id>/drop/", houses.drop, name="drop"),
    path("<uuid:list_id>/push/", houses.push, name="push"),
    path("<uuid:list_id>/workbook/", houses.workbook, name="workbook"),
    path("received/", banks.received, name="received"),
    path("received/<uuid:push_id>/", banks.received_list, name="received_list"),
    path("received/<uuid:push_id>/workbook/", banks.workbook, name="received_workbook"),
    path("received/<uuid:push_id>/firms/<uuid:enterprise_id>/", banks.firm, name="firm"),
    path("own/", enterprises.own, name="own"),
    path("own/<uuid:list_id>/", enterprises.wish, name="wish"),
    path("own/wishes/<uuid:wish_id>/", enterprises.take_back, name="take_back"),
]
