from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubsidiesConfig(AppConfig):
    """Subsidies on pledge loans; the engine in it is pure and needs no table."""

    name = "finance.subsidies"
    label = "subsidies"
    verbose_name = _("贴息与补助")

    def ready(self) -> None:
        from finance.subsidies import actions, keepers, tasks, turns  # register what they do
        from finance.subsidies.related import of_loan
        from kernel.related import tells_of

        tells_of("loans.loan", "subsidies", of_loan, place=3)
