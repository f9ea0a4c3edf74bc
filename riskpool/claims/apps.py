from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "riskpool.claims"
    label = "claims"

    def ready(self) -> None:
        from riskpool.claims.queries import payouts_of
        from riskpool.pools.actions import tells_payouts

        tells_payouts(payouts_of)
        from riskpool.claims.actions import paying_again
        from riskpool.treasury import hooks

        behind = hooks.Behind(
            paying_again.lock_claims, paying_again.failure_problems, paying_again.payment_failed
        )
        hooks.register(paying_again.SUBJECT, behind)
        from riskpool.claims import tasks  # noqa: F401  (registers what it handles)
