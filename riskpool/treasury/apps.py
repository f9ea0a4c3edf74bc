from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "riskpool.treasury"
    label = "treasury"

    def ready(self) -> None:
        from riskpool.pools.queries import explains_differences
        from riskpool.treasury import tasks, turns  # register what they handle and tell
        from riskpool.treasury.queries import explained

        explains_differences(explained)
