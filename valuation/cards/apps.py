from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CardsConfig(AppConfig):
    """Scorecards as published versions, and the parameters that an institution sets for itself."""

    name = "valuation.cards"
    label = "cards"
    verbose_name = _("评分卡")

    def ready(self) -> None:
        from valuation.cards import actions, keepers  # register what they do
