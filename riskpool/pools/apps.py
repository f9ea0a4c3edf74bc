from django.apps import AppConfig


class PoolsConfig(AppConfig):
    name = "riskpool.pools"
    label = "pools"
