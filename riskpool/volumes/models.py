"""Awards of subsidies on volume: who owes which bank how much for which period, and the loans that were counted.

Both tables are append-only. An award is a decision of two persons of the payer, not a movement of money: nothing here
points at a pool, a claim or an account.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from finance.loans.models import Loan, LoanTerms
from finance.parties.models import Organisation
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two

DAYS = Func(F("first_day"), F("last_day"), Value("[]"), function="daterange", output_field=DateRangeField())


class VolumeAward(models.Model):
    """What a payer owes a bank under a measure for a period, with the measure's text and the working as they stood."""

    id = models.UUIDField(primary_key=True, editable=False)
    payer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="volume_awards_owed")
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="volume_awards")
    family = models.CharField(max_length=120)
    measure = models.CharField(max_length=120)
    measure_text = models.JSONField()
    measure_sha256 = models.CharField(max_length=64)
    first_day = models.DateField()
    last_day = models.DateField()
    lent = YuanField()
    amount = YuanField()
    working = models.JSONField()
    ground_sha256 = models.CharField(max_length=64)
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    awarded_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("lent", "amount"),
            *not_negative("lent", "amount"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="a_period_does_not_end_before_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(awarded_on__gt=F("last_day")), name="a_period_is_over_when_it_is_awarded_for"
            ),
            ExclusionConstraint(
                name="a_bank_is_awarded_once_for_a_day_under_a_measure",
                expressions=[
                    ("family", RangeOperators.EQUAL),
                    ("bank", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["payer", "-last_day"], name="awards_owed_by_a_payer")]
        triggers = [
            *append_only(),
            approved_by_two(
                name="an_award_was_approved_by_two_persons",
                told="核定须由付款机构两人分别提出和签批，并与签批内容一致",
                of="""
                    a.kind = 'volumes.award' AND a.wall = NEW.payer_id
                    AND a.command->>'award' = NEW.id::text
                    AND a.command->>'bank' = NEW.bank_id::text
                    AND a.command->>'measure_sha256' = NEW.measure_sha256
                    AND a.command->>'ground' = NEW.ground_sha256
                    AND (a.command->>'amount_fen')::numeric = NEW.amount * 100
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.first_day} 至 {self.last_day}"


class CountedLoan(models.Model):
    """One loan that an award counted, with the terms as they stood; under one measure a loan counts once."""

    award = models.ForeignKey(VolumeAward, on_delete=models.PROTECT, related_name="loans")
    family = models.CharField(max_length=120)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="+")
    terms = models.ForeignKey(LoanTerms, on_delete=models.PROTECT, related_name="+")
    lent_on = models.DateField()
    principal = YuanField()

    class Meta:
        constraints = [
            *cny_only("principal"),
            models.UniqueConstraint(fields=["family", "loan"], name="a_loan_counts_once_under_a_measure"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.award_id} {self.loan_id}"
