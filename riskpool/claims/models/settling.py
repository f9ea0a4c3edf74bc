"""How a claim is calculated and settled: calculations with their shares, settlements carried out, payments.

A calculation says what each party bears in all; a settlement says what moved because of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation, PayeeAccount
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two
from riskpool.claims.models.claim import Claim
from riskpool.claims.models.years import YearRun
from riskpool.ledger.models import Journal
from riskpool.pools.models import PoolSource

if TYPE_CHECKING:
    from uuid import UUID


class Apportionment(models.Model):
    """One calculation of a claim on the running total of its recognised loss: inputs, working and digest, for ever."""

    class Stage(models.TextChoices):
        ESTIMATE = "estimate", _("预计损失")
        PART = "part", _("部分认定")
        FINAL = "final", _("最终认定")
        REPAIR = "repair", _("纠正")
        INTO_YEAR = "into_year", _("计入年度")
        YEAR = "year", _("年度结算")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="apportionments", related_query_name="apportionment"
    )
    seq = models.PositiveSmallIntegerField(default=1)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.FINAL)
    reasons = models.JSONField(default=dict)
    inputs = models.JSONField()
    working = models.JSONField()
    sha256 = models.CharField(max_length=64)
    run = models.ForeignKey(YearRun, null=True, on_delete=models.PROTECT, related_name="parts")
    covered = YuanField()
    outside = YuanField()
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "seq"], name="the_calculations_of_a_claim_are_numbered"),
            models.UniqueConstraint(fields=["run", "claim"], name="a_run_of_a_year_calculates_a_claim_once"),
            models.CheckConstraint(
                condition=Q(stage="year", run__isnull=False) | (~Q(stage="year") & Q(run=None)),
                name="a_part_of_a_year_names_its_run",
            ),
            *cny_only("covered", "outside"),
            *not_negative("covered", "outside"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} 分担 {self.seq}"


class TakenBack(models.Model):
    """An acceptance taken back into review by two persons before any money left: why, and what came free again (yuan).

    Its calculation is kept and counts no more; the claim is decided anew.
    """

    apportionment = models.OneToOneField(Apportionment, on_delete=models.PROTECT, related_name="taken_back")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    released = YuanField()
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["apportionment__seq"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="what_is_taken_back_has_a_reason"),
            *cny_only("released"),
            *not_negative("released"),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                told="退回重审所依据的复核不成立",
                of="a.kind = 'claims.take_back' AND a.command->>'calculation' = NEW.apportionment_id::text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.apportionment} 退回重审"


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
    def key(self) -> tuple[str, UUID | None, UUID | None]:
        """The same share in every calculation of its claim."""
        return self.party, self.source_id, self.organisation_id

    @property
    def of_pool(self) -> PoolSource:
        """The source of the pool behind the share, which pays it; asked of such shares only."""
        assert self.source is not None, "the pool does not pay this share"
        return self.source

    @property
    def bearer(self) -> PoolSource | Organisation:
        """Who stands behind the share."""
        holder = self.source or self.organisation
        assert holder is not None, "a share is borne by somebody"
        return holder


class Payment(models.Model):
    """A payout of a claim, one a settlement: on an approval, with its journal, to the payee account in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="payments", related_query_name="payment"
    )
    seq = models.PositiveSmallIntegerField(default=1)
    approval = models.ForeignKey("work.Approval", on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = YuanField()
    paid_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("amount"),
            models.UniqueConstraint(fields=["claim", "seq"], name="a_settlement_of_a_claim_is_paid_once"),
            models.UniqueConstraint(fields=["approval", "claim"], name="an_approval_pays_a_claim_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_pays_something"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} {self.amount.amount}"


class Settlement(models.Model):
    """A calculation carried out by two persons: what went into escrow, was paid, came free again, or is owed (yuan).

    Sums are of the pool's sources together. `ends` says that the claim was settled for good with it: the loan leaves the
    pool's exposure on that day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="settlements", related_query_name="settlement"
    )
    apportionment = models.OneToOneField(Apportionment, on_delete=models.PROTECT, related_name="settlement")
    approval = models.ForeignKey("work.Approval", on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="settlement")
    settled_on = models.DateField()
    ends = models.BooleanField()
    to_escrow = YuanField(default=0)
    paid = YuanField(default=0)
    freed = YuanField(default=0)
    owed = YuanField(default=0)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["apportionment__seq"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_escrow=0) | Q(paid=0, freed=0, owed=0, ends=False),
                name="what_is_set_aside_is_not_yet_paid",
            ),
            models.UniqueConstraint(fields=["approval", "claim"], name="an_approval_settles_a_claim_once"),
            *cny_only("to_escrow", "paid", "freed", "owed"),
            *not_negative("to_escrow", "paid", "freed", "owed"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.apportionment} 结算"


class SettledShare(models.Model):
    """What one settlement moved for one party and source (yuan): set aside, paid (of it out of escrow), freed, owed."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(BorneShare, on_delete=models.PROTECT, related_name="settled_shares")
    to_escrow = YuanField(default=0)
    paid = YuanField(default=0)
    from_escrow = YuanField(default=0)
    freed = YuanField(default=0)
    owed = YuanField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "share"], name="a_settlement_moves_a_share_once"),
            models.CheckConstraint(
                condition=Q(from_escrow__lte=F("paid")), name="what_leaves_escrow_by_payment_is_paid"
            ),
            *cny_only("to_escrow", "paid", "from_escrow", "freed", "owed"),
            *not_negative("to_escrow", "paid", "from_escrow", "freed", "owed"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.share_id}"
