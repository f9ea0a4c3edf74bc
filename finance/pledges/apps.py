from django.apps import AppConfig


class PledgesConfig(AppConfig):
    name = "finance.pledges"
    label = "pledges"

    def ready(self) -> None:
        from finance.pledges import (
            actions,
            paper_tasks,
            tasks,
            turns,
        )  # they register what they execute and tell
