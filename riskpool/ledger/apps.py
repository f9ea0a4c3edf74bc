from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "riskpool.ledger"
    label = "ledger"
