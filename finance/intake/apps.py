from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "finance.intake"
    label = "intake"
