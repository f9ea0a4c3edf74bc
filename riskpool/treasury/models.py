"""Money through the custodian bank: instructions to pay, batches, what the bank answered, statements line by line.

This room knows payees, sources and journals; for whom something is paid is a type and an id that the room above gave.
Facts are appended; an instruction's state and whether a statement still stands (`live`) are the only pointers, and both
go one way. All of it is written under the pool's row lock.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, PayeeAccount
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two, moves_only
from kernel.statements.models import StatedLine
from riskpool.ledger.models import Journal, StatedBalance
from riskpool.pools.models import Pool, PoolSource

# waiting -> sent -> succeeded | failed; one not yet sent may be stopped, one that succeeded may come back (退票)
MOVES = {"waiting": ("sent", "failed"), "sent": ("succeeded", "failed"), "succeeded": ("failed",)}

_STANDS_NO_MORE = pgtrigger.Trigger(
    name="what_was_replaced_stays_replaced",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__live=False),
    func="RAISE EXCEPTION '已被更正取代的对账记录不得恢复' USING ERRCODE = 'integrity_constraint_violation';",
)


class PaymentBatch(models.Model):
    """A file of instructions for one account, put together by one person and released by another; its lines are frozen."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=60, unique=True)
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    released_on = models.DateField()
    count = models.PositiveIntegerField()
    amount = YuanField()
    lines = models.JSONField()
    sha256 = models.CharField(max_length=64)
    files = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0, count__gt=0), name="a_batch_pays_something"),
        ]
        triggers = [*append_only(), approved_by_two()]

    def __str__(self) -> str:
        return self.number


class PaymentInstruction(models.Model):
    """What one account is to pay to one payee because of one journal; `reference` comes back in the bank's answer."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        SUCCEEDED = "succeeded", _("付款成功")
        FAILED = "failed", _("付款失败")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=60, unique=True)
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="instructions")
    payee = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = YuanField()
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    purpose = models.CharField(max_length=120)
    again_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="paid_again")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    batch = models.ForeignKey(PaymentBatch, null=True, on_delete=models.PROTECT, related_name="instructions")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["reference"]
        constraints = [
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_instruction_pays_something"),
            models.UniqueConstraint(
                fields=["journal", "source"], name="an_account_pays_once_because_of_a_journal"
            ),
            models.CheckConstraint(
                condition=Q(state="failed")
                | Q(state="waiting", batch__isnull=True)
                | Q(state__in=["sent", "succeeded"], batch__isnull=False),
                name="what_was_sent_went_out_in_a_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="instructions_of_a_subject"),
            models.Index(fields=["source", "state"], name="instructions_of_an_account"),
        ]
        triggers = [*append_only(but=("state", "batch")), moves_only("state", MOVES)]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount.amount}"


class ReturnFile(models.Model):
    """The bank's answer to batches as it came: the file, and the approval by which its rows were entered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=60, unique=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    counts = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = [*append_only(), approved_by_two()]

    def __str__(self) -> str:
        return self.number


class PaymentOutcome(models.Model):
    """What became of an instruction, as the bank says (or two persons, when it was stopped or came back later)."""

    class Result(models.TextChoices):
        SUCCEEDED = "succeeded", _("成功")
        FAILED = "failed", _("失败")

    instruction = models.ForeignKey(PaymentInstruction, on_delete=models.PROTECT, related_name="outcomes")
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, choices=Result)
    reason = models.CharField(max_length=200, blank=True)
    bank_serial = models.CharField(max_length=60, blank=True)
    day = models.DateField()
    file = models.ForeignKey(ReturnFile, null=True, on_delete=models.PROTECT, related_name="outcomes")
    approval = models.ForeignKey("work.Approval", on_delete=models.PROTECT, related_name="+")
    journal = models.OneToOneField(Journal, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "result"], name="an_instruction_has_a_result_once"
            ),
            models.UniqueConstraint(
                fields=["source", "bank_serial"],
                condition=~Q(bank_serial=""),
                name="a_bank_serial_is_used_once_by_an_account",
            ),
            models.CheckConstraint(
                condition=Q(result="failed", journal__isnull=False)
                | Q(result="succeeded", journal__isnull=True),
                name="a_failed_payment_has_its_journal",
            ),
        ]
        triggers = [*append_only(), approved_by_two()]

    def __str__(self) -> str:
        return f"{self.instruction_id} {self.result}"


class StatementImport(models.Model):
    """The custodian bank's statement of one account over a span of days, line by line, from opening to closing (yuan)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=60, unique=True)
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="statements")
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    span = DateRangeField()
    opening = YuanField()
    closing = YuanField()
    stated = models.OneToOneField(StatedBalance, on_delete=models.PROTECT, related_name="statement")
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    live = models.BooleanField(default=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("opening", "closing"),
            *not_negative("opening", "closing"),
            ExclusionConstraint(
                name="the_statements_of_an_account_do_not_overlap",
                expressions=[("source", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)],
                condition=Q(live=True),
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | Q(approval__isnull=False),
                name="a_corrected_statement_stands_on_an_approval",
            ),
        ]
        triggers = [*append_only(but=("live",)), _STANDS_NO_MORE, approved_by_two(required=False)]

    def __str__(self) -> str:
        return self.number


class StatementLine(StatedLine):
    """One movement as the bank states it (yuan, positive; the direction says whether it came or went)."""

    statement = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="lines")

    class Meta(StatedLine.Meta):
        constraints = [
            *cny_only("amount", "balance"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_statement_line_moves_something"),
            models.UniqueConstraint(
                fields=["statement", "seq"], name="the_lines_of_a_statement_are_numbered"
            ),
        ]
        triggers = append_only()


class LineClearing(models.Model):
    """How a statement's line is accounted for: by one movement of the ledger, or by an explanation of two persons."""

    class How(models.TextChoices):
        REFERENCE = "reference", _("按编号匹配")
        AMOUNT = "amount", _("按金额和日期匹配")
        PERSON = "person", _("人工匹配")
        EXPLAINED = "explained", _("已解释")

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="clearings")
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How)
    journal = models.ForeignKey(Journal, null=True, on_delete=models.PROTECT, related_name="+")
    explanation = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    live = models.BooleanField(default=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(live=True), name="a_statement_line_is_cleared_once"
            ),
            models.UniqueConstraint(
                fields=["journal", "source"],
                condition=Q(live=True),
                name="a_cash_movement_clears_one_statement_line",
            ),
            models.CheckConstraint(
                condition=Q(how="explained") & ~Q(explanation="")
                | Q(how__in=["reference", "amount", "person"], journal__isnull=False),
                name="a_cleared_line_names_a_movement_or_an_explanation",
            ),
            models.CheckConstraint(
                condition=Q(how__in=["reference", "amount"]) | Q(approval__isnull=False),
                name="what_a_person_clears_stands_on_an_approval",
            ),
        ]
        indexes = [models.Index(fields=["source", "live"], name="clearings_of_an_account")]
        # earlier: a corrected statement's line keeps how the line before it was accounted for
        triggers = [
            *append_only(but=("live",)),
            _STANDS_NO_MORE,
            approved_by_two(earlier=True, required=False),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.how}"


class ReplenishmentCall(models.Model):
    """Two persons ask the sources to bring a pool back to a size (yuan), by the agreed ratio of contributions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=60, unique=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    due_on = models.DateField()
    target = YuanField()
    basis = models.CharField(max_length=200)
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("target"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("day")), name="a_call_falls_due_after_it_is_made"
            ),
        ]
        triggers = [*append_only(), approved_by_two()]

    def __str__(self) -> str:
        return self.number


class CalledShare(models.Model):
    """What one source is asked for by a call (yuan), with what it had contributed by then."""

    call = models.ForeignKey(ReplenishmentCall, on_delete=models.PROTECT, related_name="shares")
    source = models.ForeignKey(PoolSource, on_delete=models.PROTECT, related_name="+")
    contributed = YuanField()
    asked = YuanField()

    class Meta:
        ordering = ["source__place"]
        constraints = [
            *cny_only("contributed", "asked"),
            *not_negative("asked"),
            models.UniqueConstraint(fields=["call", "source"], name="a_call_asks_a_source_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.source_id} {self.asked.amount}"
