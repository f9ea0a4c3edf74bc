from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "finance.intake"
    label = "intake"

    def ready(self) -> None:
        """Every process that may ask for checking or entering knows who does it."""
        from finance.intake import tasks  # noqa: F401  (registers what it handles)
