"""Claims on a pool: filed with evidence, apportioned, accepted (money reserved), paid by two persons, recovered.

An apportionment is stored with its inputs and its whole working, and can be replayed for ever. Sums that a claim has
reserved, paid and got back stand on the claim with CHECKs that order them; each is moved only with its journal.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation, PayeeAccount
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, moves_only
from riskpool.ledger.models import Journal
from riskpool.pools.models import Enrolment, PoolSource

# filed -> accepted -> paid; until paid it may be refused or withdrawn; what is not here does not happen
MOVES = {
    "filed": ("accepted", "refused", "withdrawn"),
    "accepted": ("paid", "refused", "withdrawn"),
}


class Claim(models.Model):
    """What a bank asks of a pool for one default of an enrolled loan, and how far it has come (yuan)."""

    class State(models.TextChoices):
        FILED = "filed", _("待审核")
        ACCEPTED = "accepted", _("已受理，资金已预留")
        PAID = "paid", _("已支付")
        REFUSED = "refused", _("不予补偿")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="claims")
    default_no = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.FILED)
    overdue_since = models.DateField()
    filed_on = models.DateField()
    filed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    principal = YuanField()
    interest = YuanField(default=0)
    penalty = YuanField(default=0)
    costs = YuanField(default=0)
    statement = models.CharField(max_length=500, blank=True)
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    claimed = YuanField()
    reserved = YuanField(default=0)
    paid = YuanField(default=0)
    returned = YuanField(default=0)
    recovered_gross = YuanField(default=0)
    proof = models.ForeignKey(
        "documents.IssuedDocument", null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=~Q(state__in=["refused", "withdrawn"]),
                name="one_live_claim_for_one_default",
            ),
            models.CheckConstraint(
                condition=Q(claimed=F("principal") + F("interest") + F("penalty") + F("costs")),
                name="what_is_claimed_is_the_sum_of_its_parts",
            ),
            models.CheckConstraint(condition=Q(claimed__gt=0), name="a_claim_claims_something"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("claimed"), paid__lte=F("reserved"), returned__lte=F("paid")),
                name="returned_within_paid_within_reserved_within_claimed",
            ),
            models.CheckConstraint(
                condition=Q(state="paid") | Q(paid=0), name="only_a_paid_claim_has_been_paid"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "paid"]) | Q(reserved=0),
                name="only_an_accepted_claim_holds_money",
            ),
            *not_negative(
                "principal",
                "interest",
                "penalty",
                "costs",
                "claimed",
                "reserved",
                "paid",
                "returned",
                "recovered_gross",
            ),
            *cny_only(
                "principal",
                "interest",
                "penalty",
                "costs",
                "claimed",
                "reserved",
                "paid",
                "returned",
                "recovered_gross",
            ),
        ]
        indexes = [models.Index(fields=["state", "filed_on"], name="claims_by_state")]
        triggers = [
            moves_only("state", MOVES),
            pgtrigger.Trigger(
                name="what_was_claimed_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    *("number", "enrolment", "default_no", "overdue_since", "filed_on", "filed_by"),
                    *("principal", "interest", "penalty", "costs", "claimed"),
                ),
                func="RAISE EXCEPTION '补偿申请的内容不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ClaimEvidence(models.Model):
    """A paper filed with a claim, of a kind that the procedure of the pool names."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} {self.title}"


class Apportionment(models.Model):
    """One calculation of a claim: inputs, working and digest; the one that was accepted is the claim's for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="apportionment")
    inputs = models.JSONField()
    working = models.JSONField()
    sha256 = models.CharField(max_length=64)
    covered = YuanField()
    outside = YuanField()
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [*cny_only("covered", "outside"), *not_negative("covered", "outside")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} 分担"


class BorneShare(models.Model):
    """What one party bears of one claim, and who stands behind it: a source of the pool, an organisation, the bank."""

    apportionment = models.ForeignKey(Apportionment, on_delete=models.PROTECT, related_name="shares")
    place = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=40)
    source = models.ForeignKey(PoolSource, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    borne = YuanField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["apportionment", "party", "source"],
                nulls_distinct=False,
                name="a_party_bears_its_share_once",
            ),
            *cny_only("borne"),
            *not_negative("borne"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.party} {self.borne.amount}"

    @property
    def bearer(self) -> PoolSource | Organisation:
        """Who stands behind the share."""
        holder = self.source or self.organisation
        assert holder is not None, "a share is borne by somebody"
        return holder


class Payment(models.Model):
    """The payout of a claim: once, on an approval, with its journal, to the payee account in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="payment")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = YuanField()
    paid_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_pays_something"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} {self.amount.amount}"


class Recovery(models.Model):
    """Money collected on a paid claim, and how it was handed back. Each piece pays the difference of running totals."""

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
