from django.apps import AppConfig


class WhitelistsConfig(AppConfig):
    name = "valuation.whitelists"
    label = "whitelists"
