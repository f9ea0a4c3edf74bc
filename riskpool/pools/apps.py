from django.apps import AppConfig


class PoolsConfig(AppConfig):
    name = "riskpool.pools"
    label = "pools"

    def ready(self) -> None:
        from finance.intake import effects
        from finance.loans.queries import widen
        from kernel.related import tells_of
        from riskpool.pools import measures, related, tasks, turns  # register what they do
        from riskpool.pools.queries import loans_seen_from_a_seat
        from riskpool.pools.weighing import assess

        effects.register("pools", assess)
        widen(loans_seen_from_a_seat)
        tells_of("loans.loan", "pools", related.of_loan, place=1)
