from django.apps import AppConfig


class VolumesConfig(AppConfig):
    name = "riskpool.volumes"
    label = "volumes"

    def ready(self) -> None:
        from riskpool.volumes import actions  # registers what it executes
