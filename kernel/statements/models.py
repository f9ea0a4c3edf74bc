"""A line of a bank's statement as a row; a room that keeps statements makes a table of its own of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.money.fields import YuanField


class StatedLine(models.Model):
    """One movement as the bank states it (yuan, positive; the direction says whether it came or went)."""

    class Direction(models.TextChoices):
        IN = "in", _("收入")
        OUT = "out", _("支出")

    seq = models.PositiveIntegerField()
    file_row = models.PositiveIntegerField()
    day = models.DateField()
    direction = models.CharField(max_length=3, choices=Direction)
    amount = YuanField()
    counterparty = models.CharField(max_length=120, blank=True)
    memo = models.CharField(max_length=200, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    balance = YuanField(null=True)

    class Meta:
        abstract = True
        ordering = ["statement", "seq"]

    def __str__(self) -> str:
        return f"{self.day} {self.direction} {self.amount.amount}"
