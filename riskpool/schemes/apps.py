from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchemesConfig(AppConfig):
    """The loss-sharing engine: no tables, one command. Everything else in this room is pure."""

    name = "riskpool.schemes"
    label = "schemes"
    verbose_name = _("损失分担方案")
