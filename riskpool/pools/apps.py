from django.apps import AppConfig


class PoolsConfig(AppConfig):
    name = "riskpool.pools"
    label = "pools"

    def ready(self) -> None:
        from finance.intake import effects
        from finance.loans.queries import widen
        from riskpool.pools import measures, tasks  # noqa: F401  (register what they compute and handle)
        from riskpool.pools.queries import loans_seen_from_a_seat
        from riskpool.pools.weighing import assess

        effects.register("pools", assess)
        widen(loans_seen_from_a_seat)
