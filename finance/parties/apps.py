from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "finance.parties"
    label = "parties"
