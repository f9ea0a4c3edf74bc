"""What a visitor without log-in asked to have kept: his answers and what they came to, found by a code, for a time.

Nothing personal: no name, no number, no address of the visitor's machine. The row is deleted when its time is over, and
not before.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from kernel.identifiers import new_id
from kernel.protection import never_edited, never_emptied, removed_after


class Estimate(models.Model):
    """One kept estimate. `answers` are the bands and figures as they were sent, `told` what each policy came to that day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code_hash = models.CharField(max_length=64, unique=True)
    answers = models.JSONField()
    told = models.JSONField()
    saved_on = models.DateField()
    expires_on = models.DateField()
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("saved_on")), name="an_estimate_is_kept_at_least_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], name="estimates_by_their_end"),
            models.Index(fields=["saved_at"], name="estimates_by_their_moment"),
        ]
        triggers: list[pgtrigger.Trigger] = [never_edited(), removed_after("expires_on"), never_emptied()]

    def __str__(self) -> str:
        return f"{self.saved_on}–{self.expires_on}"
