"""Awards of subsidies on volume: who owes which bank how much for which period, and the loans that were counted.

All tables are append-only. An award is a decision of two persons of the payer, not a movement of money: nothing here
points at a pool, a claim or an account. What was wrong is taken back by two persons again: the award stays, is `live` no
more, and its days and loans may be awarded anew.
"""

from __future__ import annotations

import pgtrigger
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


def _ends_only_when_taken_back(award: str) -> pgtrigger.Trigger:
    """A row is live from the first and until the award (`award` names it in SQL) was taken back; never again after."""
    return pgtrigger.Trigger(
        name="it_ends_only_when_it_was_taken_back",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
            IF (TG_OP = 'INSERT' AND NOT NEW.live) OR (TG_OP = 'UPDATE' AND NEW.live <> OLD.live AND (
                NEW.live OR NOT EXISTS (SELECT 1 FROM public.volumes_awardtakenback b WHERE b.award_id = {award})
            )) THEN
                RAISE EXCEPTION '核定只有经两人收回才失效，失效后不再恢复' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - one of this module's own two words
    )


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
    live = models.BooleanField(default=True, db_default=True)
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
                condition=Q(live=True),
            ),
        ]
        indexes = [models.Index(fields=["payer", "-last_day"], name="awards_owed_by_a_payer")]
        triggers = [
            *append_only(but=("live",)),
            _ends_only_when_taken_back("NEW.id"),
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
    live = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            *cny_only("principal"),
            models.UniqueConstraint(
                fields=["family", "loan"], condition=Q(live=True), name="a_loan_counts_once_under_a_measure"
            ),
        ]
        triggers = [*append_only(but=("live",)), _ends_only_when_taken_back("NEW.award_id")]

    def __str__(self) -> str:
        return f"{self.award_id} {self.loan_id}"


class AwardTakenBack(models.Model):
    """Why, by which article and from which day an award stands no more; asked and signed by two persons of its payer."""

    award = models.OneToOneField(VolumeAward, on_delete=models.PROTECT, related_name="taken_back")
    reason = models.CharField(max_length=300)
    article = models.CharField(max_length=200)
    taken_back_on = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(article=""), name="what_is_taken_back_says_why_and_by_what"
            )
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                told="收回核定须由付款机构两人分别提出和签批，并与签批内容一致",
                of="""
                    a.kind = 'volumes.take_back'
                    AND a.wall = (SELECT w.payer_id FROM public.volumes_volumeaward w WHERE w.id = NEW.award_id)
                    AND a.command->>'award' = NEW.award_id::text
                    AND a.command->>'reason' = NEW.reason
                    AND a.command->>'article' = NEW.article
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.taken_back_on}"
