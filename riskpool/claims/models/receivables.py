"""What the bank owes back on a claim: a settlement that came out lower than what was paid, a repair, a claw-back.

Never a negative payment: a receivable is decided by two persons with reason and article, stands in the ledger by source,
and money that arrives is recorded by two persons and goes to the sources that paid.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only
from riskpool.claims.models.claim import Claim
from riskpool.claims.models.settling import BorneShare
from riskpool.ledger.models import Journal


class Receivable(models.Model):
    """One debt of the bank to the pool's sources (yuan): what was paid too much, and deposit interest on it."""

    class Kind(models.TextChoices):
        SETTLEMENT = "settlement", _("清算应退")
        REPAIR = "repair", _("纠正应退")
        CLAWBACK = "clawback", _("追回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="receivables")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    amount = YuanField()
    interest = YuanField(default=0)
    reason = models.CharField(max_length=300)
    article = models.CharField(max_length=200)
    decided_on = models.DateField()
    approval = models.ForeignKey("work.Approval", on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "seq"], name="the_receivables_of_a_claim_are_numbered"),
            models.UniqueConstraint(fields=["approval", "claim"], name="an_approval_makes_a_claim_owe_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_receivable_asks_for_something"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(article=""), name="a_receivable_says_why_and_by_which_article"
            ),
            *cny_only("amount", "interest"),
            *not_negative("interest"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} {self.get_kind_display()} {self.seq}"


class ReceivableShare(models.Model):
    """What of one receivable belongs to one source that paid (yuan)."""

    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(BorneShare, on_delete=models.PROTECT, related_name="+")
    amount = YuanField()
    interest = YuanField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["receivable", "share"], name="a_receivable_stands_once_for_a_share"
            ),
            *cny_only("amount", "interest"),
            *not_negative("amount", "interest"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.receivable_id} {self.share_id}"


class ReceivableArrival(models.Model):
    """Money of a receivable that has arrived (yuan); principal first, then interest, back to the sources."""

    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, related_name="arrivals")
    seq = models.PositiveSmallIntegerField()
    received_on = models.DateField()
    amount = YuanField()
    principal = YuanField()
    reference = models.CharField(max_length=60)
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["receivable", "seq"], name="the_arrivals_of_a_receivable_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["receivable", "reference"], name="a_bank_receipt_arrives_once_for_a_receivable"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_arrival_brings_something"),
            models.CheckConstraint(
                condition=Q(principal__lte=F("amount")), name="of_an_arrival_no_more_than_all_is_principal"
            ),
            *cny_only("amount", "principal"),
            *not_negative("principal"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.receivable} 到账 {self.seq}"
