from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "riskpool.claims"
    label = "claims"

    def ready(self) -> None:
        from riskpool.claims import tasks  # noqa: F401  (registers what it handles)
