"""The parameters an institution set for itself, from a day. The cards themselves are versions in the policy store.

Append-only: figures are changed by a later row. A row holds all of the institution's own figures as exact text; what it does
not hold is the card's. Scores name the row they were made under.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from finance.parties.models import Organisation
from kernel.identifiers import new_id
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only, approved_by_two


class Parameters(models.Model):
    """An institution's own figures for a family of cards, from `since` on, asked and confirmed by two of its persons.

    `card` is the version before which they were confirmed; they hold for later versions too, where they fit.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="card_parameters")
    family = models.CharField(max_length=120)
    card = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    values = models.JSONField()
    since = models.DateField()
    confirmed_on = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(since__gte=F("confirmed_on")),
                name="own_parameters_do_not_begin_before_they_are_confirmed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["institution", "family", "-since", "-recorded_at"],
                name="parameters_of_an_institution",
            )
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="own_parameters_were_approved_by_two_persons",
                told="机构参数须由本机构两人分别提出和确认，并与确认的内容一致",
                of="""
                    a.kind = 'cards.parameters' AND a.wall = NEW.institution_id
                    AND a.command->>'family' = NEW.family AND a.command->>'card' = NEW.card_id::text
                    AND a.command->'values' = NEW.values AND a.command->>'since' = NEW.since::text
                """,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.institution} {self.family} {self.since}"
