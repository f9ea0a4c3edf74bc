from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "riskpool.claims"
    label = "claims"

    def ready(self) -> None:
        from riskpool.claims import measures, tasks  # noqa: F401  (register what they compute and handle)
        from riskpool.claims.measures import payees
        from riskpool.claims.queries import payouts_of
        from riskpool.pools.using import tells_payees, tells_payouts

        tells_payouts(payouts_of)
        tells_payees(payees)
