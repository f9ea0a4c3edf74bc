from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubsidiesConfig(AppConfig):
    """Subsidies on pledge loans; the engine in it is pure and needs no table."""

    name = "finance.subsidies"
    label = "subsidies"
    verbose_name = _("贴息与补助")

    def ready(self) -> None:
        from finance.subsidies import actions, keepers, tasks  # noqa: F401  (register what they execute, keep and do)
