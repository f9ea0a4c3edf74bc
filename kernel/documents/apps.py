"""The Django app of issued documents and kept files."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "kernel.documents"
    label = "documents"
    verbose_name = _("文书与文件")
    default_auto_field = "django.db.models.BigAutoField"
