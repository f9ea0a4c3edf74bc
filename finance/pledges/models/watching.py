"""The watch over pledged rights: what was found, how it was worked off, which looks were taken. All of it is added only."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.protection import append_only

from .files import RegistrationFile, _by
from .registrations import IPRight


class WatchRun(models.Model):
    """One look: on which day, at which files, under which books, what it found and closed; by night nobody asked for it."""

    on = models.DateField()
    files = ArrayField(models.UUIDField())
    books = models.JSONField()
    found = models.PositiveIntegerField()
    closed = models.PositiveIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        indexes = [GinIndex(fields=["files"], name="looks_at_a_file")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on} {len(self.files)}"


class WatchAlert(models.Model):
    """One thing to do about a pledged right, as the rule told it when it was first seen.

    (rule, right, due_on, step) is the same until the next threshold, so working it off holds. `nth` counts how often the
    same came up again after it had gone. `unsure`: what was not known, so that it may not be so; once that is known, the
    alert goes and a sure one comes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="alerts")
    right = models.ForeignKey(IPRight, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    due_on = models.DateField(null=True)
    step = models.PositiveSmallIntegerField(null=True)
    nth = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    to_do = models.CharField(max_length=200)
    who = models.CharField(max_length=60)
    for_pledgor = models.BooleanField()
    for_pledgee = models.BooleanField()
    tells_of_loan = models.BooleanField()
    provisional = models.BooleanField()
    unsure = models.CharField(max_length=200, default="", db_default="")
    article = models.CharField(max_length=120)
    confidence = models.CharField(max_length=5)
    book = models.CharField(max_length=60)
    seen_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "rule", "right", "due_on", "step", "nth"],
                nulls_distinct=False,
                name="an_alert_is_raised_once",
            ),
            models.CheckConstraint(
                condition=Q(for_pledgor=True) | Q(for_pledgee=True), name="an_alert_is_somebodys"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.rule} {self.title}"


class AlertClearing(models.Model):
    """How an alert ended: a party worked it off (what was done, perhaps a paper), or a look found that it had gone."""

    class How(models.TextChoices):
        DONE = "done", _("已办")
        GONE = "gone", _("不再成立")

    alert = models.ForeignKey(WatchAlert, on_delete=models.PROTECT, related_name="clearings")
    how = models.CharField(max_length=4, choices=How)
    on = models.DateField()
    told = models.CharField(max_length=300)
    paper = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "how"], name="an_alert_ends_once_in_each_way"),
            models.CheckConstraint(condition=~Q(told=""), name="the_end_of_an_alert_is_told"),
            models.CheckConstraint(
                condition=Q(how="done", recorded_by__isnull=False) | Q(how="gone", recorded_by__isnull=True),
                name="what_was_done_somebody_did",
            ),
            models.CheckConstraint(
                condition=Q(on__lte=F("recorded_on")), name="an_alert_is_not_cleared_before_it_was_done"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_how_display()} {self.on}"
