from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "riskpool.claims"
    label = "claims"

    def ready(self) -> None:
        from kernel.related import tells_of
        from riskpool.claims import measures, related  # register what they compute
        from riskpool.claims.measures import payees
        from riskpool.claims.queries import payouts_of
        from riskpool.pools.using import tells_payees, tells_payouts

        tells_payouts(payouts_of)
        tells_payees(payees)
        tells_of("loans.loan", "claims", related.of_loan, place=2)
        from riskpool.claims.actions import paying_again
        from riskpool.treasury import hooks

        behind = hooks.Behind(
            paying_again.lock_claims, paying_again.failure_problems, paying_again.payment_failed
        )
        hooks.register(paying_again.SUBJECT, behind)
        from riskpool.claims import tasks, turns  # register what they handle and tell
