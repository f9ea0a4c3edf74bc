"""Money collected after payment, and what it gave back to whom."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from finance.parties.models import Account
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only
from riskpool.claims.models.claim import Claim
from riskpool.claims.models.settling import BorneShare
from riskpool.ledger.models import Journal


class Recovery(models.Model):
    """Money collected after payment, and how it was handed back. Each piece pays the difference of running totals."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="recoveries")
    seq = models.PositiveSmallIntegerField()
    received_on = models.DateField()
    gross = YuanField()
    costs = YuanField(default=0)
    note = models.CharField(max_length=200)
    working = models.JSONField()
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "seq"], name="the_recoveries_of_a_claim_are_numbered"),
            *cny_only("gross", "costs"),
            *not_negative("gross", "costs"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} 追偿 {self.seq}"


class ReturnedShare(models.Model):
    """What one recovery gave back to one party of the claim."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(BorneShare, on_delete=models.PROTECT, related_name="returned_shares")
    amount = YuanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recovery", "share"], name="a_recovery_returns_to_a_party_once"),
            *cny_only("amount"),
            *not_negative("amount"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.share_id} {self.amount.amount}"
