"""Claims on a pool: filed with evidence, apportioned, accepted (money reserved), settled by two persons, recovered.

A claim may be calculated several times (estimate, part, final, repair), each time on the running total of the loss that
is recognised. Every calculation is stored with its inputs and whole working and can be replayed for ever; what moves is
the difference to what was moved before. Sums that a claim has reserved, set aside, paid, got back and is owed stand on the
claim with CHECKs that order them; each is moved only with its journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, moves_only
from riskpool.claims.models.years import BankYear
from riskpool.pools.models import Enrolment

if TYPE_CHECKING:
    from riskpool.claims.models.settling import Apportionment, Payment

# Until money has left it may be refused or withdrawn, before it is set aside also taken back into review; what is not here
# does not happen.
MOVES = {
    "filed": ("deficient", "deferred", "accepted", "in_year", "refused", "withdrawn"),
    "deficient": ("filed", "refused", "withdrawn"),
    "deferred": ("accepted", "refused", "withdrawn"),
    "accepted": ("escrowed", "filed", "part_paid", "paid", "refused", "withdrawn"),
    "escrowed": ("paid", "refused"),
    "part_paid": ("paid",),
    "in_year": ("paid", "refused", "withdrawn"),  # no money is held for it until its year is settled
}


# the calculation by which a claim stands accepted was, or was not, taken back into review
_TAKEN_BACK = """
    IF {unless} EXISTS (
        SELECT 1 FROM public.claims_takenback t JOIN public.claims_apportionment a ON a.id = t.apportionment_id
        WHERE a.claim_id = NEW.id AND a.seq = {row}.accepted_seq
    ) THEN
        RAISE EXCEPTION '退回重审须经两人复核，并重新受理' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""

SUMS = (
    *("principal", "interest", "penalty", "costs", "claimed", "added", "reserved", "escrowed", "paid"),
    *("returned", "owed", "repaid", "recovered_gross"),
)


class Claim(models.Model):
    """What a bank asks of a pool for one default of an enrolled loan, and how far it has come (yuan)."""

    class State(models.TextChoices):
        FILED = "filed", _("待审核")
        DEFICIENT = "deficient", _("待补正")
        DEFERRED = "deferred", _("暂缓")
        ACCEPTED = "accepted", _("已受理，资金已预留")
        ESCROWED = "escrowed", _("已划入保证金，待清算")
        PART_PAID = "part_paid", _("部分支付")
        IN_YEAR = "in_year", _("已受理，待年度结算")
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
    accepted_seq = models.PositiveSmallIntegerField(default=1)
    bank_year = models.ForeignKey(BankYear, null=True, on_delete=models.PROTECT, related_name="claims")
    reason = models.CharField(max_length=500, blank=True)
    complete_on = models.DateField(null=True)
    claimed = YuanField()
    added = YuanField(default=0)
    reserved = YuanField(default=0)
    escrowed = YuanField(default=0)
    paid = YuanField(default=0)
    returned = YuanField(default=0)
    owed = YuanField(default=0)
    repaid = YuanField(default=0)
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
                condition=Q(
                    reserved__lte=F("claimed")
                    + F("added")
                    + F("owed"),  # what is owed may have to be paid again
                    paid__lte=F("reserved"),
                    returned__lte=F("paid"),
                ),
                name="returned_within_paid_within_reserved_within_claimed",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=F("paid") + F("escrowed")),
                name="paid_and_set_aside_within_reserved",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=F("returned") + F("owed"), repaid__lte=F("owed")),
                name="no_more_comes_back_than_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["part_paid", "paid"]) | Q(paid=0),
                name="only_a_paid_claim_has_been_paid",
            ),
            models.CheckConstraint(
                condition=Q(state="escrowed") | Q(escrowed=0), name="only_an_escrowed_claim_is_set_aside"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "escrowed", "part_paid", "paid"]) | Q(reserved=0),
                name="only_an_accepted_claim_holds_money",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_year") | Q(bank_year__isnull=False),
                name="a_claim_that_waits_for_its_year_has_one",
            ),
            models.CheckConstraint(
                condition=Q(bank_year=None) | ~Q(state__in=["accepted", "escrowed", "part_paid"]),
                name="a_claim_of_a_year_is_paid_with_its_year_only",
            ),
            *not_negative(*SUMS),
            *cny_only(*SUMS),
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
            pgtrigger.Trigger(
                name="a_claim_never_leaves_its_year",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__bank_year__isnull=False)
                & pgtrigger.Q(old__bank_year__df=pgtrigger.F("new__bank_year")),
                func="RAISE EXCEPTION '补偿申请不得转到另一年度' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="an_acceptance_is_taken_back_by_two",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="accepted", new__state="filed"),
                func=_TAKEN_BACK.format(unless="NOT", row="OLD"),
            ),
            pgtrigger.Trigger(
                name="what_was_taken_back_is_calculated_anew",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state__in=["accepted", "escrowed", "part_paid", "paid"]),
                func=_TAKEN_BACK.format(unless="", row="NEW"),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django makes one only where none stands
        """The state in words; a claim that was settled at nothing was not paid."""
        if self.state == self.State.PAID and not self.paid.amount:
            return str(_("已结案，无需支付"))
        return str(self.State(self.state).label)

    @property
    def apportionment(self) -> Apportionment:
        """The calculation that stands: the latest one. Apportionment.DoesNotExist before acceptance."""
        return self.apportionments.latest("seq")

    @property
    def acceptance(self) -> Apportionment:
        """The calculation by which it was accepted, the last time. Apportionment.DoesNotExist before acceptance."""
        return self.apportionments.get(seq=self.accepted_seq)

    def journal_key(self, word: str, seq: int | None = None) -> str:
        """The key of what a calculation moved; that of the first has no number. Without `seq` the acceptance's."""
        seq = seq or self.accepted_seq
        return f"claim:{self.pk}:{word}" if seq == 1 else f"claim:{self.pk}:{word}:{seq}"

    @property
    def payment(self) -> Payment:
        """The first payment. Payment.DoesNotExist before it."""
        return self.payments.earliest("seq")


class LossStatement(models.Model):
    """The loss as the bank states it anew when the estimate becomes final (yuan); the latest one stands."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="statements")
    seq = models.PositiveSmallIntegerField()
    principal = YuanField()
    interest = YuanField(default=0)
    penalty = YuanField(default=0)
    costs = YuanField(default=0)
    statement = models.CharField(max_length=500)
    stated_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "seq"], name="the_statements_of_a_loss_are_numbered"),
            *not_negative("principal", "interest", "penalty", "costs"),
            *cny_only("principal", "interest", "penalty", "costs"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} 损失申报 {self.seq}"


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
