from django.apps import AppConfig


class PoolsConfig(AppConfig):
    name = "riskpool.pools"
    label = "pools"

    def ready(self) -> None:
        from riskpool.pools import tasks  # noqa: F401  (registers what it handles)
