"""Work that crosses transactions and persons: outbox, approvals, idempotency keys, job runs.

None of it knows a domain noun: a message, a command and a job are a kind and a JSON body; the rooms register what to
do with them.
"""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.days import day_of
from kernel.identifiers import new_id


class OutboxMessage(models.Model):
    """Something that must happen after this transaction commits, exactly once by its `effect_key`."""

    class State(models.TextChoices):
        PENDING = "pending", _("待办")
        DONE = "done", _("已办")
        DEAD = "dead", _("搁置")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    effect_key = models.CharField(max_length=160, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before", "id"], condition=Q(state="pending"), name="outbox_messages_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.effect_key


class Approval(models.Model):
    """A command that one person asks for and another decides; what is executed is what was stored.

    `command` is the whole command, `command_sha256` the digest of its canonical JSON, `basis` what the checker was
    shown (amounts, versions); the executing room refuses when the basis no longer holds. `decided_in` is the database's
    number of the deciding transaction, which the database writes: only there can a decision move anything
    (`kernel.protection.approved_by_two`).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待复核")
        EXECUTED = "executed", _("已执行")
        DECLINED = "declined", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    command = models.JSONField()
    command_sha256 = models.CharField(max_length=64)
    basis = models.JSONField(default=dict)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    summary = models.CharField(max_length=300)
    wall = models.UUIDField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    maker_person = models.UUIDField()
    made_at = models.DateTimeField(db_default=Now())
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    checker_person = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_in = models.BigIntegerField(null=True, editable=False)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(maker=F("checker")), name="the_maker_is_not_the_checker_as_accounts"
            ),
            models.CheckConstraint(
                condition=~Q(maker_person=F("checker_person")), name="the_maker_is_not_the_checker_as_persons"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "withdrawn"])
                | Q(checker__isnull=False, checker_person__isnull=False, decided_at__isnull=False),
                name="a_decided_approval_has_a_checker",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                condition=Q(state="asked"),
                name="one_open_approval_of_a_kind_for_a_subject",
            ),
        ]
        indexes = [models.Index(fields=["wall", "state"], name="approvals_of_an_organisation")]
        triggers = [
            pgtrigger.Trigger(
                name="the_database_numbers_a_decision",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    NEW.decided_in := CASE WHEN NEW.state <> 'asked' THEN pg_current_xact_id()::text::bigint END;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="what_was_asked_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "kind",
                    "command",
                    "command_sha256",
                    "basis",
                    "subject_type",
                    "subject_id",
                    "wall",
                    "maker",
                    "maker_person",
                    "made_at",
                ),
                func="RAISE EXCEPTION '待复核的指令不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="a_decision_is_final",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="asked"),
                func="RAISE EXCEPTION '复核已有结论，不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="an_approval_begins_as_asked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__state="asked") | pgtrigger.Q(new__checker__isnull=False),
                func="RAISE EXCEPTION '复核须先由经办人提出' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def decided_on(self) -> dt.date:
        """The business day of the decision: what it carries out is dated by it, not by the day of asking."""
        assert self.decided_at is not None, "an approval that is executed was decided"
        return day_of(self.decided_at)


class IdempotencyKey(models.Model):
    """A client's key for one call: the same key and body get the stored answer, another body is refused."""

    client = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "key"], name="an_idempotency_key_is_used_once_by_a_client"
            )
        ]

    def __str__(self) -> str:
        return f"{self.client}:{self.key}"


class JobRun(models.Model):
    """One run of a long piece of work, with its progress, so that closing the page is safe."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("未完成")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    wall = models.UUIDField(null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    business_day = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    title = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    fault = models.TextField(blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "business_day"],
                condition=Q(business_day__isnull=False),
                name="a_daily_job_runs_once_a_business_day",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="a_job_is_not_more_than_done"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
