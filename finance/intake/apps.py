from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "finance.intake"
    label = "intake"

    def ready(self) -> None:
        """Every process that may ask for checking or entering knows who does it."""
        from finance.intake import related, tasks, turns  # register what they handle and tell
        from kernel.related import tells_of

        tells_of("loans.loan", "intake", related.of_loan, place=3)
