from django.apps import AppConfig


class PledgesConfig(AppConfig):
    name = "finance.pledges"
    label = "pledges"

    def ready(self) -> None:
        from finance.pledges import actions, tasks, turns  # noqa: F401  (register what they execute and tell)
