"""A workbook of rights that came into a file: what it was, what was wrong with it, what it became."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from finance.parties.models import Account
from kernel.protection import append_only

from .files import FileStatement, RegistrationFile


class RightsSheet(models.Model):
    """Entered whole as the statement that it became, or, with faults, not at all and given back marked."""

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="sheets")
    stored = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    marked = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveSmallIntegerField()
    faults = models.PositiveIntegerField(default=0)
    statement = models.ForeignKey(FileStatement, null=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(statement__isnull=True) | Q(marked__isnull=True),
                name="a_sheet_of_rights_with_faults_enters_nothing",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.file_id} {self.on}"
