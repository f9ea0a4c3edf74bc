"""Results that a registry sent as a file: what came in, and that two persons, or the command line, had it entered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from finance.parties.models import Account, Organisation
from kernel.identifiers import new_id
from kernel.protection import append_only, approved_by_two


class RegistryFeed(models.Model):
    """One file of results: kept byte for byte; with faults it is given back marked and enters nothing.

    `rows`: what was read, row by row, with what it would do; that, and not a second reading, is what is entered.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    window = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="feeds")
    stored = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    marked = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()
    faults = models.PositiveIntegerField(default=0)
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["window", "-recorded_at"], name="feeds_of_a_window")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.window_id} {self.on}"


class FeedEntered(models.Model):
    """That a feed was entered: on the word of two persons of the window, or from the command line by its operator."""

    feed = models.OneToOneField(RegistryFeed, on_delete=models.PROTECT, related_name="entered")
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    operator = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approval__isnull=False, operator="")
                | (Q(approval__isnull=True) & ~Q(operator="")),
                name="a_feed_is_entered_by_two_or_from_the_command_line",
            )
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_feed_was_approved_by_two_persons",
                told="登记结果文件须由窗口两人分别上传和确认，并与确认内容一致",
                required=False,
                of="""
                    a.kind = 'pledges.feed' AND a.command->>'feed' = NEW.feed_id::text
                    AND EXISTS (
                        SELECT 1 FROM public.pledges_registryfeed f
                        WHERE f.id = NEW.feed_id AND f.sha256 = a.command->>'sha256'
                            AND f.faults = 0 AND f.window_id = a.wall
                    )
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.on}"
