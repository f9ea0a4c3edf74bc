"""How much of each limit is used: by policy, limit, whose (scope) and when (window). No money moves here, a right to it.

A meter counts fen, or times where a policy limits how often. It is reserved while an application is open, granted when it
is decided, and given back by a claw-back. The totals are moved by the database alone, together with an entry; a CHECK holds
the limit, so that two applications decided at one moment cannot both take the last yuan.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account
from kernel.identifiers import new_id
from kernel.protection import append_only, totals_move_only_by_entries


class Meter(models.Model):
    """One limit of one policy for one scope in one window, with what is reserved and granted of it."""

    class Unit(models.TextChoices):
        FEN = "fen", _("分")
        TIMES = "times", _("次")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    family = models.CharField(max_length=120)  # the policy, whatever its version
    limit = models.CharField(max_length=120)  # the id of the limit, `<line>.count`, or `budget`
    scope_key = models.CharField(max_length=300)  # whose: `enterprise=…;bank=…`
    window_key = models.CharField(max_length=40)  # `2026`, `lifetime`
    unit = models.CharField(max_length=6, choices=Unit, default=Unit.FEN)
    most = models.BigIntegerField(null=True)  # None: counted, not limited
    reserved = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["family", "limit", "scope_key", "window_key"],
                name="a_limit_has_one_meter_for_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, granted__gte=0), name="a_meter_is_never_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gte=F("reserved") + F("granted")),
                name="a_limit_of_a_subsidy_is_never_passed",
            ),
        ]
        triggers = totals_move_only_by_entries(
            totals=("reserved", "granted"),
            fixed=("family", "limit", "scope_key", "window_key", "unit"),
            told="限额计数只能随登记变动",
        )

    def __str__(self) -> str:
        return f"{self.family} {self.limit} {self.scope_key} {self.window_key}"

    @property
    def used(self) -> int:
        """Reserved and granted together."""
        return self.reserved + self.granted


class MeterEntry(models.Model):
    """One movement of a meter, once under its key. `reserved` and `granted` say by how much each total moves."""

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("预留")
        RELEASE = "release", _("解除预留")
        GRANT = "grant", _("核定")
        TAKE_BACK = "take_back", _("收回")

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField()
    application = models.ForeignKey(
        "subsidies.Application", null=True, on_delete=models.PROTECT, related_name="meter_entries"
    )
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "application", "key"], name="a_meter_is_moved_once_under_a_key"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_meter_is_moved_by_a_positive_amount"),
        ]
        indexes = [models.Index(fields=["application", "kind"], name="meter_entries_of_application")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="a_meter_entry_belongs_to_something",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__application__isnull=True),
                func="RAISE EXCEPTION '限额登记须写明申请' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
