from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    name = "finance.subsidies"
    label = "subsidies"
