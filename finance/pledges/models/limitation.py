"""What interrupted the limitation of the claim behind a file, as its bank tells it. Added only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from kernel.protection import append_only

from .files import RegistrationFile, _by


class LimitationInterrupted(models.Model):
    """One interruption: which kind (a rule of `common/limitation`), its day, what was done, perhaps its paper.

    An empty `kind` only takes back the one that it corrects.
    """

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="interruptions")
    kind = models.CharField(max_length=20, blank=True)
    on = models.DateField()
    told = models.CharField(max_length=300)
    paper = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on__lte=F("recorded_on")), name="what_interrupts_is_not_recorded_before"
            ),
            models.CheckConstraint(
                condition=~Q(kind="") | Q(corrects__isnull=False), name="taking_back_says_what_it_takes_back"
            ),
            models.CheckConstraint(condition=~Q(told=""), name="what_interrupts_is_told"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"
