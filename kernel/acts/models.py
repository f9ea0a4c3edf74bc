"""Who did what, when, for whom: one row an act, written in the transaction of the act itself.

Rows are append-only. A seal later chains finished transactions into a digest (`actions.seal`), so that a row that is
edited by a database owner is found by `manage.py verify`. This room knows no domain noun: subjects are names and ids.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from kernel.protection import append_only


class CurrentTransaction(models.Func):
    """The number of the running transaction, as the database counts them."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0
    output_field = models.BigIntegerField()


class Act(models.Model):
    """One act of one person; `wall` is the id of the organisation on whose side it was done."""

    at = models.DateTimeField(db_default=Now())
    transaction = models.BigIntegerField(db_default=CurrentTransaction())
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.UUIDField(null=True)
    wall = models.UUIDField(null=True)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=45, blank=True)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    summary = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="acts_of_a_subject"),
            models.Index(fields=["transaction"], name="acts_of_a_transaction"),
            models.Index(fields=["wall", "-id"], name="acts_of_an_organisation"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id}"


class Seal(models.Model):
    """Digest over all acts of the transactions from `first` (included) to `until` (not), chained to the seal before.

    `leaves` holds number and SHA-256 of each act, so that the very row that was changed can be named.
    """

    first = models.BigIntegerField()
    until = models.BigIntegerField()
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    leaves = models.BinaryField(default=b"")
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="next")
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("first")), name="a_seal_covers_at_least_one_transaction"
            ),
            models.UniqueConstraint(fields=["first"], name="seals_do_not_start_twice_at_one_place"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"封存 {self.first}–{self.until}"
