from django.apps import AppConfig


class ScoresConfig(AppConfig):
    name = "valuation.scores"
    label = "scores"

    def ready(self) -> None:
        from valuation.scores import actions, tasks, turns  # register what they do
