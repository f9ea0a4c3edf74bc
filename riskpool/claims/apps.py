from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "riskpool.claims"
    label = "claims"
