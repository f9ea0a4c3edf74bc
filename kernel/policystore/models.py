"""Versions of policy files as they were loaded: text, digest, validity, who published them.

A published version never changes (trigger); what a decision was made under can be read for ever. This room does not
know what is inside a file: the room that owns the kind checks it before it comes here.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id


class PolicyVersion(models.Model):
    """One version of one policy file: `family` is the policy, `version` names the file and its year."""

    class Kind(models.TextChoices):
        SCHEME = "scheme", _("损失分担方案")
        PROCEDURE = "procedure", _("资金池办事规则")
        FORM = "form", _("填报表")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    family = models.CharField(max_length=120)
    version = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    evidence = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    shipped = models.BooleanField(default=False)
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="a_policy_version_is_loaded_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="a_policy_does_not_end_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(shipped=True) | Q(approval__isnull=False),
                name="a_policy_is_published_by_two_persons_or_shipped",
            ),
        ]
        indexes = [models.Index(fields=["kind", "family"], name="policies_of_a_family")]
        triggers = [
            pgtrigger.Trigger(
                name="a_published_policy_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="published"),
                func="RAISE EXCEPTION '已发布的政策版本不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="the_policies_are_never_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION '政策版本表不得清空' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return self.version
