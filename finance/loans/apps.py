from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "finance.loans"
    label = "loans"

    def ready(self) -> None:
        from finance.loans.related import behind_a_file, of_registration, security_of_loan
        from finance.pledges.secured import tells_of_debt
        from kernel.related import tells_of

        tells_of_debt(behind_a_file)
        tells_of("pledges.pledgeregistration", "loans", of_registration, place=1)
        tells_of("loans.loan", "pledges", security_of_loan, place=0)
