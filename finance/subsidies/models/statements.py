"""The paying bank's statement of a bureau's account, line by line: evidence beside what was paid, never a movement of money.

What a line is is worked out from the payments, returns and receipts whenever it is looked at; nothing is adjusted.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from finance.parties.models import Account, Organisation
from kernel.documents.models import StoredFile
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only
from kernel.statements.models import StatedLine


class BankStatement(models.Model):
    """A statement of the account from which a bureau pays subsidies, over a span of days, from opening to closing (yuan)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    span = DateRangeField()
    opening = YuanField()
    closing = YuanField()
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    live = models.BooleanField(default=True)  # one that was corrected stays, and speaks no more
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            *cny_only("opening", "closing"),
            *not_negative("opening", "closing"),
            ExclusionConstraint(
                name="the_statements_of_a_bureaus_account_do_not_overlap",
                expressions=[("bureau", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)],
                condition=Q(live=True),
            ),
        ]
        triggers = [
            *append_only(but=("live",)),
            pgtrigger.Trigger(
                name="what_was_replaced_stays_replaced",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__live=False),
                func="RAISE EXCEPTION '已被更正取代的对账单不得恢复' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BankLine(StatedLine):
    """One movement as the bank states it (yuan, positive; the direction says whether it came or went)."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")

    class Meta(StatedLine.Meta):
        constraints = [
            *cny_only("amount", "balance"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_line_of_the_bank_moves_something"),
            models.UniqueConstraint(
                fields=["statement", "seq"], name="the_lines_of_a_bank_statement_are_numbered"
            ),
        ]
        triggers = append_only()


class BankLineRemark(models.Model):
    """What an officer says of a line that is no payment of subsidies; the line stays unmatched."""

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="remarks")
    text = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return self.text
