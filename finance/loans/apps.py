from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "finance.loans"
    label = "loans"

    def ready(self) -> None:
        from finance.loans.related import of_registration
        from kernel.related import tells_of

        tells_of("pledges.pledgeregistration", "loans", of_registration, place=1)
