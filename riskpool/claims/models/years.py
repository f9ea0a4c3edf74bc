"""A bank's year under a scheme of level bank_year, and each time it was calculated and settled.

Claims come into the year in which they are accepted. A run calculates the whole year anew from its claims and is carried out
by two persons; what moves for each claim is the difference to the runs before. Nothing of a run is changed afterwards.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only
from riskpool.pools.models import Agreement


class BankYear(models.Model):
    """The calendar year of one agreement and one scheme version: claims accepted in it are shared together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="bank_years")
    scheme = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-year", "agreement__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "scheme", "year"], name="a_year_of_a_bank_is_opened_once_for_a_scheme"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.agreement.number} {self.year} 年度"


class YearRun(models.Model):
    """One calculation of a bank's year that two persons carried out (yuan): inputs of every claim, facts, working, digest.

    `on` is the day whose facts were used, the last of the year. Sums are of the pool's sources over all claims.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank_year = models.ForeignKey(BankYear, on_delete=models.PROTECT, related_name="runs")
    seq = models.PositiveSmallIntegerField()
    on = models.DateField()
    settled_on = models.DateField()
    working = models.JSONField()
    sha256 = models.CharField(max_length=64)
    covered = YuanField()
    outside = YuanField()
    entitled = YuanField()
    paid = YuanField()
    owed = YuanField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["bank_year", "seq"], name="the_runs_of_a_bank_year_are_numbered"),
            *cny_only("covered", "outside", "entitled", "paid", "owed"),
            *not_negative("covered", "outside", "entitled", "paid", "owed"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.bank_year} 第{self.seq}次结算"
