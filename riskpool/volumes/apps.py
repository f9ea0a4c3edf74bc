from django.apps import AppConfig


class VolumesConfig(AppConfig):
    name = "riskpool.volumes"
    label = "volumes"

    def ready(self) -> None:
        from riskpool.volumes import actions  # noqa: F401  (registers what it executes)
