from django.apps import AppConfig


class WhitelistsConfig(AppConfig):
    name = "valuation.whitelists"
    label = "whitelists"

    def ready(self) -> None:
        from valuation.whitelists import actions, tasks, turns  # they register what they do
