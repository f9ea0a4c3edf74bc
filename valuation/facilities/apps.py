from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    """Group credit for the users of one regional mark: a facility, its members' limits, what is drawn."""

    name = "valuation.facilities"
    label = "facilities"
    verbose_name = _("集体授信")

    def ready(self) -> None:
        from valuation.facilities import actions, tasks  # register what they do
