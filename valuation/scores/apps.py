from django.apps import AppConfig


class ScoresConfig(AppConfig):
    name = "valuation.scores"
    label = "scores"

    def ready(self) -> None:
        from valuation.scores import actions, tasks, turns  # noqa: F401  (register what they do)
