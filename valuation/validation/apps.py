from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ValidationConfig(AppConfig):
    """Learning from an institution's own outcomes, and the report on its model."""

    name = "valuation.validation"
    label = "validation"
    verbose_name = _("模型验证")

    def ready(self) -> None:
        from valuation.validation import actions, tasks, turns  # register what they do
