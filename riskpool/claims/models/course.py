"""Facts of a claim's course: deficiency notices with their items and answers, clock events, deferrals.

All of them are only added. Whether an item is open, how many days a desk has used and whose turn it is are worked out from
these facts (`rules`, `clocks`), never stored.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account
from kernel.protection import append_only
from riskpool.claims.models.claim import Claim


class DeficiencyNotice(models.Model):
    """One round of what the bureau asks the bank to mend (补正通知); while it is open the claim waits for the bank."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="notices")
    round = models.PositiveSmallIntegerField()
    issued_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "round"], name="the_notices_of_a_claim_are_numbered")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} 第{self.round}次补正"


class DeficiencyItem(models.Model):
    """One paper or fact that is asked for, why, and by which article."""

    notice = models.ForeignKey(DeficiencyNotice, on_delete=models.PROTECT, related_name="items")
    place = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=200)
    why = models.CharField(max_length=300)
    article = models.CharField(max_length=200)

    class Meta:
        ordering = ["notice", "place"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "place"], name="the_items_of_a_notice_are_numbered")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.place}. {self.what}"


class DeficiencyAnswer(models.Model):
    """What the bank answers to one item: a paper, a statement, or that it cannot be had and why. The latest stands."""

    class Kind(models.TextChoices):
        PAPER = "paper", _("提交材料")
        STATEMENT = "statement", _("文字说明")
        UNABLE = "unable", _("无法提供")

    item = models.ForeignKey(DeficiencyItem, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=500, blank=True)
    file = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="paper", file__isnull=False) | (~Q(kind="paper") & ~Q(text="")),
                name="an_answer_brings_a_paper_or_words",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.item_id} {self.get_kind_display()}"


class DeficiencyClosing(models.Model):
    """The bureau strikes an item off: met, waived with a reason, or asked again in the next round."""

    class Outcome(models.TextChoices):
        MET = "met", _("已补正")
        WAIVED = "waived", _("免于补正")
        AGAIN = "again", _("未满足，另行通知")

    item = models.OneToOneField(DeficiencyItem, on_delete=models.PROTECT, related_name="closing")
    outcome = models.CharField(max_length=8, choices=Outcome)
    note = models.CharField(max_length=300, blank=True)
    closed_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="met") | ~Q(note=""), name="an_item_not_met_is_struck_off_with_a_reason"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.item_id} {self.get_outcome_display()}"


class ClockEvent(models.Model):
    """A desk's clock on a claim starts, stops, runs again or ends; who did it, on which day and why."""

    class Desk(models.TextChoices):
        DECISION = "decision", _("财政部门审核")
        ANSWER = "answer", _("银行补正")
        PAYMENT = "payment", _("财政部门支付")

    class Kind(models.TextChoices):
        START = "start", _("起算")
        STOP = "stop", _("中止")
        RESUME = "resume", _("续计")
        END = "end", _("办结")

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="clock_events")
    desk = models.CharField(max_length=8, choices=Desk)
    kind = models.CharField(max_length=6, choices=Kind)
    on = models.DateField()
    reason = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim_id} {self.get_desk_display()} {self.get_kind_display()} {self.on}"


class Deferral(models.Model):
    """Why and since when a complete claim waits: the scheme suspends claims, or money or limits are short."""

    class Cause(models.TextChoices):
        SUSPENDED = "suspended", _("止损线触发，暂停补偿")
        SHORT = "short", _("可用资金或限额不足")

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="deferrals")
    cause = models.CharField(max_length=10, choices=Cause)
    reasons = models.JSONField()
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claim} {self.get_cause_display()}"
