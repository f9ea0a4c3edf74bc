from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubsidiesConfig(AppConfig):
    name = "finance.subsidies"
    label = "subsidies"
    verbose_name = _("贴息与补助")
