from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    """The desk on which a bureau reads, tries and publishes loss-sharing schemes: no tables of its own."""

    name = "riskpool.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from riskpool.policies import keepers  # registers who knows the kinds of policy
